//! Persons are told apart, lists are whole, and a number tells nothing of a hidden membership.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use shared::access::Role;
use tests::{Books, Somebody, TestApp, decision, person};

use crate::running::command_on;

/// What admits a person who is known here.
fn known(organisation: &str, person_id: &Value, occurred_on: &str) -> Value {
    json!({"organisation_id": organisation, "person_id": person_id, "occurred_on": occurred_on,
        "decision": decision(occurred_on)})
}

fn departure(membership: &Value, occurred_on: &str) -> Value {
    json!({"membership_id": membership, "reason": "withdrew", "occurred_on": occurred_on,
        "decision": decision(occurred_on)})
}

/// The lists of the API document: those with a cursor and no other place in their path.
async fn lists(app: &TestApp) -> Vec<String> {
    let document = app.get("/openapi.json").await.is(200);
    let paths = document["paths"].as_object().unwrap();
    let is_list = |operation: &Value| {
        let named = |name: &str| {
            operation["parameters"].as_array().is_some_and(|all| all.iter().any(|one| one["name"] == name))
        };
        named("cursor") && named("count")
    };
    let lists = paths.iter().filter(|(path, operations)| !path.contains('{') && is_list(&operations["get"]));
    lists.map(|(path, _)| path.clone()).collect()
}

