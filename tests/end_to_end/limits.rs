use std::time::Duration;

use serde_json::json;
use shared::access::Role;
use tests::{Process, TestApp, free_port};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::running::PROGRAM;

async fn connected(base_url: &str) -> TcpStream {
    TcpStream::connect(base_url.trim_start_matches("http://")).await.expect("a connection")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_asks_too_often_is_told_when_to_come_again_and_hinders_nobody() {
    let app = TestApp::serving(|server| server.rate_limit = 5).await;
    let busy = app.officer_of("325@origin").await;
    for remaining in (0..5).rev() {
        let answer = busy.get("/v1/areas/325@origin").await;
        assert_eq!(answer.header("ratelimit-policy"), "\"default\";q=5;w=60");
        let told = answer.header("ratelimit").to_owned();
        assert!(told.starts_with(&format!("\"default\";r={remaining};t=")), "{told}");
        answer.is(200);
    }
    let refused = busy.get("/v1/areas/325@origin").english().await;
    let seconds: u64 = refused.header("retry-after").parse().expect("seconds");
    assert!((1..=12).contains(&seconds), "one request comes free in twelve seconds: {seconds}");
    assert!(refused.header("ratelimit").starts_with("\"default\";r=0;t="), "{}", refused.header("ratelimit"));
    let problem = refused.problem(429, "too_many_requests");
    assert_eq!(problem["detail"], format!("You send too many requests; try again in {seconds} seconds."));
    let other = app.be(Role::Viewer, "33@origin").await;
    other.get("/v1/areas/325@origin").await.is(200);
    for _ in 0..10 {
        assert_eq!(app.get("/readyz").await.status, 200);
    }
    app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_at_tokens_and_secrets_is_counted_by_address() {
    let app = TestApp::serving(|server| server.rate_limit = 5).await;
    for _ in 0..5 {
        app.bearer(Some("not.a.token")).get("/v1/economic-units").await.problem(401, "invalid_token");
    }
    app.bearer(Some("not.a.token")).get("/v1/economic-units").await.problem(429, "too_many_requests");
    let app = TestApp::serving(|server| server.rate_limit = 5).await;
    let guess = || {
        // A bearer beside the form does not spare the guess.
        let asked = app.bearer(Some("not.a.token")).request(reqwest::Method::POST, "/v1/oauth/token");
        asked.raw("application/x-www-form-urlencoded", b"grant_type=client_credentials&client_id=x".to_vec())
    };
    for _ in 0..5 {
        guess().await.is(401);
    }
    guess().await.problem(429, "too_many_requests");
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_senders_are_let_go_and_others_are_served_meanwhile() {
    let app = TestApp::serving(|server| {
        // The web framework's clock moves in steps of half a second.
        server.head_time_max = Duration::from_secs(2);
        server.request_time_max = Duration::from_secs(1);
    })
    .await;
    let officer = app.officer_of("325@origin").await;
    let mut slow = Vec::new();
    for _ in 0..200 {
        let mut one = connected(&app.system.base_url).await;
        one.write_all(b"GET /v1/areas HTTP/1.1\r\nHost: x\r\nX-Slow: ").await.expect("half a head is sent");
        slow.push(one);
    }
    officer.get("/v1/areas/325@origin").await.is(200);
    for mut one in slow {
        let mut answer = Vec::new();
        // Whether it is told 408 or the line is cut: the connection ends.
        let ended = tokio::time::timeout(Duration::from_secs(20), one.read_to_end(&mut answer)).await;
        let _ = ended.expect("a slow head is let go");
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 408"), "{}", String::from_utf8_lossy(&answer));
    }
    let mut body = connected(&app.system.base_url).await;
    let head = format!(
        "POST /v1/economic-units HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: 900\r\n\r\n{{",
        officer.token()
    );
    body.write_all(head.as_bytes()).await.expect("a head and a byte are sent");
    let mut answer = vec![0; 4096];
    let read = tokio::time::timeout(Duration::from_secs(20), body.read(&mut answer)).await.expect("in time");
    let answer = String::from_utf8_lossy(&answer[..read.expect("told")]).into_owned();
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("outcome_unknown"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_is_too_large_is_refused() {
    let app = TestApp::start().await;
    let mut one = connected(&app.system.base_url).await;
    let head = format!("GET /livez HTTP/1.1\r\nHost: x\r\nX-Large: {}\r\n\r\n", "x".repeat(1024 * 1024));
    let _ = one.write_all(head.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(20), one.read_to_end(&mut answer)).await.expect("it ends");
    assert!(!answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    app.get("/livez").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_idle_connections_are_borne() {
    rlimit::increase_nofile_limit(u64::MAX).expect("the limit is raised");
    let folder = tempfile::tempdir().expect("a folder");
    let (program, port) = (PROGRAM, free_port());
    let (bind, data_dir) = (format!("127.0.0.1:{port}"), folder.path().display().to_string());
    // A service manager gives no more than this to begin with.
    let line = "ulimit -Sn 512; exec \"$@\"";
    let arguments = ["-c", line, "sh", program, "standalone", "--no-demo", "--bind", &bind, "--data-dir", &data_dir];
    let mut process = Process::spawn("sh", &arguments, &[]);
    let base_url = format!("http://{bind}");
    process.ready(&base_url, 120).await;
    let mut idle = Vec::new();
    for _ in 0..1000 {
        idle.push(connected(&base_url).await);
    }
    let http = shared::service::http_client().expect("a client");
    for _ in 0..5 {
        let answer = http
            .get(format!("{base_url}/readyz"))
            .timeout(Duration::from_secs(5))
            .send()
            .await
            .expect("answered beside a thousand");
        assert!(answer.status().is_success());
    }
    drop(idle);
    assert!(process.interrupt(), "{}", process.printed());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_of_a_look_is_the_proxys_word_only_behind_a_proxy() {
    for (behind_proxy, expected) in [(true, "203.0.113.9"), (false, "127.0.0.1")] {
        let app = TestApp::serving(|server| server.behind_proxy = behind_proxy).await;
        let officer = app.officer_of("325@origin").await;
        officer.get("/v1/people").header("x-forwarded-for", "198.51.100.1, 203.0.113.9").await.is(200);
        let inspector = app.be(Role::Inspector, "33@origin").await;
        let looks = inspector.get("/v1/access-records").await.is(200);
        assert_eq!(looks["items"][0]["remote_address"], expected, "{looks}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn web_pages_of_the_configured_origins_may_call_and_others_may_not() {
    let page = "https://cong.example.vn";
    let app = TestApp::serving(|server| server.cors_origins = vec![page.to_owned()]).await;
    let officer = app.officer_of("325@origin").await;
    let preflight = |origin: &str| {
        let asked = app.bearer(None).request(reqwest::Method::OPTIONS, "/v1/economic-units");
        let asked = asked.header("origin", origin).header("access-control-request-method", "POST");
        asked.header("access-control-request-headers", "authorization,content-type,idempotency-key")
    };
    let allowed = preflight(page).await;
    assert_eq!((allowed.status, allowed.header("access-control-allow-origin")), (200, page));
    assert_eq!(preflight("https://other.example").await.header("access-control-allow-origin"), "");
    let answer = officer.get("/v1/areas/325@origin").header("origin", page).await;
    assert_eq!(answer.header("access-control-allow-origin"), page);
    for name in ["etag", "ratelimit", "idempotent-replayed"] {
        let exposed = answer.header("access-control-expose-headers").to_ascii_lowercase();
        assert!(exposed.contains(name), "{name} is not in {exposed}");
    }
    answer.is(200);
    // RFC 9700, 2.6: the pages of people answer to no other page.
    for path in ["/v1/oauth/authorize", "/account", "/account/sign-in"] {
        let asked = app.bearer(None).request(reqwest::Method::OPTIONS, path).header("origin", page);
        let asked = asked.header("access-control-request-method", "POST").await;
        assert_eq!(asked.header("access-control-allow-origin"), "", "{path}");
        let shown = app.bearer(None).get(path).header("origin", page).await;
        assert_eq!(shown.header("access-control-allow-origin"), "", "{path}");
    }
    let closed = TestApp::start().await;
    let officer = closed.officer_of("325@origin").await;
    let body = json!({"name": "Công ty Giả Định", "legal_form": "other", "area": "11986@origin", "registered_on": "2019-05-06"});
    let answer = officer.post("/v1/economic-units", body).header("origin", page).await;
    assert_eq!(answer.header("access-control-allow-origin"), "");
}
