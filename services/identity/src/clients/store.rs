//! How clients are kept.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use rand::Rng;
use sha2::{Digest, Sha256};
use shared::access::{EndedTokens, Grant, Scope};
use shared::http::PageQuery;
use shared::storage::{AnyConnection, Tx, one_of};
use shared::territory::AreaId;
use shared::validate::{Faults, Wrong};
use shared::{Code, Error, Id, Result};
use subtle::ConstantTimeEq;

use super::{Client, Secret};
use crate::grants::{end_tokens, grants_of, show_anew};
use crate::schema::{client_secrets, clients};

#[derive(Queryable, Selectable)]
#[diesel(table_name = clients)]
struct ClientRow {
    id: Id,
    label: String,
    area_id: Option<String>,
    service: Option<String>,
    is_disabled: bool,
    version: i64,
    created_at: NaiveDateTime,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = client_secrets)]
struct SecretRow {
    client_id: Id,
    secret_hash: Vec<u8>,
    made_at: NaiveDateTime,
    is_used: bool,
    /// None for the newest.
    valid_until: Option<NaiveDateTime>,
}

impl SecretRow {
    /// Says whether it is a secret, in the same time for each that it is not.
    fn is(&self, secret: &str) -> bool {
        Sha256::digest(secret.as_bytes()).as_slice().ct_eq(&self.secret_hash).into()
    }
}

/// A client that proved itself.
pub(crate) struct ClientIdentity {
    pub id: Id,
    /// The service whose own client it is.
    pub service: Option<String>,
    pub version: i64,
    pub grants: Vec<Grant>,
    /// The hash of its newest secret, where that proves it for the first time.
    pub first_used: Option<Vec<u8>>,
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

/// Returns the client if the secret is its own and valid, and it is not disabled.
pub(crate) fn authenticate(
    conn: &mut AnyConnection,
    id: Id,
    secret: &str,
    at: DateTime<Utc>,
) -> Result<Option<ClientIdentity>> {
    let row = find_row(conn, id)?;
    let at = at.naive_utc();
    let secrets = secrets_of(conn, &[id])?;
    let valid = secrets.iter().filter(|one| one.valid_until.is_none_or(|until| at < until));
    let proved = valid.fold(None, |proved, one| if one.is(secret) { Some(one) } else { proved });
    let (Some(ClientRow { id, service, is_disabled, version, .. }), Some(proved)) = (row, proved) else {
        return Ok(None);
    };
    if is_disabled {
        return Ok(None);
    }
    let grants = grants_of(conn, &[id])?.into_iter().map(|(_, grant)| grant).collect();
    let first_used = (proved.valid_until.is_none() && !proved.is_used).then(|| proved.secret_hash.clone());
    Ok(Some(ClientIdentity { id, service, version, grants, first_used }))
}

/// Notes that a client uses its newest secret. False where it is the newest no more.
pub(crate) fn note_use(tx: &mut Tx<'_>, id: Id, secret_hash: &[u8]) -> Result<bool> {
    let used = newest_secret(id).filter(client_secrets::secret_hash.eq(secret_hash));
    let is_noted = diesel::update(used).set(client_secrets::is_used.eq(true)).execute(tx.conn())? > 0;
    if is_noted {
        show_anew(tx, id)?;
    }
    Ok(is_noted)
}

#[diesel::dsl::auto_type(no_type_alias)]
fn newest_secret(id: Id) -> _ {
    client_secrets::table.filter(client_secrets::client_id.eq(id)).filter(client_secrets::valid_until.is_null())
}

/// The secrets of some clients, the newest of each first.
fn secrets_of(conn: &mut AnyConnection, clients: &[Id]) -> Result<Vec<SecretRow>> {
    let of_clients = client_secrets::table.filter(one_of(client_secrets::client_id, clients));
    let newest_first = of_clients.order((client_secrets::valid_until.is_null().desc(), client_secrets::made_at.desc()));
    Ok(newest_first.select(SecretRow::as_select()).load(conn)?)
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
    let (grants, secrets) = (grants_of(conn, &ids)?, secrets_of(conn, &ids)?);
    Ok(rows.into_iter().map(|row| client_of(row, &grants, &secrets).0).collect())
}

pub(super) fn find_client(conn: &mut AnyConnection, scope: &Scope, id: Id) -> Result<Option<(Client, i64)>> {
    let row = find_row(conn, id)?;
    let (grants, secrets) = (grants_of(conn, &[id])?, secrets_of(conn, &[id])?);
    let found = row.map(|row| client_of(row, &grants, &secrets));
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

fn client_of(row: ClientRow, grants: &[(Id, Grant)], secrets: &[SecretRow]) -> (Client, i64) {
    let ClientRow { id, label, area_id, is_disabled, version, created_at, .. } = row;
    let grants = grants.iter().filter(|(client, _)| *client == id).map(|(_, grant)| grant.clone()).collect();
    let shown = |row: &SecretRow| Secret {
        made_at: row.made_at.and_utc(),
        is_used: row.is_used,
        valid_until: row.valid_until.map(|until| until.and_utc()),
    };
    let secrets = secrets.iter().filter(|row| row.client_id == id).map(shown).collect();
    let area = area_id.map(AreaId::stored);
    let (created_at, etag) = (created_at.and_utc(), format!("\"v{version}\""));
    (Client { id, label, area, is_disabled, grants, secrets, created_at, etag }, version)
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
            clients::is_disabled.eq(false),
            clients::version.eq(1),
            clients::created_at.eq(at),
            clients::tokens_from_version.eq(1),
        ))
        .execute(tx.conn())?;
    insert_secret(tx, id, &secret_hash)?;
    Ok((id, secret))
}

