//! From counts to an answer's rows.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use shared::Id;
use shared::territory::{AreaId, AreaLevel, Territory};

use super::answer::{AreaName, BodyName, By, FigureRow, FigureState, FigureValue};
use super::question::Question;
use super::roll_up::{CoverageDays, Known, MapPlace, MapQuery};
use super::row::{NO_GROUP, UNDECIDED};
use super::store::{Counted, SuperiorBody};
use crate::indicators::Indicator;
use crate::periods::RecordingStarts;

pub(super) fn name_of(territory: &Territory, id: &AreaId) -> Option<AreaName> {
    territory.find(id).map(|area| AreaName { id: area.id.clone(), code: area.code.clone(), name: area.name.clone() })
}

/// The superior bodies on the period's last day, each with whether it is still opening.
pub(super) struct Bodies(Vec<(SuperiorBody, bool)>);

impl Bodies {
    pub(super) fn new(bodies: Vec<SuperiorBody>, starts: &RecordingStarts, on: NaiveDate) -> Self {
        let above: BTreeMap<Id, Id> = bodies.iter().filter_map(|body| Some((body.id, body.above?))).collect();
        let with_state = |body: SuperiorBody| {
            let is_opening = starts.is_opening(body.id, &above, on);
            (body, is_opening)
        };
        Self(bodies.into_iter().map(with_state).collect())
    }

    /// How many of those that stand on some areas are still opening.
    pub(super) fn count_opening(&self, areas: &BTreeSet<AreaId>) -> i64 {
        let opening = self.0.iter().filter(|(body, is_opening)| *is_opening && areas.contains(&body.area()));
        i64::try_from(opening.count()).unwrap_or(i64::MAX)
    }

    fn names(&self) -> impl Iterator<Item = BodyName> {
        self.0.iter().map(|(body, is_opening)| BodyName {
            id: body.id,
            branch: body.branch,
            name: body.name.clone(),
            is_opening: *is_opening,
        })
    }
}

/// Counts on their way to rows.
pub(super) struct Computed {
    places: BTreeMap<MapPlace, BTreeSet<AreaId>>,
    by_place: BTreeMap<(MapPlace, usize), i64>,
    by_group: BTreeMap<(Option<String>, usize), i64>,
    coverage_days: CoverageDays,
}

impl Computed {
    pub(super) fn new(map_query: &MapQuery<'_>, question: &Question<'_>) -> Self {
        let belonging = map_query.belonging();
        let places = map_query.places_of(&belonging, question.period.last_on);
        Self { places, by_place: BTreeMap::new(), by_group: BTreeMap::new(), coverage_days: CoverageDays::default() }
    }

    pub(super) fn add_areas(&mut self, map_query: &MapQuery<'_>, column: usize, counted: &[Counted]) {
        let belonging = map_query.belonging();
        for one in counted.iter().filter(|one| one.value != 0) {
            if let Some(place) = map_query.place_of(&belonging, &one.area) {
                self.places.entry(place.clone()).or_default().insert(one.area.clone());
                *self.by_place.entry((place, column)).or_default() += one.value;
            }
        }
    }

    pub(super) fn add_groups(&mut self, map_query: &MapQuery<'_>, column: usize, counted: &[Counted]) {
        let belonging = map_query.belonging();
        let is_shown = |one: &&Counted| one.value != 0 && map_query.place_of(&belonging, &one.area).is_some();
        for one in counted.iter().filter(is_shown) {
            *self.by_group.entry((one.group.clone(), column)).or_default() += one.value;
        }
    }

    /// Finds out from which days the communes of the answer have data; called after everything was counted.
    pub(super) fn judge_coverage(&mut self, map_query: &MapQuery<'_>, question: &Question<'_>) {
        self.coverage_days = map_query.coverage_days(&question.indicators, self.places.values().flatten());
    }

    /// The communes of the answer, and the areas that they are parts of.
    pub(super) fn areas_above(&self, territory: &Territory) -> BTreeSet<AreaId> {
        let communes = self.places.values().flatten();
        communes.flat_map(|leaf| territory.path(leaf)).map(|area| area.id.clone()).collect()
    }

    pub(super) fn total(&self, question: &Question<'_>) -> Vec<FigureValue> {
        let all: Vec<&MapPlace> = self.places.keys().collect();
        self.values(question, &all)
    }

    fn values(&self, question: &Question<'_>, places: &[&MapPlace]) -> Vec<FigureValue> {
        let leaves: BTreeSet<AreaId> =
            places.iter().filter_map(|place| self.places.get(*place)).flatten().cloned().collect();
        let value = |(column, indicator): (usize, &&Indicator)| {
            let sum = places.iter().filter_map(|place| self.by_place.get(&((*place).clone(), column))).sum();
            figure(indicator, sum, self.coverage_days.known(indicator, &leaves, &question.period))
        };
        question.indicators.iter().enumerate().map(value).collect()
    }

