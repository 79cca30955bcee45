//! The acts on an organisation, and those that count its members without names. Each act is one file: its request,
//! its conditions, what it does to the organisation, and what its journal entry says.

pub(super) mod beginning;
mod collective_admission;
mod collective_departure;
mod collective_opening;
mod dissolution;
mod founding;
mod headcount;
mod opening;
mod upgrade;

pub use collective_admission::{AdmitCollectively, CollectiveAdmission, admit_collectively};
pub use collective_departure::{CollectiveDeparture, HeadcountDeparture, depart_collectively};
pub use collective_opening::{CollectiveOpening, HeadcountOpening, open_collectively};
pub use dissolution::{Dissolution, DissolveOrganisation, dissolve};
pub use founding::{EstablishOrganisation, Founding, FoundingMembers, establish};
pub use opening::{Opening, open};
pub use upgrade::{Upgrade, UpgradeOrganisation, upgrade};

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::acts::{ActPlace, Acts, Rank, Told};
use shared::journal::Published;
use shared::published::organisation::OrganisationState;
use shared::published::{Branch, Decision};
use shared::territory::{Area, AreaId, Territory};
use shared::validate::Faults;
use shared::{Code, Error, Id, Result};

use super::openings::before_recording;
use super::status::OrganisationStatus;
use super::store::{SuperiorFacts, UnitFacts};
use crate::rule_book::{Kind, RuleBook};

/// An organisation as its acts make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded {
    pub id: Id,
    pub branch: Branch,
    pub is_superior_body: bool,
    pub kind: String,
    pub name: String,
    pub superior: Option<Id>,
    pub area: AreaId,
    pub units: Vec<Id>,
    pub status: OrganisationStatus,
    pub established_on: NaiveDate,
    pub ended_on: Option<NaiveDate>,
    /// The day from which it stands as it does: of its founding or its last upgrade.
    pub stands_from: NaiveDate,
    /// How many members it counts without names.
    pub unnamed: i64,
}

impl Folded {
    /// Checks that it exists.
    fn active(&self, on: NaiveDate) -> Result<()> {
        match self.status {
            OrganisationStatus::Active => Ok(()),
            _ => Err(Error::new(Code::OrganisationNotActive).with("day", on)),
        }
    }
}

/// What was done about an organisation, as it is kept: the fields that a correction may replace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the type of the same name")]
pub enum OrganisationAct {
    Founding(Founding),
    Opening(Opening),
    Upgrade(Upgrade),
    Dissolution(Dissolution),
    CollectiveAdmission(CollectiveAdmission),
    CollectiveOpening(CollectiveOpening),
    CollectiveDeparture(CollectiveDeparture),
}

impl OrganisationAct {
    /// Whether it has a decision paper, and whether a rule may ask for another paper beside it.
    pub fn has_papers(&self) -> (bool, bool) {
        match self {
            Self::Founding(_) => (true, true),
            Self::CollectiveOpening(_) => (false, false),
            _ => (true, false),
        }
    }

    /// Whether it is about a number of members without names.
    pub(super) fn counts_members(&self) -> bool {
        matches!(self, Self::CollectiveAdmission(_) | Self::CollectiveOpening(_) | Self::CollectiveDeparture(_))
    }

    /// Whether it registers what was there before recording began.
    pub(super) fn is_opening(&self) -> bool {
        matches!(self, Self::Opening(_) | Self::CollectiveOpening(_))
    }

    pub(super) fn act(&self) -> &dyn Act {
        match self {
            Self::Founding(act) => act,
            Self::Opening(act) => act,
            Self::Upgrade(act) => act,
            Self::Dissolution(act) => act,
            Self::CollectiveAdmission(act) => act,
            Self::CollectiveOpening(act) => act,
            Self::CollectiveDeparture(act) => act,
        }
    }
}

impl Acts for OrganisationAct {
    type State = Folded;

    fn rank(&self) -> Rank {
        self.act().rank()
    }

    fn apply(&self, before: &Folded, on: NaiveDate) -> Result<Folded> {
        self.act().apply(before, on)
    }
}

/// One kind of act on an organisation.
pub(super) trait Act {
    /// Where it stands among the acts of one day.
    fn rank(&self) -> Rank;

    /// What the organisation begins as with it; nothing for all but the first act.
    fn beginning(&self) -> Option<&beginning::Beginning> {
        None
    }

