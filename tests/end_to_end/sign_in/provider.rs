//! Signing in with a provider that is somebody else's, played here: what it says is believed only where it holds.

use std::sync::{Arc, Mutex};

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpResponse, HttpServer, web};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::credentials::code_at;
use identity::provider::ProviderSettings;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use shared::access::Role;
use tests::{TestApp, eventually};

use super::{
    Browser, PASSWORD, Shown, VERIFIER, agree, authorize_path, claims, exchange, invite, is_out_everywhere, later,
    make_app,
};

/// A key of the provider.
pub struct Key {
    id: String,
    signing: EncodingKey,
    pub published: Value,
}

impl Key {
    pub fn new(id: &str) -> Self {
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref()).unwrap();
        let point = pair.public_key().as_ref();
        let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..65]));
        let published = json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": id, "use": "sig", "alg": "ES256"});
        Self { id: id.to_owned(), signing: EncodingKey::from_ec_der(pkcs8.as_ref()), published }
    }

    pub fn sign(&self, typ: &str, claims: &Value) -> String {
        let header = Header { typ: Some(typ.to_owned()), kid: Some(self.id.clone()), ..Header::new(Algorithm::ES256) };
        jsonwebtoken::encode(&header, claims, &self.signing).unwrap()
    }
}

/// What the provider does.
pub(super) struct Played {
    issuer: String,
    key: Key,
    published: Vec<Value>,
    /// The id token that it answers to any code.
    id_token: String,
    /// The status of its answer to a code.
    status: u16,
    /// What it says of its addresses beside, or instead.
    pub(super) lies: Value,
    /// The last code that it was shown, with the verifier.
    shown: Vec<(String, String)>,
    credentials: String,
}

pub(super) type Provider = Arc<Mutex<Played>>;

async fn discovery(provider: web::Data<Mutex<Played>>) -> HttpResponse {
    let (issuer, lies) = {
        let provider = provider.lock().unwrap();
        (provider.issuer.clone(), provider.lies.clone())
    };
    let mut published = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"),
        "authorization_response_iss_parameter_supported": true,
    });
    published.as_object_mut().unwrap().extend(lies.as_object().unwrap().clone());
    HttpResponse::Ok().json(published)
}

async fn keys(provider: web::Data<Mutex<Played>>) -> HttpResponse {
    // A key of an unknown kind hides no other.
    let mut keys = vec![json!({"kty": "XYZ", "kid": "future"})];
    keys.extend(provider.lock().unwrap().published.clone());
    HttpResponse::Ok().json(json!({"keys": keys}))
}

async fn answer_code(
    request: actix_web::HttpRequest,
    form: web::Form<Vec<(String, String)>>,
    provider: web::Data<Mutex<Played>>,
) -> HttpResponse {
    let mut provider = provider.lock().unwrap();
    provider.shown = form.into_inner();
    provider.credentials =
        request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    match provider.status {
        302 => HttpResponse::Found().insert_header(("location", format!("{}/elsewhere", provider.issuer))).finish(),
        200 => {
            HttpResponse::Ok().json(json!({"id_token": provider.id_token, "access_token": "x", "token_type": "Bearer"}))
        }
        other => HttpResponse::build(other.try_into().unwrap()).finish(),
    }
}

async fn elsewhere(provider: web::Data<Mutex<Played>>) -> HttpResponse {
    let id_token = provider.lock().unwrap().id_token.clone();
    HttpResponse::Ok().json(json!({"id_token": id_token}))
}

/// Starts a provider, and lets the system sign people in with it.
pub(super) async fn provider_of(app: &TestApp) -> Provider {
    start_provider(app).await.0
}

