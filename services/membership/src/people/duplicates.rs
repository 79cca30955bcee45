//! SQL for memberships that may belong to one person, some at a time.

use diesel::prelude::*;
use shared::published::Branch;
use shared::storage::AnyConnection;
use shared::{Id, Result};

use super::membership::{LIVING, MembershipStatus};
use crate::schema::{memberships, people};

/// A live membership with its person, branch and commune.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct LiveMembership {
    /// The membership.
    pub id: Id,
    /// Its person.
    pub person: Id,
    /// Its branch.
    pub branch: Branch,
    /// Its commune.
    pub area: String,
    /// The blind index of the person's personal id, if recorded.
    pub personal_id_index: Option<Vec<u8>>,
}

impl LiveMembership {
    /// Says whether two live memberships, of whatever branches, are of one person, or of two with one personal id.
    #[must_use]
    pub fn has_person_of(&self, other: &Self) -> bool {
        let has_one_id = self.personal_id_index.is_some() && self.personal_id_index == other.personal_id_index;
        self.person == other.person || has_one_id
    }

    /// Says whether two live memberships are doubtful beside each other: of what may be one person, in one branch.
    #[must_use]
    pub fn may_be_of_one_person(&self, other: &Self) -> bool {
        self.branch == other.branch && self.has_person_of(other)
    }
}

/// The live memberships with some ids.
///
/// # Errors
/// Fails when the database does.
pub fn list_live_memberships(conn: &mut AnyConnection, ids: &[Id]) -> Result<Vec<LiveMembership>> {
    let rows = live_memberships().filter(memberships::id.eq_any(ids.to_vec()));
    Ok(rows.order(memberships::id).load(conn)?)
}

#[diesel::dsl::auto_type]
fn live_memberships() -> _ {
    let living: [MembershipStatus; 2] = LIVING;
    memberships::table
        .inner_join(people::table.on(people::id.eq(memberships::person_id)))
        .filter(memberships::status.eq_any(living))
        .select((
            memberships::id,
            memberships::person_id,
            memberships::branch,
            memberships::area_id,
            people::personal_id_index,
        ))
}

/// How far a scan for doubtful pairs has come.
#[derive(Debug, Clone, Default)]
pub enum DuplicatesAfter {
    /// It begins.
    #[default]
    Nothing,
    /// After the persons with a personal id.
    PersonalId(Vec<u8>),
    /// After a membership that stands beside a hidden one.
    Parallel(Id),
}

/// Returns live memberships that may be one person's, some at a time, with where to go on; nothing at the end.
///
/// # Errors
/// Fails when the database does.
pub fn list_possible_duplicates(
    conn: &mut AnyConnection,
    after: &DuplicatesAfter,
    limit: i64,
) -> Result<(Vec<LiveMembership>, Option<DuplicatesAfter>)> {
    if let DuplicatesAfter::Parallel(after) = after {
        return list_parallel(conn, Some(*after), limit);
    }
    let after = if let DuplicatesAfter::PersonalId(after) = after { after.clone() } else { Vec::new() };
    let repeated: Vec<Option<Vec<u8>>> = people::table
        .filter(people::personal_id_index.gt(after))
        .group_by(people::personal_id_index)
        .having(diesel::dsl::count_star().gt(1))
        .order(people::personal_id_index)
        .select(people::personal_id_index)
        .limit(limit)
        .load(conn)?;
    let Some(Some(last)) = repeated.last().cloned() else { return list_parallel(conn, None, limit) };
    let rows = live_memberships().filter(people::personal_id_index.eq_any(repeated));
    let rows = rows.order((people::personal_id_index, memberships::id)).load(conn)?;
    Ok((rows, Some(DuplicatesAfter::PersonalId(last))))
}

/// Returns all memberships of some persons, and of the persons of some memberships: each with its person.
///
/// # Errors
/// Fails when the database does.
pub fn list_memberships_and_persons(
    conn: &mut AnyConnection,
    of_memberships: &[Id],
    persons: &[Id],
) -> Result<Vec<(Id, Id)>> {
    let of_these = memberships::table.filter(memberships::id.eq_any(of_memberships.to_vec()));
    let mut all: Vec<Id> = of_these.select(memberships::person_id).load(conn)?;
    all.extend(persons);
    let of_all = memberships::table.filter(memberships::person_id.eq_any(all));
    Ok(of_all.select((memberships::id, memberships::person_id)).load(conn)?)
}

/// Returns live memberships that may be of one of some persons.
///
/// # Errors
/// Fails when the database does.
pub fn list_possible_duplicates_of(conn: &mut AnyConnection, persons: &[Id]) -> Result<Vec<LiveMembership>> {
    let of_these = people::table.filter(people::id.eq_any(persons.to_vec()));
    let indexes: Vec<Option<Vec<u8>>> = of_these.select(people::personal_id_index).load(conn)?;
    let indexes: Vec<_> = indexes.into_iter().filter(Option::is_some).collect();
    let same_id = people::table.filter(people::personal_id_index.eq_any(indexes)).select(people::id);
    let mut all: Vec<Id> = same_id.load(conn)?;
    all.extend(persons);
    let rows = live_memberships().filter(memberships::person_id.eq_any(all));
    Ok(rows.order((people::personal_id_index, memberships::person_id, memberships::id)).load(conn)?)
}

/// The memberships of persons who have one beside a hidden one.
fn list_parallel(
    conn: &mut AnyConnection,
    after: Option<Id>,
    limit: i64,
) -> Result<(Vec<LiveMembership>, Option<DuplicatesAfter>)> {
    let mut parallel = memberships::table.filter(memberships::parallel.gt(0)).into_boxed();
    if let Some(after) = after {
        parallel = parallel.filter(memberships::id.gt(after));
    }
    let found: Vec<(Id, Id)> =
        parallel.order(memberships::id).select((memberships::id, memberships::person_id)).limit(limit).load(conn)?;
    let persons: Vec<Id> = found.iter().map(|(_, person)| *person).collect();
    let rows = live_memberships().filter(memberships::person_id.eq_any(persons));
    let rows = rows.order((memberships::person_id, memberships::id)).load(conn)?;
    Ok((rows, found.last().map(|(last, _)| DuplicatesAfter::Parallel(*last))))
}
