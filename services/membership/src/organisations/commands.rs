//! The acts on organisations over HTTP.

use actix_web::{post, web};
use shared::access::{May, needs};
use shared::http::{Answer, Body, Command, Reply};
use shared::journal::Entries;
use shared::storage::Tx;
use shared::{Id, Result};

use super::acts::{
    AdmitCollectively, DissolveOrganisation, EstablishOrganisation, UpgradeOrganisation, admit_collectively as admit,
    dissolve, establish, open, upgrade,
};
use super::change::Changed;
use super::http::{Organisation, shown, subject};
use super::store::{KeptOrganisation, find_writable};
use crate::ledger::{Admitted, record_once};
use crate::{Setting, State};

fn told(changed: Changed) -> Organisation {
    shown(&changed.organisation, changed.economic_unit_ids)
}

/// Founds an organisation.
///
/// Needs `organisation.write` over its area. Refusals cite the rule book.
#[utoipa::path(tag = "organisations", request_body = EstablishOrganisation, responses((status = 201, body = Organisation)))]
#[post("/v1/organisations")]
pub(crate) async fn establish_organisation(
    may: May<needs::WriteOrganisation>,
    body: Body<EstablishOrganisation>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<Organisation>> {
    begin(&may, body, command, &state, establish).await
}

/// Registers an organisation that existed before the books began: no founding, and no paper is asked.
///
/// Needs `organisation.write` over its area.
#[utoipa::path(tag = "organisations", request_body = EstablishOrganisation, responses((status = 201, body = Organisation)))]
#[post("/v1/organisation-opening-registrations")]
pub(crate) async fn open_organisation(
    may: May<needs::WriteOrganisation>,
    body: Body<EstablishOrganisation>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<Organisation>> {
    begin(&may, body, command, &state, open).await
}

/// Carries out a command by which an organisation begins.
async fn begin(
    may: &May<needs::WriteOrganisation>,
    body: Body<EstablishOrganisation>,
    command: Command,
    state: &State,
    beginning: fn(&mut Tx<'_>, &Setting, &EstablishOrganisation) -> Result<(Changed, Entries)>,
) -> Answer<Reply<Organisation>> {
    wait_for_units(state, &body.value.economic_unit_ids).await;
    let setting = state.setting(may);
    let reply = command
        .run(&state.db, may, &body.hash, move |tx| {
            let (changed, entries) = beginning(tx, &setting, &body.value)?;
            Ok((Reply::created(subject(changed.organisation.id), 1, told(changed)), entries))
        })
        .await?;
    Ok(reply)
}

/// A command on an organisation that is kept.
type OnKept<B> = fn(&mut Tx<'_>, &Setting, KeptOrganisation, &B) -> Result<(Changed, Entries)>;

/// Carries out a command on an organisation at the version that the caller read.
async fn go_on<B: Send + 'static>(
    may: &May<needs::WriteOrganisation>,
    id: Id,
    body: Body<B>,
    command: Command,
    state: &State,
    act: OnKept<B>,
) -> Answer<Reply<Organisation>> {
    let (setting, precondition) = (state.setting(may), command.precondition());
    let reply = command
        .run(&state.db, may, &body.hash, move |tx| {
            let kept = find_writable(tx, &setting.scope, id)?;
            precondition.check(kept.version)?;
            let (changed, entries) = act(tx, &setting, kept, &body.value)?;
            Ok((Reply::changed(changed.organisation.version, told(changed)), entries))
        })
        .await?;
    Ok(reply)
}

/// Waits until what the registry has recorded so far is known here: who registers a unit and founds an organisation in
/// it a moment later is not told "unknown unit", and nothing is founded in a unit that ended a moment before. Where the
/// registry does not answer in time the founding is judged by what is known; a finding tells what was wrong with it.
async fn wait_for_units(state: &State, ids: &[Id]) {
    const WAIT_SECONDS_MAX: u64 = 2;
    if !ids.is_empty() {
        state.registry.reach_head(WAIT_SECONDS_MAX).await;
    }
}

/// Upgrades an organisation.
///
/// Needs `organisation.write` over its area, and `If-Match`.
#[utoipa::path(tag = "organisations", params(("id" = Id, Path, description = "The organisation")),
    request_body = UpgradeOrganisation, responses((status = 200, body = Organisation)))]
#[post("/v1/organisations/{id}/upgrades")]
pub(crate) async fn upgrade_organisation(
    may: May<needs::WriteOrganisation>,
    id: web::Path<Id>,
    body: Body<UpgradeOrganisation>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<Organisation>> {
    go_on(&may, *id, body, command, &state, upgrade).await
}

/// Dissolves an organisation.
///
/// Needs `organisation.write` over its area, and `If-Match`.
#[utoipa::path(tag = "organisations", params(("id" = Id, Path, description = "The organisation")),
    request_body = DissolveOrganisation, responses((status = 200, body = Organisation)))]
#[post("/v1/organisations/{id}/dissolutions")]
pub(crate) async fn dissolve_organisation(
    may: May<needs::WriteOrganisation>,
    id: web::Path<Id>,
    body: Body<DissolveOrganisation>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<Organisation>> {
    go_on(&may, *id, body, command, &state, dissolve).await
}

/// Admits a number of workers to a union, names not sent.
///
/// Needs `member.write` over the organisation's area.
#[utoipa::path(tag = "admissions", request_body = AdmitCollectively, responses((status = 201, body = Admitted)))]
#[post("/v1/collective-admissions")]
pub(crate) async fn admit_collectively(
    may: May<needs::WriteMember>,
    body: Body<AdmitCollectively>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<Admitted>> {
    record_once(&may, body, command, &state, admit).await
}
