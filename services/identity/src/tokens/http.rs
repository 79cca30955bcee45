//! The token endpoint (RFC 6749 answers and errors), the published keys, and who am I.

use std::borrow::Cow;

use actix_web::error::UrlencodedError;
use actix_web::http::header;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, get, post, web};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::Duration;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use shared::access::{Caller, Claims, EndedTokensList, Grant, LISTED_MINUTES, May, Permission, needs};
use shared::http::{Answer, Own, SecurityEvent, note_security};
use shared::storage::Act;
use shared::{Code, Error, Id, Moment, Result};

use super::rules::TOKEN_SECONDS;
use super::{assertion, grants};
use crate::apps::list_ended_apps;
use crate::authorisation;
use crate::clients::{self, ClientIdentity, authenticate};
use crate::scopes::{OPENID, SERVICES, services_for};
use crate::sessions::{find_end_of_all_sessions, list_ended_sessions};
use crate::state::State;
use crate::users::{find_name, list_ended_users};

/// What a client asks for.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[schema(example = json!({"grant_type": "client_credentials", "client_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f", "client_secret": "the secret"}))]
pub(crate) struct TokenRequest {
    /// `client_credentials` for a program; `authorization_code` or `refresh_token` for an app in which a person signed in.
    #[schema(max_length = 60)]
    pub(super) grant_type: Option<String>,
    /// The services that the token is to open, separated by spaces; left out: all. A service's own client names one. Not for codes and
    /// refresh tokens: what they open was said when the person signed in.
    #[schema(max_length = 500)]
    pub(super) scope: Option<String>,
    /// The client, where it is not sent as basic authorisation; the app.
    #[schema(max_length = 36)]
    pub(super) client_id: Option<String>,
    /// Its secret, where it is not sent as basic authorisation. An app has none.
    #[schema(max_length = 200)]
    pub(super) client_secret: Option<String>,
    /// `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`, where a program with keys proves itself by signing.
    #[schema(max_length = 100)]
    pub(super) client_assertion_type: Option<String>,
    /// The proof that the program signed (RFC 7523): `iss` and `sub` are its id, `aud` the issuer, `exp` at most five minutes ahead, `jti` new
    /// each time; the header names the key by `kid`.
    #[schema(max_length = 4000)]
    pub(super) client_assertion: Option<String>,
    /// The code that came back to the app.
    #[schema(max_length = 100)]
    pub(super) code: Option<String>,
    /// The address that the code came back to.
    #[schema(max_length = 400)]
    pub(super) redirect_uri: Option<String>,
    /// The verifier whose hash was sent as `code_challenge`: 43 to 128 characters.
    #[schema(max_length = 128)]
    pub(super) code_verifier: Option<String>,
    /// The refresh token of the answer before.
    #[schema(max_length = 100)]
    pub(super) refresh_token: Option<String>,
}

/// An access token (RFC 6749, 5.1).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct TokenAnswer {
    /// The token: send it as `Authorization: Bearer`.
    pub(super) access_token: String,
    /// `Bearer`.
    pub(super) token_type: &'static str,
    /// How long it is valid, in seconds.
    pub(super) expires_in: i64,
    /// The services it opens; `openid` beside them where it was asked for.
    pub(super) scope: String,
    /// For an app: the token with which it gets the next access token, once. It is valid for 30 days, and all of a session's together
    /// for 90 days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) refresh_token: Option<String>,
    /// For an app that asked for `openid`: who signed in, when and how (OpenID Connect Core, 2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id_token: Option<String>,
}

/// A refusal (RFC 6749, 5.2).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct TokenError {
    /// `invalid_request`, `invalid_client`, `invalid_grant`, `unsupported_grant_type` or `invalid_scope`.
    error: &'static str,
    /// A sentence for developers.
    error_description: &'static str,
}

const NO_FORM: &str = "the body must be a form (Content-Type: application/x-www-form-urlencoded), each parameter once";

