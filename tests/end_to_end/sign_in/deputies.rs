//! Deputies, lost second factors, and sessions that administrators end.

use reqwest::Method;
use serde_json::{Value, json};
use shared::access::Role;
use tests::{Somebody, TestApp};

use super::{
    Browser, PASSWORD, VERIFIER, agree, claims, exchange, invite, is_out_everywhere, later, make_app, person, refresh,
    token, tokens_of,
};

async fn post(somebody: &Somebody, path: &str, version: &Value) -> tests::Answer {
    somebody.request(Method::POST, path).if_match(version.as_str().expect("an entity tag")).await
}

async fn etag(somebody: &Somebody, path: &str) -> Value {
    somebody.get(path).await.is(200)["etag"].clone()
}

/// A deputy gets what the person has whom they stand for, no more and no longer.
#[tokio::test(flavor = "multi_thread")]
async fn a_deputy_has_no_more_than_whom_they_stand_for() {
    let app = TestApp::start().await;
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let second = app.be(Role::Administrator, "33@origin").await;
    let client = make_app(&app).await;
    let leader = person(&app, "lanh.dao", &[(Role::Leader, "325@origin")]).await;
    let deputy = person(&app, "nguoi.thay", &[(Role::Officer, "325@origin")]).await;
    let body = |role: &str, area: &str, to_on: Option<&str>, whom: &str| json!({"user_id": deputy.id, "role": role, "area": area, "to_on": to_on, "stands_for": whom});
    let refused = [("/stands_for", "nothing_to_stand_for")];
    let last = Some("2022-07-31");
    administrator.post("/v1/user-grants", body("inspector", "325@origin", last, &leader.id)).await.faults(&refused);
    administrator.post("/v1/user-grants", body("leader", "33@origin", last, &leader.id)).await.faults(&refused);
    administrator.post("/v1/user-grants", body("officer", "325@origin", last, &deputy.id)).await.faults(&refused);
    let endless = body("leader", "325@origin", None, &leader.id);
    administrator.post("/v1/user-grants", endless).await.faults(&[("/to_on", "required")]);
    let made = administrator.post("/v1/user-grants", body("leader", "325@origin", last, &leader.id)).await.is(201);
    assert_eq!((&made["stands_for"], &made["awaits_confirmation"]), (&json!(leader.id), &json!(true)));
    let granted = async || claims(&tokens_of(&app, &deputy, &client).await["access_token"])["grants"].clone();
    let own = json!({"role": "officer", "area": "325@origin"});
    assert_eq!(granted().await, json!([own]), "not before a second administrator confirmed it");
    let path = format!("/v1/user-grants/{}/confirmations", made["id"].as_str().unwrap());
    post(&second, &path, &made["etag"]).await.is(200);
    let as_deputy = json!({"role": "leader", "area": "325@origin"});
    assert_eq!(granted().await, json!([own, as_deputy]));
    // Nobody stands for a deputy.
    let third = person(&app, "nguoi.khac", &[(Role::Officer, "33@origin")]).await;
    let chained =
        json!({"user_id": third.id, "role": "leader", "area": "325@origin", "to_on": last, "stands_for": deputy.id});
    administrator.post("/v1/user-grants", chained).await.faults(&refused);
    let page = deputy.signed_in(&app).await.get("/account").await;
    assert!(
        page.text.contains("standing for Người Giả Định") && page.text.contains("until 2022-07-31"),
        "{}",
        page.text
    );
    let page = leader.signed_in(&app).await.get("/account").await;
    assert!(page.text.contains("People who stand for me"), "{}", page.text);

    // The person loses the role: the deputy loses it at once, and it does not come back with the grant's days.
    let tokens = tokens_of(&app, &deputy, &client).await;
    let grants = administrator.get("/v1/user-grants").await.is(200);
    let of_leader =
        grants["items"].as_array().unwrap().iter().find(|one| one["user_id"] == leader.id.as_str()).unwrap();
    let path = format!("/v1/user-grants/{}", of_leader["id"].as_str().unwrap());
    let answer = administrator.request(Method::DELETE, &path).if_match(of_leader["etag"].as_str().unwrap()).await;
    assert_eq!(answer.status, 204);
    is_out_everywhere(&app, &tokens["access_token"]).await;
    assert_eq!(granted().await, json!([own]));
    // With the same role again, the person has no deputy before one is named again.
    let again = json!({"user_id": leader.id, "role": "leader", "area": "325@origin"});
    let again = administrator.post("/v1/user-grants", again).await.is(201);
    let path = format!("/v1/user-grants/{}/confirmations", again["id"].as_str().unwrap());
    post(&second, &path, &again["etag"]).await.is(200);
    assert_eq!(granted().await, json!([own]));

    // After the last day the deputy has nothing, and may be named anew.
    let (leader, _) = invite(&app, "lanh.dao.hai", &[(Role::Viewer, "33@origin")]).await;
    let made = administrator.post("/v1/user-grants", body("viewer", "33@origin", last, &leader)).await.is(201);
    assert_eq!(granted().await, json!([own, {"role": "viewer", "area": "33@origin"}]));
    app.set_clock("2022-07-31T17:00:00Z");
    assert_eq!(granted().await, json!([own]), "the first of August in Viet Nam");
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let again = body("viewer", "33@origin", Some("2022-08-31"), &leader);
    assert_ne!(administrator.post("/v1/user-grants", again).await.is(201)["id"], made["id"]);
    // Who leaves is stood for by nobody.
    let path = format!("/v1/users/{leader}");
    post(&administrator, &format!("{path}/departures"), &etag(&administrator, &path).await).await.is(200);
    assert_eq!(granted().await, json!([own]));
}

