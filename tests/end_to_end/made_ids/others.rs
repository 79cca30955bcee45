//! Ids for what is neither a unit nor an organisation nor an act: clients, grants, users, apps, statements, rebuilds.

use serde_json::{Value, json};
use shared::access::Role;
use tests::TestApp;

use super::{id_at, lost_and_sent_again, new_id, with};
use crate::rebuilds::ended;

/// What each create takes, and under which name its answer has the record; the answer itself is the record where there is none.
fn creates(client: &Value, user: &Value) -> Vec<(&'static str, Value, Option<&'static str>)> {
    vec![
        ("/v1/clients", json!({"label": "Cổng Giả Định", "area": "33@origin"}), Some("client")),
        ("/v1/grants", json!({"client_id": client, "role": "viewer", "area": "33@origin"}), None),
        ("/v1/users", json!({"login": "gia.dinh", "name": "Nguyễn Giả Định", "area": "33@origin"}), Some("user")),
        ("/v1/user-grants", json!({"user_id": user, "role": "viewer", "area": "33@origin"}), None),
        (
            "/v1/apps",
            json!({"label": "Ứng dụng Giả Định", "area": "33@origin", "redirect_uris": ["http://127.0.0.1/done"]}),
            None,
        ),
        ("/v1/coverages", json!({"measure": "*", "area": "33@origin", "from_on": "2019-01-01"}), None),
    ]
}

