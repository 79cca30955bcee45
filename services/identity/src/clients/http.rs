//! Clients over HTTP.

use actix_web::{HttpRequest, get, post, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use shared::access::{Grant, May, needs};
use shared::clock::vietnam_day;
use shared::http::{Answer, Body, Command, Found, Page, PageQuery, Query, Reply, SecurityEvent, note_security};
use shared::journal::{Entries, Entry};
use shared::published::client::{ClientCreated, ClientDisabled};
use shared::territory::AreaId;
use shared::validate::{Faults, Wrong, line};
use shared::{Code, Error, Id};

use super::store;
use crate::State;
use crate::grants::keep_an_administrator;

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
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// The entity tag of this version.
    pub etag: String,
}

/// A new client with its secret.
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
pub(crate) struct CreateClient {
    /// What it is, for people: at most 200 characters.
    #[schema(max_length = 200, example = "Ứng dụng của cán bộ xã")]
    label: String,
    /// The area it belongs to.
    area: AreaId,
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
    let page = PageQuery::<Id>::parse("clients", query.0.limit, query.0.cursor.as_deref())?;
    let (scope, asked) = (may.scope.clone(), page.clone());
    let items = state.db.read(move |conn| store::list_clients(conn, &scope, &asked)).await?;
    Ok(page.page("clients", items, |client| client.id)?)
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

/// Makes a client and shows its secret, once. The answer is never kept, so a repeated request makes another.
///
/// Needs `client.write` over the area.
#[utoipa::path(tag = "clients", request_body = CreateClient, responses((status = 201, body = NewClient)))]
#[post("/v1/clients")]
pub(crate) async fn create_client(
    may: May<needs::WriteClient>,
    body: Body<CreateClient>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Answer<Reply<NewClient>> {
    let mut faults = Faults::new();
    let label = faults.take("/label", line(&body.value.label, 200));
    let area = body.value.area;
    let is_known = state.territory.get().find(&area).is_some_and(|area| area.is_in_force(may.today()));
    if !is_known || !may.scope.may_write(&area) {
        faults.add("/area", Wrong::new(Code::UnknownArea));
    }
    let label = faults.finish_with(label)?;
    let (scope, at) = (may.scope.clone(), may.at);
    let reply = state
        .db
        .write(may.act(), move |tx| {
            let (id, client_secret) = store::insert_client(tx, &label, Some(&area), None)?;
            let (client, version) =
                store::find_client(tx.conn(), &scope, id)?.ok_or_else(|| Error::new(Code::NotFound))?;
            let entry = Entry::of(&ClientCreated { id }, format!("/v1/clients/{id}"), vietnam_day(at))?.in_area(&area);
            let reply = Reply::created(format!("/v1/clients/{id}"), version, NewClient { client, client_secret });
            Ok((reply, entry.into()))
        })
        .await?;
    note_security(&request, SecurityEvent::ClientCreated);
    Ok(reply)
}

/// Disables a client: it gets no more tokens, and those it holds are refused by every service within a minute.
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
            keep_an_administrator(tx.conn(), &territory, at, id, &client.grants)?;
            store::disable(tx, id, version)?;
            let found = store::find_client(tx.conn(), &scope, id)?;
            let (client, version) = found.ok_or_else(|| Error::new(Code::NotFound))?;
            let entry = Entry::of(&ClientDisabled { id }, format!("/v1/clients/{id}"), vietnam_day(at))?.in_area(&area);
            Ok((Reply::changed(version, client), entry.into()))
        })
        .await?;
    reply.note_security(&request, SecurityEvent::ClientDisabled);
    Ok(reply)
}
