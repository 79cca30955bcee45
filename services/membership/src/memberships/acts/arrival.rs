//! The act by which a Party member arrives from outside this system.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::acts::{Rank, Told};
use shared::answers::Answers;
use shared::error::all_of;
use shared::journal::Entries;
use shared::made_ids::NamesIds;
use shared::published::party_member::PartyMemberTransferred;
use shared::published::{Branch, Decision};
use shared::storage::Tx;
use shared::validate::Faults;
use shared::{Day, Id, Result};

use super::super::change::{self, NewAct};
use super::super::person::Who;
use super::opening::check_days;
use super::{Act, Case, MemberAct, Telling, begin, organisation_of};
use crate::ledger::Moved;
use crate::people::{self, KeptMembership, MemberStanding, MembershipStatus, PersonDetails};
use crate::state::Setting;

/// Receives a member from outside this system.
#[derive(Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"organisation_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f",
    "person": {"full_name": "Nguyễn Thị Giả Định", "birth_date": "1995-02-03", "sex": "female"},
    "occurred_on": "2026-05-05", "joined_on": "2018-05-19", "official_on": "2019-05-19",
    "decision": {"number": "11-QĐ/TU", "decided_on": "2026-05-01", "issuing_body": "Đảng ủy xã Giả Định"}}))]
pub struct TransferIn {
    /// The id of the act, where the caller makes it: a UUID of version 7, at most 60 days old.
    #[serde(default)]
    pub id: Option<Id>,
    /// The id of the membership that begins, where the caller makes it.
    #[serde(default)]
    pub membership_id: Option<Id>,
    /// The id of the person, where the caller makes it. If the person is recorded here already, it becomes another id of that
    /// person.
    #[serde(default)]
    pub person_id: Option<Id>,
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
    /// The decision; the rule book demands it.
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

impl NamesIds for TransferIn {
    fn named_ids(&self) -> Vec<(&'static str, Option<Id>)> {
        vec![("/id", self.id), ("/membership_id", self.membership_id), ("/person_id", self.person_id)]
    }
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
        let standing = match self.official_on {
            Some(_) => MemberStanding::Official,
            None => MemberStanding::Probationary,
        };
        let begun = KeptMembership {
            organisation_id: self.organisation_id,
            standing,
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
        all_of([case.require_paper(paper), people::check_born(case.birth_date, self.joined_on.get(), "/joined_on")])
    }

    /// A member who left this system by a transfer may come back by one.
    fn is_barred_by(&self, former: &KeptMembership) -> bool {
        former.branch == Branch::Party && former.status != MembershipStatus::TransferredOut
    }

    fn tell(&self, telling: &Telling<'_>) -> Result<Told> {
        telling.entry(&PartyMemberTransferred { from: None, member: telling.member()? })
    }
}

/// Receives a Party member from outside this system.
///
/// # Errors
/// All faults of the request at once; `already_member`.
pub fn receive_from_outside(tx: &mut Tx<'_>, setting: &Setting, request: &TransferIn) -> Result<(Moved, Entries)> {
    let organisation = organisation_of(tx, setting, request.organisation_id)?;
    let mut faults = Faults::new();
    let who = Who::parse(&mut faults, setting, Some(&request.person), request.person_id);
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
        id: request.id.unwrap_or_default(),
        act: MemberAct::Arrival(act),
        on,
        decision,
        authorising_paper: None,
        note: None,
        answers: request.answers.clone(),
    };
    let (changed, entries) = change::begin(tx, setting, &organisation, (request.membership_id, who), faults, new)?;
    Ok((changed.moved(), entries))
}
