//! The act that changes details of a unit: its name, line of business, foreign capital, address or number of workers.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::acts::{Rank, Told};
use shared::http::not_null;
use shared::journal::Entries;
use shared::published::economic_unit::EconomicUnitChanged;
use shared::storage::Tx;
use shared::validate::{Faults, Wrong, line, past_day};
use shared::{Code, Day, Result};

use super::super::change::{self, NewAct};
use super::super::rules;
use super::super::store::KeptUnit;
use super::{Act, Case, Folded, Names, Telling, UnitAct};
use crate::state::Setting;

/// A partial change; null clears a field (JSON Merge Patch).
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"workers": 130, "workers_as_of": "2026-09-30"}))]
pub struct EconomicUnitPatch {
    /// Its name; it cannot be cleared.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = String, required = false, max_length = 300)]
    pub name: Option<String>,
    /// A letter of the national classification of business lines.
    #[serde(default, with = "serde_with::rust::double_option")]
    #[schema(value_type = Option<String>, max_length = 1)]
    pub sector: Option<Option<String>>,
    /// Whether it has foreign capital; it cannot be cleared.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = bool, required = false)]
    pub is_foreign_invested: Option<bool>,
    /// Its address within the commune.
    #[serde(default, with = "serde_with::rust::double_option")]
    #[schema(value_type = Option<String>, max_length = 300)]
    pub address: Option<Option<String>>,
    /// How many work there; goes with `workers_as_of`.
    #[serde(default, with = "serde_with::rust::double_option")]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 1_000_000)]
    pub workers: Option<Option<i64>>,
    /// The day on which that many worked there.
    #[serde(default, with = "serde_with::rust::double_option")]
    #[schema(value_type = Option<Day>)]
    pub workers_as_of: Option<Option<Day>>,
}

/// A whole change; what is left out is cleared.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Công ty TNHH Giả Định", "sector": "C", "address": "Thôn Giả Định",
    "is_foreign_invested": false, "workers": 120, "workers_as_of": "2026-06-30"}))]
pub struct ReplaceEconomicUnit {
    /// Its name.
    #[schema(max_length = 300)]
    pub name: String,
    /// A letter of the national classification of business lines.
    #[schema(max_length = 1)]
    pub sector: Option<String>,
    /// Whether it has foreign capital.
    #[serde(default)]
    pub is_foreign_invested: bool,
    /// Its address within the commune.
    #[schema(max_length = 300)]
    pub address: Option<String>,
    /// How many work there; goes with `workers_as_of`.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub workers: Option<i64>,
    /// The day on which that many worked there.
    pub workers_as_of: Option<Day>,
}

/// What became different of a unit: a field that is not there stays as it was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Detail {
    /// A letter of the national classification of business lines.
    #[serde(with = "serde_with::rust::double_option", skip_serializing_if = "Option::is_none")]
    pub sector: Option<Option<String>>,
    /// Whether it has foreign capital.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_foreign_invested: Option<bool>,
    /// How many work there.
    #[serde(with = "serde_with::rust::double_option", skip_serializing_if = "Option::is_none")]
    pub workers: Option<Option<i64>>,
    /// The day on which that many worked there: changed with the number.
    #[serde(with = "serde_with::rust::double_option", skip_serializing_if = "Option::is_none")]
    pub workers_as_of: Option<Option<Day>>,
    /// What became different of its names. They are kept apart.
    #[serde(skip)]
    pub names: NewNames,
}

/// What became different of a unit's names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewNames {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its address within the commune.
    #[serde(with = "serde_with::rust::double_option", skip_serializing_if = "Option::is_none")]
    pub address: Option<Option<String>>,
}

impl Act for Detail {
    fn rank(&self) -> Rank {
        Rank::Moves
    }

