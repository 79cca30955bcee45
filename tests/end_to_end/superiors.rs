//! Superior bodies: where they stand, who founds them, and from where they take organisations.

use serde_json::{Value, json};
use shared::access::Role;
use tests::{Books, Somebody, TestApp, decision, next_number, person};

fn body(kind: &str, area: &str, superior: Option<&Value>, on: &str) -> Value {
    let name = format!("Cấp ủy Giả Định {}", next_number());
    json!({"kind": kind, "name": name, "area": area, "superior_id": superior, "established_on": on})
}

async fn open(somebody: &Somebody, body: Value) -> Value {
    somebody.post("/v1/organisation-opening-registrations", body).await.is(201)["id"].clone()
}

/// N7: an officer of one commune founded the committee of the province.
#[tokio::test(flavor = "multi_thread")]
async fn a_superior_body_stands_on_an_area_of_its_level_and_is_founded_by_who_covers_it() {
    let app = TestApp::start().await;
    let (province, commune) = (app.officer_of("33@origin").await, app.officer_of("12004@origin").await);
    for path in ["/v1/organisations", "/v1/organisation-opening-registrations"] {
        let found = |somebody: &Somebody, kind: &str, area: &str, superior: Option<&Value>| {
            somebody.post(path, body(kind, area, superior, "2020-01-01"))
        };
        let other_level = [("/area", "area_of_other_level")];
        found(&commune, "provincial_committee", "33@origin", None).await.faults(&[("/area", "unknown_area")]);
        found(&commune, "provincial_committee", "12004@origin", None).await.faults(&other_level);
        found(&commune, "provincial_federation", "12004@origin", None).await.faults(&other_level);
        found(&province, "provincial_committee", "325@origin", None).await.faults(&other_level);
        let top = found(&province, "provincial_committee", "33@origin", None).await.is(201)["id"].clone();
        let under = |kind: &'static str, area: &'static str| found(&province, kind, area, Some(&top));
        under("district_committee", "12004@origin").await.faults(&other_level);
        under("bloc_committee", "325@origin").await.faults(&other_level);
        under("commune_committee", "325@origin").await.faults(&[("/area", "area_not_leaf")]);
        let district = under("district_committee", "325@origin").await.is(201)["id"].clone();
        under("commune_committee", "12004@origin").await.is(201);
        found(&commune, "commune_committee", "12004@origin", Some(&top)).await.is(201);
        found(&commune, "commune_committee", "12019@origin", Some(&top)).await.faults(&[("/area", "unknown_area")]);
        found(&province, "commune_committee", "12019@origin", Some(&district))
            .await
            .faults(&[("/superior_id", "outside_intake")]);
    }
    // Districts are no more since July 2025.
    app.set_clock("2025-08-31T08:00:00Z");
    let province = app.officer_of("33@2025-07-01").await;
    let top = open(&province, body("provincial_committee", "33@2025-07-01", None, "2025-07-01")).await;
    let late = body("district_committee", "325@origin", Some(&top), "2025-08-01");
    province.post("/v1/organisations", late).await.faults(&[("/area", "area_not_in_force")]);
}

