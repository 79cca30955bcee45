//! Being out everywhere at once, and what nobody gives themselves.

use reqwest::Method;
use serde_json::json;
use shared::access::Role;
use tests::TestApp;

use super::{
    Browser, PASSWORD, agree, authorize_path, claims, invite, is_out_everywhere, later, make_app, person, refresh,
    tokens_of,
};

/// ASVS 7.4.1, 7.4.2: who leaves, loses a role, sets another password or whose app is disabled is out everywhere.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_out_is_out_everywhere() {
    let app = TestApp::start().await;
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let client = make_app(&app).await;
    let leaver = person(&app, "nguoi.di", &[(Role::Officer, "33@origin")]).await;
    let tokens = tokens_of(&app, &leaver, &client).await;
    let path = format!("/v1/users/{}", leaver.id);
    let etag = administrator.get(&path).await.is(200)["etag"].as_str().unwrap().to_owned();
    let leave = || administrator.request(Method::POST, &format!("{path}/departures")).if_match(&etag);
    assert!(leave().await.is(200)["left_at"].is_string());
    leave().await.problem(412, "stale_version");
    is_out_everywhere(&app, &tokens["access_token"]).await;
    assert_eq!(refresh(&app, &client, &tokens["refresh_token"]).await.1["error"], "invalid_grant");
    assert_eq!(Browser::new(&app).sign_in("nguoi.di", PASSWORD).await.status, 422);
    let grants = administrator.get("/v1/user-grants").await.is(200);
    assert_eq!(grants["items"], json!([]), "the roles ended");

    let loser = person(&app, "mat.quyen", &[(Role::Officer, "33@origin"), (Role::Viewer, "325@origin")]).await;
    let tokens = tokens_of(&app, &loser, &client).await;
    let grants = administrator.get("/v1/user-grants").await.is(200);
    let grant = grants["items"].as_array().unwrap().iter().find(|one| one["role"] == "officer").unwrap();
    let path = format!("/v1/user-grants/{}", grant["id"].as_str().unwrap());
    let etag = grant["etag"].as_str().unwrap();
    assert_eq!(administrator.request(Method::DELETE, &path).if_match(etag).await.status, 204);
    is_out_everywhere(&app, &tokens["access_token"]).await;
    let (_, tokens) = refresh(&app, &client, &tokens["refresh_token"]).await;
    assert_eq!(claims(&tokens["access_token"])["grants"], json!([{"role": "viewer", "area": "325@origin"}]));

    // Another password ends all sessions but the one in which it is set.
    let browser = loser.signed_in(&app).await;
    let elsewhere = loser.signed_in(&app).await;
    let change = async |previous: &str, password: &str| {
        let form = [("previous", previous), ("password", password), ("repeated", password)];
        browser.post("/account/password", &form).await.status.as_u16()
    };
    assert_eq!(change("sai rồi", "cá bơi dưới ao làng").await, 422);
    assert_eq!(change(PASSWORD, "cá bơi dưới ao làng").await, 303);
    is_out_everywhere(&app, &tokens["access_token"]).await;
    assert_eq!(
        (browser.get("/account").await.status.as_u16(), elsewhere.get("/account").await.status.as_u16()),
        (200, 303)
    );

    let user = person(&app, "con.lai", &[(Role::Officer, "33@origin")]).await;
    let tokens = tokens_of(&app, &user, &client).await;
    let path = format!("/v1/apps/{client}");
    let etag = administrator.get(&path).await.is(200)["etag"].as_str().unwrap().to_owned();
    administrator.request(Method::POST, &format!("{path}/disablements")).if_match(&etag).await.is(200);
    is_out_everywhere(&app, &tokens["access_token"]).await;
    assert_eq!(refresh(&app, &client, &tokens["refresh_token"]).await.1["error"], "invalid_grant");
    assert_eq!(user.signed_in(&app).await.get(&authorize_path(&client, &[])).await.status, 400);
}