fn insert_secret(tx: &mut Tx<'_>, client: Id, secret_hash: &[u8]) -> Result<()> {
    diesel::insert_into(client_secrets::table)
        .values((
            client_secrets::id.eq(Id::new()),
            client_secrets::client_id.eq(client),
            client_secrets::secret_hash.eq(secret_hash),
            client_secrets::made_at.eq(tx.at().naive_utc()),
            client_secrets::is_used.eq(false),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// How a secret is renewed.
pub(super) struct Renewal {
    /// Until when the secret that was in use stays valid.
    pub previous_valid_until: DateTime<Utc>,
    /// The secret by which a client proves itself once more; it has to be the newest.
    pub proof: Option<String>,
}

/// Makes a new secret for a client, beside the one in use. A newest one that nobody has used yet is replaced: its answer may
/// have been lost; then the one in use stays valid for no longer than it was. Where the one in use ends at once, so do the tokens.
///
/// # Errors
/// `wrong_secret` at `/client_secret` when the client does not prove itself.
pub(super) fn renew_secret(tx: &mut Tx<'_>, id: Id, renewal: &Renewal) -> Result<String> {
    let secrets = secrets_of(tx.conn(), &[id])?;
    let newest = secrets.first().ok_or_else(|| Error::internal("a client has no secret"))?;
    if renewal.proof.as_ref().is_some_and(|proof| !newest.is(proof)) {
        let mut faults = Faults::new();
        faults.add("/client_secret", Wrong::new(Code::WrongSecret));
        faults.finish()?;
    }
    let (at, until) = (tx.at().naive_utc(), renewal.previous_valid_until.naive_utc());
    let of_client = client_secrets::table.filter(client_secrets::client_id.eq(id));
    if until <= at {
        diesel::delete(of_client).execute(tx.conn())?;
        end_tokens(tx, id)?;
    } else {
        // Who proves itself by it uses it. A first use that is noted at this moment is waited for.
        let is_valid = |one: &SecretRow| one.valid_until.is_some_and(|until| at < until);
        let was_renewed = secrets.iter().any(is_valid) && renewal.proof.is_none();
        let unused = newest_secret(id).filter(client_secrets::is_used.eq(false));
        let is_replaced = was_renewed && diesel::delete(unused).execute(tx.conn())? > 0;
        if !is_replaced {
            diesel::delete(of_client.filter(client_secrets::valid_until.is_not_null())).execute(tx.conn())?;
        }
        let longer = of_client.filter(client_secrets::valid_until.is_null().or(client_secrets::valid_until.gt(until)));
        diesel::update(longer).set(client_secrets::valid_until.eq(Some(until))).execute(tx.conn())?;
        show_anew(tx, id)?;
    }
    let (secret, secret_hash) = new_secret();
    insert_secret(tx, id, &secret_hash)?;
    Ok(secret)
}

/// Sets the secret of a service's own client, which is made where there is none.
pub(crate) fn put_service_client(tx: &mut Tx<'_>, service: &str, secret: &str) -> Result<Id> {
    let known = find_service_client(tx, service)?;
    let id = match known {
        Some(id) => id,
        None => insert_client(tx, service, None, Some(service))?.0,
    };
    put_newest(tx, id, &Sha256::digest(secret.as_bytes()))?;
    Ok(id)
}

fn put_newest(tx: &mut Tx<'_>, id: Id, secret_hash: &[u8]) -> Result<()> {
    diesel::update(newest_secret(id)).set(client_secrets::secret_hash.eq(secret_hash)).execute(tx.conn())?;
    Ok(())
}

fn find_service_client(tx: &mut Tx<'_>, service: &str) -> Result<Option<Id>> {
    Ok(clients::table.filter(clients::service.eq(service)).select(clients::id).get_result(tx.conn()).optional()?)
}

/// Gives a service's own client a new secret, if there is such a client; tokens got with the previous one end.
pub(crate) fn replace_service_secret(tx: &mut Tx<'_>, service: &str) -> Result<Option<(Id, String)>> {
    let Some(id) = find_service_client(tx, service)? else { return Ok(None) };
    let (secret, secret_hash) = new_secret();
    put_newest(tx, id, &secret_hash)?;
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
