//! The lines of the demonstration's files.

use chrono::{DateTime, Utc};
use enterprise_registry::economic_units::{LegalForm, RegisterEconomicUnit, Status};
use membership::people::PersonDetails;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use shared::published::Decision;
use shared::published::party_member::DepartureReason;
use shared::territory::AreaId;
use shared::{Day, Error, Result, ResultExt};

pub(super) const UNITS: &str = include_str!("../../demo/economic_units.csv");
pub(super) const STATUS_CHANGES: &str = include_str!("../../demo/economic_unit_status_changes.csv");
pub(super) const ORGANISATIONS: &str = include_str!("../../demo/organisations.csv");
pub(super) const ACTS: &str = include_str!("../../demo/acts.csv");

pub(super) fn read<T: DeserializeOwned>(name: &str, text: &str) -> Result<Vec<T>> {
    csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .collect::<std::result::Result<_, _>>()
        .doing(&format!("reading the demonstration's {name}"))
}

/// A line that was recorded at an instant.
pub(super) trait Recorded {
    fn recorded_at(&self) -> DateTime<Utc>;
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct UnitLine {
    pub key: String,
    pub name: String,
    pub tax_code: Option<String>,
    pub legal_form: LegalForm,
    pub sector: Option<String>,
    pub is_foreign_invested: bool,
    pub area: AreaId,
    pub address: Option<String>,
    pub workers: Option<i64>,
    pub workers_as_of: Option<Day>,
    pub registered_on: Day,
    pub recorded_at: DateTime<Utc>,
}

impl Recorded for UnitLine {
    fn recorded_at(&self) -> DateTime<Utc> {
        self.recorded_at
    }
}

impl UnitLine {
    pub(super) fn request(&self) -> RegisterEconomicUnit {
        let line = self.clone();
        RegisterEconomicUnit {
            id: None,
            name: line.name,
            tax_code: line.tax_code,
            legal_form: line.legal_form,
            sector: line.sector,
            is_foreign_invested: line.is_foreign_invested,
            area: line.area,
            located_on: None,
            address: line.address,
            workers: line.workers,
            workers_as_of: line.workers_as_of,
            registered_on: line.registered_on,
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct StatusLine {
    pub recorded_at: DateTime<Utc>,
    pub unit: String,
    pub status: Status,
    pub occurred_on: Day,
}

impl Recorded for StatusLine {
    fn recorded_at(&self) -> DateTime<Utc> {
        self.recorded_at
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct OrganisationLine {
    pub recorded_at: DateTime<Utc>,
    pub act: String,
    pub key: String,
    pub kind: String,
    pub name: String,
    pub superior: Option<String>,
    pub area: Option<AreaId>,
    pub units: Option<String>,
    pub established_on: Day,
    pub official: Option<u32>,
    pub probationary: Option<u32>,
    pub members: Option<u32>,
    pub decision_number: Option<String>,
    pub decided_on: Option<Day>,
    pub issuing_body: Option<String>,
    pub authorising_paper: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct ActLine {
    pub recorded_at: DateTime<Utc>,
    pub act: String,
    pub key: Option<String>,
    pub organisation: Option<String>,
    pub member: Option<String>,
    pub full_name: Option<String>,
    pub birth_date: Option<Day>,
    pub sex: Option<String>,
    pub personal_id: Option<String>,
    pub occurred_on: Option<Day>,
    pub joined_on: Option<Day>,
    pub official_on: Option<Day>,
    pub count: Option<i64>,
    pub female_count: Option<i64>,
    pub reason: Option<DepartureReason>,
    pub is_owner: Option<bool>,
    pub is_worker: Option<bool>,
    pub decision_number: Option<String>,
    pub decided_on: Option<Day>,
    pub issuing_body: Option<String>,
    pub authorising_paper: Option<String>,
    pub officer_area: Option<AreaId>,
}

/// A line about organisations or members, in one stream by the time it was recorded.
#[derive(Debug, Clone)]
pub(super) enum MemberLine {
    Organisation(OrganisationLine),
    Act(ActLine),
}

impl Recorded for MemberLine {
    fn recorded_at(&self) -> DateTime<Utc> {
        match self {
            Self::Organisation(line) => line.recorded_at,
            Self::Act(line) => line.recorded_at,
        }
    }
}

pub(super) fn paper(number: Option<&String>, on: Option<Day>, body: Option<&String>) -> Option<Decision> {
    Some(Decision { number: number?.clone(), decided_on: on?, issuing_body: body?.clone() })
}

impl ActLine {
    pub(super) fn decision(&self) -> Option<Decision> {
        paper(self.decision_number.as_ref(), self.decided_on, self.issuing_body.as_ref())
    }

    pub(super) fn occurred_on(&self) -> Result<Day> {
        self.occurred_on.ok_or_else(|| Error::internal(format!("a demonstration act {} has no day", self.act)))
    }

    pub(super) fn person(&self) -> Option<PersonDetails> {
        Some(PersonDetails {
            full_name: self.full_name.clone()?,
            birth_date: self.birth_date?,
            sex: self.sex.clone(),
            phone: None,
            personal_id: self.personal_id.clone(),
            card_number: None,
        })
    }
}
