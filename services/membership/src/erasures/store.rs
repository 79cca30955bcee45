//! How a person's traces are removed.

use diesel::prelude::*;
use shared::storage::Tx;
use shared::{Code, Error, Id, Result};

use crate::schema::{memberships, people, person_versions};

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

/// Takes away what was recorded of a person before it was put right.
pub(super) fn delete_versions(tx: &mut Tx<'_>, person: Id) -> Result<()> {
    diesel::delete(person_versions::table.filter(person_versions::person_id.eq(person))).execute(tx.conn())?;
    Ok(())
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
