//! Apps that act for a person: codes, refresh tokens, and what leads nowhere.

use serde_json::json;
use shared::access::Role;
use shared::service::http_client;
use tests::TestApp;

use super::{
    Browser, PASSWORD, REDIRECT, VERIFIER, agree, authorize, authorize_path, claims, exchange, is_out_everywhere,
    later, make_app, person, refresh, token, tokens_of,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_invited_signs_in_and_lets_an_app_act() {
    let app = TestApp::start().await;
    let officer = person(&app, "can.bo", &[(Role::Officer, "33@origin")]).await;
    let client = make_app(&app).await;
    let browser = Browser::new(&app);
    // The app opens the browser: the person signs in first, and comes back to where the app sent them.
    let shown = browser.get(&authorize_path(&client, &[])).await;
    assert_eq!(shown.status, 303);
    let return_to = url::Url::parse(&format!("http://x{}", shown.location)).unwrap();
    let return_to = return_to.query_pairs().find(|(name, _)| name == "return_to").unwrap().1.into_owned();
    assert!(return_to.starts_with("/v1/oauth/authorize?"), "{return_to}");
    later(&app, 31);
    let form = [("login", "can.bo"), ("password", PASSWORD), ("return_to", return_to.as_str())];
    let shown = browser.post("/account/sign-in", &form).await;
    let before = browser.cookies.lock().unwrap()["session"].clone();
    let form = [("code", officer.code(&app)), ("return_to", return_to.clone())];
    let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(browser.get("/account").await.status, 303, "half signed in is not signed in");
    let proved = browser.post("/account/second-factor", &form).await;
    assert_eq!(proved.location, return_to, "{} {}", shown.text, proved.text);
    assert_ne!(browser.cookies.lock().unwrap()["session"], before, "another cookie after each step");
    let shown = browser.get(&return_to).await;
    assert!(shown.text.contains("Ứng dụng thử") && shown.text.contains("Người Giả Định"), "{}", shown.text);
    // ASVS 10.7.2: the person is told what the app would open, and for how long.
    assert!(shown.text.contains("90 days") && shown.text.contains("figures"), "{}", shown.text);
    let less = browser.get(&authorize_path(&client, &[("scope", "openid membership")])).await;
    assert!(less.text.contains("organisations and their members") && !less.text.contains("figures"), "{}", less.text);
    assert!(shown.policy.contains("form-action 'self' http://127.0.0.1"), "{}", shown.policy);
    assert!(shown.policy.contains("default-src 'none'") && shown.policy.contains("frame-ancestors 'none'"));
    let sent = agree(&browser, &client, &[]).await;
    assert_eq!(sent.status, 303);
    assert!(sent.location.starts_with(&format!("{REDIRECT}?code=")), "{}", sent.location);
    assert_eq!(sent.parameter("state").as_deref(), Some("s t&a"));
    assert_eq!(sent.parameter("iss").as_deref(), Some(app.system.base_url.as_str()));
    let (status, tokens) = exchange(&app, &client, &sent.parameter("code").unwrap(), VERIFIER).await;
    assert_eq!(
        (status, &tokens["token_type"], &tokens["expires_in"]),
        (200, &json!("Bearer"), &json!(600)),
        "{tokens}"
    );
    let access = claims(&tokens["access_token"]);
    assert_eq!(access["sub"], format!("user:{}", officer.id));
    assert_eq!((&access["client_id"], &access["amr"]), (&json!(client), &json!(["pwd", "otp", "mfa"])));
    assert_eq!(access["grants"], json!([{"role": "officer", "area": "33@origin"}]));
    let id = claims(&tokens["id_token"]);
    assert_eq!((&id["aud"], &id["nonce"], &id["name"]), (&json!(client), &json!("n-1"), &json!("Người Giả Định")));
    assert!(id.get("grants").is_none(), "the least: {id}");

    // The app acts for the person, and the journal says who did it.
    let phone = app.bearer(tokens["access_token"].as_str());
    let me = phone.get("/v1/me").await.is(200);
    assert_eq!(me["subject"], format!("user:{}", officer.id));
    assert_eq!(me["name"], "Người Giả Định");
    let unit = phone.post("/v1/economic-units", tests::unit("Công ty Giả Định", "11986@origin")).await.is(201);
    let history = phone.get(&format!("/v1/economic-units/{}/history", unit["id"].as_str().unwrap())).await.is(200);
    assert_eq!(history["items"][0]["actor"], format!("user:{}", officer.id));
    // An id token opens nothing.
    app.bearer(tokens["id_token"].as_str()).get("/v1/me").await.problem(401, "invalid_token");

    // The account page names the session, and ends it everywhere.
    let account = browser.get("/account").await;
    assert!(account.text.contains("Ứng dụng thử") && account.text.contains("Officer"), "{}", account.text);
    let path = format!("/account/sessions/{}/end", account.field("/account/sessions/", "/end"));
    assert_eq!(browser.post(&path, &[]).await.status, 303);
    is_out_everywhere(&app, &tokens["access_token"]).await;
    assert_eq!(refresh(&app, &client, &tokens["refresh_token"]).await.1["error"], "invalid_grant");
    let session = browser.cookies.lock().unwrap()["session"].clone();
    let shown = browser.post("/account/sign-out", &[]).await;
    assert_eq!((shown.status.as_u16(), shown.header("clear-site-data")), (303, "\"cache\""));
    assert_eq!(browser.get("/account").await.status, 303);
    // ASVS 7.4.1: the session itself is over, not only its cookie.
    browser.cookies.lock().unwrap().insert("session".to_owned(), session);
    assert!(browser.get("/account").await.location.starts_with("/account/sign-in?"));
}

/// RFC 7009, 2.2: what is no token of the app's is answered as if it had ended, and ends nothing.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_token_is_revoked_without_effect() {
    let app = TestApp::start().await;
    let owner = person(&app, "can.bo", &[(Role::Officer, "33@origin")]).await;
    let (client, other) = (make_app(&app).await, make_app(&app).await);
    let tokens = tokens_of(&app, &owner, &client).await;
    let refresh_token = tokens["refresh_token"].as_str().unwrap();
    let http = http_client().unwrap();
    let revoke = async |form: &[(&str, &str)]| {
        let answer = http.post(format!("{}/v1/oauth/revoke", app.system.base_url)).form(form).send().await.unwrap();
        answer.status().as_u16()
    };
    assert_eq!(revoke(&[("client_id", &client), ("token", "nothing")]).await, 200);
    assert_eq!(revoke(&[("client_id", &client), ("token", "nothing"), ("token_type_hint", "x")]).await, 200);
    assert_eq!(revoke(&[("client_id", &other), ("token", refresh_token)]).await, 200);
    assert!([400, 401].contains(&revoke(&[("token", refresh_token)]).await), "who asks is to be said");
    let (status, next) = refresh(&app, &client, &tokens["refresh_token"]).await;
    assert_eq!(status, 200, "{next}");
    let newest = next["refresh_token"].as_str().unwrap();
    let form = [("client_id", client.as_str()), ("token", newest), ("token_type_hint", "access_token")];
    assert_eq!((revoke(&form).await, revoke(&form).await), (200, 200));
    assert_eq!(refresh(&app, &client, &next["refresh_token"]).await.1["error"], "invalid_grant");
    is_out_everywhere(&app, &next["access_token"]).await;
}

