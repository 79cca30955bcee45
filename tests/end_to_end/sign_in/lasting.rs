//! How long links and sessions last, and what ends them.

use reqwest::Method;
use serde_json::json;
use shared::Id;
use shared::access::Role;
use tests::TestApp;

use super::{
    Browser, PASSWORD, VERIFIER, agree, exchange, invite, is_out_everywhere, later, make_app, person, refresh,
    tokens_of,
};

/// ASVS 6.4.1: a link is valid for 72 hours, and until the next one.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_ends() {
    let app = TestApp::start().await;
    let (_, link) = invite(&app, "nguoi.moi", &[]).await;
    let browser = Browser::new(&app);
    later(&app, 72 * 3600 - 1);
    assert_eq!(browser.get(&link).await.status, 200);
    later(&app, 2);
    let form = [("password", PASSWORD), ("repeated", PASSWORD)];
    assert_eq!(browser.get(&link).await.status, 404);
    assert_eq!(browser.post(&link, &form).await.status, 404);

    let (id, first) = invite(&app, "nguoi.khac", &[]).await;
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let path = format!("/v1/users/{id}");
    let again = async || {
        let etag = administrator.get(&path).await.is(200)["etag"].as_str().unwrap().to_owned();
        let asked = administrator.request(Method::POST, &format!("{path}/invitations")).if_match(&etag).await.is(201);
        asked["link"].as_str().unwrap().to_owned()
    };
    let second = again().await;
    assert_eq!((browser.get(&first).await.status.as_u16(), browser.get(&second).await.status.as_u16()), (404, 200));
    assert_eq!(browser.post(&second, &form).await.status, 303);
    // Whoever knows the password cannot end the link by which it is taken from them.
    let third = again().await;
    let form = [("previous", PASSWORD), ("password", "cá bơi dưới ao làng"), ("repeated", "cá bơi dưới ao làng")];
    assert_eq!(browser.post("/account/password", &form).await.status, 303);
    assert_eq!(Browser::new(&app).get(&third).await.status, 200);
    // Nobody invites the own account: the old password would be asked by nobody.
    let owner = person(&app, "quan.tri", &[(Role::Administrator, "33@origin")]).await;
    let phone = app.bearer(tokens_of(&app, &owner, &make_app(&app).await).await["access_token"].as_str());
    let own = format!("/v1/users/{}/invitations", owner.id);
    phone.request(Method::POST, &own).if_match("\"v1\"").await.problem(403, "own_account");
}

/// ASVS 6.4.3, 7.4.3: a forgotten password is replaced by a link; the second factor stays, and everything else ends.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_by_a_link_ends_everything_but_the_second_factor() {
    let app = TestApp::start().await;
    let client = make_app(&app).await;
    let owner = person(&app, "can.bo", &[(Role::Officer, "33@origin")]).await;
    let tokens = tokens_of(&app, &owner, &client).await;
    let before = owner.signed_in(&app).await;
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let path = format!("/v1/users/{}", owner.id);
    let etag = administrator.get(&path).await.is(200)["etag"].as_str().unwrap().to_owned();
    let link =
        administrator.request(Method::POST, &format!("{path}/invitations")).if_match(&etag).await.is(201)["link"]
            .as_str()
            .unwrap()
            .to_owned();
    let browser = Browser::new(&app);
    let shown = browser.post(&link, &[("password", "cá bơi dưới ao làng"), ("repeated", "cá bơi dưới ao làng")]).await;
    assert!(shown.location.starts_with("/account/second-factor"), "{} {}", shown.status, shown.location);
    let asked = browser.get(&shown.location).await.text;
    assert!(!asked.contains("class=\"key\"") && asked.contains("id=\"code\""), "the factor is asked for: {asked}");
    is_out_everywhere(&app, &tokens["access_token"]).await;
    assert_eq!(refresh(&app, &client, &tokens["refresh_token"]).await.1["error"], "invalid_grant");
    assert_eq!(before.get("/account").await.status, 303);
    assert_eq!(Browser::new(&app).sign_in("can.bo", PASSWORD).await.status, 422, "the old password is over");
}

