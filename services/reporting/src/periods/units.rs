//! The periods of economic units.

use chrono::NaiveDate;
use diesel::prelude::*;
use shared::journal::{JournalEntry, Published};
use shared::published::economic_unit::{
    EconomicUnitChanged, EconomicUnitRegistered, EconomicUnitStatusChanged, EconomicUnitWithdrawn, UnitState,
};
use shared::storage::Tx;
use shared::{Id, Result};

use crate::schema::{unit_periods, unit_tellings};
use crate::sums::{self, Ground, Summed};

/// The day from which the first period of a unit counts: an organisation may cover it before it was registered as a business.
const BEFORE_ALL: NaiveDate = NaiveDate::from_ymd_opt(1900, 1, 1).expect("a day");

/// What figures ask of a unit.
type State = (String, String, Option<String>, bool, String);

/// How a unit stands from a day on, and before another.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Period {
    from_on: NaiveDate,
    to_on: Option<NaiveDate>,
    state: State,
}

/// Applies an entry about a unit.
///
/// # Errors
/// Fails when the payload is not what its kind says, or the database fails.
pub fn apply_unit(tx: &mut Tx<'_>, entry: &JournalEntry, summed: &Summed) -> Result<()> {
    let unit = match entry.kind.as_str() {
        EconomicUnitRegistered::KIND => entry.payload::<EconomicUnitRegistered>()?.0,
        EconomicUnitChanged::KIND => entry.payload::<EconomicUnitChanged>()?.0,
        EconomicUnitStatusChanged::KIND => entry.payload::<EconomicUnitStatusChanged>()?.unit,
        EconomicUnitWithdrawn::KIND => entry.payload::<EconomicUnitWithdrawn>()?.0,
        _ => return Ok(()),
    };
    let place = close_corrected(tx, entry)?.unwrap_or(entry.seq);
    if entry.kind != EconomicUnitWithdrawn::KIND {
        insert_telling(tx, entry, &unit, place)?;
    }
    refresh(tx, unit.id, entry.seq, summed)
}

/// Closes the telling of the corrected entry, and returns its sequence number.
fn close_corrected(tx: &mut Tx<'_>, entry: &JournalEntry) -> Result<Option<i64>> {
    let Some(corrected) = entry.corrects else { return Ok(None) };
    let told = unit_tellings::table.filter(unit_tellings::entry_id.eq(corrected));
    diesel::update(told.filter(unit_tellings::to_seq.is_null()))
        .set(unit_tellings::to_seq.eq(Some(entry.seq)))
        .execute(tx.conn())?;
    Ok(told.select(unit_tellings::place).get_result(tx.conn()).optional()?)
}

