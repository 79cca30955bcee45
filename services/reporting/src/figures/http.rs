//! Figures over HTTP.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, get, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::access::{May, Scope, needs};
use shared::http::{Answer, Page, PageQuery, Query, table_response, tagged, tagged_json, written_table};
use shared::messages::Language;
use shared::published::Decision;
use shared::territory::AreaId;
use shared::{Code, Day, Error, Id, Moment, Result};

use super::answer::{EntriesAsked, Figures, FiguresAsked};
use super::compute::{compute, counted_entries};
use super::entries::{CountedEntryRow, EntryPlace};
use super::table::{SHEET_HEAD, sheet_of, table_of};
use crate::indicators::Counts;
use crate::state::State;

/// An entry that a figure counted. If the entry is in an area outside the caller's scope (the organisation is in another
/// commune than the unit that counts), only what counts here is shown: the rest is null.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct CountedEntry {
    /// The service whose journal holds it.
    source: String,
    /// The entry.
    entry_id: Option<Id>,
    /// Where the entry is to be read, for those who may.
    entry: Option<String>,
    /// What happened.
    kind: Option<String>,
    /// The record that changed.
    subject: Option<String>,
    /// The commune it counts in, as it was on the day.
    area: AreaId,
    /// The superior body it counts under.
    superior_body_id: Option<Id>,
    /// The day it happened.
    occurred_on: Option<NaiveDate>,
    /// When it was recorded.
    recorded_at: Option<Moment>,
    /// What it adds to the figure; below nothing where it takes away.
    value: i64,
    /// The economic unit that counts, of a figure of distinct units.
    economic_unit_id: Option<Id>,
    /// The decision behind it.
    decision: Option<Decision>,
}

/// Computes figures. `/v1/figures.txt` shows them as a table for people, `/v1/figures.csv` for spreadsheets.
///
/// Needs `figure.read`. A followed service that does not answer, or whose journal cannot be followed on, is
/// named in the header `Stale-Sources`; the figures are those of the position.
#[utoipa::path(tag = "figures", params(FiguresAsked), responses((status = 200, body = Figures)))]
#[get("/v1/figures")]
pub(crate) async fn find_figures(
    may: May<needs::ReadFigure>,
    query: Query<FiguresAsked>,
    request: HttpRequest,
    state: web::Data<State>,
) -> Answer<HttpResponse> {
    let figures = figures_of(&may, query, &state).await?;
    let is_for_people = header_of(&request, header::ACCEPT).is_some_and(|accept| accept.starts_with("text/plain"));
    if is_for_people {
        return Ok(written_for_people(&request, &figures, &state));
    }
    Ok(tagged_json(&request, response_of(HttpResponse::Ok(), &state), &figures))
}

/// Computes figures as a table for people, in Vietnamese or English (`Accept-Language`), at most 100 characters wide.
///
/// Needs `figure.read`. `Stale-Sources` is as of the figures as JSON.
#[utoipa::path(tag = "figures", params(FiguresAsked),
    responses((status = 200, body = String, content_type = "text/plain", description = "The figures, in monospaced text")))]
#[get("/v1/figures.txt")]
pub(crate) async fn find_figures_as_text(
    may: May<needs::ReadFigure>,
    query: Query<FiguresAsked>,
    request: HttpRequest,
    state: web::Data<State>,
) -> Answer<HttpResponse> {
    let figures = figures_of(&may, query, &state).await?;
    Ok(written_for_people(&request, &figures, &state))
}

/// Computes figures as a table for a spreadsheet: one figure a line, the totals first (`key` is `total`). Labels are in
/// Vietnamese or English (`Accept-Language`).
///
/// Needs `figure.read`. UTF-8 with a byte order mark, separated by commas; a cell that a spreadsheet would take for a formula
/// begins with an apostrophe. `value` is empty where `state` is neither `value` nor `partial`. `Stale-Sources` is as of the figures as JSON.
#[utoipa::path(tag = "figures", params(FiguresAsked),
    responses((status = 200, body = String, content_type = "text/csv", description = "One figure a line")))]
#[get("/v1/figures.csv")]
pub(crate) async fn export_figures(
    may: May<needs::ReadFigure>,
    query: Query<FiguresAsked>,
    request: HttpRequest,
    state: web::Data<State>,
) -> Answer<HttpResponse> {
    let figures = figures_of(&may, query, &state).await?;
    let language = language_of(&request);
    let name = format!("figures-{}", figures.period.code);
    let mut response = response_of(table_response(&name), &state);
    response.insert_header((header::CONTENT_LANGUAGE, language.tag()));
    Ok(tagged(&request, response, written_table(&SHEET_HEAD, &sheet_of(&figures, language))?))
}