/// How many different items a list shows page by page, and how many it says there are.
async fn walk(somebody: &Somebody, path: &str, limit: u32) -> (usize, i64) {
    let (mut seen, mut cursor, mut total) = (BTreeSet::new(), String::new(), None);
    loop {
        let page = somebody.get(&format!("{path}?count=true&limit={limit}{cursor}")).await.is(200);
        let before = seen.len();
        let items = page["items"].as_array().unwrap();
        seen.extend(items.iter().map(ToString::to_string));
        assert_eq!(seen.len(), before + items.len(), "{path}: an item is shown twice");
        total = total.or(page["total"].as_i64());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return (seen.len(), total.unwrap()),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_list_is_walked_to_its_total_also_after_an_erasure() {
    let app = TestApp::with_demo().await;
    let leader = app.be(Role::Leader, "33@2025-07-01").await;
    let (_, people) = walk(&leader, "/v1/people", 200).await;
    let departed = leader.get("/v1/people?status=departed&limit=200").await.is(200);
    let has_left = |one: &&Value| one["memberships"].as_array().unwrap().iter().all(|one| one["status"] == "departed");
    let gone: Vec<&Value> = departed["items"].as_array().unwrap().iter().filter(has_left).take(2).collect();
    assert_eq!(gone.len(), 2, "two of the demonstration's people have left");
    for person in &gone {
        let (is_done, said) =
            command_on(&app.database, &["erase-person", person["id"].as_str().unwrap(), "--ground", "purpose_ended"]);
        assert!(is_done, "{said}");
    }
    app.settle().await;
    let (inspector, administrator) =
        (app.be(Role::Inspector, "33@2025-07-01").await, app.be(Role::Administrator, "33@2025-07-01").await);
    let lists = lists(&app).await;
    assert!(lists.len() >= 12 && lists.iter().any(|path| path == "/v1/people"), "{lists:?}");
    for path in &lists {
        let is_identitys = ["/v1/clients", "/v1/grants"].contains(&path.as_str());
        let somebody = if is_identitys { &administrator } else { &inspector };
        for limit in [7, 50, 200] {
            let (seen, total) = walk(somebody, path, limit).await;
            assert_eq!(i64::try_from(seen).unwrap(), total, "{path} by {limit}");
        }
    }
    assert_eq!(walk(&leader, "/v1/people", 7).await.1, people - 2);
    let listed = leader.get("/v1/people?status=departed&limit=200").await.is(200).to_string();
    assert!(gone.iter().all(|person| !listed.contains(person["id"].as_str().unwrap())), "the erased are in no list");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_personal_id_that_belongs_to_somebody_else_is_refused() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let (cell, union) = (books.cell("2018-03-15").await, books.union("2018-03-20").await);
    // Thirteen years old, and recorded so.
    let mut child = books.admission(&union, 5, "2022-05-19");
    child["person"]["birth_date"] = json!("2009-01-01");
    let first = books.officer.post("/v1/admissions", child.clone()).await.is(201);
    let before = app.rows().await;

    let other = |field: &str, value: Value| {
        let mut body = child.clone();
        body["organisation_id"] = json!(cell);
        body["person"][field] = value;
        body
    };
    let named = books.officer.post("/v1/admissions", other("full_name", json!("Lê Thị Khác"))).await;
    let told = named.faults(&[("/person/full_name", "person_differs")]);
    assert!(!told.to_string().contains("Nguyễn") && !told.to_string().contains("Lê Thị"), "{told}");
    let born = books.officer.post("/v1/admissions", other("birth_date", json!("1990-05-05"))).await;
    let told = born.faults(&[("/person/birth_date", "person_differs")]);
    assert!(!told.to_string().contains("2009") && !told.to_string().contains("1990"), "{told}");
    let mut both = other("full_name", json!("Lê Thị Khác"));
    both["person"]["birth_date"] = json!("1990-05-05");
    let faults = [("/person/full_name", "person_differs"), ("/person/birth_date", "person_differs")];
    books.officer.post("/v1/admissions", both.clone()).await.faults(&faults);
    let opening = json!({"organisation_id": cell, "person": both["person"], "occurred_on": "2022-05-19",
        "joined_on": "2015-05-19", "official_on": "2016-05-19"});
    books.officer.post("/v1/opening-registrations", opening).await.faults(&faults);
    let transfer = json!({"organisation_id": cell, "person": both["person"], "occurred_on": "2022-05-19",
        "joined_on": "2015-05-19", "official_on": "2016-05-19", "decision": decision("2022-05-19")});
    books.officer.post("/v1/transfers-in", transfer).await.faults(&faults);
    // The rule judges what is recorded.
    let same = other("full_name", json!("NGUYEN  gia định 5"));
    books.officer.post("/v1/admissions", same).await.problem(422, "age_too_low");
    assert_eq!(app.rows().await, before);

    // Where nobody of that number is within reach, nothing is told.
    let (province, neighbour) = (app.officer_of("33@origin").await, app.officer_of("326@origin").await);
    let neighbours = Books::open(&province, &neighbour, "326@origin", "12019@origin").await;
    let union = neighbours.union("2018-03-20").await;
    let mut hidden = both;
    hidden["organisation_id"] = json!(union);
    let made = neighbour.post("/v1/admissions", hidden).await.is(201);
    assert_ne!(made["person_id"], first["person_id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_recorded_of_a_person_yet_is_added() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let (cell, union) = (books.cell("2018-03-15").await, books.union("2018-03-20").await);
    let first = books.admit(&union, 1, "2022-05-19").await;
    let path = format!("/v1/people/{}", first["person_id"].as_str().unwrap());
    let reveal = async || {
        let purpose = json!({"purpose": "Đối chiếu hồ sơ kết nạp"});
        books.officer.post(&format!("{path}/reveals"), purpose).await.is(200)
    };
    assert_eq!(reveal().await["phone"], json!(null));
    let etag = books.officer.get(&path).await.is(200)["etag"].clone();
    let mut body = books.admission(&cell, 1, "2022-05-20");
    body["person"]["full_name"] = json!("nguyễn giả định 1");
    body["person"]["phone"] = json!("0912345678");
    body["person"]["card_number"] = json!("THE-1");
    let second = books.officer.post("/v1/admissions", body.clone()).await.is(201);
    assert_eq!(second["person_id"], first["person_id"]);
    let shown = reveal().await;
    assert_eq!((&shown["phone"], &shown["card_number"]), (&json!("0912345678"), &json!("THE-1")));
    assert_eq!(shown["full_name"], person(1)["full_name"], "nothing is replaced");
    assert_ne!(books.officer.get(&path).await.is(200)["etag"], etag);
    body["person"]["phone"] = json!("0987654321");
    books.officer.post("/v1/admissions", body).await.faults(&[("/person/phone", "person_differs")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_membership_takes_no_number_that_a_lawful_act_needs() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let mut kept = Vec::new();
    for commune in ["11986@origin", "11992@origin", "11995@origin"] {
        kept.push(books.kept_by(&app.officer_of(commune).await, commune));
    }
    let [x, y, z] = kept.as_slice() else { panic!("three communes") };
    let mut cells = Vec::new();
    for books in [x, y, z] {
        cells.push(books.cell("2018-03-15").await);
    }
    // Z knows the person as a union member, X as a Party member; who reaches X and Y brings the person to Y's union.
    let union = z.union("2018-03-20").await;
    let person = z.admit(&union, 1, "2018-05-19").await["person_id"].clone();
    let first = books.officer.post("/v1/admissions", known(&cells[0], &person, "2018-05-20")).await.is(201);
    let client = app.create_client(Role::Officer, "11986@origin").await;
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let grant = json!({"client_id": client.0, "role": "officer", "area": "11992@origin"});
    administrator.post("/v1/grants", grant).await.is(201);
    let of_both = app.signed_in(&client).await;
    let union = y.union("2018-03-20").await;
    of_both.post("/v1/admissions", known(&union, &person, "2018-05-21")).await.is(201);
    y.officer.post("/v1/admissions", known(&cells[1], &person, "2018-05-22")).await.is(201);
    x.officer.post("/v1/departures", departure(&first["membership_id"], "2019-03-15")).await.is(201);
    // Y's membership has the number 1, and the number 0 is free.
    z.officer.post("/v1/admissions", known(&cells[2], &person, "2019-05-19")).await.is(201);
    y.officer.post("/v1/admissions", known(&cells[1], &person, "2019-05-20")).await.problem(409, "already_member");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_readmission_beside_a_hidden_membership_is_accepted() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let x = books.kept_by(&app.officer_of("11986@origin").await, "11986@origin");
    let y = books.kept_by(&app.officer_of("11992@origin").await, "11992@origin");
    let (here, there, union) = (x.cell("2018-03-15").await, y.cell("2018-03-15").await, y.union("2018-03-20").await);
    let first = x.admit(&here, 1, "2018-05-19").await;
    let person = &first["person_id"];
    books.officer.post("/v1/admissions", known(&union, person, "2018-05-20")).await.is(201);
    y.officer.post("/v1/admissions", known(&there, person, "2018-05-21")).await.is(201);
    x.officer.post("/v1/departures", departure(&first["membership_id"], "2019-03-15")).await.is(201);
    let again = json!({"membership_id": first["membership_id"], "organisation_id": here, "occurred_on": "2022-05-19",
        "decision": decision("2022-05-19"), "authorising_paper": "Văn bản đồng ý 3-CV/TU"});
    x.officer.post("/v1/readmissions", again).await.is(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persons_tag_differs_for_different_states() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let (cell, union) = (books.cell("2018-03-15").await, books.union("2018-03-20").await);
    let first = books.admit(&union, 1, "2022-05-19").await;
    let path = format!("/v1/people/{}", first["person_id"].as_str().unwrap());
    let mut tags = BTreeSet::new();
    let mut look = async || {
        let answer = books.officer.get(&path).await;
        let tag = answer.header("etag").to_owned();
        assert_eq!(answer.is(200)["etag"], tag.as_str());
        tags.insert(tag);
    };
    look().await;
    // A version of the union's membership more, or a membership of the Party more: the sums of versions are the same.
    books.officer.post("/v1/departures", departure(&first["membership_id"], "2022-05-20")).await.is(201);
    look().await;
    books.officer.post("/v1/admissions", known(&cell, &first["person_id"], "2022-05-21")).await.is(201);
    look().await;
    assert_eq!(tags.len(), 3);
    let (person, union_only) = (shared::Id::new(), shared::Id::new());
    let tag = |parts: &[(shared::Id, i64)]| shared::http::Tag::of_parts(parts.iter().copied());
    assert_ne!(tag(&[(person, 1), (union_only, 2)]), tag(&[(person, 2), (union_only, 1)]));
}

/// A name or a day of birth that was typed wrongly is put right; what it was stays sealed, and no journal tells either.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_recorded_of_a_person_is_put_right_and_what_it_was_is_revealed_only() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let (cell, officer) = (books.cell("2015-03-15").await, &books.officer);
    let made = books.admit(&cell, 1, "2016-05-19").await;
    books.admit(&cell, 2, "2016-05-19").await;
    let path = format!("/v1/people/{}", made["person_id"].as_str().unwrap());
    let tag = async || officer.get(&path).await.header("etag").to_owned();
    let correct =
        async |change: Value| officer.post(&format!("{path}/corrections"), change).if_match(&tag().await).await;
    let right = json!({"full_name": "Trần Văn Đúng", "birth_date": "1991-02-03", "sex": "female",
        "personal_id": "000000000077", "phone": null, "note": "Đối chiếu căn cước"});
    let corrected = correct(right).await.is(201);
    assert_eq!(corrected["fields"], json!(["full_name", "birth_date", "sex", "personal_id"]));
    assert!(!corrected.to_string().contains("Trần"), "{corrected}");
    let shown = officer.post(&format!("{path}/reveals"), json!({"purpose": "Đối chiếu căn cước"})).await.is(200);
    assert_eq!((&shown["full_name"], &shown["birth_date"]), (&json!("Trần Văn Đúng"), &json!("1991-02-03")));
    let former = &shown["former"][0];
    assert_eq!((&former["full_name"], &former["note"]), (&person(1)["full_name"], &json!("Đối chiếu căn cước")));
    assert_eq!(former["replaced_by"], corrected["entry_id"]);
    // The entry names fields and no value; the admission is told anew with the right sex, because of it.
    let journal = officer.get("/v1/journal/membership?limit=500").await.is(200);
    let entries = journal["items"].as_array().unwrap();
    let told = entries.iter().find(|entry| entry["id"] == corrected["entry_id"]).unwrap();
    assert_eq!((&told["kind"], &told["data"]["fields"]), (&json!("person.corrected"), &corrected["fields"]));
    let anew = entries.iter().find(|entry| entry["corrects"] == made["entry_id"]).unwrap();
    assert_eq!((&anew["because"], &anew["data"]["sex"]), (&corrected["entry_id"], &json!("female")));
    for word in ["Trần", "1991-02-03", "000000000077", "căn cước", "Giả Định 1"] {
        assert!(!journal.to_string().contains(word), "{word}");
    }
    let before = app.rows().await["membership.journal_entries"];
    let taken = [("/personal_id", "personal_id_taken")];
    correct(json!({"personal_id": person(2)["personal_id"]})).await.faults(&taken);
    correct(json!({"birth_date": "2016-05-19"})).await.faults(&[("/birth_date", "against_each_other")]);
    correct(json!({"full_name": "Trần Văn Đúng", "note": "không đổi"})).await.faults(&[("", "nothing_differs")]);
    correct(json!({"full_name": null})).await.faults(&[("/full_name", "not_clearable")]);
    correct(json!({"sex": "x", "phone": "1", "personal_id": "2", "card_number": ""})).await.faults(&[
        ("/sex", "unknown_value"),
        ("/phone", "bad_format"),
        ("/personal_id", "personal_id_format"),
        ("/card_number", "required"),
    ]);
    officer.post(&format!("{path}/corrections"), json!({"sex": "male"})).await.problem(428, "missing_if_match");
    let stale = officer.post(&format!("{path}/corrections"), json!({"sex": "male"})).if_match("\"v1\"").await;
    stale.problem(412, "stale_version");
    assert_eq!(app.rows().await["membership.journal_entries"], before);
    // After an erasure nothing opens what it was.
    officer.post("/v1/departures", departure(&made["membership_id"], "2022-06-01")).await.is(201);
    let id = made["person_id"].as_str().unwrap();
    let (is_done, said) = command_on(&app.database, &["erase-person", id, "--ground", "consent_withdrawn"]);
    assert!(is_done, "{said}");
    assert_eq!(app.rows().await["membership.person_versions"], 0);
}

/// A correction neither reaches nor tells of a membership that lies elsewhere.
#[tokio::test(flavor = "multi_thread")]
async fn who_keeps_no_living_membership_of_a_person_does_not_put_the_person_right() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let province = app.officer_of("33@origin").await;
    let far = books.kept_far_by(&province, "12019@origin");
    let (union, cell) = (books.union("2015-03-15").await, far.cell("2005-03-15").await);
    let made = books.admit(&union, 1, "2018-05-19").await;
    let elsewhere = json!({"organisation_id": cell, "person_id": made["person_id"], "occurred_on": "2010-05-19",
        "decision": decision("2010-05-19")});
    province.post("/v1/admissions", elsewhere).await.is(201);
    let path = format!("/v1/people/{}", made["person_id"].as_str().unwrap());
    let correct = async |change: Value| {
        let tag = books.officer.get(&path).await.header("etag").to_owned();
        books.officer.post(&format!("{path}/corrections"), change).if_match(&tag).await
    };
    // Later than the hidden admission, and earlier than the known one: nothing is betrayed.
    correct(json!({"birth_date": "2010-05-20"})).await.is(201);
    correct(json!({"birth_date": "1990-05-17", "sex": "female"})).await.is(201);
    let keeper = app.officer_of("12019@origin").await;
    let told = keeper.get("/v1/journal/membership?limit=500").await.is(200);
    let told = told["items"].as_array().unwrap();
    assert_eq!(
        told.iter().filter(|entry| entry["kind"] == "person.corrected").count(),
        2,
        "who keeps the other is told"
    );
    let anew = told.iter().find(|entry| !entry["because"].is_null()).unwrap();
    assert!(told.iter().any(|entry| entry["id"] == anew["because"]), "and may read why: {anew}");
    books.officer.post("/v1/departures", departure(&made["membership_id"], "2022-06-01")).await.is(201);
    correct(json!({"full_name": "Nguyễn Văn Khác"})).await.problem(409, "membership_not_active");
}
