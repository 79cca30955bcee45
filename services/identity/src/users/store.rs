//! How users are kept.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use shared::access::{EndedTokens, Scope};
use shared::http::PageQuery;
use shared::personal::{DataKey, Vault};
use shared::storage::{AnyConnection, Tx, next_ordinal, on_unique, once};
use shared::territory::AreaId;
use shared::{Code, Error, Id, Result};

use super::NewUser;
use crate::oldest_first::oldest_first;
use crate::schema::{invitations, recovery_codes, users};

const TABLE: &str = "users";

#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
struct UserRow {
    id: Id,
    login: Vec<u8>,
    name: Vec<u8>,
    area_id: String,
    password_hash: Option<String>,
    totp_secret: Option<Vec<u8>>,
    left_at: Option<NaiveDateTime>,
    version: i64,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
    removal_asked_by: Option<String>,
    removal_asked_at: Option<NaiveDateTime>,
    ordinal: i64,
}

/// A user as administrators see it.
pub(super) struct KeptUser {
    pub id: Id,
    pub login: String,
    pub name: String,
    pub area: AreaId,
    pub has_password: bool,
    pub has_second_factor: bool,
    pub left_at: Option<DateTime<Utc>>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Who asked to remove the second factor, and when.
    pub removal_asked: Option<(String, DateTime<Utc>)>,
    /// The place in the order in which users were made.
    pub ordinal: i64,
}

/// What signing in needs of a user.
#[derive(Clone)]
pub(crate) struct Account {
    pub id: Id,
    pub login: String,
    pub name: String,
    pub password_hash: Option<String>,
    /// The secret of the second factor.
    pub totp_secret: Option<String>,
    pub has_left: bool,
    pub version: i64,
}

fn key_of(keys: &BTreeMap<Id, DataKey>, id: Id) -> Result<&DataKey> {
    keys.get(&id).ok_or_else(|| Error::internal("a user without a data key"))
}

fn keys_of(conn: &mut AnyConnection, vault: &Vault, rows: &[UserRow]) -> Result<BTreeMap<Id, DataKey>> {
    let ids: Vec<Id> = rows.iter().map(|row| row.id).collect();
    Ok(vault.find_data_keys(conn, &ids)?.into_iter().map(|key| (key.id(), key)).collect())
}

fn opened(conn: &mut AnyConnection, vault: &Vault, rows: Vec<UserRow>) -> Result<Vec<KeptUser>> {
    let keys = keys_of(conn, vault, &rows)?;
    rows.into_iter()
        .map(|row| {
            let key = key_of(&keys, row.id)?;
            Ok(KeptUser {
                id: row.id,
                login: key.open(TABLE, "login", &row.login)?,
                name: key.open(TABLE, "name", &row.name)?,
                area: AreaId::stored(row.area_id),
                has_password: row.password_hash.is_some(),
                has_second_factor: row.totp_secret.is_some(),
                left_at: row.left_at.map(|at| at.and_utc()),
                version: row.version,
                created_at: row.created_at.and_utc(),
                updated_at: row.updated_at.and_utc(),
                removal_asked: row.removal_asked_by.zip(row.removal_asked_at.map(|at| at.and_utc())),
                ordinal: row.ordinal,
            })
        })
        .collect()
}

pub(super) fn list_users(
    conn: &mut AnyConnection,
    vault: &Vault,
    scope: &Scope,
    page: &PageQuery<(i64, Id)>,
) -> Result<Vec<KeptUser>> {
    let query = oldest_first!(users::table.select(UserRow::as_select()), users, scope, page);
    let rows = query.load(conn)?;
    opened(conn, vault, rows)
}

pub(super) fn find_user(conn: &mut AnyConnection, vault: &Vault, scope: &Scope, id: Id) -> Result<Option<KeptUser>> {
    let row = users::table.find(id).select(UserRow::as_select()).get_result(conn).optional()?;
    let found = opened(conn, vault, row.into_iter().collect())?.pop();
    Ok(found.filter(|user| scope.may_read(&user.area)))
}

/// Says whether a user who has not left is within the caller's scope.
pub(crate) fn is_within(conn: &mut AnyConnection, scope: &Scope, id: Id) -> Result<bool> {
    let area: Option<String> = users::table
        .filter(users::id.eq(id).and(users::left_at.is_null()))
        .select(users::area_id)
        .get_result(conn)
        .optional()?;
    Ok(area.is_some_and(|area| scope.may_read(&AreaId::stored(area))))
}

/// The name of a user.
pub(crate) fn find_name(conn: &mut AnyConnection, vault: &Vault, id: Id) -> Result<Option<String>> {
    Ok(find_account(conn, vault, id)?.map(|account| account.name))
}

