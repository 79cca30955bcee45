//! People: invited, signing in with a second factor, letting apps act for them, and being out everywhere at once.

mod apps;
mod deputies;
mod ends;
mod enter;
mod lasting;
mod pages;
pub mod provider;
mod provider_kept;
mod told;

use std::collections::BTreeMap;
use std::sync::Mutex;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;
use identity::credentials::code_at;
use identity::provision::{UserOnMachine, create_demo_user};
use identity::users::NewUser;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use shared::access::{Grant, Role};
use shared::service::http_client;
use shared::territory::AreaId;
use tests::{Somebody, TestApp};

pub(super) const PASSWORD: &str = "tre già măng mọc bên sông";
pub(super) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(super) const REDIRECT: &str = "http://127.0.0.1/done";

pub(super) fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER.as_bytes()))
}

/// A browser: it keeps cookies, and follows nothing by itself.
pub(super) struct Browser {
    pub(super) base_url: String,
    pub(super) http: reqwest::Client,
    pub(super) cookies: Mutex<BTreeMap<String, String>>,
}

pub(super) struct Shown {
    pub(super) status: StatusCode,
    pub(super) location: String,
    pub(super) policy: String,
    pub(super) headers: reqwest::header::HeaderMap,
    pub(super) text: String,
    pub(super) cookies: Vec<String>,
}

impl Shown {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// A value that stands in a page.
    pub(super) fn field(&self, before: &str, after: &str) -> String {
        let (_, rest) = self.text.split_once(before).unwrap_or_else(|| panic!("no {before} in {}", self.text));
        rest.split_once(after).unwrap().0.to_owned()
    }

    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let url = url::Url::parse(&self.location).ok()?;
        url.query_pairs().find(|(one, _)| one == name).map(|(_, value)| value.into_owned())
    }
}

impl Browser {
    pub(super) fn new(app: &TestApp) -> Self {
        Self { base_url: app.system.base_url.clone(), http: http_client().unwrap(), cookies: Mutex::default() }
    }

    pub(super) async fn send(&self, request: reqwest::RequestBuilder) -> Shown {
        let kept =
            self.cookies.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
        let answer = request.header("cookie", kept.join("; ")).header("accept-language", "en").send().await.unwrap();
        let all = |name: &str| -> Vec<String> {
            answer.headers().get_all(name).iter().map(|value| value.to_str().unwrap().to_owned()).collect()
        };
        let cookies = all("set-cookie");
        for cookie in &cookies {
            let (name, rest) = cookie.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            let mut kept = self.cookies.lock().unwrap();
            match value {
                "" => kept.remove(name),
                value => kept.insert(name.to_owned(), value.to_owned()),
            };
        }
        let (location, policy) = (all("location").pop(), all("content-security-policy").pop());
        let (status, headers) = (answer.status(), answer.headers().clone());
        let (location, policy) = (location.unwrap_or_default(), policy.unwrap_or_default());
        let text = answer.text().await.unwrap();
        Shown { status, location, policy, headers, text, cookies }
    }

    pub(super) fn address(&self, path: &str) -> String {
        if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base_url) }
    }

    pub(super) async fn get(&self, path: &str) -> Shown {
        self.send(self.http.get(self.address(path))).await
    }

    pub(super) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Shown {
        self.send(self.http.post(self.address(path)).header("sec-fetch-site", "same-origin").form(form)).await
    }

    pub(super) async fn sign_in(&self, login: &str, password: &str) -> Shown {
        self.post("/account/sign-in", &[("login", login), ("password", password)]).await
    }
}

/// A person who is a user, with a password and a second factor.
pub(super) struct Person {
    pub(super) id: String,
    pub(super) login: String,
    pub(super) secret: String,
    pub(super) recovery_codes: Vec<String>,
}

impl Person {
    pub(super) fn code(&self, app: &TestApp) -> String {
        code_at(&self.secret, app.clock.now()).unwrap()
    }

    /// Signs in anew, with both factors. A code is taken once, so that the clock goes on to the next one.
    pub(super) async fn signed_in(&self, app: &TestApp) -> Browser {
        later(app, 31);
        let browser = Browser::new(app);
        let shown = browser.sign_in(&self.login, PASSWORD).await;
        assert_eq!(shown.status, 303, "{}", shown.text);
        assert!(shown.location.starts_with("/account/second-factor?"), "{}", shown.location);
        let shown = browser.post("/account/second-factor", &[("code", &self.code(app))]).await;
        assert_eq!((shown.status.as_u16(), shown.location.as_str()), (303, "/account"), "{}", shown.text);
        browser
    }
}

pub(super) fn later(app: &TestApp, seconds: i64) {
    app.set_clock(&(app.clock.now() + Duration::seconds(seconds)).to_rfc3339());
}

