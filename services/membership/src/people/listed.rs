//! Which lists show a person: those of the areas in which the person has memberships. An erased person is in none.

use diesel::prelude::*;
use shared::lists::{self, Condition, List, note_all_listed, note_changed, note_gone};
use shared::storage::{Bound, DatabaseUrl, Db, Tx};
use shared::{Id, Result};

use crate::schema::memberships;
use crate::state::NAME;

/// Persons, as a query of their ids.
fn not_erased(persons: &str, of: Id) -> Condition {
    Condition::new(format!("SELECT d.id AS id FROM data_keys d WHERE {persons}"), vec![Bound::Id(of)])
}

/// Notes that a membership of a person in an area was recorded or changed.
pub(super) fn note_membership(tx: &mut Tx<'_>, person: Id, area: &str) -> Result<()> {
    note_all_listed(tx, List::People, &not_erased("d.id = {}", person), area)
}

/// Notes that a membership of a person is in an area no longer.
pub(super) fn note_left(tx: &mut Tx<'_>, person: Id, area: &str) -> Result<()> {
    note_all_left(tx, ("t.record_id = {}", person), area)
}

/// Whoever has another membership in the area stays in its lists.
fn note_all_left(tx: &mut Tx<'_>, (persons, of): (&str, Id), area: &str) -> Result<()> {
    let values = || vec![Bound::Id(of), Bound::Text(area.to_owned())];
    let which = format!("{persons} AND t.seen_in = {{}}");
    note_changed(tx, List::People, &Condition::new(which.as_str(), values()))?;
    let others = "SELECT 1 FROM memberships m WHERE m.person_id = t.record_id AND m.area_id = t.seen_in";
    note_gone(tx, List::People, &Condition::new(format!("{which} AND NOT EXISTS ({others})"), values()))
}

/// Notes that what is recorded of a person was changed.
pub(super) fn note_person(tx: &mut Tx<'_>, person: Id) -> Result<()> {
    note_changed(tx, List::People, &Condition::new("t.record_id = {}", vec![Bound::Id(person)]))
}

/// Notes that a person was erased.
///
/// # Errors
/// Fails when the database does.
pub fn note_erased(tx: &mut Tx<'_>, person: Id) -> Result<()> {
    note_gone(tx, List::People, &Condition::new("t.record_id = {}", vec![Bound::Id(person)]))
}

/// Lets the memberships in an organisation stand in the area in which it stood all the time.
///
/// # Errors
/// Fails when the database does.
pub fn move_members_of(tx: &mut Tx<'_>, organisation: Id, area: &str) -> Result<()> {
    let members = memberships::table.filter(memberships::organisation_id.eq(organisation));
    let before: Vec<String> = members.select(memberships::area_id).distinct().load(tx.conn())?;
    diesel::update(members)
        .set((memberships::area_id.eq(area), memberships::version.eq(memberships::version + 1)))
        .execute(tx.conn())?;
    let persons = "IN (SELECT m.person_id FROM memberships m WHERE m.organisation_id = {})";
    note_all_listed(tx, List::People, &not_erased(&format!("d.id {persons}"), organisation), area)?;
    for left in before.iter().filter(|left| *left != area) {
        note_all_left(tx, (&format!("t.record_id {persons}"), organisation), left)?;
    }
    Ok(())
}

/// Looks at the lists in which people are: those of the areas in which they have memberships, and none after an erasure.
///
/// # Errors
/// Fails when the database cannot be read; a difference is an answer.
pub async fn verify_listed(url: &DatabaseUrl) -> Result<(String, bool)> {
    let expected = "SELECT DISTINCT m.person_id AS record_id, m.area_id AS seen_in FROM memberships m \
         JOIN data_keys d ON d.id = m.person_id";
    lists::verify_listed(&Db::open_beside(url, NAME)?, List::People, expected).await
}