/// RFC 9700, RFC 6749 10.16, RFC 8252 8.5: a program is no app, an app is no program, and an app has no secret.
#[tokio::test(flavor = "multi_thread")]
async fn programs_and_apps_are_not_taken_for_one_another() {
    let app = TestApp::start().await;
    let owner = person(&app, "can.bo", &[(Role::Officer, "33@origin")]).await;
    let client = make_app(&app).await;
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let program = administrator.post("/v1/clients", json!({"label": "Cổng", "area": "33@origin"})).await.is(201);
    let (id, secret) = (program["client"]["id"].as_str().unwrap(), program["client_secret"].as_str().unwrap());
    let browser = owner.signed_in(&app).await;
    let shown = browser.get(&authorize_path(id, &[])).await;
    assert_eq!((shown.status.as_u16(), shown.location.as_str()), (400, ""));
    let code = agree(&browser, &client, &[]).await.parameter("code").unwrap();
    let form = |client: &str| {
        vec![
            ("grant_type".to_owned(), "authorization_code".to_owned()),
            ("client_id".to_owned(), client.to_owned()),
            ("code".to_owned(), code.clone()),
            ("redirect_uri".to_owned(), REDIRECT.to_owned()),
            ("code_verifier".to_owned(), VERIFIER.to_owned()),
        ]
    };
    let http = http_client().unwrap();
    let send = async |form: &[(String, String)], basic: Option<(&str, &str)>| {
        let request = http.post(format!("{}/v1/oauth/token", app.system.base_url)).form(form);
        let request = match basic {
            Some((id, secret)) => request.basic_auth(id, Some(secret)),
            None => request,
        };
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json::<serde_json::Value>().await.unwrap()["error"].clone())
    };
    let mut with_secret = form(&client);
    with_secret.push(("client_secret".to_owned(), "x".to_owned()));
    let of_program: Vec<_> = form(id).into_iter().filter(|(name, _)| name != "client_id").collect();
    let of_app: Vec<_> = form(&client).into_iter().filter(|(name, _)| name != "client_id").collect();
    let credentials = [("grant_type".to_owned(), "client_credentials".to_owned())];
    for (what, (status, error)) in [
        ("an app with a secret", send(&with_secret, None).await),
        ("an app with a secret, Basic", send(&of_app, Some((&client, "x"))).await),
        ("a program with an app's code", send(&of_program, Some((id, secret))).await),
        ("an app as a program", send(&credentials, Some((&client, "x"))).await),
    ] {
        assert!([400, 401].contains(&status), "{what}: {status} {error}");
        assert!(
            error == "invalid_client" || error == "invalid_grant" || error == "unauthorized_client",
            "{what}: {error}"
        );
    }
    // Nothing of that used the code up.
    assert_eq!(send(&form(&client), None).await.0, 200);
}

