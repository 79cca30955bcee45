use serde_json::json;
use shared::access::Role;
use tests::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn wrong_addresses_and_methods_are_problems_too() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    officer.get("/v1/unicorns").await.problem(404, "route_not_found");
    officer.get("/v1/economic-units/not-an-id").await.problem(404, "not_found");
    let wrong = officer.request(reqwest::Method::DELETE, "/v1/economic-units").await;
    assert_eq!(wrong.header("allow"), "GET, HEAD, POST");
    wrong.problem(405, "method_not_allowed");
    let answer = officer.get("/v1/economic-units").header("x-request-id", "dien-thoai.7_a").await;
    assert_eq!(answer.header("x-request-id"), "dien-thoai.7_a");
    let answer = officer.get("/v1/economic-units").header("x-request-id", "có dấu và khoảng trắng").await;
    assert_eq!(answer.header("x-request-id").len(), 36, "another id is made");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reader_and_the_document_are_served_without_the_network() {
    let app = TestApp::start().await;
    let document = app.get("/openapi.json").await.is(200);
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let page = app.get("/docs/").await;
    assert_eq!(page.status, 200);
    for name in ["swagger-ui.css", "swagger-ui-bundle.js", "swagger-initializer.js"] {
        assert!(page.text.contains(name), "{}", page.text);
        assert_eq!(app.get(&format!("/docs/{name}")).await.status, 200);
    }
    assert!(!page.text.contains("https://"), "nothing is loaded from elsewhere");
    assert_eq!(app.get("/livez").await.status, 200);
    let ready = app.get("/readyz").await;
    assert_eq!((ready.status, ready.text.as_str()), (200, "ready"), "a word, and no number");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_monitoring_system_is_told_of_requests_journals_and_followers() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    officer.get("/v1/economic-units/0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f").await.problem(404, "not_found");
    for path in ["/v1/unicorns/7", "/v1/unicorns/8"] {
        officer.get(path).await.problem(404, "route_not_found");
    }
    app.settle().await;
    let metrics = app.operators_get("/metrics").await;
    assert!(metrics.header("content-type").starts_with("application/openmetrics-text"));
    let has = |line: &str| assert!(metrics.text.lines().any(|one| one == line), "{line} is not in {}", metrics.text);
    has(r#"http_requests_total{method="GET",route="/v1/economic-units/{id}",status="404"} 1"#);
    has(r#"http_requests_total{method="GET",route="-",status="404"} 2"#);
    has(r#"journal_head{service="enterprise-registry"} 1051"#);
    let locks = r#"journal_lock_seconds_count{service="membership"}"#;
    assert!(metrics.text.lines().any(|one| one.starts_with(locks)), "{}", metrics.text);
    has(r#"follower_lag_entries{service="reporting",source="membership"} 0"#);
    has(r#"follower_lag_seconds{service="membership",source="enterprise-registry"} 0.0"#);
    has(r#"follower_following{service="identity",source="enterprise-registry"} 1"#);
    assert!(
        metrics.text.contains("http_request_seconds_bucket{le=")
            || metrics.text.contains("http_request_seconds_bucket{")
    );
    assert!(!metrics.text.contains("0192f0c1") && !metrics.text.contains("unicorns"), "{}", metrics.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journal_is_read_in_order_waited_for_and_a_fork_is_told() {
    let app = TestApp::start().await;
    let (officer, reader) = (app.officer_of("325@origin").await, app.officer_of("33@2025-07-01").await);
    let journal = "/v1/journal/enterprise-registry";
    let page = reader.get(&format!("{journal}?limit=3")).await.is(200);
    let seqs: Vec<i64> = page["items"].as_array().unwrap().iter().map(|one| one["seq"].as_i64().unwrap()).collect();
    assert_eq!((seqs, &page["next_after"], &page["has_more"]), (vec![1, 2, 3], &json!(3), &json!(true)));
    let head = page["head"]["seq"].as_i64().unwrap();
    let hash = page["head"]["hash"].as_str().unwrap();
    let path = format!("{journal}?after={head}&after_hash={hash}&wait=20");
    let waiting = tokio::spawn(reader.get(&path).into_future());
    let body = json!({"name": "Công ty Giả Định", "legal_form": "other", "area": "11986@origin", "registered_on": "2019-05-06"});
    officer.post("/v1/economic-units", body).await.is(201);
    let woken = waiting.await.unwrap().is(200);
    assert_eq!(woken["items"][0]["kind"], "economic_unit.registered");
    let other = "0".repeat(64);
    let forked = format!("{journal}?after={head}&after_hash={other}");
    reader.get(&forked).await.problem(409, "journal_forked");
    for beyond in [format!("after={}&after_hash={hash}", head + 100), format!("after={}", head + 100)] {
        reader.get(&format!("{journal}?{beyond}")).await.problem(409, "journal_forked");
    }
    let viewer = app.be(Role::Viewer, "33@origin").await;
    viewer.get(journal).await.problem(403, "insufficient_scope");

    // A cursor goes on where the page before ended, for whom it was made, and notices a fork by itself.
    let mut cursor = String::new();
    let mut walked = Vec::new();
    loop {
        let page = officer.get(&format!("{journal}?limit=400{cursor}")).await.is(200);
        walked.extend(page["items"].as_array().unwrap().iter().map(|one| one["id"].clone()));
        cursor = format!("&cursor={}", page["next"].as_str().unwrap());
        if page["has_more"] == false {
            break;
        }
    }
    assert_eq!(walked.len(), 1052, "all areas and the unit, each once");
    let nothing = officer.get(&format!("{journal}?limit=400{cursor}")).await.is(200);
    assert_eq!((&nothing["items"], &nothing["has_more"]), (&json!([]), &json!(false)));
    reader.get(&format!("{journal}?limit=400{cursor}")).await.problem(400, "bad_cursor");
    officer.get(&format!("{journal}?cursor=AAAAAAAAAAAA")).await.problem(400, "bad_cursor");
    officer.get(&format!("{journal}?after=3{cursor}")).await.faults(&[("after", "cursor_required")]);
    let cut_off = "DELETE FROM journal_entries WHERE seq = (SELECT max(seq) FROM journal_entries)";
    tests::run_sql(&app.system.registry.db, vec!["DELETE FROM acts".to_owned(), cut_off.to_owned()]).await;
    officer.get(&format!("{journal}?limit=400{cursor}")).await.problem(409, "journal_forked");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_list_has_a_limit_a_cursor_and_a_total_where_it_is_asked_for() {
    let app = TestApp::with_demo().await;
    let inspector = app.be(Role::Inspector, "33@2025-07-01").await;
    for path in [
        "areas",
        "economic-units",
        "organisations",
        "people",
        "acts",
        "rules",
        "organisation-kinds",
        "indicators",
        "roles",
    ] {
        let first = inspector.get(&format!("/v1/{path}?limit=2&count=true")).await.is(200);
        let total = first["total"].as_i64().unwrap_or_else(|| panic!("{path} has no total: {first}"));
        assert!(total > 3, "{path}: {total}");
        let cursor = first["next"].as_str().unwrap();
        let second = inspector.get(&format!("/v1/{path}?limit=2&cursor={cursor}")).await.is(200);
        assert!(second["total"].is_null(), "{path}");
        assert_eq!((first["items"].as_array().unwrap().len(), second["items"].as_array().unwrap().len()), (2, 2));
        assert_ne!(first["items"][1], second["items"][0], "{path}");
        inspector.get(&format!("/v1/{path}?cursor=abc")).await.problem(400, "bad_cursor");
        inspector.get(&format!("/v1/{path}?limit=201")).await.faults(&[("limit", "too_many")]);
    }
    app.look_for_findings().await;
    let page = inspector.get("/v1/findings?count=true&status=open,settled").await.is(200);
    assert_eq!(page["total"], 1);
    let both = inspector.get("/v1/organisations?branch=party,union&status=active,dissolved&count=true&limit=1").await;
    let all = inspector.get("/v1/organisations?count=true&limit=1").await.is(200);
    assert_eq!(both.is(200)["total"], all["total"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_not_narrowed_by_a_word_that_nothing_has() {
    let app = TestApp::start().await;
    let inspector = app.be(Role::Inspector, "33@origin").await;
    for (list, parameters) in [
        ("economic-units", &["status", "legal_form"][..]),
        ("organisations", &["branch", "kind", "status"]),
        ("people", &["branch", "status"]),
        ("acts", &["kind"]),
        ("findings", &["kind", "status"]),
        ("access-records", &["action"]),
    ] {
        for parameter in parameters {
            let path = format!("/v1/{list}?{parameter}=nothing");
            let problem = inspector.get(&path).await.faults(&[(parameter, "unknown_value")]);
            let listed = problem["errors"][0]["detail"].as_str().unwrap().split_once(": ").unwrap().1.to_owned();
            let known = listed.trim_end_matches('.').split(", ").next().unwrap();
            inspector.get(&format!("/v1/{list}?{parameter}={known}")).await.is(200);
        }
    }
    inspector.get("/v1/access-records/export?action=nothing").await.faults(&[("action", "unknown_value")]);
    inspector.get("/v1/people?area=1@origin").await.faults(&[("area", "unknown_area")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn areas_are_listed_shown_as_a_tree_and_followed_through_time() {
    let app = TestApp::start().await;
    let viewer = app.be(Role::Viewer, "33@origin").await;
    let found = viewer.get("/v1/areas?q=nhu%20quynh&on=2022-06-30").await.is(200);
    assert_eq!(found["items"][0]["id"], "11986@origin");
    let tree = viewer.get("/v1/areas/33@origin/tree?on=2022-06-30").await.is(200);
    let districts = tree["parts"].as_array().unwrap();
    let communes: usize = districts.iter().map(|one| one["parts"].as_array().unwrap().len()).sum();
    assert_eq!((districts.len(), communes), (10, 161));
    let today = viewer.get("/v1/areas/33@2025-07-01/tree?on=2025-07-01").await.is(200);
    assert_eq!(today["parts"].as_array().unwrap().len(), 104);
    let became = viewer.get("/v1/areas/11986@origin/successions").await.is(200);
    assert_eq!(became["became"][0]["to_id"], "12004@2025-07-01");
    viewer.get("/v1/areas/99999@origin").await.problem(404, "not_found");
    viewer.get("/v1/areas/12004").await.problem(404, "not_found");
}
