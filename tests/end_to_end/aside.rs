//! An entry that a follower cannot apply: what is there is served, and an operator sets the entry aside.

use serde_json::{Value, json};
use shared::access::{Permission, Role};
use shared::journal::{Entry, Published};
use shared::storage::Act;
use tests::{Answer, Books, Somebody, TestApp, TestDatabase, eventually, run_sql, unit};

use crate::running::command_on;

const REASON: &str = "Chương trình không đọc được bản ghi";
const BROKEN_DAY: &str = "2022-05-05";

/// As a fault of the program: facts of one day cannot be made.
async fn break_facts(app: &TestApp) {
    let statement = match app.database.is_on_server() {
        true => format!("ALTER TABLE facts ADD CONSTRAINT broken CHECK (occurred_on <> '{BROKEN_DAY}')"),
        false => format!(
            "CREATE TRIGGER broken BEFORE INSERT ON facts WHEN NEW.occurred_on = '{BROKEN_DAY}' \
             BEGIN SELECT RAISE(ABORT, 'broken'); END"
        ),
    };
    run_sql(&app.system.reporting.db, vec![statement]).await;
}

async fn mend_facts(app: &TestApp) {
    let statement = match app.database.is_on_server() {
        true => "ALTER TABLE facts DROP CONSTRAINT broken",
        false => "DROP TRIGGER broken",
    };
    run_sql(&app.system.reporting.db, vec![statement.to_owned()]).await;
}

/// The entry that a service's follower stands at, as operators are told.
async fn standing(app: &TestApp, service: &str, source: &str) -> Option<Value> {
    let health = app.operators_get("/health").await.is(200);
    let services = health["services"].as_array().unwrap();
    let part = services.iter().find(|part| part["service"] == service).unwrap();
    let follower = part["followers"].as_array().unwrap().iter().find(|one| one["source"] == source).unwrap();
    (!follower["stopped_entry"].is_null()).then(|| follower.clone())
}

/// Waits until a service's follower stands at an entry.
async fn stands_at(app: &TestApp, service: &str, source: &str, entry: &str) -> Value {
    let at = async || {
        let follower = standing(app, service, source).await?;
        (follower["stopped_entry"]["id"] == entry).then_some(follower)
    };
    eventually("the follower stands at the entry", at).await
}

fn set_aside(database: &TestDatabase, service: &str, source: &str, entry: &str, reason: &str) -> (bool, String) {
    let place = ["set-aside", "--service", service, "--source", source];
    command_on(database, &[&place[..], &["--entry", entry, "--reason", reason]].concat())
}

async fn figures(somebody: &Somebody) -> Answer {
    somebody.get("/v1/figures?period=2022-H1&indicator=PM10").await
}

/// How many were admitted, and how many entries count nowhere.
async fn admitted(somebody: &Somebody) -> (i64, i64) {
    let figures = figures(somebody).await.is(200);
    (figures["total"][0]["value"].as_i64().unwrap(), figures["set_aside"].as_i64().unwrap())
}

/// What the journal of the figures tells a reader of a kind.
async fn told(reader: &Somebody, kind: &str) -> Vec<Value> {
    let page = reader.get("/v1/journal/reporting?limit=500").await.is(200);
    let items = page["items"].as_array().unwrap().clone();
    items.into_iter().filter(|entry| entry["kind"] == kind).collect()
}

