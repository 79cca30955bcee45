//! Adds counts of communes up along a map: pure functions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;
use shared::access::Scope;
use shared::period::Period;
use shared::territory::{AreaId, AreaLevel, Reach, Resolution, Territory};

use crate::coverage::Coverage;
use crate::indicators::{Indicator, Nature};

/// What is asked of the map.
#[derive(Debug, Clone)]
pub(super) struct MapQuery<'a> {
    pub territory: &'a Territory,
    pub scope: &'a Scope,
    pub coverages: &'a [Coverage],
    /// The area asked for; nothing: all that the caller may see.
    pub area: Option<AreaId>,
    /// The day whose structure is rolled up along.
    pub map_on: NaiveDate,
}

/// Where a commune's counts go.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum MapPlace {
    /// A commune of the map.
    Leaf(AreaId),
    /// Nobody can say.
    Undecided,
}

/// How much of what a figure counts is known by the statements of coverage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// Of all communes, and for the whole period.
    Whole,
    /// Of some communes, or for a part of the period.
    Part,
    /// Of no commune, on no day.
    Nothing,
}

/// By measure and commune: the day from which there are data.
#[derive(Debug, Default)]
pub(super) struct CoverageDays(BTreeMap<String, BTreeMap<AreaId, NaiveDate>>);

impl CoverageDays {
    /// Says how much is known of an indicator in some communes. A flow needs data from the period's first day on, a stock
    /// on its last day.
    pub(super) fn known(&self, indicator: &Indicator, leaves: &BTreeSet<AreaId>, period: &Period) -> Known {
        let needed_from = match indicator.nature {
            Nature::Flow => period.first_on,
            Nature::Stock => period.last_on,
        };
        let days = self.0.get(&indicator.measure);
        let from_on = |leaf: &AreaId| days.and_then(|days| days.get(leaf)).copied();
        let is_whole = |leaf: &AreaId| from_on(leaf).is_some_and(|from_on| from_on <= needed_from);
        let is_begun = |leaf: &AreaId| from_on(leaf).is_some_and(|from_on| from_on <= period.last_on);
        if !leaves.is_empty() && leaves.iter().all(is_whole) {
            Known::Whole
        } else if leaves.iter().any(is_begun) {
            Known::Part
        } else {
            Known::Nothing
        }
    }
}

/// The communes that belong to the question, each with its place.
pub(super) struct Belonging {
    within: Option<Arc<Reach>>,
}

impl<'a> MapQuery<'a> {
    pub(super) fn belonging(&self) -> Belonging {
        Belonging { within: self.area.as_ref().map(|area| self.territory.reach(area)) }
    }

    /// Says where a commune's counts go, if it belongs to the question.
    pub(super) fn place_of(&self, belonging: &Belonging, leaf: &AreaId) -> Option<MapPlace> {
        if !self.scope.may_read(leaf) {
            return None;
        }
        match self.territory.resolve(leaf, self.map_on) {
            Resolution::In(target) => self.holds(belonging, leaf, &target).then_some(MapPlace::Leaf(target)),
            Resolution::Undecided | Resolution::Unknown => {
                self.holds(belonging, leaf, leaf).then_some(MapPlace::Undecided)
            }
        }
    }

    /// Says whether what happened in an area, of whatever level, belongs to the request and may be shown. What belongs to
    /// no area is shown to callers who may read everything.
    pub(super) fn concerns(&self, belonging: &Belonging, area: Option<&AreaId>) -> bool {
        match area {
            None => self.scope.is_all(),
            Some(area) => self.place_of(belonging, area).is_some(),
        }
    }

    /// The ids of the areas whose counts belong to the question; nothing: all of them.
    pub(super) fn areas(&self) -> Option<Vec<String>> {
        if self.area.is_none() {
            return self.scope.readable_ids();
        }
        let belonging = self.belonging();
        let areas = self.territory.areas().filter(|area| self.place_of(&belonging, &area.id).is_some());
        Some(areas.map(|area| area.id.to_string()).collect())
    }

    fn holds(&self, belonging: &Belonging, leaf: &AreaId, target: &AreaId) -> bool {
        let Some(area) = &self.area else { return true };
        let is_below = self.territory.path(target).iter().any(|unit| unit.id == *area);
        is_below
            || belonging
                .within
                .as_ref()
                .is_some_and(|reach| reach.writable.contains(leaf) && reach.writable.contains(target))
    }

    /// The communes of the map that belong to the question, and the former ones that nobody can place.
    pub(super) fn places_of(&self, belonging: &Belonging, day: NaiveDate) -> BTreeMap<MapPlace, BTreeSet<AreaId>> {
        let mut places: BTreeMap<MapPlace, BTreeSet<AreaId>> = BTreeMap::new();
        for leaf in self.territory.leaves(self.map_on) {
            if let Some(place) = self.place_of(belonging, &leaf.id) {
                places.entry(place).or_default();
            }
        }
        for leaf in self.territory.leaves(day) {
            if let Some(place) = self.place_of(belonging, &leaf.id) {
                places.entry(place).or_default().insert(leaf.id.clone());
            }
        }
        places
    }

    /// The day from which a commune has all data of a measure: by a statement over it, or over all that went into it.
    fn covered_from(&self, measure: &str, leaf: &AreaId) -> Option<NaiveDate> {
        let path = self.territory.path(leaf);
        let is_meant = |one: &&Coverage| {
            (one.measure == "*" || one.measure == measure) && path.iter().any(|unit| unit.id == one.area)
        };
        let stated = self.coverages.iter().filter(is_meant).map(|one| one.from_on).min();
        let origins = self.territory.origins_of(leaf);
        let followed = origins.iter().filter(|origin| origin.share.is_followed());
        let days: Option<Vec<_>> = followed.map(|origin| self.covered_from(measure, &origin.from_id)).collect();
        let inherited = days.and_then(|days| days.into_iter().max());
        stated.into_iter().chain(inherited).min()
    }

    /// The days from which communes have data of what indicators count.
    pub(super) fn coverage_days<'b>(
        &self,
        indicators: &[&Indicator],
        leaves: impl Iterator<Item = &'b AreaId>,
    ) -> CoverageDays {
        let measures: BTreeSet<&str> = indicators.iter().map(|indicator| indicator.measure.as_str()).collect();
        let mut days: BTreeMap<String, BTreeMap<AreaId, NaiveDate>> = BTreeMap::new();
        for leaf in leaves.collect::<BTreeSet<_>>() {
            for measure in &measures {
                if let Some(from_on) = self.covered_from(measure, leaf) {
                    days.entry((*measure).to_owned()).or_default().insert(leaf.clone(), from_on);
                }
            }
        }
        CoverageDays(days)
    }

    /// The unit of a level that a commune of the map is a part of.
    pub(super) fn row_of(&self, leaf: &AreaId, level: AreaLevel) -> Option<AreaId> {
        self.territory.ancestor(leaf, level).map(|area| area.id.clone())
    }
}
