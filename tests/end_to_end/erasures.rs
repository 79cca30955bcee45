//! A person is erased: no copy opens the person, and every count stays.

use serde_json::{Value, json};
use shared::access::Role;
use tests::{Books, Somebody, TestApp, TestDatabase, all_rows, decision, eventually};

use crate::running::command_on;

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
        text += &hex::encode(std::fs::read(file.path()).unwrap());
    }
    text
}

/// The figures, without how far into the journals they looked.
async fn figures(reader: &Somebody) -> Value {
    let mut figures = reader.get(FIGURES).await.is(200);
    for where_it_looked in ["position", "sources"] {
        figures.as_object_mut().unwrap().remove(where_it_looked);
    }
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
    assert!(reader.get(&format!("{FIGURES}&as_of={position}")).await.text == frozen.text, "the same bytes again");
}