/// ASVS 7.5.3, RFC 9470: a person's fields are shown, and roles given, only after a sign-in of the last 15 minutes.
#[tokio::test(flavor = "multi_thread")]
async fn what_weighs_most_needs_a_recent_sign_in() {
    let app = TestApp::start().await;
    let client = make_app(&app).await;
    let owner = person(&app, "quan.tri", &[(Role::Administrator, "33@origin")]).await;
    let tokens = tokens_of(&app, &owner, &client).await;
    let body = || json!({"login": "nguoi.moi", "name": "Người Mới Giả Định", "area": "33@origin"});
    let phone = app.bearer(tokens["access_token"].as_str());
    phone.get("/v1/users").await.is(200);
    later(&app, 14 * 60);
    let (_, tokens) = refresh(&app, &client, &tokens["refresh_token"]).await;
    app.bearer(tokens["access_token"].as_str()).post("/v1/users", body()).await.is(201);
    later(&app, 2 * 60);
    let (_, tokens) = refresh(&app, &client, &tokens["refresh_token"]).await;
    let phone = app.bearer(tokens["access_token"].as_str());
    let refused = phone.post("/v1/users", json!({"login": "khac", "name": "Khác Giả Định", "area": "33@origin"})).await;
    let challenge = refused.header("www-authenticate").to_owned();
    assert!(
        challenge.contains("insufficient_user_authentication") && challenge.contains("max_age=\"900\""),
        "{challenge}"
    );
    refused.problem(401, "recent_sign_in_required");
    phone.get("/v1/users").await.is(200);
    // The app asks for a fresh sign-in.
    let browser = owner.signed_in(&app).await;
    later(&app, 16 * 60);
    let shown = browser.get(&authorize_path(&client, &[("max_age", "900")])).await;
    assert!(shown.location.starts_with("/account/sign-in?"), "{}", shown.location);
    assert!(agree(&browser, &client, &[("max_age", "900")]).await.location.starts_with("/account/sign-in?"));
}

