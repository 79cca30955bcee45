//! The token endpoint (RFC 6749 answers and errors), the published keys, and who am I.

use std::borrow::Cow;

use actix_web::http::header;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, get, post, web};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::Duration;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use shared::access::{Caller, Claims, EndedTokensList, Grant, LISTED_MINUTES, May, Permission, needs};
use shared::http::{Answer, SecurityEvent, note_security};
use shared::storage::Act;
use shared::{Id, Result};

use super::rules::{SERVICES, TOKEN_SECONDS, services_for};
use crate::State;
use crate::clients::{self, ClientIdentity, authenticate};

/// What a client asks for.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(crate) struct TokenRequest {
    /// `client_credentials`.
    #[schema(max_length = 60)]
    grant_type: Option<String>,
    /// The services that the token is to open, separated by spaces; left out: all. A service's own client names one.
    #[schema(max_length = 500)]
    scope: Option<String>,
    /// The client, where it is not sent as basic authorisation.
    #[schema(max_length = 36)]
    client_id: Option<String>,
    /// Its secret, where it is not sent as basic authorisation.
    #[schema(max_length = 200)]
    client_secret: Option<String>,
}

/// An access token (RFC 6749, 5.1).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct TokenAnswer {
    /// The token: send it as `Authorization: Bearer`.
    access_token: String,
    /// `Bearer`.
    token_type: &'static str,
    /// How long it holds, in seconds.
    expires_in: i64,
    /// The services it opens.
    scope: String,
}

/// A refusal (RFC 6749, 5.2).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct TokenError {
    /// `invalid_request`, `invalid_client`, `unsupported_grant_type` or `invalid_scope`.
    error: &'static str,
    /// A sentence for developers.
    error_description: &'static str,
}

const NO_FORM: &str = "the body must be a form (Content-Type: application/x-www-form-urlencoded), each parameter once";

/// Issues an access token to a client.
///
/// The client proves itself with its secret, as Basic authorisation or in the form, not both.
#[utoipa::path(
    tag = "tokens",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, body = TokenAnswer),
        (status = 400, body = TokenError, description = "The request or the scope is not acceptable"),
        (status = 401, body = TokenError, description = "Unknown client or wrong secret"),
    )
)]
#[post("/v1/oauth/token")]
pub(crate) async fn create_token(
    request: HttpRequest,
    form: std::result::Result<web::Form<TokenRequest>, actix_web::Error>,
    state: web::Data<State>,
) -> Answer<HttpResponse> {
    let Ok(form) = form else { return Ok(refuse("invalid_request", NO_FORM)) };
    match form.grant_type.as_deref() {
        Some("client_credentials") => {}
        None | Some("") => return Ok(refuse("invalid_request", "grant_type is missing")),
        Some(_) => return Ok(refuse("unsupported_grant_type", "only client_credentials is supported")),
    }
    let (id, secret) = match proof(&request, &form) {
        Proof::Secret(id, secret) => (id, secret),
        Proof::None => return Ok(refuse_client(&request)),
        Proof::Several => {
            note_security(&request, SecurityEvent::ClientRefused);
            return Ok(refuse(
                "invalid_request",
                "send the client's secret in one way: Basic authorisation or the form",
            ));
        }
    };
    let Ok(id) = id.parse::<Id>() else { return Ok(refuse_client(&request)) };
    let Some(client) = proved(&state, id, secret).await? else { return Ok(refuse_client(&request)) };
    let (subject, is_service) = (client.subject(), client.service.is_some());
    request.extensions_mut().insert(Caller { subject, grants: Vec::new(), is_service });
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
        scope: scope.clone(),
        grants: client.grants,
    };
    let access_token = state.signer.sign(&claims)?;
    Ok(TokenAnswer { access_token, token_type: "Bearer", expires_in: TOKEN_SECONDS, scope })
}

/// How a client proves itself.
enum Proof {
    /// The client and its secret.
    Secret(String, String),
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

fn refuse(error: &'static str, error_description: &'static str) -> HttpResponse {
    HttpResponse::BadRequest()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(TokenError { error, error_description })
}

fn refuse_client(request: &HttpRequest) -> HttpResponse {
    note_security(request, SecurityEvent::ClientRefused);
    HttpResponse::Unauthorized()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::WWW_AUTHENTICATE, "Basic realm=\"party-building\""))
        .json(TokenError { error: "invalid_client", error_description: "unknown client or wrong secret" })
}

/// Returns the public keys that verify tokens.
///
/// Open to all. A JSON Web Key Set (RFC 7517); keep it for five minutes, and fetch it anew for an unknown `kid`.
#[utoipa::path(tag = "tokens", responses((status = 200, body = Object, description = "A JSON Web Key Set")))]
#[get("/.well-known/jwks.json")]
pub(crate) async fn find_keys(state: web::Data<State>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .json(state.signer.keys(state.clock.now()))
}

/// Returns which tokens ended early in the last fifteen minutes: those of disabled clients, and those that carry a
/// grant that was taken back.
///
/// Open to all: it names clients by a hash, which only who knows the client can recognise. Whoever verifies tokens
/// asks for it every few seconds, and refuses tokens of a listed client whose `client_version` is too low.
#[utoipa::path(tag = "tokens", responses((status = 200, body = EndedTokensList)))]
#[get("/v1/oauth/ended-tokens")]
pub(crate) async fn list_ended_tokens(state: web::Data<State>) -> Answer<web::Json<EndedTokensList>> {
    let since = (state.clock.now() - Duration::minutes(LISTED_MINUTES)).naive_utc();
    let items = state.db.look_up(move |conn| clients::list_ended_tokens(conn, since)).await?;
    Ok(web::Json(EndedTokensList { items }))
}

/// What the authorisation server says of itself (RFC 8414).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ServerMetadata {
    /// The issuer of tokens.
    issuer: String,
    /// Where tokens are issued.
    token_endpoint: String,
    /// Where the public keys are.
    jwks_uri: String,
    /// How clients prove themselves.
    token_endpoint_auth_methods_supported: Vec<&'static str>,
    /// What clients may send.
    grant_types_supported: Vec<&'static str>,
    /// The services that a token can open.
    scopes_supported: Vec<&'static str>,
    /// Required by the standard; there is no authorisation endpoint yet.
    response_types_supported: Vec<&'static str>,
}

/// Returns the authorisation server's metadata.
///
/// Open to all (RFC 8414).
#[utoipa::path(tag = "tokens", responses((status = 200, body = ServerMetadata)))]
#[get("/.well-known/oauth-authorization-server")]
pub(crate) async fn find_metadata(state: web::Data<State>) -> web::Json<ServerMetadata> {
    web::Json(ServerMetadata {
        issuer: state.issuer.clone(),
        token_endpoint: format!("{}/v1/oauth/token", state.issuer),
        jwks_uri: format!("{}/.well-known/jwks.json", state.issuer),
        token_endpoint_auth_methods_supported: vec!["client_secret_basic", "client_secret_post"],
        grant_types_supported: vec!["client_credentials"],
        scopes_supported: SERVICES.to_vec(),
        response_types_supported: vec![],
    })
}

/// Who calls, and what it may do.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Me {
    /// `client:<id>` or `service:<name>`.
    subject: String,
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
pub(crate) async fn find_me(may: May<needs::ReadOwn>) -> Answer<web::Json<Me>> {
    let mut permissions: Vec<Permission> =
        may.caller.grants.iter().flat_map(|grant| grant.role.permissions().iter().copied()).collect();
    permissions.sort();
    permissions.dedup();
    Ok(web::Json(Me { subject: may.caller.subject, grants: may.caller.grants, permissions }))
}
