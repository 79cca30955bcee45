//! Programs that prove themselves by signing (RFC 7523), and have no secret.

use serde_json::{Value, json};
use shared::access::Role;
use shared::service::http_client;
use tests::{Somebody, TestApp, eventually};

use crate::sign_in::provider::Key;

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

async fn ask(app: &TestApp, form: &[(&str, &str)]) -> (u16, Value) {
    let url = format!("{}/v1/oauth/token", app.system.base_url);
    let answer = http_client().unwrap().post(url).form(form).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn prove(app: &TestApp, proof: &str) -> (u16, Value) {
    let form = [("grant_type", "client_credentials"), ("client_assertion_type", TYPE), ("client_assertion", proof)];
    ask(app, &form).await
}

/// What a program signs to get a token.
fn claims(app: &TestApp, id: &str) -> Value {
    let now = app.clock.now().timestamp();
    json!({"iss": id, "sub": id, "aud": app.system.base_url, "iat": now, "exp": now + 60, "jti": shared::Id::new()})
}

async fn set_keys(administrator: &Somebody, id: &str, keys: Value) -> tests::Answer {
    let path = format!("/v1/clients/{id}");
    let etag = administrator.get(&path).await.is(200)["etag"].as_str().unwrap().to_owned();
    administrator
        .request(reqwest::Method::PUT, &format!("{path}/keys"))
        .if_match(&etag)
        .raw("application/json", json!({"keys": keys}).to_string().into_bytes())
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_with_a_key_has_no_secret() {
    let app = TestApp::start().await;
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let made = administrator.post("/v1/clients", json!({"label": "Cổng tỉnh", "area": "33@origin"})).await.is(201);
    let (id, secret) = (made["client"]["id"].as_str().unwrap(), made["client_secret"].as_str().unwrap());
    administrator.post("/v1/grants", json!({"client_id": id, "role": "portal", "area": "33@origin"})).await.is(201);
    let by_secret = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)];
    let (_, before) = ask(&app, &by_secret).await;
    let (one, two) = (Key::new("k1"), Key::new("k2"));
    assert_eq!(prove(&app, &one.sign("JWT", &claims(&app, id))).await.0, 401, "it has no key yet");
    let shown = set_keys(&administrator, id, json!([one.published, two.published])).await.is(200);
    assert_eq!((shown["secrets"].clone(), shown["keys"][0]["kid"].clone()), (json!([]), json!("k1")));
    // The secret ended, and so did its tokens, everywhere.
    assert_eq!(ask(&app, &by_secret).await.0, 401);
    let old = app.bearer(before["access_token"].as_str());
    eventually("the old token is refused", async || (old.get("/v1/areas").await.status == 401).then_some(())).await;

    for key in [&one, &two] {
        let (status, tokens) = prove(&app, &key.sign("JWT", &claims(&app, id))).await;
        assert_eq!(status, 200, "{tokens}");
        let portal = app.bearer(tokens["access_token"].as_str());
        assert_eq!(portal.get("/v1/me").await.is(200)["subject"], format!("client:{id}"));
    }
    // A proof is taken once, also by two at one moment.
    let proof = one.sign("JWT", &claims(&app, id));
    let (first, second) = tokio::join!(prove(&app, &proof), prove(&app, &proof));
    let mut statuses = [first.0, second.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401]);
    let now = app.clock.now().timestamp();
    for (what, change) in [
        ("for another server", json!({"aud": "https://other.example.vn"})),
        ("for several", json!({"aud": [app.system.base_url, "https://other.example.vn"]})),
        ("for nobody", json!({"aud": []})),
        ("of another program", json!({"iss": shared::Id::new()})),
        ("of nobody", json!({"iss": "x", "sub": "x"})),
        ("over", json!({"exp": now - 61})),
        ("for too long", json!({"exp": now + 3600})),
        ("of the future", json!({"iat": now + 3600})),
        ("without an id", json!({"jti": ""})),
    ] {
        let mut changed = claims(&app, id);
        changed.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        assert_eq!(prove(&app, &one.sign("JWT", &changed)).await.0, 401, "{what}");
    }
    let mut alone = claims(&app, id);
    alone["aud"] = json!([app.system.base_url]);
    assert_eq!(prove(&app, &one.sign("JWT", &alone)).await.0, 200, "a list of one is one");
    let stranger = Key::new("k1");
    assert_eq!(prove(&app, &stranger.sign("JWT", &claims(&app, id))).await.0, 401, "another key of that name");
    assert_eq!(prove(&app, &Key::new("k9").sign("JWT", &claims(&app, id))).await.0, 401, "no key of that name");
    let proof = one.sign("JWT", &claims(&app, id));
    let mut form =
        vec![("grant_type", "client_credentials"), ("client_assertion_type", TYPE), ("client_assertion", &proof)];
    form.push(("client_secret", secret));
    let (status, refused) = ask(&app, &form).await;
    assert_eq!((status, &refused["error"]), (400, &json!("invalid_request")), "one way at a time");
    let other = shared::Id::new().to_string();
    let named = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", TYPE),
        ("client_assertion", &proof),
        ("client_id", &other),
    ];
    assert_eq!(ask(&app, &named).await.0, 401, "another client is named beside");

    // A key that is taken out is over; a new secret ends all keys.
    set_keys(&administrator, id, json!([two.published])).await.is(200);
    assert_eq!(prove(&app, &one.sign("JWT", &claims(&app, id))).await.0, 401);
    let etag = administrator.get(&format!("/v1/clients/{id}")).await.is(200)["etag"].as_str().unwrap().to_owned();
    let renewed = administrator.post(&format!("/v1/clients/{id}/secrets"), json!({})).if_match(&etag).await.is(201);
    assert_eq!(renewed["client"]["keys"], json!([]));
    assert_eq!(prove(&app, &two.sign("JWT", &claims(&app, id))).await.0, 401);
    let secret = renewed["client_secret"].as_str().unwrap();
    app.bearer(Some(&app.token(id, secret).await)).get("/v1/me").await.is(200);
}

