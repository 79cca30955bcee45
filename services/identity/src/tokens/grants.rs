//! Tokens of people: for the code or the refresh token that an app shows.

use actix_web::http::header;
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use serde::Serialize;
use shared::access::{Caller, Claims};
use shared::http::{Answer, SecurityEvent, note_security};
use shared::{Id, Result};

use super::http::{TokenAnswer, TokenRequest, refuse, refuse_client};
use super::rules::TOKEN_SECONDS;
use crate::authorisation::{Exchange, Exchanged, exchange_code, refresh};
use crate::scopes::OPENID;
use crate::state::State;

const NO_GRANT: &str = "the code or the refresh token is unknown, over, or was not given to this app";
const REUSED: &str =
    "the code or the refresh token was used before: the session has ended, and the person has to sign in again";

/// The app, which has nothing to prove itself with: whoever sends a secret is no app.
fn app_of(request: &HttpRequest, form: &TokenRequest) -> Option<Id> {
    let is_plain = form.client_secret.is_none() && !request.headers().contains_key(header::AUTHORIZATION);
    form.client_id.as_deref().filter(|_| is_plain)?.parse().ok()
}

/// Issues the first tokens of a session.
pub(super) async fn from_code(request: &HttpRequest, form: &TokenRequest, state: &State) -> Answer<HttpResponse> {
    let Some(app) = app_of(request, form) else { return Ok(refuse_client(request)) };
    let sent = |field: &Option<String>| field.clone().filter(|text| !text.is_empty());
    let (Some(code), Some(redirect_uri)) = (sent(&form.code), sent(&form.redirect_uri)) else {
        return Ok(refuse("invalid_request", "code and redirect_uri are required"));
    };
    let Some(verifier) = sent(&form.code_verifier) else {
        return Ok(refuse("invalid_request", "code_verifier is required (PKCE)"));
    };
    answer(request, state, exchange_code(state, app, &code, redirect_uri, verifier).await?)
}

/// Issues the next tokens of a session.
pub(super) async fn from_refresh_token(
    request: &HttpRequest,
    form: &TokenRequest,
    state: &State,
) -> Answer<HttpResponse> {
    let Some(app) = app_of(request, form) else { return Ok(refuse_client(request)) };
    let Some(token) = form.refresh_token.as_deref().filter(|token| !token.is_empty()) else {
        return Ok(refuse("invalid_request", "refresh_token is required"));
    };
    answer(request, state, refresh(state, app, token, form.scope.clone()).await?)
}

fn answer(request: &HttpRequest, state: &State, exchange: Exchange) -> Answer<HttpResponse> {
    let exchanged = match exchange {
        Exchange::Done(exchanged) => exchanged,
        Exchange::ScopeRefused => {
            return Ok(refuse("invalid_scope", "the app was given less when the person signed in"));
        }
        Exchange::Refused => {
            note_security(request, SecurityEvent::ClientRefused);
            return Ok(refuse("invalid_grant", NO_GRANT));
        }
        Exchange::Reused => {
            note_security(request, SecurityEvent::ReuseDetected);
            note_security(request, SecurityEvent::SessionEnded);
            return Ok(refuse("invalid_grant", REUSED));
        }
    };
    let subject = format!("user:{}", exchanged.account.id);
    request.extensions_mut().insert(Caller { subject, grants: Vec::new(), is_service: false, session: None });
    let answer = issue(state, *exchanged)?;
    note_security(request, SecurityEvent::TokenIssued);
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(answer))
}

/// Who signed in, when and how (OpenID Connect Core, 2): the least that an app needs to greet the person.
#[derive(Debug, Serialize)]
struct IdClaims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    exp: i64,
    iat: i64,
    auth_time: i64,
    amr: &'a [String],
    sid: Id,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    name: &'a str,
}

fn issue(state: &State, exchanged: Exchanged) -> Result<TokenAnswer> {
    let Exchanged { session, account, app, grants, scope, nonce, refresh_token } = exchanged;
    let now = state.clock.now().timestamp();
    // Whether there was a password at the provider is not known here.
    let amr: &[&str] = match (session.is_of_provider, session.has_second_factor) {
        (false, true) => &["pwd", "otp", "mfa"],
        (false, false) => &["pwd"],
        (true, true) => &["mfa"],
        (true, false) => &[],
    };
    let amr: Vec<String> = amr.iter().map(|way| (*way).to_owned()).collect();
    let services: Vec<String> = scope.split(' ').filter(|one| *one != OPENID).map(str::to_owned).collect();
    let auth_time = session.signed_in_at.map_or(0, |at| at.timestamp());
    let claims = Claims {
        iss: state.issuer.clone(),
        sub: format!("user:{}", account.id),
        aud: services.clone(),
        exp: now + TOKEN_SECONDS,
        iat: now,
        nbf: None,
        jti: Id::new().to_string(),
        client_id: app.id.to_string(),
        client_version: app.version,
        user_version: Some(account.version),
        sid: Some(session.id),
        auth_time: Some(auth_time),
        amr: amr.clone(),
        scope: services.join(" "),
        grants,
    };
    let access_token = state.signer.sign(&claims)?;
    let id_token = scope.split(' ').any(|one| one == OPENID).then(|| {
        let claims = IdClaims {
            iss: &state.issuer,
            sub: &claims.sub,
            aud: &claims.client_id,
            exp: claims.exp,
            iat: now,
            auth_time,
            amr: &amr,
            sid: session.id,
            nonce: nonce.as_deref(),
            name: &account.name,
        };
        state.signer.sign_as("JWT", now, &claims)
    });
    Ok(TokenAnswer {
        access_token,
        token_type: "Bearer",
        expires_in: TOKEN_SECONDS,
        scope,
        refresh_token: Some(refresh_token),
        id_token: id_token.transpose()?,
    })
}
