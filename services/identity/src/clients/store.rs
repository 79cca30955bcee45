//! How clients are kept.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::NaiveDateTime;
use diesel::prelude::*;
use rand::Rng;
use sha2::{Digest, Sha256};
use shared::access::{EndedTokens, Grant, Scope};
use shared::http::PageQuery;
use shared::storage::{AnyConnection, Tx};
use shared::territory::AreaId;
use shared::{Code, Error, Id, Result};
use subtle::ConstantTimeEq;

use super::Client;
use crate::grants::{end_tokens, grants_of};
use crate::schema::clients;

#[derive(Queryable, Selectable)]
#[diesel(table_name = clients)]
struct ClientRow {
    id: Id,
    label: String,
    area_id: Option<String>,
    service: Option<String>,
    secret_hash: Vec<u8>,
    is_disabled: bool,
    version: i64,
    created_at: NaiveDateTime,
}

/// A client that proved itself.
pub(crate) struct ClientIdentity {
    pub id: Id,
    /// The service whose own client it is.
    pub service: Option<String>,
    pub version: i64,
    pub grants: Vec<Grant>,
}

impl ClientIdentity {
    /// Whom its tokens speak of: `client:<id>` or `service:<name>`.
    pub fn subject(&self) -> String {
        match &self.service {
            Some(service) => format!("service:{service}"),
            None => format!("client:{}", self.id),
        }
    }
}

/// Returns the client if the secret is its own and it is not disabled.
pub(crate) fn authenticate(conn: &mut AnyConnection, id: Id, secret: &str) -> Result<Option<ClientIdentity>> {
    let row = find_row(conn, id)?;
    let sent = Sha256::digest(secret.as_bytes());
    let Some(ClientRow { id, service, secret_hash, is_disabled, version, .. }) = row else { return Ok(None) };
    if is_disabled || !bool::from(sent.as_slice().ct_eq(&secret_hash)) {
        return Ok(None);
    }
    let grants = grants_of(conn, &[id])?.into_iter().map(|(_, grant)| grant).collect();
    Ok(Some(ClientIdentity { id, service, version, grants }))
}

fn find_row(conn: &mut AnyConnection, id: Id) -> Result<Option<ClientRow>> {
    Ok(clients::table.find(id).select(ClientRow::as_select()).get_result(conn).optional()?)
}

pub(super) fn list_clients(conn: &mut AnyConnection, scope: &Scope, page: &PageQuery<Id>) -> Result<Vec<Client>> {
    let mut query =
        clients::table.select(ClientRow::as_select()).order(clients::id.asc()).limit(page.limit + 1).into_boxed();
    if let Some(areas) = scope.readable_ids() {
        query = query.filter(clients::area_id.eq_any(areas));
    }
    if let Some(after) = page.after {
        query = query.filter(clients::id.gt(after));
    }
    let rows: Vec<ClientRow> = query.load(conn)?;
    let ids: Vec<Id> = rows.iter().map(|row| row.id).collect();
    let grants = grants_of(conn, &ids)?;
    Ok(rows.into_iter().map(|row| client_of(row, &grants).0).collect())
}

pub(super) fn find_client(conn: &mut AnyConnection, scope: &Scope, id: Id) -> Result<Option<(Client, i64)>> {
    let row = find_row(conn, id)?;
    let grants = grants_of(conn, &[id])?;
    let found = row.map(|row| client_of(row, &grants));
    Ok(found.filter(|(client, _)| match &client.area {
        Some(area) => scope.may_read(area),
        None => scope.is_everything(),
    }))
}

/// Says whether there is any client beside the services' own.
pub(crate) fn has_clients(conn: &mut AnyConnection) -> Result<bool> {
    let count: i64 = clients::table.filter(clients::service.is_null()).count().get_result(conn)?;
    Ok(count > 0)
}