fn account_of(conn: &mut AnyConnection, vault: &Vault, row: Option<UserRow>) -> Result<Option<Account>> {
    let Some(row) = row else { return Ok(None) };
    let rows = [row];
    let keys = keys_of(conn, vault, &rows)?;
    let [row] = rows;
    let key = key_of(&keys, row.id)?;
    let totp_secret = row.totp_secret.map(|sealed| key.open(TABLE, "totp_secret", &sealed)).transpose()?;
    Ok(Some(Account {
        id: row.id,
        login: key.open(TABLE, "login", &row.login)?,
        name: key.open(TABLE, "name", &row.name)?,
        password_hash: row.password_hash,
        totp_secret,
        has_left: row.left_at.is_some(),
        version: row.version,
    }))
}

/// Returns what signing in needs of a user.
pub(crate) fn find_account(conn: &mut AnyConnection, vault: &Vault, id: Id) -> Result<Option<Account>> {
    let row = users::table.find(id).select(UserRow::as_select()).get_result(conn).optional()?;
    account_of(conn, vault, row)
}

/// Returns the user who has a login, however it is written.
pub(crate) fn find_account_by_login(conn: &mut AnyConnection, vault: &Vault, login: &str) -> Result<Option<Account>> {
    let index = login_index(vault, login)?;
    let of_login = users::table.filter(users::login_index.eq(index));
    let row = of_login.select(UserRow::as_select()).get_result(conn).optional()?;
    account_of(conn, vault, row)
}

fn login_index(vault: &Vault, login: &str) -> Result<Vec<u8>> {
    vault.blind_index("login", &login.trim().to_lowercase())
}

pub(super) fn insert_user(tx: &mut Tx<'_>, vault: &Vault, id: Id, new: &NewUser) -> Result<()> {
    let (at, ordinal) = (tx.at().naive_utc(), next_ordinal(tx, "users")?);
    let key = vault.create_data_key(tx, id)?;
    let (login, name) = (key.seal(TABLE, "login", &new.login)?, key.seal(TABLE, "name", &new.name)?);
    let result = diesel::insert_into(users::table)
        .values((
            users::id.eq(id),
            users::login_index.eq(login_index(vault, &new.login)?),
            users::login.eq(login),
            users::name.eq(name),
            users::area_id.eq(new.area.as_str()),
            users::version.eq(1),
            users::tokens_from_version.eq(1),
            users::created_at.eq(at),
            users::updated_at.eq(at),
            users::ordinal.eq(ordinal),
        ))
        .execute(tx.conn());
    on_unique(result, "users_login", "users.login_index", || Error::new(Code::LoginTaken))?;
    Ok(())
}

/// Gives a user the next version.
fn touch(tx: &mut Tx<'_>, id: Id) -> Result<()> {
    let at = tx.at().naive_utc();
    diesel::update(users::table.find(id))
        .set((users::version.eq(users::version + 1), users::updated_at.eq(at)))
        .execute(tx.conn())?;
    Ok(())
}

pub(super) fn put_invitation(tx: &mut Tx<'_>, id: Id, token_hash: &[u8], valid_until: DateTime<Utc>) -> Result<()> {
    let actor = tx.actor().to_owned();
    diesel::delete(invitations::table.find(id)).execute(tx.conn())?;
    diesel::insert_into(invitations::table)
        .values((
            invitations::user_id.eq(id),
            invitations::token_hash.eq(token_hash),
            invitations::valid_until.eq(valid_until.naive_utc()),
            invitations::made_by.eq(Some(actor)),
        ))
        .execute(tx.conn())?;
    touch(tx, id)
}

/// Returns whom a link invites, and who made the link, while it is valid.
pub(super) fn find_invitation(
    conn: &mut AnyConnection,
    vault: &Vault,
    token_hash: &[u8],
    at: DateTime<Utc>,
) -> Result<Option<(Account, String)>> {
    let invited: Option<(Id, Option<String>)> = invitations::table
        .filter(invitations::token_hash.eq(token_hash).and(invitations::valid_until.gt(at.naive_utc())))
        .select((invitations::user_id, invitations::made_by))
        .get_result(conn)
        .optional()?;
    let Some((id, Some(made_by))) = invited else { return Ok(None) };
    let account = find_account(conn, vault, id)?;
    Ok(account.filter(|account| !account.has_left).map(|account| (account, made_by)))
}

/// Takes a link, once: false where another was faster, or it is valid no more.
pub(crate) fn accept_invitation(tx: &mut Tx<'_>, id: Id, token_hash: &[u8]) -> Result<bool> {
    let at = tx.at().naive_utc();
    let valid = invitations::table
        .filter(invitations::user_id.eq(id).and(invitations::token_hash.eq(token_hash)))
        .filter(invitations::valid_until.gt(at));
    Ok(diesel::delete(valid).execute(tx.conn())? == 1)
}

