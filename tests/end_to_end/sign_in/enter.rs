//! Invitations, passwords, codes, guesses, and forms of other pages.

use std::collections::BTreeMap;

use reqwest::StatusCode;
use serde_json::json;
use shared::access::Role;
use tests::TestApp;

use super::{Browser, PASSWORD, VERIFIER, agree, claims, exchange, invite, later, make_app, person, refresh};

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_second_factor_gets_what_needs_none() {
    let app = TestApp::start().await;
    let (_, link) = invite(&app, "nguoi.xem", &[(Role::Viewer, "33@origin")]).await;
    let browser = Browser::new(&app);
    for (password, repeated, fault) in [
        ("ngắn", "ngắn", "at least 15"),
        ("passwordpassword", "passwordpassword", "easy to guess"),
        ("nguoixemnguoixem", "nguoixemnguoixem", "easy to guess"),
        (PASSWORD, "tre già măng mọc", "not the same"),
    ] {
        let shown = browser.post(&link, &[("password", password), ("repeated", repeated)]).await;
        assert_eq!(shown.status, 422, "{}", shown.text);
        assert!(shown.text.contains(fault), "{fault}: {}", shown.text);
        assert!(!shown.text.contains(password), "a password is never shown again");
    }
    let shown = browser.post(&link, &[("password", PASSWORD), ("repeated", PASSWORD)]).await;
    assert_eq!((shown.status.as_u16(), shown.location.as_str()), (303, "/account"));
    // ASVS 6.4.1: a link is taken once.
    assert_eq!(browser.get(&link).await.status, 404);
    assert_eq!(browser.post(&link, &[("password", PASSWORD), ("repeated", PASSWORD)]).await.status, 404);
    let client = make_app(&app).await;
    let code = agree(&browser, &client, &[]).await.parameter("code").unwrap();
    let (_, tokens) = exchange(&app, &client, &code, VERIFIER).await;
    assert_eq!(claims(&tokens["access_token"])["amr"], json!(["pwd"]));
    let phone = app.bearer(tokens["access_token"].as_str());
    phone.get("/v1/indicators").await.is(200);

    // A role that needs one opens nothing in a session without it.
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let users = administrator.get("/v1/users").await.is(200);
    assert_eq!(users["items"][0]["has_second_factor"], false);
    let body = json!({"user_id": users["items"][0]["id"], "role": "administrator", "area": "33@origin"});
    administrator.post("/v1/user-grants", body).await.is(201);
    let (_, tokens) = refresh(&app, &client, &tokens["refresh_token"]).await;
    assert_eq!(claims(&tokens["access_token"])["grants"], json!([{"role": "viewer", "area": "33@origin"}]));
}

/// ASVS 6.1.1, 6.3.1, 6.3.8: guessing is slowed, the owner gets in, and an unknown login cannot be told.
#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_slowed_down_and_locks_nobody_out() {
    let app = TestApp::start().await;
    let owner = person(&app, "can.bo", &[(Role::Officer, "33@origin")]).await;
    let known = owner.signed_in(&app).await;
    let thief = Browser::new(&app);
    let wrong = thief.sign_in("can.bo", "không phải mật khẩu này").await;
    let nobody = thief.sign_in("khong.co.ai", "không phải mật khẩu này").await;
    assert_eq!((wrong.status, nobody.status), (StatusCode::UNPROCESSABLE_ENTITY, StatusCode::UNPROCESSABLE_ENTITY));
    assert_eq!(wrong.text.replace("can.bo", "x"), nobody.text.replace("khong.co.ai", "x"), "the same page");
    let mut refused = 0;
    for _ in 0..12 {
        refused += u32::from(thief.sign_in("can.bo", "không phải mật khẩu này").await.status == 429);
    }
    assert!(refused >= 7, "{refused} of 12 were not even tried");
    // The right password waits too, from a browser that nobody knows; the owner's own does not.
    assert_eq!(thief.sign_in("can.bo", PASSWORD).await.status, 429);
    assert_eq!(known.sign_in("can.bo", PASSWORD).await.status, 303);
    later(&app, 61);
    assert_eq!(thief.sign_in("can.bo", PASSWORD).await.status, 303, "after a minute it is tried again");
    // Codes are guessed no better.
    let mut refused = 0;
    for number in 0..12 {
        let code = format!("{number:06}");
        refused += u32::from(thief.post("/account/second-factor", &[("code", &code)]).await.status == 429);
    }
    assert!(refused >= 6, "{refused} codes of 12 were not even tried");
}

