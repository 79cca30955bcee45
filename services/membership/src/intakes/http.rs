//! Intakes over HTTP.

use actix_web::{get, put, web};
use serde::{Deserialize, Serialize};
use shared::access::{May, needs};
use shared::http::{Answer, Body, Command, Found, Reply, Tag};
use shared::territory::AreaId;
use shared::{Code, Error, Id};

use super::commands;
use crate::organisations;
use crate::state::State;

/// From which areas a superior body takes organisations.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Intake {
    /// The areas: its own where none were set.
    areas: Vec<AreaId>,
    /// The entity tag of this version of the organisation.
    etag: String,
}

/// Sets from which areas a superior body takes organisations.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"areas": ["12004@2025-07-01", "12019@2025-07-01"]}))]
pub(crate) struct SetIntake {
    /// The areas, each with its parts, what went into it and what became of it: at most 50, each once. None: its own
    /// area.
    #[schema(max_items = 50)]
    areas: Vec<AreaId>,
}

/// Returns from which areas a superior body takes organisations.
///
/// Needs `organisation.read`.
#[utoipa::path(tag = "organisations", params(("id" = Id, Path, description = "The superior body")),
    responses((status = 200, body = Intake)))]
#[get("/v1/organisations/{id}/intake")]
pub(crate) async fn find_intake(
    may: May<needs::ReadOrganisation>,
    id: web::Path<Id>,
    state: web::Data<State>,
) -> Answer<Found<Intake>> {
    let (scope, id) = (may.scope.clone(), *id);
    let found = state.db.read(move |conn| {
        let body = organisations::find_organisation(conn, &scope, id)?.filter(|one| one.is_superior_body);
        let body = body.ok_or_else(|| Error::new(Code::NotFound))?;
        Ok((body.version, organisations::intake_of(conn, &body)?))
    });
    let (version, areas) = found.await?;
    Ok(Found::new(version, Intake { areas, etag: Tag::from(version).quoted() }))
}

/// Sets from which areas a superior body takes organisations.
///
/// Needs `organisation.write` over its area and the areas named, and `If-Match`.
#[utoipa::path(tag = "organisations", params(("id" = Id, Path, description = "The superior body")),
    request_body = SetIntake, responses((status = 200, body = Intake)))]
#[put("/v1/organisations/{id}/intake")]
pub(crate) async fn set_intake(
    may: May<needs::WriteOrganisation>,
    id: web::Path<Id>,
    body: Body<SetIntake>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<Intake>> {
    let (setting, id, precondition) = (state.setting(&may), *id, command.precondition());
    let reply = command
        .run(&state.db, &may, &body.hash, move |tx| {
            let before = organisations::find_writable(tx, &setting.scope, id)?;
            precondition.check(before.version)?;
            let (kept, entry) = commands::set_intake(tx, &setting, &before, &body.value.areas)?;
            let areas = organisations::intake_of(tx.conn(), &kept)?;
            let etag = Tag::from(kept.version).quoted();
            Ok((Reply::changed(kept.version, Intake { areas, etag }), entry.into()))
        })
        .await?;
    Ok(reply)
}
