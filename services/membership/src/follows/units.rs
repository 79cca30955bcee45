//! The copy of an economic unit: its current state, made from the registry's entries.

use chrono::NaiveDate;
use diesel::prelude::*;
use shared::journal::{JournalEntry, Published};
use shared::published::economic_unit::{EconomicUnitWithdrawn, UnitState};
use shared::storage::Tx;
use shared::{Id, Result, ResultExt};

use crate::schema::{economic_units, unit_tellings};

/// How a unit stands from a day on.
type Telling = (NaiveDate, String, String, String);

/// Stores what an entry says about a unit.
pub(super) fn put(tx: &mut Tx<'_>, entry: &JournalEntry, unit: &UnitState) -> Result<()> {
    let is_known: i64 = economic_units::table.filter(economic_units::id.eq(unit.id)).count().get_result(tx.conn())?;
    if is_known == 0 {
        insert_unit(tx, unit, entry.occurred_on).doing("copying a unit")?;
    }
    let mut place = entry.seq;
    if let Some(corrected) = entry.corrects {
        let told = unit_tellings::table.find(corrected);
        place = told.select(unit_tellings::place).get_result(tx.conn()).optional()?.unwrap_or(place);
        diesel::delete(told).execute(tx.conn())?;
    }
    if entry.kind != EconomicUnitWithdrawn::KIND {
        insert_telling(tx, entry, unit, place).doing("keeping what was told of a unit")?;
    }
    update_unit(tx, unit.id).doing("changing the copy of a unit")
}

fn insert_unit(tx: &mut Tx<'_>, unit: &UnitState, on: NaiveDate) -> Result<()> {
    diesel::insert_into(economic_units::table)
        .values((
            economic_units::id.eq(unit.id),
            economic_units::area_id.eq(unit.area.as_str()),
            economic_units::legal_form.eq(&unit.legal_form),
            economic_units::status.eq(&unit.status),
            economic_units::status_on.eq(on),
        ))
        .execute(tx.conn())?;
    Ok(())
}

fn insert_telling(tx: &mut Tx<'_>, entry: &JournalEntry, unit: &UnitState, place: i64) -> Result<()> {
    diesel::insert_into(unit_tellings::table)
        .values((
            unit_tellings::entry_id.eq(entry.id),
            unit_tellings::unit_id.eq(unit.id),
            unit_tellings::occurred_on.eq(entry.occurred_on),
            unit_tellings::rank.eq(unit.rank(&entry.kind)),
            unit_tellings::place.eq(place),
            unit_tellings::area_id.eq(unit.area.as_str()),
            unit_tellings::legal_form.eq(&unit.legal_form),
            unit_tellings::status.eq(&unit.status),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// A unit stands as the last telling says, since the day on which its status became what it is. Without any, its
/// registration was taken back.
fn update_unit(tx: &mut Tx<'_>, id: Id) -> Result<()> {
    let tellings: Vec<Telling> = unit_tellings::table
        .filter(unit_tellings::unit_id.eq(id))
        .order((unit_tellings::occurred_on, unit_tellings::rank, unit_tellings::place))
        .select((unit_tellings::occurred_on, unit_tellings::area_id, unit_tellings::legal_form, unit_tellings::status))
        .load(tx.conn())?;
    let Some((_, area, legal_form, status)) = tellings.last() else {
        diesel::update(economic_units::table.find(id))
            .set(economic_units::status.eq("withdrawn"))
            .execute(tx.conn())?;
        return Ok(());
    };
    let holds = tellings.iter().rev().take_while(|(_, _, _, earlier)| earlier == status);
    let status_on = holds.last().map(|(on, ..)| *on);
    diesel::update(economic_units::table.find(id))
        .set((
            economic_units::area_id.eq(area),
            economic_units::legal_form.eq(legal_form),
            economic_units::status.eq(status),
            status_on.map(|on| economic_units::status_on.eq(on)),
        ))
        .execute(tx.conn())?;
    Ok(())
}