/// No administrator raises themselves, by any two steps.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_gives_themselves_a_role() {
    let app = TestApp::start().await;
    let client = make_app(&app).await;
    let owner = person(&app, "quan.tri", &[(Role::Administrator, "33@origin")]).await;
    let victim = person(&app, "nguoi.mat", &[(Role::Officer, "33@origin")]).await;
    let phone = app.bearer(tokens_of(&app, &owner, &client).await["access_token"].as_str());
    let grant = |user: &str, role: &str, area: &str| json!({"user_id": user, "role": role, "area": area});
    phone.post("/v1/user-grants", grant(&owner.id, "officer", "33@origin")).await.problem(403, "own_account");
    let other =
        phone.post("/v1/users", json!({"login": "khac", "name": "Khác Giả Định", "area": "33@origin"})).await.is(201);
    let other = other["user"]["id"].as_str().unwrap();
    let made = phone.post("/v1/user-grants", grant(other, "officer", "33@origin")).await.is(201);
    assert_eq!(made["awaits_confirmation"], true);
    let path_of_grant = format!("/v1/user-grants/{}/confirmations", made["id"].as_str().unwrap());
    phone.request(Method::POST, &path_of_grant).if_match("\"v1\"").await.problem(403, "other_administrator_required");
    phone.post("/v1/user-grants", grant(other, "officer", "34@origin")).await.faults(&[("/area", "unknown_area")]);
    phone.post("/v1/user-grants", grant(other, "officer", "33@origin")).await.problem(409, "already_granted");
    let past = json!({"user_id": other, "role": "viewer", "area": "33@origin", "from_on": "2022-06-29", "to_on": "2022-06-01"});
    phone
        .post("/v1/user-grants", past)
        .await
        .faults(&[("/from_on", "date_in_past"), ("/to_on", "end_before_beginning")]);
    let path = format!("/v1/users/{}/departures", owner.id);
    phone.request(Method::POST, &path).if_match("\"v9\"").await.problem(403, "own_account");
    // A program that the administrator made counts as the administrator: for the own account, and as a second one.
    let body = json!({"label": "Chương trình riêng", "area": "33@origin"});
    let own = phone.post("/v1/clients", body).await.is(201);
    let id: shared::Id = own["client"]["id"].as_str().unwrap().parse().unwrap();
    phone.post("/v1/grants", json!({"client_id": id, "role": "administrator", "area": "33@origin"})).await.is(201);
    let program = app.bearer(Some(&app.token(&id.to_string(), own["client_secret"].as_str().unwrap()).await));
    program.post("/v1/user-grants", grant(&owner.id, "officer", "33@origin")).await.problem(403, "own_account");
    program.request(Method::POST, &path_of_grant).if_match("\"v1\"").await.problem(403, "other_administrator_required");
    let removal = format!("/v1/users/{}/second-factor-removals", victim.id);
    let version = program.get(&format!("/v1/users/{}", victim.id)).await.is(200)["etag"].as_str().unwrap().to_owned();
    let asked = program.request(Method::POST, &removal).if_match(&version).await.is(200);
    let confirm = phone.request(Method::POST, &format!("{removal}/confirmations"));
    confirm.if_match(asked["etag"].as_str().unwrap()).await.problem(403, "other_administrator_required");
    let removal = format!("/v1/users/{}/second-factor-removals", owner.id);
    let version = program.get(&format!("/v1/users/{}", owner.id)).await.is(200)["etag"].as_str().unwrap().to_owned();
    let asked =
        app.be(Role::Administrator, "33@origin").await.request(Method::POST, &removal).if_match(&version).await.is(200);
    let confirm = program.request(Method::POST, &format!("{removal}/confirmations"));
    confirm.if_match(asked["etag"].as_str().unwrap()).await.problem(403, "own_account");
    // A program counts as everybody who ever gave it a secret: the first one may still hold a valid one.
    let other_administrator = app.be(Role::Administrator, "33@origin").await;
    let version =
        other_administrator.get(&format!("/v1/clients/{id}")).await.is(200)["etag"].as_str().unwrap().to_owned();
    let renewed =
        other_administrator.post(&format!("/v1/clients/{id}/secrets"), json!({})).if_match(&version).await.is(201);
    let program = app.bearer(Some(&app.token(&id.to_string(), renewed["client_secret"].as_str().unwrap()).await));
    program.request(Method::POST, &path_of_grant).if_match("\"v1\"").await.problem(403, "other_administrator_required");
    let by_program =
        program.post("/v1/user-grants", grant(&victim.id, "inspector", "33@origin")).await.is(201)["id"].clone();
    let of_program = format!("/v1/user-grants/{}/confirmations", by_program.as_str().unwrap());
    phone.request(Method::POST, &of_program).if_match("\"v1\"").await.problem(403, "other_administrator_required");
    let confirm = other_administrator.request(Method::POST, &of_program);
    confirm.if_match("\"v1\"").await.problem(403, "other_administrator_required");
    app.be(Role::Administrator, "33@origin")
        .await
        .request(Method::POST, &path_of_grant)
        .if_match("\"v1\"")
        .await
        .is(200);
    // An administrator of one district invites nobody who has roles beyond it.
    let district = app.be(Role::Administrator, "325@origin").await;
    let body = json!({"login": "cua.huyen", "name": "Của Huyện Giả Định", "area": "325@origin"});
    let invited = district.post("/v1/users", body).await.is(201);
    let (theirs, link) = (invited["user"].clone(), invited["link"].as_str().unwrap().to_owned());
    assert_eq!(Browser::new(&app).get(&link).await.status, 200);
    phone.post("/v1/user-grants", grant(theirs["id"].as_str().unwrap(), "administrator", "33@origin")).await.is(201);
    let path = format!("/v1/users/{}/invitations", theirs["id"].as_str().unwrap());
    let etag = district.get(&format!("/v1/users/{}", theirs["id"].as_str().unwrap())).await.is(200)["etag"].clone();
    district.request(Method::POST, &path).if_match(etag.as_str().unwrap()).await.problem(403, "grant_out_of_reach");
    // Nor does a link that the district made before lead to a role of the province; and the district ends nobody who has one.
    assert_eq!(Browser::new(&app).get(&link).await.status, 404);
    let shown = Browser::new(&app).post(&link, &[("password", PASSWORD), ("repeated", PASSWORD)]).await;
    assert_eq!(shown.status, 404, "{}", shown.text);
    let path = format!("/v1/users/{}/departures", theirs["id"].as_str().unwrap());
    district.request(Method::POST, &path).if_match(etag.as_str().unwrap()).await.problem(403, "grant_out_of_reach");
}

