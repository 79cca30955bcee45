//! Figures over HTTP.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use shared::access::{May, Permission, Scope, needs};
use shared::follow::load_territory_at;
use shared::http::{Answer, Page, PageQuery, Query};
use shared::messages::Language;
use shared::period::Period;
use shared::published::Decision;
use shared::storage::AnyConnection;
use shared::territory::{AreaId, AreaLevel, Territory};
use shared::validate::{Faults, Wrong};
use shared::{Code, Error, Id, Result};

use super::position::{AsOf, Position};
use super::roll_up::{Ground, Spot};
use super::store::{self, Counted, CountedEntryRow};
use super::table::table_of;
use crate::State;
use crate::coverage::{Coverage, list_coverages_at};
use crate::indicators::{Catalogue, Indicator};

/// Whether a figure is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FigureState {
    /// A number.
    Value,
    /// Nothing was recorded there then: not zero.
    NoData,
    /// The question makes no sense there.
    NotApplicable,
}

/// A figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FigureValue {
    /// The indicator's code.
    pub indicator: String,
    /// The number; null where the state is another than `value`.
    pub value: Option<i64>,
    /// Whether it is known. More may come.
    pub state: FigureState,
}

/// An area by its id, code and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AreaName {
    /// Its id.
    pub id: AreaId,
    /// Its code.
    pub code: String,
    /// Its Vietnamese name.
    pub name: String,
}

/// A superior committee or federation by its id and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BodyName {
    /// Its id.
    pub id: Id,
    /// Its branch.
    pub branch: String,
    /// Its name.
    pub name: String,
}

/// The figures of one area or body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FigureRow {
    /// What the row stands for: an area's or a body's id, `undecided`, or `none` (no superior body).
    pub key: String,
    /// The area, in a break-down by areas.
    pub area: Option<AreaName>,
    /// The body, in a break-down by superior bodies.
    pub superior_body: Option<BodyName>,
    /// On the row `undecided`: the former communes whose place on this map nobody can say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_areas: Vec<AreaName>,
    /// The figures, in the order of `indicators`.
    pub values: Vec<FigureValue>,
}

/// The period asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PeriodDays {
    /// As it was asked: `2022-H1`.
    pub code: String,
    /// Its first day.
    pub first_on: NaiveDate,
    /// Its last day.
    pub last_on: NaiveDate,
}

/// How far a followed journal had been read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SourceState {
    /// The service.
    pub service: String,
    /// The last entry counted.
    pub seq: i64,
    /// When that entry was recorded.
    pub recorded_until: Option<DateTime<Utc>>,
}

/// Figures for an area, a period and a map, at a position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Figures {
    /// Where in the journals these figures were counted: as `as_of` it gives the same bytes again.
    pub position: String,
    /// How far each followed journal had been read.
    pub sources: Vec<SourceState>,
    /// The period.
    pub period: PeriodDays,
    /// The area; null: all that the caller may see.
    pub area: Option<AreaName>,
    /// The day whose structure the areas are shown in.
    pub map_on: NaiveDate,
    /// The break-down: `district`, `commune`, `superior_body`; null: totals only.
    pub by: Option<String>,
    /// The indicators, in the order of all values.
    pub indicators: Vec<Indicator>,
    /// The figures of the whole.
    pub total: Vec<FigureValue>,
    /// The break-down.
    pub rows: Vec<FigureRow>,
    /// How many findings stand open in the area that could change these figures.
    pub open_findings: i64,
}

/// Which figures.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FiguresAsked {
    /// `2022`, `2022-H1`, `2022-Q3`, `2022-9M` or `2022-06`.
    pub period: String,
    /// An area's id, or its bare code on the map's day; left out: all that the caller may see.
    pub area: Option<String>,
    /// Broken down by `district`, `commune` or `superior_body`.
    pub by: Option<String>,
    /// The day whose structure the areas are shown in; the period's last day if left out.
    pub map: Option<NaiveDate>,
    /// A position, or an instant: what was known then.
    pub as_of: Option<String>,
    /// Only these indicators, by code or name, separated by commas.
    pub indicator: Option<String>,
}

/// Which entries.
#[derive(Debug, Clone, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EntriesAsked {
    /// The period, as of the figure.
    period: String,
    /// The area, as of the figure or of one of its rows.
    area: Option<String>,
    /// Only under this superior body.
    superior_body: Option<Id>,
    /// The map, as of the figure.
    map: Option<NaiveDate>,
    /// The position, as of the figure.
    as_of: Option<String>,
    /// How many at most, 1-200; 50 if left out.
    limit: Option<i64>,
    /// The cursor of the page, from the page before.
    cursor: Option<String>,
}

