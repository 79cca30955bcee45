//! Rebuilds over HTTP.

use actix_web::{get, post, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use shared::access::{May, needs};
use shared::http::{Answer, Body, Command, Found, Reply};
use shared::journal::Entries;
use shared::{Code, Error, Id};

use super::store::{self, OperationRow};
use crate::State;

/// Builds the facts anew from the journals.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub(crate) struct StartRebuild {}

/// Something that takes longer than a request.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Operation {
    /// Its id.
    id: Id,
    /// `projection_rebuild`. More may come.
    kind: String,
    /// `running`, `done`, `failed` or `interrupted`: its process ended, and nothing was changed. More may come.
    state: String,
    /// How much is done, in journal entries.
    done: i64,
    /// How much there is to do, as far as known; when it is done, what was done.
    total: i64,
    /// What came of it; null while it runs.
    result: Option<String>,
    /// Who started it.
    started_by: String,
    /// When it started.
    started_at: DateTime<Utc>,
    /// When it ended; null while it runs.
    ended_at: Option<DateTime<Utc>>,
    /// The entity tag of this version.
    etag: String,
}

/// While an operation runs, it is worth asking again after so many seconds.
const ASK_AGAIN_SECONDS: u32 = 2;

/// Starts a rebuild of the facts beside those that are served.
///
/// Needs `projection.rebuild` over a whole province. `Location` names the operation. One runs at a time.
#[utoipa::path(tag = "operations", request_body = StartRebuild, responses(
    (status = 202, body = Operation, description = "Started; `Location` names the operation")))]
#[post("/v1/projection-rebuilds")]
pub(crate) async fn start_rebuild(
    may: May<needs::RebuildProjection>,
    body: Body<StartRebuild>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<Operation>> {
    over_a_province(&may, &state)?;
    let reply = command
        .run(&state.db, &may, &body.hash, |tx| {
            let row = store::insert_operation(tx)?;
            let reply = Reply::accepted(address(row.id), Operation::from(row), ASK_AGAIN_SECONDS);
            Ok((reply, Entries::unjournalled("a projection is built anew from the journals that it follows")))
        })
        .await?;
    if let Some(operation) = reply.body().filter(|_| !reply.is_replayed()) {
        state.rebuilder.start(operation.id);
    }
    Ok(reply)
}

/// Returns an operation: how far it is, and how it ended.
///
/// Needs `projection.rebuild` over a whole province.
#[utoipa::path(tag = "operations", params(("id" = Id, Path, description = "The operation")),
    responses((status = 200, body = Operation)))]
#[get("/v1/operations/reporting/{id}")]
pub(crate) async fn find_reporting_operation(
    may: May<needs::RebuildProjection>,
    id: web::Path<Id>,
    state: web::Data<State>,
) -> Answer<Found<Operation>> {
    over_a_province(&may, &state)?;
    let (id, at) = (*id, may.at);
    let row = state.db.look_up(move |conn| store::find_operation(conn, id, at)).await?;
    let row = row.ok_or_else(|| Error::new(Code::NotFound))?;
    let (version, is_running) = (row.version, row.state == "running");
    let found = Found::new(version, Operation::from(row));
    Ok(if is_running { found.ask_again(ASK_AGAIN_SECONDS) } else { found })
}

/// What concerns all areas is there for those who look after a whole province.
fn over_a_province(may: &May<needs::RebuildProjection>, state: &State) -> shared::Result<()> {
    let (territory, today) = (state.territory.get(), may.today());
    let mut tops = territory.areas().filter(|area| area.parent_id.is_none() && area.is_in_force(today));
    if tops.any(|area| may.scope.may_write(&area.id)) { Ok(()) } else { Err(Error::new(Code::NotFound)) }
}

fn address(id: Id) -> String {
    format!("/v1/operations/reporting/{id}")
}

impl From<OperationRow> for Operation {
    fn from(row: OperationRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            state: row.state,
            done: row.done,
            total: row.total,
            result: row.result,
            started_by: row.started_by,
            started_at: row.started_at.and_utc(),
            ended_at: row.ended_at.map(|at| at.and_utc()),
            etag: format!("\"v{}\"", row.version),
        }
    }
}