/// RFC 9700: what is wrong about app or address is told on a page, and the browser is sent nowhere.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_app_or_address_leads_nowhere() {
    let app = TestApp::start().await;
    let owner = person(&app, "can.bo", &[(Role::Officer, "33@origin")]).await;
    let client = make_app(&app).await;
    let browser = owner.signed_in(&app).await;
    for (name, value) in [
        ("client_id", "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f"),
        ("client_id", "x"),
        ("redirect_uri", "http://127.0.0.1/done/"),
        ("redirect_uri", "http://127.0.0.1/done?x=1"),
        ("redirect_uri", "http://127.0.0.1/Done"),
        ("redirect_uri", "http://127.0.0.1/x/../done"),
        ("redirect_uri", "http://localhost/done"),
        ("redirect_uri", "http://127.0.0.1.evil.vn/done"),
        ("redirect_uri", "http://evil@127.0.0.1/done"),
        ("redirect_uri", "https://127.0.0.1/done"),
        ("redirect_uri", "http://127.0.0.1/done#x"),
        ("redirect_uri", "javascript:alert(1)"),
        ("redirect_uri", ""),
    ] {
        let shown = browser.get(&authorize_path(&client, &[(name, value)])).await;
        assert_eq!((shown.status.as_u16(), shown.location.as_str()), (400, ""), "{name}={value}");
        let shown = agree(&browser, &client, &[(name, value)]).await;
        assert_eq!((shown.status.as_u16(), shown.location.as_str()), (400, ""), "{name}={value}");
    }
    let twice = format!("{}&redirect_uri={}", authorize_path(&client, &[]), "http%3A%2F%2F127.0.0.1%2Fdone");
    assert_eq!(browser.get(&twice).await.status, 400);
    // The port of the loopback is free; the rest of what is wrong goes to the app, with our name and its state.
    let shown = agree(&browser, &client, &[("redirect_uri", "http://127.0.0.1:49152/done")]).await;
    assert!(shown.location.starts_with("http://127.0.0.1:49152/done?code="), "{}", shown.location);
    for (changes, error) in [
        (&[("response_type", "token")][..], "unsupported_response_type"),
        (&[("code_challenge_method", "plain")][..], "invalid_request"),
        (&[("code_challenge", "")][..], "invalid_request"),
        (&[("scope", "everything")][..], "invalid_scope"),
        (&[("prompt", "none")][..], "consent_required"),
    ] {
        let shown = browser.get(&authorize_path(&client, changes)).await;
        assert_eq!(shown.status, 303, "{changes:?}");
        assert_eq!(shown.parameter("error").as_deref(), Some(error), "{}", shown.location);
        assert_eq!(shown.parameter("state").as_deref(), Some("s t&a"));
        assert_eq!(shown.parameter("iss").as_deref(), Some(app.system.base_url.as_str()));
        assert_eq!(shown.parameter("code"), None);
    }
    let silent = Browser::new(&app).get(&authorize_path(&client, &[("prompt", "none")])).await;
    assert_eq!(silent.parameter("error").as_deref(), Some("login_required"), "{}", silent.location);
    // Who is not signed in is sent to no app by an address alone.
    let shown = Browser::new(&app).get(&authorize_path(&client, &[("response_type", "token")])).await;
    assert!(shown.location.starts_with("/account/sign-in?"), "{}", shown.location);
    let mut form = authorize(&client, &[]);
    form.push(("decision".to_owned(), "refuse".to_owned()));
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(browser.post("/v1/oauth/authorize", &form).await.parameter("error").as_deref(), Some("access_denied"));
}