    /// The organisation that it names as superior.
    fn superior(&self) -> Option<Id> {
        self.beginning().and_then(|beginning| beginning.superior_id)
    }

    /// The act as it is kept, with what it takes from the organisation before it.
    fn completed(&self, before: &Folded) -> OrganisationAct;

    /// Returns the organisation after it.
    ///
    /// # Errors
    /// What is impossible.
    fn apply(&self, before: &Folded, on: NaiveDate) -> Result<Folded>;

    /// Adds the faults of the fields, and returns the paper.
    fn check(&self, faults: &mut Faults, case: &Case<'_>) -> Option<Decision>;

    /// Judges the conditions of the decision.
    ///
    /// # Errors
    /// Refusals of the rule book, with their sources.
    fn judge(&self, case: &Case<'_>, paper: Option<&Decision>) -> Result<()>;

    /// What its journal entry says.
    ///
    /// # Errors
    /// Fails when the payload cannot be written as JSON.
    fn tell(&self, telling: &Telling<'_>) -> Result<Told>;

    /// The entry of its withdrawal.
    ///
    /// # Errors
    /// Fails when the payload cannot be written as JSON.
    fn tell_withdrawn(&self, telling: &Telling<'_>) -> Result<Told>;
}

/// What an act is judged by.
pub(super) struct Case<'a> {
    pub book: &'a RuleBook,
    pub territory: &'a Territory,
    pub today: NaiveDate,
    /// Whether it is not recorded yet.
    pub is_new: bool,
    /// The organisation before it.
    pub before: &'a Folded,
    /// From when to when the organisation exists by its other acts; nothing before its first one.
    pub life: Option<(NaiveDate, Option<NaiveDate>)>,
    pub on: NaiveDate,
    pub decision: Option<&'a Decision>,
    pub authorising_paper: Option<&'a str>,
    /// The area that the act names, if it is within the caller's reach.
    pub area: Option<&'a Area>,
    /// The area that the organisation stands on, for what its superior takes.
    pub stands_on: &'a AreaId,
    /// The superior that the act names, as it stood on the day, if it is within the caller's reach.
    pub superior: Option<SuperiorFacts>,
    /// Whether a correction leaves the superior as it was.
    pub is_same_superior: bool,
    /// The units that a correction leaves as they were are among these.
    pub told_units: &'a [Id],
    /// The units that the act names and that are within the caller's reach.
    pub units: BTreeMap<Id, UnitFacts>,
    /// Of an opening registration: the day with which recording begins, where it was set above.
    pub recording_begins_on: Option<NaiveDate>,
}

impl Case<'_> {
    /// Where the day of a beginning stands in a request: it has another name where it is first sent.
    fn beginning_pointer(&self) -> &'static str {
        if self.is_new { "/established_on" } else { "/occurred_on" }
    }

    /// Checks the day of an opening registration.
    fn check_opening(&self, faults: &mut Faults, pointer: &str) {
        faults.take(pointer, before_recording(self.on, self.recording_begins_on));
    }

    /// Demands the paper of the rule book.
    fn require_paper(&self, kind: &str, paper: Option<&Decision>) -> Result<()> {
        self.book.require_paper(self.before.branch, kind, self.on, paper)
    }

    fn kind(&self, name: &str) -> Option<&Kind> {
        self.book.kind(name)
    }
}

/// The record that an act is about.
pub(super) struct Telling<'a> {
    pub before: &'a Folded,
    /// The organisation after it.
    pub after: &'a Folded,
    /// The area, as it was called on the day.
    pub area: AreaId,
    pub on: NaiveDate,
    pub decision: Option<Decision>,
}

impl Telling<'_> {
    fn state(&self) -> OrganisationState {
        let after = self.after;
        OrganisationState {
            organisation: after.id,
            branch: after.branch,
            kind: after.kind.clone(),
            area: after.area.clone(),
            superior: after.superior,
            is_superior_body: after.is_superior_body,
            units: after.units.clone(),
            superior_name: after.is_superior_body.then(|| after.name.clone()),
            decision: self.decision.clone(),
        }
    }

    /// Tells of the organisation itself.
    fn of_organisation<P: Published>(&self, payload: &P) -> Result<Told> {
        Told::of(payload, format!("/v1/organisations/{}", self.after.id), self.on, self.place(1))
    }

    fn place(&self, count: i64) -> ActPlace {
        ActPlace { record: self.after.id, organisation: Some(self.after.id), area: self.area.clone(), count }
    }
}
