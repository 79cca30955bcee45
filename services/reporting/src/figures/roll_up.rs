//! Rolling counts up along a map: pure.

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
pub(super) struct Ground<'a> {
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
pub(super) enum Spot {
    /// A commune of the map.
    Leaf(AreaId),
    /// Nobody can say.
    Undecided,
}

/// The communes that belong to the question, each with its spot.
pub(super) struct Belonging {
    within: Option<Arc<Reach>>,
}

impl<'a> Ground<'a> {
    pub(super) fn belonging(&self) -> Belonging {
        Belonging { within: self.area.as_ref().map(|area| self.territory.reach(area)) }
    }

    /// Says where a commune's counts go, if it belongs to the question.
    pub(super) fn spot(&self, belonging: &Belonging, leaf: &AreaId) -> Option<Spot> {
        if !self.scope.may_read(leaf) {
            return None;
        }
        match self.territory.resolve(leaf, self.map_on) {
            Resolution::In(target) => self.holds(belonging, leaf, &target).then_some(Spot::Leaf(target)),
            Resolution::Undecided | Resolution::Unknown => self.holds(belonging, leaf, leaf).then_some(Spot::Undecided),
        }
    }

    /// Says whether what happened in an area, of whatever level, belongs to the question and may be told. What belongs to
    /// no area is told to who sees everything.
    pub(super) fn concerns(&self, belonging: &Belonging, area: Option<&AreaId>) -> bool {
        match area {
            None => self.scope.is_all(),
            Some(area) => self.spot(belonging, area).is_some(),
        }
    }

    /// The ids of the areas whose counts belong to the question; nothing: all of them.
    pub(super) fn areas(&self) -> Option<Vec<String>> {
        if self.area.is_none() {
            return self.scope.readable_ids();
        }
        let belonging = self.belonging();
        let areas = self.territory.areas().filter(|area| self.spot(&belonging, &area.id).is_some());
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
    pub(super) fn spots_of(&self, belonging: &Belonging, day: NaiveDate) -> BTreeMap<Spot, BTreeSet<AreaId>> {
        let mut spots: BTreeMap<Spot, BTreeSet<AreaId>> = BTreeMap::new();
        for leaf in self.territory.leaves(self.map_on) {
            if let Some(spot) = self.spot(belonging, &leaf.id) {
                spots.entry(spot).or_default();
            }
        }
        for leaf in self.territory.leaves(day) {
            if let Some(spot) = self.spot(belonging, &leaf.id) {
                spots.entry(spot).or_default().insert(leaf.id.clone());
            }
        }
        spots
    }

    /// Says whether a commune has data of a measure from a day on: by a statement over it, or over all that
    /// went into it.
    pub(super) fn is_covered(&self, measure: &str, leaf: &AreaId, from_on: NaiveDate) -> bool {
        let path = self.territory.path(leaf);
        let is_stated = self.coverages.iter().any(|one| {
            (one.measure == "*" || one.measure == measure)
                && one.from_on <= from_on
                && path.iter().any(|unit| unit.id == one.area)
        });
        if is_stated {
            return true;
        }
        let origins = self.territory.origins_of(leaf);
        let mut followed = origins.iter().filter(|origin| origin.share.is_followed()).peekable();
        followed.peek().is_some() && followed.all(|origin| self.is_covered(measure, &origin.from_id, from_on))
    }

    /// Says whether any of the communes has data of an indicator for a period.
    pub(super) fn has_data(&self, indicator: &Indicator, leaves: &BTreeSet<AreaId>, period: &Period) -> bool {
        let from_on = match indicator.nature {
            Nature::Flow => period.first_on,
            Nature::Stock => period.last_on,
        };
        leaves.iter().any(|leaf| self.is_covered(&indicator.measure, leaf, from_on))
    }

    /// The unit of a level that a commune of the map is a part of.
    pub(super) fn row_of(&self, leaf: &AreaId, level: AreaLevel) -> Option<AreaId> {
        self.territory.ancestor(leaf, level).map(|area| area.id.clone())
    }
}
