//! Listing and exporting access records: what the handlers of the services share.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use futures_util::stream::try_unfold;
use serde::Deserialize;

use super::store::{self, ACTIONS, AccessFilter};
use super::{AccessRecord, AccessRecorder, NewAccessRecord, described, looked_over};
use crate::access::{Allowed, May, Scope};
use crate::http::{Costly, Page, PageQuery, chosen_words};
use crate::lists::Total;
use crate::personal::Vault;
use crate::storage::Db;
use crate::territory::Territory;
use crate::text::{Short, spreadsheet_cell};
use crate::validate::Faults;
use crate::{Error, Id, Moment, Result, ResultExt};

/// Which access records.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListAccessRecords {
    /// Of looks at this person or household, by its path: `/v1/people/{id}`.
    #[param(inline)]
    subject: Option<Short<100>>,
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
pub struct ExportAccessRecords {
    /// Of looks at this person or household, by its path: `/v1/people/{id}`.
    #[param(inline)]
    subject: Option<Short<100>>,
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

/// Lists looks within the caller's reach, latest first.
///
/// # Errors
/// Faults of the query; fails when the database does.
pub async fn list(db: &Db, vault: &Vault, scope: &Scope, query: ListAccessRecords) -> Result<Page<AccessRecord>> {
    let ListAccessRecords { subject, actor, action, since, until, limit, cursor, count } = query;
    let (since, until, actor) = (since.map(Moment::get), until.map(Moment::get), actor.map(String::from));
    let subject = subject.map(String::from);
    let page = PageQuery::<Id>::parse("access-records", limit, cursor.as_deref())?;
    let filter = AccessFilter { subject, actor, actions: chosen_actions(action.as_deref())?, since, until };
    let (scope, vault, wanted, is_counted) = (scope.clone(), vault.clone(), page.clone(), count == Some(true));
    let found = db.read(move |conn| {
        let total = is_counted.then(|| store::count(conn, &scope, &filter)).transpose()?;
        Ok((store::list(conn, &scope, &vault, &filter, wanted.after, wanted.limit + 1)?, total))
    });
    let (items, total) = found.await?;
    let answer = page.page("access-records", items, |record: &AccessRecord| record.id)?;
    Ok(answer.counted(total.map(Total::all)))
}

/// Exports looks within the caller's reach as a table, and records that.
///
/// # Errors
/// Faults of the query; fails when the look cannot be recorded.
pub async fn export<P: Allowed>(
    db: &Db,
    recorder: (&AccessRecorder, &Vault, &Costly),
    may: &May<P>,
    territory: &Territory,
    query: ExportAccessRecords,
    remote_address: Option<String>,
) -> Result<HttpResponse> {
    let ExportAccessRecords { subject, actor, action, since, until } = query;
    let (since, until, actor) = (since.map(Moment::get), until.map(Moment::get), actor.map(String::from));
    let subject = subject.map(String::from);
    let instant = |at: Option<DateTime<Utc>>| at.map(|at| at.to_rfc3339());
    let described = described([
        // Whom the export was about is not for every inspector who sees the record.
        ("subject", subject.is_some().then(|| "one".to_owned())),
        ("actor", actor.clone()),
        ("action", action.clone()),
        ("since", instant(since)),
        ("until", instant(until)),
    ]);
    // What is looked at afterwards is not in it.
    let until = Some(until.unwrap_or(may.at).min(may.at));
    let filter = AccessFilter { subject, actor, actions: chosen_actions(action.as_deref())?, since, until };
    let (scope, counted) = (may.scope.clone(), filter.clone());
    let turn = recorder.2.turn(&may.caller.subject).await?;
    let count = db.read(move |conn| {
        let _turn = turn;
        store::count(conn, &scope, &counted)
    });
    let count = count.await?;
    let area = looked_over(may, territory, None);
    let record =
        NewAccessRecord { filter: Some(described), count, area, remote_address, ..NewAccessRecord::of("export") };
    recorder.0.record(may.act(), record).await?;
    let export = Export {
        db: db.clone(),
        vault: recorder.1.clone(),
        costly: recorder.2.clone(),
        caller: may.caller.subject.clone(),
        scope: may.scope.clone(),
        filter,
        place: Place::Head,
    };
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
    vault: Vault,
    costly: Costly,
    caller: String,
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
                let head = ["accessed_at", "actor", "action", "subject", "purpose", "fields", "filter", "count"];
                let head = head.into_iter().chain(["remote_address", "id"]).map(str::to_owned).collect();
                // Excel takes a file without the mark for another encoding.
                let part = ["\u{feff}".as_bytes(), &written(&[head])?].concat();
                return Ok(Some((part.into(), self)));
            }
            Place::After(after) => after,
            Place::End => return Ok(None),
        };
        let (scope, vault, filter) = (self.scope.clone(), self.vault.clone(), self.filter.clone());
        // Each part waits for a turn of its own: who reads slowly holds none meanwhile.
        let turn = self.costly.turn(&self.caller).await?;
        let part = self.db.read(move |conn| {
            let _turn = turn;
            store::list(conn, &scope, &vault, &filter, after, RECORDS_A_PART)
        });
        let part = part.await?;
        let Some(last) = part.last() else { return Ok(None) };
        let is_full = i64::try_from(part.len()).is_ok_and(|count| count == RECORDS_A_PART);
        self.place = if is_full { Place::After(Some(last.id)) } else { Place::End };
        let lines: Vec<Vec<String>> = part.into_iter().map(cells).collect();
        Ok(Some((written(&lines)?.into(), self)))
    }
}

fn cells(record: AccessRecord) -> Vec<String> {
    vec![
        record.accessed_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        record.actor,
        record.action,
        record.subject.unwrap_or_default(),
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
        writer.write_record(line.iter().map(|cell| spreadsheet_cell(cell))).doing("writing a table")?;
    }
    writer.into_inner().map_err(|error| Error::internal(error.to_string()))
}
