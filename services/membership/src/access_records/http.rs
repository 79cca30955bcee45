//! Access records over HTTP.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, web};
use futures_util::stream::try_unfold;
use serde::Deserialize;
use shared::access::{May, Scope, needs};
use shared::http::{Answer, Page, PageQuery, Query, chosen_words, remote_address};
use shared::storage::Db;
use shared::text::Short;
use shared::validate::Faults;
use shared::{Error, Id, Moment, Result, ResultExt};

use super::store::{self, ACTIONS, AccessFilter};
use super::{AccessRecord, NewAccessRecord};
use crate::State;

/// Which access records.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListAccessRecords {
    /// Of looks at this person.
    person: Option<Id>,
    /// Of this caller: `client:<id>` or `service:<name>`.
    #[param(inline)]
    actor: Option<Short<100>>,
    /// Of these actions, separated by commas: `list`, `read`, `reveal`, `export`.
    action: Option<String>,
    /// From this instant on.
    #[param(inline)]
    since: Option<Moment>,
    /// Before this instant.
    #[param(inline)]
    until: Option<Moment>,
    /// How many at most, 1-200; 50 if left out.
    limit: Option<i64>,
    /// The cursor of the page, from the page before.
    cursor: Option<String>,
    /// Whether to count them all: `true`.
    count: Option<bool>,
}

/// Which access records to export.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportAccessRecords {
    /// Of looks at this person.
    person: Option<Id>,
    /// Of this caller: `client:<id>` or `service:<name>`.
    #[param(inline)]
    actor: Option<Short<100>>,
    /// Of these actions, separated by commas: `list`, `read`, `reveal`, `export`.
    action: Option<String>,
    /// From this instant on.
    #[param(inline)]
    since: Option<Moment>,
    /// Before this instant.
    #[param(inline)]
    until: Option<Moment>,
}

fn chosen_actions(text: Option<&str>) -> Result<Option<Vec<String>>> {
    let mut faults = Faults::new();
    let actions = chosen_words(&mut faults, "action", text, &ACTIONS);
    faults.finish()?;
    Ok(actions)
}

/// Lists who looked at whom, latest first.
///
/// Needs `access_record.read`.
#[utoipa::path(tag = "people", params(ListAccessRecords), responses((status = 200, body = Page<AccessRecord>)))]
#[get("/v1/access-records")]
pub(crate) async fn list_access_records(
    may: May<needs::ReadAccessRecord>,
    query: Query<ListAccessRecords>,
    state: web::Data<State>,
) -> Answer<Page<AccessRecord>> {
    let ListAccessRecords { person, actor, action, since, until, limit, cursor, count } = query.0;
    let (since, until, actor) = (since.map(Moment::get), until.map(Moment::get), actor.map(String::from));
    let page = PageQuery::<Id>::parse("access-records", limit, cursor.as_deref())?;
    let filter = AccessFilter { person, actor, actions: chosen_actions(action.as_deref())?, since, until };
    let (scope, wanted, is_counted) = (may.scope.clone(), page.clone(), count == Some(true));
    let found = state.db.read(move |conn| {
        let total = is_counted.then(|| store::count(conn, &scope, &filter)).transpose()?;
        Ok((store::list(conn, &scope, &filter, wanted.after, wanted.limit + 1)?, total))
    });
    let (items, total) = found.await?;
    let answer = page.page("access-records", items, |record: &AccessRecord| record.id)?;
    Ok(Page { total, ..answer })
}

/// Exports who looked at whom, latest first, as a table for a spreadsheet. Leaves one access record.
///
/// Needs `access_record.read`. UTF-8 with a byte order mark, separated by commas; a cell that a spreadsheet would take
/// for a formula begins with an apostrophe.
#[utoipa::path(tag = "people", params(ExportAccessRecords),
    responses((status = 200, body = String, content_type = "text/csv", description = "One look a line")))]
