//! The act that admits a person to the Party or the union.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::acts::{Rank, Told};
use shared::answers::Answers;
use shared::error::all_of;
use shared::journal::Entries;
use shared::made_ids::NamesIds;
use shared::published::party_member::PartyMemberAdmitted;
use shared::published::union_member::UnionMemberAdmitted;
use shared::published::{Branch, Decision};
use shared::storage::Tx;
use shared::validate::{Faults, Wrong, line};
use shared::{Code, Day, Id, Result};

use super::super::change::{self, NewAct};
use super::super::person::Who;
use super::{Act, Case, MemberAct, Telling, begin, organisation_of};
use crate::ledger::Admitted;
use crate::people::{self, AgeFacts, KeptMembership, MemberStanding, PersonDetails};
use crate::state::Setting;

/// Takes a person into the Party or the union.
#[derive(Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"organisation_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f",
    "person": {"full_name": "Nguyễn Thị Giả Định", "birth_date": "1995-02-03", "personal_id": "033195000001"},
    "occurred_on": "2022-05-19",
    "decision": {"number": "310-QĐ/HU", "decided_on": "2022-05-05", "issuing_body": "Huyện ủy Văn Lâm"}}))]
pub struct AdmitPerson {
    /// The id of the act, where the caller makes it: a UUID of version 7, at most 60 days old.
    #[serde(default)]
    pub id: Option<Id>,
    /// The id of the membership that begins, where the caller makes it.
    #[serde(default)]
    pub membership_id: Option<Id>,
    /// The organisation that the person joins: its branch says what the person becomes a member of.
    pub organisation_id: Id,
    /// Who is admitted, if not known here yet; else `person_id`.
    #[serde(default)]
    pub person: Option<PersonDetails>,
    /// Without `person`: who is admitted, if known here, for instance as a union member.
    /// Beside `person`: the id of that person, where the caller makes it; if the person is recorded here already, it becomes
    /// another id of that person.
    #[serde(default)]
    pub person_id: Option<Id>,
    /// The day of the ceremony (Party) or of the decision's effect (union): not after today.
    pub occurred_on: Day,
    /// The day on which the cell considered it: the age is judged on it; `occurred_on` if left out.
    #[serde(default)]
    pub considered_on: Option<Day>,
    /// The decision; the rule book demands it.
    #[serde(default)]
    pub decision: Option<Decision>,
    /// The decision of the province-level standing committee, for a person over 60.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub authorising_paper: Option<String>,
    /// Whether the person owns the business (HD 08-HD/BTCTW, 27 September 2021).
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

impl NamesIds for AdmitPerson {
    fn named_ids(&self) -> Vec<(&'static str, Option<Id>)> {
        vec![
            ("/id", self.id),
            ("/membership_id", self.membership_id),
            ("/person_id", self.person_id.filter(|_| self.person.is_some())),
        ]
    }
}

/// An admission: the person begins probation in the Party, or is a member of the union.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admission {
    /// The organisation that the person joins.
    pub organisation_id: Id,
    /// The day on which the cell considered it, where it is another than the day of the admission.
    pub considered_on: Option<Day>,
    /// Whether the person owns the business.
    pub is_owner: bool,
    /// Whether the person is a worker.
    pub is_worker: bool,
}

impl Act for Admission {
    fn rank(&self) -> Rank {
        Rank::Begins
    }

    fn organisation(&self) -> Option<Id> {
        Some(self.organisation_id)
    }

    fn apply(&self, before: &KeptMembership, on: NaiveDate) -> Result<KeptMembership> {
        let standing = match before.branch {
            Branch::Party => MemberStanding::Probationary,
            Branch::Union => MemberStanding::Member,
        };
        let begun = KeptMembership {
            organisation_id: self.organisation_id,
            standing,
            is_owner: self.is_owner,
            is_worker: self.is_worker,
            joined_on: on,
            official_on: None,
            ..before.clone()
        };
        begin(before, begun, on)
    }

    fn check(&self, faults: &mut Faults, case: &Case<'_>) -> Option<Decision> {
        let paper = case.joining(faults, case.decision);
        if self.considered_on.is_some_and(|considered_on| considered_on.get() > case.on) {
            let wrong = Wrong::new(Code::AgainstEachOther).with("reason", "considered_on > occurred_on");
            faults.add("/considered_on", wrong);
        }
        case.check_branch(faults, false);
        paper
    }

    fn judge(&self, case: &Case<'_>, paper: Option<&Decision>) -> Result<()> {
        let considered_on = self.considered_on.map_or(case.on, Day::get);
        let age = case.birth_date.map_or(Ok(()), |birth_date| {
            let facts = AgeFacts { birth_date, considered_on, has_paper: case.authorising_paper.is_some() };
            people::check_age(&case.setting.book, case.organisation.branch, &case.organisation.kind, facts)
        });
        all_of([case.require_paper(paper), age])
    }

    fn tell(&self, telling: &Telling<'_>) -> Result<Told> {
        if telling.is_party() {
            telling.entry(&PartyMemberAdmitted(telling.member()?))
        } else {
            telling.entry(&UnionMemberAdmitted(telling.union_member()))
        }
    }
}

/// Admits a person.
///
/// # Errors
/// All faults of the request at once; refusals of the rule book; `already_member`.
pub fn admit(tx: &mut Tx<'_>, setting: &Setting, request: &AdmitPerson) -> Result<(Admitted, Entries)> {
    let organisation = organisation_of(tx, setting, request.organisation_id)?;
    let mut faults = Faults::new();
    let who = Who::parse(&mut faults, setting, request.person.as_ref(), request.person_id);
    let paper = request.authorising_paper.as_deref().map(|text| line(text, 200)).transpose();
    let authorising_paper = faults.take("/authorising_paper", paper).flatten();
    let act = Admission {
        organisation_id: request.organisation_id,
        considered_on: request.considered_on,
        is_owner: request.is_owner,
        is_worker: request.is_worker,
    };
    let on = request.occurred_on.get();
    let new = NewAct {
        id: request.id.unwrap_or_default(),
        act: MemberAct::Admission(act),
        on,
        decision: request.decision.clone(),
        authorising_paper,
        note: None,
        answers: request.answers.clone(),
    };
    let (changed, entries) = change::begin(tx, setting, &organisation, (request.membership_id, who), faults, new)?;
    Ok((changed.admitted(), entries))
}
