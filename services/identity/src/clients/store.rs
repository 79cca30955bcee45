//! SQL for clients.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use jsonwebtoken::jwk::Jwk;
use sha2::{Digest, Sha256};
use shared::access::{EndedTokens, Grant, Scope};
use shared::http::{PageQuery, Tag};
use shared::storage::{AnyConnection, Tx, next_ordinal, one_of};
use shared::territory::AreaId;
use shared::validate::{Faults, Wrong};
use shared::{Code, Error, Id, Moment, Result};
use subtle::ConstantTimeEq;

use super::keys::{end_keys, find_key, keys_of};
use super::{Client, KeyShown, Secret};
use crate::grants::{end_tokens, grants_of, show_anew};
use crate::oldest_first::oldest_first;
use crate::schema::{client_holders, client_secrets, clients};
use crate::secrets::new_secret;

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
    ordinal: i64,
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

/// Returns what a client is called, whoever asks.
pub(crate) fn find_label(conn: &mut AnyConnection, id: Id) -> Result<Option<String>> {
    Ok(find_row(conn, id)?.map(|client| client.label))
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

/// Returns a client that proved itself by a key, if it still has the key and is not disabled.
///
/// The client is read before the key: if the key is taken out in between, it is missing here; if it is taken out later, that ends the
/// tokens of the version that was read.
pub(crate) fn find_proved_by_key(
    conn: &mut AnyConnection,
    id: Id,
    kid: &str,
    key: &Jwk,
) -> Result<Option<ClientIdentity>> {
    let Some(ClientRow { id, service, is_disabled: false, version, .. }) = find_row(conn, id)? else { return Ok(None) };
    if find_key(conn, id, kid)?.as_ref() != Some(key) {
        return Ok(None);
    }
    let grants = grants_of(conn, &[id])?.into_iter().map(|(_, grant)| grant).collect();
    Ok(Some(ClientIdentity { id, service, version, grants, first_used: None }))
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

/// A client in a list.
pub(super) struct Listed {
    /// Its place in the order in which clients were made.
    pub ordinal: i64,
    /// The client.
    pub client: Client,
}

pub(super) fn list_clients(
    conn: &mut AnyConnection,
    scope: &Scope,
    page: &PageQuery<(i64, Id)>,
) -> Result<Vec<Listed>> {
    let query = oldest_first!(clients::table.select(ClientRow::as_select()), clients, scope, page);
    let rows: Vec<ClientRow> = query.load(conn)?;
    let ids: Vec<Id> = rows.iter().map(|row| row.id).collect();
    let known = (grants_of(conn, &ids)?, secrets_of(conn, &ids)?, keys_of(conn, &ids)?);
    let listed = |row: ClientRow| Listed { ordinal: row.ordinal, client: client_of(row, &known).0 };
    Ok(rows.into_iter().map(listed).collect())
}

pub(super) fn find_client(conn: &mut AnyConnection, scope: &Scope, id: Id) -> Result<Option<(Client, i64)>> {
    let row = find_row(conn, id)?;
    let known = (grants_of(conn, &[id])?, secrets_of(conn, &[id])?, keys_of(conn, &[id])?);
    let found = row.map(|row| client_of(row, &known));
    Ok(found.filter(|(client, _)| match &client.area {
        Some(area) => scope.may_read(area),
        // The services' own are listed to those who read every area.
        None => scope.is_all(),
    }))
}

/// Says whether there is any client beside the services' own.
pub(crate) fn has_clients(conn: &mut AnyConnection) -> Result<bool> {
    let count: i64 = clients::table.filter(clients::service.is_null()).count().get_result(conn)?;
    Ok(count > 0)
}

/// What is known of some clients: grants, secrets and keys.
type Known = (Vec<(Id, Grant)>, Vec<SecretRow>, Vec<(Id, KeyShown)>);

fn client_of(row: ClientRow, (grants, secrets, keys): &Known) -> (Client, i64) {
    let ClientRow { id, label, area_id, is_disabled, version, created_at, .. } = row;
    let grants = grants.iter().filter(|(client, _)| *client == id).map(|(_, grant)| grant.clone()).collect();
    let shown = |row: &SecretRow| Secret {
        made_at: row.made_at.into(),
        is_used: row.is_used,
        valid_until: row.valid_until.map(Moment::from),
    };
    let secrets = secrets.iter().filter(|row| row.client_id == id).map(shown).collect();
    let keys = keys.iter().filter(|(client, _)| *client == id).map(|(_, key)| key.clone()).collect();
    let area = area_id.map(AreaId::stored);
    let (created_at, etag) = (created_at.into(), Tag::from(version).quoted());
    (Client { id, label, area, is_disabled, grants, secrets, keys, created_at, etag }, version)
}

/// Makes a client and its secret.
pub(crate) fn insert_client(tx: &mut Tx<'_>, id: Id, label: &str, area: &AreaId) -> Result<String> {
    let ordinal = next_ordinal(tx, "clients")?;
    insert(tx, id, (label, ordinal), Some(area), None)
}

/// Makes a service's own client and its secret. Those stand before all others: none is made under the journal's lock.
pub(crate) fn insert_service_client(tx: &mut Tx<'_>, service: &str) -> Result<(Id, String)> {
    let id = Id::new();
    let secret = insert(tx, id, (service, 0), None, Some(service))?;
    Ok((id, secret))
}

fn insert(
    tx: &mut Tx<'_>,
    id: Id,
    (label, ordinal): (&str, i64),
    area: Option<&AreaId>,
    service: Option<&str>,
) -> Result<String> {
    let at = tx.at().naive_utc();
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
            clients::ordinal.eq(ordinal),
        ))
        .execute(tx.conn())?;
    note_holders(tx, id)?;
    insert_secret(tx, id, &secret_hash)?;
    Ok(secret)
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
    // A client with keys has no secret, by which it could ask for one itself.
    let is_newest = |proof: &String| secrets.first().is_some_and(|newest| newest.is(proof));
    if renewal.proof.as_ref().is_some_and(|proof| !is_newest(proof)) {
        let mut faults = Faults::new();
        faults.add("/client_secret", Wrong::new(Code::WrongSecret));
        faults.finish()?;
    }
    note_holders(tx, id)?;
    let (at, until) = (tx.at().naive_utc(), renewal.previous_valid_until.naive_utc());
    let of_client = client_secrets::table.filter(client_secrets::client_id.eq(id));
    end_keys(tx, id)?;
    if until <= at || secrets.is_empty() {
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
        None => insert_service_client(tx, service)?.0,
    };
    put_newest(tx, id, &Sha256::digest(secret.as_bytes()))?;
    Ok(id)
}