/// ASVS 6.5.1: a code is taken once, a recovery code too, on two replicas and at one moment.
#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_taken_once() {
    let app = TestApp::start().await;
    let owner = person(&app, "can.bo", &[(Role::Officer, "33@origin")]).await;
    let enter = async |code: &str| {
        let browser = Browser::new(&app);
        browser.sign_in("can.bo", PASSWORD).await;
        browser.post("/account/second-factor", &[("code", code)]).await.status.as_u16()
    };
    later(&app, 31);
    let code = owner.code(&app);
    let (one, two) = tokio::join!(enter(&code), enter(&code));
    assert_eq!(BTreeMap::from([(one, 0), (two, 0)]).into_keys().collect::<Vec<_>>(), [303, 422], "{one} {two}");
    let recovery = &owner.recovery_codes[0];
    let (one, two) = tokio::join!(enter(recovery), enter(recovery));
    assert_eq!(BTreeMap::from([(one, 0), (two, 0)]).into_keys().collect::<Vec<_>>(), [303, 422], "{one} {two}");
    assert_eq!(enter(&owner.recovery_codes[1].to_uppercase().replace('-', " ")).await, 303, "as people type it");
    assert_eq!(owner.recovery_codes.len(), 8);
}

/// ASVS 3.5.1, 3.3, 3.7.2: forms come from our own pages, and nobody is led to another site.
#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_another_page_is_refused() {
    let app = TestApp::start().await;
    let owner = person(&app, "can.bo", &[(Role::Officer, "33@origin")]).await;
    let browser = owner.signed_in(&app).await;
    let (_, link) = invite(&app, "nguoi.moi", &[]).await;
    let account = browser.get("/account").await;
    let other = owner.signed_in(&app).await;
    let session = format!("/account/sessions/{}/end", other.get("/account").await.field("/account/sessions/", "/end"));
    assert_eq!(account.status, 200);
    for path in [
        "/account/sign-in",
        "/account/sign-out",
        "/account/second-factor",
        "/account/second-factor/new",
        "/account/password",
        "/account/provider",
        session.as_str(),
        link.as_str(),
        "/v1/oauth/authorize",
    ] {
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.vn"),
            ("origin", "null"),
        ] {
            let request = browser.http.post(browser.address(path)).header(name, value);
            let form =
                [("login", "can.bo"), ("password", PASSWORD), ("code", "1"), ("previous", "x"), ("repeated", "x")];
            let shown = browser.send(request.form(&form)).await;
            assert_eq!(shown.status, 403, "{path} {name}: {value}");
        }
    }
    assert_eq!(browser.get("/account").await.status, 200, "still signed in");
    assert_eq!(other.get("/account").await.status, 200, "and elsewhere");
    assert_eq!(browser.get(&link).await.status, 200, "nobody took the link");
    // ASVS 3.5.3: what changes something is a form, and no address.
    for path in ["/account/sign-out", session.as_str(), "/account/provider/logout"] {
        assert_eq!(browser.get(path).await.status, 404, "{path}");
    }
    assert_eq!(browser.get("/account").await.status, 200);
    let form = [("login", "can.bo"), ("password", PASSWORD), ("return_to", "https://evil.vn/")];
    let shown = browser.post("/account/sign-in", &form).await;
    assert!(shown.location.starts_with("/account/second-factor?return_to=%2Faccount"), "{}", shown.location);
    for cookie in &shown.cookies {
        assert!(
            cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"),
            "{cookie}"
        );
    }
}

/// ASVS 6.1.1, 6.3.1: an address has its own bound, over all logins; a browser in which the person signed in before gets in.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_sprays_is_slowed_down_and_its_neighbours_get_in() {
    let app = TestApp::serving(|server| server.behind_proxy = true).await;
    let owner = person(&app, "can.bo", &[(Role::Officer, "33@origin")]).await;
    let known = owner.signed_in(&app).await;
    let thief = Browser::new(&app);
    let mut statuses = BTreeMap::new();
    for number in 0..60 {
        let shown = thief.sign_in(&format!("nguoi.{number}"), "không phải mật khẩu này").await;
        *statuses.entry(shown.status.as_u16()).or_insert(0) += 1;
    }
    assert_eq!(statuses, BTreeMap::from([(422, 50), (429, 10)]));
    assert_eq!(Browser::new(&app).sign_in("can.bo", PASSWORD).await.status, 429, "an unknown browser of that address");
    let form = [("login", "khac"), ("password", PASSWORD)];
    let request = thief.http.post(thief.address("/account/sign-in")).header("x-forwarded-for", "203.0.113.9");
    assert_eq!(thief.send(request.form(&form)).await.status, 422, "another address");
    later(&app, 31);
    assert_eq!(known.sign_in("can.bo", PASSWORD).await.status, 303, "the owner's own browser");
    assert_eq!(known.post("/account/second-factor", &[("code", &owner.code(&app))]).await.status, 303);
    // The mark of one person opens no way to guess at another.
    assert_eq!(known.sign_in("nguoi.61", "không phải mật khẩu này").await.status, 429);
}