/// Issues an access token.
///
/// A program proves itself with its secret, as Basic authorisation or in the form, or by signing a proof with its key; in one way only. An app sends its `client_id`, with the code
/// that it got and the verifier, or with a refresh token. A refresh token is taken once: keep the one that comes back. Where the answer
/// was lost, send the same one again within a minute. An older one ends the session.
#[utoipa::path(
    tag = "tokens",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, body = TokenAnswer),
        (status = 400, body = TokenError, description = "The request, the code, the refresh token or the scope is not acceptable"),
        (status = 401, body = TokenError, description = "Unknown client or wrong secret"),
        (status = 413, body = TokenError, description = "The form is too large"),
    )
)]
#[post("/v1/oauth/token")]
pub(crate) async fn create_token(
    request: HttpRequest,
    form: std::result::Result<web::Form<TokenRequest>, actix_web::Error>,
    state: web::Data<State>,
) -> Answer<HttpResponse> {
    let form = match form {
        Ok(form) => form,
        Err(error) if is_too_large(&error) => return Ok(refuse_large()),
        Err(_) => return Ok(refuse("invalid_request", NO_FORM)),
    };
    match form.grant_type.as_deref() {
        Some("client_credentials") => {}
        Some("authorization_code") => return grants::from_code(&request, &form, &state).await,
        Some("refresh_token") => return grants::from_refresh_token(&request, &form, &state).await,
        None | Some("") => return Ok(refuse("invalid_request", "grant_type is missing")),
        Some(_) => {
            let known = "client_credentials, authorization_code and refresh_token are supported";
            return Ok(refuse("unsupported_grant_type", known));
        }
    }
    let client = match proof(&request, &form) {
        Proof::Secret(id, secret) => match id.parse::<Id>() {
            Ok(id) => proved(&state, id, secret).await?,
            Err(_) => None,
        },
        Proof::Signed(token) => assertion::client_of(&state, &token, form.client_id.as_deref()).await?,
        Proof::None => None,
        Proof::Several => {
            note_security(&request, SecurityEvent::ClientRefused);
            return Ok(refuse(
                "invalid_request",
                "let the client prove itself in one way: Basic authorisation, the form, or a signed proof",
            ));
        }
    };
    let Some(client) = client else {
        return Ok(if form.client_assertion.is_some() { refuse_proof(&request) } else { refuse_client(&request) });
    };
    let (subject, is_service) = (client.subject(), client.service.is_some());
    request.extensions_mut().insert(Caller { subject, grants: Vec::new(), is_service, session: None });
    let Some(opened) = services_for(form.scope.as_deref(), is_service) else {
        note_security(&request, SecurityEvent::ClientRefused);
        return Ok(refuse("invalid_scope", "the client cannot have this scope"));
    };
    let answer = issue(&state, client, &opened)?;
    note_security(&request, SecurityEvent::TokenIssued);
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(answer))
}

/// Returns the client whose secret it is, and notes the first use of a secret.
async fn proved(state: &State, id: Id, secret: String) -> Result<Option<ClientIdentity>> {
    let at = state.clock.now();
    loop {
        let sent = secret.clone();
        let found = state.db.read(move |conn| authenticate(conn, id, &sent, at)).await?;
        let Some(ClientIdentity { first_used: Some(secret_hash), .. }) = &found else { return Ok(found) };
        let (secret_hash, act) = (secret_hash.clone(), Act { actor: format!("client:{id}"), at, batch: None });
        if state.db.note(act, move |tx| clients::note_use(tx, id, &secret_hash)).await? {
            return Ok(found);
        }
        // It was renewed at this moment, and may be valid no more.
    }
}

fn issue(state: &State, client: ClientIdentity, opened: &[&str]) -> Result<TokenAnswer> {
    let scope = opened.join(" ");
    let now = state.clock.now().timestamp();
    let claims = Claims {
        iss: state.issuer.clone(),
        sub: client.subject(),
        aud: opened.iter().map(|service| (*service).to_owned()).collect(),
        exp: now + TOKEN_SECONDS,
        iat: now,
        nbf: None,
        jti: Id::new().to_string(),
        client_id: client.id.to_string(),
        client_version: client.version,
        user_version: None,
        sid: None,
        auth_time: None,
        amr: Vec::new(),
        scope: scope.clone(),
        grants: client.grants,
    };
    let access_token = state.signer.sign(&claims)?;
    let (refresh_token, id_token) = (None, None);
    Ok(TokenAnswer { access_token, token_type: "Bearer", expires_in: TOKEN_SECONDS, scope, refresh_token, id_token })
}

/// How a client proves itself.
enum Proof {
    /// The client and its secret.
    Secret(String, String),
    /// What it signed.
    Signed(String),
    None,
    /// More than one way at once, which RFC 6749 (2.3) forbids.
    Several,
}

