//! Clients over HTTP.

use actix_web::{HttpRequest, get, post, web};
use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use shared::access::{Grant, May, Scope, needs};
use shared::clock::vietnam_day;
use shared::http::{
    Answer, Body, Command, Found, Page, PageQuery, Precondition, Query, Reply, SecurityEvent, note_security,
};
use shared::journal::{Entries, Entry, Published};
use shared::made_ids::{NamesIds, as_it_stands};
use shared::published::client::{ClientCreated, ClientDisabled, ClientSecretRenewed};
use shared::storage::Tx;
use shared::territory::AreaId;
use shared::validate::{Faults, Wrong, line, within};
use shared::{Code, Error, Id, Moment, Result};

use super::keys::KeyShown;
use super::store::{self, Renewal};
use crate::administrators::{Loser, keep_an_administrator};
use crate::state::State;

/// A program that may call.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Client {
    /// Its id: the `client_id` of the token endpoint.
    pub id: Id,
    /// What it is, for people.
    pub label: String,
    /// The area it belongs to; null for the services' own.
    pub area: Option<AreaId>,
    /// Whether it gets no more tokens.
    pub is_disabled: bool,
    /// Its roles over areas.
    pub grants: Vec<Grant>,
    /// Its secrets, the newest first: two after it was given a new one, until the next renewal. The secrets themselves are kept
    /// nowhere.
    pub secrets: Vec<Secret>,
    /// Its public keys, if it proves itself by signing and not by a secret.
    pub keys: Vec<KeyShown>,
    /// When it was made.
    pub created_at: Moment,
    /// The entity tag of this version.
    pub etag: String,
}

/// What is known of a client's secret.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ClientSecret)]
pub struct Secret {
    /// When it was made.
    pub made_at: Moment,
    /// Whether a token was got with it.
    pub is_used: bool,
    /// Until when it is valid, where a newer one takes its place; null for the newest.
    pub valid_until: Option<Moment>,
}

/// A client that was made.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct CreatedClient {
    /// The client.
    client: Client,
    /// Its secret: shown once, kept nowhere. Null where the same request with the same `id` made the client before.
    client_secret: Option<String>,
}

/// A client with its new secret.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct NewClient {
    /// The client.
    client: Client,
    /// Its secret: shown once, kept nowhere.
    client_secret: String,
}

/// Makes a client.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"label": "Ứng dụng của cán bộ xã", "area": "33@2025-07-01"}))]
pub(crate) struct CreateClient {
    /// The id of the client, where the caller makes it: a UUID of version 7, at most 60 days old.
    #[serde(default)]
    id: Option<Id>,
    /// What it is, for people: at most 200 characters.
    #[schema(max_length = 200, example = "Ứng dụng của cán bộ xã")]
    label: String,
    /// The area it belongs to.
    area: AreaId,
}

impl NamesIds for CreateClient {
    fn named_ids(&self) -> Vec<(&'static str, Option<Id>)> {
        vec![("/id", self.id)]
    }
}

/// How a secret is renewed.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"previous_valid_hours": 24}))]
pub(crate) struct RenewSecret {
    /// For how many hours the secret in use stays valid beside the new one: 0 to 720; 24 if left out. With 0 it ends at once, and with
    /// it all tokens of the client.
    #[schema(minimum = 0, maximum = 720, example = 24)]
    previous_valid_hours: Option<i64>,
}

/// How a client renews its own secret.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"client_secret": "the newest secret", "previous_valid_hours": 24}))]
pub(crate) struct RenewOwnSecret {
    /// The newest secret: a token alone does not renew it.
    #[schema(max_length = 200)]
    client_secret: String,
    /// As for an administrator: 0 to 720 hours; 24 if left out.
    #[schema(minimum = 0, maximum = 720, example = 24)]
    previous_valid_hours: Option<i64>,
}

/// Which clients.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListClients {
    /// How many at most, 1-200; 50 if left out.
    limit: Option<i64>,
    /// The cursor of the page, from the page before.
    cursor: Option<String>,
}

fn subject(id: Id) -> String {
    format!("/v1/clients/{id}")
}

/// The entry of a change of a client; those of the services' own are in no area.
pub(super) fn entry_of<P: Published>(client: &Client, payload: &P, at: DateTime<Utc>) -> Result<Entry> {
    let entry = Entry::of(payload, subject(client.id), vietnam_day(at))?;
    Ok(match &client.area {
        Some(area) => entry.in_area(area),
        None => entry,
    })
}

/// Lists the clients of the caller's area, oldest first.
///
/// Needs `client.read`.
#[utoipa::path(tag = "clients", params(ListClients), responses((status = 200, body = Page<Client>)))]
#[get("/v1/clients")]
pub(crate) async fn list_clients(
    may: May<needs::ReadClient>,
    query: Query<ListClients>,
    state: web::Data<State>,
) -> Answer<Page<Client>> {
    let (asked, mut faults) = query.parts();
    let page = PageQuery::<(i64, Id)>::parse(&mut faults, "clients", asked.limit, asked.cursor.as_deref())?;
    faults.finish()?;
    let (scope, asked) = (may.scope.clone(), page.clone());
    let items = state.db.read(move |conn| store::list_clients(conn, &scope, &asked)).await?;
    Ok(page.page("clients", items, |listed| (listed.ordinal, listed.client.id))?.map(|listed| listed.client))
}

