//! Callers make the ids of what they create: what is sent again creates nothing twice, and nobody learns of what is hidden.

use serde_json::{Value, json};
use shared::Id;
use shared::access::Role;
use tests::{Answer, Books, NOW, Somebody, TestApp, all_rows, decision, person, unit};

use crate::running::command_on;

mod others;

/// An id made by a caller whose clock stands at an instant.
pub(crate) fn id_at(instant: &str) -> String {
    Id::made_at_instant(instant.parse().expect("an instant")).to_string()
}

/// An id made now.
pub(crate) fn new_id() -> String {
    id_at(NOW)
}

/// A body with ids for what it creates.
pub(crate) fn with(mut body: Value, ids: &[(&str, &str)]) -> Value {
    for (field, id) in ids {
        body[*field] = json!(id);
    }
    body
}

/// What a refusal says, without what differs between any two answers.
fn said(answer: Answer) -> (u16, Value, Vec<String>) {
    let mut names: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
    names.retain(|name| name != "connection");
    names.sort();
    let mut body = answer.body;
    body.as_object_mut().unwrap().remove("instance");
    (answer.status, body, names)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_with_the_same_id_is_answered_by_the_record_as_it_stands() {
    let app = TestApp::start().await;
    let (officer, other) = (app.officer_of("325@origin").await, app.officer_of("33@origin").await);
    let id = new_id();
    let body = with(unit("Công ty Giả Định", "11986@origin"), &[("id", &id)]);
    let made = officer.post("/v1/economic-units", body.clone()).await;
    assert_eq!(made.header("location"), format!("/v1/economic-units/{id}"));
    let made = made.is(201);
    assert_eq!(made["id"], *id);
    let before = (app.rows().await, app.heads().await);
    let again = officer.post("/v1/economic-units", body.clone()).await;
    assert_eq!(again.header("location"), format!("/v1/economic-units/{id}"));
    assert_eq!(again.header("etag"), made["etag"]);
    assert_eq!(again.header("idempotent-replayed"), "");
    assert_eq!(again.is(200), made);

    // Spaces, the order of fields and fields without a value are no content.
    let text = format!(
        r#"{{ "registered_on": "2019-05-06", "tax_code": null, "area": "11986@origin",
            "legal_form": "other", "name": "Công ty Giả Định", "id": "{id}" }}"#
    );
    let written = officer.request(reqwest::Method::POST, "/v1/economic-units");
    written.raw("application/json", text.into_bytes()).await.is(200);
    // Another caller who reaches it is told of it as well.
    assert_eq!(other.post("/v1/economic-units", body.clone()).await.is(200), made);
    assert_eq!((app.rows().await, app.heads().await), before, "nothing changed");

    let path = format!("/v1/economic-units/{id}");
    let etag = made["etag"].as_str().unwrap();
    let changed = officer.patch(&path, json!({"name": "Công ty Đổi Tên"})).if_match(etag).await.is(200);
    let again = officer.post("/v1/economic-units", body).await;
    assert_eq!(again.header("etag"), changed["etag"]);
    assert_eq!(again.is(200), changed, "as it stands today");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_and_an_id_work_together() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    let id = new_id();
    let body = with(unit("Công ty Giả Định", "11986@origin"), &[("id", &id)]);
    let post = |body: &Value, key: &str| officer.post("/v1/economic-units", body.clone()).key(key);
    let made = post(&body, "k1").await.is(201);
    let again = post(&body, "k1").await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (201, "true"));
    let other_key = post(&body, "k2").await;
    assert_eq!(other_key.header("idempotent-replayed"), "");
    assert_eq!(other_key.is(200), made);
    let again = post(&body, "k2").await;
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.is(200), made);
    let other = with(unit("Công ty Khác", "11986@origin"), &[("id", &id)]);
    post(&other, "k2").await.problem(422, "idempotency_key_reused");
    post(&other, "k3").await.problem(409, "id_taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_is_taken_tells_nothing_of_who_has_it() {
    let app = TestApp::start().await;
    let (officer, stranger) = (app.officer_of("325@origin").await, app.officer_of("326@origin").await);
    let id = new_id();
    let body = with(unit("Công ty Giả Định", "11986@origin"), &[("id", &id)]);
    officer.post("/v1/economic-units", body.clone()).await.is(201);
    let made_here = officer.post("/v1/economic-units", unit("Công ty Khác", "11986@origin")).await.is(201);
    let history = officer.get(&format!("/v1/economic-units/{id}/history")).await.is(200);
    let entry = history["items"][0]["id"].as_str().unwrap().to_owned();
    let before = app.rows().await;

    let of_stranger = |id: &str| with(unit("Công ty Giả Định", "12019@origin"), &[("id", id)]);
    let mut told = Vec::new();
    // Other content; the very content, from whom the unit is hidden; an id that the service made; another kind of record.
    told.push(said(
        officer.post("/v1/economic-units", with(unit("Khác", "11986@origin"), &[("id", &id)])).english().await,
    ));
    told.push(said(stranger.post("/v1/economic-units", body).english().await));
    told.push(said(stranger.post("/v1/economic-units", of_stranger(&id)).english().await));
    for taken in [made_here["id"].as_str().unwrap(), &entry] {
        // Those were made by the machine's clock.
        let at = Id::made_at(&taken.parse().unwrap()).unwrap();
        app.set_clock(&at.to_rfc3339());
        let officer = app.officer_of("33@2025-07-01").await;
        let body = with(unit("Khác", "12004@2025-07-01"), &[("id", taken)]);
        told.push(said(officer.post("/v1/economic-units", body).english().await));
        app.set_clock(NOW);
    }
    for one in &told {
        assert_eq!(one, &told[0]);
        assert_eq!((one.0, &one.1["code"]), (409, &json!("id_taken")));
        assert!(one.1.get("errors").is_none() && !one.1.to_string().contains(&id), "{one:?}");
    }
    assert_eq!(app.rows().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bounds_of_an_id_are_told_with_all_other_faults() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    let before = (app.rows().await, app.heads().await);
    let post =
        |id: &str, name: &str| officer.post("/v1/economic-units", with(unit(name, "11986@origin"), &[("id", id)]));
    // NOW is 08:00 of 30 June.
    for (id, code) in [
        (id_at("2022-05-01T07:59:59.999Z"), "id_time_out_of_range"),
        (id_at("2022-06-30T08:05:00.001Z"), "id_time_out_of_range"),
        ("0192f0c1-2b7a-4cc3-9d5e-0a1b2c3d4e5f".to_owned(), "id_not_v7"),
        ("00000000-0000-0000-0000-000000000000".to_owned(), "id_not_v7"),
        ("ffffffff-ffff-ffff-ffff-ffffffffffff".to_owned(), "id_not_v7"),
    ] {
        post(&id, "Công ty Giả Định").await.faults(&[("/id", code)]);
        post(&id, "  ").english().await.faults(&[("/id", code), ("/name", "required")]);
    }
    post("x", "Công ty Giả Định").await.faults(&[("/id", "bad_format")]);
    assert_eq!((app.rows().await, app.heads().await), before);
    for at in ["2022-05-01T08:00:00Z", "2022-06-30T08:05:00Z"] {
        post(&id_at(at), "Công ty Giả Định").await.is(201);
    }
    // What was created is found however old the id has become.
    let body = with(unit("Công ty Giả Định", "11986@origin"), &[("id", &id_at("2022-05-02T08:00:00Z"))]);
    let made = officer.post("/v1/economic-units", body.clone()).await.is(201);
    app.set_clock("2022-09-30T08:00:00Z");
    let officer = app.officer_of("325@origin").await;
    assert_eq!(officer.post("/v1/economic-units", body).await.is(200), made);
}

/// Sends two at the same moment: on PostgreSQL to two replicas.
async fn at_once(app: &TestApp, path: &str, bodies: [Value; 2], role: Role, area: &str) -> [Answer; 2] {
    let (one, other) = (app.create_client(role, area).await, app.create_client(role, area).await);
    let replica = app.replica().await.ok();
    let one = app.signed_in(&one).await;
    let other: Somebody = replica.as_ref().unwrap_or(app).signed_in(&other).await;
    let [first, second] = bodies;
    let (first, second) = tokio::join!(one.post(path, first), other.post(path, second));
    if let Some(replica) = replica {
        replica.system.stop().await;
    }
    [first, second]
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_create_with_one_id_at_the_same_moment_one_creates() {
    let app = TestApp::start().await;
    for _ in 0..5 {
        let id = new_id();
        let body = with(unit("Công ty Giả Định", "11986@origin"), &[("id", &id)]);
        let path = "/v1/economic-units";
        let same = at_once(&app, path, [body.clone(), body], Role::Officer, "325@origin").await;
        let mut statuses = same.each_ref().map(|answer| answer.status);
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 201]);
        assert_eq!(same[0].body, same[1].body);
        let id = new_id();
        let bodies = ["Công ty Một", "Công ty Hai"].map(|name| with(unit(name, "11986@origin"), &[("id", &id)]));
        let other = at_once(&app, path, bodies, Role::Officer, "325@origin").await;
        let mut statuses = other.each_ref().map(|answer| answer.status);
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409]);
        let refused = other.into_iter().find(|answer| answer.status == 409).unwrap();
        refused.problem(409, "id_taken");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_request_said_of_a_household_is_kept_as_a_keyed_hash_and_erased_with_it() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    let id = new_id();
    let mut body = with(unit("Hộ kinh doanh Giả Định", "11986@origin"), &[("id", &id)]);
    body["legal_form"] = json!("household_business");
    body["tax_code"] = json!("000000001234");
    let made = officer.post("/v1/economic-units", body.clone()).await.is(201);
    let hashes = async || {
        let rows = all_rows(&app.system.registry.db).await.into_iter();
        rows.filter(|(table, _)| table == "made_ids").map(|(_, row)| row).collect::<Vec<_>>()
    };
    let kept = hashes().await;
    assert_eq!(kept.len(), 1);
    assert!(!kept[0].contains("null"), "{kept:?}");
    let ended = json!({"status": "terminated", "occurred_on": "2022-06-01"});
    let path = format!("/v1/economic-units/{id}");
    let etag = made["etag"].as_str().unwrap();
    officer.post(&format!("{path}/status-changes"), ended).if_match(etag).await.is(200);
    officer.post("/v1/economic-units", body.clone()).await.is(200);
    let (is_done, said) = command_on(&app.database, &["erase-household", &id, "--ground", "purpose_ended"]);
    assert!(is_done, "{said}");
    let kept = hashes().await;
    assert!(kept.len() == 1 && kept[0].contains("null"), "{kept:?}");
    officer.post("/v1/economic-units", body).await.problem(409, "id_taken");
}

