//! A member leaves the Party or the union.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::acts::{Rank, Told};
use shared::answers::Answers;
use shared::journal::Entries;
use shared::published::Decision;
use shared::published::party_member::PartyMemberDeparted;
use shared::published::union_member::UnionMemberDeparted;
use shared::storage::Tx;
use shared::validate::{Faults, Wrong};
use shared::{Code, Day, Error, Id, Result};

use super::super::change::{self, NewAct};
use super::{Act, Case, MemberAct, Telling, active, writable};
use crate::Setting;
use crate::ledger::Moved;
use crate::organisations::{self, HeadcountDeparture, leaving};
use crate::people::{DECEASED, KeptMembership};

/// Ends a membership, or the memberships of a number of union members.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DepartMember {
    /// The membership; else `organisation_id` and `count`.
    #[serde(default)]
    pub membership_id: Option<Id>,
    /// The union whose members depart without names.
    #[serde(default)]
    pub organisation_id: Option<Id>,
    /// How many depart without names: 1-100,000.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100_000)]
    pub count: Option<i64>,
    /// `removed`, `expelled`, `withdrew` or `deceased`.
    #[schema(max_length = 60)]
    pub reason: String,
    /// The day it ends.
    pub occurred_on: Day,
    /// The paper; the rule book demands it, but not of a death.
    #[serde(default)]
    pub decision: Option<Decision>,
    /// The answers to warnings, each by its code with a reason of at most 300 characters: `same_act_recorded` where the same
    /// was recorded before. They are kept with the act.
    #[serde(default)]
    #[schema(value_type = Object, required = false)]
    pub answers: Answers,
}

/// The reasons for which a membership ends.
const REASONS: [&str; 4] = ["removed", "expelled", "withdrew", DECEASED];

/// A departure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Departure {
    /// `removed`, `expelled`, `withdrew` or `deceased`.
    pub reason: String,
}

impl Act for Departure {
    fn rank(&self) -> Rank {
        Rank::Ends
    }

    fn apply(&self, before: &KeptMembership, on: NaiveDate) -> Result<KeptMembership> {
        active(before, on)?;
        let (status, end_reason) = ("departed".to_owned(), Some(self.reason.clone()));
        Ok(KeptMembership { status, ended_on: Some(on), end_reason, ..before.clone() })
    }

    fn check(&self, faults: &mut Faults, case: &Case<'_>) -> Option<Decision> {
        check_reason(faults, &self.reason);
        leaving(faults, case.organisation, case.on, case.decision, case.setting.today)
    }

    fn judge(&self, case: &Case<'_>, paper: Option<&Decision>) -> Result<()> {
        if self.reason == DECEASED { Ok(()) } else { case.require_paper(paper) }
    }

    fn tell(&self, telling: &Telling<'_>) -> Result<Told> {
        if telling.is_party() {
            telling.entry(&PartyMemberDeparted { reason: self.reason.clone(), member: telling.member() })
        } else {
            telling.entry(&UnionMemberDeparted(telling.union_member()))
        }
    }
}

fn check_reason(faults: &mut Faults, reason: &str) {
    if !REASONS.contains(&reason) {
        faults.add("/reason", Wrong::not_among(&REASONS));
    }
}

/// Ends a membership, or those of a number of union members.
///
/// # Errors
/// All faults of the request at once; `membership_not_active`.
pub fn depart(tx: &mut Tx<'_>, setting: &Setting, request: &DepartMember) -> Result<(Moved, Entries)> {
    let mut faults = Faults::new();
    let (on, decision) = (request.occurred_on.get(), request.decision.clone());
    match (request.membership_id, request.organisation_id, request.count) {
        (Some(id), None, None) => {
            let membership = writable(tx, setting, id)?;
            let act = MemberAct::Departure(Departure { reason: request.reason.clone() });
            let new = NewAct { act, on, decision, authorising_paper: None, note: None, answers: Answers::default() };
            let (changed, entries) = change::add(tx, setting, membership, faults, new)?;
            Ok((changed.moved(), entries))
        }
        (None, Some(organisation), Some(count)) => {
            check_reason(&mut faults, &request.reason);
            organisations::depart_collectively(
                tx,
                setting,
                HeadcountDeparture { organisation, count, on, decision, answers: request.answers.clone() },
                faults,
            )
        }
        _ => {
            check_reason(&mut faults, &request.reason);
            let names = "membership_id, organisation_id + count";
            faults.add("/membership_id", Wrong::new(Code::OneOfRequired).with("names", names));
            faults.finish()?;
            Err(Error::internal("a departure of nobody"))
        }
    }
}
