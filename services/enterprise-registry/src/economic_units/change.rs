//! Changes of a unit: adds, replaces or removes an act, and computes the unit again from its acts.

use chrono::{NaiveDate, NaiveDateTime};
use shared::access::Scope;
use shared::acts::{self, Change, ChangedAct, Impossible, KeptAct, Living, Record, Unmet};
use shared::journal::Entries;
use shared::personal::{DataKey, Vault};
use shared::storage::{AnyConnection, Tx};
use shared::validate::Faults;
use shared::{Code, Error, Id, Result};

use super::acts::{Case, Folded, Names, Registration, UnitAct};
use super::rules::{LegalForm, Status};
use super::sealing::{Sealing, act_of, note_kept};
use super::store::{self, KeptUnit};
use crate::state::Setting;

/// An act as it is to be recorded, or as it is to stand after a correction.
pub struct NewAct {
    /// What was done.
    pub act: UnitAct,
    /// The day it happened.
    pub on: NaiveDate,
    /// Why it is put right; nothing where it is recorded first.
    pub note: Option<String>,
}

/// What a change brought about.
pub struct Changed {
    /// The act that was changed.
    pub act: ChangedAct,
    /// The unit after all of its acts.
    pub unit: KeptUnit,
}

/// A unit with the acts that count.
pub(super) struct Unit {
    kept: Option<KeptUnit>,
    record: Record<UnitAct>,
    /// The key of a household that was not erased.
    key: Option<DataKey>,
}

impl Unit {
    pub(super) fn load(conn: &mut AnyConnection, vault: &Vault, kept: KeptUnit) -> Result<Self> {
        let key = match kept.is_household() {
            true => vault.find_data_keys(conn, &[kept.id])?.pop(),
            false => None,
        };
        Self::load_with(conn, key, kept)
    }

    /// Loads a unit with the key of a household; without one its names stay closed.
    pub(super) fn load_with(conn: &mut AnyConnection, key: Option<DataKey>, kept: KeptUnit) -> Result<Self> {
        let start = start_of(&kept);
        let record = Record::load_by(conn, kept.id, start, |row| {
            act_of(row.id, &row.content, row.sealed.as_deref(), key.as_ref())
        })?;
        Ok(Self { kept: Some(kept), record, key })
    }

    /// The unit as its acts make it.
    ///
    /// # Errors
    /// What is impossible about them.
    pub(super) fn folded(&self) -> std::result::Result<Folded, Impossible> {
        let mut acts = self.record.acts().to_vec();
        let steps = acts::fold(&self.record.start, &mut acts)?;
        Ok(self.record.last(&steps))
    }

    /// Whether nothing opens its names any more.
    pub(super) fn is_erased(&self) -> bool {
        self.kept.as_ref().is_some_and(KeptUnit::is_household) && self.key.is_none()
    }

    /// An act on the unit that counts.
    pub(super) fn act(&self, id: Id) -> Option<&UnitAct> {
        self.record.acts().iter().find(|living| living.id == id).map(|living| &living.act)
    }
}

/// A kept unit as if nothing had happened.
fn start_of(kept: &KeptUnit) -> Folded {
    Folded {
        id: kept.id,
        status: Status::Withdrawn,
        status_on: kept.registered_on,
        legal_form: kept.legal_form,
        sector: kept.sector.clone(),
        is_foreign_invested: kept.is_foreign_invested,
        area: kept.area.clone(),
        workers: kept.workers,
        registered_on: kept.registered_on,
        // The tax code of a registration that was taken back is free; a citizen's number leads to it still.
        names: kept.name.clone().map(|name| Names {
            name,
            tax_code: kept.tax_code.clone().filter(|_| kept.is_household()),
            address: kept.address.clone(),
        }),
    }
}

fn unbegun(id: Id, registration: &Registration, on: NaiveDate) -> Folded {
    Folded {
        id,
        status: Status::Withdrawn,
        status_on: on,
        legal_form: registration.legal_form,
        sector: None,
        is_foreign_invested: false,
        area: registration.area.clone(),
        workers: None,
        registered_on: on,
        names: None,
    }
}

/// Begins a unit.
///
/// # Errors
/// All faults of the request at once; `tax_code_taken`.
pub(super) fn begin(tx: &mut Tx<'_>, setting: &Setting, id: Id, new: NewAct) -> Result<(Changed, Entries)> {
    let UnitAct::Registration(registration) = &new.act else {
        return Err(Error::internal("a unit begins with no registration"));
    };
    let is_household = registration.legal_form == LegalForm::HouseholdBusiness;
    let record = Record::new(unbegun(id, registration, new.on));
    let mut unit = Unit { kept: None, record, key: None };
    let place = (Id::new(), tx.at().naive_utc());
    let (acts, change) = put(setting, &unit, place, new)?;
    if is_household {
        unit.key = Some(setting.vault.create_data_key(tx, id)?);
    }
    settle(tx, setting, &unit, acts, &change)
}

