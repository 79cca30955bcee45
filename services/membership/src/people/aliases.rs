//! Other ids of a person. A caller who is offline makes an id for somebody who turns out to be recorded already: it leads to
//! that person for good, for whoever reaches the person, and answers show the person's own id.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use shared::storage::{AnyConnection, Tx, one_of};
use shared::{Id, Result};

use crate::schema::person_aliases;

/// How the path of a person begins.
const PATH: &str = "/v1/people/";

/// The person whom an id means; the id itself where it is no other id of anybody. Who may see that person is asked after it.
///
/// # Errors
/// Fails when the database does.
pub fn person_of(conn: &mut AnyConnection, id: Id) -> Result<Id> {
    let person = person_aliases::table.find(id).select(person_aliases::person_id).get_result(conn).optional()?;
    Ok(person.unwrap_or(id))
}

/// The persons whom some ids mean, each once.
///
/// # Errors
/// Fails when the database does.
pub(super) fn persons_of(conn: &mut AnyConnection, ids: &[Id]) -> Result<Vec<Id>> {
    let others = person_aliases::table.filter(one_of(person_aliases::alias_id, ids));
    let others: BTreeMap<Id, Id> = others.load::<(Id, Id)>(conn)?.into_iter().collect();
    let persons: BTreeSet<Id> = ids.iter().map(|id| others.get(id).copied().unwrap_or(*id)).collect();
    Ok(persons.into_iter().collect())
}

/// The path of the person whom a path of a person means; another path as it is.
///
/// # Errors
/// Fails when the database does.
pub fn subject_of(conn: &mut AnyConnection, path: String) -> Result<String> {
    match path.strip_prefix(PATH).and_then(|id| id.parse().ok()) {
        Some(id) => Ok(format!("{PATH}{}", person_of(conn, id)?)),
        None => Ok(path),
    }
}

/// Keeps another id of a person.
pub(super) fn insert_alias(tx: &mut Tx<'_>, alias: Id, person: Id) -> Result<()> {
    let row = (person_aliases::alias_id.eq(alias), person_aliases::person_id.eq(person));
    diesel::insert_into(person_aliases::table).values(row).execute(tx.conn())?;
    Ok(())
}
