//! The act by which a number of members leaves a union, without names.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::acts::{Rank, Told};
use shared::answers::Answers;
use shared::journal::Entries;
use shared::published::Decision;
use shared::published::union_member::{UnionMemberDeparted, UnionMemberWithdrawn};
use shared::storage::Tx;
use shared::validate::{Faults, Wrong};
use shared::{Code, Id, Result};

use super::super::change::{self, NewAct};
use super::super::life::leaving_within;
use super::super::store::find_for_act;
use super::headcount::check_union;
use super::{Act, Case, Folded, OrganisationAct, Telling};
use crate::ledger::{Headcount, Moved};
use crate::state::Setting;

/// A number of members of a union who leave it.
#[derive(Debug)]
pub struct HeadcountDeparture {
    /// The act's id.
    pub id: Id,
    /// The union.
    pub organisation: Id,
    /// How many.
    pub count: i64,
    /// The day.
    pub on: NaiveDate,
    /// The decision; the rule book demands it.
    pub decision: Option<Decision>,
    /// The answers to warnings.
    pub answers: Answers,
}

/// The departure of a number of members: never more than there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectiveDeparture {
    /// How many.
    pub count: i64,
}

impl Act for CollectiveDeparture {
    fn rank(&self) -> Rank {
        Rank::Lessens
    }

    fn completed(&self, _: &Folded) -> OrganisationAct {
        OrganisationAct::CollectiveDeparture(self.clone())
    }

    fn apply(&self, before: &Folded, on: NaiveDate) -> Result<Folded> {
        before.active(on)?;
        if self.count > before.unnamed {
            let mut faults = Faults::new();
            faults.add("/count", Wrong::new(Code::MoreThanMembers).with("members", before.unnamed));
            faults.finish()?;
        }
        Ok(Folded { unnamed: before.unnamed - self.count, ..before.clone() })
    }

    fn check(&self, faults: &mut Faults, case: &Case<'_>) -> Option<Decision> {
        let paper = leaving_within(faults, case);
        check_union(faults, case);
        Headcount::parse(faults, self.count, None);
        paper
    }

    fn judge(&self, case: &Case<'_>, paper: Option<&Decision>) -> Result<()> {
        case.require_paper(&case.before.kind, paper)
    }

    fn tell(&self, telling: &Telling<'_>) -> Result<Told> {
        telling.of_members(&UnionMemberDeparted(telling.members(self.count, None)), self.count)
    }

    fn tell_withdrawn(&self, telling: &Telling<'_>) -> Result<Told> {
        telling.of_members(&UnionMemberWithdrawn(telling.members(self.count, None)), self.count)
    }
}

/// Lets a number of members leave.
///
/// # Errors
/// All faults of the request at once; `more_than_members` where the union has fewer on that day, `acts_in_the_way` where it
/// would have too few for a later departure.
pub fn depart_collectively(
    tx: &mut Tx<'_>,
    setting: &Setting,
    departure: HeadcountDeparture,
) -> Result<(Moved, Entries)> {
    let HeadcountDeparture { id, organisation, count, on, decision, answers } = departure;
    let kept = find_for_act(tx.conn(), &setting.scope, organisation, "/organisation_id")?;
    let act = OrganisationAct::CollectiveDeparture(CollectiveDeparture { count });
    let (changed, entries) = change::add(
        tx,
        setting,
        kept,
        Faults::new(),
        NewAct { id, act, on, decision, authorising_paper: None, note: None, answers },
    )?;
    Ok((changed.departed(), entries))
}
