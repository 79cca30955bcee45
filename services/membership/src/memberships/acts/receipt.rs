//! The act that completes a pending transfer: the new organisation receives the Party member.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::access::Scope;
use shared::acts::{Rank, Told};
use shared::answers::Answers;
use shared::journal::Entries;
use shared::made_ids::NamesIds;
use shared::published::Decision;
use shared::published::party_member::PartyMemberTransferred;
use shared::storage::Tx;
use shared::validate::{Faults, Wrong};
use shared::{Code, Day, Error, Id, Result};

use super::super::change::{self, NewAct};
use super::{Act, Case, MemberAct, Telling, organisation_of};
use crate::ledger::Moved;
use crate::people::{self, KeptMembership, MembershipStatus};
use crate::state::Setting;

/// Completes a pending transfer.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"membership_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e60",
    "organisation_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f", "occurred_on": "2026-03-05"}))]
pub struct CompleteTransfer {
    /// The id of the act, where the caller makes it: a UUID of version 7, at most 60 days old.
    #[serde(default)]
    pub id: Option<Id>,
    /// The membership whose transfer is pending.
    pub membership_id: Id,
    /// The organisation that receives the member.
    pub organisation_id: Id,
    /// The day it receives the member.
    pub occurred_on: Day,
}

impl NamesIds for CompleteTransfer {
    fn named_ids(&self) -> Vec<(&'static str, Option<Id>)> {
        vec![("/id", self.id)]
    }
}

/// The receipt of a member in flight, who counts here from its day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The organisation that receives the member.
    pub organisation_id: Id,
}

impl Act for Receipt {
    fn rank(&self) -> Rank {
        Rank::Moves
    }

    fn organisation(&self) -> Option<Id> {
        Some(self.organisation_id)
    }

    fn apply(&self, before: &KeptMembership, on: NaiveDate) -> Result<KeptMembership> {
        if before.status != MembershipStatus::InFlight {
            return Err(Error::new(Code::MembershipNotActive).with("day", on));
        }
        if before.organisation_id == self.organisation_id {
            return Err(Error::fault("/organisation_id", Code::SameOrganisation));
        }
        let status = MembershipStatus::Active;
        Ok(KeptMembership { organisation_id: self.organisation_id, status, ..before.clone() })
    }

    fn check(&self, faults: &mut Faults, case: &Case<'_>) -> Option<Decision> {
        case.joining(faults, None);
        case.check_branch(faults, false);
        if case.organisation.id == case.before.organisation_id {
            faults.add("/organisation_id", Wrong::new(Code::SameOrganisation));
        }
        None
    }

    fn judge(&self, _: &Case<'_>, _: Option<&Decision>) -> Result<()> {
        Ok(())
    }

    fn tell(&self, telling: &Telling<'_>) -> Result<Told> {
        telling.entry(&PartyMemberTransferred { from: telling.from, member: telling.member()? })
    }
}

/// Receives a member in flight. The receiver finds the membership by the id on the transfer paper: its
/// reach need not cover where the member comes from.
///
/// # Errors
/// All faults of the request at once; `unknown_membership` where no such membership has a pending transfer.
pub fn complete_transfer(tx: &mut Tx<'_>, setting: &Setting, request: &CompleteTransfer) -> Result<(Moved, Entries)> {
    organisation_of(tx, setting, request.organisation_id)?;
    let unknown = || Error::fault("/membership_id", Code::UnknownMembership);
    let membership = people::find_membership(tx.conn(), &Scope::everything(), request.membership_id)?
        .filter(|one| one.status == MembershipStatus::InFlight)
        .ok_or_else(unknown)?;
    let act = MemberAct::Receipt(Receipt { organisation_id: request.organisation_id });
    let new = NewAct {
        id: request.id.unwrap_or_default(),
        act,
        on: request.occurred_on.get(),
        decision: None,
        authorising_paper: None,
        note: None,
        answers: Answers::default(),
    };
    let (changed, entries) = change::add(tx, setting, membership, Faults::new(), new)?;
    Ok((changed.moved(), entries))
}