/// RFC 9700, 4.5, 4.8: a code is the app's own, lives a minute, and a second use ends what the first began.
#[tokio::test(flavor = "multi_thread")]
async fn a_code_opens_one_session_of_one_app() {
    let app = TestApp::start().await;
    let owner = person(&app, "can.bo", &[(Role::Officer, "33@origin")]).await;
    let (client, other) = (make_app(&app).await, make_app(&app).await);
    let browser = owner.signed_in(&app).await;
    let code = async || agree(&browser, &client, &[]).await.parameter("code").unwrap();
    let refused = async |client: &str, code: &str, verifier: &str| {
        let (status, answer) = exchange(&app, client, code, verifier).await;
        assert_eq!((status, &answer["error"]), (400, &json!("invalid_grant")), "{answer}");
    };
    refused(&other, &code().await, VERIFIER).await;
    let tried = code().await;
    refused(&client, &tried, &VERIFIER.replace('d', "e")).await;
    refused(&client, &tried, VERIFIER).await;
    refused(&client, "nothing", VERIFIER).await;
    let old = code().await;
    later(&app, 61);
    refused(&client, &old, VERIFIER).await;
    let missing = [
        ("grant_type", "authorization_code"),
        ("client_id", client.as_str()),
        ("code", "x"),
        ("redirect_uri", REDIRECT),
    ];
    assert_eq!(token(&app, &missing).await.1["error"], "invalid_request", "PKCE cannot be left out");

    let used = code().await;
    let (_, tokens) = exchange(&app, &client, &used, VERIFIER).await;
    app.bearer(tokens["access_token"].as_str()).get("/v1/me").await.is(200);
    refused(&client, &used, VERIFIER).await;
    is_out_everywhere(&app, &tokens["access_token"]).await;
    assert_eq!(refresh(&app, &client, &tokens["refresh_token"]).await.1["error"], "invalid_grant");
    // Two at one moment: at most one gets tokens, and they end with the other's try.
    let used = code().await;
    let (one, two) = tokio::join!(exchange(&app, &client, &used, VERIFIER), exchange(&app, &client, &used, VERIFIER));
    assert_eq!([one.0, two.0].iter().filter(|status| **status == 200).count(), 1, "{one:?} {two:?}");
}

