//! Facts are made anew beside those that are served.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use shared::access::Role;
use tests::{Books, DEMO_NOW, Somebody, TestApp, decision, eventually, run_sql, unit};
use tokio::sync::Semaphore;

const FIGURES: &str = "/v1/figures?period=2022-H1&area=33@origin&by=commune";

/// Waits until an operation has ended, and returns it: two minutes, since it may run beside many others.
pub async fn ended(administrator: &Somebody, path: &str) -> Value {
    for _ in 0..2400 {
        let answer = administrator.get(path).await;
        let is_running = answer.body["state"] == "running";
        assert_eq!(answer.header("retry-after"), if is_running { "2" } else { "" });
        if !is_running {
            return answer.is(200);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("in two minutes the operation did not end");
}

#[tokio::test(flavor = "multi_thread")]
async fn facts_are_built_anew_while_the_old_ones_are_served_and_others_write() {
    let app = TestApp::with_demo().await;
    let reader = app.be(Role::Viewer, "33@2025-07-01").await;
    let officer = app.officer_of("33@2025-07-01").await;
    let administrator = app.be(Role::Administrator, "33@2025-07-01").await;
    let right = reader.get(FIGURES).await;
    let position = right.body["position"].as_str().unwrap().to_owned();
    let question = format!("{FIGURES}&as_of={position}");
    // As after a fault of the program: some facts were never made.
    let lost = ["facts", "sums"].map(|table| format!("DELETE FROM {table} WHERE measure = 'party_member_admissions'"));
    let [facts, sums] = lost;
    run_sql(&app.system.reporting.db, vec![facts]).await;
    let (line, is_whole) = reporting::sums::verify(&app.database.url).await.unwrap();
    assert!(!is_whole && line.contains("party_member_admissions"), "{line}");
    run_sql(&app.system.reporting.db, vec![sums]).await;
    let wrong = reader.get(&question).await.text;
    assert!(wrong != right.text);

    let stop = Arc::new(AtomicBool::new(false));
    let asking = {
        let (stop, reader, question) = (Arc::clone(&stop), reader.clone(), question.clone());
        let (wrong, right) = (wrong.clone(), right.text.clone());
        tokio::spawn(async move {
            let mut seen = [0, 0];
            while !stop.load(Ordering::SeqCst) {
                let text = reader.get(&question).await.text;
                assert!(text == wrong || text == right, "neither the one nor the other is served");
                seen[usize::from(text == right)] += 1;
            }
            seen
        })
    };
    let started = administrator.post("/v1/projection-rebuilds", json!({})).key("anew").await;
    let path = started.header("location").to_owned();
    assert_eq!(started.header("retry-after"), "2");
    let started = started.is(202);
    assert_eq!(started["state"], "running");
    administrator.post("/v1/projection-rebuilds", json!({})).await.problem(409, "rebuild_running");
    let again = administrator.post("/v1/projection-rebuilds", json!({})).key("anew").await;
    assert_eq!((again.header("idempotent-replayed"), again.header("location")), ("true", path.as_str()));
    for number in 0..10 {
        officer.post("/v1/economic-units", unit(&format!("Công ty {number}"), "12004@2025-07-01")).await.is(201);
    }
    let operation = ended(&administrator, &path).await;
    assert_eq!(operation["state"], "done", "{operation}");
    assert!(operation["done"].as_i64().unwrap() > 1000 && operation["done"] == operation["total"], "{operation}");
    stop.store(true, Ordering::SeqCst);
    let seen = asking.await.unwrap();
    assert!(seen[0] > 0, "the old facts were served meanwhile: {seen:?}");
    assert!(reader.get(&question).await.text == right.text, "the right figures are back, byte for byte");
    app.settle().await;
    let units = async |as_of: &str| {
        let asked = format!("/v1/figures?period=2026&area=33@2025-07-01&indicator=UN01{as_of}");
        reader.get(&asked).await.is(200)["total"][0]["value"].as_i64().unwrap()
    };
    let grown = units("").await - units(&format!("&as_of={position}")).await;
    assert_eq!(grown, 10, "it goes on from there");
    assert!(!app.database.path().join("reporting-next.sqlite3").exists(), "nothing is left behind");

    let elsewhere = app.be(Role::Administrator, "12004@2025-07-01").await;
    elsewhere.post("/v1/projection-rebuilds", json!({})).await.problem(404, "not_found");
    elsewhere.get(&path).await.problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_makes_facts_otherwise_builds_them_anew_by_itself() {
    let app = TestApp::with_demo().await;
    let reader = app.be(Role::Viewer, "33@2025-07-01").await;
    let right = reader.get(FIGURES).await.text;
    let statements = [
        "UPDATE projections SET made_by = 'an older program'",
        "DELETE FROM facts WHERE measure = 'organisations'",
        "DELETE FROM sums WHERE measure = 'organisations'",
    ];
    run_sql(&app.system.reporting.db, statements.map(str::to_owned).to_vec()).await;
    let app = TestApp::over(app.stop().await, DEMO_NOW).await;
    let reader = app.be(Role::Viewer, "33@2025-07-01").await;
    let is_right = || async { (reader.get(FIGURES).await.text == right).then_some(()) };
    eventually("the facts are made anew", is_right).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn covered_units_that_an_older_program_did_not_keep_are_made_at_the_start() {
    let app = TestApp::with_demo().await;
    let reader = app.be(Role::Viewer, "33@2025-07-01").await;
    let right = reader.get(FIGURES).await.text;
    let statements =
        ["DELETE FROM covered_units", "DELETE FROM sums WHERE measure IN ('covered_units', 'covered_units_of_bodies')"];
    run_sql(&app.system.reporting.db, statements.map(str::to_owned).to_vec()).await;
    let (line, is_whole) = reporting::sums::verify(&app.database.url).await.unwrap();
    assert!(!is_whole && line.contains("is covered"), "{line}");
    assert!(reader.get(FIGURES).await.text != right, "the figures of units are read from them");
    let app = TestApp::over(app.stop().await, DEMO_NOW).await;
    let reader = app.be(Role::Viewer, "33@2025-07-01").await;
    assert!(reader.get(FIGURES).await.text == right);
    let (line, is_whole) = reporting::sums::verify(&app.database.url).await.unwrap();
    assert!(is_whole, "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_that_fails_says_why_and_the_facts_stay() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let cell = books.cell("2021-03-15").await;
    let admitted = books.admit(&cell, 1, "2022-01-20").await;
    app.settle().await;
    let question = "/v1/figures?period=2022-H1&indicator=PM10";
    let before = books.officer.get(question).await.is(200)["total"].clone();
    assert_eq!(before[0]["value"], 1);
    // As a newer program would have told it.
    let newer = "UPDATE journal_entries SET v = 99 WHERE kind = 'party_member.admitted'";
    run_sql(&app.system.membership.db, vec![newer.to_owned()]).await;
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let started = administrator.post("/v1/projection-rebuilds", json!({})).await;
    let path = started.header("location").to_owned();
    started.is(202);
    let operation = ended(&administrator, &path).await;
    let why = operation["result"].as_str().unwrap_or_default();
    assert_eq!(operation["state"], "failed", "{operation}");
    assert!(why.contains("following membership anew") && why.contains("party_member.admitted of version 99"), "{why}");
    assert_eq!(books.officer.get(question).await.is(200)["total"], before);
    let entry = format!("/v1/journal/membership/{}", admitted["entry_id"].as_str().unwrap());
    assert_eq!(books.officer.get(&entry).await.is(200)["v"], 99);
}

/// A2: on PostgreSQL a rebuild beside fifty changes a second failed thirteen times of thirteen, or lost facts.
#[tokio::test(flavor = "multi_thread")]
async fn rebuilds_beside_fifty_changes_a_second_are_all_done_and_lose_nothing() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let union = books.union("2021-01-05").await;
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let rebuilds = if app.database.is_on_server() { 20 } else { 5 };
    // Each rebuild has so many changes beside it: if a slow machine made more, each rebuild would be longer than the one
    // before it.
    const CHANGES_A_REBUILD: usize = 75;
    let changes = Arc::new(Semaphore::new(0));
    let writer = {
        let (changes, officer) = (Arc::clone(&changes), books.officer.clone());
        let joined = json!({"organisation_id": union, "count": 1, "occurred_on": "2022-05-01",
            "decision": decision("2022-05-01")});
        tokio::spawn(async move {
            let (mut tick, mut sent) = (tokio::time::interval(Duration::from_millis(20)), Vec::new());
            // A machine that does something else too is not buried: then it is asked for less.
            let places = Arc::new(Semaphore::new(16));
            while let Ok(change) = changes.acquire().await {
                change.forget();
                tick.tick().await;
                let place = Arc::clone(&places).acquire_owned().await.unwrap();
                let number = sent.len();
                let request = match number % 2 {
                    0 => {
                        let mut joined = joined.clone();
                        joined["decision"]["number"] = json!(format!("{number}-QĐ/GĐ"));
                        officer.post("/v1/collective-admissions", joined)
                    }
                    _ => officer.post("/v1/economic-units", unit(&format!("Công ty {number}"), "11986@origin")),
                };
                sent.push(tokio::spawn(async move {
                    let answer = request.await;
                    drop(place);
                    answer
                }));
            }
            let mut made = [0, 0];
            for (number, answer) in sent.into_iter().enumerate() {
                answer.await.unwrap().is(201);
                made[number % 2] += 1;
            }
            made
        })
    };
    for _ in 0..rebuilds {
        changes.add_permits(CHANGES_A_REBUILD);
        let started = administrator.post("/v1/projection-rebuilds", json!({})).await;
        let path = started.header("location").to_owned();
        started.is(202);
        let operation = ended(&administrator, &path).await;
        assert_eq!(operation["state"], "done", "{operation}");
    }
    changes.close();
    let [admitted, registered] = writer.await.unwrap();
    app.settle().await;
    let figures = books.officer.get("/v1/figures?period=2022-H1&indicator=TU07,UN01").await.is(200);
    let values: Vec<_> = figures["total"].as_array().unwrap().iter().map(|one| one["value"].clone()).collect();
    assert_eq!(json!(values), json!([admitted, registered]), "nothing is lost and nothing counts twice");
    let health = app.operators_get("/health").await.is(200);
    assert!(!health.to_string().contains("follower_stopped"), "{health}");
}
