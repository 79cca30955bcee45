//! Handlers of the acts on organisations.

use actix_web::{post, web};
use shared::access::{May, needs};
use shared::http::{Answer, Body, Command, Reply};
use shared::journal::Entries;
use shared::made_ids::as_it_stands;
use shared::storage::Tx;
use shared::{Id, Result};

use super::acts::{
    AdmitCollectively, DissolveOrganisation, EstablishOrganisation, UpgradeOrganisation, admit_collectively as admit,
    dissolve, establish, open, upgrade,
};
use super::change::Changed;
use super::http::{Organisation, shown, subject};
use super::store::{KeptOrganisation, find_organisation, find_writable, unit_ids_of};
use crate::ledger::{Admitted, create_act};
use crate::state::{Setting, State};

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

/// Registers an organisation that existed before recording began: no founding, and no decision is needed.
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
    let (setting, named) = (state.setting(may), body.named_ids()?);
    let reply = command
        .create(&state.db, &state.made_ids, may, named, move |tx, known| {
            let (version, organisation, entries) = match known {
                None => {
                    let (changed, entries) = beginning(tx, &setting, &body.value)?;
                    (1, told(changed), entries)
                }
                Some(id) => {
                    let found = find_organisation(tx.conn(), &setting.scope, id)?;
                    // Superior bodies are shown everywhere.
                    let area_of = |kept: &KeptOrganisation| (!kept.is_superior_body).then(|| kept.area.clone());
                    let (kept, entries) = as_it_stands(found, area_of)?;
                    (kept.version, shown(&kept, unit_ids_of(tx.conn(), id)?), entries)
                }
            };
            Ok((Reply::created(subject(organisation.id), version, organisation), entries))
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

/// Waits until what the registry has recorded so far is known here. Without this, a caller who registers a unit and founds
/// an organisation in it a moment later would get "unknown unit", and an organisation could be founded in a unit that has
/// just ended. If the registry does not answer in time, the founding is checked against what is known; a finding reports
/// what was wrong with it.
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
    create_act(&may, body, command, &state, admit, |_, _, act| Ok(Admitted::by_number(act))).await
}
