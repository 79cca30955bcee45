//! A household's name, address and number are a person's: sealed at rest, masked in answers, shown for a purpose, and
//! erased (ASVS 8.2.3, 14.2.2).

use serde_json::{Value, json};
use shared::access::Role;
use tests::{Books, TestApp, all_rows, decision, person, unit};

use crate::running::command_on;

const NAME: &str = "Hộ kinh doanh Trần Thị Kín Đáo";
const ADDRESS: &str = "Số 17 ngõ Kín Đáo";
const NUMBER: &str = "033177000123";

fn household(area: &str) -> Value {
    json!({"name": NAME, "address": ADDRESS, "legal_form": "household_business", "area": area,
        "tax_code": NUMBER, "registered_on": "2021-01-04"})
}

/// What must stand nowhere in clear: as it is written, and as it is folded for a search.
fn secrets() -> Vec<String> {
    let folded = [NAME, ADDRESS].map(shared::text::search_key);
    [NAME, ADDRESS, NUMBER, "Kín Đáo"].map(str::to_owned).into_iter().chain(folded).collect()
}

async fn nothing_stands_in_clear(app: &TestApp) {
    let system = &app.system;
    for db in [&system.identity.db, &system.registry.db, &system.membership.db, &system.reporting.db] {
        for (table, row) in all_rows(db).await {
            for secret in secrets() {
                let is_hidden = !row.contains(&secret.to_lowercase()) && !row.contains(&hex::encode(&secret));
                assert!(is_hidden, "{secret} stands in {table}: {row}");
            }
        }
    }
    for file in std::fs::read_dir(app.database.path()).unwrap().flatten() {
        let bytes = hex::encode(tests::read_in_use(&file.path()));
        for secret in secrets() {
            assert!(!bytes.contains(&hex::encode(&secret)), "{secret} stands in {}", file.path().display());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_household_is_sealed_masked_and_revealed_for_a_purpose() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    let made = officer.post("/v1/economic-units", household("11986@origin")).key("ho").await;
    assert_eq!(made.header("cache-control"), "no-store");
    let made = made.is(201);
    assert_eq!((&made["name"], &made["address"]), (&json!("H*** k*** d*** T*** T*** K*** Đ***"), &json!("***")));
    let path = format!("/v1/economic-units/{}", made["id"].as_str().unwrap());
    let again = officer.post("/v1/economic-units", household("11986@origin")).key("ho").await;
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.is(201), made);
    // A change of one field leaves the others as they are, and not as they are shown.
    let changed = officer.patch(&path, json!({"workers": 3, "workers_as_of": "2022-06-01"})).key("ho-2");
    let changed = changed.if_match(made["etag"].as_str().unwrap()).await.is(200);
    assert_eq!(changed["name"], made["name"]);
    let found = officer.get(&path).await;
    assert_eq!(found.header("cache-control"), "no-store");
    assert_eq!(found.header("etag"), changed["etag"]);
    for answer in [found.is(200), officer.get("/v1/economic-units").await.is(200)["items"][0].clone()] {
        assert_eq!(answer, changed);
    }

    let before = app.rows().await;
    let reveals = format!("{path}/reveals");
    officer.post(&reveals, json!({"purpose": "xem"})).await.faults(&[("/purpose", "too_short")]);
    for role in [Role::Viewer, Role::Portal, Role::Administrator] {
        let somebody = app.be(role, "33@origin").await;
        somebody.post(&reveals, json!({"purpose": "Đối chiếu giấy đăng ký"})).await.problem(403, "insufficient_scope");
    }
    let stranger = app.officer_of("326@origin").await;
    stranger.post(&reveals, json!({"purpose": "Đối chiếu giấy đăng ký"})).await.problem(404, "not_found");
    assert_eq!(app.rows().await, before, "a refused look leaves nothing");
    let shown = officer.post(&reveals, json!({"purpose": "Đối chiếu giấy đăng ký của bà Kín Đáo"})).await;
    assert_eq!(shown.header("cache-control"), "no-store");
    let shown = shown.is(200);
    assert_eq!(
        (&shown["name"], &shown["address"], &shown["tax_code"]),
        (&json!(NAME), &json!(ADDRESS), &json!(NUMBER))
    );

    let records = "/v1/access-records/enterprise-registry";
    let inspector = app.be(Role::Inspector, "33@origin").await;
    let seen = inspector.get(records).await.is(200)["items"][0].clone();
    assert_eq!((&seen["id"], &seen["subject"]), (&shown["access_record_id"], &json!(path)));
    assert_eq!(seen["purpose"], "Đối chiếu giấy đăng ký của bà Kín Đáo");
    let elsewhere = app.be(Role::Inspector, "326@origin").await;
    assert_eq!(elsewhere.get(records).await.is(200)["items"], json!([]));
    app.set_clock("2022-06-30T08:05:00Z");
    let table = inspector.get(&format!("{records}/export")).await;
    assert!(table.text.contains(&path), "{}", table.text);
    let enterprise = officer.post("/v1/economic-units", unit("Công ty Công Khai", "11986@origin")).await.is(201);
    let reveals = format!("/v1/economic-units/{}/reveals", enterprise["id"].as_str().unwrap());
    officer.post(&reveals, json!({"purpose": "Đối chiếu giấy đăng ký"})).await.problem(409, "nothing_to_reveal");
    app.settle().await;
    nothing_stands_in_clear(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn households_are_found_by_their_whole_name_and_their_order_tells_nothing() {
    use base64::Engine;
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    let mut ids = Vec::new();
    for name in ["Hộ Ất", "Hộ Giáp", "Hộ Bính"] {
        let mut body = household("11986@origin");
        (body["name"], body["tax_code"]) = (json!(name), json!(null));
        ids.push(officer.post("/v1/economic-units", body).await.is(201)["id"].clone());
    }
    let last = officer.post("/v1/economic-units", unit("Zeta", "11986@origin")).await.is(201)["id"].clone();
    let query = |q: &str| officer.get(&format!("/v1/economic-units?count=true&q={q}"));
    for (q, total) in [("h%E1%BB%99%20GIAP", 1), ("giap", 0), ("ho", 0), ("ho%20giap%20", 1), ("zeta", 1)] {
        assert_eq!(query(q).await.is(200)["total"], total, "{q}");
    }
    let (mut walked, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = officer.get(&format!("/v1/economic-units?limit=1{cursor}")).await.is(200);
        walked.push(page["items"][0]["id"].clone());
        let Some(next) = page["next"].as_str() else { break };
        let told = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(next).unwrap();
        let told = String::from_utf8(told).unwrap();
        assert!(!told.contains("ho giap") && !told.contains("Giáp"), "{told}");
        cursor = format!("&cursor={next}");
    }
    assert_eq!(walked, [&[last], ids.as_slice()].concat(), "as they were recorded, after the others");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_answer_is_repeated_only_to_who_still_reaches_the_record() {
    let app = TestApp::start().await;
    let client = app.create_client(Role::Officer, "11986@origin").await;
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let grant = json!({"client_id": client.0, "role": "officer", "area": "11992@origin"});
    administrator.post("/v1/grants", grant).await.is(201);
    let grants = administrator.get("/v1/grants?limit=200").await.is(200);
    let is_first = |one: &&Value| one["client_id"] == json!(client.0) && one["area"] == "11986@origin";
    let first = grants["items"].as_array().unwrap().iter().find(is_first).unwrap().clone();
    let officer = app.signed_in(&client).await;
    let made = officer.post("/v1/economic-units", household("11986@origin")).key("ho").await.is(201);
    let company = officer.post("/v1/economic-units", unit("Công ty", "11986@origin")).key("ct").await.is(201);
    let path = format!("/v1/grants/{}", first["id"].as_str().unwrap());
    let revoke = administrator.request(reqwest::Method::DELETE, &path);
    revoke.if_match(first["etag"].as_str().unwrap()).await.is(204);
    let officer = app.signed_in(&client).await;
    for unit in [&made, &company] {
        officer.get(&format!("/v1/economic-units/{}", unit["id"].as_str().unwrap())).await.problem(404, "not_found");
    }
    officer.post("/v1/economic-units", household("11986@origin")).key("ho").await.problem(404, "not_found");
    officer.post("/v1/economic-units", unit("Công ty", "11986@origin")).key("ct").await.problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_units_tag_changes_with_the_commune_that_it_lies_in() {
    let app = TestApp::start().await;
    let officer = app.officer_of("33@origin").await;
    let made = officer.post("/v1/economic-units", unit("Công ty", "11986@origin")).await.is(201);
    let path = format!("/v1/economic-units/{}", made["id"].as_str().unwrap());
    let tag = officer.get(&path).await.header("etag").to_owned();
    assert_eq!(made["etag"], tag);
    app.set_clock("2025-07-02T01:00:00Z");
    let officer = app.officer_of("33@2025-07-01").await;
    let after = officer.get(&path).header("if-none-match", &tag).await;
    assert_eq!(after.status, 200, "the merger is not hidden behind a 304");
    let (new_tag, after) = (after.header("etag").to_owned(), after.is(200));
    assert_ne!((&after["current_area"], &new_tag), (&made["current_area"], &tag));
    assert_eq!(officer.get(&path).header("if-none-match", &new_tag).await.status, 304);
    officer.patch(&path, json!({"name": "Khác"})).if_match(&tag).await.problem(412, "stale_version");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_household_is_opened_by_nothing_and_still_counted() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    let made = officer.post("/v1/economic-units", household("11986@origin")).key("ho").await.is(201);
    let id = made["id"].as_str().unwrap();
    let path = format!("/v1/economic-units/{id}");
    let reveal = json!({"purpose": "Đối chiếu giấy đăng ký của bà Kín Đáo"});
    officer.post(&format!("{path}/reveals"), reveal.clone()).await.is(200);
    let erase = |id: &str| command_on(&app.database, &["erase-household", id, "--ground", "purpose_ended"]);
    let before = app.rows().await;
    let (is_done, said) = erase(id);
    assert!(!is_done && said.contains("has not ended: record its end first"), "{said}");
    let (is_done, said) = erase("0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f");
    assert!(!is_done && said.contains("looking for the household"), "{said}");
    assert_eq!(app.rows().await, before, "a refused erasure changes nothing");
    let ended = json!({"status": "terminated", "occurred_on": "2022-06-20"});
    let ended = officer.post(&format!("{path}/status-changes"), ended).if_match(made["etag"].as_str().unwrap());
    ended.await.is(200);
    app.settle().await;
    let figures = "/v1/figures?period=2022-H1&area=33@origin&by=commune";
    let reader = app.be(Role::Inspector, "33@origin").await;
    let counted = reader.get(figures).await.is(200)["total"].clone();

    let (is_done, said) = erase(id);
    assert!(is_done && said.contains("is erased"), "{said}");
    app.settle().await;
    nothing_stands_in_clear(&app).await;
    let shown = officer.get(&path).await.is(200);
    assert_eq!((&shown["name"], &shown["address"], &shown["tax_code"]), (&json!(null), &json!(null), &json!(null)));
    assert_eq!(officer.get("/v1/economic-units?count=true").await.is(200)["total"], 1);
    officer.post(&format!("{path}/reveals"), reveal).await.problem(409, "record_erased");
    let renamed = officer.patch(&path, json!({"name": NAME})).if_match(shown["etag"].as_str().unwrap());
    renamed.await.problem(409, "record_erased");
    // The answer that was kept is opened by nothing either.
    officer.post("/v1/economic-units", household("11986@origin")).key("ho").await.problem(409, "record_erased");
    assert_eq!(reader.get(figures).await.is(200)["total"], counted, "the counts are the same");
    let (is_whole, said) = command_on(&app.database, &["verify"]);
    assert!(is_whole, "{said}");
    let (is_done, said) = erase(id);
    assert!(!is_done && said.contains("was erased before"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_citizens_households_are_erased_with_the_person_or_named() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let cell = books.cell("2022-03-15").await;
    let mut admission = books.admission(&cell, 1, "2022-05-19");
    admission["person"]["personal_id"] = json!(NUMBER);
    let made = books.officer.post("/v1/admissions", admission).await.is(201);
    let departure = json!({"membership_id": made["membership_id"], "reason": "removed", "occurred_on": "2022-06-20",
        "decision": decision("2022-06-20")});
    books.officer.post("/v1/departures", departure).await.is(201);
    let ended = books.officer.post("/v1/economic-units", household("11986@origin")).await.is(201);
    let path = format!("/v1/economic-units/{}", ended["id"].as_str().unwrap());
    let end = json!({"status": "terminated", "occurred_on": "2022-06-20"});
    let end = books.officer.post(&format!("{path}/status-changes"), end).if_match(ended["etag"].as_str().unwrap());
    end.await.is(200);
    let other = app.officer_of("326@origin").await;
    let living = other.post("/v1/economic-units", household("12019@origin")).await.is(201);
    let id = made["person_id"].as_str().unwrap();
    let (is_done, said) = command_on(&app.database, &["erase-person", id, "--ground", "purpose_ended"]);
    assert!(is_done && said.contains(&format!("person {id} is erased")), "{said}");
    assert!(said.contains(&format!("household {} is erased", ended["id"].as_str().unwrap())), "{said}");
    let named = format!("household {} is of the same citizen and has not ended", living["id"].as_str().unwrap());
    assert!(said.contains(&named) && !said.contains(NUMBER), "{said}");
    assert_eq!(books.officer.get(&path).await.is(200)["name"], json!(null));
    assert!(
        other.get(&format!("/v1/economic-units/{}", living["id"].as_str().unwrap())).await.is(200)["name"].is_string()
    );
    assert_ne!(person(1)["personal_id"], NUMBER);
}

#[tokio::test(flavor = "multi_thread")]
async fn apart_an_operator_finds_a_citizens_households_by_a_number_that_no_other_process_sees() {
    use std::io::Write;
    use std::process::{Command, Stdio};

    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    let made = officer.post("/v1/economic-units", household("11986@origin")).await.is(201);
    let id = made["id"].as_str().unwrap();
    let find = |number: &str| {
        let mut command = Command::new(crate::running::PROGRAM);
        let command = command
            .args(["enterprise-registry", "find-households"])
            .env("DATABASE_URL", app.database.url_text())
            .env("MASTER_KEY_FILE", app.database.path().join("master.key"))
            .env("ISSUER", "http://127.0.0.1:1")
            .env("IDENTITY_URL", "http://127.0.0.1:1");
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().unwrap();
        // The number is no argument: the list of processes shows those.
        writeln!(child.stdin.take().unwrap(), "{number}").unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(find(NUMBER), format!("{id} has not ended\n"));
    assert_eq!(find("033177000124"), "");
}
