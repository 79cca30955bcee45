//! The act that begins a transfer of a Party member: to another organisation of this system, or out of it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::acts::{Rank, Told};
use shared::answers::Answers;
use shared::journal::Entries;
use shared::made_ids::NamesIds;
use shared::published::party_member::{PartyMemberTransferStarted, PartyMemberTransferred};
use shared::published::{Branch, Decision};
use shared::storage::Tx;
use shared::validate::{Faults, Wrong};
use shared::{Code, Day, Id, Result};

use super::super::change::{self, NewAct};
use super::{Act, Case, MemberAct, Telling, active, writable};
use crate::ledger::Moved;
use crate::organisations::{act_in, leaving};
use crate::people::{EndReason, KeptMembership, MembershipStatus};
use crate::state::Setting;

/// Begins a transfer.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"membership_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e60", "occurred_on": "2026-03-01",
    "decision": {"number": "05-QĐ/ĐU", "decided_on": "2026-02-27", "issuing_body": "Đảng ủy xã Giả Định"}}))]
pub struct TransferMember {
    /// The id of the act, where the caller makes it: a UUID of version 7, at most 60 days old.
    #[serde(default)]
    pub id: Option<Id>,
    /// The membership.
    pub membership_id: Id,
    /// The day it begins.
    pub occurred_on: Day,
    /// Whether the receiver is outside this system: then the membership ends at once.
    #[serde(default)]
    pub is_outward: bool,
    /// The decision; the rule book demands it.
    #[serde(default)]
    pub decision: Option<Decision>,
}

impl NamesIds for TransferMember {
    fn named_ids(&self) -> Vec<(&'static str, Option<Id>)> {
        vec![("/id", self.id)]
    }
}

/// The beginning of a transfer: the member is in flight, and counts where it began until the receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferStart {}

/// A transfer out of this system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferOut {}

fn check_party(faults: &mut Faults, case: &Case<'_>) {
    if case.before.branch != Branch::Party {
        faults.add("/membership_id", Wrong::new(Code::BranchMismatch));
    }
}

impl Act for TransferStart {
    fn rank(&self) -> Rank {
        Rank::Moves
    }

    fn apply(&self, before: &KeptMembership, on: NaiveDate) -> Result<KeptMembership> {
        active(before, on)?;
        Ok(KeptMembership { status: MembershipStatus::InFlight, ..before.clone() })
    }

    fn check(&self, faults: &mut Faults, case: &Case<'_>) -> Option<Decision> {
        check_party(faults, case);
        act_in(faults, case.organisation, case.on, case.decision, case.setting.today)
    }

    fn judge(&self, case: &Case<'_>, paper: Option<&Decision>) -> Result<()> {
        case.require_paper(paper)
    }

    fn tell(&self, telling: &Telling<'_>) -> Result<Told> {
        telling.entry(&PartyMemberTransferStarted(telling.member()?))
    }
}

impl Act for TransferOut {
    fn rank(&self) -> Rank {
        Rank::Ends
    }

    fn apply(&self, before: &KeptMembership, on: NaiveDate) -> Result<KeptMembership> {
        active(before, on)?;
        let (status, end_reason) = (MembershipStatus::TransferredOut, Some(EndReason::TransferredOut));
        Ok(KeptMembership { status, ended_on: Some(on), end_reason, ..before.clone() })
    }

    fn check(&self, faults: &mut Faults, case: &Case<'_>) -> Option<Decision> {
        check_party(faults, case);
        leaving(faults, case.organisation, case.on, case.decision, case.setting.today)
    }

    fn judge(&self, case: &Case<'_>, paper: Option<&Decision>) -> Result<()> {
        case.require_paper(paper)
    }

    fn tell(&self, telling: &Telling<'_>) -> Result<Told> {
        telling.entry(&PartyMemberTransferred { from: Some(telling.organisation), member: telling.member_in(None)? })
    }
}

/// Begins a transfer within this system, or records one out of it.
///
/// # Errors
/// All faults of the request at once; `membership_not_active`.
pub fn start_transfer(tx: &mut Tx<'_>, setting: &Setting, request: &TransferMember) -> Result<(Moved, Entries)> {
    let membership = writable(tx, setting, request.membership_id)?;
    let act = match request.is_outward {
        true => MemberAct::TransferOut(TransferOut {}),
        false => MemberAct::TransferStart(TransferStart {}),
    };
    let on = request.occurred_on.get();
    let new = NewAct {
        id: request.id.unwrap_or_default(),
        act,
        on,
        decision: request.decision.clone(),
        authorising_paper: None,
        note: None,
        answers: Answers::default(),
    };
    let (changed, entries) = change::add(tx, setting, membership, Faults::new(), new)?;
    Ok((changed.moved(), entries))
}
