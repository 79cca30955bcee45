//! SQL for memberships of persons who are recorded as deceased in another membership.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use shared::acts::{ActStatus, acts};
use shared::journal::Published;
use shared::published::party_member::PartyMemberDeparted;
use shared::published::union_member::UnionMemberDeparted;
use shared::storage::AnyConnection;
use shared::{Id, Result};

use super::membership::{EndReason, MembershipStatus};
use crate::schema::memberships;

/// A membership that ended by death, and another one of the person that goes on, or began or ended later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AfterDeath {
    /// The one that ended by death, and its commune.
    pub ended: (Id, String),
    /// The departure by which it ended.
    pub act: Id,
    /// The other one, and its commune.
    pub other: (Id, String),
}

/// A membership that ended by death: its id, its person, its commune, and the day.
type Ended = (Id, Id, String, Option<NaiveDate>);

#[diesel::dsl::auto_type]
fn ended_by_death() -> _ {
    let reason: EndReason = EndReason::Deceased;
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
    let others: Vec<Other> = memberships::table
        .filter(memberships::person_id.eq_any(persons))
        .filter(memberships::status.ne(MembershipStatus::Withdrawn))
        .filter(memberships::end_reason.is_null().or(memberships::end_reason.assume_not_null().ne(EndReason::Deceased)))
        .order(memberships::id)
        .select(Other::as_select())
        .load(conn)?;
    let mut by_person: BTreeMap<Id, Vec<&Other>> = BTreeMap::new();
    for other in &others {
        by_person.entry(other.person_id).or_default().push(other);
    }
    let mut doubtful = Vec::new();
    for (id, person, area, died_on) in ended {
        let Some(died_on) = died_on else { continue };
        let others = by_person.get(person).into_iter().flatten().copied();
        doubtful.extend(others.filter(|other| other.is_after(*died_on)).map(|other| (*id, area, other)));
    }
    let departures = list_departures(conn, &doubtful.iter().map(|(id, ..)| *id).collect::<Vec<_>>())?;
    let pair = |(id, area, other): (Id, &String, &Other)| {
        let (ended, other) = ((id, area.clone()), (other.id, other.area_id.clone()));
        Some(AfterDeath { ended, act: *departures.get(&id)?, other })
    };
    Ok(doubtful.into_iter().filter_map(pair).collect())
}

/// Another membership of a person who is recorded as deceased in one.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = memberships)]
struct Other {
    id: Id,
    person_id: Id,
    area_id: String,
    status: MembershipStatus,
    joined_on: NaiveDate,
    ended_on: Option<NaiveDate>,
}

impl Other {
    fn is_after(&self, died_on: NaiveDate) -> bool {
        self.status.lives() || self.joined_on > died_on || self.ended_on.is_some_and(|ended_on| ended_on > died_on)
    }
}

/// The last departure from each of some memberships.
fn list_departures(conn: &mut AnyConnection, memberships: &[Id]) -> Result<BTreeMap<Id, Id>> {
    let departed = [PartyMemberDeparted::KIND, UnionMemberDeparted::KIND];
    let of_these =
        acts::table.filter(acts::record_id.eq_any(memberships.to_vec())).filter(acts::status.eq(ActStatus::Recorded));
    let rows: Vec<(Id, Id, String)> =
        of_these.order(acts::occurred_on).select((acts::record_id, acts::id, acts::kind)).load(conn)?;
    let departures = rows.into_iter().filter(|(.., kind)| departed.contains(&kind.as_str()));
    Ok(departures.map(|(membership, act, _)| (membership, act)).collect())
}
