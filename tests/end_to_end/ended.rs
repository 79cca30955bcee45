//! What ends before its time: keys that were retired, clients that were disabled, grants that were taken back; and
//! what a service's own token opens.

use std::collections::BTreeSet;

use chrono::Duration;
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use shared::Code;
use shared::access::{Claims, KeySource, Role, Verifier};
use shared::outbound::Outbound;
use shared::personal::MasterKey;
use shared::service::http_client;
use tests::{Somebody, TestApp, eventually};

use crate::closed::{OPEN, try_with};
use crate::documents::{merged, operations};
use crate::tokens::part;

/// A read in every service.
const EVERYWHERE: [&str; 4] = ["/v1/me", "/v1/economic-units", "/v1/organisations", "/v1/figures?period=2022-H1"];

async fn own_client(app: &TestApp, service: &'static str) -> (String, String) {
    let master = MasterKey::read_or_create(&app.database.path().join("master.key")).unwrap();
    let (id, secret) = identity::provision::own_client(&app.system.identity, &master, service).await.unwrap();
    (id, secret.expose_secret().to_owned())
}

async fn token_answer(app: &TestApp, (id, secret): &(String, String), scope: Option<&str>) -> Value {
    let mut form = vec![("grant_type", "client_credentials")];
    form.extend(scope.map(|scope| ("scope", scope)));
    let asked = http_client().unwrap().post(format!("{}/v1/oauth/token", app.system.base_url));
    asked.basic_auth(id, Some(secret)).form(&form).send().await.unwrap().json().await.unwrap()
}

fn signed(app: &TestApp, token: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut claims = part(token, 1);
    change(&mut claims);
    let claims: Claims = serde_json::from_value(claims).unwrap();
    app.system.identity.signer.sign(&claims).unwrap()
}

/// ASVS 8.3.3, 9.2.3, 13.2.2: a service's own client gets tokens for one service at a time, and they open there what
/// is followed, and nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn a_services_token_opens_the_journals_that_services_follow_and_nothing_else() {
    let app = TestApp::start().await;
    let reporting = own_client(&app, "reporting").await;
    for scope in [None, Some("service"), Some("membership reporting")] {
        assert_eq!(token_answer(&app, &reporting, scope).await["error"], "invalid_scope", "{scope:?}");
    }
    let document = merged();
    let mut opened = BTreeSet::new();
    for service in ["identity", "enterprise-registry", "membership", "reporting", "steering"] {
        let answer = token_answer(&app, &reporting, Some(service)).await;
        let token = answer["access_token"].as_str().unwrap();
        assert_eq!(part(token, 1)["aud"], json!([service]));
        let somebody = app.bearer(Some(token));
        for (method, path, operation) in operations(&document) {
            let id = operation["operationId"].as_str().unwrap();
            if OPEN.contains(&id) {
                continue;
            }
            let answer = try_with(&somebody, &method, &path).await;
            match (answer.status, answer.body["code"].as_str()) {
                (401, Some("invalid_token")) | (403, Some("insufficient_scope")) => {}
                _ => {
                    opened.insert(format!("{service}: {id}"));
                }
            }
        }
    }
    let expected = [
        "enterprise-registry: find_registry_entry",
        "enterprise-registry: list_registry_journal",
        "membership: find_membership_entry",
        "membership: list_membership_journal",
    ];
    assert_eq!(opened, expected.map(str::to_owned).into());
}

/// ASVS 9.2.3, RFC 9068: a token for one service is nothing to another one.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_one_service_opens_no_other() {
    let app = TestApp::start().await;
    let (id, secret) = app.create_client(Role::Inspector, "33@origin").await;
    let client = (id.to_string(), secret.expose_secret().to_owned());
    let answer = token_answer(&app, &client, Some("membership reporting")).await;
    assert_eq!(answer["scope"], "membership reporting");
    let somebody = app.bearer(answer["access_token"].as_str());
    for (path, status) in EVERYWHERE.into_iter().zip([401, 401, 200, 200]) {
        let answer = somebody.get(path).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
    }
    let all = token_answer(&app, &client, None).await;
    let services = json!(["identity", "enterprise-registry", "membership", "reporting", "steering"]);
    assert_eq!(part(all["access_token"].as_str().unwrap(), 1)["aud"], services, "none asked for: all");
}

async fn are_everywhere(somebody: &Somebody, status: u16) -> bool {
    let mut all = true;
    for path in EVERYWHERE {
        all &= somebody.get(path).await.status == status;
    }
    all
}