async fn start_provider(app: &TestApp) -> (Provider, ServerHandle) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let key = Key::new("k1");
    let published = vec![key.published.clone()];
    let played = Played {
        issuer: issuer.clone(),
        key,
        published,
        id_token: String::new(),
        status: 200,
        lies: json!({}),
        shown: Vec::new(),
        credentials: String::new(),
    };
    let provider = Arc::new(Mutex::new(played));
    let data = web::Data::from(Arc::clone(&provider));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(data.clone())
            .route("/.well-known/openid-configuration", web::get().to(discovery))
            .route("/jwks", web::get().to(keys))
            .route("/token", web::post().to(answer_code))
            .route("/elsewhere", web::get().to(elsewhere))
            .route("/elsewhere", web::post().to(elsewhere))
    });
    let server = server.workers(1).disable_signals().listen(listener).unwrap().run();
    let handle = server.handle();
    tokio::spawn(server);
    let settings = ProviderSettings {
        issuer,
        client_id: "hung yen".to_owned(),
        client_secret: SecretString::from("bí mật:1".to_owned()),
        label: "Đăng nhập tỉnh".to_owned(),
        hosts: Vec::new(),
        factor_acr: vec!["high".to_owned()],
        allows_private: true,
    };
    app.system.identity.provider.set(settings).unwrap();
    (provider, handle)
}

/// The way of a browser to the provider, as the provider sees it.
pub(super) struct Sent {
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) max_age: Option<String>,
    pub(super) challenge: String,
}

pub(super) async fn go(browser: &Browser, form: &[(&str, &str)]) -> Sent {
    let shown = browser.post("/account/provider", form).await;
    assert_eq!(shown.status, 303, "{}", shown.text);
    let parameter = |name: &str| shown.parameter(name).unwrap_or_default();
    assert_eq!((parameter("response_type").as_str(), parameter("scope").as_str()), ("code", "openid"));
    assert_eq!(parameter("code_challenge_method"), "S256");
    assert!(parameter("redirect_uri").ends_with("/account/provider/callback"));
    Sent {
        state: parameter("state"),
        nonce: parameter("nonce"),
        max_age: shown.parameter("max_age"),
        challenge: parameter("code_challenge"),
    }
}

pub(super) async fn come_back(browser: &Browser, provider: &Provider, sent: &Sent) -> Shown {
    let issuer = provider.lock().unwrap().issuer.clone();
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("code", "c-1"), ("state", &sent.state), ("iss", &issuer)])
        .finish();
    browser.get(&format!("/account/provider/callback?{query}")).await
}

/// What the provider says of a person who has just signed in with two factors.
pub(super) fn said(app: &TestApp, provider: &Provider, sent: &Sent, subject: &str) -> Value {
    let now = app.clock.now().timestamp();
    let issuer = &provider.lock().unwrap().issuer;
    json!({
        "iss": issuer, "aud": "hung yen", "sub": subject, "nonce": sent.nonce, "iat": now, "exp": now + 300,
        "auth_time": now, "amr": ["pwd", "mfa"], "sid": format!("s-{subject}"),
    })
}

pub(super) fn says(provider: &Provider, claims: &Value) {
    let mut provider = provider.lock().unwrap();
    provider.id_token = provider.key.sign("JWT", claims);
}

/// Signs somebody in with what the provider says, changed by a test.
pub(super) async fn signed_in(
    app: &TestApp,
    provider: &Provider,
    form: &[(&str, &str)],
    subject: &str,
    change: impl FnOnce(&mut Value),
) -> (Browser, Shown) {
    let browser = Browser::new(app);
    let sent = go(&browser, form).await;
    let mut claims = said(app, provider, &sent, subject);
    change(&mut claims);
    says(provider, &claims);
    let shown = come_back(&browser, provider, &sent).await;
    (browser, shown)
}

/// The token at the end of an invitation's link.
pub(super) fn token_of(link: &str) -> &str {
    link.rsplit('/').next().unwrap()
}

