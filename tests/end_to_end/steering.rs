//! Steering committees and their support teams: who sits in them on which day, and what is missing.

use reqwest::Method;
use serde_json::{Value, json};
use shared::access::Role;
use tests::{Somebody, TestApp, all_rows, decision, next_number};

/// The establishment of a body in a district, with a head and an empty seat.
pub fn establishment(kind: &str, area: &str, on: &str) -> Value {
    json!({"kind": kind, "level": "district", "area": area, "name": format!("Ban Chỉ đạo Giả Định (số {})", next_number()),
        "established_on": on, "decision": decision(on), "seats": [
            {"role": "head", "holder": {"name": "Nguyễn Thị Trưởng", "office": "Bí thư Huyện ủy Giả Định"}},
            {"role": "member"}]})
}

/// The same at another level, for another area.
pub fn at(mut body: Value, level: &str, area: &str) -> Value {
    (body["level"], body["area"]) = (json!(level), json!(area));
    body
}

/// The establishment of the support team of a committee.
pub fn team_of(committee: &Value, on: &str) -> Value {
    json!({"kind": "support_team", "committee_id": committee, "established_on": on, "decision": decision(on),
        "name": format!("Tổ giúp việc Giả Định (số {})", next_number()),
        "seats": [{"role": "head", "holder": {"name": "Trần Văn Tổ Trưởng", "office": "Phó Trưởng Ban Tổ chức"}}]})
}

const BODIES: &str = "/v1/steering-bodies";
const CORRECTIONS: &str = "/v1/steering-body-corrections";

fn path_of(body: &Value) -> String {
    format!("{BODIES}/{}", body["id"].as_str().unwrap())
}

async fn change(somebody: &Somebody, body: &Value, what: &str, change: Value) -> tests::Answer {
    let path = path_of(body);
    let etag = somebody.get(&path).await.is(200)["etag"].as_str().unwrap().to_owned();
    somebody.post(&format!("{path}/{what}"), change).if_match(&etag).await
}