/// Returns one client.
///
/// Needs `client.read`.
#[utoipa::path(tag = "clients", params(("id" = Id, Path, description = "The client")),
    responses((status = 200, body = Client)))]
#[get("/v1/clients/{id}")]
pub(crate) async fn find_client_by_id(
    may: May<needs::ReadClient>,
    id: web::Path<Id>,
    state: web::Data<State>,
) -> Answer<Found<Client>> {
    let (scope, id) = (may.scope.clone(), *id);
    let found = state.db.read(move |conn| store::find_client(conn, &scope, id)).await?;
    let (client, version) = found.ok_or_else(|| Error::new(Code::NotFound))?;
    Ok(Found::new(version, client))
}

/// Makes a client and shows its secret, once. The answer is never kept: without an `id` of the caller's own a repeated request
/// makes another client. With one it is answered by the client as it stands, without the secret: if that was lost, give the client
/// a new one.
///
/// Needs `client.write` over the area.
#[utoipa::path(tag = "clients", request_body = CreateClient, responses((status = 201, body = CreatedClient)))]
#[post("/v1/clients")]
pub(crate) async fn create_client(
    may: May<needs::WriteClient>,
    body: Body<CreateClient>,
    command: Command,
    state: web::Data<State>,
    request: HttpRequest,
) -> Answer<Reply<CreatedClient>> {
    let named = body.named_ids()?;
    let CreateClient { id: new_id, label, area } = body.value;
    let (scope, at, today, territory) = (may.scope.clone(), may.at, may.today(), state.territory.get());
    let reply = command
        .keeping_no_answer()
        .create(&state.db, &state.made_ids, &may, named, move |tx, known| {
            let id = known.or(new_id).unwrap_or_default();
            let client_secret = match known {
                None => {
                    let mut faults = Faults::new();
                    let label = faults.take("/label", line(&label, 200));
                    let is_known = territory.find(&area).is_some_and(|area| area.is_in_force(today));
                    if !is_known || !scope.may_write(&area) {
                        faults.add("/area", Wrong::new(Code::UnknownArea));
                    }
                    Some(store::insert_client(tx, id, &faults.finish_with(label)?, &area)?)
                }
                Some(_) => None,
            };
            let found = store::find_client(tx.conn(), &scope, id)?;
            let ((client, version), unchanged) = as_it_stands(found, |(client, _)| client.area.clone())?;
            let entries = match &client_secret {
                Some(_) => Entry::of(&ClientCreated { id }, subject(id), vietnam_day(at))?.in_area(&area).into(),
                None => unchanged,
            };
            Ok((Reply::created(subject(id), version, CreatedClient { client, client_secret }), entries))
        })
        .await?;
    reply.note_security(&request, SecurityEvent::ClientCreated);
    Ok(reply)
}

/// Gives a client a new secret and shows it, once. The one in use stays valid for a while, so that the client can change over without
/// a pause. If the answer was lost, send the request again with the new version: the new secret, which nobody has used yet, is replaced, and
/// the one in use stays valid as long as it was.
///
/// Needs `client.write` over its area and over the areas of its roles, and `If-Match`. Not for the calling client.
#[utoipa::path(tag = "clients", params(("id" = Id, Path, description = "The client")), request_body = RenewSecret,
    responses((status = 201, body = NewClient)))]
#[post("/v1/clients/{id}/secrets")]
pub(crate) async fn renew_client_secret(
    may: May<needs::WriteClient>,
    id: web::Path<Id>,
    body: Body<RenewSecret>,
    command: Command,
    state: web::Data<State>,
    request: HttpRequest,
) -> Answer<Reply<NewClient>> {
    let renewal = renewal(may.at, body.value.previous_valid_hours, None)?;
    let (scope, id, at, precondition) = (may.scope.clone(), *id, may.at, command.precondition());
    if may.caller.is_client(id) {
        return Err(Error::new(Code::OwnSecret).into());
    }
    let reply = state
        .db
        .write(may.act(), move |tx| {
            let client = find_to_prove_anew(tx, &scope, id, &precondition)?;
            renew(tx, &scope, &client, at, &renewal)
        })
        .await?;
    note_security(&request, SecurityEvent::SecretRenewed);
    Ok(reply)
}

