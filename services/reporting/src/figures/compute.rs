//! Computing figures: what was asked, understood, counted in SQL and rolled up along a map.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use shared::access::Scope;
use shared::clock::vietnam_day;
use shared::follow::load_territory_at;
use shared::http::PageQuery;
use shared::period::Period;
use shared::storage::AnyConnection;
use shared::territory::{AreaId, AreaLevel, Territory};
use shared::validate::{Faults, Wrong};
use shared::{Code, Day, Id, Result};
use strum::VariantNames as _;

use super::answer::{
    AreaName, BodyName, By, EntriesAsked, FigureRow, FigureState, FigureValue, Figures, FiguresAsked, PeriodDays,
    PeriodState,
};
use super::counts::count_all;
use super::entries::{CountedEntryRow, EntriesFilter, EntryPlace, list_counted_entries};
use super::position::{AsOf, Mark};
use super::roll_up::{Ground, Spot};
use super::row::{NO_GROUP, Row, UNDECIDED};
use super::store::{self, Counted, Grouping, SuperiorBody};
use crate::coverage::list_coverages_at;
use crate::indicators::{Catalogue, Indicator};
use crate::periods::RecordingStarts;

impl By {
    /// What is grouped by beside areas.
    fn grouping(self) -> Option<Grouping> {
        match self {
            Self::District | Self::Commune => None,
            Self::SuperiorBody => Some(Grouping::SuperiorBody),
            Self::Branch => Some(Grouping::Branch),
        }
    }
}

/// What was asked, understood.
struct Question<'a> {
    period: Period,
    map_on: NaiveDate,
    area: Option<AreaId>,
    by: Option<By>,
    indicators: Vec<&'a Indicator>,
}

fn understand<'a>(
    asked: &FiguresAsked,
    catalogue: &'a Catalogue,
    territory: &Territory,
    scope: &Scope,
) -> Result<Question<'a>> {
    let mut faults = Faults::new();
    let period = asked.period.parse::<Period>();
    if let Err(expected) = &period {
        faults.add_parameter("period", Wrong::new(Code::BadFormat).with("expected", expected));
    }
    let by = asked.by.as_deref().map(str::parse::<By>).transpose();
    if by.is_err() {
        faults.add_parameter("by", Wrong::not_among(By::VARIANTS));
    }
    let mut indicators = Vec::new();
    match &asked.indicator {
        None => indicators.extend(catalogue.all()),
        Some(names) => {
            let count_max = catalogue.all().len();
            if names.split(',').count() > count_max {
                faults.add_parameter("indicator", Wrong::new(Code::TooMany).with("max", count_max));
            }
            let mut named = BTreeSet::new();
            for name in names.split(',').take(count_max) {
                match catalogue.find(name.trim()) {
                    // Named twice, by its code or its name, it counts once.
                    Some(indicator) if named.insert(&indicator.code) => indicators.push(indicator),
                    Some(_) => {}
                    None => faults.add_parameter("indicator", Wrong::new(Code::UnknownIndicator)),
                }
            }
        }
    }
    let map_on = asked.map.map(Day::get).or_else(|| period.as_ref().ok().map(|period| period.last_on));
    let area = match (&asked.area, map_on) {
        (Some(text), Some(on)) => match find_area(text, territory, scope, on) {
            Ok(area) => Some(area),
            Err(wrong) => {
                faults.add_parameter("area", wrong);
                None
            }
        },
        _ => None,
    };
    let (period, map_on) = faults.finish_with(period.ok().zip(map_on))?;
    Ok(Question { period, map_on, area, by: by.ok().flatten(), indicators })
}

/// An area by its id or its bare code on the map's day, within the caller's reach and in force on that day.
fn find_area(text: &str, territory: &Territory, scope: &Scope, on: NaiveDate) -> std::result::Result<AreaId, Wrong> {
    let found = match text.parse::<AreaId>() {
        Ok(id) => territory.find(&id),
        Err(_) => territory.find_by_code(text, on),
    };
    let found = found.filter(|area| scope.may_read(&area.id)).ok_or_else(|| Wrong::new(Code::UnknownArea))?;
    if !found.is_in_force(on) {
        return Err(Wrong::new(Code::AreaNotInForce).with("area", &found.name).with("day", on));
    }
    Ok(found.id.clone())
}

