//! Rebuilds over HTTP.

use actix_web::{get, post, web};
use serde::Deserialize;
use shared::access::{May, needs};
use shared::http::{Answer, Body, Command, Found, Reply};
use shared::journal::Entries;
use shared::made_ids::{NamesIds, as_it_stands};
use shared::operations::{self, Operation};
use shared::{Code, Error, Id};

use super::run::{REBUILD, Rebuilder};
use crate::state::{NAME, State};

/// Builds the facts again from the journals.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub(crate) struct StartRebuild {
    /// The id of the operation, where the caller makes it: a UUID of version 7, at most 60 days old.
    #[serde(default)]
    id: Option<Id>,
}

impl NamesIds for StartRebuild {
    fn named_ids(&self) -> Vec<(&'static str, Option<Id>)> {
        vec![("/id", self.id)]
    }
}

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
    rebuilder: web::Data<Rebuilder>,
) -> Answer<Reply<Operation>> {
    over_a_province(&may, &state)?;
    let (named, new_id, at) = (body.named_ids()?, body.value.id, may.at);
    let reply = command
        .create(&state.db, &state.made_ids, &may, named, move |tx, known| {
            let (row, entries) = match known {
                None => {
                    let why = "a projection is built anew from the journals that it follows";
                    (operations::begin(tx, new_id.unwrap_or_default(), REBUILD)?, Entries::unjournalled(why))
                }
                Some(id) => as_it_stands(operations::find_operation(tx.conn(), id, at)?, |_| None)?,
            };
            Ok((operations::accepted(NAME, row), entries))
        })
        .await?;
    if let Some(operation) = reply.body().filter(|_| !reply.is_repeated()) {
        rebuilder.into_inner().start(operation.id());
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
    let row = state.db.look_up(move |conn| operations::find_operation(conn, id, at)).await?;
    Ok(operations::found(row.ok_or_else(|| Error::new(Code::NotFound))?))
}

/// What concerns all areas is there for those who look after a whole province.
fn over_a_province(may: &May<needs::RebuildProjection>, state: &State) -> shared::Result<()> {
    let (territory, today) = (state.territory.get(), may.today());
    let mut tops = territory.areas().filter(|area| area.parent_id.is_none() && area.is_in_force(today));
    if tops.any(|area| may.scope.may_write(&area.id)) { Ok(()) } else { Err(Error::new(Code::NotFound)) }
}
