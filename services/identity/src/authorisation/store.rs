//! How codes and refresh tokens are kept: by their hashes.

use chrono::{DateTime, Duration, NaiveDateTime, Utc};
use diesel::prelude::*;
use shared::storage::{AnyConnection, Tx};
use shared::{Id, Result};

use super::rules::CODE_SECONDS;
use crate::schema::{authorization_codes, refresh_tokens};
use crate::secrets::new_secret;

/// A code as it is kept.
#[derive(Queryable, Selectable)]
#[diesel(table_name = authorization_codes)]
pub(super) struct Code {
    pub app_id: Id,
    pub session_id: Id,
    pub redirect_uri: String,
    pub challenge: String,
    pub scope: String,
    pub nonce: Option<String>,
    pub made_at: NaiveDateTime,
    pub app_session_id: Option<Id>,
}

/// A code that is to be made.
pub(super) struct NewCode {
    pub app: Id,
    pub session: Id,
    pub redirect_uri: String,
    pub challenge: String,
    pub scope: String,
    pub nonce: Option<String>,
}

/// Makes a code.
pub(super) fn insert_code(tx: &mut Tx<'_>, new: &NewCode) -> Result<String> {
    let (code, code_hash) = new_secret();
    let at = tx.at().naive_utc();
    diesel::insert_into(authorization_codes::table)
        .values((
            authorization_codes::code_hash.eq(code_hash),
            authorization_codes::app_id.eq(new.app),
            authorization_codes::session_id.eq(new.session),
            authorization_codes::redirect_uri.eq(&new.redirect_uri),
            authorization_codes::challenge.eq(&new.challenge),
            authorization_codes::scope.eq(&new.scope),
            authorization_codes::nonce.eq(&new.nonce),
            authorization_codes::made_at.eq(at),
        ))
        .execute(tx.conn())?;
    Ok(code)
}

pub(super) fn find_code(conn: &mut AnyConnection, code_hash: &[u8]) -> Result<Option<Code>> {
    let of_hash = authorization_codes::table.find(code_hash).select(Code::as_select());
    Ok(of_hash.get_result(conn).optional()?)
}

/// Notes for which session of the app a code was exchanged.
pub(super) fn use_code(tx: &mut Tx<'_>, code_hash: &[u8], app_session: Id) -> Result<()> {
    diesel::update(authorization_codes::table.find(code_hash))
        .set(authorization_codes::app_session_id.eq(Some(app_session)))
        .execute(tx.conn())?;
    Ok(())
}

pub(super) fn delete_code(tx: &mut Tx<'_>, code_hash: &[u8]) -> Result<()> {
    diesel::delete(authorization_codes::table.find(code_hash)).execute(tx.conn())?;
    Ok(())
}

/// Says whether a code is valid at an instant.
pub(super) fn is_valid(code: &Code, at: DateTime<Utc>) -> bool {
    code.made_at.and_utc() + Duration::seconds(CODE_SECONDS) > at
}

/// Forgets codes of which a day has gone by; some at a time. Says how many.
pub(crate) fn forget_codes(tx: &mut Tx<'_>) -> Result<usize> {
    const AT_ONCE: i64 = 500;
    let before = (tx.at() - Duration::days(1)).naive_utc();
    let old = authorization_codes::table.filter(authorization_codes::made_at.lt(before));
    let hashes: Vec<Vec<u8>> = old.select(authorization_codes::code_hash).limit(AT_ONCE).load(tx.conn())?;
    for hash in &hashes {
        delete_code(tx, hash)?;
    }
    Ok(hashes.len())
}

/// A refresh token as it is kept.
#[derive(Queryable, Selectable)]
#[diesel(table_name = refresh_tokens)]
pub(super) struct RefreshToken {
    pub session_id: Id,
    pub scope: String,
    pub replaced_at: Option<NaiveDateTime>,
}

pub(super) fn find_refresh_token(conn: &mut AnyConnection, token_hash: &[u8]) -> Result<Option<RefreshToken>> {
    let of_hash = refresh_tokens::table.find(token_hash).select(RefreshToken::as_select());
    Ok(of_hash.get_result(conn).optional()?)
}

pub(super) fn insert_refresh_token(tx: &mut Tx<'_>, token_hash: &[u8], session: Id, scope: &str) -> Result<()> {
    let at = tx.at().naive_utc();
    diesel::insert_into(refresh_tokens::table)
        .values((
            refresh_tokens::token_hash.eq(token_hash),
            refresh_tokens::session_id.eq(session),
            refresh_tokens::scope.eq(scope),
            refresh_tokens::made_at.eq(at),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// Notes that a refresh token was replaced, and forgets those of the session that were a week ago: they open nothing, and whoever
/// shows one of them learns that.
pub(super) fn replace_refresh_token(tx: &mut Tx<'_>, token_hash: &[u8], session: Id) -> Result<()> {
    let at = tx.at();
    diesel::update(refresh_tokens::table.find(token_hash))
        .set(refresh_tokens::replaced_at.eq(Some(at.naive_utc())))
        .execute(tx.conn())?;
    let before = (at - Duration::days(7)).naive_utc();
    let old = refresh_tokens::table
        .filter(refresh_tokens::session_id.eq(session))
        .filter(refresh_tokens::replaced_at.lt(before));
    diesel::delete(old).execute(tx.conn())?;
    Ok(())
}