/// OpenID Connect Core 3.1; ASVS 6.8.1, 6.8.4, 10.5.1: an invited person signs in with the provider, and apps notice no difference.
#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_was_invited_signs_in_with_the_provider() {
    let app = TestApp::start().await;
    let provider = provider_of(&app).await;
    let client = make_app(&app).await;
    let (id, link) = invite(&app, "can.bo", &[(Role::Administrator, "33@origin")]).await;
    let browser = Browser::new(&app);
    let shown = browser.get("/account/sign-in").await;
    assert!(shown.text.contains("Đăng nhập tỉnh") && !shown.text.contains("password"), "{}", shown.text);
    assert!(shown.policy.contains(&provider.lock().unwrap().issuer), "{}", shown.policy);
    // Nobody here knows this person yet.
    let (stranger, shown) = signed_in(&app, &provider, &[], "0011", |_| {}).await;
    assert_eq!(shown.status, 403, "{}", shown.text);
    assert!(shown.text.contains("not invited") && !shown.cookies.iter().any(|cookie| cookie.starts_with("session=")));
    assert_eq!(stranger.get("/account").await.status, 303);

    assert!(browser.get(&link).await.text.contains("can.bo"));
    let (browser, shown) = signed_in(&app, &provider, &[("invitation", token_of(&link))], "0011", |_| {}).await;
    assert_eq!((shown.status.as_u16(), shown.location.as_str()), (303, "/account"), "{}", shown.text);
    let page = browser.get("/account").await;
    assert!(page.text.contains("can.bo") && !page.text.contains("/account/password"), "{}", page.text);
    let (sent_form, credentials) = {
        let provider = provider.lock().unwrap();
        (provider.shown.clone(), provider.credentials.clone())
    };
    let field = |name: &str| sent_form.iter().find(|(one, _)| one == name).map(|(_, value)| value.clone());
    assert_eq!(field("code").as_deref(), Some("c-1"));
    let basic = base64::engine::general_purpose::STANDARD.encode("hung+yen:b%C3%AD+m%E1%BA%ADt%3A1");
    assert_eq!(credentials, format!("Basic {basic}"), "form-encoded before they are put together");
    // The link is used up, and passwords open nothing.
    assert_eq!(browser.get(&link).await.status, 404);
    assert_eq!(browser.sign_in("can.bo", PASSWORD).await.status, 403);
    assert_eq!(browser.get("/account/password").await.status, 403);

    // Signing in again needs no invitation; the app gets our tokens.
    let return_to = authorize_path(&client, &[("max_age", "900")]);
    let browser = Browser::new(&app);
    let sent = go(&browser, &[("return_to", &return_to)]).await;
    assert_eq!(sent.max_age.as_deref(), Some("900"));
    says(&provider, &said(&app, &provider, &sent, "0011"));
    let shown = come_back(&browser, &provider, &sent).await;
    assert_eq!((shown.status.as_u16(), &shown.location), (303, &return_to), "{}", shown.text);
    let verifier = {
        let provider = provider.lock().unwrap();
        provider.shown.iter().find(|(one, _)| one == "code_verifier").unwrap().1.clone()
    };
    assert_eq!(URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())), sent.challenge);
    let code = agree(&browser, &client, &[("max_age", "900")]).await.parameter("code").unwrap();
    let (status, tokens) = exchange(&app, &client, &code, VERIFIER).await;
    assert_eq!(status, 200, "{tokens}");
    let token = claims(&tokens["access_token"]);
    assert_eq!((&token["sub"], &token["amr"]), (&json!(format!("user:{id}")), &json!(["mfa"])));
    let body = json!({"login": "khac", "name": "Khác Giả Định", "area": "33@origin"});
    let phone = app.bearer(tokens["access_token"].as_str());
    phone.post("/v1/users", body).await.is(201);

    // Back-channel logout: what does not hold ends nothing, and what holds ends browser and app.
    let logout = async |typ: &str, change: &dyn Fn(&mut Value)| {
        let now = app.clock.now().timestamp();
        let text = {
            let provider = provider.lock().unwrap();
            let mut claims = json!({
                "iss": provider.issuer, "aud": "hung yen", "iat": now, "exp": now + 120, "jti": shared::Id::new(), "sid": "s-0011",
                "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
            });
            change(&mut claims);
            provider.key.sign(typ, &claims)
        };
        let form = [("logout_token", text.as_str())];
        let answer = browser.http.post(browser.address("/account/provider/logout")).form(&form).send().await.unwrap();
        answer.status().as_u16()
    };
    assert_eq!(logout("JWT", &|_| {}).await, 400);
    assert_eq!(logout("logout+jwt", &|claims| claims["nonce"] = json!("n")).await, 400);
    assert_eq!(logout("logout+jwt", &|claims| claims["events"] = json!({})).await, 400);
    assert_eq!(logout("logout+jwt", &|claims| claims["aud"] = json!("other")).await, 400);
    assert_eq!(logout("logout+jwt", &|claims| claims["iat"] = json!(1_600_000_000)).await, 400);
    assert_eq!(logout("logout+jwt", &|claims| claims["sid"] = json!("s-other")).await, 200);
    assert_eq!(browser.get("/account").await.status, 200);
    assert_eq!(logout("logout+jwt", &|claims| claims["sub"] = json!("0022")).await, 200);
    assert_eq!(browser.get("/account").await.status, 200, "the session of somebody else");
    assert_eq!(logout("logout+jwt", &|claims| claims["sub"] = json!("0011")).await, 200);
    assert_eq!(browser.get("/account").await.status, 303);
    is_out_everywhere(&app, &tokens["access_token"]).await;
    // The same word again ends nothing that began since; without an id it is none.
    let again = json!("j-again");
    assert_eq!(logout("logout+jwt", &|claims| claims["jti"] = again.clone()).await, 200);
    let (later, _) = signed_in(&app, &provider, &[], "0011", |_| {}).await;
    assert_eq!(logout("logout+jwt", &|claims| claims["jti"] = again.clone()).await, 200);
    assert_eq!(later.get("/account").await.status, 200);
    assert_eq!(logout("logout+jwt", &|claims| claims["jti"] = Value::Null).await, 400);
    assert_eq!(logout("logout+jwt", &|_| {}).await, 200);
    assert_eq!(later.get("/account").await.status, 303);
}