/// N7: a cell was put under the committee of another commune, whose figures grew by a stranger's hand.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_takes_organisations_from_its_own_area_unless_it_says_otherwise() {
    let app = TestApp::start().await;
    app.set_clock("2025-08-31T08:00:00Z");
    let province = app.officer_of("33@2025-07-01").await;
    let top = open(&province, body("provincial_committee", "33@2025-07-01", None, "2025-07-01")).await;
    let committee = |area: &'static str| open(&province, body("commune_committee", area, Some(&top), "2025-07-01"));
    let (own, other) = (committee("12004@2025-07-01").await, committee("12133@2025-07-01").await);
    let officer = app.officer_of("12004@2025-07-01").await;
    let cell = |superior: &Value| {
        let name = format!("Chi bộ Công ty Giả Định {}", next_number());
        json!({"kind": "grassroots_cell", "name": name, "superior_id": superior,
            "area": "12004@2025-07-01", "established_on": "2025-08-01", "decision": decision("2025-08-01"),
            "founding_members": {"official": 3}})
    };
    let outside = [("/superior_id", "outside_intake")];
    officer.post("/v1/organisations", cell(&other)).await.faults(&outside);
    officer.post("/v1/organisation-opening-registrations", cell(&other)).await.faults(&outside);
    officer.post("/v1/organisations", cell(&own)).await.is(201);
    officer.post("/v1/organisations", cell(&top)).await.is(201);

    let path = format!("/v1/organisations/{}/intake", other.as_str().unwrap());
    assert_eq!(province.get(&path).await.is(200)["areas"], json!(["12133@2025-07-01"]));
    let both = json!({"areas": ["12133@2025-07-01", "12004@2025-07-01"]});
    province.put(&path, both.clone()).await.problem(428, "missing_if_match");
    province.put(&path, both.clone()).if_match("\"v9\"").await.problem(412, "stale_version");
    officer.put(&path, both.clone()).if_match("\"v1\"").await.problem(404, "not_found");
    // Who writes in the body's commune alone does not draw from another one.
    let neighbour = app.officer_of("12133@2025-07-01").await;
    neighbour.put(&path, both.clone()).if_match("\"v1\"").await.faults(&[("/areas/1", "unknown_area")]);
    let twice = json!({"areas": ["12133@2025-07-01", "12133@2025-07-01", "99999@origin"]});
    let faults = [("/areas/1", "repeated_value"), ("/areas/2", "unknown_area")];
    province.put(&path, twice).if_match("\"v1\"").await.faults(&faults);
    let many = json!({"areas": vec!["12133@2025-07-01"; 51]});
    assert_eq!(province.put(&path, many).if_match("\"v1\"").await.status, 422);
    let set = province.put(&path, both.clone()).if_match("\"v1\"").await.is(200);
    assert_eq!((&set["areas"], &set["etag"]), (&json!(["12004@2025-07-01", "12133@2025-07-01"]), &json!("\"v2\"")));
    officer.post("/v1/organisations", cell(&other)).await.is(201);
    let history = format!("/v1/organisations/{}/history", other.as_str().unwrap());
    let entry = province.get(&history).await.is(200)["items"][1].clone();
    assert_eq!((&entry["kind"], &entry["data"]["areas"]), (&json!("organisation.intake_set"), &both["areas"]));
    province.put(&path, json!({"areas": []})).if_match("\"v2\"").await.is(200);
    officer.post("/v1/organisations", cell(&other)).await.faults(&outside);
    let cell = officer.post("/v1/organisations", cell(&own)).await.is(201);
    let cell = format!("/v1/organisations/{}/intake", cell["id"].as_str().unwrap());
    province.put(&cell, both).if_match("\"v1\"").await.problem(409, "not_a_superior_body");
    province.get(&cell).await.problem(404, "not_found");
}

/// What was founded in a former commune can be moved under the committee of the commune that it became.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_takes_what_went_into_its_area() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let books = books.kept_by(&app.officer_of("33@origin").await, "12004@origin");
    let cell = books.cell("2021-03-15").await;
    app.set_clock("2025-08-31T08:00:00Z");
    let province = app.officer_of("33@2025-07-01").await;
    let top = open(&province, body("provincial_committee", "33@2025-07-01", None, "2025-07-01")).await;
    let committee = |area: &'static str| open(&province, body("commune_committee", area, Some(&top), "2025-07-01"));
    let (own, other) = (committee("12004@2025-07-01").await, committee("12133@2025-07-01").await);
    let upgrade = |superior: &Value| {
        let body = json!({"kind": "grassroots_chapter", "superior_id": superior, "occurred_on": "2025-08-01",
            "decision": decision("2025-08-01")});
        province.post(&format!("/v1/organisations/{cell}/upgrades"), body).if_match("\"v1\"")
    };
    upgrade(&other).await.faults(&[("/superior_id", "outside_intake")]);
    upgrade(&own).await.is(200);
}