/// Adds an act to a unit, also one that happened before others that are recorded.
///
/// # Errors
/// All faults of the request at once; what is impossible, of this act or of another.
pub(super) fn add(tx: &mut Tx<'_>, setting: &Setting, kept: KeptUnit, new: NewAct) -> Result<(Changed, Entries)> {
    let unit = Unit::load(tx.conn(), &setting.vault, kept)?;
    let place = (Id::new(), unit.record.recorded_at(tx.at().naive_utc()));
    let (acts, change) = put(setting, &unit, place, new)?;
    settle(tx, setting, &unit, acts, &change)
}

/// Replaces an act on a unit; it keeps its place among those recorded.
///
/// # Errors
/// Those of recording it; `not_correctable`.
pub(super) fn replace(
    tx: &mut Tx<'_>,
    setting: &Setting,
    unit: &Unit,
    row: &KeptAct,
    new: NewAct,
) -> Result<(Changed, Entries)> {
    let (acts, change) = put(setting, unit, (row.id, row.recorded_at), new)?;
    settle(tx, setting, unit, acts, &change)
}

/// Takes an act on a unit out: it should never have been recorded.
///
/// # Errors
/// What is impossible without it.
pub(super) fn withdraw(
    tx: &mut Tx<'_>,
    setting: &Setting,
    unit: &Unit,
    row: &KeptAct,
    note: Option<String>,
) -> Result<(Changed, Entries)> {
    let acts = unit.record.without(row.id);
    let note = note_kept(note, unit.key.as_ref())?;
    settle(tx, setting, unit, acts, &Change::TakenOut { id: row.id, note })
}

/// Loads the unit of an act, wherever it lies: the act's own commune decided that the caller may.
pub(super) fn unit_of(tx: &mut Tx<'_>, setting: &Setting, row: &KeptAct) -> Result<Unit> {
    let kept = store::find_unit(tx.conn(), &Scope::everything(), row.record_id, &setting.vault)?;
    let kept = kept.ok_or_else(|| Error::internal("an act is about a unit that is not there"))?;
    Unit::load(tx.conn(), &setting.vault, kept)
}

fn put(
    setting: &Setting,
    unit: &Unit,
    (id, recorded_at): (Id, NaiveDateTime),
    new: NewAct,
) -> Result<(Vec<Living<UnitAct>>, Change)> {
    let record = &unit.record;
    let NewAct { act, on, note } = new;
    let living = |act: UnitAct| Living { id, occurred_on: on, recorded_at, act };
    let before = record.before(&setting.scope, &record.with(living(act.clone())), id)?;
    let mut faults = Faults::new();
    let case = Case { setting, is_new: record.row(id).is_none(), before: &before, on };
    let checked = act.act().checked(&mut faults, &case);
    let act = faults.finish_with(checked)?;
    let (likeness, note) = (number_index(setting, &act)?, note_kept(note, unit.key.as_ref())?);
    let change = Change::Put {
        id,
        decision: None,
        authorising_paper: None,
        note,
        answers: None,
        likeness,
        still_unmet: Unmet::default(),
    };
    Ok((record.with(living(act)), change))
}

/// By what an erasure finds all that was ever recorded with a citizen's number.
fn number_index(setting: &Setting, act: &UnitAct) -> Result<Option<Vec<u8>>> {
    let UnitAct::Registration(act) = act else { return Ok(None) };
    let number = act.names.as_ref().and_then(|names| names.tax_code.as_deref());
    match number.filter(|_| act.legal_form == LegalForm::HouseholdBusiness) {
        Some(number) => store::household_number_index(&setting.vault, number).map(Some),
        None => Ok(None),
    }
}

/// Folds the unit with its acts as they are now, and stores and journals what became different.
fn settle(
    tx: &mut Tx<'_>,
    setting: &Setting,
    unit: &Unit,
    mut acts: Vec<Living<UnitAct>>,
    change: &Change,
) -> Result<(Changed, Entries)> {
    let record = &unit.record;
    let mut old_acts = record.acts().to_vec();
    let old = record.fold_kept(&mut old_acts)?;
    let new = record.fold_changed(&setting.scope, &mut acts, change.id())?;
    let (was, is) = (record.last(&old), record.last(&new));
    if was.area != is.area && !setting.scope.may_write(&was.area) {
        return Err(Error::fault("/area", Code::UnknownArea));
    }
    if unit.is_erased() && ![Status::Terminated, Status::Withdrawn].contains(&is.status) {
        // Nothing is left that it could be called.
        return Err(Error::new(Code::RecordErased));
    }
    let kept = store::keep_unit(tx, setting, unit.kept.as_ref(), &is, unit.key.as_ref())?;
    let sealing = Sealing { key: unit.key.as_ref() };
    let (act, entries) = acts::tell(tx, &sealing, record, [&old, &new], change)?;
    if was.area != is.area {
        store::move_acts(tx, &is)?;
    }
    Ok((Changed { act, unit: kept }, entries.into()))
}
