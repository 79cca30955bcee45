//! What this service follows: areas and economic units, from enterprise-registry.

mod units;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use shared::Result;
use shared::follow::{Applies, apply_area, renew_territory};
use shared::journal::JournalEntry;
use shared::published::economic_unit::{
    EconomicUnitChanged, EconomicUnitDuplicateSuspected, EconomicUnitRegistered, EconomicUnitStatusChanged,
    EconomicUnitWithdrawn,
};
use shared::storage::{Db, Tx};
use shared::territory::TerritoryHandle;

use crate::findings::put_duplicate_units;
use crate::told_units::ToldUnits;

/// Keeps the copies of areas and of economic units.
pub struct Registry {
    /// This service's database.
    pub db: Db,
    /// The snapshot to renew.
    pub territory: TerritoryHandle,
    /// Notes which units an entry was about.
    pub told_units: Arc<ToldUnits>,
}

impl Applies for Registry {
    fn handles(&self) -> &'static [(&'static str, i32)] {
        &[
            ("area.created", 1),
            ("area.succeeded", 1),
            ("economic_unit.registered", 1),
            ("economic_unit.changed", 1),
            ("economic_unit.status_changed", 1),
            ("economic_unit.withdrawn", 1),
            ("economic_unit.duplicate_suspected", 1),
        ]
    }

    fn apply(&self, tx: &mut Tx<'_>, entry: &JournalEntry) -> Result<()> {
        let unit = match entry.kind.as_str() {
            "economic_unit.registered" => entry.payload::<EconomicUnitRegistered>()?.0,
            "economic_unit.changed" => entry.payload::<EconomicUnitChanged>()?.0,
            "economic_unit.status_changed" => entry.payload::<EconomicUnitStatusChanged>()?.unit,
            "economic_unit.withdrawn" => entry.payload::<EconomicUnitWithdrawn>()?.0,
            "economic_unit.duplicate_suspected" => {
                let pair: EconomicUnitDuplicateSuspected = entry.payload()?;
                self.told_units.note(pair.one);
                return put_duplicate_units(tx, &pair);
            }
            _ => return apply_area(tx, entry),
        };
        self.told_units.note(unit.id);
        units::put(tx, entry, &unit)
    }

    fn renew<'a>(&'a self, kinds: Option<&'a [String]>) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            renew_territory(&self.db, &self.territory, kinds).await;
            match kinds {
                Some(_) => self.told_units.commit(),
                None => self.told_units.miss(),
            }
        })
    }
}
