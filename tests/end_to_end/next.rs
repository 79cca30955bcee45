//! Errors say what to do next: who may, which version stands, which record stands in the way, what all rules want.

use reqwest::Method;
use serde_json::{Value, json};
use shared::access::Role;
use tests::{Books, Process, TestApp, unit};

use crate::running::PROGRAM;

fn codes(problem: &Value) -> Vec<&str> {
    problem["errors"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_permission_is_told_with_the_roles_that_have_it() {
    let app = TestApp::start().await;
    let viewer = app.be(Role::Viewer, "33@origin").await;
    let path = "/v1/figures/UN01/entries?period=2022";
    let refused = viewer.get(path).english().await.problem(403, "insufficient_scope");
    assert_eq!(refused["permission"], "journal.read");
    assert_eq!(refused["roles"], json!(["officer", "leader", "inspector", "portal"]));
    let said = "The account lacks the permission to read the journal (journal.read). Who has it: officer, leader, \
                inspector, portal.";
    assert_eq!(refused["detail"], said);
    let refused = viewer.get(path).await.problem(403, "insufficient_scope");
    assert!(refused["detail"].as_str().unwrap().contains("xem nhật ký (journal.read)"), "{refused}");
    // Of the two permissions behind an entry the one that is missing is named.
    let portal = app.be(Role::Portal, "33@origin").await;
    let refused = portal.get("/v1/figures/PM10/entries?period=2022").await.problem(403, "insufficient_scope");
    assert_eq!((&refused["permission"], &refused["roles"][0]), (&json!("member.read"), &json!("officer")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_version_is_told_with_the_present_one() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    let made = officer.post("/v1/economic-units", unit("Công ty Giả Định", "11986@origin")).await;
    let first = made.header("etag").to_owned();
    let path = made.header("location").to_owned();
    let change = |workers: u32| json!({"workers": workers, "workers_as_of": "2022-01-01"});
    let missing = officer.patch(&path, change(5)).english().await.problem(428, "missing_if_match");
    let told = missing["detail"].as_str().unwrap();
    assert!(told.contains("If-Match") && told.contains("ETag") && told.contains("`etag`"), "{told}");
    let second = officer.patch(&path, change(5)).if_match(&first).await;
    let present = second.header("etag").to_owned();
    second.is(200);
    let stale = officer.patch(&path, change(6)).if_match(&first).await;
    assert_eq!(stale.header("etag"), present);
    let stale = stale.problem(412, "stale_version");
    assert_eq!(stale["etag"].as_str(), Some(present.as_str()));
    officer.patch(&path, change(6)).if_match(&present).await.is(200);
    // Elsewhere nothing is said of it, not even that it is there.
    let stranger = app.officer_of("11992@origin").await;
    let hidden = stranger.patch(&path, change(7)).if_match(&first).await;
    assert_eq!(hidden.header("etag"), "");
    assert!(hidden.problem(404, "not_found")["etag"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_entry_leads_to_the_latest_one() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let cell = books.cell("2021-03-15").await;
    let first = books.admit(&cell, 1, "2022-01-20").await;
    let body = |entry: &Value, on: &str| json!({"entry_id": entry, "occurred_on": on});
    let second = books.officer.post("/v1/corrections", body(&first["entry_id"], "2022-01-21")).await.is(201);
    let third = books.officer.post("/v1/corrections", body(&second["entry_id"], "2022-01-22")).await.is(201);
    for old in [&first["entry_id"], &second["entry_id"]] {
        let refused = books.officer.post("/v1/corrections", body(old, "2022-01-23")).await;
        let refused = refused.problem(409, "entry_already_corrected");
        assert_eq!(refused["record"]["id"], third["entry_id"], "{refused}");
        let latest = books.officer.get(refused["record"]["path"].as_str().unwrap()).await.is(200);
        assert_eq!(latest["occurred_on"], "2022-01-22");
    }
    books.officer.post("/v1/corrections", body(&third["entry_id"], "2022-01-23")).await.is(201);
    // So it is with units.
    let unit = books.unit("Công ty Giả Định").await;
    let history = books.officer.get(&format!("/v1/economic-units/{unit}/history")).await.is(200);
    let entry = history["items"][0]["id"].clone();
    let body = json!({"entry_id": entry, "sector": "G"});
    let corrected = books.officer.post("/v1/economic-unit-corrections", body.clone()).await.is(201);
    let refused = books.officer.post("/v1/economic-unit-corrections", body).await;
    let refused = refused.problem(409, "entry_already_corrected");
    assert_eq!(refused["record"]["id"], corrected["entry_id"], "{refused}");
    books.officer.get(refused["record"]["path"].as_str().unwrap()).await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_number_leads_to_its_unit_for_who_may_read_it() {
    let app = TestApp::start().await;
    let near = app.officer_of("325@origin").await;
    let with = |area: &str| {
        let mut body = unit("Công ty Giả Định", area);
        body["tax_code"] = json!("0900123452");
        body
    };
    let made = near.post("/v1/economic-units", with("11986@origin")).await.is(201);
    let refused = near.post("/v1/economic-units", with("11986@origin")).await.problem(409, "tax_code_taken");
    assert_eq!(refused["record"]["id"], made["id"]);
    assert_eq!(near.get(refused["record"]["path"].as_str().unwrap()).await.is(200)["id"], made["id"]);
    let far = app.officer_of("323@origin").await;
    let area = far.get("/v1/areas?parent=323%40origin&limit=1").await.is(200)["items"][0]["id"].clone();
    let refused = far.post("/v1/economic-units", with(area.as_str().unwrap())).await;
    assert!(refused.problem(409, "tax_code_taken")["record"].is_null(), "nobody is told of a unit out of reach");
    // A household of one's own reach is named too; one elsewhere is not told at all.
    let mut household = unit("Hộ kinh doanh Giả Định", "11986@origin");
    household["legal_form"] = json!("household_business");
    household["tax_code"] = json!("000000000123");
    let made = near.post("/v1/economic-units", household.clone()).await.is(201);
    let refused = near.post("/v1/economic-units", household).await.problem(409, "tax_code_taken");
    assert_eq!(refused["record"]["id"], made["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_rules_that_refuse_an_act_are_told_at_once_each_with_its_source() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    // No paper, and too few members.
    let mut founding = books.founding("2021-03-15");
    founding.as_object_mut().unwrap().remove("decision");
    founding["founding_members"] = json!({"official": 2});
    let before = app.rows().await;
    let refused = books.officer.post("/v1/organisations", founding.clone()).await;
    let refused = refused.problem(422, "decision_paper_required");
    assert_eq!(codes(&refused), ["decision_paper_required", "min_official_members"]);
    assert_eq!(refused["rule"], refused["errors"][0]["rule"], "the first one stands where it always stood");
    for one in refused["errors"].as_array().unwrap() {
        assert_eq!(one["rule"]["code"], one["code"], "{one}");
        assert!(!one["rule"]["source"].as_str().unwrap().is_empty() && !one["detail"].as_str().unwrap().is_empty());
    }
    assert_eq!(refused["errors"][1]["rule"]["compared"]["official_members"], "2");
    // Too young, and without a paper.
    let cell = books.cell("2021-03-15").await;
    let mut admission = books.admission(&cell, 1, "2022-01-20");
    admission.as_object_mut().unwrap().remove("decision");
    admission["person"]["birth_date"] = json!("2006-01-01");
    let refused = books.officer.post("/v1/admissions", admission.clone()).await;
    let refused = refused.problem(422, "decision_paper_required");
    assert_eq!(codes(&refused), ["decision_paper_required", "age_too_low"]);
    // One alone is told as before, and in the same list.
    admission["person"]["birth_date"] = json!("1990-01-01");
    let refused = books.officer.post("/v1/admissions", admission).await.problem(422, "decision_paper_required");
    assert_eq!(codes(&refused), ["decision_paper_required"]);
    let mut after = app.rows().await;
    after.retain(|table, _| before.contains_key(table));
    assert_eq!(after["membership.memberships"], before["membership.memberships"], "nobody was admitted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_readmission_is_told_all_that_stands_against_it() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let cell = books.cell("2021-03-15").await;
    let made = books.admit(&cell, 1, "2022-01-20").await;
    let departure = json!({"membership_id": made["membership_id"], "reason": "removed", "occurred_on": "2022-03-01",
        "decision": tests::decision("2022-02-25")});
    books.officer.post("/v1/departures", departure).await.is(201);
    let readmission = json!({"membership_id": made["membership_id"], "organisation_id": cell,
        "occurred_on": "2022-05-01", "decision": tests::decision("2022-04-25")});
    let refused = books.officer.post("/v1/readmissions", readmission).await.problem(422, "readmission_too_soon");
    assert_eq!(codes(&refused), ["readmission_too_soon", "readmission_needs_paper"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bare_code_means_the_area_that_has_it_today() {
    let app = TestApp::start().await;
    let officer = app.officer_of("33@origin").await;
    officer.post("/v1/economic-units", unit("Công ty Giả Định", "11986@origin")).await.is(201);
    for path in ["/v1/economic-units", "/v1/organisations", "/v1/people", "/v1/findings"] {
        let by_code = officer.get(&format!("{path}?area=33&count=true")).await.is(200);
        let by_id = officer.get(&format!("{path}?area=33%402025-07-01&count=true")).await.is(200);
        assert_eq!(by_code, by_id, "{path}");
        officer.get(&format!("{path}?area=99999")).await.faults(&[("area", "unknown_area")]);
        officer.get(&format!("{path}?area=33x")).await.faults(&[("area", "wrong_type")]);
    }
    assert_eq!(officer.get("/v1/economic-units?area=33&count=true").await.is(200)["total"], 1);
    // Figures say which area a code meant on their map.
    app.settle().await;
    let officer = app.officer_of("33@2025-07-01").await;
    for (map, id) in [("2022-06-30", "33@origin"), ("2025-07-01", "33@2025-07-01")] {
        let figures =
            officer.get(&format!("/v1/figures?period=2022-H1&area=33&map={map}&indicator=UN01")).await.is(200);
        assert_eq!(figures["area"]["id"], id, "{map}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_can_be_read_can_be_asked_for_without_its_body() {
    let app = TestApp::start().await;
    let officer = app.officer_of("33@origin").await;
    let made = officer.post("/v1/economic-units", unit("Công ty Giả Định", "11986@origin")).await;
    let unit = made.header("location").to_owned();
    let http = shared::service::http_client().unwrap();
    let ask = |method: Method, path: &str| {
        let request = http.request(method, format!("{}{path}", app.system.base_url)).bearer_auth(officer.token());
        request.header("accept-encoding", "identity").send()
    };
    let paths =
        ["/", "/docs/", "/openapi.json", "/livez", "/readyz", "/v1/me", "/v1/economic-units", "/v1/areas", &unit];
    for path in paths {
        let (read, asked) = (ask(Method::GET, path).await.unwrap(), ask(Method::HEAD, path).await.unwrap());
        assert_eq!((asked.status().as_u16(), read.status().as_u16()), (200, 200), "{path}");
        for name in ["etag", "content-type", "content-length", "cache-control"] {
            assert_eq!(asked.headers().get(name), read.headers().get(name), "{path} {name}");
        }
        assert!(asked.bytes().await.unwrap().is_empty(), "{path}");
    }
    for (path, status) in [("/v1/nothing", 404), ("/v1/oauth/token", 405), ("/v1/economic-units?zzz=1", 422)] {
        assert_eq!(ask(Method::HEAD, path).await.unwrap().status().as_u16(), status, "{path}");
    }
    let nobody = http.head(format!("{}{unit}", app.system.base_url)).send().await.unwrap();
    assert_eq!(nobody.status().as_u16(), 401, "it opens nothing");
    let wrong = app.bearer(None).request(Method::POST, "/docs/").await;
    assert_eq!(wrong.header("allow"), "GET, HEAD");
    wrong.problem(405, "method_not_allowed");
    let me = officer.get("/v1/me").await;
    let tag = me.header("etag").to_owned();
    assert_eq!(officer.get("/v1/me").header("if-none-match", &tag).await.status, 304);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_too_large_is_told_as_such() {
    let app = TestApp::start().await;
    let request = app.bearer(None).request(Method::POST, "/v1/oauth/token");
    let form = format!("grant_type=client_credentials&scope={}", "x".repeat(20_000));
    let refused = request.raw("application/x-www-form-urlencoded", form.into_bytes()).await.is(413);
    assert_eq!(refused["error"], "invalid_request");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_key_a_restored_folder_is_refused_and_no_other_key_is_made() {
    let database = TestApp::start().await.stop().await;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let url = database.url_text();
    let arguments = ["standalone", "--no-demo", "--data-dir", data, "--database-url", &url, "--bind", "127.0.0.1:0"];
    let refused = Process::run(PROGRAM, &arguments, &[]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && said.contains("master.key is missing"), "{said}");
    assert!(said.contains("--master-key-file") && !said.contains("internal"), "{said}");
    assert!(!folder.path().join("master.key").exists(), "no key was made");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switch_in_the_environment_is_said_in_any_usual_word() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let arguments = ["standalone", "--data-dir", data.to_str().unwrap(), "verify"];
    for word in ["1", "true", "yes", "0", "false"] {
        let started = Process::run(PROGRAM, &arguments, &[("NO_DEMO", word)]);
        let said = String::from_utf8(started.stderr).unwrap();
        assert_ne!(started.status.code(), Some(2), "{word}: {said}");
    }
    let refused = Process::run(PROGRAM, &arguments, &[("NO_DEMO", "perhaps")]);
    assert_eq!(refused.status.code(), Some(2), "{}", String::from_utf8(refused.stderr).unwrap());
}