/// Sends a request whose answer is lost, and the same one again; returns what the second answer says.
async fn lost_and_sent_again(somebody: &Somebody, path: &str, body: &Value) -> Value {
    // The first answer is not looked at.
    let lost = somebody.post(path, body.clone()).await;
    assert_eq!(lost.status, 201, "{path}: {}", lost.text);
    let location = lost.header("location").to_owned();
    drop(lost);
    let again = somebody.post(path, body.clone()).await;
    assert_eq!(again.header("location"), location, "{path}");
    again.is(200)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_of_commands_that_name_one_another_survives_the_loss_of_every_answer() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let officer = &books.officer;
    let ids: Vec<String> = (0..8).map(|_| new_id()).collect();
    let [unit_id, organisation, act, membership, person_id, transfer, other, receipt] = &ids[..] else {
        unreachable!()
    };
    // All of it was written down before the first was sent.
    let founding = |id: &str| {
        let mut founding = with(books.founding("2022-03-15"), &[("id", id)]);
        founding["economic_unit_ids"] = json!([unit_id]);
        founding
    };
    let admission = with(
        books.admission(organisation, 71, "2022-05-19"),
        &[("id", act), ("membership_id", membership), ("person_id", person_id)],
    );
    let transferred = json!({"id": transfer, "membership_id": membership, "occurred_on": "2022-06-01",
        "decision": decision("2022-06-01")});
    let received =
        json!({"id": receipt, "membership_id": membership, "organisation_id": other, "occurred_on": "2022-06-05"});
    let queue = [
        ("/v1/economic-units", with(unit("Công ty Ngoại Tuyến", &books.commune), &[("id", unit_id)])),
        ("/v1/organisations", founding(organisation)),
        ("/v1/organisations", founding(other)),
        ("/v1/admissions", admission),
        ("/v1/transfers", transferred),
        ("/v1/transfer-receipts", received),
    ];
    let mut answers = Vec::new();
    for (path, body) in &queue {
        answers.push(lost_and_sent_again(officer, path, body).await);
    }
    assert_eq!((&answers[0]["id"], &answers[1]["id"]), (&json!(unit_id), &json!(organisation)));
    assert_eq!(answers[1]["economic_unit_ids"], json!([unit_id]));
    let admitted = &answers[3];
    assert_eq!(
        (&admitted["act_id"], &admitted["membership_id"], &admitted["person_id"]),
        (&json!(act), &json!(membership), &json!(person_id))
    );
    assert_eq!((&answers[5]["act_id"], &answers[5]["status"]), (&json!(receipt), &json!("active")));
    let before = (app.rows().await, app.heads().await);
    // The whole queue once more.
    for ((path, body), answer) in queue.iter().zip(&answers) {
        let again = officer.post(path, body.clone()).await.is(200);
        assert_eq!(again["id"], answer["id"]);
    }
    assert_eq!((app.rows().await, app.heads().await), before);
    assert_eq!(officer.get(&format!("/v1/memberships/{membership}")).await.is(200)["organisation_id"], json!(other));
    assert_eq!(officer.get(&format!("/v1/people/{person_id}")).await.is(200)["id"], json!(person_id));
    app.settle().await;
    let leader = app.be(Role::Leader, "33@origin").await;
    let counted = leader.get("/v1/figures/PM10/entries?period=2022-H1&area=33@origin").await.is(200);
    let counted: Vec<&Value> = counted["items"].as_array().unwrap().iter().map(|one| &one["entry_id"]).collect();
    assert_eq!(counted, [&admitted["entry_id"]], "it is counted once");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_act_takes_an_id_and_is_told_again_as_it_stands() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let officer = &books.officer;
    let (cell, union) = (books.cell("2019-03-15").await, books.union("2019-03-15").await);
    let (one, leaver, guest) = (new_id(), new_id(), new_id());
    let opened = json!({"organisation_id": cell, "person": person(81), "occurred_on": "2022-01-01",
        "joined_on": "2015-01-01"});
    let mut queue = vec![
        (
            "/v1/organisation-opening-registrations",
            json!({"kind": "grassroots_cell", "name": "Chi bộ Có Trước", "superior_id": books.committee,
                "area": books.commune, "established_on": "2001-01-01"}),
        ),
        ("/v1/opening-registrations", with(opened, &[("membership_id", &one), ("person_id", &new_id())])),
        ("/v1/opening-registrations", json!({"organisation_id": union, "count": 40, "occurred_on": "2022-01-01"})),
        (
            "/v1/collective-admissions",
            json!({"organisation_id": union, "count": 7, "occurred_on": "2022-02-01", "decision": decision("2022-02-01")}),
        ),
        (
            "/v1/departures",
            json!({"organisation_id": union, "count": 3, "reason": "withdrew", "occurred_on": "2022-03-01",
                "decision": decision("2022-03-01")}),
        ),
        (
            "/v1/transfers-in",
            with(
                json!({"organisation_id": cell, "person": person(83), "occurred_on": "2022-05-05",
                    "joined_on": "2015-01-01", "official_on": "2016-01-01", "decision": decision("2022-05-01")}),
                &[("membership_id", &guest), ("person_id", &new_id())],
            ),
        ),
        (
            "/v1/recognitions",
            json!({"membership_id": one, "occurred_on": "2022-02-02", "decision": decision("2022-02-01")}),
        ),
        (
            "/v1/departures",
            json!({"membership_id": guest, "reason": "withdrew", "occurred_on": "2022-06-01",
                "decision": decision("2022-06-01")}),
        ),
    ];
    for (_, body) in &mut queue {
        *body = with(body.take(), &[("id", &new_id())]);
    }
    for (path, body) in &queue {
        let answer = lost_and_sent_again(officer, path, body).await;
        let named = if answer["act_id"].is_null() { &answer["id"] } else { &answer["act_id"] };
        assert_eq!(named, &body["id"], "{path}");
    }
    // Somebody who left long ago is taken back.
    let admitted = json!({"id": new_id(), "membership_id": leaver, "person_id": new_id(), "organisation_id": cell,
        "person": person(84), "occurred_on": "2019-03-20", "decision": decision("2019-03-18")});
    lost_and_sent_again(officer, "/v1/admissions", &admitted).await;
    let left = json!({"id": new_id(), "membership_id": leaver, "reason": "withdrew", "occurred_on": "2019-04-01",
        "decision": decision("2019-04-01")});
    lost_and_sent_again(officer, "/v1/departures", &left).await;
    let back = json!({"id": new_id(), "membership_id": leaver, "organisation_id": cell, "occurred_on": "2022-06-02",
        "decision": decision("2022-06-01"), "authorising_paper": "Công văn 1-CV/TU"});
    let told = lost_and_sent_again(officer, "/v1/readmissions", &back).await;
    assert_eq!(told["membership_id"], json!(leaver));

    // A correction is told by the act as it stands, and its like.
    let act = officer.get(&format!("/v1/acts/{}", back["id"].as_str().unwrap())).await.is(200);
    let corrected = json!({"entry_id": act["entry_id"], "occurred_on": "2022-06-03"});
    let corrected = officer.post("/v1/corrections", corrected).await.is(201);
    let told = officer.post("/v1/readmissions", back.clone()).await.is(200);
    assert_eq!((&told["occurred_on"], &told["entry_id"]), (&json!("2022-06-03"), &corrected["entry_id"]));
    // One request's id is no other request's, and a membership's is no act's.
    let before = app.rows().await;
    let other = with(back, &[("id", &leaver)]);
    officer.post("/v1/readmissions", other).await.problem(409, "id_taken");
    let mut union_opening = queue[2].1.clone();
    union_opening["membership_id"] = json!(new_id());
    union_opening["id"] = json!(new_id());
    officer.post("/v1/opening-registrations", union_opening).await.faults(&[("/count", "one_of_required")]);
    let same_ids = with(books.admission(&cell, 85, "2022-05-19"), &[("id", &guest), ("membership_id", &guest)]);
    officer.post("/v1/admissions", same_ids).await.faults(&[("/membership_id", "repeated_value")]);
    assert_eq!(app.rows().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_made_for_somebody_known_leads_to_that_person_for_good() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let officer = &books.officer;
    let (cell, union) = (books.cell("2022-03-15").await, books.union("2022-03-15").await);
    let known = books.admit(&cell, 71, "2022-05-19").await;
    let alias = new_id();
    let body = with(books.admission(&union, 71, "2022-05-20"), &[("id", &new_id()), ("person_id", &alias)]);
    let admitted = lost_and_sent_again(officer, "/v1/admissions", &body).await;
    assert_eq!(admitted["person_id"], known["person_id"], "answers show the person's own id");

    let path = format!("/v1/people/{alias}");
    let shown = officer.get(&path).await.is(200);
    assert_eq!((&shown["id"], shown["memberships"].as_array().unwrap().len()), (&known["person_id"], 2));
    let revealed =
        officer.post(&format!("{path}/reveals"), json!({"purpose": "Đối chiếu hồ sơ kết nạp"})).await.is(200);
    assert_eq!(revealed["id"], known["person_id"]);
    let corrected = officer.post(&format!("{path}/corrections"), json!({"phone": "0912345678"}));
    let corrected = corrected.if_match(shown["etag"].as_str().unwrap()).await;
    assert_eq!(corrected.header("location"), format!("/v1/people/{}", known["person_id"].as_str().unwrap()));
    assert_eq!(corrected.is(201)["person_id"], known["person_id"]);
    let inspector = app.be(Role::Inspector, "33@origin").await;
    let looks = inspector.get("/v1/access-records").await.is(200);
    assert!(!looks.to_string().contains(&alias), "{looks}");
    // It is resolved where parameters name people.
    // An export has what was looked at before it.
    app.set_clock("2022-06-30T08:00:01Z");
    let own = known["person_id"].as_str().unwrap();
    for subject in [own, &*alias] {
        let looks =
            inspector.get(&format!("/v1/access-records?subject=/v1/people/{subject}&action=reveal")).await.is(200);
        let found: Vec<&Value> = looks["items"].as_array().unwrap().iter().map(|look| &look["subject"]).collect();
        assert_eq!(found, [&json!(format!("/v1/people/{own}"))], "{subject}");
        let table =
            inspector.get(&format!("/v1/access-records/export?subject=/v1/people/{subject}&action=reveal")).await;
        assert_eq!(table.text.trim_end().lines().count(), 2, "{subject}: {}", table.text);
    }
    for ids in [alias.clone(), format!("{alias},{own}"), format!("{},{alias}", new_id())] {
        let listed = officer.get(&format!("/v1/people?ids={ids}")).await.is(200);
        let found: Vec<&Value> = listed["items"].as_array().unwrap().iter().map(|person| &person["id"]).collect();
        assert_eq!(found, [&known["person_id"]], "{ids}");
    }

    // In a body too: here it is a member already.
    let mut again = books.admission(&union, 71, "2022-05-21");
    again.as_object_mut().unwrap().remove("person");
    again["person_id"] = json!(alias);
    officer.post("/v1/admissions", again).await.problem(409, "already_member");
    // It is nobody's for whom the person is out of reach, as any id is.
    let stranger = app.officer_of("326@origin").await;
    assert_eq!(stranger.get(&format!("/v1/people?ids={alias}")).await.is(200)["items"], json!([]));
    let nobody = said(stranger.get(&format!("/v1/people/{}", new_id())).english().await);
    assert_eq!(said(stranger.get(&path).english().await), nobody);
    let abroad = books.kept_far_by(&stranger, "12019@origin");
    let away = abroad.cell("2022-03-15").await;
    let mut by_alias = books.admission(&away, 71, "2022-05-20");
    by_alias.as_object_mut().unwrap().remove("person");
    by_alias["person_id"] = json!(alias);
    let refused = said(stranger.post("/v1/admissions", by_alias.clone()).english().await);
    by_alias["person_id"] = json!(new_id());
    assert_eq!(said(stranger.post("/v1/admissions", by_alias).english().await), refused);
    assert_eq!(refused.1["errors"][0]["code"], "unknown_person");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_made_for_somebody_known_elsewhere_is_accepted_as_for_somebody_new() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let cell = books.cell("2022-03-15").await;
    let hidden = books.admit(&cell, 71, "2022-05-19").await;
    let stranger = app.officer_of("326@origin").await;
    let abroad = books.kept_far_by(&stranger, "12019@origin");
    let away = abroad.cell("2022-03-15").await;
    let mut answers = Vec::new();
    for number in [71, 72] {
        let ids = [new_id(), new_id(), new_id()];
        let named = [("id", &*ids[0]), ("membership_id", &*ids[1]), ("person_id", &*ids[2])];
        let body = with(abroad.admission(&away, number, "2022-05-19"), &named);
        let answer = stranger.post("/v1/admissions", body.clone()).await;
        let mut names: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
        names.sort();
        let admitted = answer.is(201);
        assert_eq!(
            [&admitted["act_id"], &admitted["membership_id"], &admitted["person_id"]],
            ids.each_ref().map(|id| json!(id)).each_ref()
        );
        assert_ne!(admitted["person_id"], hidden["person_id"]);
        assert_eq!(stranger.post("/v1/admissions", body).await.is(200), admitted);
        let shown = stranger.get(&format!("/v1/people/{}", ids[2])).await.is(200);
        assert_eq!(shown["memberships"].as_array().unwrap().len(), 1);
        answers.push(names);
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_became_of_a_member_elsewhere_is_not_told_again() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let (cell, membership) = (books.cell("2022-03-15").await, new_id());
    let body = with(books.admission(&cell, 71, "2022-05-19"), &[("id", &new_id()), ("membership_id", &membership)]);
    books.officer.post("/v1/admissions", body).await.is(201);
    let transfer = json!({"id": new_id(), "membership_id": membership, "occurred_on": "2022-06-01",
        "decision": decision("2022-06-01")});
    books.officer.post("/v1/transfers", transfer.clone()).await.is(201);
    let province = app.officer_of("33@origin").await;
    let abroad = books.kept_far_by(&province, "12019@origin");
    let away = abroad.cell("2022-03-15").await;
    let received = json!({"membership_id": membership, "organisation_id": away, "occurred_on": "2022-06-05"});
    province.post("/v1/transfer-receipts", received).await.is(201);
    books.officer.get(&format!("/v1/memberships/{membership}")).await.problem(404, "not_found");
    // The answer to the transfer was lost: it was recorded, and that is what is told.
    let told = books.officer.post("/v1/transfers", transfer.clone()).await.is(200);
    assert_eq!(told["status"], "in_flight");
    assert_eq!(province.post("/v1/transfers", transfer).await.is(200)["status"], "active");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_admit_with_one_id_at_the_same_moment_one_admits() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let cell = books.cell("2022-03-15").await;
    for number in 0..3 {
        let ids = [new_id(), new_id(), new_id()];
        let named = [("id", &*ids[0]), ("membership_id", &*ids[1]), ("person_id", &*ids[2])];
        let body = |number: u32| with(books.admission(&cell, number, "2022-05-19"), &named);
        let sent = [body(100 + number), body(100 + number)];
        let same = at_once(&app, "/v1/admissions", sent, Role::Officer, "325@origin").await;
        let mut statuses = same.each_ref().map(|answer| answer.status);
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 201]);
        let ids = [new_id(), new_id()];
        let body = |number: u32| {
            with(books.admission(&cell, number, "2022-05-19"), &[("id", &ids[0]), ("person_id", &ids[1])])
        };
        let sent = [body(200 + number), body(300 + number)];
        let other = at_once(&app, "/v1/admissions", sent, Role::Officer, "325@origin").await;
        let mut statuses = other.each_ref().map(|answer| answer.status);
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_erasure_of_a_person_removes_what_requests_said_and_frees_no_id() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let union = books.union("2018-03-15").await;
    let cell = books.cell("2018-03-15").await;
    let known = books.admit(&cell, 71, "2018-05-19").await;
    let (membership, alias) = (new_id(), new_id());
    let named = [("id", &*new_id()), ("membership_id", &*membership), ("person_id", &*alias)];
    let admission = with(books.admission(&union, 71, "2018-05-20"), &named);
    books.officer.post("/v1/admissions", admission.clone()).await.is(201);
    let other = with(books.admission(&union, 72, "2018-05-20"), &[("id", &new_id())]);
    books.officer.post("/v1/admissions", other.clone()).await.is(201);
    for left in [&membership, known["membership_id"].as_str().unwrap()] {
        let departure = json!({"id": new_id(), "membership_id": left, "reason": "removed", "occurred_on": "2018-06-20",
            "decision": decision("2018-06-20")});
        books.officer.post("/v1/departures", departure).await.is(201);
    }
    // By the other id: it means the same person.
    let (is_done, said) = command_on(&app.database, &["erase-person", &alias, "--ground", "purpose_ended"]);
    assert!(is_done, "{said}");
    let rows = all_rows(&app.system.membership.db).await.into_iter();
    let (empty, kept): (Vec<_>, Vec<_>) =
        rows.filter(|(table, _)| table == "made_ids").map(|(_, row)| row).partition(|row| row.contains("null"));
    assert_eq!((empty.len(), kept.len()), (5, 1), "{empty:?} {kept:?}");
    books.officer.get(&format!("/v1/people/{alias}")).await.problem(404, "not_found");
    books.officer.post("/v1/admissions", admission).await.problem(409, "id_taken");
    books.officer.post("/v1/admissions", other).await.is(200);
}
