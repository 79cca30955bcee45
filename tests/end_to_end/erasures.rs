//! A person is erased: no copy opens the person, and every count stays.

use serde_json::{Value, json};
use shared::access::Role;
use tests::{Books, Somebody, TestApp, TestDatabase, all_rows, decision, eventually};

use crate::running::command_on;

/// Somebody who was admitted and has left.
async fn departed(books: &Books, cell: &str, number: u32) -> Value {
    let admitted = books.admit(cell, number, "2018-05-19").await;
    let departure = json!({"membership_id": admitted["membership_id"], "reason": "removed",
        "occurred_on": "2018-06-20", "decision": decision("2018-06-20")});
    books.officer.post("/v1/departures", departure).await.is(201);
    admitted
}

const FIGURES: &str = "/v1/figures?period=2022-H1&area=33@origin&by=commune";

fn erase(database: &TestDatabase, person: &str) -> (bool, String) {
    command_on(database, &["erase-person", person, "--ground", "purpose_ended"])
}

/// Everything that any database or file holds, as text.
async fn everything(app: &TestApp) -> String {
    let system = &app.system;
    let mut text = String::new();
    for db in [&system.identity.db, &system.registry.db, &system.membership.db, &system.reporting.db] {
        for (table, row) in all_rows(db).await {
            text += &format!("{table} {row}\n");
        }
    }
    for file in std::fs::read_dir(app.database.path()).unwrap().flatten() {
        text += &hex::encode(tests::read_in_use(&file.path()));
    }
    text
}