fn record_of(body: &Value, name: Option<&str>) -> Value {
    name.map_or_else(|| body.clone(), |name| body[name].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_created_takes_an_id_and_is_told_again_as_it_stands() {
    let app = TestApp::start().await;
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let leader = app.be(Role::Leader, "33@origin").await;
    let (elsewhere, leader_elsewhere) =
        (app.be(Role::Administrator, "34@origin").await, app.be(Role::Leader, "34@origin").await);
    let client = administrator.post("/v1/clients", json!({"label": "Khách", "area": "33@origin"})).await.is(201);
    let user = json!({"login": "nguoi.dung", "name": "Trần Giả Định", "area": "33@origin"});
    let user = administrator.post("/v1/users", user).await.is(201);
    for (path, body, name) in creates(&client["client"]["id"], &user["user"]["id"]) {
        let (who, stranger) = match path {
            "/v1/coverages" => (&leader, &leader_elsewhere),
            _ => (&administrator, &elsewhere),
        };
        let id = new_id();
        let body = with(body, &[("id", &id)]);
        let again = lost_and_sent_again(who, path, &body).await;
        let record = record_of(&again, name);
        assert_eq!(record["id"], id, "{path}");
        let shown = who.get(&format!("{path}/{id}")).await.is(200);
        assert_eq!(record, shown, "{path}: the record as it stands");
        // What is shown once is not shown again, with a key neither.
        for secret in ["client_secret", "link", "link_valid_until"] {
            assert!(again[secret].is_null(), "{path}: {again}");
        }
        let before = app.heads().await;
        let keyed = || who.post(path, body.clone()).key(&id);
        assert_eq!([keyed().await.is(200), keyed().await.is(200)], [again.clone(), again.clone()], "{path}");
        let other = with(body.clone(), &[("area", "325@origin")]);
        who.post(path, other).await.problem(409, "id_taken");
        // Who does not see it is told nothing but that the id is taken.
        stranger.post(path, body.clone()).await.problem(409, "id_taken");
        assert_eq!(app.heads().await, before, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_lost_with_an_answer_is_given_anew() {
    let app = TestApp::start().await;
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let id = new_id();
    let body = json!({"id": id, "label": "Cổng Giả Định", "area": "33@origin"});
    lost_and_sent_again(&administrator, "/v1/clients", &body).await;
    let found = administrator.get(&format!("/v1/clients/{id}")).await.is(200);
    let renewed = administrator.post(&format!("/v1/clients/{id}/secrets"), json!({}));
    let renewed = renewed.if_match(found["etag"].as_str().unwrap()).await.is(201);
    assert!(!app.token(&id, renewed["client_secret"].as_str().unwrap()).await.is_empty());

    let id = new_id();
    let body = json!({"id": id, "login": "gia.dinh", "name": "Nguyễn Giả Định", "area": "33@origin"});
    lost_and_sent_again(&administrator, "/v1/users", &body).await;
    let found = administrator.get(&format!("/v1/users/{id}")).await.is(200);
    let invited = administrator.post(&format!("/v1/users/{id}/invitations"), Value::Null);
    let invited = invited.if_match(found["etag"].as_str().unwrap()).await.is(201);
    assert!(invited["link"].as_str().unwrap().contains("/account/invitations/"));

    // A grant that was taken back frees no id, and is not made again by its request.
    let id = new_id();
    let client = body_of_client(&administrator).await;
    let body = json!({"id": id, "client_id": client, "role": "viewer", "area": "33@origin"});
    let made = lost_and_sent_again(&administrator, "/v1/grants", &body).await;
    let revoked = administrator.request(reqwest::Method::DELETE, &format!("/v1/grants/{id}"));
    revoked.if_match(made["etag"].as_str().unwrap()).await.is(204);
    administrator.post("/v1/grants", body).await.problem(409, "id_taken");
}

async fn body_of_client(administrator: &tests::Somebody) -> Value {
    let made = administrator.post("/v1/clients", json!({"label": "Khách", "area": "33@origin"})).await.is(201);
    made["client"]["id"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_that_is_asked_for_again_is_the_same_one() {
    let app = TestApp::start().await;
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let id = new_id();
    let started = administrator.post("/v1/projection-rebuilds", json!({"id": id})).await;
    let path = format!("/v1/operations/reporting/{id}");
    assert_eq!((started.status, started.header("location")), (202, &*path));
    ended(&administrator, &path).await;
    let again = administrator.post("/v1/projection-rebuilds", json!({"id": id})).await;
    assert_eq!(again.header("location"), path);
    assert_eq!(again.is(200)["state"], "done", "it was not begun again");
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_ids_are_told_with_all_others() {
    let app = TestApp::start().await;
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let old = id_at("2022-04-01T08:00:00Z");
    let body = json!({"id": old, "label": " ", "area": "34@origin"});
    let faults = [("/id", "id_time_out_of_range"), ("/label", "required"), ("/area", "unknown_area")];
    administrator.post("/v1/clients", body).await.faults(&faults);
    let body = json!({"id": old, "login": "A", "name": "Nguyễn Giả Định", "area": "34@origin"});
    let problem = administrator.post("/v1/users", body).await.problem(422, "invalid_fields");
    assert_eq!(problem["errors"].as_array().unwrap().len(), 3, "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_identity_are_in_the_order_in_which_things_were_made() {
    let app = TestApp::start().await;
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let user = json!({"login": "nguoi.dung", "name": "Trần Giả Định", "area": "33@origin"});
    let user = administrator.post("/v1/users", user).await.is(201)["user"]["id"].clone();
    let client = body_of_client(&administrator).await;
    for (path, mut body, name) in creates(&client, &user).into_iter().take(5) {
        // The later it is made, the older the time in its id.
        let mut made = Vec::new();
        for (number, day) in ["2022-06-29", "2022-06-19", "2022-06-09"].iter().enumerate() {
            let id = id_at(&format!("{day}T08:00:00Z"));
            body["id"] = json!(id);
            if path == "/v1/users" {
                body["login"] = json!(format!("gia.dinh{number}"));
            }
            if !body["role"].is_null() {
                body["role"] = json!(["viewer", "portal", "inspector"][number]);
            }
            let answer = administrator.post(path, body.clone()).await.is(201);
            made.push(record_of(&answer, name)["id"].clone());
        }
        let mut listed = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = administrator.get(&format!("{path}?limit=1{cursor}")).await.is(200);
            listed.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].clone()));
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        listed.retain(|id| made.contains(id));
        assert_eq!(listed, made, "{path}");
    }
}
