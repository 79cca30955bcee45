//! Corrections of entries about a unit: an entry is corrected by a later one or withdrawn, never edited.

use serde::{Deserialize, Serialize};
use shared::acts::{CorrectionOutcome, KeptAct, find_correctable};
use shared::http::Tag;
use shared::journal::Entries;
use shared::storage::Tx;
use shared::territory::AreaId;
use shared::validate::{Faults, Wrong, line};
use shared::{Code, Day, Error, Id, Result};

use super::acts::{Detail, Names, Registration, StatusChange, UnitAct};
use super::change::{self, NewAct, Unit};
use super::rules::{LegalForm, Status};
use crate::state::Setting;

/// Replaces a journal entry about a unit: `withdraw`, or at least one of the other fields beside `note`.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"entry_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f", "tax_code": "0900123452",
    "note": "Gõ nhầm mã số thuế"}))]
pub struct CorrectEconomicUnit {
    /// The entry that was wrong, in its latest correction.
    pub entry_id: Id,
    /// Whether it should never have been recorded. A registration beside which nothing else is recorded leaves a unit of
    /// status `withdrawn`.
    #[serde(default)]
    pub withdraw: bool,
    /// Why it is put right: at most 300 characters. It is kept with the unit, of a household sealed, and never in the journal.
    #[serde(default)]
    #[schema(max_length = 300)]
    pub note: Option<String>,
    /// The right day: of a registration the day on which the unit was registered as a business.
    #[serde(default)]
    pub occurred_on: Option<Day>,
    /// The right name, of a registration or a change that contains it.
    #[serde(default)]
    #[schema(max_length = 300)]
    pub name: Option<String>,
    /// The right tax code, of a registration; null where it has none.
    #[serde(default, with = "serde_with::rust::double_option")]
    #[schema(value_type = Option<String>, max_length = 14)]
    pub tax_code: Option<Option<String>>,
    /// The right legal form, of a registration. A household becomes nothing else, and nothing else a household: such a
    /// registration is withdrawn.
    #[serde(default)]
    pub legal_form: Option<LegalForm>,
    /// The right line of business, of a registration or a change that contains it.
    #[serde(default, with = "serde_with::rust::double_option")]
    #[schema(value_type = Option<String>, max_length = 1)]
    pub sector: Option<Option<String>>,
    /// Whether it has foreign capital, of a registration or a change that contains it.
    #[serde(default)]
    pub is_foreign_invested: Option<bool>,
    /// The right commune, of a registration: it must be in force on `located_on`, or today.
    #[serde(default)]
    pub area: Option<AreaId>,
    /// The day on which the unit is in that commune.
    #[serde(default)]
    pub located_on: Option<Day>,
    /// The right address, of a registration or a change that contains it.
    #[serde(default, with = "serde_with::rust::double_option")]
    #[schema(value_type = Option<String>, max_length = 300)]
    pub address: Option<Option<String>>,
    /// The right number of workers, of a registration or a change that contains it; goes with `workers_as_of`.
    #[serde(default, with = "serde_with::rust::double_option")]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 1_000_000)]
    pub workers: Option<Option<i64>>,
    /// The day on which that many worked there.
    #[serde(default, with = "serde_with::rust::double_option")]
    #[schema(value_type = Option<Day>)]
    pub workers_as_of: Option<Option<Day>>,
    /// The right status after a change of status.
    #[serde(default)]
    pub status: Option<Status>,
}

/// What a correction brought about.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CorrectedEconomicUnit {
    /// The unit.
    pub economic_unit_id: Id,
    /// The act that was corrected.
    pub act_id: Id,
    /// The new journal entry.
    pub entry_id: Id,
    /// The entry that it replaces.
    pub corrects: Id,
    /// `restated` or `withdrawn`.
    pub outcome: CorrectionOutcome,
}