/// ASVS 9.1.3, attack A8: whoever has a retired key signs nothing with it that is taken, and what was taken before
/// is refused too.
#[tokio::test(flavor = "multi_thread")]
async fn a_retired_signing_key_is_refused_within_five_minutes() {
    let app = TestApp::start().await;
    let viewer = app.be(Role::Viewer, "33@origin").await;
    let day = |claims: &mut Value| claims["exp"] = json!(claims["exp"].as_i64().unwrap() + 86_400);
    // A signature is another one each time.
    let (held, unseen) = (signed(&app, viewer.token(), day), signed(&app, viewer.token(), day));
    assert_ne!(held, unseen);
    let (held, unseen) = (app.bearer(Some(&held)), app.bearer(Some(&unseen)));
    assert!(are_everywhere(&held, 200).await);
    app.set_clock("2022-06-30T08:00:01Z");
    app.system.identity.signer.rotate(&app.system.identity.db, app.clock.now()).await.unwrap();
    app.set_clock("2022-06-30T08:24:59Z");
    assert!(are_everywhere(&held, 200).await, "its last tokens may live yet");
    app.set_clock("2022-06-30T08:30:01Z");
    for somebody in [&held, &unseen] {
        for path in EVERYWHERE {
            somebody.get(path).await.problem(401, "invalid_token");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_keys_are_used_for_an_hour_while_identity_does_not_answer() {
    let app = TestApp::start().await;
    let viewer = app.be(Role::Viewer, "33@origin").await;
    let token = signed(&app, viewer.token(), |claims| claims["exp"] = json!(claims["iat"].as_i64().unwrap() + 86_400));
    let base_url = app.system.base_url.clone();
    let source = KeySource { base_url: base_url.clone(), http: Outbound::to(&[&base_url]).unwrap() };
    let verifier = Verifier::new(base_url, "reporting", source);
    let now = app.clock.now();
    verifier.verify(&token, now).await.unwrap();
    app.stop().await;
    for (minutes, expected) in [(6, None), (59, None), (61, Some(Code::Unavailable))] {
        let verified = verifier.verify(&token, now + Duration::minutes(minutes)).await;
        assert_eq!(verified.err().map(|error| error.code()), expected, "after {minutes} minutes");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_whose_signing_key_is_due_make_one() {
    let app = TestApp::start().await;
    let (db, first) = (&app.system.identity.db, &app.system.identity.signer);
    let master = MasterKey::read_or_create(&app.database.path().join("master.key")).unwrap();
    let act = shared::storage::Act { actor: "service:test".to_owned(), at: app.clock.now(), batch: None };
    let opened = db.write(act, move |tx| {
        let signer = identity::signer::Signer::open(tx, &master)?;
        Ok((signer, shared::journal::Entries::unjournalled("a second replica's signer")))
    });
    let second = opened.await.unwrap();
    let at = app.clock.now() + Duration::days(91);
    let (one, two) = tokio::join!(first.rotate_when_due(db, at), second.rotate_when_due(db, at));
    one.and(two).unwrap();
    first.reload(db).await.unwrap();
    assert_eq!(first.keys(at).keys.len(), 2, "the first one and the new one");
}

/// ASVS 7.4.1: tokens that a disabled client holds end in every service.
#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_client_is_refused_in_every_service_with_the_tokens_it_holds() {
    let app = TestApp::start().await;
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let client = app.create_client(Role::Viewer, "325@origin").await;
    let (viewer, other) = (app.signed_in(&client).await, app.be(Role::Viewer, "325@origin").await);
    assert!(are_everywhere(&viewer, 200).await);
    assert_eq!(app.get("/v1/oauth/ended-tokens").await.is(200)["items"], json!([]));
    let path = format!("/v1/clients/{}", client.0);
    let etag = administrator.get(&path).await.is(200)["etag"].as_str().unwrap().to_owned();
    let disable = administrator.request(Method::POST, &format!("{path}/disablements"));
    disable.if_match(&etag).await.is(200);
    eventually("every service refuses the client", || async { are_everywhere(&viewer, 401).await.then_some(()) }).await;
    viewer.get("/v1/me").await.problem(401, "invalid_token");
    assert!(are_everywhere(&other, 200).await, "others are not touched");
    let listed = app.get("/v1/oauth/ended-tokens").await.is(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert!(!listed.to_string().contains(&client.0.to_string()), "the list names nobody: {listed}");
    app.set_clock("2022-06-30T08:15:01Z");
    assert_eq!(app.get("/v1/oauth/ended-tokens").await.is(200)["items"], json!([]), "no token lives longer");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_taken_back_ends_the_tokens_that_carry_it_and_the_next_token_is_without_it() {
    let app = TestApp::start().await;
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let client = app.create_client(Role::Viewer, "325@origin").await;
    let body = json!({"client_id": client.0, "role": "officer", "area": "325@origin"});
    let before = app.signed_in(&client).await;
    let granted = administrator.post("/v1/grants", body).await.is(201);
    assert!(are_everywhere(&before, 200).await, "a grant that is added ends nothing");
    let officer = app.signed_in(&client).await;
    officer.get("/v1/people").await.is(200);
    let path = format!("/v1/grants/{}", granted["id"].as_str().unwrap());
    administrator.request(Method::DELETE, &path).if_match("\"v1\"").await.is(204);
    let again = app.signed_in(&client).await;
    eventually("the token that carries the grant ends", || async { are_everywhere(&officer, 401).await.then_some(()) })
        .await;
    assert!(are_everywhere(&again, 200).await, "the client goes on with what it has left");
    again.get("/v1/people").await.problem(403, "insufficient_scope");
}

/// Attack B10, N15.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_grants_to_themselves_and_the_last_administrator_of_a_province_stays() {
    let app = TestApp::start().await;
    let client = app.create_client(Role::Administrator, "33@origin").await;
    let administrator = app.signed_in(&client).await;
    let body = json!({"client_id": client.0, "role": "officer", "area": "33@origin"});
    administrator.post("/v1/grants", body).await.problem(403, "own_client");

    let grants = administrator.get("/v1/grants").await.is(200);
    let own = grants["items"].as_array().unwrap().iter().find(|one| one["client_id"] == client.0.to_string().as_str());
    let path = format!("/v1/grants/{}", own.unwrap()["id"].as_str().unwrap());
    let revoke = |somebody: &Somebody| somebody.request(Method::DELETE, &path).if_match("\"v1\"");
    revoke(&administrator).await.problem(409, "last_administrator");
    let disable = |somebody: &Somebody, id: shared::Id| {
        let somebody = somebody.clone();
        async move {
            let etag = somebody.get(&format!("/v1/clients/{id}")).await.is(200)["etag"].as_str().unwrap().to_owned();
            somebody.request(Method::POST, &format!("/v1/clients/{id}/disablements")).if_match(&etag).await
        }
    };
    disable(&administrator, client.0).await.problem(409, "last_administrator");
    administrator.get("/v1/me").await.is(200);

    // Of two, one may go; the one of a district is free to.
    let district = app.create_client(Role::Administrator, "325@origin").await;
    disable(&administrator, district.0).await.is(200);
    let second = app.create_client(Role::Administrator, "33@origin").await;
    disable(&administrator, second.0).await.is(200);
    revoke(&administrator).await.problem(409, "last_administrator");
    let third = app.be(Role::Administrator, "33@origin").await;
    revoke(&third).await.is(204);
}

/// Attack N9: what is done once is told once.
#[tokio::test(flavor = "multi_thread")]
async fn a_grant_is_taken_back_once_and_a_client_disabled_once() {
    let app = TestApp::start().await;
    let administrator = app.be(Role::Administrator, "33@origin").await;
    for _ in 0..5 {
        let client = app.create_client(Role::Viewer, "325@origin").await.0;
        let grants = administrator.get("/v1/grants?limit=200").await.is(200);
        let of_client = |one: &&Value| one["client_id"] == client.to_string().as_str();
        let grant = grants["items"].as_array().unwrap().iter().find(of_client).unwrap()["id"].clone();
        let etag = administrator.get(&format!("/v1/clients/{client}")).await.is(200)["etag"].clone();
        let before = app.heads().await[0];
        let revoke = || {
            let path = format!("/v1/grants/{}", grant.as_str().unwrap());
            administrator.request(Method::DELETE, &path).if_match("\"v1\"").into_future()
        };
        let statuses = tokio::join!(revoke(), revoke(), revoke(), revoke());
        let won = [statuses.0, statuses.1, statuses.2, statuses.3].iter().filter(|one| one.status == 204).count();
        assert_eq!((won, app.heads().await[0]), (1, before + 1));
        // The client has another version without its grant.
        let disable = |etag: &Value| {
            let path = format!("/v1/clients/{client}/disablements");
            administrator.request(Method::POST, &path).if_match(etag.as_str().unwrap()).into_future()
        };
        disable(&etag).await.problem(412, "stale_version");
        let etag = administrator.get(&format!("/v1/clients/{client}")).await.is(200)["etag"].clone();
        let statuses = tokio::join!(disable(&etag), disable(&etag), disable(&etag), disable(&etag));
        let won = [statuses.0, statuses.1, statuses.2, statuses.3].iter().filter(|one| one.status == 200).count();
        assert_eq!((won, app.heads().await[0]), (1, before + 2));
    }
}
