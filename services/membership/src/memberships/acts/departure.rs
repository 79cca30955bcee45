//! The act by which a member leaves the Party or the union.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::acts::{Rank, Told};
use shared::answers::Answers;
use shared::journal::Entries;
use shared::made_ids::NamesIds;
use shared::published::Decision;
use shared::published::party_member::{DepartureReason, PartyMemberDeparted};
use shared::published::union_member::UnionMemberDeparted;
use shared::storage::Tx;
use shared::validate::{Faults, Wrong};
use shared::{Code, Day, Error, Id, Result};

use super::super::change::{self, NewAct};
use super::{Act, Case, MemberAct, Telling, active, writable};
use crate::ledger::Moved;
use crate::organisations::{self, HeadcountDeparture, leaving};
use crate::people::{KeptMembership, MembershipStatus};
use crate::state::Setting;

/// Ends a membership, or the memberships of a number of union members.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"membership_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e60", "reason": "withdrew",
    "occurred_on": "2026-06-01", "decision": {"number": "15-QĐ/ĐU", "decided_on": "2026-06-01",
    "issuing_body": "Đảng ủy xã Giả Định"}}))]
pub struct DepartMember {
    /// The id of the act, where the caller makes it: a UUID of version 7, at most 60 days old.
    #[serde(default)]
    pub id: Option<Id>,
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
    pub reason: DepartureReason,
    /// The day it ends.
    pub occurred_on: Day,
    /// The decision; the rule book demands it, but not of a death.
    #[serde(default)]
    pub decision: Option<Decision>,
    /// The answers to warnings, each by its code with a reason of at most 300 characters: `same_act_recorded` where the same
    /// was recorded before. They are kept with the act.
    #[serde(default)]
    #[schema(value_type = Object, required = false)]
    pub answers: Answers,
}

impl NamesIds for DepartMember {
    fn named_ids(&self) -> Vec<(&'static str, Option<Id>)> {
        vec![("/id", self.id)]
    }
}

/// A departure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Departure {
    /// Why the member leaves.
    pub reason: DepartureReason,
}

impl Act for Departure {
    fn rank(&self) -> Rank {
        Rank::Ends
    }

    fn apply(&self, before: &KeptMembership, on: NaiveDate) -> Result<KeptMembership> {
        active(before, on)?;
        let (status, end_reason) = (MembershipStatus::Departed, Some(self.reason.into()));
        Ok(KeptMembership { status, ended_on: Some(on), end_reason, ..before.clone() })
    }

    fn check(&self, faults: &mut Faults, case: &Case<'_>) -> Option<Decision> {
        leaving(faults, case.organisation, case.on, case.decision, case.setting.today)
    }

    fn judge(&self, case: &Case<'_>, paper: Option<&Decision>) -> Result<()> {
        if self.reason == DepartureReason::Deceased { Ok(()) } else { case.require_paper(paper) }
    }

    fn tell(&self, telling: &Telling<'_>) -> Result<Told> {
        if telling.is_party() {
            telling.entry(&PartyMemberDeparted { reason: self.reason, member: telling.member()? })
        } else {
            telling.entry(&UnionMemberDeparted(telling.union_member()))
        }
    }
}

/// Ends a membership, or those of a number of union members.
///
/// # Errors
/// All faults of the request at once; `membership_not_active`.
pub fn depart(tx: &mut Tx<'_>, setting: &Setting, request: &DepartMember) -> Result<(Moved, Entries)> {
    let (on, decision) = (request.occurred_on.get(), request.decision.clone());
    match (request.membership_id, request.organisation_id, request.count) {
        (Some(id), None, None) => {
            let membership = writable(tx, setting, id)?;
            let act = MemberAct::Departure(Departure { reason: request.reason });
            let id = request.id.unwrap_or_default();
            let new =
                NewAct { id, act, on, decision, authorising_paper: None, note: None, answers: Answers::default() };
            let (changed, entries) = change::add(tx, setting, membership, Faults::new(), new)?;
            Ok((changed.moved(), entries))
        }
        (None, Some(organisation), Some(count)) => organisations::depart_collectively(
            tx,
            setting,
            HeadcountDeparture {
                id: request.id.unwrap_or_default(),
                organisation,
                count,
                on,
                decision,
                answers: request.answers.clone(),
            },
        ),
        _ => {
            let mut faults = Faults::new();
            let names = "membership_id, organisation_id + count";
            faults.add("/membership_id", Wrong::new(Code::OneOfRequired).with("names", names));
            faults.finish()?;
            Err(Error::internal("a departure of nobody"))
        }
    }
}
