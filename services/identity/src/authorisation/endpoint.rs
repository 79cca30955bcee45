//! The authorisation endpoint.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use askama::Template;
use shared::http::Answer;
use shared::storage::Act;
use shared::{Id, Result};

use super::rules::{Asked, Parameters, Refusal, parse};
use super::store::{NewCode, insert_code};
use crate::apps::{App, RedirectUri, find_app_in_use};
use crate::scopes::opened_by;
use crate::sessions::Session;
use crate::sign_in::{Browser, Message, Words, area_name, check_origin, find_session, page, sign_in_first};
use crate::state::State;
use crate::users::find_name;

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentPage<'a> {
    w: Words,
    app: &'a str,
    /// Whose administrators registered the app.
    area: &'a str,
    name: &'a str,
    target: &'a str,
    /// What the app would open, service by service.
    opened: Vec<&'static str>,
    fields: Vec<(String, String)>,
}

/// A request whose app and address are known.
struct Known {
    app: App,
    redirect: RedirectUri,
    parameters: Parameters,
}

impl Known {
    /// Sends the browser to the app. `iss` says who sends it (RFC 9207).
    fn send(&self, issuer: &str, answers: &[(&str, &str)]) -> HttpResponse {
        let mut all = answers.to_vec();
        all.extend(self.parameters.get("state").map(|state| ("state", state)));
        all.push(("iss", issuer));
        HttpResponse::SeeOther()
            .insert_header((header::LOCATION, self.redirect.with(&all)))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .finish()
    }

    fn refuse(&self, issuer: &str, (error, description): Refusal) -> HttpResponse {
        self.send(issuer, &[("error", error), ("error_description", description)])
    }
}

/// Finds the app and checks the address. Where one is wrong, nobody is sent anywhere.
async fn know(state: &State, pairs: Vec<(String, String)>) -> Result<Option<Known>> {
    let Some(parameters) = Parameters::of(pairs) else { return Ok(None) };
    let id = parameters.get("client_id").and_then(|id| id.parse::<Id>().ok());
    let redirect = parameters.get("redirect_uri").and_then(|uri| RedirectUri::parse(uri).ok());
    let (Some(id), Some(redirect)) = (id, redirect) else { return Ok(None) };
    let app = state.db.look_up(move |conn| find_app_in_use(conn, id)).await?;
    let app = app.filter(|app| app.leads_to(&redirect));
    Ok(app.map(|app| Known { app, redirect, parameters }))
}

fn unknown(words: Words) -> Answer<HttpResponse> {
    let message = Message {
        w: words,
        title: words.say("Không đăng nhập được vào ứng dụng", "You cannot sign in to this app"),
        text: words.say(
            "Ứng dụng chưa được đăng ký, đã bị ngừng, hoặc địa chỉ quay lại không đúng với địa chỉ đã đăng ký. Đề nghị báo người cung \
             cấp ứng dụng.",
            "The app is not registered, is disabled, or asks to be opened at another address than the registered one. Tell the \
             provider of the app.",
        ),
        link: None,
    };
    Ok(page(&message)?.status(StatusCode::BAD_REQUEST).answer(words))
}

/// What the browser is answered, or what the person may agree to.
enum Step {
    Answer(HttpResponse),
    Agree(Session, Asked, String),
}

async fn step(state: &State, request: &HttpRequest, known: &Known, is_agreed: bool) -> Result<Step> {
    let asked = parse(&known.parameters);
    let session = find_session(state, &Browser::of(request)).await?;
    let session = session.and_then(|session| session.signed_in_at.map(|at| (session, at)));
    let is_silent = asked.as_ref().is_ok_and(|asked| asked.must_be_silent);
    // Who is not signed in signs in first, also where the request is wrong: nobody is sent on by an address alone, unless the app asks that no
    // page is shown.
    let Some((session, signed_in_at)) = session else {
        return Ok(Step::Answer(match is_silent {
            true => known.refuse(&state.issuer, ("login_required", "nobody is signed in")),
            false => sign_in_first(&own_address(known)),
        }));
    };
    let asked = match asked {
        Ok(asked) => asked,
        Err(refusal) => return Ok(Step::Answer(known.refuse(&state.issuer, refusal))),
    };
    let Some(scope) = opened_by(known.parameters.get("scope")) else {
        let refusal = ("invalid_scope", "scope may name openid and services");
        return Ok(Step::Answer(known.refuse(&state.issuer, refusal)));
    };
    let at = state.clock.now();
    // Agreeing follows a page that was shown after signing in.
    let must_sign_in =
        !asked.accepts(signed_in_at, at) || (asked.must_sign_in && !is_agreed && !is_fresh(signed_in_at, at));
    if is_silent {
        // An app on a person's machine cannot be proved, so that it is never served without the person.
        let refusal = if must_sign_in { "login_required" } else { "consent_required" };
        return Ok(Step::Answer(known.refuse(&state.issuer, (refusal, "the person has to agree"))));
    }
    if must_sign_in {
        return Ok(Step::Answer(sign_in_first(&own_address(known))));
    }
    Ok(Step::Agree(session, asked, scope))
}

/// Who has just signed in because it was asked for is not asked again.
fn is_fresh(signed_in_at: chrono::DateTime<chrono::Utc>, at: chrono::DateTime<chrono::Utc>) -> bool {
    (at - signed_in_at).num_seconds() < 60
}

/// The request as an address of ours.
fn own_address(known: &Known) -> String {
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(known.parameters.without("decision"))
        .finish();
    format!("/v1/oauth/authorize?{query}")
}

