//! What this service learns from enterprise-registry: areas and economic units.

use diesel::prelude::*;
use futures_util::future::BoxFuture;
use shared::follow::{Applies, apply_area, renew_territory};
use shared::journal::JournalEntry;
use shared::published::economic_unit::{
    EconomicUnitChanged, EconomicUnitRegistered, EconomicUnitStatusChanged, UnitState,
};
use shared::storage::{Db, Tx};
use shared::territory::TerritoryHandle;
use shared::{Result, ResultExt};

use crate::findings::put_duplicate_units;
use crate::schema::economic_units;

/// Keeps the copies of areas and of economic units.
pub struct Registry {
    /// This service's database.
    pub db: Db,
    /// The snapshot to renew.
    pub territory: TerritoryHandle,
}

impl Applies for Registry {
    fn handles(&self) -> &'static [(&'static str, i32)] {
        &[
            ("area.created", 1),
            ("area.succeeded", 1),
            ("economic_unit.registered", 1),
            ("economic_unit.changed", 1),
            ("economic_unit.status_changed", 1),
            ("economic_unit.duplicate_suspected", 1),
        ]
    }

    fn apply(&self, tx: &mut Tx<'_>, entry: &JournalEntry) -> Result<()> {
        let unit = match entry.kind.as_str() {
            "economic_unit.registered" => entry.payload::<EconomicUnitRegistered>()?.0,
            "economic_unit.changed" => entry.payload::<EconomicUnitChanged>()?.0,
            "economic_unit.status_changed" => entry.payload::<EconomicUnitStatusChanged>()?.unit,
            "economic_unit.duplicate_suspected" => return put_duplicate_units(tx, &entry.payload()?),
            _ => return apply_area(tx, entry),
        };
        put(tx, &unit, entry.occurred_on)
    }

    fn renew<'a>(&'a self, kinds: Option<&'a [String]>) -> BoxFuture<'a, ()> {
        Box::pin(renew_territory(&self.db, &self.territory, kinds))
    }
}

fn put(tx: &mut Tx<'_>, unit: &UnitState, on: chrono::NaiveDate) -> Result<()> {
    let changed = diesel::update(economic_units::table.find(unit.id))
        .set((
            economic_units::area_id.eq(unit.area.as_str()),
            economic_units::legal_form.eq(&unit.legal_form),
            economic_units::status.eq(&unit.status),
            economic_units::status_on.eq(on),
        ))
        .execute(tx.conn())
        .doing("changing the copy of a unit")?;
    if changed == 0 {
        diesel::insert_into(economic_units::table)
            .values((
                economic_units::id.eq(unit.id),
                economic_units::area_id.eq(unit.area.as_str()),
                economic_units::legal_form.eq(&unit.legal_form),
                economic_units::status.eq(&unit.status),
                economic_units::status_on.eq(on),
            ))
            .execute(tx.conn())
            .doing("copying a unit")?;
    }
    Ok(())
}
