//! The recorded versions of a unit: the current one, and those before corrections.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::acts::{ActStatus, ActVersion, KeptAct, list_all_acts_on, list_versions_on, open_note};
use shared::personal::{DataKey, Vault, mask_name, mask_number};
use shared::storage::AnyConnection;
use shared::territory::AreaId;
use shared::{Day, Id, Result};

use super::acts::UnitAct;
use super::rules::{LegalForm, Status};
use super::sealing::act_of;
use super::store::KeptUnit;

/// What an entry says about a unit. A field that it does not contain is absent.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct UnitVersion {
    /// The entry that tells it: its actor recorded it, or put another act right because of which it was written again.
    pub entry_id: Id,
    /// The act of the entry: the same for an act and its corrections. It has no address of its own.
    pub act_id: Id,
    /// The kind of the entry.
    pub kind: String,
    /// The day it happened.
    pub occurred_on: NaiveDate,
    /// `in_force`, `replaced` or `withdrawn`. More may come.
    pub state: String,
    /// The entry that replaced or withdrew it.
    pub replaced_by: Option<Id>,
    /// Why it was put right or taken out, where somebody said so: of a household to those who reveal it.
    pub note: Option<String>,
    /// The unit's name; a household's is masked but for the first letters.
    pub name: Option<String>,
    /// Its tax code; a household's is masked but for its last three digits.
    pub tax_code: Option<String>,
    /// Its address within the commune; a household's is masked whole.
    pub address: Option<String>,
    /// Its legal form.
    pub legal_form: Option<LegalForm>,
    /// Its line of business.
    pub sector: Option<String>,
    /// Whether it has foreign capital.
    pub is_foreign_invested: Option<bool>,
    /// The commune in which it is.
    pub area: Option<AreaId>,
    /// How many work there.
    pub workers: Option<i64>,
    /// The day on which that many worked there.
    pub workers_as_of: Option<Day>,
    /// Its status after a change of status.
    pub status: Option<Status>,
}

/// Returns what was recorded of a unit, in the order of the entries; the names of a household masked, or in clear.
///
/// # Errors
/// Fails when the database does, or a key does not open what it sealed.
pub fn list_unit_versions(
    conn: &mut AnyConnection,
    vault: &Vault,
    unit: &KeptUnit,
    is_clear: bool,
) -> Result<Vec<UnitVersion>> {
    let keys = if unit.is_household() { vault.find_data_keys(conn, &[unit.id])? } else { Vec::new() };
    let replaced = list_versions_on(conn, unit.id)?;
    let acts = list_all_acts_on(conn, unit.id)?;
    let is_masked = unit.is_household() && !is_clear;
    let mut versions = Vec::new();
    for version in &replaced {
        let is_withdrawn =
            acts.iter().any(|act| act.entry_id == version.replaced_by_id && act.status == ActStatus::Withdrawn);
        versions.push(shown(&Told::of_version(version, is_withdrawn), keys.last(), is_masked)?);
    }
    for act in acts.iter().filter(|act| act.status == ActStatus::Recorded) {
        versions.push(shown(&Told::of_act(act), keys.last(), is_masked)?);
    }
    versions.sort_by_key(|version| version.entry_id);
    Ok(versions)
}

/// An act as an entry recorded it.
struct Told<'a> {
    entry: Id,
    act: Id,
    kind: &'a str,
    on: NaiveDate,
    state: &'static str,
    replaced_by: Option<Id>,
    note: Option<&'a str>,
    content: &'a str,
    sealed: Option<&'a [u8]>,
}

impl<'a> Told<'a> {
    fn of_version(version: &'a ActVersion, is_withdrawn: bool) -> Self {
        Self {
            entry: version.entry_id,
            act: version.act_id,
            kind: &version.kind,
            on: version.occurred_on,
            state: if is_withdrawn { "withdrawn" } else { "replaced" },
            replaced_by: Some(version.replaced_by_id),
            note: version.note.as_deref(),
            content: &version.content,
            sealed: version.sealed.as_deref(),
        }
    }

    fn of_act(act: &'a KeptAct) -> Self {
        Self {
            entry: act.entry_id,
            act: act.id,
            kind: &act.kind,
            on: act.occurred_on,
            state: "in_force",
            replaced_by: None,
            note: None,
            content: &act.content,
            sealed: act.sealed.as_deref(),
        }
    }
}

fn shown(told: &Told<'_>, key: Option<&DataKey>, is_masked: bool) -> Result<UnitVersion> {
    let note = match (told.note, key) {
        (Some(_), _) if is_masked => None,
        (Some(note), Some(key)) => Some(open_note(key, note)?),
        (note, _) => note.map(str::to_owned),
    };
    let version = UnitVersion {
        entry_id: told.entry,
        act_id: told.act,
        kind: told.kind.to_owned(),
        occurred_on: told.on,
        state: told.state.to_owned(),
        replaced_by: told.replaced_by,
        note,
        name: None,
        tax_code: None,
        address: None,
        legal_form: None,
        sector: None,
        is_foreign_invested: None,
        area: None,
        workers: None,
        workers_as_of: None,
        status: None,
    };
    let text =
        |text: Option<String>, mask: fn(&str) -> String| if is_masked { text.as_deref().map(mask) } else { text };
    Ok(match act_of(told.act, told.content, told.sealed, key)? {
        UnitAct::Registration(act) => {
            let names = act.names;
            UnitVersion {
                name: text(names.as_ref().map(|names| names.name.clone()), mask_name),
                tax_code: text(names.as_ref().and_then(|names| names.tax_code.clone()), mask_number),
                address: text(names.and_then(|names| names.address), |_| "***".to_owned()),
                legal_form: Some(act.legal_form),
                sector: act.sector,
                is_foreign_invested: Some(act.is_foreign_invested),
                area: Some(act.area),
                workers: act.workers,
                workers_as_of: act.workers_as_of,
                ..version
            }
        }
        UnitAct::Detail(act) => UnitVersion {
            name: text(act.names.name, mask_name),
            address: text(act.names.address.flatten(), |_| "***".to_owned()),
            sector: act.sector.flatten(),
            is_foreign_invested: act.is_foreign_invested,
            workers: act.workers.flatten(),
            workers_as_of: act.workers_as_of.flatten(),
            ..version
        },
        UnitAct::StatusChange(act) => UnitVersion { status: Some(act.status), ..version },
    })
}