/// ASVS 7.3.1, 7.3.2: a browser's session ends after half an hour without use, and after half a day in any case.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_in_a_browser_ends_by_itself() {
    let app = TestApp::start().await;
    let client = make_app(&app).await;
    let owner = person(&app, "can.bo", &[(Role::Officer, "33@origin")]).await;
    let (idle, busy) = (owner.signed_in(&app).await, owner.signed_in(&app).await);
    later(&app, 29 * 60);
    assert_eq!((idle.get("/account").await.status.as_u16(), busy.get("/account").await.status.as_u16()), (200, 200));
    for _ in 0..33 {
        later(&app, 20 * 60);
        assert_eq!(busy.get("/account").await.status, 200);
    }
    assert_eq!(idle.get("/account").await.status, 303, "not used for more than half an hour");
    // A code that the browser's session made is worth nothing after its end.
    later(&app, 10 * 60);
    let code = agree(&busy, &client, &[]).await.parameter("code").unwrap();
    assert_eq!(busy.post("/account/sign-out", &[]).await.status, 303);
    assert_eq!(exchange(&app, &client, &code, VERIFIER).await.1["error"], "invalid_grant");
    let busy = owner.signed_in(&app).await;
    for _ in 0..36 {
        later(&app, 20 * 60);
        busy.get("/account").await;
    }
    assert_eq!(busy.get("/account").await.status, 303, "half a day is over, whatever was done in it");
}

/// ASVS 7.5.2: a person ends the own sessions, and nobody else's.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_ends_the_session_of_another() {
    let app = TestApp::start().await;
    let client = make_app(&app).await;
    let (one, other) = (
        person(&app, "mot", &[(Role::Officer, "33@origin")]).await,
        person(&app, "hai", &[(Role::Officer, "33@origin")]).await,
    );
    let tokens = tokens_of(&app, &one, &client).await;
    let browser = one.signed_in(&app).await;
    let account = browser.get("/account").await;
    let paths: Vec<String> = account
        .text
        .split("/account/sessions/")
        .skip(1)
        .map(|rest| format!("/account/sessions/{}/end", rest.split_once('/').unwrap().0))
        .collect();
    assert!(paths.len() >= 2, "{}", account.text);
    let stranger = other.signed_in(&app).await;
    for path in &paths {
        assert_eq!(stranger.post(path, &[]).await.location, "/account");
        assert!(Browser::new(&app).post(path, &[]).await.location.starts_with("/account/sign-in?"));
    }
    assert_eq!(browser.get("/account").await.text.matches("/account/sessions/").count(), paths.len());
    app.bearer(tokens["access_token"].as_str()).get("/v1/me").await.is(200);
    assert_eq!(refresh(&app, &client, &tokens["refresh_token"]).await.0, 200);
}

/// ASVS 7.1.2: a person has at most ten sessions in apps and twenty in browsers; the one used longest ago ends.
#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_session_ends_when_there_are_too_many() {
    let app = TestApp::start().await;
    let client = make_app(&app).await;
    let owner = person(&app, "can.bo", &[(Role::Officer, "33@origin")]).await;
    let first = owner.signed_in(&app).await;
    let mut got = Vec::new();
    for _ in 0..11 {
        later(&app, 1);
        let code = agree(&first, &client, &[]).await.parameter("code").unwrap();
        got.push(exchange(&app, &client, &code, VERIFIER).await.1);
    }
    is_out_everywhere(&app, &got[0]["access_token"]).await;
    app.bearer(got[1]["access_token"].as_str()).get("/v1/me").await.is(200);
    // Whoever has the password alone pushes nobody out.
    for _ in 0..25 {
        later(&app, 1);
        assert_eq!(Browser::new(&app).sign_in("can.bo", PASSWORD).await.status, 303);
    }
    assert_eq!(first.get("/account").await.status, 200);
    let mut browsers = Vec::new();
    for _ in 0..20 {
        browsers.push(owner.signed_in(&app).await);
    }
    assert_eq!(first.get("/account").await.status, 303, "twenty came after it");
    assert_eq!(browsers[0].get("/account").await.status, 200);
}

