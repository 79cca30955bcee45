//! Grants over HTTP.

use actix_web::{HttpRequest, delete, get, post, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use shared::access::{Grant, May, Permission, Role, needs};
use shared::clock::vietnam_day;
use shared::http::{Answer, Body, Command, Found, ListAll, Page, PageQuery, Query, Reply, SecurityEvent};
use shared::journal::Entry;
use shared::published::client::{GrantCreated, GrantRevoked};
use shared::territory::AreaId;
use shared::validate::{Faults, Wrong};
use shared::{Code, Error, Id};
use strum::IntoEnumIterator;

use super::store::{self, KeptGrant};
use crate::State;

/// A role with what it permits.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct RoleDescription {
    /// The role.
    role: Role,
    /// What it permits.
    permissions: Vec<Permission>,
}

/// A client's role over an area.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct ClientGrant {
    /// The grant.
    id: Id,
    /// The client.
    client_id: Id,
    /// The role.
    role: Role,
    /// The area.
    area: AreaId,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// The entity tag: a grant is made and taken back, and never changed.
    etag: String,
}

/// A grant has one version.
const VERSION: i64 = 1;

impl From<KeptGrant> for ClientGrant {
    fn from(kept: KeptGrant) -> Self {
        let Grant { role, area } = kept.grant;
        let created_at = kept.created_at.and_utc();
        Self { id: kept.id, client_id: kept.client, role, area, created_at, etag: format!("\"v{VERSION}\"") }
    }
}

/// Gives a client a role over an area.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateGrant {
    /// The client.
    client_id: Id,
    /// The role.
    role: Role,
    /// The area.
    area: AreaId,
}

/// Which grants.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListGrants {
    /// How many at most, 1-200; 50 if left out.
    limit: Option<i64>,
    /// The cursor of the page, from the page before.
    cursor: Option<String>,
}

/// Lists the roles and what they permit.
///
/// Needs `own.read`, which every role has.
#[utoipa::path(tag = "grants", params(ListAll), responses((status = 200, body = Page<RoleDescription>)))]
#[get("/v1/roles")]
pub(crate) async fn list_roles(_may: May<needs::ReadOwn>, query: Query<ListAll>) -> Answer<Page<RoleDescription>> {
    let roles = Role::iter().map(|role| RoleDescription { role, permissions: role.permissions().to_vec() });
    Ok(query.0.page("roles", roles.collect())?)
}

/// Lists the grants over the caller's area, oldest first.
///
/// Needs `client.read`.
#[utoipa::path(tag = "grants", params(ListGrants), responses((status = 200, body = Page<ClientGrant>)))]
#[get("/v1/grants")]
pub(crate) async fn list_grants(
    may: May<needs::ReadClient>,
    query: Query<ListGrants>,
    state: web::Data<State>,
) -> Answer<Page<ClientGrant>> {
    let page = PageQuery::<Id>::parse("grants", query.0.limit, query.0.cursor.as_deref())?;
    let (scope, asked) = (may.scope.clone(), page.clone());
    let kept = state.db.read(move |conn| store::list_grants(conn, &scope, &asked)).await?;
    let items = kept.into_iter().map(ClientGrant::from).collect();
    Ok(page.page("grants", items, |grant: &ClientGrant| grant.id)?)
}

/// Returns one grant.
///
/// Needs `client.read`.
#[utoipa::path(tag = "grants", params(("id" = Id, Path, description = "The grant")),
    responses((status = 200, body = ClientGrant)))]
#[get("/v1/grants/{id}")]
pub(crate) async fn find_grant(
    may: May<needs::ReadClient>,
    id: web::Path<Id>,
    state: web::Data<State>,
) -> Answer<Found<ClientGrant>> {
    let (scope, id) = (may.scope.clone(), *id);
    let kept = state.db.look_up(move |conn| store::find_grant(conn, &scope, id)).await?;
    let kept = kept.ok_or_else(|| Error::new(Code::NotFound))?;
    Ok(Found::new(VERSION, kept.into()))
}

/// Gives a client a role over an area.
///
/// Needs `grant.write` over the area. Nobody grants to the own client.
#[utoipa::path(tag = "grants", request_body = CreateGrant, responses((status = 201, body = ClientGrant)))]
#[post("/v1/grants")]
pub(crate) async fn create_grant(
    may: May<needs::WriteGrant>,
    body: Body<CreateGrant>,
    command: Command,
    state: web::Data<State>,
    request: HttpRequest,
) -> Answer<Reply<ClientGrant>> {
    let CreateGrant { client_id, role, area } = body.value;
    if may.caller.is_client(client_id) {
        return Err(Error::new(Code::OwnClient).into());
    }
    if state.territory.get().find(&area).is_none() || !may.scope.may_write(&area) {
        let mut faults = Faults::new();
        faults.add("/area", Wrong::new(Code::UnknownArea));
        faults.finish()?;
    }
    let (scope, at) = (may.scope.clone(), may.at);
    let reply = command
        .run(&state.db, &may, &body.hash, move |tx| {
            if !store::is_within(tx.conn(), &scope, client_id)? {
                return Err(Error::fault("/client_id", Code::NotFound));
            }
            let id = store::insert_grant(tx, client_id, role, &area)?;
            let payload = GrantCreated { id, client: client_id, role, area: area.clone() };
            let entry = Entry::of(&payload, format!("/v1/grants/{id}"), vietnam_day(at))?.in_area(&area);
            let made = store::find_grant(tx.conn(), &scope, id)?.ok_or_else(|| Error::new(Code::NotFound))?;
            Ok((Reply::created(format!("/v1/grants/{id}"), VERSION, made.into()), entry.into()))
        })
        .await?;
    reply.note_security(&request, SecurityEvent::GrantCreated);
    Ok(reply)
}

/// Takes a grant back: tokens that carry it are refused by every service within seconds.
///
/// Needs `grant.write` over its area, and `If-Match`. The last administrator of a province stays.
#[utoipa::path(tag = "grants", params(("id" = Id, Path, description = "The grant")),
    responses((status = 204, description = "The grant is taken back")))]
#[delete("/v1/grants/{id}")]
pub(crate) async fn revoke_grant(
    may: May<needs::WriteGrant>,
    id: web::Path<Id>,
    command: Command,
    state: web::Data<State>,
    request: HttpRequest,
) -> Answer<Reply<()>> {
    let (scope, id, at, precondition) = (may.scope.clone(), *id, may.at, command.precondition());
    let territory = state.territory.get();
    let reply = command
        .run(&state.db, &may, &[0; 32], move |tx| {
            let kept = store::find_grant(tx.conn(), &scope, id)?.filter(|kept| scope.may_write(&kept.grant.area));
            let kept = kept.ok_or_else(|| Error::new(Code::NotFound))?;
            precondition.check(VERSION)?;
            store::keep_an_administrator(tx.conn(), &territory, at, kept.client, std::slice::from_ref(&kept.grant))?;
            store::delete_grant(tx, &kept)?;
            let payload = GrantRevoked { id, client: kept.client };
            let entry = Entry::of(&payload, format!("/v1/grants/{id}"), vietnam_day(at))?.in_area(&kept.grant.area);
            Ok((Reply::done(), entry.into()))
        })
        .await?;
    reply.note_security(&request, SecurityEvent::GrantRevoked);
    Ok(reply)
}