/// An entry that a figure counted.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct CountedEntry {
    /// The service whose journal holds it.
    source: String,
    /// The entry.
    entry_id: Id,
    /// Where the entry is to be read, for those who may.
    entry: String,
    /// What happened.
    kind: String,
    /// The record that changed.
    subject: String,
    /// The commune it counts in, as it was on the day.
    area: AreaId,
    /// The superior body it counts under.
    superior_body_id: Option<Id>,
    /// The day it happened.
    occurred_on: NaiveDate,
    /// When it was recorded.
    recorded_at: DateTime<Utc>,
    /// What it adds to the figure; below nothing where it takes away.
    value: i64,
    /// The decision paper behind it.
    decision: Option<Decision>,
}

/// Computes figures. As a table for people with `Accept: text/plain`.
///
/// Needs `figure.read`. A followed service that does not answer is named in the header `Stale-Sources`; the
/// figures are those of the position.
#[utoipa::path(tag = "figures", params(FiguresAsked), responses(
    (status = 200, content((Figures = "application/json"), (String = "text/plain")))))]
#[get("/v1/figures")]
pub(crate) async fn find_figures(
    may: May<needs::ReadFigure>,
    query: Query<FiguresAsked>,
    request: HttpRequest,
    state: web::Data<State>,
) -> Answer<HttpResponse> {
    let (scope, catalogue) = (may.scope.clone(), state.catalogue.clone());
    let figures = state.db.read(move |conn| compute(conn, &catalogue, &scope, &query.0)).await?;
    let mut response = HttpResponse::Ok();
    let stale: Vec<&str> =
        state.followers.iter().filter(|one| !one.part().is_source_reachable).map(|one| one.source()).collect();
    if !stale.is_empty() {
        response.insert_header(("Stale-Sources", stale.join(", ")));
    }
    response.insert_header((header::CACHE_CONTROL, "private, no-cache"));
    let header_of = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    if header_of(header::ACCEPT).is_some_and(|accept| accept.starts_with("text/plain")) {
        let language = Language::accepted(header_of(header::ACCEPT_LANGUAGE));
        response.insert_header((header::CONTENT_LANGUAGE, language.tag()));
        response.insert_header((header::VARY, "Accept, Accept-Language"));
        return Ok(response.content_type("text/plain; charset=utf-8").body(table_of(&figures, language)));
    }
    Ok(response.json(figures))
}

/// What was asked, understood.
struct Question<'a> {
    period: Period,
    map_on: NaiveDate,
    area: Option<AreaId>,
    by: Option<String>,
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
    if let Err(reason) = &period {
        faults.add_parameter("period", Wrong::new(Code::BadFormat).with("reason", reason));
    }
    let by = asked.by.clone();
    if by.as_deref().is_some_and(|by| !["district", "commune", "superior_body"].contains(&by)) {
        let reason = "district, commune, superior_body";
        faults.add_parameter("by", Wrong::new(Code::UnknownValue).with("reason", reason));
    }
    let mut indicators = Vec::new();
    match &asked.indicator {
        None => indicators.extend(catalogue.all()),
        Some(names) => {
            for name in names.split(',') {
                match catalogue.find(name.trim()) {
                    Some(indicator) => indicators.push(indicator),
                    None => faults.add_parameter("indicator", Wrong::new(Code::UnknownIndicator)),
                }
            }
        }
    }
    let map_on = asked.map.or_else(|| period.as_ref().ok().map(|period| period.last_on));
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
    Ok(Question { period, map_on, area, by, indicators })
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
    for (column, indicator) in question.indicators.iter().enumerate() {
        let by_superior = question.by.as_deref() == Some("superior_body");
        let (first_on, last_on) = (question.period.first_on, question.period.last_on);
        let counted = store::count(conn, indicator, first_on, last_on, &position, false)?;
        computed.add_areas(&ground, column, &counted);
        if by_superior {
            let counted = store::count(conn, indicator, first_on, last_on, &position, true)?;
            computed.add_bodies(&ground, column, &counted);
        }
    }
    let bodies = store::list_superior_bodies(conn, &position)?;
    let findings = store::list_open_findings(conn, &position)?;
    let belonging = ground.belonging();
    // Who does not see both records is not told that there is another one.
    let is_told = |areas: &&Vec<AreaId>| {
        areas.iter().all(|area| scope.may_read(area))
            && areas.iter().any(|area| ground.spot(&belonging, area).is_some())
    };
    let open_findings = i64::try_from(findings.iter().filter(is_told).count()).unwrap_or(i64::MAX);
    Ok(Figures {
        sources: sources(conn, &position)?,
        position: position.to_string(),
        period: PeriodDays {
            code: question.period.to_string(),
            first_on: question.period.first_on,
            last_on: question.period.last_on,
        },
        area: question.area.as_ref().and_then(|id| name_of(&territory, id)),
        map_on: question.map_on,
        by: question.by.clone(),
        indicators: question.indicators.iter().map(|indicator| (*indicator).clone()).collect(),
        total: computed.total(&ground, &question),
        rows: computed.rows(&ground, &question, &bodies),
        open_findings,
    })
}

