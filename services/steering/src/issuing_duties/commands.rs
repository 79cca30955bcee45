//! Handlers of the changes of duties.

use actix_web::{post, web};
use shared::access::{May, needs};
use shared::http::{Answer, Body, Command, Reply};
use shared::made_ids::as_it_stands;

use super::change::{CorrectIssuingDuty, CorrectedIssuingDuty, correct, register};
use super::http::{ListedIssuingDuty, listed};
use super::registration::{RegisterIssuingDuty, subject};
use super::store::{self, KeptDuty};
use crate::state::State;

/// Registers a duty of steering committees to issue a document for a period by a day, once or each year.
///
/// Needs `steering.write` over its area.
#[utoipa::path(tag = "documents", request_body = RegisterIssuingDuty, responses((status = 201, body = ListedIssuingDuty)))]
#[post("/v1/issuing-duties")]
pub(crate) async fn register_issuing_duty(
    may: May<needs::WriteSteering>,
    body: Body<RegisterIssuingDuty>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<ListedIssuingDuty>> {
    let (setting, named) = (state.setting(&may), body.named_ids()?);
    let reply = command
        .create(&state.db, &state.made_ids, &may, named, move |tx, known| {
            let (kept, entries) = match known {
                None => register(tx, &setting, &body.value)?,
                Some(id) => {
                    let kept = store::find_duty(tx.conn(), &setting.scope, id)?;
                    as_it_stands(kept, |kept: &KeptDuty| Some(kept.area()))?
                }
            };
            Ok((Reply::created(subject(kept.id), kept.version, listed(kept)), entries))
        })
        .await?;
    Ok(reply)
}

/// Corrects a journal entry about a duty: it is registered with other fields, or withdrawn. The area is not corrected.
///
/// Needs `steering.write` over its area.
#[utoipa::path(tag = "documents", request_body = CorrectIssuingDuty,
    responses((status = 200, body = CorrectedIssuingDuty)))]
#[post("/v1/issuing-duty-corrections")]
pub(crate) async fn correct_issuing_duty(
    may: May<needs::WriteSteering>,
    body: Body<CorrectIssuingDuty>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<CorrectedIssuingDuty>> {
    let setting = state.setting(&may);
    let reply = command
        .run(&state.db, &may, &body.hash, move |tx| {
            let ((corrected, version), entries) = correct(tx, &setting, &body.value)?;
            Ok((Reply::changed(version, corrected), entries))
        })
        .await?;
    Ok(reply)
}
