//! Measures, and prints as Markdown, how many people sign in and how many apps refresh their tokens in a second, among many users; beside
//! what the hash of a password and the lightest call take in the same run.
//!
//! `cargo run --release -p tests --example sign_in`, with `TEST_DATABASE_URL` on PostgreSQL; `USERS` and `SECONDS_EACH` change the size.
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    reason = "a measurement stops where it stands"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::credentials::hash_password;
use identity::provision::{UserOnMachine, create_demo_users};
use identity::users::NewUser;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use shared::access::{Grant, Role};
use shared::service::http_client;
use shared::territory::AreaId;
use tests::TestApp;

const PASSWORD: &str = "tre già măng mọc bên sông";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const REDIRECT: &str = "http://127.0.0.1/done";
/// So many do it at once.
const AT_ONCE: usize = 16;
/// So many sessions are refreshed in turn.
const SESSIONS: usize = 200;

fn number_of(name: &str, otherwise: usize) -> usize {
    std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
}

fn login(number: usize) -> String {
    format!("nguoi.{number}")
}

/// Does something again and again, many at once, for some seconds; returns how often in a second.
async fn rate<F, W>(seconds: usize, work: W) -> f64
where
    W: Fn(usize) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = ()> + Send,
{
    let (counted, begun) = (Arc::new(AtomicUsize::new(0)), Instant::now());
    let until = begun + Duration::from_secs(seconds as u64);
    let workers: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let (counted, work) = (Arc::clone(&counted), work.clone());
            tokio::spawn(async move {
                while Instant::now() < until {
                    work(counted.fetch_add(1, Ordering::Relaxed)).await;
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.expect("no request failed");
    }
    counted.load(Ordering::Relaxed) as f64 / begun.elapsed().as_secs_f64()
}

/// How many hashes two cores compute in a second, with the settings of the system.
fn hashes_in_a_second(seconds: usize) -> f64 {
    let begun = Instant::now();
    let counted: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(move || {
                    let mut counted = 0;
                    while begun.elapsed().as_secs_f64() < seconds as f64 {
                        hash_password(PASSWORD).expect("a hash");
                        counted += 1;
                    }
                    counted
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("counted")).sum()
    });
    counted as f64 / begun.elapsed().as_secs_f64()
}

async fn sign_in(http: &reqwest::Client, base: &str, login: &str) -> String {
    let request = http.post(format!("{base}/account/sign-in")).header("sec-fetch-site", "same-origin");
    let answer = request.form(&[("login", login), ("password", PASSWORD)]).send().await.expect("an answer");
    assert_eq!(answer.status(), 303, "{login} signs in");
    let cookies = answer.headers().get_all("set-cookie").iter();
    let session = cookies.filter_map(|value| value.to_str().ok()).find(|cookie| cookie.starts_with("session="));
    session.expect("a session").split(';').next().expect("a cookie").to_owned()
}

async fn token(http: &reqwest::Client, base: &str, form: &[(&str, &str)]) -> Value {
    let answer = http.post(format!("{base}/v1/oauth/token")).form(form).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    answer.json().await.expect("tokens")
}

/// Lets an app act for somebody who is signed in, and returns its refresh token.
async fn refresh_token(http: &reqwest::Client, base: &str, app: &str, session: &str) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER.as_bytes()));
    let form = [
        ("response_type", "code"),
        ("client_id", app),
        ("redirect_uri", REDIRECT),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
        ("decision", "agree"),
    ];
    let request = http.post(format!("{base}/v1/oauth/authorize")).header("sec-fetch-site", "same-origin");
    let answer = request.header("cookie", session).form(&form).send().await.expect("an answer");
    let sent = answer.headers()["location"].to_str().expect("an address").to_owned();
    let url = url::Url::parse(&sent).expect("an address");
    let code = url.query_pairs().find(|(name, _)| name == "code").expect("a code").1.into_owned();
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", app),
        ("code", code.as_str()),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    token(http, base, &form).await["refresh_token"].as_str().expect("a token").to_owned()
}

#[tokio::main]
async fn main() {
    let (users, seconds) = (number_of("USERS", 10_000), number_of("SECONDS_EACH", 10));
    let app = TestApp::start().await;
    let base = app.system.base_url.clone();
    let area: AreaId = "11986@origin".parse().expect("an area");
    for first in (0..users).step_by(500) {
        let some = (first..users.min(first + 500)).map(|number| UserOnMachine {
            user: NewUser { login: login(number), name: "Người Giả Định".to_owned(), area: area.clone() },
            grant: Grant { role: Role::Viewer, area: area.clone() },
        });
        create_demo_users(&app.system.identity, some.collect(), PASSWORD).await.expect("users");
    }
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let made = json!({"label": "Ứng dụng thử", "area": "33@origin", "redirect_uris": [REDIRECT]});
    let client = administrator.post("/v1/apps", made).await.is(201)["id"].as_str().expect("an id").to_owned();
    let viewer = app.be(Role::Viewer, "33@origin").await;
    let (http, bearer) = (http_client().expect("a client"), format!("Bearer {}", viewer.token()));

    let hashes = hashes_in_a_second(seconds.min(5));
    let (with, at) = (http.clone(), base.clone());
    let me = rate(seconds, move |_| {
        let request = with.get(format!("{at}/v1/me")).header("authorization", &bearer);
        async move { assert_eq!(request.send().await.expect("an answer").status(), 200) }
    })
    .await;
    let (with, at) = (http.clone(), base.clone());
    let sign_ins = rate(seconds, move |number| {
        let (with, at) = (with.clone(), at.clone());
        async move { drop(sign_in(&with, &at, &login(number * 7919 % users)).await) }
    })
    .await;
    let mut tokens = Vec::new();
    for number in 0..SESSIONS {
        let session = sign_in(&http, &base, &login(number)).await;
        tokens.push(Arc::new(tokio::sync::Mutex::new(refresh_token(&http, &base, &client, &session).await)));
    }
    let (tokens, with, at) = (Arc::new(tokens), http.clone(), base.clone());
    let refreshes = rate(seconds, move |number| {
        let (with, at, client, tokens) = (with.clone(), at.clone(), client.clone(), Arc::clone(&tokens));
        async move {
            let kept = tokens.get(number % SESSIONS).expect("a session");
            let mut kept = kept.lock().await;
            let form = [("grant_type", "refresh_token"), ("client_id", &client), ("refresh_token", &kept)];
            let next = token(&with, &at, &form).await;
            *kept = next["refresh_token"].as_str().expect("a token").to_owned();
        }
    })
    .await;
    println!("| {users} users, {AT_ONCE} at once | in a second |\n| --- | --- |");
    println!("| hashes of passwords alone, on two cores | {hashes:.1} |");
    println!("| sign-ins with a password | {sign_ins:.1} |");
    println!("| refreshes of tokens | {refreshes:.0} |");
    println!("| `GET /v1/me`, the lightest call | {me:.0} |");
}