/// Returns a client that is to prove itself by something new, at the version that was read. Who gives a client its secret or its keys may
/// do what its roles permit.
pub(super) fn find_to_prove_anew(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: Id,
    precondition: &Precondition,
) -> Result<Client> {
    let (client, version) = store::find_client(tx.conn(), scope, id)?.ok_or_else(|| Error::new(Code::NotFound))?;
    if !client.area.as_ref().is_some_and(|area| scope.may_write(area)) {
        return Err(Error::new(Code::NotFound));
    }
    if let Some(beyond) = client.grants.iter().find(|grant| !scope.may_write(&grant.area)) {
        return Err(Error::new(Code::GrantOutOfReach).with("area", beyond.area.as_str()));
    }
    precondition.check(version)?;
    Ok(client)
}

/// Gives the calling client a new secret and shows it, once. The one in use stays valid for a while. If the answer was lost, only an
/// administrator can make another, so that 0 hours should not be sent here unless the secret leaked.
///
/// Needs `own.read`, which every role has, and the newest secret.
#[utoipa::path(tag = "clients", request_body = RenewOwnSecret, responses((status = 201, body = NewClient)))]
#[post("/v1/me/secrets")]
pub(crate) async fn renew_own_secret(
    may: May<needs::ReadOwn>,
    body: Body<RenewOwnSecret>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Answer<Reply<NewClient>> {
    let RenewOwnSecret { client_secret, previous_valid_hours } = body.value;
    let renewal = renewal(may.at, previous_valid_hours, Some(client_secret))?;
    let id = may.caller.client_id().ok_or_else(|| Error::new(Code::NotFound))?;
    let at = may.at;
    let renewed = state
        .db
        .write(may.act(), move |tx| {
            let scope = Scope::everything();
            let (client, _) = store::find_client(tx.conn(), &scope, id)?.ok_or_else(|| Error::new(Code::NotFound))?;
            renew(tx, &scope, &client, at, &renewal)
        })
        .await;
    match &renewed {
        Ok(_) => note_security(&request, SecurityEvent::SecretRenewed),
        // The only fault that is left here is a wrong secret.
        Err(error) if error.code() == Code::InvalidFields => note_security(&request, SecurityEvent::ClientRefused),
        Err(_) => {}
    }
    Ok(renewed?)
}

fn renewal(at: DateTime<Utc>, hours: Option<i64>, proof: Option<String>) -> Result<Renewal> {
    const HOURS_MAX: i64 = 720;
    let mut faults = Faults::new();
    let hours = faults.take("/previous_valid_hours", within(hours.unwrap_or(24), 0, HOURS_MAX));
    let hours = faults.finish_with(hours)?;
    Ok(Renewal { previous_valid_until: at + Duration::hours(hours), proof })
}

fn renew(
    tx: &mut Tx<'_>,
    scope: &Scope,
    client: &Client,
    at: DateTime<Utc>,
    renewal: &Renewal,
) -> Result<(Reply<NewClient>, Entries)> {
    let id = client.id;
    if client.is_disabled {
        return Err(Error::new(Code::ClientDisabled));
    }
    let client_secret = store::renew_secret(tx, id, renewal)?;
    let (client, version) = store::find_client(tx.conn(), scope, id)?.ok_or_else(|| Error::new(Code::NotFound))?;
    let entry = entry_of(&client, &ClientSecretRenewed { id }, at)?;
    let reply = Reply::created(subject(id), version, NewClient { client, client_secret });
    Ok((reply, entry.into()))
}

/// Disables a client: it gets no more tokens, and those it holds are refused by every service within seconds.
/// The last administrator of a province cannot be disabled.
///
/// Needs `client.write` over its area, and `If-Match`.
#[utoipa::path(tag = "clients", params(("id" = Id, Path, description = "The client")),
    responses((status = 200, body = Client)))]
#[post("/v1/clients/{id}/disablements")]
pub(crate) async fn disable_client(
    may: May<needs::WriteClient>,
    id: web::Path<Id>,
    command: Command,
    state: web::Data<State>,
    request: HttpRequest,
) -> Answer<Reply<Client>> {
    let (scope, id, at, territory) = (may.scope.clone(), *id, may.at, state.territory.get());
    let precondition = command.precondition();
    let reply = command
        .run(&state.db, &may, &[0; 32], move |tx| {
            let found = store::find_client(tx.conn(), &scope, id)?;
            let (client, version) = found.ok_or_else(|| Error::new(Code::NotFound))?;
            let area = client.area.clone().filter(|area| scope.may_write(area));
            let area = area.ok_or_else(|| Error::new(Code::NotFound))?;
            precondition.check(version)?;
            if client.is_disabled {
                return Ok((Reply::changed(version, client), Entries::unjournalled("the client was disabled before")));
            }
            keep_an_administrator(tx.conn(), &territory, at, Loser::Client(id), &client.grants)?;
            store::disable(tx, id, version)?;
            let found = store::find_client(tx.conn(), &scope, id)?;
            let (client, version) = found.ok_or_else(|| Error::new(Code::NotFound))?;
            let entry = Entry::of(&ClientDisabled { id }, subject(id), vietnam_day(at))?.in_area(&area);
            Ok((Reply::changed(version, client), entry.into()))
        })
        .await?;
    reply.note_security(&request, SecurityEvent::ClientDisabled);
    Ok(reply)
}