/// What a lie is called, and how it changes the claims.
type Lie = (&'static str, fn(&mut Value));

/// ASVS 10.5.1 to 10.5.3, 6.8.2, 9.1: a provider that lies, or somebody in its place, signs nobody in.
#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_hold_signs_nobody_in() {
    let app = TestApp::start().await;
    let provider = provider_of(&app).await;
    let (_, link) = invite(&app, "can.bo", &[(Role::Viewer, "33@origin")]).await;
    let invitation = [("invitation", token_of(&link))];
    let lies: [Lie; 11] = [
        ("another issuer", |claims| claims["iss"] = json!("https://other.example.vn")),
        ("for another client", |claims| claims["aud"] = json!("other")),
        ("for several, of whom another asked", |claims| {
            claims["aud"] = json!(["hung yen", "other"]);
            claims["azp"] = json!("other");
        }),
        ("for several, and nobody says who asked", |claims| claims["aud"] = json!(["hung yen", "other"])),
        ("of another sign-in", |claims| claims["nonce"] = json!("other")),
        ("of no sign-in", |claims| claims["nonce"] = Value::Null),
        ("of nobody", |claims| claims["sub"] = json!("")),
        ("over", |claims| claims["exp"] = json!(1_600_000_000)),
        ("without an end", |claims| claims["exp"] = Value::Null),
        ("not yet", |claims| claims["iat"] = json!(4_000_000_000_i64)),
        ("a sign-in to come", |claims| claims["auth_time"] = json!(4_000_000_000_i64)),
    ];
    for (lie, change) in lies {
        let (browser, shown) = signed_in(&app, &provider, &invitation, "0011", change).await;
        assert_eq!(shown.status, 403, "{lie}: {}", shown.text);
        assert_eq!(browser.get("/account").await.status, 303, "{lie}");
    }
    let replaced = async |id_token: &dyn Fn(&Key, &Value) -> String| {
        let browser = Browser::new(&app);
        let sent = go(&browser, &invitation).await;
        let claims = said(&app, &provider, &sent, "0011");
        {
            let mut provider = provider.lock().unwrap();
            provider.id_token = id_token(&provider.key, &claims);
        }
        come_back(&browser, &provider, &sent).await.status.as_u16()
    };
    let unsigned = |claims: &Value, header: Value| {
        format!("{}.{}.", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()))
    };
    assert_eq!(replaced(&|_, claims| unsigned(claims, json!({"alg": "none", "kid": "k1"}))).await, 403);
    assert_eq!(
        replaced(&|key, claims| {
            let header = Header { kid: Some("k1".to_owned()), ..Header::new(Algorithm::HS256) };
            let secret = EncodingKey::from_secret(key.published["x"].as_str().unwrap().as_bytes());
            jsonwebtoken::encode(&header, claims, &secret).unwrap()
        })
        .await,
        403,
        "signed with the published key as a secret"
    );
    assert_eq!(replaced(&|_, claims| Key::new("k1").sign("JWT", claims)).await, 403, "another key of the same name");
    assert_eq!(replaced(&|key, claims| key.sign("at+jwt", claims)).await, 403, "an access token");
    assert_eq!(replaced(&|key, claims| key.sign("logout+jwt", claims)).await, 403, "a logout token");

    // A redirect is not followed, a refusal is one, and a sign-in is of the browser that began it, once.
    for status in [302, 400, 500] {
        provider.lock().unwrap().status = status;
        let (_, shown) = signed_in(&app, &provider, &invitation, "0011", |_| {}).await;
        assert_eq!(shown.status, 403, "{status}: {}", shown.text);
    }
    provider.lock().unwrap().status = 200;
    let (browser, other) = (Browser::new(&app), Browser::new(&app));
    let sent = go(&browser, &invitation).await;
    says(&provider, &said(&app, &provider, &sent, "0011"));
    assert_eq!(come_back(&other, &provider, &sent).await.status, 400, "another browser");
    go(&other, &invitation).await;
    assert_eq!(come_back(&other, &provider, &sent).await.status, 400, "another sign-in");
    let callback = |query: &str| format!("/account/provider/callback?{query}");
    let query = format!("code=c-1&state={}", sent.state);
    assert_eq!(
        browser.get(&callback(&query)).await.status,
        403,
        "the provider says who answers, and this one does not"
    );
    let (browser, shown) = signed_in(&app, &provider, &invitation, "0011", |_| {}).await;
    assert_eq!(shown.status, 303, "the invitation is still there: {}", shown.text);
    assert_eq!(come_back(&browser, &provider, &sent).await.status, 400, "twice");
    let form = [("return_to", "https://other.example/")];
    let (_, shown) = signed_in(&app, &provider, &form, "0011", |_| {}).await;
    assert_eq!(shown.location, "/account", "nobody is sent elsewhere");

    // The same person is one user; another invitation does not take over.
    let (_, link) = invite(&app, "nguoi.khac", &[(Role::Viewer, "33@origin")]).await;
    let (_, shown) = signed_in(&app, &provider, &[("invitation", token_of(&link))], "0011", |_| {}).await;
    assert_eq!(shown.status, 409, "{}", shown.text);
    let (browser, _) = signed_in(&app, &provider, &[], "0011", |_| {}).await;
    assert!(browser.get("/account").await.text.contains("can.bo"));
}