fn proof(request: &HttpRequest, form: &TokenRequest) -> Proof {
    // What is empty is left out (RFC 6749, 3.2).
    let sent = |field: &Option<String>| field.clone().filter(|text| !text.is_empty());
    let (form_id, form_secret) = (sent(&form.client_id), sent(&form.client_secret));
    if request.headers().get_all(header::AUTHORIZATION).count() > 1 {
        return Proof::Several;
    }
    let header = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let basic = header.and_then(|value| {
        let (scheme, encoded) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("Basic").then_some(encoded)
    });
    if let Some(token) = sent(&form.client_assertion) {
        let is_several = form_secret.is_some() || basic.is_some();
        return match form.client_assertion_type.as_deref() {
            Some(assertion::TYPE) if !is_several => Proof::Signed(token),
            _ if is_several => Proof::Several,
            _ => Proof::None,
        };
    }
    let Some(encoded) = basic else {
        return form_id.zip(form_secret).map_or(Proof::None, |(id, secret)| Proof::Secret(id, secret));
    };
    let Some((id, secret)) = basic_credentials(encoded) else { return Proof::None };
    // The id alone proves nothing: it may stand in the form too, if it is the same.
    let is_other = form_id.is_some_and(|named| !named.eq_ignore_ascii_case(&id));
    if is_other || form_secret.is_some() { Proof::Several } else { Proof::Secret(id, secret) }
}

/// Both halves are form-encoded before they are put together (RFC 6749, 2.3.1).
fn basic_credentials(encoded: &str) -> Option<(String, String)> {
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decoded = |half: &str| percent_decode_str(&half.replace('+', " ")).decode_utf8().ok().map(Cow::into_owned);
    Some((decoded(id)?, decoded(secret)?))
}

pub(super) fn refuse(error: &'static str, error_description: &'static str) -> HttpResponse {
    HttpResponse::BadRequest()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(TokenError { error, error_description })
}

fn is_too_large(error: &actix_web::Error) -> bool {
    matches!(error.as_error(), Some(UrlencodedError::Overflow { .. }))
}

fn refuse_large() -> HttpResponse {
    HttpResponse::PayloadTooLarge()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(TokenError { error: "invalid_request", error_description: "the form is larger than 16 kB" })
}

pub(super) fn refuse_client(request: &HttpRequest) -> HttpResponse {
    refuse_as_client(request, "unknown client or wrong secret")
}

/// The same for a signed proof; which of its parts does not hold is for its author to find out.
fn refuse_proof(request: &HttpRequest) -> HttpResponse {
    refuse_as_client(
        request,
        "the proof does not hold: compare iss and sub (the client_id), kid, aud (exactly the issuer, and nothing else), exp (at most five \
         minutes ahead), and jti (new each time)",
    )
}

fn refuse_as_client(request: &HttpRequest, error_description: &'static str) -> HttpResponse {
    note_security(request, SecurityEvent::ClientRefused);
    HttpResponse::Unauthorized()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::WWW_AUTHENTICATE, "Basic realm=\"party-building\""))
        .json(TokenError { error: "invalid_client", error_description })
}

/// Returns the public keys that verify tokens.
///
/// Open to all. A JSON Web Key Set (RFC 7517); keep it for five minutes, and fetch it again for an unknown `kid`.
#[utoipa::path(tag = "tokens", responses((status = 200, body = Object, description = "A JSON Web Key Set")))]
#[get("/.well-known/jwks.json")]
pub(crate) async fn find_keys(state: web::Data<State>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .json(state.signer.keys(state.clock.now()))
}

/// Returns which tokens ended early in the last fifteen minutes: those of disabled clients and apps, of people who left, of sessions
/// that ended, and those that carry a grant that was taken back.
///
/// Open to all: it names clients, people and sessions by a hash, which only who knows the id can recognise. Whoever verifies tokens
/// asks for it every few seconds, and refuses tokens of a listed client or person whose `client_version` or `user_version` is too low,
/// all tokens of a listed session (`sid`), and, where `everybody` is listed, those of people (with `sid`) whose `iat` is too low.
#[utoipa::path(tag = "tokens", responses((status = 200, body = EndedTokensList)))]
#[get("/v1/oauth/ended-tokens")]
pub(crate) async fn list_ended_tokens(state: web::Data<State>) -> Answer<web::Json<EndedTokensList>> {
    let since = (state.clock.now() - Duration::minutes(LISTED_MINUTES)).naive_utc();
    let items = state
        .db
        .look_up(move |conn| {
            let mut items = clients::list_ended_clients(conn, since)?;
            items.extend(list_ended_apps(conn, since)?);
            items.extend(list_ended_users(conn, since)?);
            items.extend(list_ended_sessions(conn, since)?);
            items.extend(find_end_of_all_sessions(conn, since)?);
            Ok(items)
        })
        .await?;
    Ok(web::Json(EndedTokensList { items }))
}