/// Asks a person, in a browser, whether an app may act for them.
///
/// Open to all: the browser shows pages of the authorisation server, on which the person signs in and agrees. Send
/// `response_type=code`, `client_id`, `redirect_uri`, `code_challenge`, `code_challenge_method=S256`, and `state`; `scope`, `nonce`,
/// `max_age` and `prompt` may be added. The browser then comes back to `redirect_uri` with `code`, `state` and `iss`, or with `error`.
#[utoipa::path(tag = "tokens", params(
        ("response_type" = Option<String>, Query, description = "`code`"),
        ("client_id" = Option<Id>, Query, description = "The app"),
        ("redirect_uri" = Option<String>, Query, description = "One of the app's registered addresses"),
        ("scope" = Option<String>, Query, description = "Services, and `openid`, separated by spaces; left out: all services"),
        ("state" = Option<String>, Query, description = "Comes back as it was sent"),
        ("code_challenge" = Option<String>, Query, description = "The SHA-256 of the code verifier, in base64url"),
        ("code_challenge_method" = Option<String>, Query, description = "`S256`"),
        ("nonce" = Option<String>, Query, description = "Is in the id token"),
        ("max_age" = Option<i64>, Query, minimum = 0, maximum = 31536000, description = "How old the sign-in may be, in seconds; 900 where people's data are to be revealed"),
        ("prompt" = Option<String>, Query, description = "`login`: the person signs in again"),
    ),
    responses(
        (status = 200, description = "A page: the person signs in or agrees", content_type = "text/html", body = String),
        (status = 303, description = "To the app, or to the page on which the person signs in"),
        (status = 400, description = "A page: the app or its address is wrong", content_type = "text/html", body = String),
    ))]
#[get("/v1/oauth/authorize")]
pub(crate) async fn authorize(
    request: HttpRequest,
    query: std::result::Result<web::Query<Vec<(String, String)>>, actix_web::Error>,
    state: web::Data<State>,
) -> Answer<HttpResponse> {
    let words = Words::of(&request);
    let Ok(query) = query else { return unknown(words) };
    let Some(known) = know(&state, query.into_inner()).await? else { return unknown(words) };
    let (session, scope) = match step(&state, &request, &known, false).await? {
        Step::Answer(answer) => return Ok(answer),
        Step::Agree(session, _, scope) => (session, scope),
    };
    let (vault, user) = (state.vault.clone(), session.user);
    let name = state.db.read(move |conn| find_name(conn, &vault, user)).await?.unwrap_or_default();
    let area = area_name(&state.territory.get(), &known.app.area);
    let shown = ConsentPage {
        w: words,
        app: &known.app.label,
        area: &area,
        name: &name,
        target: &known.redirect.form_target(),
        opened: scope.split(' ').filter_map(|scope| words.service(scope)).collect(),
        fields: known.parameters.without("decision"),
    };
    Ok(page(&shown)?.leading_to(&known.redirect.form_target()).answer(words))
}

/// Takes the person's word on the page of the authorisation endpoint, and sends the browser to the app.
///
/// Open to all: the browser's session says who agrees.
#[utoipa::path(tag = "tokens",
    request_body(content = AgreedRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 303, description = "To the app, with `code`, `state` and `iss`, or with `error`"),
        (status = 400, description = "A page: the app or its address is wrong", content_type = "text/html", body = String),
        (status = 403, description = "A page: the form comes from another page", content_type = "text/html", body = String),
    ))]
#[post("/v1/oauth/authorize")]
pub(crate) async fn agree(
    request: HttpRequest,
    form: std::result::Result<web::Form<Vec<(String, String)>>, actix_web::Error>,
    state: web::Data<State>,
) -> Answer<HttpResponse> {
    if let Some(refused) = check_origin(&request, &state.issuer) {
        return Ok(refused);
    }
    let words = Words::of(&request);
    let Ok(form) = form else { return unknown(words) };
    let Some(known) = know(&state, form.into_inner()).await? else { return unknown(words) };
    let (session, asked, scope) = match step(&state, &request, &known, true).await? {
        Step::Answer(answer) => return Ok(answer),
        Step::Agree(session, asked, scope) => (session, asked, scope),
    };
    if known.parameters.get("decision") != Some("agree") {
        return Ok(known.refuse(&state.issuer, ("access_denied", "the person said no")));
    }
    let new = NewCode {
        app: known.app.id,
        session: session.id,
        redirect_uri: known.parameters.get("redirect_uri").unwrap_or_default().to_owned(),
        challenge: asked.challenge,
        scope,
        nonce: asked.nonce,
    };
    let act = Act { actor: format!("user:{}", session.user), at: state.clock.now(), batch: None };
    let code = state.db.note(act, move |tx| insert_code(tx, &new)).await?;
    Ok(known.send(&state.issuer, &[("code", &code)]))
}

/// The request of the authorisation endpoint again, with the person's word.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[schema(example = json!({"response_type": "code", "client_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f",
    "redirect_uri": "http://127.0.0.1/done", "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "code_challenge_method": "S256", "state": "af0ifjsldkj", "decision": "agree"}))]
#[expect(dead_code, reason = "it describes the form; what is sent is read as pairs, so that nothing may come twice")]
pub(crate) struct AgreedRequest {
    /// `code`.
    #[schema(max_length = 20)]
    response_type: Option<String>,
    /// Comes back as it was sent.
    #[schema(max_length = 500)]
    state: Option<String>,
    /// The SHA-256 of the code verifier, in base64url.
    #[schema(max_length = 128)]
    code_challenge: Option<String>,
    /// `S256`.
    #[schema(max_length = 10)]
    code_challenge_method: Option<String>,
    /// The app.
    client_id: Option<Id>,
    /// One of the app's registered addresses.
    #[schema(max_length = 400)]
    redirect_uri: Option<String>,
    /// `agree`, or anything else for no.
    #[schema(max_length = 20)]
    decision: Option<String>,
}
