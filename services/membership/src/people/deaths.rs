//! SQL for memberships of persons who are recorded as deceased in another one.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use shared::storage::AnyConnection;
use shared::{Id, Result};

use super::rules::{DECEASED, LIVING};
use crate::schema::memberships;

/// A membership that ended by death, and another one of the person that goes on or began after that day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AfterDeath {
    /// The one that ended by death, and its commune.
    pub ended: (Id, String),
    /// The other one, and its commune.
    pub other: (Id, String),
}

/// A membership that ended by death: its id, its person, its commune, and the day.
type Ended = (Id, Id, String, Option<NaiveDate>);

#[diesel::dsl::auto_type]
fn ended_by_death() -> _ {
    let reason: &'static str = DECEASED;
    memberships::table.filter(memberships::end_reason.eq(reason)).order(memberships::id).select((
        memberships::id,
        memberships::person_id,
        memberships::area_id,
        memberships::ended_on,
    ))
}

/// Returns the memberships beside those that ended by death, of some deaths at a time, with where to go on; nothing at the end.
///
/// # Errors
/// Fails when the database does.
pub fn list_after_deaths(
    conn: &mut AnyConnection,
    after: Option<Id>,
    limit: i64,
) -> Result<(Vec<AfterDeath>, Option<Id>)> {
    let mut ended = ended_by_death().limit(limit).into_boxed();
    if let Some(after) = after {
        ended = ended.filter(memberships::id.gt(after));
    }
    let ended: Vec<Ended> = ended.load(conn)?;
    let last = ended.last().map(|(id, ..)| *id);
    Ok((list_beside(conn, &ended)?, last))
}

/// Returns the memberships beside those of some that ended by death.
///
/// # Errors
/// Fails when the database does.
pub fn list_after_these_deaths(conn: &mut AnyConnection, ids: &[Id]) -> Result<Vec<AfterDeath>> {
    let ended: Vec<Ended> = ended_by_death().filter(memberships::id.eq_any(ids.to_vec())).load(conn)?;
    list_beside(conn, &ended)
}

fn list_beside(conn: &mut AnyConnection, ended: &[Ended]) -> Result<Vec<AfterDeath>> {
    let persons: Vec<Id> = ended.iter().map(|(_, person, ..)| *person).collect();
    let rows: Vec<(Id, Id, String, String, NaiveDate)> = memberships::table
        .filter(memberships::person_id.eq_any(persons))
        .filter(memberships::status.ne("withdrawn"))
        .filter(memberships::end_reason.is_null().or(memberships::end_reason.assume_not_null().ne(DECEASED)))
        .order(memberships::id)
        .select((
            memberships::id,
            memberships::person_id,
            memberships::area_id,
            memberships::status,
            memberships::joined_on,
        ))
        .load(conn)?;
    let mut others: BTreeMap<Id, Vec<_>> = BTreeMap::new();
    for (id, person, area, status, joined_on) in rows {
        others.entry(person).or_default().push((id, area, LIVING.contains(&status.as_str()), joined_on));
    }
    let beside =
        ended.iter().filter_map(|(id, person, area, died_on)| Some((id, area, (*died_on)?, others.get(person)?)));
    let doubtful = beside.flat_map(|(id, area, died_on, others)| {
        let after = others.iter().filter(move |(_, _, lives, joined_on)| *lives || *joined_on > died_on);
        after.map(|(other, other_area, ..)| AfterDeath {
            ended: (*id, area.clone()),
            other: (*other, other_area.clone()),
        })
    });
    Ok(doubtful.collect())
}