/// ASVS 7.5.3, RFC 9470: everything that weighs most, and nothing else, needs a sign-in of the last quarter of an hour.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_weighs_most_needs_a_recent_sign_in() {
    let app = TestApp::start().await;
    let client = make_app(&app).await;
    let administrator = person(&app, "quan.tri", &[(Role::Administrator, "33@origin")]).await;
    let officer = person(&app, "can.bo", &[(Role::Officer, "33@origin")]).await;
    let (of_administrator, of_officer) =
        (tokens_of(&app, &administrator, &client).await, tokens_of(&app, &officer, &client).await);
    later(&app, 16 * 60);
    let old = async |tokens: &serde_json::Value| {
        let (_, tokens) = refresh(&app, &client, &tokens["refresh_token"]).await;
        app.bearer(tokens["access_token"].as_str())
    };
    let (administrator, officer) = (old(&of_administrator).await, old(&of_officer).await);
    let id = Id::new();
    for path in [format!("/v1/people/{id}/reveals"), format!("/v1/economic-units/{id}/reveals")] {
        officer
            .post(&path, json!({"purpose": "Đối chiếu hồ sơ kết nạp"}))
            .await
            .problem(401, "recent_sign_in_required");
    }
    let area = "33@origin";
    for (path, body) in [
        ("/v1/user-grants".to_owned(), json!({"user_id": id, "role": "viewer", "area": area})),
        (format!("/v1/user-grants/{id}/confirmations"), json!(null)),
        ("/v1/grants".to_owned(), json!({"client_id": id, "role": "viewer", "area": area})),
        ("/v1/clients".to_owned(), json!({"label": "X", "area": area})),
        (format!("/v1/clients/{id}/secrets"), json!({})),
        (format!("/v1/clients/{id}/disablements"), json!(null)),
        ("/v1/apps".to_owned(), json!({"label": "X", "area": area, "redirect_uris": [super::REDIRECT]})),
        ("/v1/users".to_owned(), json!({"login": "khac", "name": "Khác Giả Định", "area": area})),
        (format!("/v1/users/{id}/invitations"), json!(null)),
        (format!("/v1/users/{id}/departures"), json!(null)),
        (format!("/v1/users/{id}/second-factor-removals"), json!(null)),
        (format!("/v1/users/{id}/session-endings"), json!(null)),
    ] {
        let request = match body.is_null() {
            true => administrator.request(Method::POST, &path),
            false => administrator.post(&path, body),
        };
        request.if_match("\"v1\"").await.problem(401, "recent_sign_in_required");
    }
    // What is done all day long does not.
    officer.post("/v1/economic-units", tests::unit("Công ty Giả Định", "11986@origin")).await.is(201);
    administrator.get("/v1/users").await.is(200);
}

/// ASVS 6.4.3, 7.4.3: what somebody with the old password does at the same moment undoes no new one.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_is_undone_by_nothing_that_was_under_way() {
    const OWNERS: &str = "cá bơi dưới ao làng";
    const THIEFS: &str = "gió thổi qua đồng lúa";
    let app = TestApp::start().await;
    let administrator = app.be(Role::Administrator, "33@origin").await;
    for round in 0..4 {
        let login = format!("can.bo.{round}");
        let owner = person(&app, &login, &[(Role::Officer, "33@origin")]).await;
        let thief = owner.signed_in(&app).await;
        let path = format!("/v1/users/{}", owner.id);
        let etag = administrator.get(&path).await.is(200)["etag"].as_str().unwrap().to_owned();
        let asked = administrator.request(Method::POST, &format!("{path}/invitations")).if_match(&etag).await.is(201);
        let link = asked["link"].as_str().unwrap();
        let browser = Browser::new(&app);
        let reset = [("password", OWNERS), ("repeated", OWNERS)];
        let change = [("previous", PASSWORD), ("password", THIEFS), ("repeated", THIEFS)];
        let other = Browser::new(&app);
        let (set, _, begun) = tokio::join!(
            browser.post(link, &reset),
            thief.post("/account/password", &change),
            other.sign_in(&login, PASSWORD)
        );
        assert_eq!(set.status, 303, "{}", set.text);
        assert_eq!(thief.get("/account").await.status, 303, "round {round}");
        assert!(
            other.get("/account/second-factor").await.location.starts_with("/account/sign-in?"),
            "{}",
            begun.status
        );
        assert_eq!(Browser::new(&app).sign_in(&login, THIEFS).await.status, 422, "round {round}");
        assert_eq!(Browser::new(&app).sign_in(&login, OWNERS).await.status, 303, "round {round}");
    }
}