/// What the authorisation server says of itself (RFC 8414, OpenID Connect Discovery).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ServerMetadata {
    /// The issuer of tokens.
    issuer: String,
    /// Where a person's browser is sent by an app.
    authorization_endpoint: String,
    /// Where tokens are issued.
    token_endpoint: String,
    /// Where an app asks who signed in.
    userinfo_endpoint: String,
    /// Where an app ends its session (RFC 7009).
    revocation_endpoint: String,
    /// Where the public keys are.
    jwks_uri: String,
    /// How clients prove themselves; an app has nothing to prove itself with: `none`.
    token_endpoint_auth_methods_supported: Vec<&'static str>,
    /// How programs with keys sign their proofs.
    token_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    /// How apps prove themselves where they end a session: not at all.
    revocation_endpoint_auth_methods_supported: Vec<&'static str>,
    /// What clients may send.
    grant_types_supported: Vec<&'static str>,
    /// The services that a token can open, and `openid`.
    scopes_supported: Vec<&'static str>,
    /// What an app may ask for.
    response_types_supported: Vec<&'static str>,
    /// How an app proves that it began the sign-in that it ends (RFC 7636).
    code_challenge_methods_supported: Vec<&'static str>,
    /// Answers of the authorisation endpoint say who gives them (RFC 9207).
    authorization_response_iss_parameter_supported: bool,
    /// A person has one name in all apps.
    subject_types_supported: Vec<&'static str>,
    /// How id tokens are signed.
    id_token_signing_alg_values_supported: Vec<&'static str>,
    /// What an id token may say.
    claims_supported: Vec<&'static str>,
}

fn metadata(state: &State) -> ServerMetadata {
    let at = |path: &str| format!("{}{path}", state.issuer);
    ServerMetadata {
        issuer: state.issuer.clone(),
        authorization_endpoint: at("/v1/oauth/authorize"),
        token_endpoint: at("/v1/oauth/token"),
        userinfo_endpoint: at("/v1/oauth/userinfo"),
        revocation_endpoint: at("/v1/oauth/revoke"),
        jwks_uri: at("/.well-known/jwks.json"),
        token_endpoint_auth_methods_supported: vec![
            "client_secret_basic",
            "client_secret_post",
            "private_key_jwt",
            "none",
        ],
        token_endpoint_auth_signing_alg_values_supported: vec!["ES256", "PS256", "RS256"],
        revocation_endpoint_auth_methods_supported: vec!["none"],
        grant_types_supported: vec!["client_credentials", "authorization_code", "refresh_token"],
        scopes_supported: [OPENID].into_iter().chain(SERVICES).collect(),
        response_types_supported: vec!["code"],
        code_challenge_methods_supported: vec!["S256"],
        authorization_response_iss_parameter_supported: true,
        subject_types_supported: vec!["public"],
        id_token_signing_alg_values_supported: vec!["ES256"],
        claims_supported: vec!["iss", "sub", "aud", "exp", "iat", "auth_time", "amr", "nonce", "sid", "name"],
    }
}

/// Returns the authorisation server's metadata.
///
/// Open to all (RFC 8414).
#[utoipa::path(tag = "tokens", responses((status = 200, body = ServerMetadata)))]
#[get("/.well-known/oauth-authorization-server")]
pub(crate) async fn find_metadata(state: web::Data<State>) -> web::Json<ServerMetadata> {
    web::Json(metadata(&state))
}

/// Returns the same metadata where OpenID Connect looks for it.
///
/// Open to all (OpenID Connect Discovery).
#[utoipa::path(tag = "tokens", responses((status = 200, body = ServerMetadata)))]
#[get("/.well-known/openid-configuration")]
pub(crate) async fn find_provider_metadata(state: web::Data<State>) -> web::Json<ServerMetadata> {
    web::Json(metadata(&state))
}

