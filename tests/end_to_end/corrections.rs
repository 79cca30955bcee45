use serde_json::json;
use shared::access::Role;
use tests::{Books, TestApp, decision};

async fn admitted(app: &TestApp, period: &str) -> serde_json::Value {
    app.settle().await;
    let viewer = app.be(Role::Viewer, "33@origin").await;
    let figures = viewer.get(&format!("/v1/figures?period={period}&indicator=PM10")).await.is(200);
    figures["total"][0]["value"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_day_moves_the_admission_and_the_old_entry_stays() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let cell = books.cell("2021-03-15").await;
    let first = books.admit(&cell, 1, "2021-12-30").await;
    assert_eq!((admitted(&app, "2021-H2").await, admitted(&app, "2022-H1").await), (json!(1), json!(0)));
    let body = json!({"entry_id": first["entry_id"], "occurred_on": "2022-01-03"});
    let corrected = books.officer.post("/v1/corrections", body).await.is(201);
    assert_eq!((&corrected["corrects"], &corrected["outcome"]), (&first["entry_id"], &json!("restated")));
    assert_eq!((admitted(&app, "2021-H2").await, admitted(&app, "2022-H1").await), (json!(0), json!(1)));
    let old = format!("/v1/journal/membership/{}", first["entry_id"].as_str().unwrap());
    assert_eq!(books.officer.get(&old).await.is(200)["occurred_on"], "2021-12-30");
    let new = format!("/v1/journal/membership/{}", corrected["entry_id"].as_str().unwrap());
    let new = books.officer.get(&new).await.is(200);
    assert_eq!((&new["occurred_on"], &new["corrects"]), (&json!("2022-01-03"), &first["entry_id"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_is_corrected_once_and_its_correction_again() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let cell = books.cell("2021-03-15").await;
    let first = books.admit(&cell, 1, "2022-01-20").await;
    let body = |entry: &serde_json::Value, on: &str| json!({"entry_id": entry, "occurred_on": on});
    let second = books.officer.post("/v1/corrections", body(&first["entry_id"], "2022-01-21")).await.is(201);
    let before = app.rows().await;
    let twice = books.officer.post("/v1/corrections", body(&first["entry_id"], "2022-01-22")).await;
    twice.problem(409, "entry_already_corrected");
    let withdrawn = json!({"entry_id": first["entry_id"], "withdraw": true});
    books.officer.post("/v1/corrections", withdrawn).await.problem(409, "entry_already_corrected");
    assert_eq!(app.rows().await, before);
    books.officer.post("/v1/corrections", body(&second["entry_id"], "2022-01-23")).await.is(201);
    assert_eq!(admitted(&app, "2022-H1").await, json!(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_admission_counts_no_more() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let cell = books.cell("2021-03-15").await;
    let made = books.admit(&cell, 1, "2022-01-20").await;
    let withdraw = json!({"entry_id": made["entry_id"], "withdraw": true});
    let withdrawn = books.officer.post("/v1/corrections", withdraw.clone()).await.is(201);
    assert_eq!(withdrawn["outcome"], "withdrawn");
    assert_eq!(admitted(&app, "2022-H1").await, json!(0));
    let before = app.rows().await;
    books.officer.post("/v1/corrections", withdraw).await.problem(409, "entry_already_corrected");
    let again = json!({"entry_id": withdrawn["entry_id"], "withdraw": true});
    books.officer.post("/v1/corrections", again).await.problem(409, "entry_already_corrected");
    assert_eq!(app.rows().await, before);
    books.admit(&cell, 1, "2022-02-20").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_obeys_the_rules_of_the_act() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let cell = books.cell("2021-03-15").await;
    let mut body = books.admission(&cell, 1, "2022-05-19");
    body["person"]["birth_date"] = json!("2004-05-20");
    let made = books.officer.post("/v1/admissions", body).await.is(201);
    let before = app.rows().await;
    let correct = |body: serde_json::Value| books.officer.post("/v1/corrections", body);
    let entry = &made["entry_id"];
    let young = json!({"entry_id": entry, "occurred_on": "2022-04-30", "decision": decision("2022-04-01")});
    correct(young).await.problem(422, "age_too_low");
    let early = json!({"entry_id": entry, "occurred_on": "2021-03-14", "decision": decision("2021-03-01")});
    correct(early).await.faults(&[("/occurred_on", "before_organisation")]);
    correct(json!({"entry_id": entry, "occurred_on": "2022-07-01"}))
        .await
        .faults(&[("/occurred_on", "date_in_future")]);
    correct(json!({"entry_id": entry, "count": 3})).await.faults(&[("/count", "not_correctable")]);
    correct(json!({"entry_id": entry})).await.faults(&[("/withdraw", "nothing_corrected")]);
    let unknown = json!({"entry_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f", "withdraw": true});
    correct(unknown).await.faults(&[("/entry_id", "unknown_entry")]);
    let stranger = app.officer_of("12019@origin").await;
    let outside = stranger.post("/v1/corrections", json!({"entry_id": entry, "withdraw": true})).await;
    outside.faults(&[("/entry_id", "unknown_entry")]);
    let founding = books.officer.get(&format!("/v1/acts?organisation={cell}")).await.is(200);
    let founding = json!({"entry_id": founding["items"][0]["entry_id"], "withdraw": true});
    correct(founding).await.problem(409, "acts_in_the_way");
    assert_eq!(app.rows().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_officers_cannot_both_correct_one_entry() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let cell = books.cell("2021-03-15").await;
    let made = books.admit(&cell, 1, "2022-01-20").await;
    let other = app.officer_of("11986@origin").await;
    let body = |on: &str| json!({"entry_id": made["entry_id"], "occurred_on": on});
    let (one, two) = tokio::join!(
        books.officer.post("/v1/corrections", body("2022-01-21")).into_future(),
        other.post("/v1/corrections", body("2022-01-22")).into_future(),
    );
    let (good, bad) = if one.status == 201 { (one, two) } else { (two, one) };
    good.is(201);
    assert!(["entry_already_corrected", "stale_version"].contains(&bad.body["code"].as_str().unwrap()), "{}", bad.text);
    assert_eq!(admitted(&app, "2022-H1").await, json!(1));
}