fn sources(conn: &mut AnyConnection, position: &Position) -> Result<Vec<SourceState>> {
    [("enterprise-registry", position.registry), ("membership", position.membership)]
        .into_iter()
        .map(|(service, seq)| {
            let recorded_until = store::recorded_until(conn, service, seq)?;
            Ok(SourceState { service: service.to_owned(), seq, recorded_until })
        })
        .collect()
}

fn name_of(territory: &Territory, id: &AreaId) -> Option<AreaName> {
    territory.find(id).map(|area| AreaName { id: area.id.clone(), code: area.code.clone(), name: area.name.clone() })
}

/// Counts on their way to rows.
struct Computed {
    spots: BTreeMap<Spot, BTreeSet<AreaId>>,
    by_spot: BTreeMap<(Spot, usize), i64>,
    by_body: BTreeMap<(Option<Id>, usize), i64>,
}

impl Computed {
    fn new(ground: &Ground<'_>, question: &Question<'_>) -> Self {
        let belonging = ground.belonging();
        let spots = ground.spots_of(&belonging, question.period.last_on);
        Self { spots, by_spot: BTreeMap::new(), by_body: BTreeMap::new() }
    }

    fn add_areas(&mut self, ground: &Ground<'_>, column: usize, counted: &[Counted]) {
        let belonging = ground.belonging();
        for one in counted {
            if let Some(spot) = ground.spot(&belonging, &one.area) {
                self.spots.entry(spot.clone()).or_default().insert(one.area.clone());
                *self.by_spot.entry((spot, column)).or_default() += one.value;
            }
        }
    }

    fn add_bodies(&mut self, ground: &Ground<'_>, column: usize, counted: &[Counted]) {
        let belonging = ground.belonging();
        for one in counted.iter().filter(|one| ground.spot(&belonging, &one.area).is_some()) {
            *self.by_body.entry((one.superior_body, column)).or_default() += one.value;
        }
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

    fn rows(
        &self,
        ground: &Ground<'_>,
        question: &Question<'_>,
        bodies: &[(Id, String, String, String)],
    ) -> Vec<FigureRow> {
        match question.by.as_deref() {
            Some("superior_body") => self.body_rows(question, bodies),
            Some("district") => self.area_rows(ground, question, AreaLevel::District),
            Some(_) => self.area_rows(ground, question, AreaLevel::Commune),
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
                key: area.as_ref().map_or_else(|| "undecided".to_owned(), AreaId::to_string),
                area: area.as_ref().and_then(|id| name_of(ground.territory, id)),
                superior_body: None,
                former_areas,
                values: self.values(ground, question, &spots),
            }
        };
        // What nobody can place comes last.
        let (undecided, placed): (Vec<_>, Vec<_>) = groups.into_iter().partition(|(area, _)| area.is_none());
        placed.into_iter().chain(undecided).map(row).collect()
    }

    fn body_rows(&self, question: &Question<'_>, bodies: &[(Id, String, String, String)]) -> Vec<FigureRow> {
        let is_counted = |body: &Option<Id>| self.by_body.keys().any(|(one, _)| one == body);
        let named = bodies.iter().filter(|(id, ..)| is_counted(&Some(*id))).map(|(id, branch, _, name)| {
            (id.to_string(), Some(*id), Some(BodyName { id: *id, branch: branch.clone(), name: name.clone() }))
        });
        let without = is_counted(&None).then(|| ("none".to_owned(), None, None));
        named
            .chain(without)
            .map(|(key, id, superior_body)| {
                let value = |(column, indicator): (usize, &&Indicator)| {
                    let sum = self.by_body.get(&(id, column)).copied();
                    figure(indicator, sum.unwrap_or_default(), true)
                };
                let values = question.indicators.iter().enumerate().map(value).collect();
                FigureRow { key, area: None, superior_body, former_areas: Vec::new(), values }
            })
            .collect()
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

/// Lists the entries that a figure counted, in the journals' order: their values add up to the figure.
///
/// Needs `journal.read`, and `member.read` for indicators that count members. A figure of distinct units is
/// not the sum of its entries: each unit counts once.
#[utoipa::path(tag = "figures",
    params(("indicator" = String, Path, description = "The indicator's code or name"), EntriesAsked),
    responses((status = 200, body = Page<CountedEntry>)))]