    fn apply(&self, before: &Folded, _: NaiveDate) -> Result<Folded> {
        before.registered()?;
        let workers = match (self.workers, self.workers_as_of) {
            (Some(count), Some(as_of)) => count.zip(as_of.map(Day::get)),
            _ => before.workers,
        };
        let names = before.names.as_ref().map(|names| Names {
            name: self.names.name.clone().unwrap_or_else(|| names.name.clone()),
            tax_code: names.tax_code.clone(),
            address: self.names.address.clone().unwrap_or_else(|| names.address.clone()),
        });
        Ok(Folded {
            sector: self.sector.clone().unwrap_or_else(|| before.sector.clone()),
            is_foreign_invested: self.is_foreign_invested.unwrap_or(before.is_foreign_invested),
            workers,
            names,
            ..before.clone()
        })
    }

    fn checked(&self, faults: &mut Faults, case: &Case<'_>) -> Option<UnitAct> {
        let today = case.setting.today;
        let day = past_day(case.on, today).and_then(|day| match day < case.before.registered_on {
            true => Err(Wrong::new(Code::BeforeLastAct).with("last_on", case.before.registered_on)),
            false => Ok(day),
        });
        faults.take("/occurred_on", day);
        let name = self.names.name.as_deref().map(|name| line(name, 300)).transpose();
        let name = faults.take("/name", name);
        let sector = self.sector.as_ref().map(|sector| rules::sector(sector.as_deref())).transpose();
        let sector = faults.take("/sector", sector);
        let address = self.names.address.as_ref();
        let address = address.map(|text| text.as_deref().map(|text| line(text, 300)).transpose()).transpose();
        let address = faults.take("/address", address);
        if self.workers.is_some() || self.workers_as_of.is_some() {
            rules::workers(faults, self.workers.flatten(), self.workers_as_of.flatten(), today);
        }
        let names = NewNames { name: name?, address: address? };
        Some(UnitAct::Detail(Self { sector: sector?, names, ..self.clone() }))
    }

    fn tell(&self, telling: &Telling<'_>) -> Result<Told> {
        telling.entry(&EconomicUnitChanged(telling.unit()))
    }
}

impl ReplaceEconomicUnit {
    /// What a partial change makes of a unit.
    #[must_use]
    pub fn of_patch(patch: &EconomicUnitPatch, unit: &KeptUnit) -> Self {
        Self {
            name: patch.name.clone().or_else(|| unit.name.clone()).unwrap_or_default(),
            sector: patch.sector.clone().unwrap_or_else(|| unit.sector.clone()),
            is_foreign_invested: patch.is_foreign_invested.unwrap_or(unit.is_foreign_invested),
            address: patch.address.clone().unwrap_or_else(|| unit.address.clone()),
            workers: patch.workers.unwrap_or(unit.workers.map(|(count, _)| count)),
            workers_as_of: patch.workers_as_of.unwrap_or(unit.workers.map(|(_, as_of)| Day::stored(as_of))),
        }
    }

    /// What becomes different of a unit.
    fn detail(self, unit: &KeptUnit) -> Detail {
        let as_of = unit.workers.map(|(_, as_of)| as_of);
        let is_other_number =
            (self.workers, self.workers_as_of.map(Day::get)) != (unit.workers.map(|(count, _)| count), as_of);
        let foreign = (self.is_foreign_invested != unit.is_foreign_invested).then_some(self.is_foreign_invested);
        Detail {
            sector: (self.sector != unit.sector).then_some(self.sector),
            is_foreign_invested: foreign,
            workers: is_other_number.then_some(self.workers),
            workers_as_of: is_other_number.then_some(self.workers_as_of),
            names: NewNames {
                name: (Some(&self.name) != unit.name.as_ref()).then_some(self.name),
                address: (self.address != unit.address).then_some(self.address),
            },
        }
    }
}

/// Changes what is kept of a unit, from today on.
///
/// # Errors
/// All faults of the fields at once.
pub fn change_details(
    tx: &mut Tx<'_>,
    setting: &Setting,
    kept: KeptUnit,
    request: ReplaceEconomicUnit,
) -> Result<(KeptUnit, Entries)> {
    let act = UnitAct::Detail(request.detail(&kept));
    let (changed, entries) = change::add(tx, setting, kept, NewAct { act, on: setting.today, note: None })?;
    Ok((changed.unit, entries))
}