/// Computes figures at a position, in one snapshot of the database.
///
/// # Errors
/// Faults of the parameters; `projection_building`; `position_unknown`.
pub fn compute(
    conn: &mut AnyConnection,
    catalogue: &Catalogue,
    scope: &Scope,
    asked: &FiguresAsked,
) -> Result<Figures> {
    let position = AsOf::parse(asked.as_of.as_deref())?.resolve(conn, catalogue.version())?;
    let territory = load_territory_at(conn, position.registry)?;
    let coverages = list_coverages_at(conn, position.reporting)?;
    let question = understand(asked, catalogue, &territory, scope)?;
    let ground = Ground {
        territory: &territory,
        scope,
        coverages: &coverages,
        area: question.area.clone(),
        map_on: question.map_on,
    };
    let mut computed = Computed::new(&ground, &question);
    let grouping = question.by.and_then(By::grouping);
    let counts = count_all(conn, &question.indicators, &question.period, &position, grouping)?;
    for (column, count) in counts.iter().enumerate() {
        computed.add_areas(&ground, column, &count.areas);
        computed.add_groups(&ground, column, &count.groups);
    }
    let bodies = store::list_superior_bodies(conn, &position, question.period.last_on)?;
    let bodies = Bodies::new(bodies, &RecordingStarts::at(conn, position.membership)?, question.period.last_on);
    let findings = store::list_open_findings(conn, &position)?;
    let belonging = ground.belonging();
    // Who does not see both records is not told that there is another one.
    let is_told = |areas: &&Vec<AreaId>| {
        areas.iter().all(|area| scope.may_read(area))
            && areas.iter().any(|area| ground.spot(&belonging, area).is_some())
    };
    let set_aside = store::list_set_aside(conn, &position)?;
    let set_aside = set_aside.iter().filter(|area| ground.concerns(&belonging, area.as_ref())).count();
    let open_findings = i64::try_from(findings.iter().filter(is_told).count()).unwrap_or(i64::MAX);
    let (first_on, last_on) = (question.period.first_on, question.period.last_on);
    let state = PeriodState::on(vietnam_day(position.at), first_on, last_on);
    let mut figures = Figures {
        position: Mark { at: position.at, catalogue: catalogue.version().to_owned() }.to_string(),
        period: PeriodDays { code: question.period.to_string(), first_on, last_on, state },
        area: question.area.as_ref().and_then(|id| name_of(&territory, id)),
        map_on: question.map_on,
        by: question.by.map(|by| <&'static str>::from(by).to_owned()),
        indicators: question.indicators.iter().map(|indicator| (*indicator).clone()).collect(),
        total: computed.total(&ground, &question),
        rows: computed.rows(&ground, &question, &bodies),
        open_findings,
        opening_bodies: bodies.count_opening(&computed.areas_above(&territory)),
        set_aside: i64::try_from(set_aside).unwrap_or(i64::MAX),
    };
    if state == PeriodState::NotBegun {
        // What stands today is no figure of it.
        let rows = figures.rows.iter_mut().flat_map(|row| &mut row.values);
        for figure in figures.total.iter_mut().chain(rows) {
            (figure.value, figure.state) = (None, FigureState::NoData);
        }
    }
    Ok(figures)
}

fn name_of(territory: &Territory, id: &AreaId) -> Option<AreaName> {
    territory.find(id).map(|area| AreaName { id: area.id.clone(), code: area.code.clone(), name: area.name.clone() })
}

/// The superior bodies on the period's last day, each with whether it is still opening.
struct Bodies(Vec<(SuperiorBody, bool)>);

impl Bodies {
    fn new(bodies: Vec<SuperiorBody>, starts: &RecordingStarts, on: NaiveDate) -> Self {
        let above: BTreeMap<Id, Id> = bodies.iter().filter_map(|body| Some((body.id, body.above?))).collect();
        let with_state = |body: SuperiorBody| {
            let is_opening = starts.is_opening(body.id, &above, on);
            (body, is_opening)
        };
        Self(bodies.into_iter().map(with_state).collect())
    }

    /// How many of those that stand on some areas are still opening.
    fn count_opening(&self, areas: &BTreeSet<AreaId>) -> i64 {
        let opening = self.0.iter().filter(|(body, is_opening)| *is_opening && areas.contains(&body.area()));
        i64::try_from(opening.count()).unwrap_or(i64::MAX)
    }

    fn names(&self) -> impl Iterator<Item = BodyName> {
        self.0.iter().map(|(body, is_opening)| BodyName {
            id: body.id,
            branch: body.branch.clone(),
            name: body.name.clone(),
            is_opening: *is_opening,
        })
    }
}

/// Counts on their way to rows.
struct Computed {
    spots: BTreeMap<Spot, BTreeSet<AreaId>>,
    by_spot: BTreeMap<(Spot, usize), i64>,
    by_group: BTreeMap<(Option<String>, usize), i64>,
}

impl Computed {
    fn new(ground: &Ground<'_>, question: &Question<'_>) -> Self {
        let belonging = ground.belonging();
        let spots = ground.spots_of(&belonging, question.period.last_on);
        Self { spots, by_spot: BTreeMap::new(), by_group: BTreeMap::new() }
    }

    fn add_areas(&mut self, ground: &Ground<'_>, column: usize, counted: &[Counted]) {
        let belonging = ground.belonging();
        for one in counted.iter().filter(|one| one.value != 0) {
            if let Some(spot) = ground.spot(&belonging, &one.area) {
                self.spots.entry(spot.clone()).or_default().insert(one.area.clone());
                *self.by_spot.entry((spot, column)).or_default() += one.value;
            }
        }
    }

    fn add_groups(&mut self, ground: &Ground<'_>, column: usize, counted: &[Counted]) {
        let belonging = ground.belonging();
        let is_shown = |one: &&Counted| one.value != 0 && ground.spot(&belonging, &one.area).is_some();
        for one in counted.iter().filter(is_shown) {
            *self.by_group.entry((one.group.clone(), column)).or_default() += one.value;
        }
    }

    /// The communes of the answer, and the areas that they are parts of.
    fn areas_above(&self, territory: &Territory) -> BTreeSet<AreaId> {
        let communes = self.spots.values().flatten();
        communes.flat_map(|leaf| territory.path(leaf)).map(|area| area.id.clone()).collect()
    }

    fn total(&self, ground: &Ground<'_>, question: &Question<'_>) -> Vec<FigureValue> {
        let all: Vec<&Spot> = self.spots.keys().collect();
        self.values(ground, question, &all)
    }

    fn values(&self, ground: &Ground<'_>, question: &Question<'_>, spots: &[&Spot]) -> Vec<FigureValue> {
        let leaves: BTreeSet<AreaId> =
            spots.iter().filter_map(|spot| self.spots.get(*spot)).flatten().cloned().collect();
        let value = |(column, indicator): (usize, &&Indicator)| {
            let sum = spots.iter().filter_map(|spot| self.by_spot.get(&((*spot).clone(), column))).sum();
            figure(indicator, sum, ground.has_data(indicator, &leaves, &question.period))
        };
        question.indicators.iter().enumerate().map(value).collect()
    }

    fn rows(&self, ground: &Ground<'_>, question: &Question<'_>, bodies: &Bodies) -> Vec<FigureRow> {
        match question.by {
            Some(By::SuperiorBody) => self.body_rows(question, bodies),
            Some(By::Branch) => self.branch_rows(question),
            Some(By::District) => self.area_rows(ground, question, AreaLevel::District),
            Some(By::Commune) => self.area_rows(ground, question, AreaLevel::Commune),
            None => Vec::new(),
        }
    }

    fn area_rows(&self, ground: &Ground<'_>, question: &Question<'_>, level: AreaLevel) -> Vec<FigureRow> {
        let mut groups: BTreeMap<Option<AreaId>, Vec<&Spot>> = BTreeMap::new();
        for spot in self.spots.keys() {
            let row = match spot {
                // A map without that level is shown by its communes.
                Spot::Leaf(leaf) => Some(ground.row_of(leaf, level).unwrap_or_else(|| leaf.clone())),
                Spot::Undecided => None,
            };
            groups.entry(row).or_default().push(spot);
        }
        let row = |(area, spots): (Option<AreaId>, Vec<&Spot>)| {
            let former = spots.iter().filter_map(|spot| self.spots.get(*spot)).flatten();
            let former_areas = match &area {
                Some(_) => Vec::new(),
                None => former.filter_map(|id| name_of(ground.territory, id)).collect(),
            };
            FigureRow {
                key: area.as_ref().map_or_else(|| UNDECIDED.to_owned(), AreaId::to_string),
                area: area.as_ref().and_then(|id| name_of(ground.territory, id)),
                superior_body: None,
                branch: None,
                former_areas,
                values: self.values(ground, question, &spots),
            }
        };
        // What nobody can place comes last.
        let (undecided, placed): (Vec<_>, Vec<_>) = groups.into_iter().partition(|(area, _)| area.is_none());
        placed.into_iter().chain(undecided).map(row).collect()
    }

    /// The figures of one group.
    fn group_values(&self, question: &Question<'_>, group: &Option<String>) -> Vec<FigureValue> {
        let value = |(column, indicator): (usize, &&Indicator)| {
            let sum = self.by_group.get(&(group.clone(), column)).copied();
            figure(indicator, sum.unwrap_or_default(), true)
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
            FigureRow { key, area: None, superior_body: None, branch: group, former_areas: Vec::new(), values }
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

fn figure(indicator: &Indicator, sum: i64, has_data: bool) -> FigureValue {
    let indicator = indicator.code.clone();
    // What was recorded is shown even where nobody stated that all of it was.
    if has_data || sum != 0 {
        FigureValue { indicator, value: Some(sum), state: FigureState::Value }
    } else {
        FigureValue { indicator, value: None, state: FigureState::NoData }
    }
}

/// Returns the entries that a figure counted, after a place: one more than the page holds.
pub(super) fn counted_entries(
    conn: &mut AnyConnection,
    catalogue: &Catalogue,
    indicator: &Indicator,
    scope: &Scope,
    asked: &EntriesAsked,
    page: &PageQuery<EntryPlace>,
) -> Result<Vec<CountedEntryRow>> {
    let position = AsOf::parse(asked.as_of.as_deref())?.resolve(conn, catalogue.version())?;
    let territory = load_territory_at(conn, position.registry)?;
    let figures = FiguresAsked {
        period: asked.period.clone(),
        area: asked.area.clone(),
        map: asked.map,
        ..FiguresAsked::default()
    };
    let question = understand(&figures, catalogue, &territory, scope)?;
    let row = Row::parse(asked.by.as_deref(), asked.row.as_deref())?;
    if row.superior_body.is_some() && asked.superior_body.is_some() {
        let mut faults = Faults::new();
        let wrong = Wrong::new(Code::AgainstEachOther).with("reason", "superior_body, row");
        faults.add_parameter("superior_body", wrong);
        faults.finish()?;
    }
    let ground = Ground { territory: &territory, scope, coverages: &[], area: question.area, map_on: question.map_on };
    let filter = EntriesFilter {
        days: (question.period.first_on, question.period.last_on),
        position: &position,
        areas: row.areas(&ground),
        superior_body: row.superior_body.or(asked.superior_body.map(Some)),
        branch: row.branch,
    };
    list_counted_entries(conn, indicator, &filter, page.after, page.limit + 1)
}
