//! What every page has, whatever stands on it.

use serde_json::json;
use shared::access::Role;
use tests::TestApp;

use super::{Browser, PASSWORD, agree, authorize, authorize_path, demo_user, invite, later, make_app, person};

/// ASVS 3.4.3 to 3.4.8, 3.5.3, 14.3.1, 14.3.2: nothing runs on a page, nobody frames it, and nothing keeps it.
#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_protected() {
    let app = TestApp::start().await;
    let owner = person(&app, "can.bo", &[(Role::Officer, "33@origin")]).await;
    let (client, (_, link)) = (make_app(&app).await, invite(&app, "nguoi.moi", &[]).await);
    let (browser, nobody) = (owner.signed_in(&app).await, Browser::new(&app));
    let half = Browser::new(&app);
    half.sign_in("can.bo", PASSWORD).await;
    let zipped =
        |browser: &Browser, path: &str| browser.http.get(browser.address(path)).header("accept-encoding", "gzip");
    let mut shown = Vec::new();
    for (browser, path, status) in [
        (&browser, "/account", 200),
        (&nobody, "/account", 303),
        (&nobody, "/account/sign-in", 200),
        (&half, "/account/second-factor", 200),
        (&browser, "/account/second-factor/new", 200),
        (&browser, "/account/password", 200),
        (&nobody, link.as_str(), 200),
        (&nobody, "/account/invitations/nothing", 404),
        (&nobody, "/account/nothing", 404),
        (&nobody, "/account/provider/callback", 400),
        (&browser, authorize_path(&client, &[]).as_str(), 200),
        (&browser, authorize_path("x", &[]).as_str(), 400),
        (&nobody, authorize_path(&client, &[]).as_str(), 303),
        (&browser, authorize_path(&client, &[("scope", "everything")]).as_str(), 303),
    ] {
        let page = browser.send(zipped(browser, path)).await;
        assert_eq!(page.status, status, "{path}: {}", page.text);
        shown.push((path.to_owned(), page));
    }
    shown.push(("a wrong password".to_owned(), nobody.sign_in("can.bo", "không phải mật khẩu này").await));
    shown.push(("a wrong code".to_owned(), half.post("/account/second-factor", &[("code", "000000")]).await));
    let cross_site = nobody.http.post(nobody.address("/account/sign-in")).header("sec-fetch-site", "cross-site");
    let form = [("login", "x"), ("password", "x")];
    shown.push(("another site's form".to_owned(), nobody.send(cross_site.form(&form)).await));
    shown.push(("a code".to_owned(), agree(&browser, &client, &[]).await));
    shown.push(("signing out".to_owned(), browser.post("/account/sign-out", &[]).await));
    for (what, page) in &shown {
        let policy = &page.policy;
        for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(part) && !policy.contains("unsafe"), "{what}: {policy}");
        }
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("x-frame-options", "DENY"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(page.header(name), value, "{what}: {name}");
        }
        // What is secret is never compressed beside what somebody else put there.
        assert!(["", "identity"].contains(&page.header("content-encoding")), "{what}");
    }
}

/// ASVS 1.1.2, 1.2.1: what others wrote is text on a page, and nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn what_others_wrote_is_text_on_a_page() {
    const EVIL: &str = "\"><script>alert(1)</script><img src=x>'";
    let app = TestApp::start().await;
    let owner = person(&app, "can.bo", &[(Role::Officer, "33@origin")]).await;
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let made = json!({"label": EVIL, "area": "33@origin", "redirect_uris": [super::REDIRECT]});
    let client = administrator.post("/v1/apps", made).await.is(201)["id"].as_str().unwrap().to_owned();
    later(&app, 31);
    let browser = Browser::new(&app);
    let refused = browser.sign_in(EVIL, "không phải mật khẩu này").await;
    let request = browser.http.post(browser.address("/account/sign-in")).header("user-agent", EVIL);
    let form = [("login", "can.bo"), ("password", PASSWORD)];
    browser.send(request.header("sec-fetch-site", "same-origin").form(&form)).await;
    browser.post("/account/second-factor", &[("code", &owner.code(&app))]).await;
    let account = browser.get("/account").await;
    let consent = browser.get(&authorize_path(&client, &[("state", EVIL)])).await;
    for (what, page, status) in [("sign-in", refused, 422), ("account", account, 200), ("consent", consent, 200)] {
        assert_eq!(page.status, status, "{what}");
        let is_escaped = page.text.contains("&lt;script&gt;") || page.text.contains("&#60;script&#62;");
        assert!(is_escaped, "{what}: {}", page.text);
        assert!(!page.text.contains("<script") && !page.text.contains("<img src=x"), "{what}: {}", page.text);
    }
}

