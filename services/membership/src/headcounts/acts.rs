//! The commands: what handlers and loaders share.

use chrono::NaiveDate;
use serde::Deserialize;
use shared::journal::{Entries, Published};
use shared::published::Decision;
use shared::published::union_member::{
    UnionMemberAdmitted, UnionMemberDeparted, UnionMemberOpeningRegistered, UnionMembers,
};
use shared::storage::Tx;
use shared::territory::AreaId;
use shared::validate::{Faults, Wrong};
use shared::{Code, Day, Id, Result};

use crate::Setting;
use crate::ledger::{self, Admitted, Headcount, Moved, Recorded};
use crate::organisations::{self, KeptOrganisation, find_for_act, joining, leaving};

/// Takes a number of workers into a union.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdmitCollectively {
    /// The union.
    pub organisation_id: Id,
    /// How many: 1-100,000.
    #[schema(minimum = 1, maximum = 100_000)]
    pub count: i64,
    /// How many of them are women, where known: not more than `count`.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100_000)]
    pub female_count: Option<i64>,
    /// The day of the decision's effect: not after today.
    pub occurred_on: Day,
    /// The decision paper; the rule book demands it.
    #[serde(default)]
    pub decision: Option<Decision>,
}

/// A number of members of a union who leave it.
#[derive(Debug)]
pub struct HeadcountDeparture {
    /// The union.
    pub organisation: Id,
    /// How many.
    pub count: i64,
    /// The day.
    pub on: NaiveDate,
    /// The paper; the rule book demands it.
    pub decision: Option<Decision>,
}

fn check_union(faults: &mut Faults, organisation: &KeptOrganisation) {
    if organisation.is_superior_body {
        faults.add("/organisation_id", Wrong::new(Code::BranchMismatch));
    }
    if organisation.branch != "union" {
        faults.add("/organisation_id", Wrong::new(Code::BranchMismatch));
    }
}

fn members(organisation: Id, headcount: Headcount, decision: Option<Decision>) -> UnionMembers {
    let (count, female_count) = (headcount.count(), headcount.female_count());
    UnionMembers { membership: None, person: None, count, female_count, organisation, decision }
}

/// Records the act, and returns its id and entry.
fn record<P: Published>(
    tx: &mut Tx<'_>,
    payload: &P,
    members: &UnionMembers,
    area: &AreaId,
    on: NaiveDate,
) -> Result<(Id, Id, Entries)> {
    let organisation = members.organisation;
    let recorded = Recorded {
        organisation,
        subject: format!("/v1/organisations/{organisation}/members"),
        area,
        occurred_on: on,
        count: members.count,
        decision: members.decision.as_ref(),
        authorising_paper: None,
    };
    let (act_id, entry) = ledger::record(tx, payload, recorded)?;
    Ok((act_id, entry.id(), entry.into()))
}

fn admitted(members: &UnionMembers, on: NaiveDate, (act_id, entry_id): (Id, Id)) -> Admitted {
    Admitted {
        act_id,
        entry_id,
        organisation_id: members.organisation,
        membership_id: None,
        person_id: None,
        count: members.count,
        occurred_on: on,
    }
}

/// Admits a number of workers.
///
/// # Errors
/// All faults of the request at once; refusals of the rule book.
pub fn admit_collectively(
    tx: &mut Tx<'_>,
    setting: &Setting,
    request: &AdmitCollectively,
) -> Result<(Admitted, Entries)> {
    let organisation = find_for_act(tx.conn(), &setting.scope, request.organisation_id, "/organisation_id")?;
    let mut faults = Faults::new();
    let on = request.occurred_on.get();
    let decision = joining(&mut faults, &organisation, on, request.decision.as_ref(), setting.today);
    check_union(&mut faults, &organisation);
    let headcount = Headcount::parse(&mut faults, request.count, request.female_count);
    let headcount = faults.finish_with(headcount)?;
    setting.book.require_paper(&organisation.branch, &organisation.kind, on, decision.as_ref())?;
    let area = organisations::area_on(&setting.territory, &organisation.area, on);
    let members = members(organisation.id, headcount, decision);
    let (act, entry, entries) = record(tx, &UnionMemberAdmitted(members.clone()), &members, &area, on)?;
    Ok((admitted(&members, on, (act, entry)), entries))
}

/// Registers how many were members before the books began.
///
/// # Errors
/// All faults of the request at once; a person beside the number is one.
pub fn open(
    tx: &mut Tx<'_>,
    setting: &Setting,
    organisation: Id,
    count: i64,
    on: NaiveDate,
    has_person: bool,
) -> Result<(Admitted, Entries)> {
    let organisation = find_for_act(tx.conn(), &setting.scope, organisation, "/organisation_id")?;
    let mut faults = Faults::new();
    joining(&mut faults, &organisation, on, None, setting.today);
    check_union(&mut faults, &organisation);
    let headcount = Headcount::parse(&mut faults, count, None);
    if has_person {
        faults.add("/count", Wrong::new(Code::OneOfRequired).with("names", "person, person_id, count"));
    }
    let headcount = faults.finish_with(headcount)?;
    let area = organisations::area_on(&setting.territory, &organisation.area, on);
    let members = members(organisation.id, headcount, None);
    let (act, entry, entries) = record(tx, &UnionMemberOpeningRegistered(members.clone()), &members, &area, on)?;
    Ok((admitted(&members, on, (act, entry)), entries))
}

/// Lets a number of members leave.
///
/// # Errors
/// All faults of the request at once; `more_than_members` where the union has fewer on that day or later.
pub fn depart(
    tx: &mut Tx<'_>,
    setting: &Setting,
    departure: HeadcountDeparture,
    mut faults: Faults,
) -> Result<(Moved, Entries)> {
    let HeadcountDeparture { organisation, count, on, decision } = departure;
    let organisation = find_for_act(tx.conn(), &setting.scope, organisation, "/organisation_id")?;
    let decision = leaving(&mut faults, &organisation, on, decision.as_ref(), setting.today);
    if organisation.branch != "union" {
        faults.add("/organisation_id", Wrong::new(Code::BranchMismatch));
    }
    let headcount = Headcount::parse(&mut faults, count, None);
    let headcount = faults.finish_with(headcount)?;
    let there = ledger::fewest_members_from(tx.conn(), organisation.id, on)?;
    if headcount.count() > there {
        let mut faults = Faults::new();
        faults.add("/count", Wrong::new(Code::MoreThanMembers).with("members", there));
        faults.finish()?;
    }
    setting.book.require_paper(&organisation.branch, &organisation.kind, on, decision.as_ref())?;
    let area = organisations::area_on(&setting.territory, &organisation.area, on);
    let members = members(organisation.id, headcount, decision);
    let (act_id, entry_id, entries) = record(tx, &UnionMemberDeparted(members.clone()), &members, &area, on)?;
    let moved = Moved { act_id, entry_id, membership_id: None, status: "departed".to_owned(), occurred_on: on };
    Ok((moved, entries))
}