/// ASVS 6.8.4, 7.5.3: what the provider does not say counts as one old password.
#[tokio::test(flavor = "multi_thread")]
async fn silence_counts_as_one_old_password() {
    let app = TestApp::start().await;
    let provider = provider_of(&app).await;
    let client = make_app(&app).await;
    let (id, link) = invite(&app, "quan.tri", &[(Role::Administrator, "33@origin")]).await;
    let invitation = [("invitation", token_of(&link))];
    let silent = |claims: &mut Value| {
        claims["amr"] = json!(["pwd"]);
        claims["auth_time"] = Value::Null;
    };
    let (browser, shown) = signed_in(&app, &provider, &invitation, "0011", silent).await;
    assert!(shown.location.starts_with("/account/second-factor?"), "our own factor is asked for: {}", shown.location);
    assert_eq!(browser.get("/account").await.status, 303);
    let shown = browser.get(&shown.location).await;
    let secret = shown.field("<code class=\"key\">", "</code>").replace(' ', "");
    let code = code_at(&secret, app.clock.now()).unwrap();
    assert_eq!(browser.post("/account/second-factor", &[("code", &code)]).await.status, 200);
    // A code of ours does not make the password at the provider any newer.
    let phone_of = async |browser: &Browser| {
        let code = agree(browser, &client, &[]).await.parameter("code").unwrap();
        let (_, tokens) = exchange(&app, &client, &code, VERIFIER).await;
        app.bearer(tokens["access_token"].as_str())
    };
    let body = || json!({"login": "khac", "name": "Khác Giả Định", "area": "33@origin"});
    let phone = phone_of(&browser).await;
    phone.get("/v1/users").await.is(200);
    phone.post("/v1/users", body()).await.problem(401, "recent_sign_in_required");

    // With the factor, but without the time: nothing that weighs is opened.
    let timeless = |claims: &mut Value| {
        claims["amr"] = json!([]);
        claims["acr"] = json!("high");
        claims["auth_time"] = Value::Null;
    };
    let (browser, shown) = signed_in(&app, &provider, &[], "0011", timeless).await;
    assert_eq!(shown.location, "/account", "{}", shown.text);
    let phone = phone_of(&browser).await;
    phone.get("/v1/users").await.is(200);
    phone.post("/v1/users", body()).await.problem(401, "recent_sign_in_required");
    // Asked for the time, it has to say it, and it has to be recent.
    let return_to = authorize_path(&client, &[("max_age", "900")]);
    let (_, shown) = signed_in(&app, &provider, &[("return_to", &return_to)], "0011", timeless).await;
    assert_eq!(shown.status, 403, "{}", shown.text);
    let old = |claims: &mut Value| claims["auth_time"] = json!(claims["iat"].as_i64().unwrap() - 1000);
    let (_, shown) = signed_in(&app, &provider, &[("return_to", &return_to)], "0011", old).await;
    assert_eq!(shown.status, 403, "{}", shown.text);
    let (_, shown) = signed_in(&app, &provider, &[("return_to", &return_to)], "0011", |_| {}).await;
    assert_eq!(shown.location, return_to);

    // Whoever left is nobody, also with the provider's word.
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let path = format!("/v1/users/{id}");
    let version = administrator.get(&path).await.is(200)["etag"].as_str().unwrap().to_owned();
    administrator.request(Method::POST, &format!("{path}/departures")).if_match(&version).await.is(200);
    let (_, shown) = signed_in(&app, &provider, &[], "0011", |_| {}).await;
    assert_eq!(shown.status, 403, "{}", shown.text);
    // The same person can come back as another user.
    let (_, link) = invite(&app, "tro.lai", &[(Role::Viewer, "33@origin")]).await;
    let (browser, shown) = signed_in(&app, &provider, &[("invitation", token_of(&link))], "0011", |_| {}).await;
    assert_eq!(shown.status, 303, "{}", shown.text);
    assert!(browser.get("/account").await.text.contains("tro.lai"));
    // An age beyond all bounds is no age.
    let endless = authorize_path(&client, &[("max_age", "9223372036854775807")]);
    let (_, shown) = signed_in(&app, &provider, &[("return_to", &endless)], "0011", |_| {}).await;
    assert_eq!((shown.status.as_u16(), &shown.location), (303, &endless), "{}", shown.text);
}