/// Keeps the hash of a new password.
pub(crate) fn set_password(tx: &mut Tx<'_>, id: Id, password_hash: &str) -> Result<()> {
    diesel::update(users::table.find(id)).set(users::password_hash.eq(Some(password_hash))).execute(tx.conn())?;
    touch(tx, id)
}

/// Keeps the secret of a new second factor. `step` is the one whose code proved it.
pub(crate) fn set_totp(tx: &mut Tx<'_>, vault: &Vault, id: Id, secret: &str, step: i64) -> Result<()> {
    let key = vault.find_data_keys(tx.conn(), &[id])?.pop();
    let key = key.ok_or_else(|| Error::internal("a user without a data key"))?;
    let sealed = key.seal(TABLE, "totp_secret", secret)?;
    diesel::update(users::table.find(id))
        .set((users::totp_secret.eq(Some(sealed)), users::totp_step.eq(Some(step))))
        .execute(tx.conn())?;
    touch(tx, id)
}

/// Notes that the one who acts asked to remove the second factor, at the version that was read.
///
/// # Errors
/// `stale_version` when there is another version by now.
pub(super) fn ask_removal(tx: &mut Tx<'_>, id: Id, version: i64) -> Result<()> {
    let (at, actor) = (tx.at().naive_utc(), tx.actor().to_owned());
    let read = users::table.filter(users::id.eq(id).and(users::version.eq(version)));
    let changed = diesel::update(read)
        .set((
            users::removal_asked_by.eq(Some(actor)),
            users::removal_asked_at.eq(Some(at)),
            users::version.eq(version + 1),
            users::updated_at.eq(at),
        ))
        .execute(tx.conn());
    once(changed)
}

/// Removes the second factor with its recovery codes, at the version that was read, and ends the tokens.
///
/// # Errors
/// `stale_version` when there is another version by now.
pub(crate) fn remove_totp(tx: &mut Tx<'_>, id: Id, version: i64) -> Result<()> {
    let read = users::table.filter(users::id.eq(id).and(users::version.eq(version)));
    let changed = diesel::update(read)
        .set((
            users::totp_secret.eq(None::<Vec<u8>>),
            users::totp_step.eq(None::<i64>),
            users::removal_asked_by.eq(None::<String>),
            users::removal_asked_at.eq(None::<NaiveDateTime>),
        ))
        .execute(tx.conn());
    once(changed)?;
    diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq(id))).execute(tx.conn())?;
    end_user_tokens(tx, id)
}

/// Withdraws a request to remove the second factor: it was just used.
pub(crate) fn withdraw_removal(tx: &mut Tx<'_>, id: Id) -> Result<()> {
    let asked = users::table.filter(users::id.eq(id).and(users::removal_asked_at.is_not_null()));
    diesel::update(asked)
        .set((
            users::removal_asked_by.eq(None::<String>),
            users::removal_asked_at.eq(None::<NaiveDateTime>),
            users::version.eq(users::version + 1),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// Marks a user as having left, at the version that was read.
///
/// # Errors
/// `stale_version` when there is another version by now.
pub(super) fn set_left(tx: &mut Tx<'_>, id: Id, version: i64) -> Result<()> {
    let at = tx.at().naive_utc();
    let read = users::table.filter(users::id.eq(id).and(users::version.eq(version)));
    let changed = diesel::update(read).set(users::left_at.eq(Some(at))).execute(tx.conn());
    once(changed)?;
    diesel::delete(invitations::table.find(id)).execute(tx.conn())?;
    end_user_tokens(tx, id)
}

/// Gives a user the next version, and ends the tokens that were issued to earlier ones.
pub(crate) fn end_user_tokens(tx: &mut Tx<'_>, id: Id) -> Result<()> {
    let at = tx.at().naive_utc();
    diesel::update(users::table.find(id))
        .set((
            users::version.eq(users::version + 1),
            users::updated_at.eq(at),
            users::tokens_from_version.eq(users::version + 1),
            users::tokens_ended_at.eq(Some(at)),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// Lists the users whose tokens ended early since an instant.
pub(crate) fn list_ended_users(conn: &mut AnyConnection, since: NaiveDateTime) -> Result<Vec<EndedTokens>> {
    let rows: Vec<(Id, i64)> = users::table
        .filter(users::tokens_ended_at.gt(since))
        .select((users::id, users::tokens_from_version))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, from_version)| EndedTokens::of_user(id, from_version)).collect())
}