/// ASVS 3.3.1, 3.3.3: by https a cookie is bound to the host.
#[tokio::test(flavor = "multi_thread")]
async fn by_https_cookies_are_bound_to_the_host() {
    let app = TestApp::serving(|server| server.behind_proxy = true).await;
    demo_user(&app, "can.bo").await;
    let browser = Browser::new(&app);
    let enter = |browser: &Browser| {
        let request = browser.http.post(browser.address("/account/sign-in")).header("x-forwarded-proto", "https");
        request.header("sec-fetch-site", "same-origin").form(&[("login", "can.bo"), ("password", PASSWORD)])
    };
    let shown = browser.send(enter(&browser)).await;
    assert_eq!((shown.status.as_u16(), shown.cookies.len()), (303, 2), "{}", shown.text);
    for cookie in &shown.cookies {
        assert!(cookie.starts_with("__Host-") && cookie.contains("Secure") && cookie.contains("Path=/"), "{cookie}");
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
    // The cookie of the same name without the prefix, which a neighbouring host could set, opens nothing.
    let secret = browser.cookies.lock().unwrap()["__Host-session"].clone();
    let ask = |cookie: String| {
        let request = browser.http.get(browser.address("/account/second-factor")).header("x-forwarded-proto", "https");
        request.header("cookie", cookie)
    };
    assert_eq!(ask(format!("session={secret}")).send().await.unwrap().status(), 303);
    assert_eq!(ask(format!("__Host-session={secret}")).send().await.unwrap().status(), 200);
}

/// Behind a proxy, links, tokens and cookies are those of the public address.
#[tokio::test(flavor = "multi_thread")]
async fn a_public_address_stands_in_links_tokens_and_cookies() {
    let issuer = "https://dang.example.vn";
    let app = TestApp::issuing(issuer).await;
    let metadata = app.bearer(None).get("/.well-known/openid-configuration").await.is(200);
    assert_eq!(metadata["token_endpoint"], format!("{issuer}/v1/oauth/token"));
    let (_, link) = invite(&app, "nguoi.moi", &[]).await;
    assert!(link.starts_with(&format!("{issuer}/account/invitations/")), "{link}");
    let administrator = app.be(Role::Administrator, "33@origin").await;
    assert_eq!(crate::tokens::part(administrator.token(), 1)["iss"], issuer);
    // Every service takes such a token, also those that ask identity among themselves.
    for path in super::EVERYWHERE {
        assert_ne!(administrator.get(path).await.status, 401, "{path}");
    }
    demo_user(&app, "can.bo").await;
    let shown = Browser::new(&app).sign_in("can.bo", PASSWORD).await;
    assert_eq!((shown.status.as_u16(), shown.cookies.len()), (303, 2), "{}", shown.text);
    for cookie in &shown.cookies {
        assert!(cookie.starts_with("__Host-") && cookie.contains("Secure"), "{cookie}");
    }
    let reader = format!("/v1/apps/{}", shared::http::reader_app());
    let uris = administrator.get(&reader).await.is(200)["redirect_uris"].clone();
    assert_eq!(uris, json!([format!("{issuer}/docs/oauth2-redirect.html")]));
}

/// The person sees who looked at the account, by name; and an inspector sees all looks.
#[tokio::test(flavor = "multi_thread")]
async fn a_person_sees_who_looked() {
    let app = TestApp::start().await;
    let owner = person(&app, "can.bo", &[(Role::Officer, "33@origin")]).await;
    let other = person(&app, "quan.tri", &[(Role::Administrator, "33@origin")]).await;
    let client = make_app(&app).await;
    let browser = owner.signed_in(&app).await;
    let before = browser.get("/account").await.text;
    assert!(before.contains("Nobody so far."), "{before}");
    let phone = app.bearer(super::tokens_of(&app, &other, &client).await["access_token"].as_str());
    phone.get(&format!("/v1/users/{}", owner.id)).await.is(200);
    phone.get("/v1/users").await.is(200);
    let program = app.be(Role::Administrator, "33@origin").await;
    program.get(&format!("/v1/users/{}", owner.id)).await.is(200);
    let browser = owner.signed_in(&app).await;
    let shown = browser.get("/account").await;
    let (_, looks) = shown.text.split_once("Who looked at my account").unwrap();
    assert_eq!(looks.matches("<li>").count(), 2, "{looks}");
    assert!(looks.contains("Người Giả Định") && !looks.contains("client:") && !looks.contains("user:"), "{looks}");

    let inspector = app.be(Role::Inspector, "33@origin").await;
    let records = inspector.get("/v1/access-records/identity").await.is(200);
    let path = format!("/v1/users/{}", owner.id);
    let told: Vec<_> =
        records["items"].as_array().unwrap().iter().map(|one| (&one["action"], &one["subject"])).collect();
    assert_eq!(told, [(&json!("read"), &json!(path)), (&json!("list"), &json!(null)), (&json!("read"), &json!(path)),]);
    let about = inspector.get(&format!("/v1/access-records/identity?subject={path}")).await.is(200);
    assert_eq!(about["items"].as_array().unwrap().len(), 2);
    // What can name nobody is refused, and not answered as if nobody had looked.
    for (name, value) in
        [("subject", owner.id.as_str()), ("subject", "/v1/users/x"), ("actor", "quan.tri"), ("actor", "user:x")]
    {
        for export in ["", "/export"] {
            let asked = format!("/v1/access-records/identity{export}?{name}={value}");
            inspector.get(&asked).await.faults(&[(name, "bad_format")]);
        }
    }
    let exported = inspector.get(&format!("/v1/access-records/identity/export?subject={path}")).await;
    assert_eq!(exported.status, 200);
    let elsewhere = app.be(Role::Inspector, "326@origin").await;
    assert_eq!(elsewhere.get("/v1/access-records/identity").await.is(200)["items"], json!([]));
}

/// The reader of the API document at `/docs/` signs people in as an app that is always there.
#[tokio::test(flavor = "multi_thread")]
async fn the_reader_of_the_document_is_an_app() {
    let app = TestApp::start().await;
    let owner = person(&app, "nguoi.doc", &[(Role::Officer, "33@origin")]).await;
    let browser = owner.signed_in(&app).await;
    let script = browser.get("/docs/swagger-initializer.js").await.text;
    let client = shared::http::reader_app().to_string();
    assert!(script.contains(&client) && script.contains("usePkceWithAuthorizationCodeGrant"), "{script}");
    let reader = browser.get("/docs/").await;
    assert!(reader.policy.contains("script-src 'self';") && !reader.policy.contains("unsafe"), "{}", reader.policy);
    let redirect = format!("{}/docs/oauth2-redirect.html", app.system.base_url);
    let fields = authorize(&client, &[("redirect_uri", &redirect)]);
    let mut form: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    form.push(("decision", "agree"));
    let sent = browser.post("/v1/oauth/authorize", &form).await;
    assert!(sent.location.starts_with(&format!("{redirect}?code=")), "{} {}", sent.status, sent.location);
    // An administrator may end that.
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let path = format!("/v1/apps/{client}");
    let etag = administrator.get(&path).await.is(200)["etag"].as_str().unwrap().to_owned();
    administrator.request(reqwest::Method::POST, &format!("{path}/disablements")).if_match(&etag).await.is(200);
    assert_eq!(browser.post("/v1/oauth/authorize", &form).await.status, 400);
}

/// Whatever host a request names, links and redirects name our own address.
#[tokio::test(flavor = "multi_thread")]
async fn a_forged_host_leads_nowhere() {
    let app = TestApp::start().await;
    let client = make_app(&app).await;
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let new = json!({"login": "nguoi.moi", "name": "Người Mới Giả Định", "area": "33@origin"});
    let made = administrator.post("/v1/users", new).header("host", "evil.vn").await.is(201);
    let link = made["link"].as_str().unwrap();
    assert!(link.starts_with(&format!("{}/account/invitations/", app.system.base_url)), "{link}");
    let metadata = app.bearer(None).get("/.well-known/openid-configuration").header("host", "evil.vn").await.is(200);
    assert!(!metadata.to_string().contains("evil"), "{metadata}");
    let browser = Browser::new(&app);
    for path in ["/account", authorize_path(&client, &[]).as_str(), "/docs"] {
        let shown = browser.send(browser.http.get(browser.address(path)).header("host", "evil.vn")).await;
        assert_eq!(shown.status, 303, "{path}");
        assert!(shown.location.starts_with('/') && !shown.location.contains("evil"), "{path}: {}", shown.location);
    }
}
