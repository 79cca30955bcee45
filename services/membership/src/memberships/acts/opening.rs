//! The act that registers a person who was a member before the start date of recording.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::acts::{Rank, Told};
use shared::answers::Answers;
use shared::journal::Entries;
use shared::made_ids::NamesIds;
use shared::published::party_member::PartyMemberOpeningRegistered;
use shared::published::union_member::UnionMemberOpeningRegistered;
use shared::published::{Branch, Decision};
use shared::storage::Tx;
use shared::validate::{Faults, Wrong, past_day};
use shared::{Code, Day, Id, Result};

use super::super::change::{self, NewAct};
use super::super::person::Who;
use super::{Act, Case, MemberAct, Telling, begin, organisation_of};
use crate::ledger::Admitted;
use crate::organisations::{self, HeadcountOpening};
use crate::people::{self, KeptMembership, MemberStanding, PersonDetails};
use crate::state::Setting;

/// Registers a person who was a member before recording began.
#[derive(Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"organisation_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f",
    "person": {"full_name": "Nguyễn Thị Giả Định", "birth_date": "1995-02-03", "sex": "female"},
    "occurred_on": "2021-12-01", "joined_on": "2018-05-19", "official_on": "2019-05-19"}))]
pub struct OpenMembers {
    /// The id of the act, where the caller makes it: a UUID of version 7, at most 60 days old.
    #[serde(default)]
    pub id: Option<Id>,
    /// The id of the membership that begins, where the caller makes it.
    #[serde(default)]
    pub membership_id: Option<Id>,
    /// The organisation they belong to.
    pub organisation_id: Id,
    /// The person, for a registration by name.
    #[serde(default)]
    pub person: Option<PersonDetails>,
    /// Without `person`: the person, if known here already.
    /// Beside `person`: the id of that person, where the caller makes it; if the person is recorded here already, it becomes
    /// another id of that person.
    #[serde(default)]
    pub person_id: Option<Id>,
    /// How many, for a union's members without names: 1-100,000.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100_000)]
    pub count: Option<i64>,
    /// The day from which they count here: not after the day with which recording begins under the body above, where it
    /// was set.
    pub occurred_on: Day,
    /// The day the person joined; for a registration by name.
    #[serde(default)]
    pub joined_on: Option<Day>,
    /// The day of official standing; left out: the member is probationary. Party only.
    #[serde(default)]
    pub official_on: Option<Day>,
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

impl NamesIds for OpenMembers {
    fn named_ids(&self) -> Vec<(&'static str, Option<Id>)> {
        vec![
            ("/id", self.id),
            ("/membership_id", self.membership_id),
            ("/person_id", self.person_id.filter(|_| self.person.is_some())),
        ]
    }
}

/// An opening registration: no admission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// The organisation to which the person belongs.
    pub organisation_id: Id,
    /// The day the person joined.
    pub joined_on: Option<Day>,
    /// The day of official standing.
    pub official_on: Option<Day>,
    /// Whether the person owns the business.
    pub is_owner: bool,
    /// Whether the person is a worker.
    pub is_worker: bool,
}

impl Act for Opening {
    fn rank(&self) -> Rank {
        Rank::Begins
    }

    fn organisation(&self) -> Option<Id> {
        Some(self.organisation_id)
    }

    fn apply(&self, before: &KeptMembership, on: NaiveDate) -> Result<KeptMembership> {
        let standing = match (before.branch, self.official_on) {
            (Branch::Party, Some(_)) => MemberStanding::Official,
            (Branch::Party, None) => MemberStanding::Probationary,
            (Branch::Union, _) => MemberStanding::Member,
        };
        let begun = KeptMembership {
            organisation_id: self.organisation_id,
            standing,
            is_owner: self.is_owner,
            is_worker: self.is_worker,
            joined_on: self.joined_on.map_or(on, Day::get),
            official_on: self.official_on.map(Day::get),
            ..before.clone()
        };
        begin(before, begun, on)
    }

    fn check(&self, faults: &mut Faults, case: &Case<'_>) -> Option<Decision> {
        case.joining(faults, None);
        case.check_branch(faults, false);
        faults.take("/occurred_on", organisations::before_recording(case.on, case.recording_begins_on));
        match self.joined_on {
            Some(joined_on) => faults.take("/joined_on", past_day(joined_on.get(), case.setting.today)),
            None => faults.take("/joined_on", Err(Wrong::new(Code::Required))),
        };
        check_days(faults, self.joined_on, self.official_on, case.on);
        None
    }

    fn judge(&self, case: &Case<'_>, _: Option<&Decision>) -> Result<()> {
        people::check_born(case.birth_date, self.joined_on.map_or(case.on, Day::get), "/joined_on")
    }

    fn tell(&self, telling: &Telling<'_>) -> Result<Told> {
        if telling.is_party() {
            telling.entry(&PartyMemberOpeningRegistered(telling.member()?))
        } else {
            telling.entry(&UnionMemberOpeningRegistered(telling.union_member()))
        }
    }
}

/// Who comes with a membership that began elsewhere says since when: all of it lies before the day from which it counts
/// here.
pub(super) fn check_days(faults: &mut Faults, joined_on: Option<Day>, official_on: Option<Day>, on: NaiveDate) {
    let (joined_on, official_on) = (joined_on.map(Day::get), official_on.map(Day::get));
    let mut before = |pointer: &str, earlier: Option<NaiveDate>, later: NaiveDate| {
        if earlier.is_some_and(|earlier| earlier > later) {
            let wrong = Wrong::new(Code::AgainstEachOther).with("reason", "joined_on <= official_on <= occurred_on");
            faults.add(pointer, wrong);
        }
    };
    before("/joined_on", joined_on, official_on.unwrap_or(on));
    before("/official_on", official_on, on);
}

/// Registers a person who was a member before recording began.
///
/// # Errors
/// All faults of the request at once; `already_member`.
pub fn open_members(tx: &mut Tx<'_>, setting: &Setting, request: &OpenMembers) -> Result<(Admitted, Entries)> {
    if let Some(count) = request.count {
        let has_person = request.person.is_some() || request.person_id.is_some();
        let opening = HeadcountOpening {
            id: request.id.unwrap_or_default(),
            organisation: request.organisation_id,
            count,
            on: request.occurred_on.get(),
            names_person: has_person || request.membership_id.is_some(),
            answers: request.answers.clone(),
        };
        return organisations::open_collectively(tx, setting, opening);
    }
    let organisation = organisation_of(tx, setting, request.organisation_id)?;
    let mut faults = Faults::new();
    let who = Who::parse(&mut faults, setting, request.person.as_ref(), request.person_id);
    let act = Opening {
        organisation_id: request.organisation_id,
        joined_on: request.joined_on,
        official_on: request.official_on,
        is_owner: request.is_owner,
        is_worker: request.is_worker,
    };
    let on = request.occurred_on.get();
    let new = NewAct {
        id: request.id.unwrap_or_default(),
        act: MemberAct::Opening(act),
        on,
        decision: None,
        authorising_paper: None,
        note: None,
        answers: request.answers.clone(),
    };
    let (changed, entries) = change::begin(tx, setting, &organisation, (request.membership_id, who), faults, new)?;
    Ok((changed.admitted(), entries))
}