fn entry_of(answer: &Value) -> &str {
    answer["entry_id"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_applied_is_set_aside_with_what_needs_it_until_it_can_be() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let cell = books.cell("2021-03-15").await;
    books.admit(&cell, 1, "2022-01-20").await;
    app.settle().await;
    let viewer = app.be(Role::Viewer, "33@origin").await;
    assert_eq!(admitted(&viewer).await, (1, 0));

    break_facts(&app).await;
    let second = books.admit(&cell, 2, BROKEN_DAY).await;
    let follower = stands_at(&app, "reporting", "membership", entry_of(&second)).await;
    assert_eq!(follower["stopped_entry"]["kind"], "party_member.admitted");
    assert_eq!(follower["stopped_entry"]["seq"], follower["seq"].as_i64().unwrap() + 1, "up to it all is applied");
    assert_eq!(app.get("/readyz").await.status, 200, "what is there is served");
    let stale = figures(&viewer).await;
    assert_eq!(stale.header("stale-sources"), "membership");
    assert_eq!(admitted(&viewer).await, (1, 0));
    books.admit(&cell, 3, "2022-02-01").await;
    let fourth = books.admit(&cell, 4, BROKEN_DAY).await;
    books.admit(&cell, 5, "2022-02-02").await;

    let database = &app.database;
    let aside = |entry: &str, reason: &str| set_aside(database, "reporting", "membership", entry, reason);
    for (entry, reason, sentence) in
        [(entry_of(&second), "ngắn", "the reason"), (entry_of(&fourth), REASON, "only that one can be set aside")]
    {
        let (is_done, said) = aside(entry, reason);
        assert!(!is_done && said.contains(sentence), "{said}");
    }
    let (is_done, said) = set_aside(database, "reporting", "enterprise-registry", entry_of(&second), REASON);
    assert!(!is_done && said.contains("stands at no entry of enterprise-registry"), "{said}");
    let (is_done, said) = aside(entry_of(&second), REASON);
    assert!(is_done && said.contains("is set aside"), "{said}");
    // The next entries come at once: those before the next broken one are applied.
    stands_at(&app, "reporting", "membership", entry_of(&fourth)).await;
    let counted = async |expected| {
        let is_so = async || (admitted(&viewer).await == expected).then_some(());
        eventually(&format!("the figures say {expected:?}"), is_so).await;
    };
    counted((2, 1)).await;
    let (_, listed) = command_on(database, &["set-aside", "--list"]);
    assert!(listed.contains(entry_of(&second)) && listed.contains(REASON), "{listed}");
    assert!(listed.contains("stands at entry") && listed.contains(entry_of(&fourth)), "{listed}");
    let (is_done, said) = aside(entry_of(&fourth), REASON);
    assert!(is_done, "{said}");
    counted((3, 2)).await;
    assert!(standing(&app, "reporting", "membership").await.is_none(), "it goes on");

    // What corrects the one, and what takes away what the other should have added.
    let body = json!({"entry_id": second["entry_id"], "occurred_on": "2022-05-10"});
    let correction = books.officer.post("/v1/corrections", body).await.is(201);
    let body = json!({"membership_id": fourth["membership_id"], "reason": "withdrew", "occurred_on": "2022-06-01",
        "decision": tests::decision("2022-06-01")});
    books.officer.post("/v1/departures", body).await.is(201);
    app.settle().await;
    assert_eq!(admitted(&viewer).await, (3, 4));
    let here = app.be(Role::Viewer, "11986@origin").await;
    let elsewhere = app.be(Role::Viewer, "326@origin").await;
    assert_eq!((admitted(&here).await.1, figures(&elsewhere).await.is(200)["set_aside"].clone()), (4, json!(0)));
    let table = async |language: &str| {
        let asked = viewer.get("/v1/figures?period=2022-H1").header("accept", "text/plain");
        asked.header("accept-language", language).await.text
    };
    assert!(table("vi").await.contains("Bản ghi không đọc được, chưa tính vào số liệu: 4"));
    assert!(table("en").await.contains("Entries that could not be read and are not counted: 4"));

    let leader = app.be(Role::Leader, "33@origin").await;
    let entries = told(&leader, "entry.set_aside").await;
    assert_eq!(entries.len(), 4);
    assert_eq!(entries[0]["data"]["reason"], REASON);
    assert_eq!((&entries[0]["area"], &entries[0]["data"]["because_of"]), (&json!("11986@origin"), &Value::Null));
    assert_eq!(entries[2]["data"]["entry"], correction["entry_id"]);
    assert_eq!(entries[2]["data"]["because_of"], second["entry_id"]);
    assert_eq!(entries[3]["data"]["because_of"], fourth["entry_id"]);
    let far = app.be(Role::Leader, "326@origin").await;
    assert!(told(&far, "entry.set_aside").await.is_empty(), "who may not see the area is told nothing");
    let (is_whole, said) = command_on(database, &["verify"]);
    assert!(is_whole, "{said}");

    // What is set aside counts nowhere, erased or not.
    let person = fourth["person_id"].as_str().unwrap();
    let (is_done, said) = command_on(database, &["erase-person", person, "--ground", "purpose_ended"]);
    assert!(is_done, "{said}");
    app.settle().await;
    assert_eq!(admitted(&viewer).await, (3, 4));

    mend_facts(&app).await;
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let path = administrator.post("/v1/projection-rebuilds", json!({})).await.header("location").to_owned();
    assert_eq!(crate::rebuilds::ended(&administrator, &path).await["state"], "done");
    app.settle().await;
    assert_eq!(admitted(&viewer).await, (5, 0), "a program that can apply them counts them");
    let taken_up = told(&leader, "entry.taken_up").await;
    assert_eq!((taken_up.len(), told(&leader, "entry.set_aside").await.len()), (4, 4));
    let taken: Vec<&Value> = taken_up.iter().map(|entry| &entry["data"]["entry"]).collect();
    assert!(taken.contains(&&second["entry_id"]) && taken_up[0]["area"] == "11986@origin", "{taken_up:?}");
    let (_, listed) = command_on(database, &["set-aside", "--list"]);
    assert!(listed.contains("reporting: nothing is set aside"), "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_whose_paper_cannot_be_kept_is_set_aside_without_it() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let cell = books.cell("2021-03-15").await;
    app.settle().await;
    // As if another program took longer numbers of papers than this one keeps.
    let statement = match app.database.is_on_server() {
        true => format!(
            "ALTER TABLE followed_entries ADD CONSTRAINT broken \
             CHECK (occurred_on <> '{BROKEN_DAY}' OR decision_number IS NULL)"
        ),
        false => format!(
            "CREATE TRIGGER broken BEFORE INSERT ON followed_entries WHEN NEW.occurred_on = '{BROKEN_DAY}' \
             AND NEW.decision_number IS NOT NULL BEGIN SELECT RAISE(ABORT, 'broken'); END"
        ),
    };
    run_sql(&app.system.reporting.db, vec![statement]).await;
    books.admit(&cell, 1, "2022-05-04").await;
    let broken = books.admit(&cell, 2, BROKEN_DAY).await;
    books.admit(&cell, 3, "2022-05-06").await;
    stands_at(&app, "reporting", "membership", entry_of(&broken)).await;
    let viewer = app.be(Role::Viewer, "33@origin").await;
    let before = async || (admitted(&viewer).await == (1, 0)).then_some(());
    eventually("what comes before the entry is served", before).await;
    let (is_done, said) = set_aside(&app.database, "reporting", "membership", entry_of(&broken), REASON);
    assert!(is_done, "{said}");
    let counted = async || (admitted(&viewer).await == (2, 1)).then_some(());
    eventually("the follower goes on past the entry", counted).await;
}

/// An entry such as a newer program of another service would write.
#[derive(serde::Serialize)]
struct OfTomorrow {
    note: &'static str,
}

impl Published for OfTomorrow {
    const KIND: &'static str = "economic_unit.registered";
    const V: i32 = 2;
    const READ: Permission = Permission::ReadEconomicUnit;
}

/// Another one, of a kind that identity uses.
#[derive(serde::Serialize)]
struct AreaOfTomorrow {
    note: &'static str,
}

impl Published for AreaOfTomorrow {
    const KIND: &'static str = "area.created";
    const V: i32 = 2;
    const READ: Permission = Permission::ReadArea;
}

/// Writes such an entry into the registry's journal and returns its id.
async fn publish(app: &TestApp, subject: &str) -> String {
    publish_entry(app, &OfTomorrow { note: "of tomorrow" }, subject).await
}

async fn publish_entry(app: &TestApp, payload: &impl Published, subject: &str) -> String {
    let entry = Entry::of(payload, subject, "2022-06-30".parse().unwrap()).unwrap();
    let id = entry.id().to_string();
    let act = Act { actor: "service:test".to_owned(), at: "2022-06-30T08:00:00Z".parse().unwrap(), batch: None };
    app.system.registry.db.write(act, move |_| Ok(((), entry.into()))).await.unwrap();
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_this_time_either_stays_aside_when_facts_are_made_anew() {
    let app = TestApp::start().await;
    let id = publish(&app, "/v1/economic-units/1").await;
    let officer = app.officer_of("325@origin").await;
    officer.post("/v1/economic-units", unit("Công ty Giả Định", "11986@origin")).await.is(201);
    for service in ["membership", "reporting"] {
        stands_at(&app, service, "enterprise-registry", &id).await;
        let (is_done, said) = set_aside(&app.database, service, "enterprise-registry", &id, REASON);
        assert!(is_done, "{said}");
    }
    app.settle().await;
    // Another one of the same record cannot be read either, and stops nobody; one of another record does.
    let again = publish(&app, "/v1/economic-units/1").await;
    app.settle().await;
    let third = publish(&app, "/v1/economic-units/2").await;
    for service in ["membership", "reporting"] {
        stands_at(&app, service, "enterprise-registry", &third).await;
        let (is_done, said) = set_aside(&app.database, service, "enterprise-registry", &third, REASON);
        assert!(is_done, "{said}");
    }
    app.settle().await;
    let viewer = app.be(Role::Viewer, "33@2025-07-01").await;
    let commune = app.be(Role::Viewer, "11986@origin").await;
    let asked = "/v1/figures?period=2022-H1&indicator=UN01";
    let shown = async |somebody: &Somebody| {
        let figures = somebody.get(asked).await;
        let stale = figures.header("stale-sources").to_owned();
        let figures = figures.is(200);
        (figures["total"][0]["value"].clone(), figures["set_aside"].clone(), stale)
    };
    assert_eq!(shown(&viewer).await, (json!(1), json!(3), String::new()));
    // An entry of no area is told to who sees everything.
    assert_eq!(shown(&commune).await, (json!(1), json!(0), String::new()));
    let before = viewer.get(asked).await.is(200);

    let administrator = app.be(Role::Administrator, "33@origin").await;
    let path = administrator.post("/v1/projection-rebuilds", json!({})).await.header("location").to_owned();
    let ended = crate::rebuilds::ended(&administrator, &path).await;
    assert_eq!(ended["state"], "done", "{ended}");
    let position = before["position"].as_str().unwrap();
    assert_eq!(viewer.get(&format!("{asked}&as_of={position}")).await.is(200), before, "the same is aside");
    let leader = app.be(Role::Leader, "33@2025-07-01").await;
    assert_eq!((told(&leader, "entry.set_aside").await.len(), told(&leader, "entry.taken_up").await.len()), (3, 0));
    let (_, listed) = command_on(&app.database, &["set-aside", "--list"]);
    assert_eq!(listed.matches(&format!("({id}, ")).count(), 2, "{listed}");
    assert_eq!(listed.matches(&format!("since it needs {id}")).count(), 2, "{listed}");
    assert_eq!(listed.matches(&format!("({again}, ")).count(), 2, "{listed}");
    assert!(listed.contains(&format!("reporting: entry 1052 of enterprise-registry ({id}")), "{listed}");
}

/// What identity keeps of how far it read the registry's journal, and how far it has read it.
async fn cursor_of_identity(app: &TestApp) -> (i64, i64) {
    let kept = app.system.identity.db.read(|conn| shared::follow::find_cursor(conn, "enterprise-registry")).await;
    let health = app.operators_get("/health").await.is(200);
    let part =
        health["services"].as_array().unwrap().iter().find(|part| part["service"] == "identity").unwrap().clone();
    (kept.unwrap().unwrap().seq, part["followers"][0]["seq"].as_i64().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_that_concern_nobody_are_passed_in_memory_and_an_entry_behind_them_can_be_set_aside() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    app.settle().await;
    let (before, _) = cursor_of_identity(&app).await;
    for number in 0..3 {
        officer.post("/v1/economic-units", unit(&format!("Công ty {number}"), "11986@origin")).await.is(201);
    }
    app.settle().await;
    let passed = async || (cursor_of_identity(&app).await == (before, before + 3)).then_some(());
    eventually("identity has passed what it does not use, and keeps its cursor", passed).await;

    let broken = publish_entry(&app, &AreaOfTomorrow { note: "of tomorrow" }, "/v1/areas/99999@2026-01-01").await;
    let follower = stands_at(&app, "identity", "enterprise-registry", &broken).await;
    assert_eq!(follower["seq"], before + 3, "the kept cursor is before the entry");
    assert_eq!(cursor_of_identity(&app).await, (before + 3, before + 3));
    for service in ["identity", "membership", "reporting", "steering"] {
        stands_at(&app, service, "enterprise-registry", &broken).await;
        let (is_done, said) = set_aside(&app.database, service, "enterprise-registry", &broken, REASON);
        assert!(is_done && said.contains("is set aside"), "{said}");
    }
    officer.post("/v1/economic-units", unit("Công ty sau", "11986@origin")).await.is(201);
    let goes_on = async || (cursor_of_identity(&app).await.1 == before + 5).then_some(());
    eventually("it goes on behind the entry", goes_on).await;
}
