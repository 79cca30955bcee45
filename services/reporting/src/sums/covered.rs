//! From which day to which day an economic unit is covered by organisations: pure functions.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use shared::Id;
use shared::published::Branch;

/// The measure of units that are covered by organisations of a branch.
pub const COVERED_UNITS: &str = "covered_units";
/// The measure of units that are covered by organisations of a branch under one superior body.
pub const COVERED_UNITS_OF_BODIES: &str = "covered_units_of_bodies";

/// What an organisation adds to the coverings of a unit on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Covering {
    pub organisation: Id,
    pub branch: Branch,
    pub on: NaiveDate,
    pub value: i64,
}

/// Where something stands from a day on and before another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stay {
    pub from_on: NaiveDate,
    pub to_on: Option<NaiveDate>,
    /// The superior body of an organisation, or the commune of a unit.
    pub place: String,
}

/// That a unit is covered from a day on and before another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Covered {
    pub measure: &'static str,
    pub branch: Branch,
    /// The superior body; nothing where the measure does not ask for it, or there is none.
    pub body: String,
    /// The commune, or nothing where that is not known.
    pub area: String,
    pub from_on: NaiveDate,
    pub to_on: Option<NaiveDate>,
}

/// Where something stands on a day; nothing where that is not known.
fn place_on(stays: Option<&Vec<Stay>>, on: NaiveDate) -> &str {
    let is_there = |stay: &&Stay| stay.from_on <= on && stay.to_on.is_none_or(|to_on| on < to_on);
    stays.and_then(|stays| stays.iter().find(is_there)).map_or("", |stay| stay.place.as_str())
}

/// Returns from when to when a unit is covered. `bodies` are the superior bodies of the organisations that cover it, `areas`
/// the communes of the unit. However many organisations cover it, it is covered once.
pub(super) fn covered_of(
    coverings: &[Covering],
    bodies: &BTreeMap<Id, Vec<Stay>>,
    areas: Option<&Vec<Stay>>,
) -> BTreeSet<Covered> {
    type Key = (&'static str, Branch, String, String);
    let stays = bodies.values().flatten().chain(areas.into_iter().flatten());
    let ends = stays.flat_map(|stay| [Some(stay.from_on), stay.to_on]).flatten();
    let days: BTreeSet<NaiveDate> = coverings.iter().map(|covering| covering.on).chain(ends).collect();
    let mut begun: BTreeMap<Key, NaiveDate> = BTreeMap::new();
    let mut covered = BTreeSet::new();
    let end =
        |(measure, branch, body, area): Key, from_on, to_on| Covered { measure, branch, body, area, from_on, to_on };
    for on in days {
        let mut by_organisation: BTreeMap<(Id, Branch), i64> = BTreeMap::new();
        for covering in coverings.iter().filter(|covering| covering.on <= on) {
            *by_organisation.entry((covering.organisation, covering.branch)).or_default() += covering.value;
        }
        let area = place_on(areas, on);
        let of_day: BTreeSet<Key> = by_organisation
            .into_iter()
            .filter(|(_, value)| *value > 0)
            .flat_map(|((organisation, branch), _)| {
                let body = place_on(bodies.get(&organisation), on);
                [(COVERED_UNITS, ""), (COVERED_UNITS_OF_BODIES, body)]
                    .map(|(measure, body)| (measure, branch, body.to_owned(), area.to_owned()))
            })
            .collect();
        let over: Vec<Key> = begun.keys().filter(|key| !of_day.contains(*key)).cloned().collect();
        for key in over {
            if let Some(from_on) = begun.remove(&key) {
                covered.insert(end(key, from_on, Some(on)));
            }
        }
        for key in of_day {
            begun.entry(key).or_insert(on);
        }
    }
    covered.extend(begun.into_iter().map(|(key, from_on)| end(key, from_on, None)));
    covered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn covering(organisation: Id, branch: Branch, on: &str, value: i64) -> Covering {
        Covering { organisation, branch, on: day(on), value }
    }

    fn stay(from_on: &str, to_on: Option<&str>, place: &str) -> Stay {
        Stay { from_on: day(from_on), to_on: to_on.map(day), place: place.to_owned() }
    }

    /// What is covered, as lines of text.
    fn lines(covered: &BTreeSet<Covered>, measure: &str) -> Vec<String> {
        let of_measure = covered.iter().filter(|one| one.measure == measure);
        let line = |one: &Covered| {
            let to_on = one.to_on.map_or_else(String::new, |on| on.to_string());
            format!("{} {} {}: {} {to_on}", <&str>::from(one.branch), one.body, one.area, one.from_on)
        };
        of_measure.map(line).collect()
    }

    #[test]
    fn a_unit_that_two_cells_cover_is_covered_once_until_the_last_one_ends() {
        let (one, other, union) = (Id::new(), Id::new(), Id::new());
        let coverings = [
            covering(one, Branch::Party, "2020-01-05", 1),
            covering(other, Branch::Party, "2020-06-05", 1),
            covering(union, Branch::Union, "2020-07-05", 1),
            covering(one, Branch::Party, "2021-01-05", -1),
            covering(other, Branch::Party, "2022-01-05", -1),
        ];
        let bodies = BTreeMap::from([
            (one, vec![stay("2020-01-05", None, "a")]),
            (other, vec![stay("2020-06-05", None, "b")]),
            (union, vec![stay("2020-07-05", None, "")]),
        ]);
        let areas = vec![stay("1900-01-01", None, "X")];
        let covered = covered_of(&coverings, &bodies, Some(&areas));
        assert_eq!(
            lines(&covered, COVERED_UNITS),
            ["party  X: 2020-01-05 2022-01-05", "union  X: 2020-07-05 "],
            "by branch"
        );
        assert_eq!(
            lines(&covered, COVERED_UNITS_OF_BODIES),
            ["party a X: 2020-01-05 2021-01-05", "party b X: 2020-06-05 2022-01-05", "union  X: 2020-07-05 "],
            "by superior body"
        );
    }

    #[test]
    fn a_unit_that_moves_and_an_organisation_that_gets_another_superior_are_counted_where_they_stand_on_the_day() {
        let cell = Id::new();
        let coverings = [covering(cell, Branch::Party, "2020-01-05", 1)];
        let bodies =
            BTreeMap::from([(cell, vec![stay("2020-01-05", Some("2021-03-01"), "a"), stay("2021-03-01", None, "b")])]);
        let areas = vec![stay("1900-01-01", Some("2022-05-01"), "X"), stay("2022-05-01", None, "Y")];
        let covered = covered_of(&coverings, &bodies, Some(&areas));
        assert_eq!(lines(&covered, COVERED_UNITS), ["party  X: 2020-01-05 2022-05-01", "party  Y: 2022-05-01 "]);
        assert_eq!(
            lines(&covered, COVERED_UNITS_OF_BODIES),
            ["party a X: 2020-01-05 2021-03-01", "party b X: 2021-03-01 2022-05-01", "party b Y: 2022-05-01 "]
        );
        let unknown = covered_of(&coverings, &BTreeMap::new(), None);
        assert_eq!(lines(&unknown, COVERED_UNITS_OF_BODIES), ["party  : 2020-01-05 "], "a unit not heard of yet");
    }
}