/// ASVS 6.4.4: a lost second factor takes two administrators, of whom none is the user, and leaves its entries.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_second_factor_takes_two_administrators() {
    let app = TestApp::start().await;
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let second = app.be(Role::Administrator, "33@origin").await;
    let client = make_app(&app).await;
    let officer = person(&app, "mat.may", &[(Role::Officer, "33@origin")]).await;
    let path = format!("/v1/users/{}", officer.id);
    let (ask, remove) =
        (format!("{path}/second-factor-removals"), format!("{path}/second-factor-removals/confirmations"));
    let version = etag(&administrator, &path).await;
    post(&second, &remove, &version).await.problem(409, "removal_not_asked");
    let district = app.be(Role::Administrator, "325@origin").await;
    post(&district, &ask, &version).await.problem(404, "not_found");
    let asked = post(&administrator, &ask, &version).await.is(200);
    assert!(asked["removal_asked_by"].as_str().unwrap().starts_with("client:"));
    post(&administrator, &ask, &version).await.problem(412, "stale_version");
    post(&administrator, &remove, &asked["etag"]).await.problem(403, "other_administrator_required");
    later(&app, 24 * 3600);
    let (administrator, second) =
        (app.be(Role::Administrator, "33@origin").await, app.be(Role::Administrator, "33@origin").await);
    post(&second, &remove, &asked["etag"]).await.problem(409, "removal_not_asked");
    // Who has the factor after all does not lose it.
    let asked = post(&administrator, &ask, &asked["etag"]).await.is(200);
    officer.signed_in(&app).await;
    let version = etag(&administrator, &path).await;
    assert_ne!(version, asked["etag"]);
    post(&second, &remove, &version).await.problem(409, "removal_not_asked");
    let tokens = tokens_of(&app, &officer, &client).await;
    let asked = post(&administrator, &ask, &etag(&administrator, &path).await).await.is(200);
    let removed = post(&second, &remove, &asked["etag"]).await.is(200);
    assert_eq!((&removed["has_second_factor"], &removed["removal_asked_by"]), (&json!(false), &Value::Null));
    post(&administrator, &ask, &removed["etag"]).await.problem(409, "no_second_factor");
    is_out_everywhere(&app, &tokens["access_token"]).await;
    assert_eq!(refresh(&app, &client, &tokens["refresh_token"]).await.1["error"], "invalid_grant");
    // The password alone opens nothing: another factor is set up first, and the old codes are gone.
    let browser = Browser::new(&app);
    let shown = browser.sign_in("mat.may", PASSWORD).await;
    assert!(shown.location.starts_with("/account/second-factor?"), "{}", shown.location);
    let shown = browser.post("/account/second-factor", &[("code", &officer.recovery_codes[0])]).await;
    assert_eq!(shown.status, 422, "{}", shown.text);
    assert_eq!(browser.get("/account").await.status, 303);
    let journal = administrator.get("/v1/journal/identity?limit=500").await.is(200);
    let kinds: Vec<&str> =
        journal["items"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
    for kind in ["user.factor_removal_asked", "user.factor_removed"] {
        assert!(kinds.contains(&kind), "{kind} in {kinds:?}");
    }

    // Nobody removes the own factor, and on the machine one command is enough.
    let owner = person(&app, "quan.tri", &[(Role::Administrator, "33@origin")]).await;
    let phone = app.bearer(tokens_of(&app, &owner, &client).await["access_token"].as_str());
    let path = format!("/v1/users/{}/second-factor-removals", owner.id);
    post(&phone, &path, &json!("\"v1\"")).await.problem(403, "own_account");
    let state = &app.system.identity;
    assert!(identity::provision::remove_second_factor(state, "Quan.Tri").await.unwrap());
    assert!(!identity::provision::remove_second_factor(state, "quan.tri").await.unwrap());
    assert!(!identity::provision::remove_second_factor(state, "nobody").await.unwrap());
}

