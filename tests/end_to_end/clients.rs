use serde_json::json;
use shared::access::Role;
use tests::TestApp;

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
    let revoke = || administrator.request(reqwest::Method::DELETE, &path);
    revoke().await.problem(428, "missing_if_match");
    revoke().if_match("\"v7\"").await.problem(412, "stale_version");
    revoke().if_match(granted["etag"].as_str().unwrap()).await.is(204);
    revoke().if_match(granted["etag"].as_str().unwrap()).await.problem(404, "not_found");
    let client = app.bearer(Some(&app.token(id, secret).await));
    client.get("/v1/economic-units").await.problem(403, "insufficient_scope");

    let read = administrator.get(&format!("/v1/clients/{id}")).await.is(200);
    let disable = administrator.request(reqwest::Method::POST, &format!("/v1/clients/{id}/disablements"));
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
    assert_eq!(text, include_str!("roles.txt"), "roles.txt is the table that people agreed on");
}