/// A key that is taken out at the same moment gets no token that lives.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_taken_out_gets_no_token() {
    let app = TestApp::start().await;
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let made = administrator.post("/v1/clients", json!({"label": "Cổng tỉnh", "area": "33@origin"})).await.is(201);
    let id = made["client"]["id"].as_str().unwrap();
    for _ in 0..4 {
        let (old, new) = (Key::new("k1"), Key::new("k2"));
        set_keys(&administrator, id, json!([old.published])).await.is(200);
        let ask = async || {
            let mut tokens = Vec::new();
            for _ in 0..6 {
                tokens.push(prove(&app, &old.sign("JWT", &claims(&app, id))).await);
            }
            tokens
        };
        let (one, two, set) = tokio::join!(ask(), ask(), set_keys(&administrator, id, json!([new.published])));
        set.is(200);
        for (status, answer) in one.into_iter().chain(two).filter(|(status, _)| *status == 200) {
            let holder = app.bearer(answer["access_token"].as_str());
            let what = format!("a token of a key that was taken out ({status})");
            eventually(&what, async || (holder.get("/v1/me").await.status == 401).then_some(())).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_public_key_is_refused() {
    let app = TestApp::start().await;
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let made = administrator.post("/v1/clients", json!({"label": "Cổng tỉnh", "area": "33@origin"})).await.is(201);
    let id = made["client"]["id"].as_str().unwrap();
    let key = Key::new("k1").published;
    let with = |change: Value| {
        let mut changed = key.clone();
        changed.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        json!([changed])
    };
    set_keys(&administrator, id, json!([])).await.faults(&[("/keys", "required")]);
    let six: Vec<Value> = (0..6).map(|number| Key::new(&format!("k{number}")).published).collect();
    set_keys(&administrator, id, json!(six)).await.faults(&[("/keys", "too_many")]);
    set_keys(&administrator, id, json!([key, key])).await.faults(&[("/keys/1/kid", "repeated_value")]);
    set_keys(&administrator, id, with(json!({"d": "AAAA"}))).await.faults(&[("/keys/0/d", "unknown_field")]);
    for change in [
        json!({"kty": "oct"}),
        json!({"crv": "P-384"}),
        json!({"alg": "HS256"}),
        json!({"use": "enc"}),
        json!({"kid": ""}),
        json!({"kid": "a b"}),
        json!({"x": "AAAA"}),
        // No point of the curve.
        json!({"x": "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"}),
        json!({"n": "AQAB", "e": "AQAB"}),
    ] {
        set_keys(&administrator, id, with(change)).await.faults(&[("/keys/0", "public_key_refused")]);
    }
    set_keys(&administrator, id, with(json!({"key_ops": ["sign"]}))).await.faults(&[("/keys/0", "public_key_refused")]);
    let short = json!([{"kty": "RSA", "kid": "r", "n": "a".repeat(171), "e": "AQAB"}]);
    set_keys(&administrator, id, short).await.faults(&[("/keys/0", "public_key_refused")]);
    let even = json!([{"kty": "RSA", "kid": "r", "n": format!("_{}A", "w".repeat(340)), "e": "AQAB"}]);
    set_keys(&administrator, id, even).await.faults(&[("/keys/0", "public_key_refused")]);
    let kept = administrator.get(&format!("/v1/clients/{id}")).await.is(200);
    assert_eq!((kept["keys"].clone(), kept["etag"].clone()), (json!([]), json!("\"v1\"")), "nothing changed");
    // As browsers export it.
    set_keys(&administrator, id, with(json!({"key_ops": ["verify"], "ext": true}))).await.is(200);
}
