//! What is told of people who sign in: to operators, and to nobody.

use reqwest::Method;
use serde_json::Value;
use shared::access::Role;
use tests::{TestApp, all_rows};

use super::{Browser, PASSWORD, VERIFIER, agree, exchange, invite, later, make_app, person, refresh, tokens_of};

async fn counted(app: &TestApp, event: &str) -> u32 {
    let metrics = app.operators_get("/metrics").await.text;
    let start = format!("security_events_total{{event=\"{event}\"}} ");
    metrics.lines().find_map(|line| line.strip_prefix(&start)).map_or(0, |count| count.parse().unwrap())
}

/// ASVS 16.3.1: each step of signing in that matters is counted as its event.
#[tokio::test(flavor = "multi_thread")]
async fn what_people_do_when_they_sign_in_is_told_to_operators() {
    let app = TestApp::start().await;
    let client = make_app(&app).await;
    let owner = person(&app, "can.bo", &[(Role::Officer, "33@origin")]).await;
    let grown = async |event: &str, before: u32, by: u32| {
        assert_eq!(counted(&app, event).await, before + by, "{event}");
    };
    let before = counted(&app, "auth.signed_in").await;
    let browser = owner.signed_in(&app).await;
    grown("auth.signed_in", before, 1).await;

    let before = counted(&app, "auth.sign_in_refused").await;
    let half = Browser::new(&app);
    half.sign_in("can.bo", "không phải mật khẩu này").await;
    half.sign_in("khong.co.ai", "không phải mật khẩu này").await;
    half.sign_in("can.bo", PASSWORD).await;
    half.post("/account/second-factor", &[("code", "000000")]).await;
    grown("auth.sign_in_refused", before, 3).await;

    let before = counted(&app, "auth.reuse_detected").await;
    let code = agree(&browser, &client, &[]).await.parameter("code").unwrap();
    exchange(&app, &client, &code, VERIFIER).await;
    exchange(&app, &client, &code, VERIFIER).await;
    let tokens = tokens_of(&app, &owner, &client).await;
    let (_, second) = refresh(&app, &client, &tokens["refresh_token"]).await;
    refresh(&app, &client, &second["refresh_token"]).await;
    refresh(&app, &client, &tokens["refresh_token"]).await;
    grown("auth.reuse_detected", before, 2).await;

    let before = counted(&app, "auth.factor_changed").await;
    let browser = owner.signed_in(&app).await;
    let form = [("previous", PASSWORD), ("password", "cá bơi dưới ao làng"), ("repeated", "cá bơi dưới ao làng")];
    browser.post("/account/password", &form).await;
    grown("auth.factor_changed", before, 1).await;

    let (invited, left) = (counted(&app, "user.invited").await, counted(&app, "user.left").await);
    let (id, _) = invite(&app, "nguoi.moi", &[]).await;
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let path = format!("/v1/users/{id}");
    let etag = administrator.get(&path).await.is(200)["etag"].as_str().unwrap().to_owned();
    administrator.request(Method::POST, &format!("{path}/departures")).if_match(&etag).await.is(200);
    grown("user.invited", invited, 1).await;
    grown("user.left", left, 1).await;
}

/// ASVS 7.2.2: what opens something, and what names a person, stands nowhere as it is.
#[tokio::test(flavor = "multi_thread")]
async fn the_database_holds_no_secret_as_it_is() {
    let app = TestApp::start().await;
    let client = make_app(&app).await;
    let owner = person(&app, "can.bo.xa", &[(Role::Officer, "33@origin")]).await;
    let (_, link) = invite(&app, "nguoi.moi", &[]).await;
    let browser = owner.signed_in(&app).await;
    let code = agree(&browser, &client, &[]).await.parameter("code").unwrap();
    let (_, tokens) = exchange(&app, &client, &code, VERIFIER).await;
    let (_, next) = refresh(&app, &client, &tokens["refresh_token"]).await;
    let waiting = agree(&browser, &client, &[]).await.parameter("code").unwrap();
    later(&app, 1);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut secrets = vec![
        PASSWORD.to_owned(),
        owner.secret.clone(),
        "can.bo.xa".to_owned(),
        "Người Giả Định".to_owned(),
        link.rsplit('/').next().unwrap().to_owned(),
        browser.cookies.lock().unwrap()["session"].clone(),
        code,
        waiting,
        text(&tokens["refresh_token"]),
        text(&next["refresh_token"]),
        text(&tokens["access_token"]),
    ];
    secrets.extend(owner.recovery_codes.clone());
    secrets.push(owner.recovery_codes[0].replace('-', ""));
    let rows = all_rows(&app.system.identity.db).await;
    assert!(rows.iter().any(|(table, _)| table == "refresh_tokens") && rows.len() > 30);
    for secret in secrets {
        let (plain, bytes) = (secret.to_lowercase(), hex::encode(secret.as_bytes()));
        let found = rows.iter().find(|(_, row)| row.contains(&plain) || row.contains(&bytes));
        assert!(found.is_none(), "{secret} stands in {found:?}");
    }
}