async fn entries(somebody: &Somebody, body: &Value) -> Vec<Value> {
    let history = somebody.get(&format!("{}/history", path_of(body))).await.is(200);
    history["items"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_committee_is_reconstituted_and_shown_as_it_was_on_any_day() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    let mut body = establishment("steering_committee", "325@origin", "2021-03-01");
    (body["short_name"], body["term_ends_on"]) = (json!("Ban Chỉ đạo"), json!("2025-12-31"));
    let committee = officer.post(BODIES, body).await.is(201);
    assert_eq!((committee["status"].clone(), committee["seats"][0]["role"].clone()), (json!("active"), json!("head")));
    let (head, member) = (committee["seats"][0]["id"].clone(), committee["seats"][1]["id"].clone());

    // Kiện toàn: the head retires, the empty seat is taken, a deputy joins.
    let holder = |name: &str, office: &str| json!({"name": name, "office": office});
    let kien_toan = json!({"occurred_on": "2022-05-10", "decision": decision("2022-05-09"),
        "changed_seats": [
            {"seat_id": head, "reason": "retired", "holder": holder("Lê Văn Kế Nhiệm", "Bí thư Huyện ủy")},
            {"seat_id": member, "holder": holder("Phạm Thị Ủy Viên", "Chủ tịch Liên đoàn Lao động huyện")}],
        "opened_seats": [{"role": "deputy", "holder": holder("Đỗ Văn Phó", "Trưởng Ban Tổ chức Huyện ủy")}]});
    let now = change(&officer, &committee, "reconstitutions", kien_toan).await.is(200);
    assert_eq!(now["seats"].as_array().unwrap().len(), 3);
    assert_eq!(now["seats"][0]["holder"]["name"], "Lê Văn Kế Nhiệm");
    let path = path_of(&committee);
    for (day, head, seats) in [
        ("2022-05-10", json!("Lê Văn Kế Nhiệm"), 3),
        ("2022-05-09", json!("Nguyễn Thị Trưởng"), 2),
        ("2021-03-01", json!("Nguyễn Thị Trưởng"), 2),
    ] {
        let then = officer.get(&format!("{path}?on={day}")).await.is(200);
        let shown = (&then["seats"][0]["holder"]["name"], then["seats"].as_array().unwrap().len());
        assert_eq!(shown, (&head, seats), "{day}");
        assert_eq!(then["etag"], now["etag"], "one version, on whatever day");
    }
    let before = officer.get(&format!("{path}?on=2021-02-28")).await.is(200);
    assert_eq!((&before["status"], before["seats"].as_array().unwrap().len()), (&json!("withdrawn"), 0));

    let listed = officer.get(&format!("{BODIES}?kind=steering_committee&level=district&status=active")).await.is(200);
    let one = &listed["items"][0];
    assert_eq!((&one["id"], &one["seat_count"]), (&committee["id"], &json!(3)));
    assert_eq!((&one["empty_seat_count"], &one["has_head"]), (&json!(0), &json!(true)));
    for other in ["kind=support_team", "level=commune", "status=ended", "area=326"] {
        assert_eq!(officer.get(&format!("{BODIES}?{other}")).await.is(200)["items"], json!([]), "{other}");
    }
    officer.get(&format!("{BODIES}?kind=x")).await.faults(&[("kind", "unknown_value")]);

    let told = entries(&officer, &committee).await;
    let kinds: Vec<&str> = told.iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["steering_body.established", "steering_body.reconstituted"]);
    assert_eq!(told[1]["data"]["seats"], 3);
    let text = json!(told).to_string();
    assert!(!text.contains("Kế Nhiệm") && !text.contains("Bí thư"), "no name and no office is in the journal: {text}");

    let ended = json!({"occurred_on": "2022-06-01", "decision": decision("2022-06-01")});
    let gone = change(&officer, &committee, "endings", ended.clone()).await.is(200);
    assert_eq!((&gone["status"], &gone["seats"]), (&json!("ended"), &json!([])));
    change(&officer, &committee, "endings", ended).await.problem(409, "steering_body_not_active");
    assert_eq!(officer.get(&format!("{path}?on=2022-05-31")).await.is(200)["seats"].as_array().unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_about_a_body_is_told_at_once_and_changes_nothing() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    let holder = json!({"name": "12", "office": "---", "agency": ""});
    let body = json!({"kind": "steering_committee", "name": "\u{200b}", "established_on": "2022-07-15",
        "term_ends_on": "2022-01-01", "decision": decision("2022-07-16"), "committee_id": shared::Id::new(),
        "level": "commune", "area": "325@origin", "seats": [{"role": "member", "holder": holder}]});
    officer.post(BODIES, body).await.faults(&[
        ("/committee_id", "not_of_this_kind"),
        ("/established_on", "date_in_future"),
        ("/decision/decided_on", "date_in_future"),
        ("/name", "bad_character"),
        ("/term_ends_on", "end_before_beginning"),
        ("/area", "area_not_leaf"),
        ("/seats/0/holder/name", "letter_required"),
        ("/seats/0/holder/office", "letter_required"),
        ("/seats/0/holder/agency", "required"),
    ]);
    let with = |change: Value| {
        let mut body = establishment("steering_committee", "325@origin", "2022-03-01");
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        body
    };
    let two = json!([{"role": "head"}, {"role": "head"}]);
    officer.post(BODIES, with(json!({"seats": two}))).await.problem(409, "seat_role_taken");
    let many: Vec<Value> = (0..61).map(|_| json!({"role": "member"})).collect();
    officer.post(BODIES, with(json!({"seats": many}))).await.faults(&[("/seats", "too_many")]);
    officer.post(BODIES, with(json!({"area": "326@origin"}))).await.faults(&[("/area", "unknown_area")]);
    officer
        .post(BODIES, with(json!({"decision": decision("2022-03-02")})))
        .await
        .faults(&[("/established_on", "before_decision")]);
    officer.post(BODIES, with(json!({"level": null, "area": null, "name": " "}))).await.faults(&[
        ("/level", "required"),
        ("/area", "required"),
        ("/name", "required"),
    ]);
    let mut team = team_of(&json!(shared::Id::new()), "2022-03-01");
    officer.post(BODIES, team.clone()).await.faults(&[("/committee_id", "unknown_steering_body")]);
    let committee = officer.post(BODIES, with(json!({"term_ends_on": "2022-04-30"}))).await.is(201);
    (team["committee_id"], team["seats"]) = (committee["id"].clone(), json!([{"role": "standing_member"}]));
    officer.post(BODIES, team.clone()).await.faults(&[("/seats/0/role", "unknown_value")]);
    team["level"] = json!("district");
    officer.post(BODIES, team).await.faults(&[("/level", "not_of_this_kind"), ("/seats/0/role", "unknown_value")]);
    // A second committee of a district is asked about, and the answer is kept.
    let second = with(json!({}));
    let asked = officer.post(BODIES, second.clone()).await.problem(409, "needs_answer");
    assert_eq!(asked["warnings"][0]["code"], "steering_committee_recorded");
    assert!(asked["warnings"][0]["detail"].as_str().unwrap().contains(committee["id"].as_str().unwrap()), "{asked}");
    let mut answered = second;
    answered["answers"] = json!({"steering_committee_recorded": "Hai ban song song theo hai quyết định"});
    officer.post(BODIES, answered).await.is(201);

    let (head, member) = (&committee["seats"][0]["id"], &committee["seats"][1]["id"]);
    let kien_toan = async |body: Value| {
        let mut whole = json!({"occurred_on": "2022-04-01", "decision": decision("2022-04-01")});
        whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        change(&officer, &committee, "reconstitutions", whole).await
    };
    kien_toan(json!({})).await.faults(&[("/changed_seats", "nothing_differs")]);
    kien_toan(json!({"opened_seats": [{"role": "head"}]})).await.problem(409, "seat_role_taken");
    kien_toan(json!({"closed_seats": [shared::Id::new()]})).await.faults(&[("/closed_seats/0", "unknown_seat")]);
    kien_toan(json!({"closed_seats": [head, head]})).await.faults(&[("/closed_seats/1", "repeated_value")]);
    kien_toan(json!({"changed_seats": [{"seat_id": member}]})).await.faults(&[("/changed_seats/0/holder", "required")]);
    let reasoned =
        json!([{"seat_id": member, "reason": "retired", "holder": {"name": "Lê Văn Ba", "office": "Trưởng ban"}}]);
    kien_toan(json!({"changed_seats": reasoned})).await.faults(&[("/changed_seats/0/reason", "seat_is_empty")]);
    kien_toan(json!({"occurred_on": "2022-02-01", "decision": decision("2022-02-01"), "closed_seats": [head]}))
        .await
        .faults(&[("/occurred_on", "steering_body_not_active")]);
    kien_toan(json!({"occurred_on": "2022-05-01", "closed_seats": [head]}))
        .await
        .faults(&[("/term_ends_on", "term_over")]);
    kien_toan(json!({"occurred_on": "2022-05-01", "term_ends_on": "2025-12-31", "closed_seats": [head]})).await.is(200);
    let path = format!("{}/reconstitutions", path_of(&committee));
    officer
        .post(&path, json!({"occurred_on": "2022-05-02", "decision": decision("2022-05-02"), "closed_seats": [member]}))
        .if_match("\"v1\"")
        .await
        .problem(412, "stale_version");
    assert_eq!(entries(&officer, &committee).await.len(), 2, "what was refused left no entry");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_support_team_works_as_long_as_its_committee_and_its_names_are_masked() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    let portal = app.be(Role::Portal, "325@origin").await;
    let committee = officer.post(BODIES, establishment("steering_committee", "325@origin", "2022-03-01")).await.is(201);
    let body = team_of(&committee["id"], "2022-03-15");
    let team = officer.post(BODIES, body).key("team").await.is(201);
    assert_eq!((&team["level"], &team["area"]), (&json!("district"), &json!("325@origin")));
    let masked = team["seats"][0]["holder"]["name"].as_str().unwrap().to_owned();
    assert!(!masked.contains("Trưởng") && masked.contains('*'), "{masked}");
    for reader in [&officer, &portal] {
        let shown = reader.get(&path_of(&team)).await;
        assert_eq!(shown.header("cache-control"), "no-store");
        assert_eq!(shown.is(200)["seats"][0]["holder"]["name"], masked.as_str());
    }
    let head = portal.get(&path_of(&committee)).await.is(200)["seats"][0]["holder"]["name"].clone();
    assert_eq!(head, "Nguyễn Thị Trưởng", "a committee acts in public office");
    let teams = officer.get(&format!("{BODIES}?committee={}", committee["id"].as_str().unwrap())).await.is(200);
    assert_eq!((teams["items"].as_array().unwrap().len(), &teams["items"][0]["id"]), (1, &team["id"]));

    let purpose = json!({"purpose": "Mời họp tổ giúp việc"});
    let reveals = format!("{}/reveals", path_of(&team));
    portal.post(&reveals, purpose.clone()).await.problem(403, "insufficient_scope");
    officer.post(&reveals, json!({"purpose": "xem"})).await.faults(&[("/purpose", "too_short")]);
    let revealed = officer.post(&reveals, purpose.clone()).await;
    assert_eq!(revealed.header("cache-control"), "no-store");
    assert_eq!(revealed.is(200)["seats"][0]["holders"][0]["name"], "Trần Văn Tổ Trưởng");
    officer.post(&format!("{}/reveals", path_of(&committee)), purpose).await.problem(409, "nothing_to_reveal");
    let inspector = app.be(Role::Inspector, "33@origin").await;
    let looked = inspector.get(&format!("/v1/access-records/steering?subject={}", path_of(&team))).await.is(200);
    assert_eq!(looked["items"][0]["purpose"], "Mời họp tổ giúp việc");

    // No name stands in the database in clear: not in acts, not in kept answers, not in access records.
    let rows = all_rows(&app.system.steering.db).await;
    assert!(rows.iter().any(|(table, _)| table == "idempotency_records"), "an answer is kept");
    for (table, row) in rows {
        for name in ["Trần Văn Tổ Trưởng", "Nguyễn Thị Trưởng"] {
            let is_there = row.contains(&name.to_lowercase()) || row.contains(name) || row.contains(&hex::encode(name));
            assert!(!is_there, "{table}: {row}");
        }
    }

    let ended = |on: &str| json!({"occurred_on": on, "decision": decision(on)});
    let refused = change(&officer, &committee, "endings", ended("2022-06-01")).await.problem(409, "teams_remain");
    assert!(refused["detail"].as_str().unwrap().contains('1'), "{refused}");
    let entry = entries(&officer, &committee).await[0]["id"].clone();
    officer.post(CORRECTIONS, json!({"entry_id": entry, "withdraw": true})).await.problem(409, "teams_remain");
    officer
        .post(CORRECTIONS, json!({"entry_id": entry, "occurred_on": "2022-03-16"}))
        .await
        .problem(409, "teams_remain");
    change(&officer, &team, "endings", ended("2022-05-31")).await.is(200);
    change(&officer, &committee, "endings", ended("2022-05-30")).await.problem(409, "teams_remain");
    change(&officer, &committee, "endings", ended("2022-06-01")).await.is(200);
    let late = officer.post(BODIES, team_of(&committee["id"], "2022-06-02")).await;
    late.problem(409, "committee_not_active");
    // The team's ending was recorded by mistake: without it the team would outlive its committee.
    let entry = entries(&officer, &team).await[1]["id"].clone();
    officer.post(CORRECTIONS, json!({"entry_id": entry, "withdraw": true})).await.problem(409, "committee_not_active");
    officer
        .post(CORRECTIONS, json!({"entry_id": entry, "occurred_on": "2022-06-02"}))
        .await
        .problem(409, "committee_not_active");
    officer.post(CORRECTIONS, json!({"entry_id": entry, "occurred_on": "2022-06-01"})).await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_recorded_wrongly_of_a_body_is_put_right() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    let committee = officer.post(BODIES, establishment("steering_committee", "325@origin", "2022-03-01")).await.is(201);
    let (head, member) = (committee["seats"][0]["id"].clone(), committee["seats"][1]["id"].clone());
    let holder = json!({"name": "Lê Văn Sai", "office": "Phó Bí thư"});
    let kien_toan = json!({"occurred_on": "2022-05-10", "decision": decision("2022-05-09"),
        "changed_seats": [{"seat_id": head, "reason": "other", "holder": holder}]});
    change(&officer, &committee, "reconstitutions", kien_toan).await.is(200);
    let told = entries(&officer, &committee).await;
    let correct = async |change: Value| officer.post(CORRECTIONS, change).await;

    let (one, two) = (&told[0]["id"], &told[1]["id"]);
    correct(json!({"entry_id": two})).await.faults(&[("/withdraw", "nothing_corrected")]);
    correct(json!({"entry_id": two, "withdraw": true, "occurred_on": "2022-05-11"}))
        .await
        .faults(&[("/withdraw", "nothing_corrected")]);
    correct(json!({"entry_id": two, "name": "X", "short_name": null}))
        .await
        .faults(&[("/name", "not_correctable"), ("/short_name", "not_correctable")]);
    let seat = |seat: &Value, change: Value| {
        let mut whole = json!({"seat_id": seat});
        whole.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        whole
    };
    let seats = json!([
        seat(&member, json!({"name": "X"})),
        seat(&head, json!({})),
        seat(&head, json!({"role": "member"})),
        seat(&head, json!({"name": "1"}))
    ]);
    correct(json!({"entry_id": two, "seats": seats})).await.faults(&[
        ("/seats/0/seat_id", "unknown_seat"),
        ("/seats/1", "nothing_differs"),
        ("/seats/2/seat_id", "repeated_value"),
        ("/seats/3/seat_id", "repeated_value"),
    ]);
    let wrong = json!([seat(&head, json!({"role": "member", "name": "1", "agency": "-"}))]);
    correct(json!({"entry_id": two, "seats": wrong})).await.faults(&[
        ("/seats/0/role", "not_correctable"),
        ("/seats/0/name", "letter_required"),
        ("/seats/0/agency", "letter_required"),
    ]);
    correct(json!({"entry_id": one, "seats": [seat(&member, json!({"office": "Trưởng ban"}))]}))
        .await
        .faults(&[("/seats/0/name", "required")]);
    correct(json!({"entry_id": one, "seats": [seat(&member, json!({"role": "head"}))]}))
        .await
        .problem(409, "seat_role_taken");
    correct(json!({"entry_id": one, "occurred_on": "2022-05-11", "decision": decision("2022-05-11")}))
        .await
        .problem(409, "acts_in_the_way");
    correct(json!({"entry_id": one, "withdraw": true})).await.problem(409, "acts_in_the_way");
    correct(json!({"entry_id": two, "occurred_on": "2100-12-31"})).await.faults(&[("/occurred_on", "date_in_future")]);

    let right =
        json!([seat(&head, json!({"name": "Lê Văn Đúng", "agency": "Huyện ủy Giả Định", "reason": "retired"}))]);
    let fixed = correct(json!({"entry_id": two, "seats": right, "note": "Gõ nhầm tên"})).await.is(200);
    assert_eq!((&fixed["outcome"], &fixed["corrects"]), (&json!("restated"), two));
    correct(json!({"entry_id": two, "occurred_on": "2022-05-11"})).await.problem(409, "entry_already_corrected");
    let taken = json!([seat(&member, json!({"name": "Phạm Thị Ủy Viên", "office": "Chủ tịch Hội"}))]);
    correct(json!({"entry_id": one, "name": "Ban Chỉ đạo Đúng", "term_ends_on": "2025-12-31", "seats": taken}))
        .await
        .is(200);
    let shown = officer.get(&path_of(&committee)).await.is(200);
    assert_eq!((&shown["name"], &shown["term_ends_on"]), (&json!("Ban Chỉ đạo Đúng"), &json!("2025-12-31")));
    let holder = &shown["seats"][0]["holder"];
    assert_eq!((&holder["name"], &holder["agency"]), (&json!("Lê Văn Đúng"), &json!("Huyện ủy Giả Định")));
    assert_eq!(shown["seats"][1]["holder"]["name"], "Phạm Thị Ủy Viên");
    // What the later act says of the body was told again: it has no empty seat and another term.
    let told = entries(&officer, &committee).await;
    let last = &told.last().unwrap()["data"];
    assert_eq!((&last["empty_seats"], &last["term_ends_on"]), (&json!(0), &json!("2025-12-31")));

    let second = told.iter().rev().find(|entry| entry["kind"] == "steering_body.reconstituted").unwrap();
    correct(json!({"entry_id": second["id"], "withdraw": true})).await.is(200);
    let shown = officer.get(&path_of(&committee)).await.is(200);
    assert_eq!(shown["seats"][0]["holder"]["name"], "Nguyễn Thị Trưởng");
    let first = entries(&officer, &committee).await;
    let first = first.iter().rev().find(|entry| entry["kind"] == "steering_body.established").unwrap()["id"].clone();
    correct(json!({"entry_id": first, "withdraw": true})).await.is(200);
    assert_eq!(officer.get(&path_of(&committee)).await.is(200)["status"], "withdrawn");
    // The place is free again.
    officer.post(BODIES, establishment("steering_committee", "325@origin", "2022-03-01")).await.is(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_listed_by_the_rules_in_force_on_the_day() {
    let app = TestApp::over(tests::TestDatabase::empty(), "2022-09-01T08:00:00Z").await;
    let officer = app.officer_of("33@origin").await;
    let of_district = app.be(Role::Viewer, "325@origin").await;
    let gaps = async |query: &str| officer.get(&format!("/v1/steering-gaps?{query}")).await.is(200)["items"].clone();
    let count = |items: &Value, kind: &str| items.as_array().unwrap().iter().filter(|gap| gap["kind"] == kind).count();

    let first = gaps("level=district").await;
    assert_eq!(count(&first, "no_committee"), 10, "ten districts, and no committee yet");
    assert_eq!(count(&gaps("level=district&on=2022-07-31").await, "no_committee"), 0, "nobody asked for them before");
    assert_eq!(count(&gaps("on=2022-07-31").await, "no_committee"), 1, "but for that of the province");
    let mut body = establishment("steering_committee", "325@origin", "2022-08-05");
    body["term_ends_on"] = json!("2022-08-31");
    let committee = officer.post(BODIES, body).await.is(201);
    let there = gaps("level=district").await;
    assert_eq!((count(&there, "no_committee"), count(&there, "no_support_team")), (9, 1));
    let of_body = |kind: &str| {
        let found = there.as_array().unwrap().iter().find(|gap| gap["kind"] == kind && gap["area"] == "325@origin");
        found.unwrap_or_else(|| panic!("no {kind} in {there}")).clone()
    };
    assert_eq!(of_body("empty_seats")["seat_count"], 1);
    assert_eq!(of_body("term_over")["ended_on"], "2022-08-31");
    assert_eq!(of_body("no_support_team")["rule"], "district_committee");
    assert_eq!(of_body("no_support_team")["steering_body_id"], committee["id"]);
    officer.post(BODIES, team_of(&committee["id"], "2022-08-20")).await.is(201);
    let kien_toan = json!({"occurred_on": "2022-09-01", "decision": decision("2022-09-01"), "term_ends_on": "2025-12-31",
        "closed_seats": [committee["seats"][0]["id"]],
        "changed_seats": [{"seat_id": committee["seats"][1]["id"], "holder": {"name": "Lê Thị Tư", "office": "Trưởng ban"}}]});
    change(&officer, &committee, "reconstitutions", kien_toan).await.is(200);
    let left = gaps("level=district").await;
    let here: Vec<&Value> = left.as_array().unwrap().iter().filter(|gap| gap["area"] == "325@origin").collect();
    assert_eq!(here.iter().map(|gap| &gap["kind"]).collect::<Vec<_>>(), ["no_head"], "{here:?}");
    let then = gaps("level=district&on=2022-08-31").await;
    assert_eq!((count(&then, "empty_seats"), count(&then, "no_head")), (1, 0), "as it was the day before");

    let whole = of_district.get("/v1/steering-gaps").await.is(200);
    let areas: Vec<&Value> = whole["items"].as_array().unwrap().iter().map(|gap| &gap["area"]).collect();
    assert_eq!(areas, ["325@origin"], "of areas out of sight nothing is told");
    let rules = whole["rules"].as_array().unwrap();
    assert!(rules.iter().all(|rule| rule["source"].as_str().is_some_and(|source| !source.is_ascii())), "{rules:?}");
    officer.get("/v1/steering-gaps?level=x").await.faults(&[("level", "unknown_value")]);
    officer.get("/v1/steering-gaps?on=2022-13-01").await.faults(&[("on", "wrong_type")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_order_of_recording_leaves_what_one_act_alone_would_be_refused_for() {
    let app = TestApp::over(tests::TestDatabase::empty(), "2026-06-01T08:00:00Z").await;
    let officer = app.officer_of("33@2025-07-01").await;
    let kien_toan = |on: &str, body: Value| {
        let mut whole = json!({"occurred_on": on, "decision": decision("2019-01-01")});
        whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        whole
    };
    let old = |mut body: Value| {
        body["decision"] = decision("2019-01-01");
        body
    };
    let at_commune = |on: &str| old(at(establishment("steering_committee", "", on), "commune", "12004@2025-07-01"));
    let committee = officer.post(BODIES, at_commune("2025-08-01")).await.is(201);

    // The day is corrected into a time in which the commune was not there yet.
    let entry = entries(&officer, &committee).await[0]["id"].clone();
    let correct = async |entry: &Value, change: Value| {
        let mut whole = json!({"entry_id": entry});
        whole.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        officer.post(CORRECTIONS, whole).await
    };
    correct(&entry, json!({"occurred_on": "2020-01-01"})).await.faults(&[("/occurred_on", "area_not_in_force")]);

    // Seats that are opened before others count with them.
    let members = |count: usize| json!({"opened_seats": vec![json!({"role": "member"}); count]});
    for (on, count) in [("2025-09-10", 40), ("2025-08-10", 18)] {
        change(&officer, &committee, "reconstitutions", kien_toan(on, members(count))).await.is(200);
    }
    let one = kien_toan("2025-08-05", members(1));
    change(&officer, &committee, "reconstitutions", one).await.problem(409, "acts_in_the_way");
    change(&officer, &committee, "reconstitutions", kien_toan("2025-10-01", members(1)))
        .await
        .problem(409, "too_many_seats");
    assert_eq!(officer.get(&path_of(&committee)).await.is(200)["seats"].as_array().unwrap().len(), 60);

    // It ends on no day on which it changed, in whatever order both are recorded.
    let ended = |on: &str| json!({"occurred_on": on, "decision": decision("2019-01-01")});
    change(&officer, &committee, "endings", ended("2025-09-10")).await.problem(409, "changed_that_day");
    change(&officer, &committee, "endings", ended("2026-01-01")).await.is(200);
    let that_day = kien_toan("2026-01-01", json!({"term_ends_on": "2030-12-31"}));
    change(&officer, &committee, "reconstitutions", that_day).await.problem(409, "acts_in_the_way");
    let before = officer.get(&format!("{}?on=2025-12-31", path_of(&committee))).await.is(200);
    let after = officer.get(&format!("{}?on=2026-01-01", path_of(&committee))).await.is(200);
    assert_eq!((before["seats"].as_array().unwrap().len(), after["seats"].as_array().unwrap().len()), (60, 0));

    // A term that is over is judged when the act is recorded, or its day or a term is corrected.
    let mut body = at_commune("2026-01-01");
    body["term_ends_on"] = json!("2026-12-31");
    let second = officer.post(BODIES, body).await.is(201);
    let deputy = json!({"opened_seats": [{"role": "deputy"}]});
    change(&officer, &second, "reconstitutions", kien_toan("2026-05-01", deputy)).await.is(200);
    let told = entries(&officer, &second).await;
    correct(&told[0]["id"], json!({"term_ends_on": "2026-04-30"})).await.is(200);
    let told = entries(&officer, &second).await;
    let latest = told.iter().rev().find(|entry| entry["kind"] == "steering_body.reconstituted").unwrap()["id"].clone();
    correct(&latest, json!({"decision": decision("2019-02-02")})).await.is(200);
    let told = entries(&officer, &second).await;
    let latest = told.iter().rev().find(|entry| entry["kind"] == "steering_body.reconstituted").unwrap()["id"].clone();
    correct(&latest, json!({"occurred_on": "2026-05-02"})).await.faults(&[("/term_ends_on", "term_over")]);

    // Of a district that is no more nothing begins and nothing changes; what is there ends.
    let district =
        officer.post(BODIES, old(establishment("steering_committee", "325@origin", "2024-01-10"))).await.is(201);
    officer
        .post(BODIES, old(team_of(&district["id"], "2026-01-01")))
        .await
        .faults(&[("/established_on", "area_not_in_force")]);
    let late = kien_toan("2026-02-01", json!({"opened_seats": [{"role": "deputy"}]}));
    change(&officer, &district, "reconstitutions", late).await.faults(&[("/occurred_on", "area_not_in_force")]);
    let gaps = officer.get("/v1/steering-gaps?level=district").await.is(200)["items"].clone();
    let of_area = gaps.as_array().unwrap().iter().find(|gap| gap["kind"] == "area_ended").unwrap().clone();
    assert_eq!((&of_area["steering_body_id"], &of_area["ended_on"]), (&district["id"], &json!("2025-07-01")));
    change(&officer, &district, "endings", ended("2025-07-01")).await.is(200);
    assert_eq!(officer.get("/v1/steering-gaps?level=district").await.is(200)["items"], json!([]));
    // Nobody asked for committees in the province that was merged.
    let then = officer.get("/v1/steering-gaps?on=2022-09-01").await.is(200)["items"].clone();
    let missing = |gap: &&Value| gap["kind"] == "no_committee";
    assert_eq!(then.as_array().unwrap().iter().filter(missing).count(), 11, "the province and ten districts: {then}");

    // The committee of a province goes on in the province into which it went as a whole.
    let body = old(at(establishment("steering_committee", "", "2020-01-10"), "province", "33@origin"));
    let province = officer.post(BODIES, body).await.is(201);
    let now = officer.get("/v1/steering-gaps?level=province").await.is(200)["items"].clone();
    let kinds: Vec<&str> = now.as_array().unwrap().iter().map(|gap| gap["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["empty_seats"], "{now}");
    let mut again = old(at(establishment("steering_committee", "", "2021-01-10"), "province", "33@origin"));
    again["answers"] = json!({"steering_committee_recorded": "Ghi hai lần để thử"});
    officer.post(BODIES, again).await.is(201);
    let now = officer.get("/v1/steering-gaps?level=province").await.is(200)["items"].clone();
    assert!(now.as_array().unwrap().iter().any(|gap| gap["kind"] == "repeated"), "{now}");
    let equivalent = |name: &str| {
        let mut body = old(at(establishment("steering_committee", "", "2022-01-10"), "equivalent", "33@origin"));
        body["name"] = json!(name);
        body
    };
    officer.post(BODIES, equivalent("Ban Chỉ đạo Khối Doanh nghiệp")).await.is(201);
    officer.post(BODIES, equivalent("Ban Chỉ đạo các Khu công nghiệp")).await.is(201);
    officer.post(BODIES, equivalent("Ban Chỉ đạo khối doanh nghiệp")).await.problem(409, "needs_answer");
    assert_eq!(province["level"], "province");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_created_once_under_the_callers_id() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    let mut body = establishment("steering_committee", "325@origin", "2022-03-01");
    body["id"] = json!(crate::made_ids::new_id());
    let made = officer.post(BODIES, body.clone()).await.is(201);
    assert_eq!(made["id"], body["id"]);
    let again = officer.post(BODIES, body.clone()).await.is(200);
    assert_eq!(again, made, "with the names, as it stands");
    body["short_name"] = json!("BCĐ");
    officer.post(BODIES, body.clone()).await.problem(409, "id_taken");
    let far = app.officer_of("326@origin").await;
    far.post(BODIES, at(body, "district", "326@origin")).await.problem(409, "id_taken");
    let answer =
        officer.request(Method::GET, &path_of(&made)).header("If-None-Match", made["etag"].as_str().unwrap()).await;
    assert_eq!(answer.status, 304);
}
