//! Computes figures: counts in SQL and adds communes up along a map, in one snapshot of the database.

use shared::Code;
use shared::Result;
use shared::access::Scope;
use shared::clock::vietnam_day;
use shared::follow::load_territory_at;
use shared::http::PageQuery;
use shared::storage::AnyConnection;
use shared::territory::AreaId;
use shared::validate::{Faults, Wrong};

use super::answer::{By, EntriesAsked, FigureState, Figures, FiguresAsked, PeriodDays, PeriodState};
use super::counts::count_all;
use super::entries::{CountedEntryRow, EntriesFilter, EntryPlace, list_counted_entries};
use super::position::{AsOf, Mark};
use super::question::understand;
use super::roll_up::MapQuery;
use super::row::Row;
use super::rows::{Bodies, Computed, name_of};
use super::store;
use crate::coverage::list_coverages_at;
use crate::indicators::{Catalogue, Indicator};
use crate::periods::RecordingStarts;
use crate::steps::Steps;

/// Computes figures at a position, in one snapshot of the database.
///
/// # Errors
/// Faults of the parameters; `projection_building`; `position_unknown`.
pub fn compute(
    conn: &mut AnyConnection,
    catalogue: &Catalogue,
    scope: &Scope,
    (asked, faults): (&FiguresAsked, Faults),
) -> Result<Figures> {
    let position = AsOf::parse(asked.as_of.as_deref())?.resolve(conn, catalogue.version())?;
    let territory = load_territory_at(conn, position.registry)?;
    let coverages = list_coverages_at(conn, position.reporting)?;
    let question = understand(asked, catalogue, &territory, scope, faults)?;
    let map_query = MapQuery {
        territory: &territory,
        scope,
        coverages: &coverages,
        area: question.area.clone(),
        map_on: question.map_on,
    };
    let mut computed = Computed::new(&map_query, &question);
    let grouping = question.by.and_then(By::grouping);
    let counts = count_all(conn, &question.indicators, &question.period, &position, grouping)?;
    for (column, count) in counts.iter().enumerate() {
        computed.add_areas(&map_query, column, &count.areas);
        computed.add_groups(&map_query, column, &count.groups);
    }
    computed.judge_coverage(&map_query, &question);
    let bodies = store::list_superior_bodies(conn, &position, question.period.last_on)?;
    let bodies = Bodies::new(bodies, &RecordingStarts::at(conn, position.membership)?, question.period.last_on);
    let findings = store::list_open_findings(conn, &position)?;
    let belonging = map_query.belonging();
    // Count a finding only if the caller may read both records; otherwise the count reveals the hidden one.
    let is_told = |areas: &&Vec<AreaId>| {
        areas.iter().all(|area| scope.may_read(area))
            && areas.iter().any(|area| map_query.place_of(&belonging, area).is_some())
    };
    let set_aside = store::list_set_aside(conn, &position)?;
    let set_aside = set_aside.iter().filter(|area| map_query.concerns(&belonging, area.as_ref())).count();
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
        total: computed.total(&question),
        rows: computed.rows(&map_query, &question, &bodies),
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

/// Returns the entries that a figure counted, after a place: one more than the page holds.
pub(super) fn counted_entries(
    conn: &mut AnyConnection,
    catalogue: &Catalogue,
    indicator: &Indicator,
    scope: &Scope,
    (asked, mut faults): (&EntriesAsked, Faults),
    page: &PageQuery<EntryPlace>,
    steps: Steps,
) -> Result<Vec<CountedEntryRow>> {
    let position = AsOf::parse(asked.as_of.as_deref())?.resolve(conn, catalogue.version())?;
    let territory = load_territory_at(conn, position.registry)?;
    let figures = FiguresAsked {
        period: asked.period.clone(),
        area: asked.area.clone(),
        map: asked.map,
        ..FiguresAsked::default()
    };
    let row = Row::parse(&mut faults, asked.by.as_deref(), asked.row.as_deref()).unwrap_or_default();
    if row.superior_body.is_some() && asked.superior_body.is_some() {
        let wrong = Wrong::new(Code::AgainstEachOther).with("reason", "superior_body, row");
        faults.add_parameter("superior_body", wrong);
    }
    let question = understand(&figures, catalogue, &territory, scope, faults)?;
    let map_query =
        MapQuery { territory: &territory, scope, coverages: &[], area: question.area, map_on: question.map_on };
    let filter = EntriesFilter {
        days: (question.period.first_on, question.period.last_on),
        position: &position,
        areas: row.areas(&map_query),
        superior_body: row.superior_body.or(asked.superior_body.map(Some)),
        branch: row.branch,
        steps,
    };
    list_counted_entries(conn, indicator, &filter, page.after, page.limit + 1)
}