/// The provider changes its keys, and is down for a while.
#[tokio::test(flavor = "multi_thread")]
async fn the_provider_changes_its_keys() {
    let app = TestApp::start().await;
    let (provider, server) = start_provider(&app).await;
    let (_, link) = invite(&app, "can.bo", &[(Role::Viewer, "33@origin")]).await;
    let (_, shown) = signed_in(&app, &provider, &[("invitation", token_of(&link))], "0011", |_| {}).await;
    assert_eq!(shown.status, 303, "{}", shown.text);
    {
        let mut provider = provider.lock().unwrap();
        provider.key = Key::new("k2");
        provider.published = vec![provider.key.published.clone()];
    }
    // An unknown key is looked for ten seconds after the last look at the earliest.
    let is_in = eventually("the new key is taken", async || {
        later(&app, 1);
        let (_, shown) = signed_in(&app, &provider, &[], "0011", |_| {}).await;
        (shown.status == 303).then_some(true)
    });
    assert!(is_in.await);

    // The provider is silent: what it published is used for an hour, and it is asked for the rest at most every ten seconds.
    let sign_in = async || Browser::new(&app).post("/account/provider", &[]).await.status.as_u16();
    server.stop(false).await;
    later(&app, 301);
    assert_eq!(sign_in().await, 303, "its addresses are still known");
    later(&app, 3600);
    let begun = std::time::Instant::now();
    let (one, two, three, four) = tokio::join!(sign_in(), sign_in(), sign_in(), sign_in());
    assert_eq!([one, two, three, four], [503; 4]);
    assert!(begun.elapsed() < std::time::Duration::from_secs(20), "one call for all of them");
}
