//! A Party member arrives from outside these books.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::acts::{Rank, Told};
use shared::answers::Answers;
use shared::journal::Entries;
use shared::published::Decision;
use shared::published::party_member::PartyMemberTransferred;
use shared::storage::Tx;
use shared::validate::Faults;
use shared::{Day, Id, Result};

use super::super::change::{self, NewAct};
use super::super::person::Who;
use super::opening::check_days;
use super::{Act, Case, MemberAct, Telling, begin, organisation_of};
use crate::Setting;
use crate::ledger::Moved;
use crate::people::{self, KeptMembership, PersonDetails};

/// Receives a member from outside these books.
#[derive(Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferIn {
    /// The organisation that receives the member.
    pub organisation_id: Id,
    /// Who comes.
    pub person: PersonDetails,
    /// The day it receives the member.
    pub occurred_on: Day,
    /// The day the person joined the Party.
    pub joined_on: Day,
    /// The day of official standing; left out: the member is probationary.
    #[serde(default)]
    pub official_on: Option<Day>,
    /// The paper; the rule book demands it.
    #[serde(default)]
    pub decision: Option<Decision>,
    /// Whether the person owns the business.
    #[serde(default)]
    pub is_owner: bool,
    /// Whether the person is a worker.
    #[serde(default)]
    pub is_worker: bool,
    /// The answers to warnings, each by its code with a reason of at most 300 characters: `same_act_recorded` where the same
    /// was recorded before. They are kept with the act.
    #[serde(default)]
    #[schema(value_type = Object, required = false)]
    pub answers: Answers,
}

/// An arrival from outside these books: no admission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// The organisation that receives the member.
    pub organisation_id: Id,
    /// The day the person joined the Party.
    pub joined_on: Day,
    /// The day of official standing.
    pub official_on: Option<Day>,
    /// Whether the person owns the business.
    pub is_owner: bool,
    /// Whether the person is a worker.
    pub is_worker: bool,
}

impl Act for Arrival {
    fn rank(&self) -> Rank {
        Rank::Begins
    }

    fn organisation(&self) -> Option<Id> {
        Some(self.organisation_id)
    }

    fn apply(&self, before: &KeptMembership, on: NaiveDate) -> Result<KeptMembership> {
        let standing = if self.official_on.is_some() { "official" } else { "probationary" };
        let begun = KeptMembership {
            organisation_id: self.organisation_id,
            standing: standing.to_owned(),
            is_owner: self.is_owner,
            is_worker: self.is_worker,
            joined_on: self.joined_on.get(),
            official_on: self.official_on.map(Day::get),
            ..before.clone()
        };
        begin(before, begun, on)
    }

    fn check(&self, faults: &mut Faults, case: &Case<'_>) -> Option<Decision> {
        let paper = case.joining(faults, case.decision);
        case.check_branch(faults, true);
        check_days(faults, Some(self.joined_on), self.official_on, case.on);
        paper
    }

    fn judge(&self, case: &Case<'_>, paper: Option<&Decision>) -> Result<()> {
        case.require_paper(paper)?;
        people::check_born(case.birth_date, self.joined_on.get(), "/joined_on")
    }

    /// Who left these books by a transfer may come back by one.
    fn is_barred_by(&self, former: &KeptMembership) -> bool {
        former.branch == "party" && former.status != "transferred_out"
    }

    fn tell(&self, telling: &Telling<'_>) -> Result<Told> {
        telling.entry(&PartyMemberTransferred { from: None, member: telling.member() })
    }
}

/// Receives a Party member from outside these books.
///
/// # Errors
/// All faults of the request at once; `already_member`.
pub fn receive_from_outside(tx: &mut Tx<'_>, setting: &Setting, request: &TransferIn) -> Result<(Moved, Entries)> {
    let organisation = organisation_of(tx, setting, request.organisation_id)?;
    let mut faults = Faults::new();
    let who = Who::parse(&mut faults, setting, Some(&request.person), None);
    let act = Arrival {
        organisation_id: request.organisation_id,
        joined_on: request.joined_on,
        official_on: request.official_on,
        is_owner: request.is_owner,
        is_worker: request.is_worker,
    };
    let on = request.occurred_on.get();
    let decision = request.decision.clone();
    let new = NewAct {
        act: MemberAct::Arrival(act),
        on,
        decision,
        authorising_paper: None,
        note: None,
        answers: request.answers.clone(),
    };
    let (changed, entries) = change::begin(tx, setting, &organisation, who, faults, new)?;
    Ok((changed.moved(), entries))
}
