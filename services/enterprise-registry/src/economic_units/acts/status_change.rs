//! The act that changes a unit's legal status.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::acts::{Rank, Told};
use shared::journal::Entries;
use shared::published::economic_unit::EconomicUnitStatusChanged;
use shared::storage::Tx;
use shared::validate::{Faults, Wrong, past_day};
use shared::{Code, Result};

use super::super::change::{self, NewAct};
use super::super::rules::{ChangeEconomicUnitStatus, Status};
use super::super::store::KeptUnit;
use super::{Act, Case, Folded, Telling, UnitAct};
use crate::state::Setting;

/// A change of the legal status: another one, and none after the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusChange {
    /// The status after.
    pub status: Status,
}

impl Act for StatusChange {
    fn rank(&self) -> Rank {
        if self.status == Status::Terminated { Rank::Ends } else { Rank::Moves }
    }

    fn apply(&self, before: &Folded, on: NaiveDate) -> Result<Folded> {
        before.registered()?;
        before.status.change_to(self.status, before.status_on)?;
        Ok(Folded { status: self.status, status_on: on, ..before.clone() })
    }

    fn checked(&self, faults: &mut Faults, case: &Case<'_>) -> Option<UnitAct> {
        let day = past_day(case.on, case.setting.today).and_then(|day| match case.before.status {
            Status::Withdrawn => Err(Wrong::new(Code::BeforeLastAct).with("last_on", case.before.registered_on)),
            _ => Ok(day),
        });
        faults.take("/occurred_on", day);
        if self.status == Status::Withdrawn {
            faults.add("/status", Wrong::not_among(&Status::legal()));
        }
        Some(UnitAct::StatusChange(self.clone()))
    }

    fn tell(&self, telling: &Telling<'_>) -> Result<Told> {
        let from_status: &'static str = telling.before.status.into();
        telling.entry(&EconomicUnitStatusChanged { from_status: from_status.to_owned(), unit: telling.unit() })
    }
}

/// Changes a unit's status, also on a day before acts that are recorded: the command that handlers and loaders share.
///
/// # Errors
/// `status_unchanged`, or faults of the fields; `acts_in_the_way`.
pub fn change_status(
    tx: &mut Tx<'_>,
    setting: &Setting,
    kept: KeptUnit,
    request: &ChangeEconomicUnitStatus,
) -> Result<(KeptUnit, Entries)> {
    let act = UnitAct::StatusChange(StatusChange { status: request.status });
    let (changed, entries) = change::add(tx, setting, kept, NewAct { act, on: request.occurred_on.get(), note: None })?;
    Ok((changed.unit, entries))
}
