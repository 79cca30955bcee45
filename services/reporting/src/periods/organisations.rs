//! SQL for tellings and periods of organisations.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel::prelude::*;
use shared::journal::{JournalEntry, Published};
use shared::published::Branch;
use shared::published::organisation::{
    OrganisationDissolved, OrganisationEstablished, OrganisationOpeningRegistered, OrganisationState,
    OrganisationUpgraded, OrganisationWithdrawn,
};
use shared::storage::Tx;
use shared::{Id, Result};

use super::make::{Above, Period, State, Telling, periods_of};
use crate::schema::{organisation_periods, organisation_tellings};
use crate::sums::{self, Ground, Summed};

/// How many organisations stand one above the other at most.
const LEVELS_MAX: usize = 8;

/// Applies an entry about an organisation: to its periods, and to those of the organisations below it.
///
/// # Errors
/// Fails when the payload is not what its kind says, or the database fails.
pub fn apply_organisation(tx: &mut Tx<'_>, entry: &JournalEntry, summed: &Summed) -> Result<()> {
    let (state, is_telling) = match entry.kind.as_str() {
        OrganisationEstablished::KIND => (entry.payload::<OrganisationEstablished>()?.0, true),
        OrganisationOpeningRegistered::KIND => (entry.payload::<OrganisationOpeningRegistered>()?.0, true),
        OrganisationUpgraded::KIND => (entry.payload::<OrganisationUpgraded>()?.organisation, true),
        // It stands as it stood, for what is counted on its last day.
        OrganisationDissolved::KIND => (entry.payload::<OrganisationDissolved>()?.0, false),
        OrganisationWithdrawn::KIND => (entry.payload::<OrganisationWithdrawn>()?.0, false),
        _ => return Ok(()),
    };
    if let Some(corrected) = entry.corrects {
        let told = organisation_tellings::table.filter(organisation_tellings::entry_id.eq(corrected));
        diesel::update(told.filter(organisation_tellings::to_seq.is_null()))
            .set(organisation_tellings::to_seq.eq(Some(entry.seq)))
            .execute(tx.conn())?;
    }
    if is_telling {
        insert_telling(tx, entry, &state)?;
    }
    let mut next = BTreeSet::from([state.organisation]);
    for _ in 0..LEVELS_MAX {
        let mut below = BTreeSet::new();
        for organisation in next {
            if refresh(tx, organisation, entry.seq, summed)? {
                below.extend(list_below(tx, organisation)?);
            }
        }
        next = below;
    }
    Ok(())
}

