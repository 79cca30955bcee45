//! What an app exchanges: codes and refresh tokens.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use shared::access::Grant;
use shared::clock::vietnam_day;
use shared::storage::{Act, Tx};
use shared::{Error, Id, Result};

use super::rules::{SAME_AGAIN_SECONDS, proves};
use super::store::{
    delete_code, find_code, find_refresh_token, insert_refresh_token, is_valid, replace_refresh_token, use_code,
};
use crate::apps::{App, find_app_in_use};
use crate::scopes::narrowed;
use crate::secrets::{hash_of, new_secret};
use crate::sessions::{Session, begin_app_session, begin_or_end_alone, end_session, find_app_session, note_use};
use crate::state::State;
use crate::users::grants::grants_in_force;
use crate::users::{Account, find_account};

/// What an app gets.
pub(crate) struct Exchanged {
    pub session: Session,
    pub account: Account,
    pub app: App,
    /// What the person may do in this session today.
    pub grants: Vec<Grant>,
    /// What the app asked for.
    pub scope: String,
    pub nonce: Option<String>,
    pub refresh_token: String,
}

/// What became of an exchange.
pub(crate) enum Exchange {
    Done(Box<Exchanged>),
    /// The code or the token is none, is over, or belongs to another app.
    Refused,
    /// It was used before: the session has ended.
    Reused,
    /// The app asks for more than it was given.
    ScopeRefused,
}

fn act(at: DateTime<Utc>) -> Act {
    Act { actor: "service:identity".to_owned(), at, batch: None }
}

/// What a person may do in a session on a day: without the second factor only what needs none.
fn grants_of(tx: &mut Tx<'_>, session: &Session) -> Result<Vec<Grant>> {
    let today = vietnam_day(tx.at());
    let grants = grants_in_force(tx.conn(), session.user, today)?;
    let is_open = |grant: &Grant| session.has_second_factor || !grant.role.needs_second_factor();
    Ok(grants.into_iter().filter(is_open).collect())
}

fn done(
    tx: &mut Tx<'_>,
    state: &State,
    session: Session,
    (scope, nonce): (String, Option<String>),
    refresh_token: String,
) -> Result<Exchange> {
    let Some(app) = session.app.map(|app| find_app_in_use(tx.conn(), app)).transpose()?.flatten() else {
        return Ok(Exchange::Refused);
    };
    let account = find_account(tx.conn(), &state.vault, session.user)?;
    let account = account.ok_or_else(|| Error::internal("a session without a user"))?;
    let grants = grants_of(tx, &session)?;
    Ok(Exchange::Done(Box::new(Exchanged { session, account, app, grants, scope, nonce, refresh_token })))
}

/// Exchanges a code for the first tokens of an app's session.
///
/// # Errors
/// Fails when the database does.
pub(crate) async fn exchange_code(
    state: &State,
    app: Id,
    code: &str,
    redirect_uri: String,
    verifier: String,
) -> Result<Exchange> {
    let code_hash = hash_of(code);
    let kept_state = state.clone();
    state
        .db
        .note(act(state.clock.now()), move |tx| {
            // Of two at once the second finds what the first did.
            tx.serialise(&format!("code {}", URL_SAFE_NO_PAD.encode(&code_hash)))?;
            let Some(code) = find_code(tx.conn(), &code_hash)? else { return Ok(Exchange::Refused) };
            if let Some(session) = code.app_session_id {
                end_session(tx, session)?;
                return Ok(Exchange::Reused);
            }
            let at = tx.at();
            let is_right = code.app_id == app
                && code.redirect_uri == redirect_uri
                && proves(&verifier, &code.challenge)
                && is_valid(&code, at);
            begin_or_end_alone(tx)?;
            let browser = crate::sessions::find_signed_in(tx.conn(), code.session_id, at)?;
            let (true, Some(browser)) = (is_right, browser) else {
                // Whoever guesses has one try.
                delete_code(tx, &code_hash)?;
                return Ok(Exchange::Refused);
            };
            let session = begin_app_session(tx, &browser, app)?;
            use_code(tx, &code_hash, session.id)?;
            let (token, token_hash) = new_secret();
            insert_refresh_token(tx, &token_hash, session.id, &code.scope)?;
            done(tx, &kept_state, session, (code.scope, code.nonce), token)
        })
        .await
}

/// Exchanges a refresh token for the next one and an access token, which may open less than the refresh token.
///
/// # Errors
/// Fails when the database does.
pub(crate) async fn refresh(state: &State, app: Id, token: &str, asked_scope: Option<String>) -> Result<Exchange> {
    let token_hash = hash_of(token);
    // Nobody but us can make the next one of a token, and we make the same one again.
    let next = URL_SAFE_NO_PAD.encode(state.vault.blind_index("refresh token", token)?);
    let next_hash = hash_of(&next);
    let kept_state = state.clone();
    state
        .db
        .note(act(state.clock.now()), move |tx| {
            let Some(found) = find_refresh_token(tx.conn(), &token_hash)? else { return Ok(Exchange::Refused) };
            tx.serialise(&format!("session {}", found.session_id))?;
            let at = tx.at();
            let token = find_refresh_token(tx.conn(), &token_hash)?;
            let session = find_app_session(tx.conn(), found.session_id, at)?.filter(|session| session.app == Some(app));
            let (Some(token), Some(session)) = (token, session) else { return Ok(Exchange::Refused) };
            if let Some(replaced_at) = token.replaced_at {
                let is_soon = replaced_at.and_utc() + Duration::seconds(SAME_AGAIN_SECONDS) > at;
                let following = find_refresh_token(tx.conn(), &next_hash)?;
                let is_unused = following.is_some_and(|following| following.replaced_at.is_none());
                if !(is_soon && is_unused) {
                    end_session(tx, session.id)?;
                    return Ok(Exchange::Reused);
                }
            }
            let Some(scope) = narrowed(&token.scope, asked_scope.as_deref()) else { return Ok(Exchange::ScopeRefused) };
            if token.replaced_at.is_none() {
                insert_refresh_token(tx, &next_hash, session.id, &token.scope)?;
                replace_refresh_token(tx, &token_hash, session.id)?;
            }
            note_use(tx, session.id)?;
            done(tx, &kept_state, session, (scope, None), next)
        })
        .await
}

/// Ends the session of a refresh token, where it is the app's own. Says whether one ended.
///
/// # Errors
/// Fails when the database does.
pub(crate) async fn revoke(state: &State, app: Id, token: &str) -> Result<bool> {
    let token_hash = hash_of(token);
    state
        .db
        .note(act(state.clock.now()), move |tx| {
            let Some(token) = find_refresh_token(tx.conn(), &token_hash)? else { return Ok(false) };
            let at = tx.at();
            match find_app_session(tx.conn(), token.session_id, at)? {
                Some(session) if session.app == Some(app) => end_session(tx, session.id),
                _ => Ok(false),
            }
        })
        .await
}