/// RFC 9700, 4.14: a lost answer is given again, an old token ends the session, rotation never lengthens it.
#[tokio::test(flavor = "multi_thread")]
async fn refresh_tokens_go_on_one_by_one() {
    let app = TestApp::start().await;
    let owner = person(&app, "can.bo", &[(Role::Officer, "33@origin")]).await;
    let client = make_app(&app).await;
    let first = tokens_of(&app, &owner, &client).await;
    let (status, second) = refresh(&app, &client, &first["refresh_token"]).await;
    assert_eq!(status, 200, "{second}");
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    // The answer was lost: the same again, for a minute, as long as the next one was not used.
    let (_, again) = refresh(&app, &client, &first["refresh_token"]).await;
    assert_eq!(again["refresh_token"], second["refresh_token"]);
    let (one, two) = tokio::join!(
        refresh(&app, &client, &second["refresh_token"]),
        refresh(&app, &client, &second["refresh_token"])
    );
    assert_eq!((one.0, two.0), (200, 200), "two at once are one lost answer");
    assert_eq!(one.1["refresh_token"], two.1["refresh_token"]);
    let other = make_app(&app).await;
    assert_eq!(refresh(&app, &other, &one.1["refresh_token"]).await.1["error"], "invalid_grant", "another app's");
    let scoped = [
        ("grant_type", "refresh_token"),
        ("client_id", client.as_str()),
        ("scope", "identity other"),
        ("refresh_token", one.1["refresh_token"].as_str().unwrap()),
    ];
    assert_eq!(token(&app, &scoped).await.1["error"], "invalid_scope");
    // A scope that is too large hides no reuse.
    let reused = tokens_of(&app, &owner, &client).await;
    let (_, newer) = refresh(&app, &client, &reused["refresh_token"]).await;
    refresh(&app, &client, &newer["refresh_token"]).await;
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", client.as_str()),
        ("scope", "everything"),
        ("refresh_token", reused["refresh_token"].as_str().unwrap()),
    ];
    assert_eq!(token(&app, &form).await.1["error"], "invalid_grant");
    assert_eq!(refresh(&app, &client, &newer["refresh_token"]).await.1["error"], "invalid_grant");
    // A thief used the token before its owner: the owner's use of the older one ends the session for both.
    let (_, thiefs) = refresh(&app, &client, &one.1["refresh_token"]).await;
    assert_eq!(refresh(&app, &client, &second["refresh_token"]).await.1["error"], "invalid_grant");
    assert_eq!(refresh(&app, &client, &thiefs["refresh_token"]).await.1["error"], "invalid_grant");
    is_out_everywhere(&app, &thiefs["access_token"]).await;

    // Unused for 30 days it ends; used all the time it ends after 90.
    let idle = tokens_of(&app, &owner, &client).await;
    later(&app, 30 * 86_400 + 1);
    assert_eq!(refresh(&app, &client, &idle["refresh_token"]).await.1["error"], "invalid_grant");
    let mut used = tokens_of(&app, &owner, &client).await;
    for _ in 0..8 {
        later(&app, 10 * 86_400);
        used = refresh(&app, &client, &used["refresh_token"]).await.1;
        assert!(used["refresh_token"].is_string(), "{used}");
    }
    later(&app, 10 * 86_400 + 1);
    assert_eq!(refresh(&app, &client, &used["refresh_token"]).await.1["error"], "invalid_grant", "90 days are over");

    // The app ends its own session, and nobody else's.
    let ended = tokens_of(&app, &owner, &client).await;
    let revoke = async |client: &str| {
        let url = format!("{}/v1/oauth/revoke", app.system.base_url);
        let form = [("token", ended["refresh_token"].as_str().unwrap()), ("client_id", client)];
        http_client().unwrap().post(url).form(&form).send().await.unwrap().status().as_u16()
    };
    assert_eq!(revoke(&other).await, 200);
    let (status, ended) = refresh(&app, &client, &ended["refresh_token"]).await;
    assert_eq!(status, 200, "another app ended nothing");
    let form = [("token", ended["refresh_token"].as_str().unwrap()), ("client_id", client.as_str())];
    let url = format!("{}/v1/oauth/revoke", app.system.base_url);
    assert_eq!(http_client().unwrap().post(url).form(&form).send().await.unwrap().status(), 200);
    is_out_everywhere(&app, &ended["access_token"]).await;
}
