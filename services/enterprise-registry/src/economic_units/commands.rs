//! Handlers of the acts on economic units.

use actix_web::{patch, post, put, web};
use shared::access::{May, needs};
use shared::http::{Answer, Body, Command, MergePatch, Reply};
use shared::journal::Entries;
use shared::made_ids::as_it_stands;
use shared::storage::Tx;
use shared::{Id, Result};

use super::acts::{EconomicUnitPatch, ReplaceEconomicUnit, change_details, change_status, register};
use super::corrections::{CorrectEconomicUnit, CorrectedEconomicUnit, correct};
use super::http::{EconomicUnit, subject};
use super::rules::{ChangeEconomicUnitStatus, RegisterEconomicUnit};
use super::store::{self, KeptUnit};
use crate::state::{Setting, State};

/// Registers a unit.
///
/// Needs `economic_unit.write` over its commune.
#[utoipa::path(tag = "economic units", request_body = RegisterEconomicUnit, responses((status = 201, body = EconomicUnit)))]
#[post("/v1/economic-units")]
pub(crate) async fn register_economic_unit(
    may: May<needs::WriteEconomicUnit>,
    body: Body<RegisterEconomicUnit>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<EconomicUnit>> {
    let (setting, named) = (state.setting(&may), body.named_ids()?);
    let reply = command
        .sealing(&state.vault)
        .create(&state.db, &state.made_ids, &may, named, move |tx, known| {
            let (kept, entries) = match known {
                None => register(tx, &setting, &body.value)?,
                Some(id) => {
                    let kept = store::find_unit(tx.conn(), &setting.scope, id, &setting.vault)?;
                    as_it_stands(kept, |kept| Some(kept.area.clone()))?
                }
            };
            let (territory, today) = (&setting.territory, setting.today);
            let reply = Reply::created(subject(kept.id), kept.tag(territory, today), kept.shown(territory, today));
            Ok((kept.sealing(reply), entries))
        })
        .await?;
    Ok(reply)
}

/// Changes parts of a unit, from today on. What was wrong from the beginning is put right by
/// `/v1/economic-unit-corrections`.
///
/// Needs `economic_unit.write` over its commune, and `If-Match`.
#[utoipa::path(tag = "economic units", params(("id" = Id, Path, description = "The unit")),
    request_body(content = EconomicUnitPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, body = EconomicUnit)))]
#[patch("/v1/economic-units/{id}")]
pub(crate) async fn change_economic_unit(
    may: May<needs::WriteEconomicUnit>,
    id: web::Path<Id>,
    body: MergePatch<EconomicUnitPatch>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<EconomicUnit>> {
    let patch = body.value;
    go_on(may, *id, body.hash, command, &state, move |tx, setting, unit| {
        unit.refuse_erased()?;
        let request = ReplaceEconomicUnit::of_patch(&patch, &unit);
        change_details(tx, setting, unit, request)
    })
    .await
}

/// Changes a unit whole, from today on: what is left out is cleared.
///
/// Needs `economic_unit.write` over its commune, and `If-Match`.
#[utoipa::path(tag = "economic units", params(("id" = Id, Path, description = "The unit")),
    request_body = ReplaceEconomicUnit, responses((status = 200, body = EconomicUnit)))]
#[put("/v1/economic-units/{id}")]
pub(crate) async fn replace_economic_unit(
    may: May<needs::WriteEconomicUnit>,
    id: web::Path<Id>,
    body: Body<ReplaceEconomicUnit>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<EconomicUnit>> {
    let value = body.value;
    go_on(may, *id, body.hash, command, &state, move |tx, setting, unit| {
        unit.refuse_erased()?;
        change_details(tx, setting, unit, value)
    })
    .await
}

/// Carries out a command on a unit at the version that the caller read.
async fn go_on(
    may: May<needs::WriteEconomicUnit>,
    id: Id,
    body_hash: [u8; 32],
    command: Command,
    state: &State,
    act: impl FnOnce(&mut Tx<'_>, &Setting, KeptUnit) -> Result<(KeptUnit, Entries)> + Send + 'static,
) -> Answer<Reply<EconomicUnit>> {
    let (setting, precondition) = (state.setting(&may), command.precondition());
    let reply = command
        .sealing(&state.vault)
        .run(&state.db, &may, &body_hash, move |tx| {
            let (territory, today) = (&setting.territory, setting.today);
            let kept = store::find_writable(tx, &setting.scope, id, &setting.vault)?;
            precondition.check(kept.tag(territory, today))?;
            let (kept, entries) = act(tx, &setting, kept)?;
            let reply = Reply::changed(kept.tag(territory, today), kept.shown(territory, today));
            Ok((kept.sealing(reply), entries))
        })
        .await?;
    Ok(reply)
}

/// Changes a unit's legal status, also on a day before acts that are recorded.
///
/// Needs `economic_unit.write` over its commune, and `If-Match`.
#[utoipa::path(tag = "economic units", params(("id" = Id, Path, description = "The unit")),
    request_body = ChangeEconomicUnitStatus, responses((status = 200, body = EconomicUnit)))]
#[post("/v1/economic-units/{id}/status-changes")]
pub(crate) async fn change_economic_unit_status(
    may: May<needs::WriteEconomicUnit>,
    id: web::Path<Id>,
    body: Body<ChangeEconomicUnitStatus>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<EconomicUnit>> {
    let value = body.value;
    go_on(may, *id, body.hash, command, &state, move |tx, setting, unit| change_status(tx, setting, unit, &value)).await
}

/// Corrects a journal entry about a unit: the registration, a change of what is kept, or of the status. It is restated
/// with other fields, or withdrawn. Later entries that would now say something different are written again.
///
/// Needs `economic_unit.write` over the unit's commune.
#[utoipa::path(tag = "economic units", request_body = CorrectEconomicUnit,
    responses((status = 201, body = CorrectedEconomicUnit)))]
#[post("/v1/economic-unit-corrections")]
pub(crate) async fn correct_economic_unit(
    may: May<needs::WriteEconomicUnit>,
    body: Body<CorrectEconomicUnit>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<CorrectedEconomicUnit>> {
    let setting = state.setting(&may);
    let reply = command
        .run(&state.db, &may, &body.hash, move |tx| {
            let ((corrected, tag), entries) = correct(tx, &setting, &body.value)?;
            Ok((Reply::created(subject(corrected.economic_unit_id), tag, corrected), entries))
        })
        .await?;
    Ok(reply)
}