/// What an app wants to end.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[schema(example = json!({"client_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f", "token": "the refresh token"}))]
pub(crate) struct RevokeRequest {
    /// A refresh token of the session.
    #[schema(max_length = 4000)]
    token: Option<String>,
    /// The app.
    #[schema(max_length = 36)]
    client_id: Option<String>,
}

/// Ends the session of an app: its refresh tokens open nothing any more, and every service refuses its access tokens within seconds.
///
/// The app sends its `client_id` and a refresh token (RFC 7009). A token that is unknown, or another app's, is answered in the same way.
#[utoipa::path(
    tag = "tokens",
    request_body(content = RevokeRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The session has ended, if it was one"),
        (status = 400, body = TokenError, description = "The request is not acceptable"),
    )
)]
#[post("/v1/oauth/revoke")]
pub(crate) async fn revoke_token(
    request: HttpRequest,
    form: std::result::Result<web::Form<RevokeRequest>, actix_web::Error>,
    state: web::Data<State>,
) -> Answer<HttpResponse> {
    let Ok(form) = form else { return Ok(refuse("invalid_request", NO_FORM)) };
    let app = form.client_id.as_deref().and_then(|id| id.parse::<Id>().ok());
    let (Some(app), Some(token)) = (app, form.token.as_deref().filter(|token| !token.is_empty())) else {
        return Ok(refuse("invalid_request", "token and client_id are required"));
    };
    if authorisation::revoke(&state, app, token).await? {
        note_security(&request, SecurityEvent::SessionEnded);
    }
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).finish())
}

/// Who calls, and what it may do.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Me {
    /// `user:<id>`, `client:<id>` or `service:<name>`.
    subject: String,
    /// The person's name; null for a program.
    name: Option<String>,
    /// When the person last signed in; null for a program.
    signed_in_at: Option<Moment>,
    /// Its roles over areas.
    grants: Vec<Grant>,
    /// What these roles permit.
    permissions: Vec<Permission>,
}

/// Returns who calls, and what it may do.
///
/// Needs `own.read`, which every role has.
#[utoipa::path(tag = "tokens", responses((status = 200, body = Me)))]
#[get("/v1/me")]
pub(crate) async fn find_me(may: May<needs::ReadOwn>, state: web::Data<State>) -> Answer<Own<Me>> {
    let vault = state.vault.clone();
    let name = match may.caller.user_id() {
        Some(user) => state.db.read(move |conn| find_name(conn, &vault, user)).await?,
        None => None,
    };
    let signed_in_at = may.caller.session.as_ref().map(|session| session.signed_in_at.into());
    let mut permissions: Vec<Permission> =
        may.caller.grants.iter().flat_map(|grant| grant.role.permissions().iter().copied()).collect();
    permissions.sort();
    permissions.dedup();
    Ok(Own(Me { subject: may.caller.subject, name, signed_in_at, grants: may.caller.grants, permissions }))
}

/// Who signed in (OpenID Connect Core, 5.3): the least that an app needs to greet the person.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct UserInfo {
    /// The same as in the id token: `user:<id>`.
    sub: String,
    /// The person's name.
    name: String,
}

/// Returns who signed in, as OpenID Connect asks for it; `GET /v1/me` tells more.
///
/// Needs `own.read` and a token of a person that opens `identity`; a program's is 403 `insufficient_scope`.
#[utoipa::path(tag = "tokens", responses((status = 200, body = UserInfo)))]
#[get("/v1/oauth/userinfo")]
pub(crate) async fn find_user_info(may: May<needs::ReadOwn>, state: web::Data<State>) -> Answer<HttpResponse> {
    user_info(may, state).await
}

/// The same, as OpenID Connect also lets it be asked (Core, 5.3.1).
pub(super) async fn user_info(may: May<needs::ReadOwn>, state: web::Data<State>) -> Answer<HttpResponse> {
    let of_a_program =
        || Error::new(Code::InsufficientScope).with("permission", "openid").with("roles", "token_of_a_person");
    let user = may.caller.user_id().ok_or_else(of_a_program)?;
    let vault = state.vault.clone();
    let name = state.db.read(move |conn| find_name(conn, &vault, user)).await?;
    let name = name.ok_or_else(|| Error::new(Code::InvalidToken).doing("looking for the person"))?;
    let info = UserInfo { sub: may.caller.subject, name };
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(info))
}
