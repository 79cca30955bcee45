use std::future::IntoFuture;

use chrono::Duration;
use reqwest::{Method, StatusCode};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use shared::access::Role;
use tests::{Answer, Somebody, TestApp, eventually};

/// How the token endpoint answers a client's secret.
async fn proves(app: &TestApp, id: &str, secret: &str) -> StatusCode {
    let form = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)];
    let url = format!("{}/v1/oauth/token", app.system.base_url);
    shared::service::http_client().unwrap().post(url).form(&form).send().await.unwrap().status()
}

/// Renews a client's secret at the version that stands.
async fn renew(administrator: &Somebody, id: &str, body: Value) -> Answer {
    let etag = administrator.get(&format!("/v1/clients/{id}")).await.is(200)["etag"].as_str().unwrap().to_owned();
    let request = administrator.request(Method::POST, &format!("/v1/clients/{id}/secrets"));
    request.raw("application/json", body.to_string().into_bytes()).if_match(&etag).await
}

fn secret_of(answer: &Value) -> String {
    answer["client_secret"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_secret_stands_beside_the_one_in_use_for_a_while() {
    let app = TestApp::start().await;
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let (id, first) = app.create_client(Role::Viewer, "325@origin").await;
    let (id, first) = (id.to_string(), first.expose_secret().to_owned());
    let own = app.bearer(Some(&app.token(&id, &first).await));

    // An answer that was lost: the secret in it was never used, and is replaced. The one in use stays.
    let lost = secret_of(&renew(&administrator, &id, json!({})).await.is(201));
    let second = renew(&administrator, &id, json!({"previous_valid_hours": 48})).await.is(201);
    assert_eq!(second["client"]["secrets"].as_array().unwrap().len(), 2);
    assert_eq!(
        second["client"]["secrets"][1]["valid_until"], "2022-07-01T08:00:00.000000Z",
        "as long as it was, not longer"
    );
    let second = secret_of(&second);
    assert_eq!(proves(&app, &id, &lost).await, 401);
    assert_eq!(proves(&app, &id, &first).await, 200);
    assert_eq!(proves(&app, &id, &second).await, 200);
    own.get("/v1/me").await.is(200);

    // The client itself, by its newest secret and by no other.
    let body = |secret: &str, hours: i64| json!({"client_secret": secret, "previous_valid_hours": hours});
    own.post("/v1/me/secrets", body(&first, 24)).await.faults(&[("/client_secret", "wrong_secret")]);
    own.post("/v1/me/secrets", body(&second, 721)).await.faults(&[("/previous_valid_hours", "too_many")]);
    let third = secret_of(&own.post("/v1/me/secrets", body(&second, 24)).await.is(201));
    assert_eq!(proves(&app, &id, &first).await, 401, "at most two are valid");
    assert_eq!(proves(&app, &id, &second).await, 200);
    app.clock.set(app.clock.now() + Duration::hours(25));
    assert_eq!(proves(&app, &id, &second).await, 401, "its day is over");
    assert_eq!(proves(&app, &id, &third).await, 200);

    // A secret that leaked ends at once, and the tokens with it.
    let own = app.bearer(Some(&app.token(&id, &third).await));
    own.get("/v1/me").await.is(200);
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let fourth = secret_of(&renew(&administrator, &id, json!({"previous_valid_hours": 0})).await.is(201));
    assert_eq!(proves(&app, &id, &third).await, 401);
    eventually("its tokens end", || async { (own.get("/v1/me").await.status == 401).then_some(()) }).await;
    assert_eq!(proves(&app, &id, &fourth).await, 200);

    let disable = administrator.request(Method::POST, &format!("/v1/clients/{id}/disablements"));
    let etag = administrator.get(&format!("/v1/clients/{id}")).await.is(200)["etag"].as_str().unwrap().to_owned();
    disable.if_match(&etag).await.is(200);
    renew(&administrator, &id, json!({})).await.problem(409, "client_disabled");
    let path = format!("/v1/clients/{id}/secrets");
    administrator.post(&path, json!({})).await.problem(428, "missing_if_match");
}

/// Who gets a client's secret may do what its roles permit, and a token alone gets none.
#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_renewed_by_who_reaches_all_roles_of_the_client_and_not_by_its_own_token() {
    let app = TestApp::start().await;
    let province = app.be(Role::Administrator, "33@origin").await;
    let district = app.be(Role::Administrator, "325@origin").await;
    let (id, secret) = app.create_client(Role::Viewer, "325@origin").await;
    let id = id.to_string();
    let grant = json!({"client_id": id, "role": "inspector", "area": "33@origin"});
    province.post("/v1/grants", grant).await.is(201);
    renew(&district, &id, json!({})).await.problem(403, "grant_out_of_reach");
    assert_eq!(proves(&app, &id, secret.expose_secret()).await, 200);
    renew(&province, &id, json!({})).await.is(201);
    let own = format!("/v1/clients/{}/secrets", district.id);
    district.post(&own, json!({})).await.problem(403, "own_secret");

    // What has expired is not valid again.
    let (id, first) = app.create_client(Role::Viewer, "325@origin").await;
    let id = id.to_string();
    renew(&province, &id, json!({"previous_valid_hours": 1})).await.is(201);
    app.clock.set(app.clock.now() + Duration::hours(2));
    let province = app.be(Role::Administrator, "33@origin").await;
    let delivered = app.clock.now();
    let second = secret_of(&renew(&province, &id, json!({})).await.is(201));
    assert_eq!(proves(&app, &id, first.expose_secret()).await, 401);
    let path = format!("/v1/clients/{id}");
    let tag = province.get(&path).await.header("etag").to_owned();
    assert_eq!(proves(&app, &id, &second).await, 200);
    let shown = province.get(&path).header("if-none-match", &tag).await.is(200);
    assert_eq!(shown["secrets"][0]["is_used"], true, "the first use is another state");
    assert_eq!(
        shown["secrets"][1]["valid_until"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap(),
        delivered + Duration::hours(24),
        "the one that was delivered and not used yet stays for as long as was asked"
    );

    // Who proves itself by a secret uses it.
    let own = app.bearer(Some(&app.token(&id, &second).await));
    let renewed =
        async |secret: &str| secret_of(&own.post("/v1/me/secrets", json!({"client_secret": secret})).await.is(201));
    let third = renewed(&second).await;
    let fourth = renewed(&third).await;
    assert_eq!(proves(&app, &id, &second).await, 401);
    assert_eq!(proves(&app, &id, &third).await, 200);
    assert_eq!(proves(&app, &id, &fourth).await, 200);
}

/// Of several renewals at once one is carried out: the others name a secret that is no longer the newest.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_renews_its_secret_once_however_often_it_asks_at_once() {
    let app = TestApp::start().await;
    for _ in 0..5 {
        let (id, secret) = app.create_client(Role::Viewer, "325@origin").await;
        let (id, secret) = (id.to_string(), secret.expose_secret().to_owned());
        let own = app.bearer(Some(&app.token(&id, &secret).await));
        let renew = || own.post("/v1/me/secrets", json!({"client_secret": secret})).into_future();
        let answers = tokio::join!(renew(), renew(), renew(), renew());
        let answers = [answers.0, answers.1, answers.2, answers.3];
        let made: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 201).collect();
        let [made] = made[..] else { panic!("{} are carried out", made.len()) };
        assert_eq!(proves(&app, &id, &secret_of(&made.body)).await, 200);
        assert_eq!(proves(&app, &id, &secret).await, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_makes_a_client_grants_it_a_role_and_disables_it() {
    let app = TestApp::start().await;
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let made = administrator.post("/v1/clients", json!({"label": "Máy tính xã", "area": "11986@origin"})).await.is(201);
    let (id, secret) = (made["client"]["id"].as_str().unwrap(), made["client_secret"].as_str().unwrap());
    let client = app.bearer(Some(&app.token(id, secret).await));
    client.get("/v1/economic-units").await.problem(403, "insufficient_scope");
    let grant = json!({"client_id": id, "role": "officer", "area": "11986@origin"});
    let granted = administrator.post("/v1/grants", grant.clone()).await.is(201);
    administrator.post("/v1/grants", grant).await.problem(409, "already_granted");
    let client = app.bearer(Some(&app.token(id, secret).await));
    client.get("/v1/economic-units").await.is(200);
    let me = client.get("/v1/me").await.is(200);
    assert_eq!(me["grants"], json!([{"role": "officer", "area": "11986@origin"}]));

    let path = format!("/v1/grants/{}", granted["id"].as_str().unwrap());
    assert_eq!(administrator.get(&path).await.is(200), granted);
    let revoke = || administrator.request(Method::DELETE, &path);
    revoke().await.problem(428, "missing_if_match");
    revoke().if_match("\"v7\"").await.problem(412, "stale_version");
    revoke().if_match(granted["etag"].as_str().unwrap()).await.is(204);
    revoke().if_match(granted["etag"].as_str().unwrap()).await.problem(404, "not_found");
    let client = app.bearer(Some(&app.token(id, secret).await));
    client.get("/v1/economic-units").await.problem(403, "insufficient_scope");

    let read = administrator.get(&format!("/v1/clients/{id}")).await.is(200);
    let disable = administrator.request(Method::POST, &format!("/v1/clients/{id}/disablements"));
    let disabled = disable.if_match(read["etag"].as_str().unwrap()).await.is(200);
    assert_eq!(disabled["is_disabled"], true);
    assert!(!disabled.to_string().contains(secret));
    let form = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)];
    let url = format!("{}/v1/oauth/token", app.system.base_url);
    let refused = shared::service::http_client().unwrap().post(url).form(&form).send().await.unwrap();
    assert_eq!(refused.status(), 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_reaches_the_own_area_and_sees_no_person() {
    let app = TestApp::start().await;
    let administrator = app.be(Role::Administrator, "326@origin").await;
    let before = app.heads().await[0];
    let elsewhere = json!({"label": "Máy tính xã", "area": "11986@origin"});
    administrator.post("/v1/clients", elsewhere).await.faults(&[("/area", "unknown_area")]);
    let (id, _) = app.create_client(Role::Viewer, "325@origin").await;
    let grant = json!({"client_id": id, "role": "officer", "area": "326@origin"});
    administrator.post("/v1/grants", grant).await.faults(&[("/client_id", "not_found")]);
    let wrong = json!({"client_id": id, "role": "king", "area": "326@origin"});
    administrator.post("/v1/grants", wrong).await.faults(&[("/role", "unknown_value")]);
    administrator.get("/v1/people").await.problem(403, "insufficient_scope");
    assert_eq!(app.heads().await[0], before + 2, "the client that the test made, with its grant, and nothing else");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_roles_and_what_they_permit_stand_as_they_are_written_down() {
    let app = TestApp::start().await;
    let somebody = app.be(Role::Viewer, "33@origin").await;
    let roles = somebody.get("/v1/roles").await.is(200);
    let text: String = roles["items"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|role| {
            let name = role["role"].as_str().unwrap().to_owned();
            let permissions = role["permissions"].as_array().unwrap().clone();
            permissions.into_iter().map(move |permission| format!("{name} {}\n", permission.as_str().unwrap()))
        })
        .collect();
    // ASVS 6.3.3: who needs a second factor, and whose role a second administrator confirms.
    let marks = roles["items"].as_array().unwrap().iter().flat_map(|item| {
        let name = item["role"].as_str().unwrap();
        let role: Role = name.parse().unwrap();
        let mark = |is: bool, what: &str| is.then(|| format!("{name} {what}\n"));
        [mark(role.needs_second_factor(), "[second factor]"), mark(role.needs_confirmation(), "[confirmation]")]
    });
    let text = text + &marks.flatten().collect::<String>();
    assert_eq!(text, include_str!("roles.txt"), "roles.txt is the table that people agreed on");
}