async fn figures_of(may: &May<needs::ReadFigure>, query: Query<FiguresAsked>, state: &State) -> Result<Figures> {
    let (scope, catalogue) = (may.scope.clone(), state.catalogue.clone());
    let (asked, faults) = query.parts();
    let turn = state.costly.turn(&may.caller.subject).await?;
    let figures = state.db.read(move |conn| {
        let _turn = turn;
        compute(conn, &catalogue, &scope, (&asked, faults))
    });
    figures.await
}

fn header_of(request: &HttpRequest, name: header::HeaderName) -> Option<&str> {
    request.headers().get(name).and_then(|value| value.to_str().ok())
}

fn language_of(request: &HttpRequest) -> Language {
    Language::accepted(header_of(request, header::ACCEPT_LANGUAGE))
}

/// What the forms of figures share.
fn response_of(mut response: HttpResponseBuilder, state: &State) -> HttpResponseBuilder {
    let stale: Vec<&str> =
        state.followers.iter().filter(|one| !one.part().is_current()).map(|one| one.source()).collect();
    if !stale.is_empty() {
        response.insert_header(("Stale-Sources", stale.join(", ")));
    }
    response.insert_header((header::CACHE_CONTROL, "private, no-cache"));
    response.insert_header((header::VARY, "Accept, Accept-Language"));
    response
}

fn written_for_people(request: &HttpRequest, figures: &Figures, state: &State) -> HttpResponse {
    let language = language_of(request);
    let mut response = response_of(HttpResponse::Ok(), state);
    response.insert_header((header::CONTENT_LANGUAGE, language.tag()));
    response.content_type("text/plain; charset=utf-8");
    tagged(request, response, table_of(figures, language).into_bytes())
}

/// Lists the entries that a figure counted: their values add up to the figure. They are in the order of their days. Of a
/// figure of distinct units each unit has one entry, the latest by which it counts, and they are in the order of the
/// units.
///
/// Needs `journal.read`, and in the same area the permission to read what the indicator counts: `member.read`,
/// `organisation.read` or `economic_unit.read`.
#[utoipa::path(tag = "figures",
    params(("indicator" = String, Path, max_length = 60, description = "The indicator's code or name"), EntriesAsked),
    responses((status = 200, body = Page<CountedEntry>)))]
#[get("/v1/figures/{indicator}/entries")]
pub(crate) async fn list_figure_entries(
    may: May<needs::ReadReportingJournal>,
    name: web::Path<String>,
    query: Query<EntriesAsked>,
    state: web::Data<State>,
) -> Answer<Page<CountedEntry>> {
    let (asked, mut faults) = query.parts();
    let page = PageQuery::<EntryPlace>::parse(&mut faults, "figure-entries", asked.limit, asked.cursor.as_deref())?;
    let catalogue = state.catalogue.clone();
    let indicator = catalogue.find(&name).cloned().ok_or_else(|| Error::new(Code::NotFound))?;
    let counted = indicator.permission();
    let scope = may.scope.and(&may.scope_for(counted, &state.territory.get()));
    if scope.is_empty() {
        return Err(counted.missing().into());
    }
    let (wanted, counts_units) = (page.clone(), indicator.counts == Counts::DistinctUnits);
    let steps = state.steps.get();
    let seen = scope.clone();
    let turn = state.costly.turn(&may.caller.subject).await?;
    let rows = state.db.read(move |conn| {
        let _turn = turn;
        counted_entries(conn, &catalogue, &indicator, &scope, (&asked, faults), &wanted, steps)
    });
    let rows = rows.await?;
    Ok(page.page("figure-entries", rows, CountedEntryRow::place)?.map(|row| CountedEntry::of(row, counts_units, &seen)))
}

impl CountedEntry {
    fn of(row: CountedEntryRow, counts_units: bool, scope: &Scope) -> Self {
        // What stands nowhere is seen by those who see everything.
        let is_told = scope.may_read(&AreaId::stored(row.told_in.as_str()));
        let decision = match (row.decision_number, row.decided_on, row.issuing_body) {
            (Some(number), Some(decided_on), Some(issuing_body)) => {
                Some(Decision { number, decided_on: Day::stored(decided_on), issuing_body })
            }
            _ => None,
        };
        Self {
            entry: is_told.then(|| format!("/v1/journal/{}/{}", row.source, row.entry_id)),
            source: row.source,
            entry_id: is_told.then_some(row.entry_id),
            kind: is_told.then_some(row.kind),
            subject: is_told.then_some(row.subject),
            area: AreaId::stored(row.area_id),
            superior_body_id: row.superior_body_id.filter(|_| is_told),
            occurred_on: is_told.then_some(row.occurred_on),
            recorded_at: is_told.then(|| row.recorded_at.into()),
            value: i64::from(row.sign) * row.count,
            economic_unit_id: row.thing.filter(|_| counts_units),
            decision: decision.filter(|_| is_told),
        }
    }
}
