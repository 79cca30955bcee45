use serde_json::{Value, json};
use shared::access::Role;
use tests::{Books, TestApp, decision, person};

async fn figures(app: &TestApp, period: &str, by: &str) -> Value {
    app.settle().await;
    let viewer = app.be(Role::Viewer, "33@origin").await;
    let path = format!("/v1/figures?period={period}&area=33@origin&by={by}&indicator=PM01,PM02,PM03,PM10,PM27");
    viewer.get(&path).await.is(200)
}

fn row(figures: &Value, key: &str) -> Value {
    let rows = figures["rows"].as_array().unwrap();
    let row = rows.iter().find(|row| row["key"] == key).unwrap_or_else(|| panic!("no row {key}: {figures}"));
    json!(row["values"].as_array().unwrap().iter().map(|one| one["value"].clone()).collect::<Vec<_>>())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_counts_with_the_sender_until_the_receiver_records_the_arrival() {
    let app = TestApp::start().await;
    let province = app.officer_of("33@origin").await;
    let (one, other) = (app.officer_of("325@origin").await, app.officer_of("326@origin").await);
    let books = Books::open(&province, &one, "325@origin", "11986@origin").await;
    let others = books.kept_far_by(&other, "12019@origin");
    let (cell, other_cell) = (books.cell("2021-03-15").await, others.cell("2021-03-15").await);
    let made = books.admit(&cell, 1, "2022-01-20").await;
    let start = json!({"membership_id": made["membership_id"], "occurred_on": "2022-03-01", "decision": decision("2022-02-25")});
    let started = one.post("/v1/transfers", start.clone()).await.is(201);
    assert_eq!(started["status"], "in_flight");
    let flying = figures(&app, "2022-H1", "commune").await;
    assert_eq!(row(&flying, "11986@origin"), json!([1, 0, 1, 1, 1]));

    let before = app.rows().await;
    one.post("/v1/transfers", start).await.problem(409, "membership_not_active");
    let arrive = |organisation: &str, on: &str| json!({"membership_id": made["membership_id"], "organisation_id": organisation, "occurred_on": on});
    let early = other.post("/v1/transfer-receipts", arrive(&other_cell, "2022-02-28")).await;
    early.problem(409, "membership_not_active");
    let same = one.post("/v1/transfer-receipts", arrive(&cell, "2022-03-05")).await;
    same.faults(&[("/organisation_id", "same_organisation")]);
    assert_eq!(app.rows().await, before);
    other.post("/v1/transfer-receipts", arrive(&other_cell, "2022-03-20")).await.is(201);
    let landed = figures(&app, "2022-H1", "commune").await;
    assert_eq!(row(&landed, "11986@origin"), json!([0, 0, 0, 1, 0]), "the admission stays where it was");
    assert_eq!(row(&landed, "12019@origin"), json!([1, 0, 1, 0, 0]));
    one.get(&format!("/v1/memberships/{}", made["membership_id"].as_str().unwrap())).await.problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn members_come_from_outside_become_official_and_leave() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let officer = books.officer.clone();
    let cell = books.cell("2021-03-15").await;
    let arrive = json!({"organisation_id": cell, "person": person(1), "occurred_on": "2022-02-01",
        "joined_on": "2021-02-03", "decision": decision("2022-01-25")});
    let arrived = officer.post("/v1/transfers-in", arrive).await.is(201);
    let id = &arrived["membership_id"];
    let recognise = |on: &str| json!({"membership_id": id, "occurred_on": on, "decision": decision("2022-03-01")});
    let before = app.rows().await;
    let soon = officer.post("/v1/recognitions", recognise("2022-02-02")).await.problem(422, "probation_not_over");
    assert_eq!(soon["rule"]["compared"]["ends_on"], "2022-02-03");
    assert_eq!(app.rows().await, before);
    officer.post("/v1/recognitions", recognise("2022-02-03")).await.is(201);
    officer.post("/v1/recognitions", recognise("2022-02-04")).await.problem(409, "membership_not_active");
    let now = figures(&app, "2022-H1", "commune").await;
    assert_eq!(row(&now, "11986@origin"), json!([1, 1, 0, 0, 0]), "an arrival is no admission");

    let depart = |reason: &str, paper: Value| json!({"membership_id": id, "reason": reason, "occurred_on": "2022-05-01", "decision": paper});
    officer.post("/v1/departures", depart("bored", json!(null))).await.faults(&[("/reason", "unknown_value")]);
    officer.post("/v1/departures", depart("expelled", json!(null))).await.problem(422, "decision_paper_required");
    officer.post("/v1/departures", depart("deceased", json!(null))).await.is(201);
    officer.post("/v1/departures", depart("deceased", json!(null))).await.problem(409, "membership_not_active");
    let after = figures(&app, "2022-H1", "commune").await;
    assert_eq!(row(&after, "11986@origin"), json!([0, 0, 0, 0, 0]));
    let then = figures(&app, "2022-04", "commune").await;
    assert_eq!(row(&then, "11986@origin"), json!([1, 1, 0, 0, 0]), "stocks are right at any date");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_leaves_the_books_by_an_outward_transfer() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let officer = books.officer.clone();
    let (cell, union) = (books.cell("2021-03-15").await, books.union("2021-03-15").await);
    let made = books.admit(&cell, 1, "2022-01-20").await;
    let body = json!({"membership_id": made["membership_id"], "occurred_on": "2022-03-01", "is_outward": true,
        "decision": decision("2022-02-25")});
    assert_eq!(officer.post("/v1/transfers", body).await.is(201)["status"], "transferred_out");
    let gone = figures(&app, "2022-H1", "commune").await;
    assert_eq!(row(&gone, "11986@origin"), json!([0, 0, 0, 1, 0]));
    let member = books.admit(&union, 2, "2022-01-20").await;
    let body = json!({"membership_id": member["membership_id"], "occurred_on": "2022-03-01", "decision": decision("2022-02-25")});
    officer.post("/v1/transfers", body).await.faults(&[("/membership_id", "branch_mismatch")]);
    let joined = json!({"organisation_id": union, "count": 3, "occurred_on": "2022-02-01",
        "decision": decision("2022-02-01")});
    officer.post("/v1/collective-admissions", joined).await.is(201);
    let many = json!({"organisation_id": union, "count": 3, "reason": "withdrew", "occurred_on": "2022-03-01",
        "decision": decision("2022-03-01")});
    officer.post("/v1/departures", many).await.is(201);
}
