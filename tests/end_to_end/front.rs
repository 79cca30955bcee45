//! The front of a process: what is counted, what every answer has, what operators see, what is logged of security.

use std::io::Read;

use reqwest::Method;
use serde_json::json;
use shared::access::Role;
use shared::http::SecurityEvent;
use tests::{Answer, TestApp, TestDatabase, eventually, free_port};

use crate::closed::{OPEN, try_with};
use crate::documents::{merged, operations};
use crate::running::{Running, spawn_on};

const POLICY: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

fn method(name: &str) -> Method {
    name.parse().unwrap()
}

/// ASVS 4.1.4, attack N2.
#[tokio::test(flavor = "multi_thread")]
async fn a_made_up_method_is_refused_and_leaves_no_label() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    let lines = || async { app.operators_get("/metrics").await.text.lines().count() };
    let known = officer.request(method("MADEUP"), "/v1/economic-units").await;
    assert_eq!(known.header("allow"), "GET, HEAD, POST");
    known.problem(405, "method_not_allowed");
    officer.request(method("MADEUP0"), "/nope").await.problem(405, "method_not_allowed");
    let before = lines().await;
    for number in 1..50 {
        officer.request(method(&format!("MADEUP{number}")), "/nope").await.problem(405, "method_not_allowed");
    }
    assert_eq!(lines().await, before);
    let metrics = app.operators_get("/metrics").await.text;
    assert!(metrics.contains(r#"http_requests_total{method="other",route="-",status="405"} 50"#), "{metrics}");
    assert!(!metrics.contains("MADEUP"), "{metrics}");
}

/// Attack N1: nothing that a caller writes spares it the count.
#[tokio::test(flavor = "multi_thread")]
async fn every_request_without_a_good_token_is_counted_by_address_once() {
    let form = b"grant_type=client_credentials&client_id=x&client_secret=y".to_vec();
    for (what, verb, path, authorization, status) in [
        ("the path written otherwise", "POST", "/v1/o%61uth/token", "", 401),
        ("a bearer beside the form", "POST", "/v1/%6fauth/token", "Bearer x.y.z", 401),
        ("another scheme", "GET", "/v1/me", "Basic x", 401),
        ("no scheme", "GET", "/openapi.json", "x", 200),
        ("a bearer where none is looked at", "GET", "/.well-known/jwks.json", "Bearer x.y.z", 200),
        ("a bearer where nothing is", "GET", "/v1/unicorns", "Bearer x.y.z", 404),
        ("a bearer with a made-up method", "MADEUP", "/v1/me", "bearer x.y.z", 405),
        ("a bad token", "GET", "/v1/me", "bEaReR x.y.z", 401),
        ("two tokens", "GET", "/v1/me", "two", 401),
        ("a page that asks for leave", "OPTIONS", "/v1/economic-units", "", 200),
    ] {
        let page = "https://cong.example.vn";
        let app = TestApp::serving(|server| {
            server.rate_limit = 3;
            server.cors_origins = vec![page.to_owned()];
        })
        .await;
        let ask = || async {
            let mut asked = app.bearer(None).request(method(verb), path);
            if authorization == "two" {
                asked = asked.header("authorization", "Basic x").header("authorization", "Bearer x.y.z");
            } else if !authorization.is_empty() {
                asked = asked.header("authorization", authorization);
            }
            match verb {
                "OPTIONS" => asked.header("origin", page).header("access-control-request-method", "POST").await,
                "POST" => asked.raw("application/x-www-form-urlencoded", form.clone()).await,
                _ => asked.await,
            }
        };
        for number in 1..=3 {
            let answer = ask().await;
            assert_eq!(answer.status, status, "{what}, {number}: {}", answer.text);
        }
        assert_eq!(ask().await.status, 429, "{what}");
        assert_eq!(app.get("/livez").await.status, 200, "probes are not counted");
    }
}

fn check_headers(answer: &Answer, what: &str) {
    for (name, expected) in
        [("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer"), ("x-frame-options", "DENY")]
    {
        assert_eq!(answer.header(name), expected, "{what}: {name}");
    }
    // A page has a style and forms of its own; `sign_in` looks at its policy.
    if !answer.header("content-type").starts_with("text/html") {
        assert_eq!(answer.header("content-security-policy"), POLICY, "{what}");
    }
    assert!(!answer.header("x-request-id").is_empty(), "{what}");
    assert_eq!(answer.header("strict-transport-security"), "", "{what} came by http");
    let kept = answer.header("cache-control");
    assert!(!kept.is_empty(), "{what} says whether it may be kept");
    for private in ["/v1/journal/", "/v1/me", "/history", "/v1/people", "/v1/grants", "/v1/clients"] {
        if what.contains(private) && answer.status < 300 {
            assert!(kept == "no-store" || kept == "private, no-cache", "{what}: {kept}");
        }
    }
    if ["/v1/journal/", "/v1/me", "/history"].iter().any(|private| what.contains(private)) {
        assert_eq!(kept, "no-store", "{what}");
    }
}

/// ASVS 3.4.1, 3.4.3, 14.3.2.
#[tokio::test(flavor = "multi_thread")]
async fn every_answer_of_every_operation_has_the_headers_that_keep_browsers_safe() {
    let app = TestApp::start().await;
    let (inspector, nobody) = (app.be(Role::Inspector, "33@origin").await, app.bearer(None));
    for (verb, path, operation) in operations(&merged()) {
        let id = operation["operationId"].as_str().unwrap();
        check_headers(&try_with(&inspector, &verb, &path).await, &format!("{verb} {path}"));
        if !OPEN.contains(&id) {
            check_headers(&try_with(&nobody, &verb, &path).await, &format!("{verb} {path} without a token"));
        }
    }
    for path in ["/docs", "/v1/unicorns", "/docs/unicorns", "/openapi.json", "/nope"] {
        check_headers(&app.get(path).await, path);
    }
    let preflight = nobody.request(Method::OPTIONS, "/v1/areas").header("origin", "https://a.example");
    check_headers(&preflight.header("access-control-request-method", "GET").await, "a preflight");
    check_headers(&inspector.request(method("MADEUP"), "/v1/areas").await, "a made-up method");
    let journal = inspector.get("/v1/journal/membership").await;
    assert_eq!(journal.header("cache-control"), "no-store");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_came_by_https_is_told_to_stay_with_it() {
    for (behind_proxy, expected) in [(true, "max-age=31536000; includeSubDomains"), (false, "")] {
        let app = TestApp::serving(|server| server.behind_proxy = behind_proxy).await;
        for path in ["/v1/areas", "/docs/", "/nope"] {
            let answer = app.bearer(None).get(path).header("x-forwarded-proto", "https").await;
            assert_eq!(answer.header("strict-transport-security"), expected, "{path}");
            let plain = app.bearer(None).get(path).header("x-forwarded-proto", "http").await;
            assert_eq!(plain.header("strict-transport-security"), "", "{path}");
        }
    }
}

/// Attack B13.
#[tokio::test(flavor = "multi_thread")]
async fn what_never_changes_is_compressed_once_and_asked_for_by_its_tag() {
    let app = TestApp::start().await;
    let nobody = app.bearer(None);
    for path in ["/", "/front.css", "/openapi.json", "/docs/", "/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css"] {
        let http = shared::service::http_client().unwrap();
        let zipped = http.get(format!("{}{path}", app.system.base_url)).header("accept-encoding", "gzip, br;q=0.1");
        let zipped = zipped.send().await.unwrap();
        assert_eq!(zipped.headers()["content-encoding"], "gzip", "{path}");
        let zipped_tag = zipped.headers()["etag"].to_str().unwrap().to_owned();
        let mut unpacked = String::new();
        let bytes = zipped.bytes().await.unwrap();
        flate2::read::GzDecoder::new(bytes.as_ref()).read_to_string(&mut unpacked).unwrap();
        let plain = nobody.get(path).await;
        assert_eq!((plain.header("content-encoding"), plain.text.as_str()), ("", unpacked.as_str()), "{path}");
        let tag = plain.header("etag").to_owned();
        assert!(tag.starts_with('"') && tag != zipped_tag, "{path}: strong, and one for each form: {tag}");
        assert!(plain.header("vary").contains("Accept-Encoding"), "{path}: {}", plain.header("vary"));
        assert_eq!(plain.header("cache-control"), "public, max-age=300");
        let again = nobody.get(path).header("if-none-match", &tag).await;
        assert_eq!((again.status, again.text.as_str(), again.header("etag")), (304, "", tag.as_str()), "{path}");
        assert_eq!(nobody.get(path).header("if-none-match", "\"other\"").await.status, 200);
    }
    nobody.get("/docs/unicorns.js").await.problem(404, "route_not_found");
    let wrong = nobody.request(Method::POST, "/openapi.json").await;
    assert_eq!(wrong.header("allow"), "GET, HEAD");
    wrong.problem(405, "method_not_allowed");
}

/// A newcomer opens the address in a browser.
#[tokio::test(flavor = "multi_thread")]
async fn the_first_page_leads_on_and_every_link_of_it_opens() {
    let app = TestApp::start().await;
    let page = app.get("/").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(page.header("content-security-policy").starts_with("default-src 'none'; style-src 'self'; "));
    let links: Vec<&str> = page.text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(["/docs/", "/openapi.json", "/readyz", "/front.css"].iter().all(|one| links.contains(one)), "{links:?}");
    for link in links {
        let shown = app.get(link).await;
        // Who is not signed in signs in first.
        let status = if link == "/account" { app.get(shown.header("location")).await.status } else { shown.status };
        assert_eq!(status, 200, "{link}");
    }
    // Its commands are those of the API.
    let officer = app.officer_of("33@origin").await;
    let (_, rest) = page.text.split_once("ADDRESS/v1/figures").unwrap();
    let query = rest.split('"').next().unwrap().replace("&amp;", "&");
    officer.get(&format!("/v1/figures{query}")).await.is(200);
}

/// ASVS 13.4.5, attack N16.
#[tokio::test(flavor = "multi_thread")]
async fn numbers_are_told_at_the_operators_port_and_nowhere_else() {
    let app = TestApp::start().await;
    for path in ["/metrics", "/health"] {
        app.get(path).await.problem(404, "route_not_found");
        assert_eq!(app.operators_get(path).await.status, 200);
    }
    for path in ["/v1/nothing", "/docs/", "/openapi.json"] {
        assert_eq!(app.operators_get(path).await.status, 404, "{path}");
    }
    let health = app.operators_get("/health").await.is(200);
    assert_eq!(health["services"].as_array().unwrap().len(), 5);
    let metrics = app.operators_get("/metrics").await.text;
    for service in ["identity", "enterprise-registry", "membership", "reporting", "steering"] {
        assert!(metrics.contains(&format!("identity_heard_seconds{{service=\"{service}\"}} ")), "{metrics}");
    }
    for (path, word) in [("/livez", "alive"), ("/readyz", "ready")] {
        assert_eq!(app.get(path).await.text, word);
    }
    let none = TestApp::serving(|server| server.operators_bind = Some(shared::http::OperatorsBind::None)).await;
    assert_eq!((none.system.operators_url.as_ref(), none.get("/readyz").await.status), (None, 200));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_is_named_with_its_option() {
    let database = TestDatabase::empty();
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let operators = taken.local_addr().unwrap().to_string();
    let bind = format!("127.0.0.1:{}", free_port());
    let mut process = spawn_on(&database, &["--no-demo", "--bind", &bind, "--ops-bind", &operators], &[]);
    assert!(!process.ended_well());
    let said = process.printed();
    assert!(said.contains(&operators) && said.contains("--ops-bind"), "{said}");
}

/// ASVS 16.3.1, 16.3.2, 16.3.3: each event once, with who, from where and in which request; nothing secret.
#[tokio::test(flavor = "multi_thread")]
async fn security_events_are_logged_from_a_closed_list_and_counted() {
    let database = TestApp::demo_database().await;
    let operators = format!("127.0.0.1:{}", free_port());
    let environment = [("RUST_LOG", "debug"), ("OPS_BIND", operators.as_str())];
    let running = Running::start_with(&database, &environment).await;
    let administrator = running.be(&database, Role::Administrator).await;
    let officer = running.be(&database, Role::Officer).await;
    let area = "33@2025-07-01";
    let made = administrator.post("/v1/clients", json!({"label": "Khách giả định", "area": area})).await.is(201);
    let client = made["client"]["id"].as_str().unwrap();
    let secret = made["client_secret"].as_str().unwrap();
    let grant = json!({"client_id": client, "role": "viewer", "area": area});
    let granted = administrator.post("/v1/grants", grant.clone()).key("once").header("x-request-id", "rq-grant").await;
    let granted = granted.is(201);
    administrator.post("/v1/grants", grant).key("once").await.is(201);
    let path = format!("/v1/grants/{}", granted["id"].as_str().unwrap());
    administrator.request(Method::DELETE, &path).if_match("\"v1\"").await.is(204);
    let etag = administrator.get(&format!("/v1/clients/{client}")).await.is(200)["etag"].as_str().unwrap().to_owned();
    let disable = administrator.request(Method::POST, &format!("/v1/clients/{client}/disablements"));
    disable.if_match(&etag).await.is(200);
    let form = format!("grant_type=client_credentials&client_id={client}&client_secret={secret}");
    let asked = administrator.request(Method::POST, "/v1/oauth/token").header("x-request-id", "rq-refused");
    asked.raw("application/x-www-form-urlencoded", form.into_bytes()).await.is(401);
    administrator.get("/v1/people").header("x-request-id", "rq-access").await.problem(403, "insufficient_scope");
    officer.get("/v1/people/0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f").await.problem(404, "not_found");
    officer.get("/v1/me").header("authorization", "Bearer x").await.problem(401, "invalid_token");
    let people = officer.get("/v1/people?limit=1").await.is(200);
    let person = people["items"][0]["id"].as_str().unwrap();
    let purpose = json!({"purpose": "Đối chiếu hồ sơ giả định"});
    let revealed = officer.post(&format!("/v1/people/{person}/reveals"), purpose).await.is(200);

    let process = &running.process;
    let line = async |event: &str, more: &str| {
        eventually(&format!("{event} is logged with {more}"), async || {
            let start = format!("{event} address=127.0.0.1 ");
            let is_it = |line: &&str| line.contains(" security] ") && line.contains(&start) && line.contains(more);
            process.printed().lines().find(is_it).map(str::to_owned)
        })
        .await
    };
    line("grant.created", "request=rq-grant").await;
    line("auth.client_refused", "request=rq-refused").await;
    line("access.refused", "request=rq-access").await;
    line("access.not_found", "route=/v1/people/{id}").await;
    line("auth.token_refused", "caller=- route=/v1/me").await;
    line("person.revealed", &format!("caller=client:{}", officer_of(&officer))).await;
    line("auth.token_issued", &format!("caller=client:{}", officer_of(&officer))).await;
    for event in ["client.created", "grant.revoked", "client.disabled"] {
        line(event, "caller=client:").await;
    }
    let printed = running.process.printed();
    let name = revealed["full_name"].as_str().unwrap();
    for told in [secret, name, "Đối chiếu", administrator.token(), officer.token()] {
        assert!(!printed.contains(told), "the log tells a secret");
    }
    let http = shared::service::http_client().unwrap();
    let metrics = http.get(format!("http://{operators}/metrics")).send().await.unwrap().text().await.unwrap();
    let counts = |event: SecurityEvent| -> u32 {
        let start = format!("security_events_total{{event=\"{}\"}} ", event.as_str());
        metrics.lines().find_map(|line| line.strip_prefix(&start)).unwrap().parse().unwrap()
    };
    assert_eq!(counts(SecurityEvent::GrantCreated), 1, "what is told again is no second event");
    assert_eq!((counts(SecurityEvent::ClientRefused), counts(SecurityEvent::LimitReached)), (1, 0));
    assert!(counts(SecurityEvent::TokenIssued) >= 2);
}

fn officer_of(officer: &tests::Somebody) -> String {
    let claims = crate::tokens::part(officer.token(), 1);
    claims["client_id"].as_str().unwrap().to_owned()
}
