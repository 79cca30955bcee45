//! Handlers of the acts on steering bodies.

use actix_web::{post, web};
use shared::access::{May, needs};
use shared::http::{Answer, Body, Command, Reply};
use shared::journal::Entries;
use shared::made_ids::as_it_stands;
use shared::storage::Tx;
use shared::{Id, Result};

use super::acts::{EndSteeringBody, EstablishSteeringBody, ReconstituteSteeringBody, end, establish, reconstitute};
use super::change::{Changed, load_whole};
use super::corrections::{CorrectSteeringBody, CorrectedSteeringBody, correct};
use super::http::{SteeringBody, created_before};
use super::store::{self, KeptBody};
use crate::state::{Setting, State};

/// Establishes a steering committee, or a support team of one.
///
/// A second committee of one level for one area, and a second support team of one committee, ask for an answer:
/// `steering_committee_recorded`, `support_team_recorded`.
///
/// Needs `steering.write` over its area.
#[utoipa::path(tag = "steering bodies", request_body = EstablishSteeringBody,
    responses((status = 201, body = SteeringBody)))]
#[post("/v1/steering-bodies")]
pub(crate) async fn establish_steering_body(
    may: May<needs::WriteSteering>,
    body: Body<EstablishSteeringBody>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<SteeringBody>> {
    let (setting, named) = (state.setting(&may), body.named_ids()?);
    let reply = command
        .sealing(&state.vault)
        .create(&state.db, &state.made_ids, &may, named, move |tx, known| match known {
            None => {
                let (changed, entries) = establish(tx, &setting, &body.value)?;
                Ok((changed.created(), entries))
            }
            Some(id) => {
                let kept = store::find_body(tx.conn(), &setting.scope, id)?;
                let (kept, entries) = as_it_stands(kept, |kept| Some(kept.area()))?;
                let folded = load_whole(tx.conn(), &setting.vault, kept.clone())?;
                Ok((created_before(&kept, &folded), entries))
            }
        })
        .await?;
    Ok(reply)
}

/// Reconstitutes a body (kiện toàn): one decision opens and closes seats, and changes who holds them. Also on a day before acts that
/// are recorded.
///
/// Needs `steering.write` over its area, and `If-Match`.
#[utoipa::path(tag = "steering bodies", params(("id" = Id, Path, description = "The body")),
    request_body = ReconstituteSteeringBody, responses((status = 200, body = SteeringBody)))]
#[post("/v1/steering-bodies/{id}/reconstitutions")]
pub(crate) async fn reconstitute_steering_body(
    may: May<needs::WriteSteering>,
    id: web::Path<Id>,
    body: Body<ReconstituteSteeringBody>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<SteeringBody>> {
    let value = body.value;
    go_on(may, *id, body.hash, command, &state, move |tx, setting, kept| reconstitute(tx, setting, kept, &value)).await
}

/// Ends a body and its seats. A committee ends after its support teams.
///
/// Needs `steering.write` over its area, and `If-Match`.
#[utoipa::path(tag = "steering bodies", params(("id" = Id, Path, description = "The body")),
    request_body = EndSteeringBody, responses((status = 200, body = SteeringBody)))]
#[post("/v1/steering-bodies/{id}/endings")]
pub(crate) async fn end_steering_body(
    may: May<needs::WriteSteering>,
    id: web::Path<Id>,
    body: Body<EndSteeringBody>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<SteeringBody>> {
    let value = body.value;
    go_on(may, *id, body.hash, command, &state, move |tx, setting, kept| end(tx, setting, kept, &value)).await
}

/// Carries out a command on a body at the version that the caller read.
async fn go_on(
    may: May<needs::WriteSteering>,
    id: Id,
    body_hash: [u8; 32],
    command: Command,
    state: &State,
    act: impl FnOnce(&mut Tx<'_>, &Setting, KeptBody) -> Result<(Changed, Entries)> + Send + 'static,
) -> Answer<Reply<SteeringBody>> {
    let (setting, precondition) = (state.setting(&may), command.precondition());
    let reply = command
        .sealing(&state.vault)
        .run(&state.db, &may, &body_hash, move |tx| {
            let kept = store::find_writable(tx, &setting.scope, id)?;
            precondition.check(kept.version)?;
            let (changed, entries) = act(tx, &setting, kept)?;
            Ok((changed.changed(), entries))
        })
        .await?;
    Ok(reply)
}

/// Corrects a journal entry about a body: the act is recorded with other fields, or withdrawn. Later entries that would now say
/// something different are written again.
///
/// Kind, level, area and committee are not corrected: such an establishment is withdrawn and recorded again.
///
/// Needs `steering.write` over the body's area.
#[utoipa::path(tag = "steering bodies", request_body = CorrectSteeringBody,
    responses((status = 200, body = CorrectedSteeringBody)))]
#[post("/v1/steering-body-corrections")]
pub(crate) async fn correct_steering_body(
    may: May<needs::WriteSteering>,
    body: Body<CorrectSteeringBody>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<CorrectedSteeringBody>> {
    let setting = state.setting(&may);
    let reply = command
        .run(&state.db, &may, &body.hash, move |tx| {
            let ((corrected, version), entries) = correct(tx, &setting, &body.value)?;
            Ok((Reply::changed(version, corrected), entries))
        })
        .await?;
    Ok(reply)
}