impl CorrectEconomicUnit {
    /// The fields that are sent of an act's own, beside its day.
    fn sent(&self) -> Vec<&'static str> {
        let fields = [
            ("name", self.name.is_some()),
            ("tax_code", self.tax_code.is_some()),
            ("legal_form", self.legal_form.is_some()),
            ("sector", self.sector.is_some()),
            ("is_foreign_invested", self.is_foreign_invested.is_some()),
            ("area", self.area.is_some()),
            ("located_on", self.located_on.is_some()),
            ("address", self.address.is_some()),
            ("workers", self.workers.is_some()),
            ("workers_as_of", self.workers_as_of.is_some()),
            ("status", self.status.is_some()),
        ];
        fields.into_iter().filter_map(|(name, is_sent)| is_sent.then_some(name)).collect()
    }

    fn names_a_person(&self) -> bool {
        self.name.is_some() || self.tax_code.is_some() || self.address.is_some()
    }

    /// An act as it should have been: each field that is sent must be one that the act has.
    fn replaced(&self, faults: &mut Faults, act: &UnitAct) -> UnitAct {
        let (replaced, own) = match act {
            UnitAct::Registration(act) => {
                let own = vec![
                    "name",
                    "tax_code",
                    "legal_form",
                    "sector",
                    "is_foreign_invested",
                    "area",
                    "located_on",
                    "address",
                    "workers",
                    "workers_as_of",
                ];
                (UnitAct::Registration(self.registration(act)), own)
            }
            UnitAct::Detail(act) => (UnitAct::Detail(self.detail(act)), told_by(act)),
            UnitAct::StatusChange(act) => {
                let status = self.status.unwrap_or(act.status);
                (UnitAct::StatusChange(StatusChange { status }), vec!["status"])
            }
        };
        for name in self.sent().into_iter().filter(|name| !own.contains(name)) {
            faults.add(&format!("/{name}"), Wrong::new(Code::NotCorrectable));
        }
        replaced
    }

    fn registration(&self, act: &Registration) -> Registration {
        let names = act.names.as_ref().map(|names| Names {
            name: self.name.clone().unwrap_or_else(|| names.name.clone()),
            tax_code: self.tax_code.clone().unwrap_or_else(|| names.tax_code.clone()),
            address: self.address.clone().unwrap_or_else(|| names.address.clone()),
        });
        Registration {
            legal_form: self.legal_form.unwrap_or(act.legal_form),
            sector: self.sector.clone().unwrap_or_else(|| act.sector.clone()),
            is_foreign_invested: self.is_foreign_invested.unwrap_or(act.is_foreign_invested),
            area: self.area.clone().unwrap_or_else(|| act.area.clone()),
            located_on: self.located_on.or(act.located_on.filter(|_| self.area.is_none())),
            workers: self.workers.unwrap_or(act.workers),
            workers_as_of: self.workers_as_of.unwrap_or(act.workers_as_of),
            names,
        }
    }

    fn detail(&self, act: &Detail) -> Detail {
        let mut detail = act.clone();
        detail.sector = self.sector.clone().or(detail.sector);
        detail.is_foreign_invested = self.is_foreign_invested.or(detail.is_foreign_invested);
        detail.workers = self.workers.or(detail.workers);
        detail.workers_as_of = self.workers_as_of.or(detail.workers_as_of);
        detail.names.name = self.name.clone().or(detail.names.name);
        detail.names.address = self.address.clone().or(detail.names.address);
        detail
    }
}

/// The fields of a change: only these can be corrected in it.
fn told_by(act: &Detail) -> Vec<&'static str> {
    let fields = [
        ("name", act.names.name.is_some()),
        ("address", act.names.address.is_some()),
        ("sector", act.sector.is_some()),
        ("is_foreign_invested", act.is_foreign_invested.is_some()),
        ("workers", act.workers.is_some()),
        ("workers_as_of", act.workers.is_some()),
    ];
    fields.into_iter().filter_map(|(name, is_told)| is_told.then_some(name)).collect()
}

/// Corrects or withdraws an act on a unit. Entries of other acts that now say something different are written again.
///
/// # Errors
/// `entry_already_corrected`, `acts_in_the_way`, `act_out_of_reach`, `tax_code_taken`; the faults of the act itself.
pub(super) fn correct(
    tx: &mut Tx<'_>,
    setting: &Setting,
    request: &CorrectEconomicUnit,
) -> Result<((CorrectedEconomicUnit, Tag), Entries)> {
    let mut faults = Faults::new();
    let restates = request.occurred_on.is_some() || !request.sent().is_empty();
    if request.withdraw == restates {
        faults.add("/withdraw", Wrong::new(Code::NothingCorrected));
    }
    let note = faults.take("/note", request.note.as_deref().map(|text| line(text, 300)).transpose());
    let note = faults.finish_with(note)?;
    let row = find_correctable(tx.conn(), crate::state::NAME, &setting.scope, request.entry_id)?;
    let unit = change::unit_of(tx, setting, &row)?;
    if unit.is_erased() && (request.names_a_person() || note.is_some()) {
        return Err(Error::new(Code::RecordErased));
    }
    let (changed, entries) = if request.withdraw {
        change::withdraw(tx, setting, &unit, &row, note)?
    } else {
        let new = replacement(setting, request, &unit, &row, note)?;
        change::replace(tx, setting, &unit, &row, new)?
    };
    let outcome = if request.withdraw { CorrectionOutcome::Withdrawn } else { CorrectionOutcome::Restated };
    let corrected = CorrectedEconomicUnit {
        economic_unit_id: changed.unit.id,
        act_id: row.id,
        entry_id: changed.act.entry_id,
        corrects: row.entry_id,
        outcome,
    };
    Ok(((corrected, changed.unit.tag(&setting.territory, setting.today)), entries))
}

fn replacement(
    setting: &Setting,
    request: &CorrectEconomicUnit,
    unit: &Unit,
    row: &KeptAct,
    note: Option<String>,
) -> Result<NewAct> {
    let act = unit.act(row.id).ok_or_else(|| Error::internal("the act to be corrected is not there"))?;
    let mut faults = Faults::new();
    let act = request.replaced(&mut faults, act);
    if let Some(area) = request.area.as_ref().filter(|area| !setting.scope.may_write(area)) {
        faults.add("/area", Wrong::new(Code::UnknownArea).with("area", area));
    }
    faults.finish()?;
    Ok(NewAct { act, on: request.occurred_on.map_or(row.occurred_on, Day::get), note })
}
