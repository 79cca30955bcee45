use serde_json::{Value, json};
use tests::{Books, TestApp, decision, person};

#[tokio::test(flavor = "multi_thread")]
async fn an_admission_names_people_by_their_ids_only() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let cell = books.cell("2022-03-15").await;
    let answer = books.officer.post("/v1/admissions", books.admission(&cell, 2, "2022-05-19")).key("kn-2").await;
    assert!(answer.header("location").starts_with("/v1/acts/"));
    assert!(!answer.text.contains("Nguyễn") && !answer.text.contains("0000000000"), "{}", answer.text);
    let act = books.officer.get(answer.header("location")).await.is(200);
    assert_eq!((&act["kind"], &act["count"]), (&json!("party_member.admitted"), &json!(1)));
    assert_eq!(act["decision"], decision("2022-05-19"));
    let membership = act["membership_id"].as_str().unwrap();
    let membership = books.officer.get(&format!("/v1/memberships/{membership}")).await.is(200);
    assert_eq!((&membership["standing"], &membership["status"]), (&json!("probationary"), &json!("active")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_day_of_an_admission_lies_in_the_life_of_the_organisation() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let cell = books.cell("2022-03-15").await;
    let before = app.rows().await;
    let early = books.officer.post("/v1/admissions", books.admission(&cell, 1, "2022-03-14")).await;
    early.faults(&[("/occurred_on", "before_organisation")]);
    let late = books.officer.post("/v1/admissions", books.admission(&cell, 1, "2022-07-01")).await;
    late.faults(&[("/decision/decided_on", "date_in_future"), ("/occurred_on", "date_in_future")]);
    let mut unpapered = books.admission(&cell, 1, "2022-05-19");
    unpapered["decision"]["decided_on"] = json!("2022-05-20");
    books.officer.post("/v1/admissions", unpapered).await.faults(&[("/occurred_on", "before_decision")]);
    assert_eq!(app.rows().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_age_is_judged_and_the_refusal_cites_its_source() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let cell = books.cell("2022-03-15").await;
    let born = |day: &str| {
        let mut body = books.admission(&cell, 1, "2022-05-19");
        body["person"]["birth_date"] = json!(day);
        body
    };
    let before = app.rows().await;
    let young = books.officer.post("/v1/admissions", born("2004-06-01")).await.problem(422, "age_too_low");
    assert_eq!(
        (&young["rule"]["compared"]["age"], &young["rule"]["compared"]["threshold"]),
        (&json!("17"), &json!("18"))
    );
    let source = young["rule"]["source"].as_str().unwrap();
    assert!(source.starts_with("Quy định số 24-QĐ/TW ngày 30.7.2021, "), "{young}");
    let old = books.officer.post("/v1/admissions", born("1962-04-30")).await.problem(422, "age_needs_paper");
    assert!(!old["rule"]["source"].as_str().unwrap().is_empty());
    assert_eq!(app.rows().await, before);
    let mut with_paper = born("1962-04-30");
    with_paper["authorising_paper"] = json!("Quyết định 9-QĐ/TU của Ban Thường vụ Tỉnh ủy Giả Định");
    books.officer.post("/v1/admissions", with_paper).await.is(201);
    books
        .officer
        .post("/v1/admissions", {
            let mut body = born("2004-05-31");
            body["person"]["personal_id"] = json!(null);
            body
        })
        .await
        .is(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admission_without_its_paper_is_refused() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let (cell, union) = (books.cell("2022-03-15").await, books.union("2022-03-20").await);
    let before = app.rows().await;
    for organisation in [&cell, &union] {
        let mut body = books.admission(organisation, 1, "2022-05-19");
        body["decision"] = json!(null);
        books.officer.post("/v1/admissions", body).await.problem(422, "decision_paper_required");
    }
    let collective = json!({"organisation_id": union, "count": 40, "occurred_on": "2022-05-19"});
    books.officer.post("/v1/collective-admissions", collective).await.problem(422, "decision_paper_required");
    assert_eq!(app.rows().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_a_person_are_told_by_place_and_never_repeated() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let cell = books.cell("2022-03-15").await;
    let before = app.rows().await;
    let mut body = books.admission(&cell, 1, "2022-05-19");
    body["person"] = json!({"full_name": "", "birth_date": "2022-07-01", "sex": "khac", "phone": "98765",
        "personal_id": "98765432", "card_number": "x".repeat(21)});
    let problem = books.officer.post("/v1/admissions", body).await.faults(&[
        ("/person/full_name", "required"),
        ("/person/birth_date", "date_in_future"),
        ("/person/sex", "unknown_value"),
        ("/person/phone", "bad_format"),
        ("/person/personal_id", "personal_id_format"),
        ("/person/card_number", "too_long"),
    ]);
    for sent in ["khac", "98765", "xxxxxxxxxxxxx"] {
        assert!(!problem.to_string().contains(sent), "{problem}");
    }
    let mut both = books.admission(&cell, 1, "2022-05-19");
    // Beside a person it is the id that the caller makes for somebody new.
    both["person_id"] = json!("0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f");
    books.officer.post("/v1/admissions", both).await.faults(&[("/person_id", "id_time_out_of_range")]);
    let mut unknown = books.admission("0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f", 1, "2022-05-19");
    let refused = books.officer.post("/v1/admissions", unknown.clone()).await;
    refused.faults(&[("/organisation_id", "unknown_organisation")]);
    unknown["organisation_id"] = json!(books.committee);
    let into_committee = books.officer.post("/v1/admissions", unknown).await;
    into_committee.faults(&[("/organisation_id", "branch_mismatch")]);
    assert_eq!(app.rows().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_union_admits_by_name_or_as_a_number() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let (cell, union) = (books.cell("2022-03-15").await, books.union("2022-03-20").await);
    books.admit(&union, 1, "2022-04-01").await;
    let body = |count: i64, women: Option<i64>, organisation: &str| {
        json!({"organisation_id": organisation, "count": count, "female_count": women,
            "occurred_on": "2022-05-19", "decision": decision("2022-05-10")})
    };
    let made = books.officer.post("/v1/collective-admissions", body(120, Some(70), &union)).await.is(201);
    assert_eq!((&made["count"], &made["person_id"]), (&json!(120), &json!(null)));
    let before = app.rows().await;
    let refuse = |body: Value| books.officer.post("/v1/collective-admissions", body);
    refuse(body(0, None, &union)).await.faults(&[("/count", "too_small")]);
    refuse(body(100_001, None, &union)).await.faults(&[("/count", "too_many")]);
    refuse(body(10, Some(11), &union)).await.faults(&[("/female_count", "too_many")]);
    refuse(body(10, None, &cell)).await.faults(&[("/organisation_id", "branch_mismatch")]);
    assert_eq!(app.rows().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_a_member_within_reach_is_not_admitted_again() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let (cell, union) = (books.cell("2022-03-15").await, books.union("2022-03-20").await);
    let first = books.admit(&cell, 1, "2022-05-19").await;
    let before = app.rows().await;
    let by_details = books.officer.post("/v1/admissions", books.admission(&cell, 1, "2022-05-20")).await;
    by_details.problem(409, "already_member");
    let mut by_id = books.admission(&cell, 1, "2022-05-20");
    by_id["person"] = json!(null);
    by_id["person_id"] = first["person_id"].clone();
    books.officer.post("/v1/admissions", by_id.clone()).await.problem(409, "already_member");
    assert_eq!(app.rows().await, before);
    // The same person in the union is a second membership, not a second person.
    by_id["organisation_id"] = json!(union);
    let second = books.officer.post("/v1/admissions", by_id).await.is(201);
    assert_eq!(second["person_id"], first["person_id"]);
    assert_ne!(second["membership_id"], first["membership_id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_readmission_needs_time_consent_and_happens_once() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let cell = books.cell("2018-03-15").await;
    let opened = json!({"organisation_id": cell, "person": person(9), "occurred_on": "2018-12-01",
        "joined_on": "2010-05-19", "official_on": "2011-05-19"});
    let opened = books.officer.post("/v1/opening-registrations", opened).await.is(201);
    let left = json!({"membership_id": opened["membership_id"], "reason": "withdrew", "occurred_on": "2019-03-15",
        "decision": decision("2019-03-15")});
    books.officer.post("/v1/departures", left).await.is(201);
    let again = |on: &str, paper: Option<&str>| {
        json!({"membership_id": opened["membership_id"], "organisation_id": cell, "occurred_on": on,
            "decision": decision(on), "authorising_paper": paper})
    };
    let consent = Some("Văn bản đồng ý 3-CV/TU");
    let before = app.rows().await;
    let soon = books.officer.post("/v1/readmissions", again("2022-03-14", consent)).await;
    assert_eq!(soon.problem(422, "readmission_too_soon")["rule"]["compared"]["months"], "35");
    books.officer.post("/v1/readmissions", again("2022-03-15", None)).await.problem(422, "readmission_needs_paper");
    let new = books.officer.post("/v1/admissions", books.admission(&cell, 9, "2022-05-19")).await;
    new.problem(409, "already_member");
    assert_eq!(app.rows().await, before);
    books.officer.post("/v1/readmissions", again("2022-03-15", consent)).await.is(201);
    books.officer.post("/v1/readmissions", again("2022-06-15", consent)).await.problem(409, "already_member");
}