fn insert_telling(tx: &mut Tx<'_>, entry: &JournalEntry, state: &OrganisationState) -> Result<()> {
    diesel::insert_into(organisation_tellings::table)
        .values((
            organisation_tellings::entry_id.eq(entry.id),
            organisation_tellings::organisation_id.eq(state.organisation),
            organisation_tellings::from_on.eq(entry.occurred_on),
            organisation_tellings::from_seq.eq(entry.seq),
            organisation_tellings::branch.eq(state.branch),
            organisation_tellings::kind.eq(&state.kind),
            organisation_tellings::area_id.eq(state.area.as_str()),
            organisation_tellings::superior_id.eq(state.superior),
            organisation_tellings::is_superior_body.eq(state.is_superior_body),
            organisation_tellings::name.eq(&state.superior_name),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// The organisations that answer to one on some day.
fn list_below(tx: &mut Tx<'_>, organisation: Id) -> Result<Vec<Id>> {
    Ok(organisation_tellings::table
        .filter(organisation_tellings::superior_id.eq(organisation))
        .filter(organisation_tellings::to_seq.is_null())
        .select(organisation_tellings::organisation_id)
        .distinct()
        .load(tx.conn())?)
}

fn list_tellings(tx: &mut Tx<'_>, organisation: Id) -> Result<Vec<Telling>> {
    type Row = (NaiveDate, Branch, String, String, bool, Option<String>, Option<Id>);
    let rows: Vec<Row> = organisation_tellings::table
        .filter(organisation_tellings::organisation_id.eq(organisation))
        .filter(organisation_tellings::to_seq.is_null())
        .order((organisation_tellings::from_on, organisation_tellings::from_seq))
        .select((
            organisation_tellings::from_on,
            organisation_tellings::branch,
            organisation_tellings::kind,
            organisation_tellings::area_id,
            organisation_tellings::is_superior_body,
            organisation_tellings::name,
            organisation_tellings::superior_id,
        ))
        .load(tx.conn())?;
    let telling = |(from_on, branch, kind, area, is_superior_body, name, superior): Row| Telling {
        from_on,
        state: State { branch, kind, area, is_superior_body, name },
        superior,
    };
    Ok(rows.into_iter().map(telling).collect())
}

/// Makes the periods of an organisation anew. Returns whether others hang on what changed: what answers to a superior body
/// answers to that body, wherever it stands.
fn refresh(tx: &mut Tx<'_>, organisation: Id, seq: i64, summed: &Summed) -> Result<bool> {
    let tellings = list_tellings(tx, organisation)?;
    let superiors: BTreeSet<Id> = tellings.iter().filter_map(|telling| telling.superior).collect();
    let mut above = BTreeMap::new();
    for superior in superiors {
        let periods = list_periods(tx, superior)?;
        let is_body = periods.iter().any(|(_, period)| period.state.is_superior_body);
        let bodies = periods.into_iter().map(|(_, period)| (period.from_on, period.superior_body)).collect();
        above.insert(superior, if is_body { Above::Body } else { Above::Organisation(bodies) });
    }
    let made = periods_of(&tellings, &above);
    let kept = list_periods(tx, organisation)?;
    let is_changed = made.len() != kept.len() || made.iter().zip(&kept).any(|(made, (_, kept))| made != kept);
    if is_changed {
        sums::take_away(tx, Ground::Organisation, organisation, summed)?;
    }
    for (from_seq, period) in kept.iter().filter(|(_, kept)| !made.contains(kept)) {
        close_period(tx, organisation, *from_seq, period.from_on, seq)?;
    }
    for period in made.iter().filter(|made| !kept.iter().any(|(_, kept)| kept == *made)) {
        insert_period(tx, organisation, seq, period)?;
    }
    if is_changed {
        sums::add(tx, Ground::Organisation, organisation, summed)?;
    }
    Ok(is_changed && !made.iter().any(|period| period.state.is_superior_body))
}

/// The periods that count by now, each with its place in the journal, in order.
fn list_periods(tx: &mut Tx<'_>, organisation: Id) -> Result<Vec<(i64, Period)>> {
    type Row = (i64, NaiveDate, Option<NaiveDate>, Branch, String, String, Option<Id>, bool, Option<String>);
    let rows: Vec<Row> = organisation_periods::table
        .filter(organisation_periods::organisation_id.eq(organisation))
        .filter(organisation_periods::to_seq.is_null())
        .order(organisation_periods::from_on)
        .select((
            organisation_periods::from_seq,
            organisation_periods::from_on,
            organisation_periods::to_on,
            organisation_periods::branch,
            organisation_periods::kind,
            organisation_periods::area_id,
            organisation_periods::superior_body_id,
            organisation_periods::is_superior_body,
            organisation_periods::name,
        ))
        .load(tx.conn())?;
    let period = |(from_seq, from_on, to_on, branch, kind, area, superior_body, is_superior_body, name): Row| {
        let state = State { branch, kind, area, is_superior_body, name };
        (from_seq, Period { from_on, to_on, state, superior_body })
    };
    Ok(rows.into_iter().map(period).collect())
}

fn close_period(tx: &mut Tx<'_>, organisation: Id, from_seq: i64, from_on: NaiveDate, to_seq: i64) -> Result<()> {
    diesel::update(organisation_periods::table.find((organisation, from_seq, from_on)))
        .set(organisation_periods::to_seq.eq(Some(to_seq)))
        .execute(tx.conn())?;
    Ok(())
}

fn insert_period(tx: &mut Tx<'_>, organisation: Id, from_seq: i64, period: &Period) -> Result<()> {
    diesel::insert_into(organisation_periods::table)
        .values((
            organisation_periods::organisation_id.eq(organisation),
            organisation_periods::from_seq.eq(from_seq),
            organisation_periods::from_on.eq(period.from_on),
            organisation_periods::to_on.eq(period.to_on),
            organisation_periods::branch.eq(period.state.branch),
            organisation_periods::kind.eq(&period.state.kind),
            organisation_periods::area_id.eq(&period.state.area),
            organisation_periods::superior_body_id.eq(period.superior_body),
            organisation_periods::is_superior_body.eq(period.state.is_superior_body),
            organisation_periods::name.eq(&period.state.name),
        ))
        .execute(tx.conn())?;
    Ok(())
}
