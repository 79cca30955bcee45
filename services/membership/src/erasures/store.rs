//! SQL that removes a person's data.

use diesel::prelude::*;
use shared::acts::acts;
use shared::lists::{Condition, List, note_changed};
use shared::storage::{Bound, Tx};
use shared::{Code, Error, Id, Result, Trouble};

use crate::people::MembershipStatus;
use crate::schema::{findings, memberships, people, person_versions};

/// Returns a person's memberships: their ids and statuses.
pub(super) fn list_memberships(tx: &mut Tx<'_>, person: Id) -> Result<Vec<(Id, MembershipStatus)>> {
    let _: Id = people::table.find(person).select(people::id).get_result(tx.conn()).optional()?.ok_or_else(|| {
        let absent =
            Trouble::new(format!("không có người nào có mã {person}"), format!("no person has the id {person}"));
        Error::new(Code::NotFound).because(absent).doing("looking for the person")
    })?;
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

/// Takes out of findings which condition of a decision about the person was not met.
pub(super) fn forget_conditions(tx: &mut Tx<'_>, membership: Id) -> Result<()> {
    let of_membership: Vec<Id> = acts::table.filter(acts::record_id.eq(membership)).select(acts::id).load(tx.conn())?;
    diesel::update(findings::table.filter(findings::act_id.eq_any(of_membership)))
        .set((findings::condition.eq(None::<String>), findings::version.eq(findings::version + 1)))
        .execute(tx.conn())?;
    let of_acts = "t.record_id IN (SELECT f.id FROM findings f JOIN acts a ON a.id = f.act_id WHERE a.record_id = {})";
    note_changed(tx, List::Findings, &Condition::new(of_acts, vec![Bound::Id(membership)]))
}
