//! The acts on an economic unit. Each act is one file: its request, its conditions, what it does to the unit, and
//! what its journal entry says.

mod detail;
mod registration;
mod status_change;

pub use detail::{Detail, EconomicUnitPatch, ReplaceEconomicUnit, change_details};
pub use registration::{Registration, register};
pub use status_change::{StatusChange, change_status};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::acts::{ActPlace, Acts, Rank, Told};
use shared::journal::Published;
use shared::published::economic_unit::UnitState;
use shared::territory::AreaId;
use shared::validate::Faults;
use shared::{Code, Error, Id, Result};

use super::rules::{LegalForm, Status};
use crate::state::Setting;

/// What stands in no journal: of a household it is a person's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// The unit's name.
    pub name: String,
    /// Its tax code.
    pub tax_code: Option<String>,
    /// Its address within the commune.
    pub address: Option<String>,
}

/// A unit as its acts make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded {
    pub id: Id,
    /// `Withdrawn` before it is registered.
    pub status: Status,
    pub status_on: NaiveDate,
    pub legal_form: LegalForm,
    pub sector: Option<String>,
    pub is_foreign_invested: bool,
    pub area: AreaId,
    pub workers: Option<(i64, NaiveDate)>,
    pub registered_on: NaiveDate,
    /// Nothing of an erased household.
    pub names: Option<Names>,
}

impl Folded {
    /// Says whether it is a household: its name, address and number are a person's.
    pub fn is_household(&self) -> bool {
        self.legal_form == LegalForm::HouseholdBusiness
    }

    fn registered(&self) -> Result<()> {
        if self.status != Status::Withdrawn {
            return Ok(());
        }
        Err(Error::fault("/occurred_on", Code::BeforeLastAct))
    }

    /// The unit as its entries tell it.
    fn published(&self) -> UnitState {
        let (legal_form, status): (&'static str, &'static str) = (self.legal_form.into(), self.status.into());
        UnitState {
            id: self.id,
            area: self.area.clone(),
            legal_form: legal_form.to_owned(),
            sector: self.sector.clone(),
            is_foreign_invested: self.is_foreign_invested,
            status: status.to_owned(),
            workers: self.workers.map(|(count, _)| count),
            workers_as_of: self.workers.map(|(_, as_of)| as_of),
        }
    }
}

/// What was done about a unit, as it is kept: the fields that a correction may replace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum UnitAct {
    Registration(Registration),
    Detail(Detail),
    StatusChange(StatusChange),
}

impl UnitAct {
    pub(super) fn act(&self) -> &dyn Act {
        match self {
            Self::Registration(act) => act,
            Self::Detail(act) => act,
            Self::StatusChange(act) => act,
        }
    }
}

impl Acts for UnitAct {
    type State = Folded;

    fn rank(&self) -> Rank {
        self.act().rank()
    }

    fn apply(&self, before: &Folded, on: NaiveDate) -> Result<Folded> {
        self.act().apply(before, on)
    }
}

/// One kind of act on a unit.
pub trait Act {
    /// Where it stands among the acts of one day.
    fn rank(&self) -> Rank;

    /// Returns the unit after it.
    ///
    /// # Errors
    /// What is impossible.
    fn apply(&self, before: &Folded, on: NaiveDate) -> Result<Folded>;

    /// Checks the fields, and returns the act as it is kept.
    fn checked(&self, faults: &mut Faults, case: &Case<'_>) -> Option<UnitAct>;

    /// What its journal entry says.
    ///
    /// # Errors
    /// Fails when the payload cannot be written as JSON.
    fn tell(&self, telling: &Telling<'_>) -> Result<Told>;
}

/// What an act is judged by.
pub struct Case<'a> {
    /// Whose reach, which areas, which day.
    pub setting: &'a Setting,
    /// Whether it is not recorded yet.
    pub is_new: bool,
    /// The unit before it.
    pub before: &'a Folded,
    /// The day it happened.
    pub on: NaiveDate,
}

/// The unit that an act is about.
pub struct Telling<'a> {
    /// The unit before it.
    pub before: &'a Folded,
    /// The unit after it.
    pub after: &'a Folded,
    /// The day it happened.
    pub on: NaiveDate,
}

impl Telling<'_> {
    pub(super) fn entry<P: Published>(&self, payload: &P) -> Result<Told> {
        let (record, area) = (self.after.id, self.after.area.clone());
        let subject = format!("/v1/economic-units/{record}");
        Told::of(payload, subject, self.on, ActPlace { record, organisation: None, area, count: 1 })
    }

    pub(super) fn unit(&self) -> UnitState {
        self.after.published()
    }
}