/// Who finds a browser in which somebody signed in a while ago sets no second factor up there.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_is_set_up_only_after_a_recent_sign_in() {
    let app = TestApp::start().await;
    let (_, link) = invite(&app, "nguoi.xem", &[(Role::Viewer, "33@origin")]).await;
    let browser = Browser::new(&app);
    browser.post(&link, &[("password", PASSWORD), ("repeated", PASSWORD)]).await;
    assert!(browser.get("/account/second-factor").await.text.contains("class=\"key\""));
    later(&app, 16 * 60);
    assert_eq!(browser.get("/account").await.status, 200);
    for shown in [
        browser.get("/account/second-factor").await,
        browser.post("/account/second-factor", &[("code", "123456")]).await,
    ] {
        assert!(shown.location.starts_with("/account/sign-in?"), "{} {}", shown.status, shown.location);
    }
}

/// A person sets the second factor up on another phone: the old one, its recovery codes and other sessions are over.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_is_replaced() {
    let app = TestApp::start().await;
    let client = make_app(&app).await;
    let officer = person(&app, "doi.may", &[(Role::Officer, "33@origin")]).await;
    let tokens = tokens_of(&app, &officer, &client).await;
    let browser = officer.signed_in(&app).await;
    assert!(browser.get("/account").await.text.contains("8 recovery codes left"));
    let shown = browser.get("/account/second-factor/new").await;
    let secret = shown.field("<code class=\"key\">", "</code>").replace(' ', "");
    assert!(shown.text.contains("otpauth://totp/") && secret != officer.secret, "{}", shown.text);
    assert_eq!(browser.post("/account/second-factor/new", &[("code", &officer.code(&app))]).await.status, 422);
    let code = identity::credentials::code_at(&secret, app.clock.now()).unwrap();
    let shown = browser.post("/account/second-factor/new", &[("code", &code)]).await;
    assert_eq!((shown.status.as_u16(), shown.text.matches("<li><code>").count()), (200, 8), "{}", shown.text);
    is_out_everywhere(&app, &tokens["access_token"]).await;
    assert_eq!(browser.get("/account").await.status, 200);

    later(&app, 31);
    let other = Browser::new(&app);
    other.sign_in("doi.may", PASSWORD).await;
    for old in [officer.code(&app), officer.recovery_codes[0].clone()] {
        assert_eq!(other.post("/account/second-factor", &[("code", &old)]).await.status, 422);
    }
    let code = identity::credentials::code_at(&secret, app.clock.now()).unwrap();
    assert_eq!(other.post("/account/second-factor", &[("code", &code)]).await.status, 303);
    // An old sign-in, or one without the factor, does not lead there.
    later(&app, 16 * 60);
    assert!(other.get("/account/second-factor/new").await.location.starts_with("/account/sign-in?"));
    let half = Browser::new(&app);
    half.sign_in("doi.may", PASSWORD).await;
    assert!(half.get("/account/second-factor/new").await.location.starts_with("/account/sign-in?"));
    assert_eq!(half.get("/account/nothing").await.status, 404);
}
