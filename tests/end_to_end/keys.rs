//! The master key is changed while the system serves.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use shared::personal::MasterKey;
use tests::{DEMO_NOW, Somebody, TestApp, TestDatabase, decision, eventually, person};

use crate::running::{command_on, run_on, spawn_on};

fn rotate(database: &TestDatabase, more: &[&str]) -> (bool, String) {
    command_on(database, &[&["rotate-master-key"], more].concat())
}

async fn reveal(officer: &Somebody, person: &str) -> serde_json::Value {
    let asked = json!({"purpose": "Đối chiếu hồ sơ khi đổi khóa"});
    officer.post(&format!("/v1/people/{person}/reveals"), asked).await.is(200)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_master_key_changes_while_people_are_read_and_admitted_and_goes_on_after_a_kill() {
    let app = TestApp::with_demo().await;
    let officer = app.officer_of("33@2025-07-01").await;
    let unions = officer.get("/v1/organisations?kind=grassroots_union&status=active&limit=1").await.is(200);
    let union = unions["items"][0]["id"].as_str().unwrap().to_owned();
    let known = officer.get("/v1/people?limit=20").await.is(200);
    let known: Vec<String> =
        known["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    let mut before = Vec::new();
    for person in &known {
        before.push(reveal(&officer, person).await["full_name"].clone());
    }
    let stop = Arc::new(AtomicBool::new(false));
    let load = {
        let (stop, officer, known) = (Arc::clone(&stop), officer.clone(), known.clone());
        tokio::spawn(async move {
            let mut made = Vec::new();
            for number in 0.. {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let admission = json!({"organisation_id": union, "person": person(70_000 + number),
                    "occurred_on": "2026-05-19", "decision": decision("2026-05-19")});
                let admitted = officer.post("/v1/admissions", admission).await.is(201);
                made.push(admitted["person_id"].as_str().unwrap().to_owned());
                reveal(&officer, &known[number as usize % known.len()]).await;
            }
            made
        })
    };
    let next = app.database.path().join("next.key").display().to_string();
    let rotation = ["rotate-master-key", "--next-key-file", &next, "--step", "1"];
    let mut process = spawn_on(&app.database, &rotation, &[]);
    let begun = || async {
        // A line a key: those that the system makes meanwhile are counted among the new ones.
        let printed = process.printed();
        (printed.lines().filter(|line| line.starts_with("membership: ")).count() >= 3).then_some(())
    };
    eventually("some keys are wrapped anew", begun).await;
    process.kill();
    let printed = process.printed();
    assert!(!printed.contains("membership") || !printed.contains("reporting"), "it was killed on its way: {printed}");

    // A process that starts with either key opens everything meanwhile.
    if app.database.is_on_server() {
        let other = app.database.seen_by_another();
        std::fs::copy(&next, other.path().join("master.key")).unwrap();
        let other = TestApp::over_unsettled(other, DEMO_NOW).await;
        reveal(&other.officer_of("33@2025-07-01").await, &known[0]).await;
        other.stop().await;
    }
    let (is_done, said) = rotate(&app.database, &["--next-key-file", &next]);
    assert!(is_done && said.contains("0 are to come"), "{said}");
    stop.store(true, Ordering::SeqCst);
    let made = load.await.unwrap();
    assert!(made.len() > 3, "there was load: {}", made.len());
    let (is_done, said) = rotate(&app.database, &["--finish"]);
    assert!(!is_done && said.contains("this is still the previous master key"), "{said}");
    let third = app.database.path().join("third.key").display().to_string();
    let (is_done, said) = rotate(&app.database, &["--next-key-file", &third]);
    assert!(!is_done && said.contains("is under way"), "{said}");

    let database = app.stop().await;
    let last = std::fs::read_to_string(database.path().join("master.key")).unwrap();
    std::fs::copy(&next, database.path().join("master.key")).unwrap();
    let app = TestApp::over(database, DEMO_NOW).await;
    let (is_done, said) = rotate(&app.database, &["--finish"]);
    assert!(is_done, "{said}");
    let officer = app.officer_of("33@2025-07-01").await;
    for (person, name) in known.iter().zip(&before) {
        assert_eq!(reveal(&officer, person).await["full_name"], *name);
    }
    for person in &made {
        reveal(&officer, person).await;
    }
    let (is_done, said) = rotate(&app.database, &["--finish"]);
    assert!(!is_done && said.contains("no change of the master key"), "{said}");

    // The previous key opens nothing any more, and says so before anything is served.
    let database = app.stop().await;
    std::fs::write(database.path().join("master.key"), last).unwrap();
    let (is_served, said) = command_on(&database, &["--bind", "127.0.0.1:0"]);
    assert!(!is_served && said.contains("start with the right key"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_with_a_key_that_is_not_the_databases_does_nothing() {
    let app = TestApp::start().await;
    let (_, other) = MasterKey::generate().unwrap();
    let before = app.rows().await;
    let next = app.database.path().join("next.key").display().to_string();
    let rotation = ["rotate-master-key", "--next-key-file", &next];
    let (code, said) = run_on(&app.database, &rotation, &[("MASTER_KEY", &other)]);
    assert!(code != Some(0) && said.contains("start with the right key"), "{said}");
    assert_eq!(app.rows().await, before);
    let (is_done, said) =
        rotate(&app.database, &["--next-key-file", app.database.path().join("master.key").to_str().unwrap()]);
    assert!(!is_done && said.contains("is the present one"), "{said}");
}
