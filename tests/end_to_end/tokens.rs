use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use shared::access::Role;
use tests::{TestApp, eventually};

pub fn part(token: &str, at: usize) -> Value {
    let bytes = URL_SAFE_NO_PAD.decode(token.split('.').nth(at).unwrap()).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// A key pair of a stranger's.
fn foreign_key() -> EncodingKey {
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
    EncodingKey::from_ec_der(pkcs8.as_ref())
}

async fn refused(app: &TestApp, what: &str, token: &str) {
    let answer = app.bearer(Some(token)).get("/v1/me").await;
    assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"party-building\", error=\"invalid_token\"", "{what}");
    assert_eq!(answer.status, 401, "{what}: {}", answer.text);
    answer.problem(401, "invalid_token");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_says_what_the_standard_asks_for() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    let (header, claims) = (part(officer.token(), 0), part(officer.token(), 1));
    assert_eq!((&header["alg"], &header["typ"]), (&json!("ES256"), &json!("at+jwt")));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 600);
    assert_eq!(claims["sub"], json!(format!("client:{}", officer.id)));
    assert_eq!(claims["grants"], json!([{"role": "officer", "area": "325@origin"}]));
    let keys = app.get("/.well-known/jwks.json").await.is(200);
    assert_eq!(keys["keys"][0]["kid"], header["kid"]);
    assert!(keys["keys"][0]["d"].is_null(), "no private part is published");
    let metadata = app.get("/.well-known/oauth-authorization-server").await.is(200);
    assert_eq!((&metadata["issuer"], &claims["iss"]), (&json!(app.system.base_url), &json!(app.system.base_url)));
    // RFC 8414, 9207, 9700 2.1.1: what is told of the endpoints is so.
    assert_eq!(app.get("/.well-known/openid-configuration").await.is(200), metadata);
    assert_eq!(metadata["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
    assert_eq!(metadata["response_types_supported"], json!(["code"]));
    let granted = metadata["grant_types_supported"].as_array().unwrap();
    assert!(!granted.contains(&json!("password")) && !granted.contains(&json!("implicit")), "{granted:?}");
    let addresses =
        metadata.as_object().unwrap().iter().filter(|(name, _)| name.ends_with("_endpoint") || *name == "jwks_uri");
    let mut found = 0;
    for (name, address) in addresses {
        let path =
            address.as_str().unwrap().strip_prefix(&app.system.base_url).unwrap_or_else(|| panic!("{name}: {address}"));
        assert_ne!(app.get(path).await.status, 404, "{name}");
        found += 1;
    }
    assert!(found >= 5, "{found} addresses: {metadata}");
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_tokens_are_refused() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    let good = officer.token().to_owned();
    let (header, claims) = (part(&good, 0), part(&good, 1));
    app.bearer(Some(&good)).get("/v1/me").await.is(200);
    let [head, body, signature] = good.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };

    let none = format!("{}.{body}.", encoded(&json!({"alg": "none", "typ": "at+jwt", "kid": header["kid"]})));
    refused(&app, "unsigned", &none).await;
    refused(&app, "cut off", &format!("{head}.{body}.")).await;
    refused(&app, "no token at all", "abc").await;

    // The published key as the secret of a symmetric signature.
    let keys = app.get("/.well-known/jwks.json").await.text;
    let mut symmetric = Header::new(Algorithm::HS256);
    symmetric.typ = Some("at+jwt".to_owned());
    symmetric.kid = header["kid"].as_str().map(str::to_owned);
    let forged = jsonwebtoken::encode(&symmetric, &claims, &EncodingKey::from_secret(keys.as_bytes())).unwrap();
    refused(&app, "HS256", &forged).await;
    let relabelled = encoded(&json!({"alg": "ES256", "typ": "at+jwt", "kid": header["kid"]}));
    let forged = format!("{relabelled}.{}", forged.split_once('.').unwrap().1);
    refused(&app, "HS256 that calls itself ES256", &forged).await;

    let mut foreign = Header::new(Algorithm::ES256);
    foreign.typ = Some("at+jwt".to_owned());
    foreign.kid = header["kid"].as_str().map(str::to_owned);
    let forged = jsonwebtoken::encode(&foreign, &claims, &foreign_key()).unwrap();
    refused(&app, "a stranger's key under our key's id", &forged).await;
    foreign.kid = Some("another".to_owned());
    let forged = jsonwebtoken::encode(&foreign, &claims, &foreign_key()).unwrap();
    refused(&app, "a stranger's key", &forged).await;

    let mut wider = claims.clone();
    wider["grants"] = json!([{"role": "officer", "area": "33@origin"}]);
    refused(&app, "changed claims", &format!("{head}.{}.{signature}", encoded(&wider))).await;
    for (name, value) in [("jku", json!("https://example.org/keys")), ("crit", json!(["exp"])), ("typ", json!("JWT"))] {
        let mut other = header.clone();
        other[name] = value;
        refused(&app, name, &format!("{}.{body}.{signature}", encoded(&other))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn well_signed_tokens_of_another_place_or_time_are_refused() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    let claims = part(officer.token(), 1);
    let signed = |change: &dyn Fn(&mut Value)| {
        let mut changed = claims.clone();
        change(&mut changed);
        let claims: shared::access::Claims = serde_json::from_value(changed).unwrap();
        app.system.identity.signer.sign(&claims).unwrap()
    };
    app.bearer(Some(&signed(&|_| {}))).get("/v1/me").await.is(200);
    let now = claims["iat"].as_i64().unwrap();
    refused(&app, "another audience", &signed(&|claims| claims["aud"] = json!(["somebody-else"]))).await;
    refused(&app, "another issuer", &signed(&|claims| claims["iss"] = json!("http://127.0.0.1:1"))).await;
    refused(&app, "expired", &signed(&|claims| claims["exp"] = json!(now - 60))).await;
    refused(&app, "not valid yet", &signed(&|claims| claims["nbf"] = json!(now + 61))).await;
    refused(&app, "issued in the future", &signed(&|claims| claims["iat"] = json!(now + 61))).await;
    app.bearer(Some(&signed(&|claims| claims["exp"] = json!(now - 59)))).get("/v1/me").await.is(200);
    app.set_clock("2022-06-30T08:11:00Z");
    refused(&app, "eleven minutes old", officer.token()).await;
    let narrow = signed(&|claims| {
        claims["scope"] = json!("reporting");
        claims["exp"] = json!(now + 3600);
    });
    app.bearer(Some(&narrow)).get("/v1/economic-units").await.problem(403, "insufficient_scope");
    // A client that calls itself a service gets no further than a client.
    let service = signed(&|claims| {
        claims["scope"] = json!("service");
        claims["exp"] = json!(now + 3600);
    });
    app.bearer(Some(&service)).get("/v1/economic-units").await.problem(403, "insufficient_scope");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_the_realm_is_told_and_nothing_more() {
    let app = TestApp::start().await;
    let answer = app.get("/v1/economic-units").await;
    assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"party-building\"");
    answer.problem(401, "missing_token");
    let basic = app.bearer(None).get("/v1/me").header("authorization", "Basic YTpi").await;
    basic.problem(401, "missing_token");
    let officer = app.officer_of("325@origin").await;
    let twice = officer.get("/v1/me").header("authorization", "Bearer x").await;
    twice.problem(401, "invalid_token");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_endpoint_answers_as_oauth_prescribes() {
    let app = TestApp::start().await;
    let (id, secret) = app.create_client(Role::Viewer, "33@origin").await;
    let secret = secrecy::ExposeSecret::expose_secret(&secret).to_owned();
    let ask = |form: Vec<(&'static str, String)>| {
        let url = format!("{}/v1/oauth/token", app.system.base_url);
        async move { shared::service::http_client().unwrap().post(url).form(&form).send().await.unwrap() }
    };
    let grant = ("grant_type", "client_credentials".to_owned());
    let good = ask(vec![grant.clone(), ("client_id", id.to_string()), ("client_secret", secret.clone())]).await;
    assert_eq!(good.headers()["cache-control"], "no-store");
    let good: Value = good.json().await.unwrap();
    assert_eq!((&good["token_type"], &good["expires_in"]), (&json!("Bearer"), &json!(600)));
    let wrong = ask(vec![grant.clone(), ("client_id", id.to_string()), ("client_secret", "wrong".to_owned())]).await;
    assert_eq!(wrong.status(), 401);
    assert!(wrong.headers()["www-authenticate"].to_str().unwrap().starts_with("Basic"));
    assert_eq!(wrong.json::<Value>().await.unwrap()["error"], "invalid_client");
    for (form, error) in [
        (vec![("grant_type", "password".to_owned())], "unsupported_grant_type"),
        (vec![("client_id", id.to_string())], "invalid_request"),
        (
            vec![
                grant.clone(),
                ("client_id", id.to_string()),
                ("client_secret", secret.clone()),
                ("scope", "service".to_owned()),
            ],
            "invalid_scope",
        ),
    ] {
        let answer = ask(form).await;
        assert_eq!(answer.status(), 400);
        assert_eq!(answer.json::<Value>().await.unwrap()["error"], error);
    }
}

/// As openid-client, oauth4webapi and Authlib send it: both halves form-encoded, and every sign of a secret encoded that may be.
#[tokio::test(flavor = "multi_thread")]
async fn basic_credentials_are_form_encoded_and_one_way_of_proof_is_enough() {
    let app = TestApp::start().await;
    let (id, secret) = app.create_client(Role::Viewer, "33@origin").await;
    let (id, secret) = (id.to_string(), secrecy::ExposeSecret::expose_secret(&secret).to_owned());
    let ask = |authorisation: String, form: Vec<(&'static str, String)>| {
        let request = shared::service::http_client().unwrap().post(format!("{}/v1/oauth/token", app.system.base_url));
        let form = [vec![("grant_type", "client_credentials".to_owned())], form].concat();
        async move {
            let answer = request.header("authorization", authorisation).form(&form).send().await.unwrap();
            (answer.status().as_u16(), answer.json::<Value>().await.unwrap()["error"].clone())
        }
    };
    let encoded = |text: &str| text.replace('-', "%2D").replace('_', "%5f");
    let basic =
        |scheme: &str, id: &str, secret: &str| format!("{scheme} {}", STANDARD.encode(format!("{id}:{secret}")));
    for (scheme, id, secret) in [
        ("Basic", id.clone(), secret.clone()),
        ("basic", id.clone(), secret.clone()),
        ("Basic", encoded(&id), encoded(&secret)),
        ("Basic", encoded(&id), secret.chars().map(|sign| format!("%{:02X}", u32::from(sign))).collect()),
    ] {
        assert_eq!(ask(basic(scheme, &id, &secret), vec![]).await.0, 200, "{id} {secret}");
    }
    let proof = basic("Basic", &id, &secret);
    assert_eq!(ask(proof.clone(), vec![("client_id", id.clone())]).await.0, 200, "the id alone proves nothing");
    let empty = vec![("client_id", String::new()), ("client_secret", String::new())];
    assert_eq!(ask(proof.clone(), empty).await.0, 200, "what is empty is left out");
    for form in [
        vec![("client_secret", secret.clone())],
        vec![("client_id", id.clone()), ("client_secret", secret.clone())],
        vec![("client_id", shared::Id::new().to_string())],
        vec![("grant_type", String::new())],
        vec![("scope", "membership".to_owned()), ("scope", "membership".to_owned())],
    ] {
        assert_eq!(ask(proof.clone(), form.clone()).await, (400, json!("invalid_request")), "{form:?}");
    }
    for wrong in ["Basic", "Basic !", "Basic OnNlY3JldA==", &basic("Basic", &id, "%ff"), &basic("Basic", &id, "a+b")] {
        assert_eq!(ask(wrong.to_owned(), vec![]).await, (401, json!("invalid_client")), "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_services_own_client_is_the_same_at_every_start() {
    let app = TestApp::start().await;
    let clients = |app: &TestApp| {
        let db = app.system.identity.db.clone();
        async move {
            let rows = tests::all_rows(&db).await;
            rows.into_iter().filter(|(table, _)| table == "clients").map(|(_, row)| row).collect::<Vec<_>>()
        }
    };
    let before = clients(&app).await;
    assert_eq!(before.len(), 4, "identity's, membership's, reporting's, steering's");
    let app = TestApp::over(app.stop().await, tests::NOW).await;
    assert_eq!(clients(&app).await, before, "a second replica would not shut out the first");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_signing_key_is_published_before_it_signs_and_no_token_is_refused() {
    let app = TestApp::start().await;
    let client = app.create_client(Role::Viewer, "33@origin").await;
    let (signer, db) = (&app.system.identity.signer, &app.system.identity.db);
    let published = || async {
        let keys = app.get("/.well-known/jwks.json").await.is(200);
        keys["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    // All services verify, each with published keys that it keeps for itself.
    let everywhere = &app;
    let check = |token: String| async move {
        let somebody = everywhere.bearer(Some(&token));
        for path in ["/v1/me", "/v1/economic-units", "/v1/organisations", "/v1/figures?period=2022-H1"] {
            somebody.get(path).await.is(200);
        }
    };
    let sign_in = || async { app.signed_in(&client).await.token().to_owned() };
    let kid = |token: &str| part(token, 0)["kid"].as_str().unwrap().to_owned();
    let old = sign_in().await;
    check(old.clone()).await;
    assert_eq!(published().await, [kid(&old)]);

    app.set_clock("2022-06-30T08:00:01Z");
    signer.rotate(db, app.clock.now()).await.unwrap();
    assert_eq!(published().await.len(), 2, "the key to come is published");
    let still_old = sign_in().await;
    assert_eq!(kid(&still_old), kid(&old));
    app.set_clock("2022-06-30T08:10:00Z");
    let last_of_old = sign_in().await;
    assert_eq!(kid(&last_of_old), kid(&old));
    app.set_clock("2022-06-30T08:10:02Z");
    let new = sign_in().await;
    assert_ne!(kid(&new), kid(&old));
    for token in [new.clone(), last_of_old.clone()] {
        check(token).await;
    }
    app.set_clock("2022-06-30T08:19:58Z");
    check(last_of_old).await;
    app.set_clock("2022-06-30T08:25:02Z");
    assert_eq!(published().await, [kid(&new)], "the old key is published while its tokens live");
    check(sign_in().await).await;

    // Ninety days later a key is made by itself, at the next start or half a minute later.
    let app = TestApp::over(app.stop().await, "2022-09-29T08:00:00Z").await;
    eventually("a key is made on schedule", || async {
        let keys = app.get("/.well-known/jwks.json").await.is(200);
        (keys["keys"].as_array().unwrap().len() == 2).then_some(())
    })
    .await;
}