/// The figures, without how far into the journals they looked.
async fn figures(reader: &Somebody) -> Value {
    let mut figures = reader.get(FIGURES).await.is(200);
    figures.as_object_mut().unwrap().remove("position");
    figures
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_person_is_opened_by_nothing_and_still_counted() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let cell = books.cell("2022-03-15").await;
    let mut admission = books.admission(&cell, 71, "2022-05-19");
    admission["decision"] = json!({"number": "7171-QĐ/XÓA", "decided_on": "2022-05-18", "issuing_body": "Cấp ủy Xóa"});
    let admitted = books.officer.post("/v1/admissions", admission).await.is(201);
    let (person, membership) = (admitted["person_id"].as_str().unwrap(), admitted["membership_id"].as_str().unwrap());
    let other = books.admit(&cell, 72, "2022-05-20").await;
    // What was corrected is told twice, and is erased twice.
    let correction = json!({"entry_id": admitted["entry_id"], "occurred_on": "2022-05-21"});
    books.officer.post("/v1/corrections", correction).await.is(201);

    let before = app.rows().await;
    let (is_done, said) = erase(&app.database, person);
    assert!(!is_done && said.contains("is living: end it first"), "{said}");
    assert_eq!(app.rows().await, before, "a refused erasure changes nothing");
    let departure = json!({"membership_id": membership, "reason": "removed", "occurred_on": "2022-06-20",
        "decision": decision("2022-06-20")});
    books.officer.post("/v1/departures", departure).await.is(201);
    app.settle().await;

    let reader = app.be(Role::Inspector, "33@origin").await;
    let counted = figures(&reader).await;
    let frozen = reader.get(FIGURES).await;
    let position = frozen.body["position"].as_str().unwrap().to_owned();
    let id = person.replace('-', "");
    let rows = all_rows(&app.system.membership.db).await;
    let key_row = rows.iter().find(|(table, row)| table == "data_keys" && row.replace('-', "").contains(&id));
    let wrapped = key_row.expect("the person's key").1.split(['\'', '"']).rfind(|part| part.len() > 80);
    let wrapped = wrapped.expect("the wrapped key").trim_start_matches(r"\\x").to_owned();
    let held = everything(&app).await;
    for trace in ["7171-qđ/xóa", "cấp ủy xóa", &wrapped] {
        assert!(held.contains(trace), "{trace} is there before");
    }

    let (is_done, said) = erase(&app.database, person);
    assert!(is_done && said.contains("journal entries are emptied"), "{said}");
    let told = || async {
        let journal = reader.get("/v1/journal/membership?after=0&limit=500").await.is(200);
        journal["items"].as_array().unwrap().iter().any(|one| one["kind"] == "person.erased").then_some(())
    };
    eventually("the erasure is told", told).await;
    app.settle().await;
    let held = everything(&app).await;
    for trace in ["7171-qđ/xóa", "cấp ủy xóa", &wrapped, &hex::encode("7171-QĐ/XÓA")] {
        assert!(!held.contains(trace), "{trace} is still there");
    }
    books.officer.get(&format!("/v1/people/{person}")).await.problem(404, "not_found");
    let reveal = json!({"purpose": "Đối chiếu hồ sơ đã xóa"});
    books.officer.post(&format!("/v1/people/{person}/reveals"), reveal.clone()).await.problem(404, "not_found");
    let other = other["person_id"].as_str().unwrap();
    books.officer.post(&format!("/v1/people/{other}/reveals"), reveal).await.is(200);
    books.officer.get(&format!("/v1/memberships/{membership}")).await.is(200);
    let acts = books.officer.get(&format!("/v1/acts?membership={membership}")).await.is(200);
    assert!(acts["items"].as_array().unwrap().iter().all(|act| act["decision"].is_null()), "{acts}");
    assert!(figures(&reader).await == counted, "the counts are the same");
    assert!(reader.get(&format!("{FIGURES}&as_of={position}")).await.text == frozen.text, "the same bytes");
    let (is_whole, said) = command_on(&app.database, &["verify"]);
    assert!(is_whole, "{said}");
    let (is_done, said) = erase(&app.database, person);
    assert!(!is_done && said.contains("was erased before"), "{said}");
    let (is_done, said) = erase(&app.database, "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f");
    assert!(!is_done && said.contains("looking for the person"), "{said}");

    // Who follows anew meets the emptied entries, and counts what was kept of them.
    let unread = TestApp::start().await.stop().await;
    let database = app.stop().await;
    database.put_back(reporting::NAME, &unread);
    let app = TestApp::over(database, tests::NOW).await;
    let reader = app.be(Role::Inspector, "33@origin").await;
    assert!(figures(&reader).await == counted, "counted anew from the emptied journal");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_person_stays_erased_at_every_door() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let (cell, union) = (books.cell("2018-03-15").await, books.union("2018-03-20").await);
    let admitted = departed(&books, &cell, 71).await;
    let (person, membership) = (&admitted["person_id"], &admitted["membership_id"]);
    let (is_done, said) = erase(&app.database, person.as_str().unwrap());
    assert!(is_done, "{said}");
    let before = app.rows().await;
    let post = |path: &str, body: Value| books.officer.post(path, body);
    let paper = decision("2022-05-19");
    let known = json!({"organisation_id": union, "person_id": person, "occurred_on": "2022-05-19", "decision": paper});
    let unknown = [("/person_id", "unknown_person")];
    post("/v1/admissions", known.clone()).await.faults(&unknown);
    let opening = json!({"organisation_id": union, "person_id": person, "occurred_on": "2022-05-19",
        "joined_on": "2018-01-01"});
    post("/v1/opening-registrations", opening).await.faults(&unknown);
    let again = json!({"membership_id": membership, "organisation_id": cell, "occurred_on": "2022-05-19",
        "decision": paper, "authorising_paper": "Văn bản đồng ý 3-CV/TU"});
    post("/v1/readmissions", again).await.faults(&[("/membership_id", "unknown_membership")]);
    for path in ["/v1/transfers", "/v1/recognitions"] {
        let body = json!({"membership_id": membership, "occurred_on": "2022-05-19", "decision": paper});
        post(path, body).await.problem(409, "membership_not_active");
    }
    let reveal = format!("/v1/people/{}/reveals", person.as_str().unwrap());
    post(&reveal, json!({"purpose": "Đối chiếu hồ sơ đã xóa"})).await.problem(404, "not_found");
    let acts = books.officer.get(&format!("/v1/acts?membership={}", membership.as_str().unwrap())).await.is(200);
    let entry = acts["items"].as_array().unwrap().last().unwrap()["entry_id"].clone();
    let correction = json!({"entry_id": entry, "decision": paper});
    post("/v1/corrections", correction).await.faults(&[("/decision", "not_correctable")]);
    let noted = json!({"entry_id": entry, "withdraw": true, "note": "Nhầm với bà Giả"});
    post("/v1/corrections", noted).await.faults(&[("/note", "not_correctable")]);
    assert_eq!(app.rows().await, before);
    // The truth about the day can be told all the same, and brings nothing of the person back.
    let correction = json!({"entry_id": entry, "occurred_on": "2018-06-21"});
    post("/v1/corrections", correction).await.is(201);
    let acts = books.officer.get(&format!("/v1/acts?membership={}", membership.as_str().unwrap())).await.is(200);
    assert!(acts["items"].as_array().unwrap().iter().all(|act| act["decision"].is_null()), "{acts}");
    // Somebody with the same number is a new person: nothing leads to the old one.
    let anew = books.admit(&union, 71, "2022-05-19").await;
    assert_ne!(&anew["person_id"], person);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_and_an_act_at_once_do_not_both_succeed() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let (cell, union) = (books.cell("2018-03-15").await, books.union("2018-03-20").await);
    for number in 100..125 {
        let admitted = departed(&books, &cell, number).await;
        let person: shared::Id = admitted["person_id"].as_str().unwrap().parse().unwrap();
        let args = membership::erasures::EraseArgs { person, ground: shared::personal::Ground::PurposeEnded };
        let (path, body) = match number % 3 {
            0 => (
                "/v1/admissions",
                json!({"organisation_id": union, "person_id": person,
                "occurred_on": "2022-05-19", "decision": decision("2022-05-19")}),
            ),
            1 => (
                "/v1/opening-registrations",
                json!({"organisation_id": union, "person_id": person,
                "occurred_on": "2022-05-19", "joined_on": "2018-01-01"}),
            ),
            _ => (
                "/v1/readmissions",
                json!({"membership_id": admitted["membership_id"], "organisation_id": cell,
                "occurred_on": "2022-05-19", "decision": decision("2022-05-19"), "authorising_paper": "3-CV/TU"}),
            ),
        };
        let acting = tokio::spawn(books.officer.post(path, body).into_future());
        let erased = membership::erasures::erase_person(&app.database.url, &args).await;
        let acted = acting.await.unwrap();
        assert!(acted.status == 201 || acted.status == 422, "{}", acted.text);
        assert_ne!(erased.is_ok(), acted.status == 201, "{path}: {erased:?} and {}", acted.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_entries_about_somebody_are_emptied_however_many_there_are() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let cell = books.cell("2018-03-15").await;
    let admitted = departed(&books, &cell, 1).await;
    let membership = admitted["membership_id"].as_str().unwrap();
    let acts = books.officer.get(&format!("/v1/acts?membership={membership}")).await.is(200);
    let entry = acts["items"].as_array().unwrap().last().unwrap()["entry_id"].clone();
    // A thousand entries more about one membership: more than a history shows.
    let (db, subject) = (app.system.membership.db.clone(), format!("/v1/memberships/{membership}"));
    let (mut last, actor): (shared::Id, _) = (entry.as_str().unwrap().parse().unwrap(), "service:test".to_owned());
    for _ in 0..1010 {
        let payload = shared::published::person::PersonErased { person: last, ground: "Giấy tờ Kín".to_owned() };
        let on = chrono::NaiveDate::from_ymd_opt(2018, 6, 20).unwrap();
        let next = shared::journal::Entry::of(&payload, subject.clone(), on).unwrap();
        last = next.id();
        let act = shared::storage::Act { actor: actor.clone(), at: app.clock.now(), batch: None };
        db.write(act, move |_| Ok(((), next.into()))).await.unwrap();
    }
    let (is_done, said) = erase(&app.database, admitted["person_id"].as_str().unwrap());
    assert!(is_done && !said.contains("WARNING"), "{said}");
    let left = "SELECT 1 FROM journal_entries WHERE data IS NOT NULL AND kind <> 'entry.redacted' AND subject =";
    assert_eq!(tests::count_rows(&db, &format!("({left} '{subject}') left_over")).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_cannot_be_emptied_is_said() {
    let app = TestApp::start().await;
    if app.database.is_on_server() {
        return;
    }
    let books = Books::of_van_lam(&app).await;
    let cell = books.cell("2018-03-15").await;
    let admitted = departed(&books, &cell, 1).await;
    let (started, begun) = std::sync::mpsc::channel();
    let (finish, finished) = std::sync::mpsc::channel::<()>();
    let db = app.system.membership.db.clone();
    let reading = tokio::spawn(async move {
        db.read(move |conn| {
            // The snapshot begins with the first statement.
            shared::journal::head_seq(conn)?;
            started.send(()).unwrap();
            let _ = finished.recv();
            Ok(())
        })
        .await
    });
    tokio::task::block_in_place(|| begun.recv().unwrap());
    let (is_done, said) = erase(&app.database, admitted["person_id"].as_str().unwrap());
    assert!(is_done && said.contains("WARNING") && said.contains("-wal"), "{said}");
    finish.send(()).unwrap();
    reading.await.unwrap().unwrap();
}