fn client_of(row: ClientRow, grants: &[(Id, Grant)]) -> (Client, i64) {
    let ClientRow { id, label, area_id, is_disabled, version, created_at, .. } = row;
    let grants = grants.iter().filter(|(client, _)| *client == id).map(|(_, grant)| grant.clone()).collect();
    let area = area_id.map(AreaId::stored);
    let (created_at, etag) = (created_at.and_utc(), format!("\"v{version}\""));
    (Client { id, label, area, is_disabled, grants, created_at, etag }, version)
}

/// Makes a client and its secret.
pub(crate) fn insert_client(
    tx: &mut Tx<'_>,
    label: &str,
    area: Option<&AreaId>,
    service: Option<&str>,
) -> Result<(Id, String)> {
    let (id, at) = (Id::new(), tx.at().naive_utc());
    let (secret, secret_hash) = new_secret();
    diesel::insert_into(clients::table)
        .values((
            clients::id.eq(id),
            clients::label.eq(label),
            clients::area_id.eq(area.map(AreaId::as_str)),
            clients::service.eq(service),
            clients::secret_hash.eq(secret_hash),
            clients::is_disabled.eq(false),
            clients::version.eq(1),
            clients::created_at.eq(at),
            clients::tokens_from_version.eq(1),
        ))
        .execute(tx.conn())?;
    Ok((id, secret))
}

/// Sets the secret of a service's own client, which is made where there is none.
pub(crate) fn put_service_client(tx: &mut Tx<'_>, service: &str, secret: &str) -> Result<Id> {
    let known = find_service_client(tx, service)?;
    let id = match known {
        Some(id) => id,
        None => insert_client(tx, service, None, Some(service))?.0,
    };
    let secret_hash = Sha256::digest(secret.as_bytes()).to_vec();
    diesel::update(clients::table.find(id)).set(clients::secret_hash.eq(secret_hash)).execute(tx.conn())?;
    Ok(id)
}

fn find_service_client(tx: &mut Tx<'_>, service: &str) -> Result<Option<Id>> {
    Ok(clients::table.filter(clients::service.eq(service)).select(clients::id).get_result(tx.conn()).optional()?)
}

/// Gives a service's own client a new secret, if there is such a client; tokens got with the last one end.
pub(crate) fn replace_service_secret(tx: &mut Tx<'_>, service: &str) -> Result<Option<(Id, String)>> {
    let Some(id) = find_service_client(tx, service)? else { return Ok(None) };
    let (secret, secret_hash) = new_secret();
    diesel::update(clients::table.find(id)).set(clients::secret_hash.eq(secret_hash)).execute(tx.conn())?;
    end_tokens(tx, id)?;
    Ok(Some((id, secret)))
}

/// Disables a client at the version that was read; its tokens end.
///
/// # Errors
/// `stale_version` when it has another version by now.
pub(super) fn disable(tx: &mut Tx<'_>, id: Id, version: i64) -> Result<()> {
    let read = clients::table.filter(clients::id.eq(id).and(clients::version.eq(version)));
    let changed = diesel::update(read).set(clients::is_disabled.eq(true)).execute(tx.conn())?;
    if changed == 0 {
        return Err(Error::new(Code::StaleVersion));
    }
    end_tokens(tx, id)
}

/// Lists whose tokens ended early since an instant.
pub(crate) fn list_ended_tokens(conn: &mut AnyConnection, since: NaiveDateTime) -> Result<Vec<EndedTokens>> {
    let rows: Vec<(Id, i64)> = clients::table
        .filter(clients::tokens_ended_at.gt(since))
        .select((clients::id, clients::tokens_from_version))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, from_version)| EndedTokens::of(&id.to_string(), from_version)).collect())
}

fn new_secret() -> (String, Vec<u8>) {
    let mut bytes = [0u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    let secret = URL_SAFE_NO_PAD.encode(bytes);
    let hash = Sha256::digest(secret.as_bytes()).to_vec();
    (secret, hash)
}
