//! Counts indicators: from the sums, with later changes reversed for an older data position. If that is not possible,
//! from the facts.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Datelike;
use shared::period::Period;
use shared::storage::AnyConnection;
use shared::territory::AreaId;
use shared::{Id, Result};

use super::Position;
use super::store::{self, Counted, Ground, Grouping, ToldLater};
use crate::indicators::{Counts, Indicator, Nature, words_of};
use crate::sums::{COVERED_UNITS, COVERED_UNITS_OF_BODIES, NOT_SUMMED, Sum, list_sums};

/// What one indicator counts: by commune, and by group where one is asked for.
pub(super) struct Count {
    pub areas: Vec<Counted>,
    pub groups: Vec<Counted>,
}

/// Counts indicators at a position, in one snapshot of the database.
///
/// # Errors
/// Fails when the database does.
pub(super) fn count_all(
    conn: &mut AnyConnection,
    indicators: &[&Indicator],
    period: &Period,
    position: &Position,
    grouping: Option<Grouping>,
) -> Result<Vec<Count>> {
    let told_later = store::list_told_later(conn, position)?;
    let groupings = if grouping.is_some() { vec![None, grouping] } else { vec![None] };
    let measures =
        indicators.iter().flat_map(|indicator| groupings.iter().filter_map(|grouping| sums_of(indicator, *grouping)));
    let measures: BTreeSet<&str> = measures.collect();
    let from_sums = told_later.filter(|_| !measures.is_empty());
    let sums = if from_sums.is_some() { list_sums(conn, months_of(period), &measures)? } else { Vec::new() };
    let mut counts = Vec::with_capacity(indicators.len());
    for indicator in indicators {
        let mut count = |grouping: Option<Grouping>| match (&from_sums, sums_of(indicator, grouping)) {
            (Some(told_later), Some(measure)) => {
                let summed = summed(&sums, measure, indicator, grouping);
                taken_back(conn, indicator, (period, position), grouping, summed, told_later)
            }
            _ => store::count(conn, indicator, (period.first_on, period.last_on), position, grouping, None),
        };
        let areas = count(None)?;
        let groups = if grouping.is_some() { count(grouping)? } else { Vec::new() };
        counts.push(Count { areas, groups });
    }
    Ok(counts)
}

/// The measure of the sums that an indicator is read from; nothing where it is counted from facts.
fn sums_of(indicator: &Indicator, grouping: Option<Grouping>) -> Option<&str> {
    let Indicator { measure, kinds, statuses, standings, branches, .. } = indicator;
    let is_kept = kinds.is_empty() && statuses.is_empty() && standings.is_empty() && branches.len() == 1;
    match indicator.counts {
        Counts::Sum => Some(measure.as_str()).filter(|measure| !NOT_SUMMED.contains(measure)),
        Counts::DistinctUnits if measure == "unit_coverings" && is_kept => Some(match grouping {
            Some(Grouping::SuperiorBody) => COVERED_UNITS_OF_BODIES,
            Some(Grouping::Branch) | None => COVERED_UNITS,
        }),
        Counts::DistinctUnits | Counts::DistinctPeople => None,
    }
}

/// The first and the last month of a period, counted from the first month of year 0. A period lies in one year.
fn months_of(period: &Period) -> (i32, i32) {
    let month = |on: chrono::NaiveDate| on.year() * 12 + i32::try_from(on.month0()).unwrap_or_default();
    (month(period.first_on), month(period.last_on))
}

type Place = (AreaId, Option<String>);

/// What the sums say of an indicator, by the newest of what is known.
fn summed(sums: &[Sum], measure: &str, indicator: &Indicator, grouping: Option<Grouping>) -> BTreeMap<Place, i64> {
    let is_among = |words: &[&str], word: &String| words.is_empty() || words.contains(&word.as_str());
    let kinds = if indicator.statuses.is_empty() { &indicator.kinds } else { &indicator.statuses };
    let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
    let (branches, standings) = (words_of(&indicator.branches), words_of(&indicator.standings));
    let of_indicator = sums.iter().filter(|sum| {
        sum.measure == measure
            && is_among(&kinds, &sum.kind)
            && is_among(&branches, &sum.branch)
            && is_among(&standings, &sum.standing)
    });
    let mut values = BTreeMap::new();
    for sum in of_indicator {
        let group = match grouping {
            None => "",
            Some(Grouping::Branch) => sum.branch.as_str(),
            Some(Grouping::SuperiorBody) => sum.body.as_str(),
        };
        let group = group_of(grouping, group);
        let value = if indicator.nature == Nature::Flow { sum.flow } else { sum.stock };
        *values.entry((AreaId::stored(sum.area_id.as_str()), group)).or_default() += value;
    }
    values
}

/// A group as answers name it; nothing where there is none.
fn group_of(grouping: Option<Grouping>, group: &str) -> Option<String> {
    let named = (!group.is_empty()).then(|| group.to_owned());
    match grouping {
        Some(Grouping::SuperiorBody) => named.map(|id| id.parse::<Id>().map_or(id, |id| id.to_string())),
        _ => named,
    }
}

/// Reverses changes since a data position: for each organisation and unit concerned, what counts now is replaced by what
/// counted then.
fn taken_back(
    conn: &mut AnyConnection,
    indicator: &Indicator,
    (period, position): (&Period, &Position),
    grouping: Option<Grouping>,
    mut values: BTreeMap<Place, i64>,
    told_later: &ToldLater,
) -> Result<Vec<Counted>> {
    let things = match Ground::of(indicator) {
        Ground::Unit => &told_later.units,
        Ground::Organisation => &told_later.organisations,
        Ground::UnitAndOrganisation => &told_later.covered_units,
    };
    if !things.is_empty() {
        let days = (period.first_on, period.last_on);
        let newest = Position { registry: i64::MAX, membership: i64::MAX, ..position.clone() };
        for (position, sign) in [(&newest, -1), (position, 1)] {
            for counted in store::count(conn, indicator, days, position, grouping, Some(things))? {
                *values.entry((counted.area, counted.group)).or_default() += sign * counted.value;
            }
        }
    }
    let counted = values.into_iter().filter(|(_, value)| *value != 0);
    Ok(counted.map(|((area, group), value)| Counted { area, group, value }).collect())
}