fn insert_telling(tx: &mut Tx<'_>, entry: &JournalEntry, unit: &UnitState, place: i64) -> Result<()> {
    diesel::insert_into(unit_tellings::table)
        .values((
            unit_tellings::entry_id.eq(entry.id),
            unit_tellings::unit_id.eq(unit.id),
            unit_tellings::from_on.eq(entry.occurred_on),
            unit_tellings::rank.eq(unit.rank(&entry.kind)),
            unit_tellings::place.eq(place),
            unit_tellings::from_seq.eq(entry.seq),
            unit_tellings::area_id.eq(unit.area.as_str()),
            unit_tellings::legal_form.eq(&unit.legal_form),
            unit_tellings::sector.eq(&unit.sector),
            unit_tellings::is_foreign_invested.eq(unit.is_foreign_invested),
            unit_tellings::status.eq(&unit.status),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// Computes the periods of a unit again.
fn refresh(tx: &mut Tx<'_>, unit: Id, seq: i64, summed: &Summed) -> Result<()> {
    let made = periods_of(&list_tellings(tx, unit)?);
    let kept = list_periods(tx, unit)?;
    let gone: Vec<_> = kept.iter().filter(|(_, kept)| !made.contains(kept)).collect();
    let come: Vec<_> = made.iter().filter(|made| !kept.iter().any(|(_, kept)| kept == *made)).collect();
    if gone.is_empty() && come.is_empty() {
        return Ok(());
    }
    sums::take_away(tx, Ground::Unit, unit, summed)?;
    for (from_seq, period) in gone {
        close_period(tx, unit, (*from_seq, period.from_on), seq)?;
    }
    for period in come {
        insert_period(tx, unit, seq, period)?;
    }
    sums::add(tx, Ground::Unit, unit, summed)
}

/// Makes periods from tellings, in order. On one day the last telling counts.
fn periods_of(tellings: &[(NaiveDate, State)]) -> Vec<Period> {
    let mut periods: Vec<Period> = Vec::new();
    for (on, state) in tellings {
        match periods.last_mut() {
            None => {}
            Some(last) if last.state == *state => continue,
            Some(last) if last.from_on == *on => {
                last.state = state.clone();
                continue;
            }
            Some(last) => last.to_on = Some(*on),
        }
        periods.push(Period { from_on: *on, to_on: None, state: state.clone() });
    }
    if let Some(begins) = periods.first_mut() {
        begins.from_on = BEFORE_ALL;
    }
    periods
}

fn list_tellings(tx: &mut Tx<'_>, unit: Id) -> Result<Vec<(NaiveDate, State)>> {
    Ok(unit_tellings::table
        .filter(unit_tellings::unit_id.eq(unit))
        .filter(unit_tellings::to_seq.is_null())
        .order((unit_tellings::from_on, unit_tellings::rank, unit_tellings::place))
        .select((
            unit_tellings::from_on,
            (
                unit_tellings::area_id,
                unit_tellings::legal_form,
                unit_tellings::sector,
                unit_tellings::is_foreign_invested,
                unit_tellings::status,
            ),
        ))
        .load(tx.conn())?)
}

/// The periods that count by now, each with its place in the journal, in order.
fn list_periods(tx: &mut Tx<'_>, unit: Id) -> Result<Vec<(i64, Period)>> {
    let rows: Vec<(i64, NaiveDate, Option<NaiveDate>, State)> = unit_periods::table
        .filter(unit_periods::unit_id.eq(unit))
        .filter(unit_periods::to_seq.is_null())
        .order(unit_periods::from_on)
        .select((
            unit_periods::from_seq,
            unit_periods::from_on,
            unit_periods::to_on,
            (
                unit_periods::area_id,
                unit_periods::legal_form,
                unit_periods::sector,
                unit_periods::is_foreign_invested,
                unit_periods::status,
            ),
        ))
        .load(tx.conn())?;
    Ok(rows.into_iter().map(|(from_seq, from_on, to_on, state)| (from_seq, Period { from_on, to_on, state })).collect())
}

fn close_period(tx: &mut Tx<'_>, unit: Id, (from_seq, from_on): (i64, NaiveDate), to_seq: i64) -> Result<()> {
    diesel::update(unit_periods::table.find((unit, from_seq, from_on)))
        .set(unit_periods::to_seq.eq(Some(to_seq)))
        .execute(tx.conn())?;
    Ok(())
}

fn insert_period(tx: &mut Tx<'_>, unit: Id, from_seq: i64, period: &Period) -> Result<()> {
    let (area, legal_form, sector, is_foreign_invested, status) = &period.state;
    diesel::insert_into(unit_periods::table)
        .values((
            unit_periods::unit_id.eq(unit),
            unit_periods::from_seq.eq(from_seq),
            unit_periods::from_on.eq(period.from_on),
            unit_periods::to_on.eq(period.to_on),
            unit_periods::area_id.eq(area),
            unit_periods::legal_form.eq(legal_form),
            unit_periods::sector.eq(sector),
            unit_periods::is_foreign_invested.eq(*is_foreign_invested),
            unit_periods::status.eq(status),
        ))
        .execute(tx.conn())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(on: &str, area: &str, status: &str) -> (NaiveDate, State) {
        let state = (area.to_owned(), "other".to_owned(), None, false, status.to_owned());
        (on.parse().expect("a day"), state)
    }

    #[test]
    fn a_unit_stands_as_the_last_telling_of_a_day_says_and_its_first_period_begins_before_all_days() {
        let periods = periods_of(&[
            told("2019-05-06", "a", "active"),
            told("2022-01-01", "a", "suspended"),
            told("2022-01-01", "a", "terminated"),
            told("2022-06-01", "a", "terminated"),
        ]);
        let days: Vec<_> = periods.iter().map(|one| (one.from_on.to_string(), one.state.4.as_str())).collect();
        assert_eq!(days, [("1900-01-01".to_owned(), "active"), ("2022-01-01".to_owned(), "terminated")]);
        assert_eq!(periods[0].to_on.map(|on| on.to_string()), Some("2022-01-01".to_owned()));
    }
}
