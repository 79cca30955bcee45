//! Every look is recorded in a chain that nobody changes unseen (ASVS 16.4.2, DRS-7).

use serde_json::{Value, json};
use shared::access::Role;
use shared::program::{VerifyArgs, Witness, verify};
use tests::{Books, TestApp, TestDatabase, decision, run_sql};

use crate::running::command_on;

const PURPOSE: &str = "Đối chiếu hồ sơ của Nguyễn Giả Định 1";

/// What `verify` says of the access records.
async fn said(database: &TestDatabase, access_witnesses: Vec<Witness>) -> (String, bool) {
    let args = VerifyArgs { access_witnesses, ..VerifyArgs::default() };
    let (lines, is_whole) = verify(&database.url, "membership", &args).await.unwrap();
    (lines.lines().last().unwrap().to_owned(), is_whole)
}

/// Twelve looks at one person, the third of them a reveal; returns the person.
async fn looks(app: &TestApp, books: &Books) -> String {
    let cell = books.cell("2022-03-15").await;
    let made = books.admit(&cell, 1, "2022-05-19").await;
    let path = format!("/v1/people/{}", made["person_id"].as_str().unwrap());
    for number in 1..=12 {
        if number == 3 {
            books.officer.post(&format!("{path}/reveals"), json!({"purpose": PURPOSE})).await.is(200);
        } else {
            books.officer.get(&path).await.is(200);
        }
    }
    app.settle().await;
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_access_record_is_named() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    looks(&app, &books).await;
    let db = app.system.membership.db.clone();
    let (line, is_whole) = said(&app.database, vec![]).await;
    assert!(is_whole && line.starts_with("membership access records: 12 records hold, head 12:"), "{line}");
    let head: Witness = line.rsplit(' ').next().unwrap().parse().unwrap();
    let (line, is_whole) = said(&app.database, vec![head.clone()]).await;
    assert!(is_whole, "{line}");
    // Each breaks what the one before it left whole.
    let corpus = [
        ("DELETE FROM access_records WHERE seq = 12", "record 12: a record that was witnessed is missing"),
        ("UPDATE access_records SET actor = 'client:nobody' WHERE seq = 11", "record 11: its columns were changed"),
        ("DELETE FROM access_records WHERE seq = 7", "record 8: the record before it is missing"),
        (
            "UPDATE access_records SET prev_hash = hash WHERE seq = 5",
            "record 5: it does not follow the record before it",
        ),
        ("UPDATE access_records SET purpose_salt = hash WHERE seq = 3", "record 3: its purpose was changed"),
        ("UPDATE access_records SET purpose_salt = NULL WHERE seq = 3", "record 3: half of its purpose was removed"),
        (
            "UPDATE access_records SET purpose = NULL WHERE seq = 3",
            "record 3: its purpose was removed, and whom it was about was not erased",
        ),
        ("DELETE FROM access_records WHERE seq = 1", "record 2: the record before it is missing"),
    ];
    for (statement, expected) in corpus {
        run_sql(&db, vec![statement.to_owned()]).await;
        let (line, is_whole) = said(&app.database, vec![head.clone()]).await;
        assert!(!is_whole && line.contains(expected), "{statement}: {line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_look_was_for_is_sealed_and_an_erasure_leaves_the_chain_whole() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let path = looks(&app, &books).await;
    let membership = books.officer.get(&path).await.is(200)["memberships"][0]["id"].clone();
    let inspector = app.be(Role::Inspector, "33@origin").await;
    let reveal = async || inspector.get("/v1/access-records?action=reveal").await.is(200)["items"][0].clone();
    assert_eq!(reveal().await["purpose"], PURPOSE);
    let heads = |said: &str| {
        let line = said.lines().find(|line| line.starts_with("membership access records")).unwrap();
        line.rsplit(' ').next().unwrap().to_owned()
    };
    let system = &app.system;
    let all =
        [&system.identity.db, &system.registry.db, &system.membership.db, &system.reporting.db, &system.steering.db];
    for db in all {
        for (table, row) in tests::all_rows(db).await {
            let purpose = PURPOSE.to_lowercase();
            assert!(!row.contains(&purpose) && !row.contains(&hex::encode(PURPOSE)), "{table}: {row}");
        }
    }
    let departure = json!({"membership_id": membership, "reason": "removed", "occurred_on": "2022-06-20",
        "decision": decision("2022-06-20")});
    books.officer.post("/v1/departures", departure).await.is(201);
    let (is_whole, before) = command_on(&app.database, &["verify"]);
    assert!(is_whole, "{before}");
    let person = path.rsplit('/').next().unwrap();
    let (is_done, said) = command_on(&app.database, &["erase-person", person, "--ground", "purpose_ended"]);
    assert!(is_done, "{said}");
    let (is_whole, after) = command_on(&app.database, &["verify"]);
    assert!(is_whole, "{after}");
    assert_eq!(heads(&before), heads(&after), "the chain is as it was");
    let shown = reveal().await;
    assert_eq!((&shown["purpose"], &shown["subject"]), (&Value::Null, &json!(path)));
    let emptied = "SELECT count(*) AS count FROM access_records WHERE purpose IS NOT NULL OR purpose_salt IS NOT NULL";
    let left = tests::count_rows(&app.system.membership.db, &format!("({}) x WHERE count > 0", emptied)).await;
    assert_eq!(left, 0, "neither sealed purpose nor salt is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inspector_sees_what_was_looked_at_within_reach_only() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    looks(&app, &books).await;
    let province = app.officer_of("33@origin").await;
    province.get("/v1/people?status=active").await.is(200);
    province.get("/v1/people?area=11986@origin&branch=party").await.is(200);
    let elsewhere = app.officer_of("11992@origin").await;
    elsewhere.get("/v1/people").await.is(200);
    let commune = app.be(Role::Inspector, "11986@origin").await;
    let seen = commune.get("/v1/access-records?action=list,export&count=true").await.is(200);
    let filters: Vec<&str> =
        seen["items"].as_array().unwrap().iter().map(|one| one["filter"].as_str().unwrap()).collect();
    assert_eq!(filters, [r#"{"area":"11986@origin","branch":"party"}"#], "the province's list is not the commune's");
    assert_eq!(seen["total"], 1);
    let whole = app.be(Role::Inspector, "33@origin").await;
    whole.get("/v1/access-records/export").await;
    let seen = whole.get("/v1/access-records?action=list,export").await.is(200);
    assert_eq!(seen["items"].as_array().unwrap().len(), 4);
    assert_eq!(commune.get("/v1/access-records?action=export").await.is(200)["items"], json!([]));
    // The cursor tells nothing of how many looks there are.
    let page = whole.get("/v1/access-records?limit=1").await.is(200);
    let cursor = page["next"].as_str().unwrap();
    let next = whole.get(&format!("/v1/access-records?limit=1&cursor={cursor}")).await.is(200);
    assert_ne!(next["items"], page["items"]);
    let forged = base64_of(&json!({"list": "access-records", "key": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f"}));
    whole.get(&format!("/v1/access-records?cursor={forged}")).await.problem(400, "bad_cursor");
}

fn base64_of(value: &Value) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn looks_at_two_replicas_at_once_are_one_chain() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let path = looks(&app, &books).await;
    let client = app.create_client(Role::Officer, "33@origin").await;
    let replica = if app.database.is_on_server() { Some(app.replica().await.unwrap()) } else { None };
    let mut somebodies = vec![app.signed_in(&client).await];
    if let Some(replica) = &replica {
        somebodies.push(replica.signed_in(&client).await);
    }
    let looks = (0..60).map(|number| {
        let somebody = &somebodies[number % somebodies.len()];
        tokio::spawn(somebody.get(&path).into_future())
    });
    for look in looks.collect::<Vec<_>>() {
        look.await.unwrap().is(200);
    }
    let (line, is_whole) = said(&app.database, vec![]).await;
    assert!(is_whole && line.starts_with("membership access records: 72 records hold"), "{line}");
    // Ids are in the order of the chain, so that a page by id skips nothing.
    let inspector = app.be(Role::Inspector, "33@origin").await;
    let seen = inspector.get("/v1/access-records?limit=200").await.is(200);
    let ids: Vec<&str> = seen["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert!(ids.len() == 72 && ids.is_sorted_by(|later, earlier| later > earlier), "latest first: {ids:?}");
}
