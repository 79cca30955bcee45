use serde_json::json;
use shared::access::Role;
use tests::{Books, TestApp, decision};

#[tokio::test(flavor = "multi_thread")]
async fn a_cell_with_fewer_than_three_official_members_is_refused_with_its_source() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let mut founding = books.founding("2022-03-15");
    founding["founding_members"] = json!({"official": 2, "probationary": 6});
    let before = app.rows().await;
    let problem =
        books.officer.post("/v1/organisations", founding.clone()).english().await.problem(422, "min_official_members");
    assert!(problem["rule"]["source"].as_str().unwrap().contains("Điều 21"), "{problem}");
    assert_eq!(problem["rule"]["compared"], json!({"threshold": "3", "official_members": "2"}), "{problem}");
    assert_eq!(app.rows().await, before);
    founding["founding_members"] = json!({"official": 3});
    books.officer.post("/v1/organisations", founding).await.is(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_founding_needs_its_paper_and_its_superior() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let before = app.rows().await;
    let mut without_paper = books.founding("2022-03-15");
    without_paper["decision"] = json!(null);
    let problem = books.officer.post("/v1/organisations", without_paper).await.problem(422, "decision_paper_required");
    assert!(!problem["rule"]["source"].as_str().unwrap().is_empty());
    let mut faulty = books.founding("2022-03-15");
    faulty["superior_id"] = json!(books.federation);
    faulty["economic_unit_ids"] = json!(["0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f"]);
    faulty["established_on"] = json!("2022-03-01");
    faulty["area"] = json!("12019@origin");
    books.officer.post("/v1/organisations", faulty).await.faults(&[
        ("/established_on", "before_decision"),
        ("/area", "unknown_area"),
        ("/superior_id", "against_each_other"),
        ("/economic_unit_ids/0", "unknown_economic_unit"),
    ]);
    let mut unknown_kind = books.founding("2022-03-15");
    unknown_kind["kind"] = json!("secret_society");
    books.officer.post("/v1/organisations", unknown_kind).await.faults(&[("/kind", "unknown_value")]);
    assert_eq!(app.rows().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_union_needs_five_members() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let mut founding = json!({"kind": "grassroots_union", "name": "Công đoàn Giả Định", "superior_id": books.federation,
        "area": books.commune, "established_on": "2022-04-01", "decision": decision("2022-04-01"),
        "founding_members": {"members": 4}});
    let before = app.rows().await;
    books.officer.post("/v1/organisations", founding.clone()).await.problem(422, "min_union_members");
    assert_eq!(app.rows().await, before);
    founding["founding_members"] = json!({"members": 5});
    books.officer.post("/v1/organisations", founding).await.is(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_registered_a_moment_ago_is_known_and_one_that_ended_is_refused() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let unit = books.unit("Công ty vừa đăng ký").await;
    let mut founding = books.founding("2022-03-15");
    founding["economic_unit_ids"] = json!([unit]);
    let made = books.officer.post("/v1/organisations", founding.clone()).await.is(201);
    assert_eq!(made["economic_unit_ids"], json!([unit]));
    let path = format!("/v1/economic-units/{unit}");
    let etag = books.officer.get(&path).await.is(200)["etag"].as_str().unwrap().to_owned();
    let end = json!({"status": "terminated", "occurred_on": "2022-03-10"});
    books.officer.post(&format!("{path}/status-changes"), end).if_match(&etag).await.is(200);
    app.settle().await;
    let before = app.rows().await;
    let refused = books.officer.post("/v1/organisations", founding).await;
    refused.faults(&[("/economic_unit_ids/0", "economic_unit_ended")]);
    assert_eq!(app.rows().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_keeps_the_organisation_and_a_dissolution_ends_it() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let officer = &books.officer;
    let mut founding = books.founding("2021-03-15");
    founding["kind"] = json!("grassroots_chapter");
    founding["founding_members"] = json!({"official": 31});
    let chapter = officer.post("/v1/organisations", founding).await.is(201);
    let mut founding = books.founding("2022-01-10");
    founding["kind"] = json!("subordinate_cell");
    founding["superior_id"] = chapter["id"].clone();
    let cell = officer.post("/v1/organisations", founding).await.is(201);
    let path = format!("/v1/organisations/{}", cell["id"].as_str().unwrap());
    let etag = cell["etag"].as_str().unwrap();
    let upgrade = json!({"kind": "grassroots_cell", "superior_id": books.committee, "occurred_on": "2022-05-01",
        "decision": decision("2022-04-20")});
    let before = app.rows().await;
    officer.post(&format!("{path}/upgrades"), upgrade.clone()).await.problem(428, "missing_if_match");
    officer.post(&format!("{path}/upgrades"), upgrade.clone()).if_match("\"v7\"").await.problem(412, "stale_version");
    let mut wrong = upgrade.clone();
    wrong["kind"] = json!("grassroots_union");
    let wrong = officer.post(&format!("{path}/upgrades"), wrong).if_match(etag).await;
    wrong.faults(&[("/kind", "upgrade_not_allowed")]);
    assert_eq!(app.rows().await, before);
    let upgraded = officer.post(&format!("{path}/upgrades"), upgrade).if_match(etag).await.is(200);
    for (day, fault) in [
        ("2022-05-01", ("/occurred_on", "before_last_act")),
        // On that day it was another kind.
        ("2022-03-01", ("/kind", "upgrade_not_allowed")),
        ("2022-01-09", ("/occurred_on", "before_organisation")),
    ] {
        let next = json!({"kind": "grassroots_chapter", "superior_id": books.committee, "occurred_on": day,
            "decision": decision("2022-01-05")});
        let next = officer.post(&format!("{path}/upgrades"), next).if_match(upgraded["etag"].as_str().unwrap()).await;
        next.faults(&[fault]);
    }
    assert_eq!((&upgraded["id"], &upgraded["kind"]), (&cell["id"], &json!("grassroots_cell")));

    let end = json!({"occurred_on": "2022-06-01", "decision": decision("2022-05-25")});
    let parent = format!("/v1/organisations/{}/dissolutions", chapter["id"].as_str().unwrap());
    let etag = upgraded["etag"].as_str().unwrap();
    let ended = officer.post(&format!("{path}/dissolutions"), end.clone()).if_match(etag).await.is(200);
    assert_eq!(ended["status"], "dissolved");
    let again = officer.post(&format!("{path}/dissolutions"), end.clone()).if_match(ended["etag"].as_str().unwrap());
    again.await.problem(409, "organisation_not_active");
    officer.post(&parent, end).if_match(chapter["etag"].as_str().unwrap()).await.is(200);
    let history = officer.get(&format!("{path}/history")).await.is(200);
    let kinds: Vec<_> = history["items"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["organisation.established", "organisation.upgraded", "organisation.dissolved"]);

    app.settle().await;
    let viewer = app.be(Role::Viewer, "33@origin").await;
    let figures = viewer.get("/v1/figures?period=2022-H1&indicator=PO01,PO04,PO05,PO11,PO12").await.is(200);
    let values: Vec<_> = figures["total"].as_array().unwrap().iter().map(|one| one["value"].clone()).collect();
    assert_eq!(json!(values), json!([0, 1, 1, 0, 0]), "an upgrade is no founding: {figures}");
}

#[tokio::test(flavor = "multi_thread")]
async fn superior_bodies_are_seen_by_all_and_other_organisations_within_reach() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let cell = books.cell("2022-03-15").await;
    let stranger = app.officer_of("12019@origin").await;
    stranger.get(&format!("/v1/organisations/{}", books.committee)).await.is(200);
    stranger.get(&format!("/v1/organisations/{cell}")).await.problem(404, "not_found");
    let listed = stranger.get("/v1/organisations?count=true").await.is(200);
    assert!(listed["items"].as_array().unwrap().iter().all(|one| one["is_superior_body"] == true), "{listed}");
    assert_eq!(listed["total"], 4);
    let listed = books.officer.get("/v1/organisations?kind=grassroots_cell&q=chi%20bo").await.is(200);
    assert_eq!(listed["items"][0]["id"].as_str(), Some(cell.as_str()));
    let rules = stranger.get("/v1/rules").await.is(200);
    assert!(rules["items"].as_array().unwrap().iter().all(|rule| !rule["source"].as_str().unwrap().is_empty()));
    assert!(stranger.get("/v1/organisation-kinds").await.is(200)["items"].as_array().unwrap().len() > 10);
}

/// B3: what had ended was joined on an earlier day, a union lost more than it had, and kept who was left.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_lives_on_in_what_has_ended() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let officer = &books.officer;
    let dissolve = async |id: &str| {
        let etag = officer.get(&format!("/v1/organisations/{id}")).await.is(200)["etag"].as_str().unwrap().to_owned();
        let end = json!({"occurred_on": "2022-06-01", "decision": decision("2022-05-25")});
        officer.post(&format!("/v1/organisations/{id}/dissolutions"), end).if_match(&etag).await
    };
    let cell = books.cell("2021-03-15").await;
    dissolve(&cell).await.is(200);
    let early = officer.post("/v1/admissions", books.admission(&cell, 1, "2022-05-19")).await;
    early.faults(&[("/organisation_id", "after_dissolution")]);

    let mut founding = books.founding("2021-03-15");
    founding["kind"] = json!("grassroots_chapter");
    founding["founding_members"] = json!({"official": 31});
    let chapter = officer.post("/v1/organisations", founding).await.is(201)["id"].as_str().unwrap().to_owned();
    let mut founding = books.founding("2022-01-10");
    founding["kind"] = json!("subordinate_cell");
    founding["superior_id"] = json!(chapter);
    let below = officer.post("/v1/organisations", founding.clone()).await.is(201)["id"].as_str().unwrap().to_owned();
    let history = officer.get(&format!("/v1/organisations/{chapter}/history")).await.is(200);
    let withdrawal = json!({"entry_id": history["items"][0]["id"], "withdraw": true});
    officer.post("/v1/corrections", withdrawal.clone()).await.problem(409, "acts_in_the_way");
    let mut later = withdrawal;
    (later["withdraw"], later["occurred_on"]) = (json!(false), json!("2022-01-11"));
    officer.post("/v1/corrections", later).await.problem(409, "acts_in_the_way");
    dissolve(&chapter).await.problem(409, "acts_in_the_way");
    dissolve(&below).await.is(200);
    dissolve(&chapter).await.is(200);
    let early = officer.post("/v1/organisations", founding).await;
    early.faults(&[("/superior_id", "after_dissolution")]);

    let union = books.union("2021-01-05").await;
    let joined = json!({"organisation_id": union, "count": 120, "occurred_on": "2021-02-01",
        "decision": decision("2021-02-01")});
    let joined = officer.post("/v1/collective-admissions", joined).await.is(201);
    let leave = |count: u32, on: &str| {
        json!({"organisation_id": union, "count": count, "reason": "withdrew",
        "occurred_on": on, "decision": decision("2021-01-10")})
    };
    let gone = officer.post("/v1/departures", leave(100_000, "2022-05-01")).await;
    gone.faults(&[("/count", "more_than_members")]);
    let early = officer.post("/v1/departures", leave(1, "2021-01-20")).await;
    early.faults(&[("/count", "more_than_members")]);
    officer.post("/v1/departures", leave(100, "2022-05-01")).await.is(201);
    for (field, value) in [("count", json!(99)), ("withdraw", json!(true)), ("occurred_on", json!("2022-05-02"))] {
        let correction = json!({"entry_id": joined["entry_id"], field: value});
        officer.post("/v1/corrections", correction).await.problem(409, "acts_in_the_way");
    }
    dissolve(&union).await.problem(409, "members_remain");
    let last = officer.post("/v1/departures", leave(20, "2022-05-02")).await.is(201);
    dissolve(&union).await.is(200);
    let fewer = json!({"entry_id": last["entry_id"], "count": 19});
    officer.post("/v1/corrections", fewer).await.problem(409, "acts_in_the_way");
    let more = json!({"entry_id": joined["entry_id"], "count": 121});
    officer.post("/v1/corrections", more).await.problem(409, "acts_in_the_way");
    let earlier = json!({"entry_id": last["entry_id"], "occurred_on": "2022-05-01"});
    officer.post("/v1/corrections", earlier).await.is(201);
}