/// What was there before comes in by opening registrations, until recording begins; figures say until then that a body is
/// still opening.
#[tokio::test(flavor = "multi_thread")]
async fn opening_registrations_end_with_the_day_on_which_recording_begins() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let (officer, cell, union) = (&books.officer, books.cell("2015-03-15").await, books.union("2015-03-15").await);
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let viewer = app.be(Role::Viewer, "33@origin").await;
    let path = |body: &str| format!("/v1/organisations/{body}/recording-start");
    let top = officer.get(&format!("/v1/organisations/{}", books.committee)).await.is(200)["superior_id"].clone();
    let opened = |number: u32, on: &'static str| {
        let body = json!({"organisation_id": cell, "person": person(number), "occurred_on": on, "joined_on": "2010-01-01",
            "official_on": "2011-01-01"});
        officer.post("/v1/opening-registrations", body)
    };
    let counted = |on: &'static str| {
        officer.post("/v1/opening-registrations", json!({"organisation_id": union, "count": 20, "occurred_on": on}))
    };
    let founded = |on: &'static str| {
        let mut body = books.founding(on);
        body["decision"] = json!(null);
        officer.post("/v1/organisation-opening-registrations", body)
    };
    let early = opened(1, "2022-02-01").await.is(201);
    app.settle().await;
    let (bodies, is_opening) = opening_in(&viewer, "2022-H1").await;
    assert!(bodies > 0 && is_opening);
    let before = viewer.get("/v1/figures?period=2022-H1&by=superior_body").await.is(200);

    let set = |body: &str, day: Value| {
        let (administrator, path) = (administrator.clone(), path(body));
        async move {
            let etag = administrator.get(&path).await.is(200)["etag"].as_str().unwrap().to_owned();
            administrator.put(&path, json!({"begins_on": day})).if_match(&etag).await.is(200)
        }
    };
    officer.put(&path(&books.committee), json!({"begins_on": "2022-01-01"})).await.problem(403, "insufficient_scope");
    administrator.put(&path(&books.committee), json!({})).await.problem(428, "missing_if_match");
    let stale = administrator.put(&path(&books.committee), json!({})).if_match("\"v9\"").await;
    stale.problem(412, "stale_version");
    administrator.get(&path(&cell)).await.problem(404, "not_found");
    let top = top.as_str().unwrap();
    let below = viewer.get(&path(&books.committee)).await;
    let shown = set(top, json!("2022-01-01")).await;
    assert_eq!((&shown["begins_on"], &shown["applies_on"]), (&json!("2022-01-01"), &json!("2022-01-01")));
    // It holds for the bodies below, which have none of their own; their answers change with it.
    let shown = viewer.get(&path(&books.committee)).await;
    assert_ne!(shown.header("etag"), below.header("etag"));
    let shown = shown.is(200);
    assert_eq!((&shown["begins_on"], &shown["applies_on"]), (&json!(null), &json!("2022-01-01")));
    let refused = |pointer: &'static str| [(pointer, "recording_has_begun")];
    opened(2, "2022-01-02").await.faults(&refused("/occurred_on"));
    opened(2, "2022-01-01").await.is(201);
    founded("2022-01-02").await.faults(&refused("/established_on"));
    founded("2021-12-31").await.is(201);
    let moved = json!({"entry_id": early["entry_id"], "occurred_on": "2022-03-01"});
    officer.post("/v1/corrections", moved).await.faults(&refused("/occurred_on"));
    // What was recorded before stays, and the rest of it can be put right.
    let right = json!({"entry_id": early["entry_id"], "is_worker": true});
    officer.post("/v1/corrections", right).await.is(201);
    let commune = viewer.get("/v1/figures?period=2021-12&area=11986@origin").await.is(200);
    assert!(commune["opening_bodies"].as_i64().unwrap() > 1, "the bodies above a commune are told: {commune}");
    books.admit(&cell, 3, "2022-03-01").await;

    app.settle().await;
    let figures = |period: &'static str| opening_in(&viewer, period);
    assert_eq!(figures("2021-12").await, (bodies, true));
    let (others, is_opening) = figures("2022-H1").await;
    assert!(others < bodies && !is_opening, "{others} of {bodies}");
    // What was answered before is answered again.
    let position = before["position"].as_str().unwrap();
    let again = viewer.get(&format!("/v1/figures?period=2022-H1&by=superior_body&as_of={position}")).await.is(200);
    assert_eq!(again, before);

    // The union's federation stands elsewhere, and a body's own day goes before that of the bodies above.
    counted("2022-05-01").await.is(201);
    set(&books.committee, json!("2022-04-01")).await;
    opened(4, "2022-04-01").await.is(201);
    opened(5, "2022-04-02").await.faults(&refused("/occurred_on"));
    set(&books.committee, json!(null)).await;
    opened(5, "2022-04-01").await.faults(&refused("/occurred_on"));
    set(top, json!(null)).await;
    opened(5, "2022-04-02").await.is(201);
    app.settle().await;
    assert_eq!(figures("2022-H1").await, (bodies, true));
    let history = officer.get(&format!("/v1/organisations/{}/history", books.committee)).await.is(200);
    let kinds = history["items"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap());
    assert_eq!(kinds.filter(|kind| *kind == "organisation.recording_start_set").count(), 2);
}

/// How many bodies are still opening, and whether the one that has members is.
async fn opening_in(viewer: &Somebody, period: &str) -> (i64, bool) {
    let figures =
        viewer.get(&format!("/v1/figures?period={period}&by=superior_body&indicator=PO11,PM01")).await.is(200);
    let row = figures["rows"].as_array().unwrap().iter().find(|row| row["superior_body"]["branch"] == "party");
    (figures["opening_bodies"].as_i64().unwrap(), row.unwrap()["superior_body"]["is_opening"] == true)
}