/// The grants of a client that is not disabled.
pub(crate) fn find_grants_in_use(conn: &mut AnyConnection, id: Id) -> Result<Vec<Grant>> {
    let in_use = clients::table.filter(clients::id.eq(id).and(clients::is_disabled.eq(false)));
    let found: Option<Id> = in_use.select(clients::id).get_result(conn).optional()?;
    match found {
        Some(id) => Ok(grants_of(conn, &[id])?.into_iter().map(|(_, grant)| grant).collect()),
        None => Ok(Vec::new()),
    }
}

/// Who may stand behind what a caller does: a person, or for a program itself and everybody who ever gave it a secret or keys. Whoever gave
/// one may still hold it.
pub(crate) fn holders_of(conn: &mut AnyConnection, subject: &str) -> Result<BTreeSet<String>> {
    let mut holders = BTreeSet::from([subject.to_owned()]);
    if let Some(client) = subject.strip_prefix("client:").and_then(|id| id.parse::<Id>().ok()) {
        let of_client = client_holders::table.filter(client_holders::client_id.eq(client));
        holders.extend(of_client.select(client_holders::holder).load::<String>(conn)?);
    }
    Ok(holders)
}

/// Notes that whoever gives a program a secret or keys may hold them; a program that renews its own changes nothing in that.
pub(super) fn note_holders(tx: &mut Tx<'_>, id: Id) -> Result<()> {
    let actor = tx.actor().to_owned();
    if actor == format!("client:{id}") || actor.starts_with("service:") {
        return Ok(());
    }
    let known = holders_of(tx.conn(), &format!("client:{id}"))?;
    for holder in holders_of(tx.conn(), &actor)?.difference(&known) {
        diesel::insert_into(client_holders::table)
            .values((client_holders::client_id.eq(id), client_holders::holder.eq(holder)))
            .execute(tx.conn())?;
    }
    Ok(())
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
pub(crate) fn list_ended_clients(conn: &mut AnyConnection, since: NaiveDateTime) -> Result<Vec<EndedTokens>> {
    let rows: Vec<(Id, i64)> = clients::table
        .filter(clients::tokens_ended_at.gt(since))
        .select((clients::id, clients::tokens_from_version))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, from_version)| EndedTokens::of_client(&id.to_string(), from_version)).collect())
}