/// Makes a user with roles, each confirmed by a second administrator where it needs one.
pub(super) async fn invite(app: &TestApp, login: &str, roles: &[(Role, &str)]) -> (String, String) {
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let second = app.be(Role::Administrator, "33@origin").await;
    let body = json!({"login": login, "name": "Người Giả Định", "area": "33@origin"});
    let made = administrator.post("/v1/users", body).await.is(201);
    let id = made["user"]["id"].as_str().unwrap().to_owned();
    for (role, area) in roles {
        let body = json!({"user_id": id, "role": role, "area": area});
        let grant = administrator.post("/v1/user-grants", body).await.is(201);
        if grant["awaits_confirmation"] == true {
            let path = format!("/v1/user-grants/{}/confirmations", grant["id"].as_str().unwrap());
            let confirm = |somebody: &Somebody| somebody.request(Method::POST, &path).if_match("\"v1\"");
            confirm(&administrator).await.problem(403, "other_administrator_required");
            let confirmed = confirm(&second).await.is(200);
            assert_eq!(confirmed["awaits_confirmation"], false);
        }
    }
    (id, made["link"].as_str().unwrap().to_owned())
}

/// Makes a user with a second factor who has one role, and says the id.
pub async fn demo_user(app: &TestApp, login: &str) -> String {
    let area: AreaId = "11986@origin".parse().expect("an area");
    let user = NewUser { login: login.to_owned(), name: "Cán Bộ Giả Định".to_owned(), area: area.clone() };
    let new = UserOnMachine { user, grant: Grant { role: Role::Leader, area } };
    let (id, _) = create_demo_user(&app.system.identity, new, PASSWORD).await.expect("a user");
    id.to_string()
}

/// Makes a user who has set a password and a second factor.
pub(super) async fn person(app: &TestApp, login: &str, roles: &[(Role, &str)]) -> Person {
    let (id, link) = invite(app, login, roles).await;
    let browser = Browser::new(app);
    let shown = browser.get(&link).await;
    assert!(shown.text.contains(login), "{}", shown.text);
    let shown = browser.post(&link, &[("password", PASSWORD), ("repeated", PASSWORD)]).await;
    assert_eq!(shown.status, 303, "{}", shown.text);
    let shown = browser.get(&shown.location).await;
    let secret = shown.field("<code class=\"key\">", "</code>").replace(' ', "");
    let code = code_at(&secret, app.clock.now()).unwrap();
    let shown = browser.post("/account/second-factor", &[("code", &code)]).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    let codes = shown.text.split("<li><code>").skip(1).map(|rest| rest.split_once('<').unwrap().0.to_owned()).collect();
    assert_eq!(browser.get("/account").await.status, 200);
    Person { id, login: login.to_owned(), secret, recovery_codes: codes }
}

pub(super) async fn make_app(app: &TestApp) -> String {
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let body =
        json!({"label": "Ứng dụng thử", "area": "33@origin", "redirect_uris": [REDIRECT, "vn.example.app:/done"]});
    administrator.post("/v1/apps", body).await.is(201)["id"].as_str().unwrap().to_owned()
}

pub(super) fn authorize(client: &str, changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let challenge = challenge();
    let mut all = BTreeMap::from([
        ("response_type", "code"),
        ("client_id", client),
        ("redirect_uri", REDIRECT),
        ("state", "s t&a"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
        ("scope", "openid membership reporting identity enterprise-registry"),
        ("nonce", "n-1"),
    ]);
    all.extend(changes.iter().copied());
    all.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

pub(super) fn authorize_path(client: &str, changes: &[(&str, &str)]) -> String {
    let query: String =
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(authorize(client, changes)).finish();
    format!("/v1/oauth/authorize?{query}")
}

/// The person agrees; returns where the browser is sent.
pub(super) async fn agree(browser: &Browser, client: &str, changes: &[(&str, &str)]) -> Shown {
    let fields = authorize(client, changes);
    let mut form: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    form.push(("decision", "agree"));
    browser.post("/v1/oauth/authorize", &form).await
}

pub(super) async fn token(app: &TestApp, form: &[(&str, &str)]) -> (u16, Value) {
    let http = http_client().unwrap();
    let answer = http.post(format!("{}/v1/oauth/token", app.system.base_url)).form(form).send().await.unwrap();
    assert_eq!(answer.headers()["cache-control"], "no-store");
    (answer.status().as_u16(), answer.json().await.unwrap())
}

pub(super) async fn exchange(app: &TestApp, client: &str, code: &str, verifier: &str) -> (u16, Value) {
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", client),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", verifier),
    ];
    token(app, &form).await
}

pub(super) async fn refresh(app: &TestApp, client: &str, refresh_token: &Value) -> (u16, Value) {
    let refresh_token = refresh_token.as_str().unwrap();
    token(app, &[("grant_type", "refresh_token"), ("client_id", client), ("refresh_token", refresh_token)]).await
}

/// Signs a person in to an app, and returns what the app got.
pub(super) async fn tokens_of(app: &TestApp, person: &Person, client: &str) -> Value {
    let browser = person.signed_in(app).await;
    let code = agree(&browser, client, &[]).await.parameter("code").unwrap();
    let (status, tokens) = exchange(app, client, &code, VERIFIER).await;
    assert_eq!(status, 200, "{tokens}");
    tokens
}

pub(super) fn claims(token: &Value) -> Value {
    let part = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

pub(super) const EVERYWHERE: [&str; 4] = ["/v1/me", "/v1/areas", "/v1/organisations", "/v1/indicators"];

/// Waits until a token is refused in every service.
pub(super) async fn is_out_everywhere(app: &TestApp, access_token: &Value) {
    let somebody = app.bearer(access_token.as_str());
    for path in EVERYWHERE {
        tests::eventually(path, async || (somebody.get(path).await.status == 401).then_some(())).await;
    }
}
