//! A Party member leaves an organisation by a transfer: to another one in these books, or out of them.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::acts::{Rank, Told};
use shared::answers::Answers;
use shared::journal::Entries;
use shared::published::Decision;
use shared::published::party_member::{PartyMemberTransferStarted, PartyMemberTransferred};
use shared::storage::Tx;
use shared::validate::{Faults, Wrong};
use shared::{Code, Day, Id, Result};

use super::super::change::{self, NewAct};
use super::{Act, Case, MemberAct, Telling, active, writable};
use crate::Setting;
use crate::ledger::Moved;
use crate::organisations::{act_in, leaving};
use crate::people::KeptMembership;

/// Begins a transfer.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferMember {
    /// The membership.
    pub membership_id: Id,
    /// The day it begins.
    pub occurred_on: Day,
    /// Whether the receiver is outside these books: then the member leaves them at once.
    #[serde(default)]
    pub is_outward: bool,
    /// The paper; the rule book demands it.
    #[serde(default)]
    pub decision: Option<Decision>,
}

/// The beginning of a transfer: the member is in flight, and counts where it began until the receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferStart {}

/// A transfer out of these books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferOut {}

fn check_party(faults: &mut Faults, case: &Case<'_>) {
    if case.before.branch != "party" {
        faults.add("/membership_id", Wrong::new(Code::BranchMismatch));
    }
}

impl Act for TransferStart {
    fn rank(&self) -> Rank {
        Rank::Moves
    }

    fn apply(&self, before: &KeptMembership, on: NaiveDate) -> Result<KeptMembership> {
        active(before, on)?;
        Ok(KeptMembership { status: "in_flight".to_owned(), ..before.clone() })
    }

    fn check(&self, faults: &mut Faults, case: &Case<'_>) -> Option<Decision> {
        check_party(faults, case);
        act_in(faults, case.organisation, case.on, case.decision, case.setting.today)
    }

    fn judge(&self, case: &Case<'_>, paper: Option<&Decision>) -> Result<()> {
        case.require_paper(paper)
    }

    fn tell(&self, telling: &Telling<'_>) -> Result<Told> {
        telling.entry(&PartyMemberTransferStarted(telling.member()))
    }
}

impl Act for TransferOut {
    fn rank(&self) -> Rank {
        Rank::Ends
    }

    fn apply(&self, before: &KeptMembership, on: NaiveDate) -> Result<KeptMembership> {
        active(before, on)?;
        let status = "transferred_out".to_owned();
        Ok(KeptMembership { status: status.clone(), ended_on: Some(on), end_reason: Some(status), ..before.clone() })
    }

    fn check(&self, faults: &mut Faults, case: &Case<'_>) -> Option<Decision> {
        check_party(faults, case);
        leaving(faults, case.organisation, case.on, case.decision, case.setting.today)
    }

    fn judge(&self, case: &Case<'_>, paper: Option<&Decision>) -> Result<()> {
        case.require_paper(paper)
    }

    fn tell(&self, telling: &Telling<'_>) -> Result<Told> {
        telling.entry(&PartyMemberTransferred { from: Some(telling.organisation), member: telling.member_in(None) })
    }
}

/// Begins a transfer, or lets a member leave these books by one.
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
