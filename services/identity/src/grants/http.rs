//! Grants over HTTP.

use actix_web::{HttpRequest, delete, get, post, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use shared::access::{Grant, May, Permission, Role, Scope, needs};
use shared::clock::vietnam_day;
use shared::http::{Answer, Body, Command, Found, ListAll, Page, PageQuery, Query, Reply, SecurityEvent, Shown, Tag};
use shared::journal::{Entries, Entry};
use shared::made_ids::{NamesIds, as_it_stands};
use shared::published::client::{GrantCreated, GrantRevoked};
use shared::storage::Tx;
use shared::territory::AreaId;
use shared::{Code, Error, Id, Moment, Result};
use strum::IntoEnumIterator;

use super::store::{self, KeptGrant};
use crate::administrators::{Loser, keep_an_administrator};
use crate::state::State;

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
    created_at: Moment,
    /// The entity tag: a grant is made and taken back, and never changed.
    etag: String,
}

/// A grant has one version.
const VERSION: i64 = 1;

impl From<KeptGrant> for ClientGrant {
    fn from(kept: KeptGrant) -> Self {
        let Grant { role, area } = kept.grant;
        let created_at = kept.created_at.into();
        Self { id: kept.id, client_id: kept.client, role, area, created_at, etag: Tag::from(VERSION).quoted() }
    }
}

/// Gives a client a role over an area.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"client_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f", "role": "officer",
    "area": "12004@2025-07-01"}))]
pub(crate) struct CreateGrant {
    /// The id of the grant, where the caller makes it: a UUID of version 7, at most 60 days old.
    #[serde(default)]
    id: Option<Id>,
    /// The client.
    client_id: Id,
    /// The role.
    role: Role,
    /// The area.
    area: AreaId,
}

impl NamesIds for CreateGrant {
    fn named_ids(&self) -> Vec<(&'static str, Option<Id>)> {
        vec![("/id", self.id)]
    }
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
    Ok(query.page("roles", roles())?)
}

/// The reference data of identity.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct IdentityReferenceData {
    /// The roles.
    roles: Vec<RoleDescription>,
}

/// Returns all reference data of identity in one answer, for a copy. `If-None-Match` answers 304 while nothing has changed.
///
/// Needs `own.read`, which every role has.
#[utoipa::path(tag = "reference data", responses((status = 200, body = IdentityReferenceData)))]
#[get("/v1/reference-data/identity")]
pub(crate) async fn find_identity_reference_data(_may: May<needs::ReadOwn>) -> Answer<Shown<IdentityReferenceData>> {
    Ok(Shown(IdentityReferenceData { roles: roles() }))
}

fn roles() -> Vec<RoleDescription> {
    Role::iter().map(|role| RoleDescription { role, permissions: role.permissions().to_vec() }).collect()
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
    let (asked, mut faults) = query.parts();
    let page = PageQuery::<(i64, Id)>::parse(&mut faults, "grants", asked.limit, asked.cursor.as_deref())?;
    faults.finish()?;
    let (scope, asked) = (may.scope.clone(), page.clone());
    let kept = state.db.read(move |conn| store::list_grants(conn, &scope, &asked)).await?;
    Ok(page.page("grants", kept, |kept| (kept.ordinal, kept.id))?.map(ClientGrant::from))
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
    let named = body.named_ids()?;
    let CreateGrant { id: new_id, client_id, role, area } = body.value;
    if may.caller.is_client(client_id) {
        return Err(Error::new(Code::OwnClient).into());
    }
    let is_known = state.territory.get().find(&area).is_some() && may.scope.may_write(&area);
    let (scope, at) = (may.scope.clone(), may.at);
    let reply = command
        .create(&state.db, &state.made_ids, &may, named, move |tx, known| {
            let id = known.or(new_id).unwrap_or_default();
            let entry = match known {
                None if !is_known => return Err(Error::fault("/area", Code::UnknownArea)),
                None => Some(give(tx, &scope, (id, client_id), &Grant { role, area }, at)?),
                Some(_) => None,
            };
            let made = store::find_grant(tx.conn(), &scope, id)?;
            let (made, unchanged) = as_it_stands(made, |kept| Some(kept.grant.area.clone()))?;
            let reply = Reply::created(format!("/v1/grants/{id}"), VERSION, made.into());
            Ok((reply, entry.map_or(unchanged, Entries::from)))
        })
        .await?;
    reply.note_security(&request, SecurityEvent::GrantCreated);
    Ok(reply)
}

fn give(tx: &mut Tx<'_>, scope: &Scope, (id, client): (Id, Id), grant: &Grant, at: DateTime<Utc>) -> Result<Entry> {
    if !store::is_within(tx.conn(), scope, client)? {
        return Err(Error::fault("/client_id", Code::NotFound));
    }
    store::insert_grant(tx, id, client, grant)?;
    let payload = GrantCreated { id, client, role: grant.role, area: grant.area.clone() };
    Ok(Entry::of(&payload, format!("/v1/grants/{id}"), vietnam_day(at))?.in_area(&grant.area))
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
            let lost = std::slice::from_ref(&kept.grant);
            keep_an_administrator(tx.conn(), &territory, at, Loser::Client(kept.client), lost)?;
            store::delete_grant(tx, &kept)?;
            let payload = GrantRevoked { id, client: kept.client };
            let entry = Entry::of(&payload, format!("/v1/grants/{id}"), vietnam_day(at))?.in_area(&kept.grant.area);
            Ok((Reply::done(), entry.into()))
        })
        .await?;
    reply.note_security(&request, SecurityEvent::GrantRevoked);
    Ok(reply)
}
