//! The act that registers a unit.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::acts::{Rank, Told};
use shared::journal::Entries;
use shared::published::economic_unit::EconomicUnitRegistered;
use shared::storage::Tx;
use shared::territory::AreaId;
use shared::validate::{Faults, Wrong, line, past_day};
use shared::{Code, Day, Error, Result};

use super::super::change::{self, NewAct};
use super::super::rules::{self, LegalForm, RegisterEconomicUnit, Status, TaxCode};
use super::super::store::KeptUnit;
use super::{Act, Case, Folded, Names, Telling, UnitAct};
use crate::state::Setting;

/// A registration: what the unit was on the day on which it was registered as a business.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// Its legal form.
    pub legal_form: LegalForm,
    /// A letter of the national classification of business lines.
    pub sector: Option<String>,
    /// Whether it has foreign capital.
    pub is_foreign_invested: bool,
    /// The commune in which it is.
    pub area: AreaId,
    /// The day from which it is in that commune; if left out, the day of recording.
    pub located_on: Option<Day>,
    /// How many work there.
    pub workers: Option<i64>,
    /// The day on which that many worked there.
    pub workers_as_of: Option<Day>,
    /// Its names; nothing of an erased household. They are kept apart.
    #[serde(skip)]
    pub names: Option<Names>,
}

impl Act for Registration {
    fn rank(&self) -> Rank {
        Rank::Begins
    }

    fn apply(&self, before: &Folded, on: NaiveDate) -> Result<Folded> {
        if before.status != Status::Withdrawn {
            return Err(Error::new(Code::StatusUnchanged));
        }
        Ok(Folded {
            id: before.id,
            status: Status::Active,
            status_on: on,
            legal_form: self.legal_form,
            sector: self.sector.clone(),
            is_foreign_invested: self.is_foreign_invested,
            area: self.area.clone(),
            workers: self.workers.zip(self.workers_as_of.map(Day::get)),
            registered_on: on,
            names: self.names.clone(),
        })
    }

    fn checked(&self, faults: &mut Faults, case: &Case<'_>) -> Option<UnitAct> {
        let today = case.setting.today;
        faults.take(if case.is_new { "/registered_on" } else { "/occurred_on" }, past_day(case.on, today));
        let names = self.names.as_ref().and_then(|names| checked_names(faults, names, self.legal_form));
        // Whether a name is a person's is not put right in place: the wrong registration is taken out.
        if !case.is_new
            && self.legal_form != case.before.legal_form
            && (self.is_household() || case.before.is_household())
        {
            faults.add("/legal_form", Wrong::new(Code::NotCorrectable));
        }
        let sector = faults.take("/sector", rules::sector(self.sector.as_deref()));
        let located_on = past_day(self.located_on.map_or(today, Day::get), today);
        let located_on = faults.take("/located_on", located_on);
        if let Some(on) = located_on {
            faults.take("/area", rules::leaf(&self.area, &case.setting.scope, &case.setting.territory, on));
        }
        rules::workers(faults, self.workers, self.workers_as_of, today);
        let is_whole = names.is_some() || self.names.is_none();
        // What was true on the day of the recording is not judged by a later map.
        let located_on = located_on.map(Day::stored);
        is_whole.then(|| UnitAct::Registration(Self { sector: sector.flatten(), names, located_on, ..self.clone() }))
    }

    fn tell(&self, telling: &Telling<'_>) -> Result<Told> {
        telling.entry(&EconomicUnitRegistered(telling.unit()))
    }
}

impl Registration {
    fn is_household(&self) -> bool {
        self.legal_form == LegalForm::HouseholdBusiness
    }
}

fn checked_names(faults: &mut Faults, names: &Names, form: LegalForm) -> Option<Names> {
    let name = faults.take("/name", line(&names.name, 300));
    let tax_code = names.tax_code.as_deref().map(|code| TaxCode::parse(code, form).map(TaxCode::into_text));
    let tax_code = faults.take("/tax_code", tax_code.transpose());
    let address = names.address.as_deref().map(|text| line(text, 300)).transpose();
    let address = faults.take("/address", address);
    Some(Names { name: name?, tax_code: tax_code?, address: address? })
}

/// Registers a unit: the command that handlers and loaders share.
///
/// # Errors
/// All faults of the request at once; `tax_code_taken`.
pub fn register(tx: &mut Tx<'_>, setting: &Setting, request: &RegisterEconomicUnit) -> Result<(KeptUnit, Entries)> {
    let names =
        Names { name: request.name.clone(), tax_code: request.tax_code.clone(), address: request.address.clone() };
    let act = Registration {
        legal_form: request.legal_form,
        sector: request.sector.clone(),
        is_foreign_invested: request.is_foreign_invested,
        area: request.area.clone(),
        located_on: request.located_on,
        workers: request.workers,
        workers_as_of: request.workers_as_of,
        names: Some(names),
    };
    let on = request.registered_on.get();
    let new = NewAct { act: UnitAct::Registration(act), on, note: None };
    let (changed, entries) = change::begin(tx, setting, request.id.unwrap_or_default(), new)?;
    Ok((changed.unit, entries))
}