    pub(super) fn rows(&self, map_query: &MapQuery<'_>, question: &Question<'_>, bodies: &Bodies) -> Vec<FigureRow> {
        match question.by {
            Some(By::SuperiorBody) => self.body_rows(question, bodies),
            Some(By::Branch) => self.branch_rows(question),
            Some(By::District) => self.area_rows(map_query, question, AreaLevel::District),
            Some(By::Commune) => self.area_rows(map_query, question, AreaLevel::Commune),
            None => Vec::new(),
        }
    }

    fn area_rows(&self, map_query: &MapQuery<'_>, question: &Question<'_>, level: AreaLevel) -> Vec<FigureRow> {
        let mut groups: BTreeMap<Option<AreaId>, Vec<&MapPlace>> = BTreeMap::new();
        for place in self.places.keys() {
            let row = match place {
                // A map without that level is shown by its communes.
                MapPlace::Leaf(leaf) => Some(map_query.row_of(leaf, level).unwrap_or_else(|| leaf.clone())),
                MapPlace::Undecided => None,
            };
            groups.entry(row).or_default().push(place);
        }
        let row = |(area, places): (Option<AreaId>, Vec<&MapPlace>)| {
            let former = places.iter().filter_map(|place| self.places.get(*place)).flatten();
            let former_areas = match &area {
                Some(_) => Vec::new(),
                None => former.filter_map(|id| name_of(map_query.territory, id)).collect(),
            };
            FigureRow {
                key: area.as_ref().map_or_else(|| UNDECIDED.to_owned(), AreaId::to_string),
                area: area.as_ref().and_then(|id| name_of(map_query.territory, id)),
                superior_body: None,
                branch: None,
                former_areas,
                values: self.values(question, &places),
            }
        };
        // What nobody can place comes last.
        let (undecided, placed): (Vec<_>, Vec<_>) = groups.into_iter().partition(|(area, _)| area.is_none());
        placed.into_iter().chain(undecided).map(row).collect()
    }

    /// The figures of one group. Nobody states coverage for a group: all of it is known where all is known of the whole.
    fn group_values(&self, question: &Question<'_>, group: &Option<String>) -> Vec<FigureValue> {
        let leaves = self.places.values().flatten().cloned().collect();
        let value = |(column, indicator): (usize, &&Indicator)| {
            let sum = self.by_group.get(&(group.clone(), column)).copied();
            let known = match self.coverage_days.known(indicator, &leaves, &question.period) {
                Known::Whole => Known::Whole,
                Known::Part | Known::Nothing => Known::Part,
            };
            figure(indicator, sum.unwrap_or_default(), known)
        };
        question.indicators.iter().enumerate().map(value).collect()
    }

    fn groups(&self) -> BTreeSet<Option<String>> {
        self.by_group.keys().map(|(group, _)| group.clone()).collect()
    }

    fn branch_rows(&self, question: &Question<'_>) -> Vec<FigureRow> {
        let row = |group: Option<String>| {
            let values = self.group_values(question, &group);
            let key = group.clone().unwrap_or_else(|| NO_GROUP.to_owned());
            let branch = group.and_then(|word| word.parse().ok());
            FigureRow { key, area: None, superior_body: None, branch, former_areas: Vec::new(), values }
        };
        // What belongs to no branch, for instance economic units, comes last.
        let (without, named): (Vec<_>, Vec<_>) = self.groups().into_iter().partition(Option::is_none);
        named.into_iter().chain(without).map(row).collect()
    }

    fn body_rows(&self, question: &Question<'_>, bodies: &Bodies) -> Vec<FigureRow> {
        let groups = self.groups();
        let row = |group: Option<String>, superior_body: Option<BodyName>| {
            let values = self.group_values(question, &group);
            let key = group.unwrap_or_else(|| NO_GROUP.to_owned());
            FigureRow { key, area: None, superior_body, branch: None, former_areas: Vec::new(), values }
        };
        let named = bodies.names().filter(|body| groups.contains(&Some(body.id.to_string())));
        let named = named.map(|body| row(Some(body.id.to_string()), Some(body)));
        let without = groups.contains(&None).then(|| row(None, None));
        named.chain(without).collect()
    }
}

fn figure(indicator: &Indicator, sum: i64, known: Known) -> FigureValue {
    let indicator = indicator.code.clone();
    // What was recorded is shown even where nobody stated that all of it was.
    let (value, state) = match known {
        Known::Whole => (Some(sum), FigureState::Value),
        Known::Nothing if sum == 0 => (None, FigureState::NoData),
        Known::Part | Known::Nothing => (Some(sum), FigureState::Partial),
    };
    FigureValue { indicator, value, state }
}