#[get("/v1/access-records/export")]
pub(crate) async fn export_access_records(
    may: May<needs::ReadAccessRecord>,
    query: Query<ExportAccessRecords>,
    request: HttpRequest,
    state: web::Data<State>,
) -> Answer<HttpResponse> {
    let ExportAccessRecords { person, actor, action, since, until } = query.0;
    let (since, until, actor) = (since.map(Moment::get), until.map(Moment::get), actor.map(String::from));
    // The record is seen by every inspector: whom the export was about is not for all of them.
    let of_one = person.is_some();
    let described = format!("of_one_person={of_one} actor={actor:?} action={action:?} since={since:?} until={until:?}");
    // What is looked at afterwards is not in it.
    let until = Some(until.unwrap_or(may.at).min(may.at));
    let filter = AccessFilter { person, actor, actions: chosen_actions(action.as_deref())?, since, until };
    let (scope, asked) = (may.scope.clone(), filter.clone());
    let count = state.db.read(move |conn| store::count(conn, &scope, &asked)).await?;
    let record = NewAccessRecord {
        filter: Some(described),
        count,
        remote_address: remote_address(&request),
        ..NewAccessRecord::of("export")
    };
    state.access.record(may.act(), record).await?;
    let export = Export { db: state.db.clone(), scope: may.scope.clone(), filter, place: Place::Head };
    let lines = try_unfold(export, |export| async move {
        export.next().await.inspect_err(|error| log::error!("an export of access records is cut off: {error:?}"))
    });
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"access-records.csv\""))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .streaming(lines))
}

/// How far an export is: it reads by key, some at a time, and holds no long snapshot.
struct Export {
    db: Db,
    scope: Scope,
    filter: AccessFilter,
    place: Place,
}

enum Place {
    Head,
    After(Option<Id>),
    End,
}

impl Export {
    async fn next(mut self) -> Result<Option<(web::Bytes, Self)>> {
        const RECORDS_A_PART: i64 = 1000;
        let after = match self.place {
            Place::Head => {
                self.place = Place::After(None);
                let head = ["accessed_at", "actor", "action", "person_id", "purpose", "fields", "filter", "count"];
                let head = head.into_iter().chain(["remote_address", "id"]).map(str::to_owned).collect();
                // Excel takes a file without the mark for another encoding.
                let part = ["\u{feff}".as_bytes(), &written(&[head])?].concat();
                return Ok(Some((part.into(), self)));
            }
            Place::After(after) => after,
            Place::End => return Ok(None),
        };
        let (scope, filter) = (self.scope.clone(), self.filter.clone());
        let part = self.db.read(move |conn| store::list(conn, &scope, &filter, after, RECORDS_A_PART)).await?;
        let Some(last) = part.last() else { return Ok(None) };
        let is_full = i64::try_from(part.len()).is_ok_and(|count| count == RECORDS_A_PART);
        self.place = if is_full { Place::After(Some(last.id)) } else { Place::End };
        let lines: Vec<Vec<String>> = part.into_iter().map(cells).collect();
        Ok(Some((written(&lines)?.into(), self)))
    }
}

fn cells(record: AccessRecord) -> Vec<String> {
    let id = |id: Option<Id>| id.map(|id| id.to_string()).unwrap_or_default();
    vec![
        record.accessed_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        record.actor,
        record.action,
        id(record.person_id),
        record.purpose.unwrap_or_default(),
        record.fields.unwrap_or_default(),
        record.filter.unwrap_or_default(),
        record.count.to_string(),
        record.remote_address.unwrap_or_default(),
        record.id.to_string(),
    ]
}

fn written(lines: &[Vec<String>]) -> Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for line in lines {
        writer.write_record(line.iter().map(|cell| harmless(cell))).doing("writing a table")?;
    }
    writer.into_inner().map_err(|error| Error::internal(error.to_string()))
}

/// A spreadsheet computes what begins like a formula.
fn harmless(cell: &str) -> String {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_formula { format!("'{cell}") } else { cell.to_owned() }
}