/// ASVS 7.4.5: an administrator ends one person's sessions, and the machine's operator everybody's.
#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_ended_for_one_and_for_all() {
    let app = TestApp::start().await;
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let client = make_app(&app).await;
    let (one, other) = (
        person(&app, "mot", &[(Role::Officer, "33@origin")]).await,
        person(&app, "hai", &[(Role::Officer, "33@origin")]).await,
    );
    let (tokens, others) = (tokens_of(&app, &one, &client).await, tokens_of(&app, &other, &client).await);
    let path = format!("/v1/users/{}", one.id);
    post(&administrator, &format!("{path}/session-endings"), &etag(&administrator, &path).await).await.is(200);
    is_out_everywhere(&app, &tokens["access_token"]).await;
    assert_eq!(refresh(&app, &client, &tokens["refresh_token"]).await.1["error"], "invalid_grant");
    app.bearer(others["access_token"].as_str()).get("/v1/me").await.is(200);

    let browser = one.signed_in(&app).await;
    assert!(identity::provision::end_everybodys_sessions(&app.system.identity).await.unwrap() >= 2);
    is_out_everywhere(&app, &others["access_token"]).await;
    assert_eq!(refresh(&app, &client, &others["refresh_token"]).await.1["error"], "invalid_grant");
    assert_eq!(browser.get("/account").await.status, 303);
    // Programs go on, and people sign in again.
    administrator.get("/v1/me").await.is(200);
    let tokens = tokens_of(&app, &one, &client).await;
    app.bearer(tokens["access_token"].as_str()).get("/v1/organisations").await.is(200);
}

/// OpenID Connect Core 5.3, RFC 6749 (6): who signed in; and a refreshed token opens no more than the first.
#[tokio::test(flavor = "multi_thread")]
async fn an_app_learns_who_signed_in_and_may_ask_for_less() {
    let app = TestApp::start().await;
    let client = make_app(&app).await;
    let officer = person(&app, "can.bo", &[(Role::Officer, "33@origin")]).await;
    let tokens = tokens_of(&app, &officer, &client).await;
    let info = app.bearer(tokens["access_token"].as_str()).get("/v1/oauth/userinfo").await.is(200);
    assert_eq!(info, json!({"sub": format!("user:{}", officer.id), "name": "Người Giả Định"}));
    app.be(Role::Officer, "33@origin").await.get("/v1/oauth/userinfo").await.problem(403, "insufficient_scope");
    let http = shared::service::http_client().unwrap();
    let by_post = http.post(format!("{}/v1/oauth/userinfo", app.system.base_url));
    let answer = by_post.bearer_auth(tokens["access_token"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(answer.json::<Value>().await.unwrap(), info);
    let narrow = async |scope: &str, refresh_token: &Value| {
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", client.as_str()),
            ("refresh_token", refresh_token.as_str().unwrap()),
            ("scope", scope),
        ];
        token(&app, &form).await
    };
    let (status, less) = narrow("membership openid", &tokens["refresh_token"]).await;
    assert_eq!((status, &less["scope"]), (200, &json!("openid membership")));
    let somebody = app.bearer(less["access_token"].as_str());
    somebody.get("/v1/organisations").await.is(200);
    somebody.get("/v1/indicators").await.problem(401, "invalid_token");
    // The next token may open all of it again, and never more than the person agreed to.
    let browser = officer.signed_in(&app).await;
    let code = agree(&browser, &client, &[("scope", "membership")]).await.parameter("code").unwrap();
    let (_, given) = exchange(&app, &client, &code, VERIFIER).await;
    assert_eq!(narrow("membership reporting", &given["refresh_token"]).await.1["error"], "invalid_scope");
    assert_eq!(narrow("", &given["refresh_token"]).await.1["scope"], "membership");
}
