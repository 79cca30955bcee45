//! Recording starts over HTTP.

use actix_web::{get, put, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::access::{May, needs};
use shared::http::{Answer, Body, Command, Found, Reply, Tag};
use shared::storage::AnyConnection;
use shared::{Code, Day, Error, Id, Result};

use super::commands;
use crate::organisations::{self, KeptOrganisation};
use crate::state::State;

/// With which day recording begins under a superior body.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct RecordingStart {
    /// The day that was set for this body; null where none was.
    begins_on: Option<NaiveDate>,
    /// The day that applies: this body's, or that of the nearest body above that has one. Null: opening registrations of
    /// every day are accepted.
    applies_on: Option<NaiveDate>,
    /// The entity tag.
    etag: String,
}

/// Sets with which day recording begins under a superior body.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"begins_on": "2022-01-01"}))]
pub(crate) struct SetRecordingStart {
    /// The last day that an opening registration under this body may be dated. Left out or null: the day is taken back.
    #[serde(default)]
    begins_on: Option<Day>,
}

/// Returns with which day recording begins under a superior body.
///
/// Needs `organisation.read`.
#[utoipa::path(tag = "organisations", params(("id" = Id, Path, description = "The superior body")),
    responses((status = 200, body = RecordingStart)))]
#[get("/v1/organisations/{id}/recording-start")]
pub(crate) async fn find_recording_start(
    may: May<needs::ReadOrganisation>,
    id: web::Path<Id>,
    state: web::Data<State>,
) -> Answer<Found<RecordingStart>> {
    let (scope, id, today) = (may.scope.clone(), *id, may.today());
    let found = state.db.read(move |conn| {
        let body = organisations::find_organisation(conn, &scope, id)?.filter(|one| one.is_superior_body);
        let body = body.ok_or_else(|| Error::new(Code::NotFound))?;
        shown(conn, &body, today)
    });
    let (tag, start) = found.await?;
    Ok(Found::new(tag, start))
}

/// Sets with which day recording begins under a superior body, and under the bodies below that have no day of their own.
/// Opening registrations of later days are refused from now on; those that were recorded stay.
///
/// Needs `recording_start.write` over its area, and `If-Match`.
#[utoipa::path(tag = "organisations", params(("id" = Id, Path, description = "The superior body")),
    request_body = SetRecordingStart, responses((status = 200, body = RecordingStart)))]
#[put("/v1/organisations/{id}/recording-start")]
pub(crate) async fn set_recording_start(
    may: May<needs::WriteRecordingStart>,
    id: web::Path<Id>,
    body: Body<SetRecordingStart>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<RecordingStart>> {
    let (setting, id, precondition) = (state.setting(&may), *id, command.precondition());
    let reply = command
        .run(&state.db, &may, &body.hash, move |tx| {
            let before = organisations::find_writable(tx, &setting.scope, id)?;
            precondition.check(shown(tx.conn(), &before, setting.today)?.0)?;
            let (kept, entry) = commands::set_recording_start(tx, &setting, &before, body.value.begins_on)?;
            let (tag, start) = shown(tx.conn(), &kept, setting.today)?;
            Ok((Reply::changed(tag, start), entry.into()))
        })
        .await?;
    Ok(reply)
}

/// What is shown of a body, with its tag: it changes with the day of a body above, too.
fn shown(conn: &mut AnyConnection, body: &KeptOrganisation, today: NaiveDate) -> Result<(Tag, RecordingStart)> {
    let applies_on = organisations::recording_start_under(conn, Some(body.id), today)?;
    let tag = Tag::with(body.version, &applies_on.map_or_else(|| "none".to_owned(), |day| day.to_string()));
    let start = RecordingStart { begins_on: body.recording_begins_on, applies_on, etag: tag.quoted() };
    Ok((tag, start))
}
