//! How a person's traces are removed.

use diesel::prelude::*;
use serde_json::Value;
use shared::storage::Tx;
use shared::{Code, Error, Id, Result};

use crate::schema::{acts, memberships, people};

/// Returns a person's memberships: their ids and statuses.
pub(super) fn list_memberships(tx: &mut Tx<'_>, person: Id) -> Result<Vec<(Id, String)>> {
    let _: Id = people::table
        .find(person)
        .select(people::id)
        .get_result(tx.conn())
        .optional()?
        .ok_or_else(|| Error::new(Code::NotFound).doing("looking for the person"))?;
    Ok(memberships::table
        .filter(memberships::person_id.eq(person))
        .order(memberships::id)
        .select((memberships::id, memberships::status))
        .load(tx.conn())?)
}

/// Empties a person's sealed fields and forgets the blind index.
pub(super) fn empty_person(tx: &mut Tx<'_>, person: Id) -> Result<()> {
    let (nothing, empty) = (None::<Vec<u8>>, Vec::<u8>::new());
    diesel::update(people::table.find(person))
        .set((
            people::full_name.eq(&empty),
            people::birth_date.eq(&empty),
            people::sex.eq(&nothing),
            people::phone.eq(&nothing),
            people::personal_id.eq(&nothing),
            people::card_number.eq(&nothing),
            people::personal_id_index.eq(&nothing),
            people::version.eq(people::version + 1),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// Takes the papers out of the acts on a membership.
pub(super) fn remove_papers(tx: &mut Tx<'_>, membership: Id, keep: impl Fn(Value) -> Value) -> Result<()> {
    let known: Vec<(Id, String)> =
        acts::table.filter(acts::membership_id.eq(membership)).select((acts::id, acts::payload)).load(tx.conn())?;
    let nothing = None::<String>;
    for (id, payload) in known {
        let kept = keep(serde_json::from_str(&payload)?);
        diesel::update(acts::table.find(id))
            .set((
                acts::payload.eq(serde_json::to_string(&kept)?),
                acts::decision_number.eq(&nothing),
                acts::decided_on.eq(None::<chrono::NaiveDate>),
                acts::issuing_body.eq(&nothing),
                acts::authorising_paper.eq(&nothing),
                acts::version.eq(acts::version + 1),
            ))
            .execute(tx.conn())?;
    }
    Ok(())
}