#[get("/v1/figures/{indicator}/entries")]
pub(crate) async fn list_figure_entries(
    may: May<needs::ReadReportingJournal>,
    name: web::Path<String>,
    query: Query<EntriesAsked>,
    state: web::Data<State>,
) -> Answer<Page<CountedEntry>> {
    let asked = query.0;
    let page = PageQuery::<(String, i64, String)>::parse("figure-entries", asked.limit, asked.cursor.as_deref())?;
    let catalogue = state.catalogue.clone();
    let indicator = catalogue.find(&name).cloned().ok_or_else(|| Error::new(Code::NotFound))?;
    if indicator.is_about_members() && !may.also(Permission::ReadMember) {
        return Err(Error::new(Code::InsufficientScope).with("permission", Permission::ReadMember.as_str()).into());
    }
    let (scope, wanted) = (may.scope.clone(), page.clone());
    let rows =
        state.db.read(move |conn| counted_entries(conn, &catalogue, &indicator, &scope, &asked, &wanted)).await?;
    let page = page
        .page("figure-entries", rows, |row| (row.source.clone(), row.seq, row.fact_id.to_string().replace('-', "")))?;
    let items = page.items.into_iter().map(CountedEntry::from).collect();
    Ok(Page { items, next: page.next, total: None })
}

fn counted_entries(
    conn: &mut AnyConnection,
    catalogue: &Catalogue,
    indicator: &Indicator,
    scope: &Scope,
    asked: &EntriesAsked,
    page: &PageQuery<(String, i64, String)>,
) -> Result<Vec<CountedEntryRow>> {
    const ROWS_A_STEP: i64 = 500;
    let position = AsOf::parse(asked.as_of.as_deref())?.resolve(conn, catalogue.version())?;
    let territory = load_territory_at(conn, position.registry)?;
    let coverages: Vec<Coverage> = Vec::new();
    let figures = FiguresAsked {
        period: asked.period.clone(),
        area: asked.area.clone(),
        map: asked.map,
        ..FiguresAsked::default()
    };
    let question = understand(&figures, catalogue, &territory, scope)?;
    let ground =
        Ground { territory: &territory, scope, coverages: &coverages, area: question.area, map_on: question.map_on };
    let belonging = ground.belonging();
    let days = (question.period.first_on, question.period.last_on);
    let wanted = usize::try_from(page.limit + 1).unwrap_or(usize::MAX);
    let mut after = page.after.clone().unwrap_or_default();
    let mut found = Vec::new();
    loop {
        let rows = store::list_counted_entries(conn, indicator, days, &position, &after, ROWS_A_STEP)?;
        let is_last = i64::try_from(rows.len()).unwrap_or(0) < ROWS_A_STEP;
        for row in rows {
            after = (row.source.clone(), row.seq, row.fact_id.to_string().replace('-', ""));
            let is_under = asked.superior_body.is_none_or(|body| row.superior_body_id == Some(body));
            if is_under && ground.spot(&belonging, &AreaId::stored(row.area_id.as_str())).is_some() {
                found.push(row);
                if found.len() == wanted {
                    return Ok(found);
                }
            }
        }
        if is_last {
            return Ok(found);
        }
    }
}

impl From<CountedEntryRow> for CountedEntry {
    fn from(row: CountedEntryRow) -> Self {
        let decision = match (row.decision_number, row.decided_on, row.issuing_body) {
            (Some(number), Some(decided_on), Some(issuing_body)) => Some(Decision { number, decided_on, issuing_body }),
            _ => None,
        };
        Self {
            entry: format!("/v1/journal/{}/{}", row.source, row.entry_id),
            source: row.source,
            entry_id: row.entry_id,
            kind: row.kind,
            subject: row.subject,
            area: AreaId::stored(row.area_id),
            superior_body_id: row.superior_body_id,
            occurred_on: row.occurred_on,
            recorded_at: row.recorded_at.and_utc(),
            value: i64::from(row.sign) * row.count,
            decision,
        }
    }
}
