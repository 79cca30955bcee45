use serde_json::{Value, json};
use shared::access::Role;
use tests::{Books, TestApp, person};

#[tokio::test(flavor = "multi_thread")]
async fn people_are_masked_and_a_look_in_clear_has_a_purpose_and_leaves_a_record() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let cell = books.cell("2022-03-15").await;
    let made = books.admit(&cell, 1, "2022-05-19").await;
    let id = made["person_id"].as_str().unwrap();
    let listed = books.officer.get("/v1/people").await;
    assert_eq!(listed.header("cache-control"), "no-store");
    let listed = listed.is(200);
    assert_eq!(listed["items"][0]["masked_name"], "N*** G*** Đ*** 1***");
    assert_eq!(listed["items"][0]["masked_personal_id"], "*********001");
    let read = books.officer.get(&format!("/v1/people/{id}")).await;
    assert_eq!(read.header("cache-control"), "no-store");
    assert_eq!(read.is(200)["birth_year"], 1990);

    let path = format!("/v1/people/{id}/reveals");
    let before = app.rows().await;
    books.officer.post(&path, json!({"purpose": "ngắn"})).await.faults(&[("/purpose", "too_short")]);
    books.officer.post(&path, json!({})).await.faults(&[("/purpose", "required")]);
    let stranger = app.officer_of("12019@origin").await;
    stranger.post(&path, json!({"purpose": "Đối chiếu hồ sơ kết nạp"})).await.problem(404, "not_found");
    assert_eq!(app.rows().await, before, "a refused look leaves nothing");
    let shown = books.officer.post(&path, json!({"purpose": "Đối chiếu hồ sơ kết nạp"})).key("xem").await;
    assert_eq!(shown.header("cache-control"), "no-store");
    let shown = shown.is(200);
    assert_eq!((&shown["full_name"], &shown["personal_id"]), (&person(1)["full_name"], &person(1)["personal_id"]));

    let inspector = app.be(Role::Inspector, "33@origin").await;
    let records = inspector.get("/v1/access-records").await.is(200);
    let records = records["items"].as_array().unwrap();
    let actions: Vec<_> = records.iter().map(|one| one["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["reveal", "read", "list"], "latest first");
    assert_eq!(records[0]["id"], shown["access_record_id"]);
    assert_eq!(records[0]["purpose"], "Đối chiếu hồ sơ kết nạp");
    assert_eq!(records[0]["actor"], json!(format!("client:{}", books.officer.id)));
    assert_eq!((&records[1]["subject"], &records[1]["fields"]), (&json!(format!("/v1/people/{id}")), &json!("masked")));
    assert_eq!((&records[2]["subject"], &records[2]["count"]), (&json!(null), &json!(1)));
    books.officer.get("/v1/access-records").await.problem(403, "insufficient_scope");
    let elsewhere = app.be(Role::Inspector, "326@origin").await;
    let elsewhere = elsewhere.get(&format!("/v1/access-records?subject=/v1/people/{id}")).await.is(200);
    assert_eq!(elsewhere["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_without_the_right_sees_a_person() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let cell = books.cell("2022-03-15").await;
    let made = books.admit(&cell, 1, "2022-05-19").await;
    let person = format!("/v1/people/{}", made["person_id"].as_str().unwrap());
    let membership = format!("/v1/memberships/{}", made["membership_id"].as_str().unwrap());
    let stranger = app.officer_of("12019@origin").await;
    stranger.get(&person).await.problem(404, "not_found");
    stranger.get(&membership).await.problem(404, "not_found");
    assert_eq!(stranger.get("/v1/people").await.is(200)["items"], json!([]));
    for role in [Role::Viewer, Role::Portal, Role::Administrator] {
        let somebody = app.be(role, "33@origin").await;
        for path in [person.as_str(), membership.as_str(), "/v1/people", "/v1/acts"] {
            somebody.get(path).await.problem(403, "insufficient_scope");
        }
        let reveal = somebody.post(&format!("{person}/reveals"), json!({"purpose": "Xem cho biết thôi"}));
        reveal.await.problem(403, "insufficient_scope");
    }
    // A portal follows the journal, and sees no entry about a member in it.
    let portal = app.be(Role::Portal, "33@origin").await;
    let page = portal.get("/v1/journal/membership?limit=500").await.is(200);
    let kinds: Vec<&str> = page["items"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert!(!kinds.is_empty() && kinds.iter().all(|kind| kind.starts_with("organisation.")), "{kinds:?}");
    assert_eq!(page["next_after"], page["head"]["seq"], "what is left out moves the reader on all the same");
    portal.get("/v1/figures/PM10/entries?period=2022-H1").await.problem(403, "insufficient_scope");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_column_and_no_journal_entry_holds_a_person_in_clear() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let cell = books.cell("2022-03-15").await;
    let mut body = books.admission(&cell, 1, "2022-05-19");
    body["person"]["phone"] = json!("0912345678");
    body["person"]["card_number"] = json!("THE-001");
    let made = books.officer.post("/v1/admissions", body).key("k").await.is(201);
    let reveal = format!("/v1/people/{}/reveals", made["person_id"].as_str().unwrap());
    books.officer.post(&reveal, json!({"purpose": "Đối chiếu hồ sơ kết nạp"})).key("r").await.is(200);
    app.settle().await;
    let secrets = ["Nguyễn Giả Định 1", "1990-05-17", "000000000001", "0912345678", "THE-001"];
    for db in [&app.system.registry.db, &app.system.membership.db, &app.system.reporting.db, &app.system.identity.db] {
        for (table, row) in tests::all_rows(db).await {
            for secret in secrets {
                let hidden = !row.contains(&secret.to_lowercase()) && !row.contains(&hex::encode(secret));
                assert!(hidden, "{secret} stands in {table}: {row}");
            }
        }
    }
    let journal: Value = books.officer.get("/v1/journal/membership?limit=500").await.is(200);
    for secret in secrets {
        assert!(!journal.to_string().contains(secret), "{secret}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_that_cannot_be_recorded_shows_nothing() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let cell = books.cell("2022-03-15").await;
    let made = books.admit(&cell, 1, "2022-05-19").await;
    tests::run_sql(&app.system.membership.db, vec!["DROP TABLE access_records".to_owned()]).await;
    let path = format!("/v1/people/{}", made["person_id"].as_str().unwrap());
    for answer in [
        books.officer.get(&path).await,
        books.officer.get("/v1/people").await,
        books.officer.post(&format!("{path}/reveals"), json!({"purpose": "Đối chiếu hồ sơ kết nạp"})).await,
    ] {
        let text = answer.text.clone();
        answer.problem(500, "internal");
        assert!(!text.contains("access_records") && !text.contains("Nguyễn"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inspector_filters_and_exports_looks_and_the_export_is_a_look_itself() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let cell = books.cell("2022-03-15").await;
    let made = books.admit(&cell, 1, "2022-05-19").await;
    let id = made["person_id"].as_str().unwrap();
    let purpose = "=HYPERLINK(\"https://example.org\"), đối chiếu";
    books.officer.post(&format!("/v1/people/{id}/reveals"), json!({"purpose": purpose})).await.is(200);
    app.set_clock("2022-06-30T08:05:00Z");
    books.officer.get(&format!("/v1/people/{id}")).await.is(200);
    let inspector = app.be(Role::Inspector, "325@origin").await;
    let count = async |query: &str| {
        let found = inspector.get(&format!("/v1/access-records?count=true&{query}")).await.is(200);
        assert_eq!(found["total"], found["items"].as_array().unwrap().len(), "{query}");
        found["total"].as_i64().unwrap()
    };
    assert_eq!(count("action=read").await, 1);
    assert_eq!(count("action=read,reveal").await, 2);
    assert_eq!(count("since=2022-06-30T08:05:00Z").await, 1);
    assert_eq!(count("until=2022-06-30T08:05:00Z").await, 1);
    inspector.get("/v1/access-records?since=hôm%20qua").await.faults(&[("since", "wrong_type")]);
    app.set_clock("2022-06-30T08:06:00Z");
    let export = inspector.get(&format!("/v1/access-records/export?subject=/v1/people/{id}")).await;
    assert_eq!((export.status, export.header("content-type")), (200, "text/csv; charset=utf-8"));
    assert_eq!(export.header("cache-control"), "no-store");
    let table = export.text.strip_prefix('\u{feff}').expect("a byte order mark");
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let lines: Vec<csv::StringRecord> = reader.records().map(|line| line.unwrap()).collect();
    let actions: Vec<&str> = lines.iter().map(|line| &line[2]).collect();
    assert_eq!(actions, ["read", "reveal"], "latest first");
    assert_eq!(&lines[1][4], format!("'{purpose}"), "no formula for a spreadsheet");
    let looks = inspector.get("/v1/access-records?action=export").await.is(200);
    assert_eq!((&looks["items"][0]["count"], &looks["items"][0]["subject"]), (&json!(2), &json!(null)));
    assert!(!looks.to_string().contains(id), "whom an export was about is not told: {looks}");
    books.officer.get("/v1/access-records/export").await.problem(403, "insufficient_scope");
}

#[tokio::test(flavor = "multi_thread")]
async fn looks_of_many_at_once_are_each_recorded() {
    let app = TestApp::with_demo().await;
    let reader = app.be(Role::Leader, "33@2025-07-01").await;
    let people = reader.get("/v1/people?limit=100").await.is(200);
    let ids: Vec<String> =
        people["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    let looks = ids.iter().map(|id| tokio::spawn(reader.get(&format!("/v1/people/{id}")).into_future()));
    for look in looks.collect::<Vec<_>>() {
        look.await.unwrap().is(200);
    }
    let inspector = app.be(Role::Inspector, "33@2025-07-01").await;
    let seen = inspector.get("/v1/access-records?action=read&limit=200").await.is(200);
    let mut seen: Vec<&str> =
        seen["items"].as_array().unwrap().iter().map(|one| one["subject"].as_str().unwrap()).collect();
    seen.sort_unstable();
    assert_eq!(seen, ids.iter().map(|id| format!("/v1/people/{id}")).collect::<Vec<_>>());
}
