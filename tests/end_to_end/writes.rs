//! Every path that writes leaves its entries: each is driven once, and what changed is held against the journal.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Value, json};
use shared::access::Role;
use tests::{Books, Somebody, TestApp, decision, person};

use crate::documents::{merged, operations};
use crate::issuing_duties::duty;
use crate::sign_in::demo_user;
use crate::steering::{establishment, team_of};
use crate::steering_documents::registration;

/// Operations that change no state that anyone else may rely on.
const UNJOURNALLED: [&str; 7] = [
    "reveal_person",
    "reveal_economic_unit",
    "reveal_steering_body",
    "create_token",
    "revoke_token",
    "agree",
    "start_rebuild",
];

/// Tables whose rows are the state that the journal tells of, by service. What else there is are the journal
/// itself, copies that follow another journal, and records of requests.
const TOLD: [&str; 17] = [
    "enterprise-registry.economic_units",
    "membership.acts",
    "membership.findings",
    "membership.memberships",
    "membership.organisation_intakes",
    "membership.organisations",
    "membership.people",
    "reporting.coverages",
    "membership.data_keys",
    "steering.acts",
    "steering.conferences",
    "steering.data_keys",
    "steering.documents",
    "steering.issuing_duties",
    "steering.steering_bodies",
    "steering.task_groups",
    "steering.tasks",
];

struct Driver<'a> {
    app: &'a TestApp,
    driven: BTreeSet<String>,
    entries: i64,
}

impl Driver<'_> {
    async fn entries(&self) -> i64 {
        self.app.heads().await.iter().sum()
    }

    /// Carries out an operation and asserts how many entries it leaves.
    async fn drive(&mut self, id: &str, somebody: &Somebody, line: &str, body: Value, etag: Option<&Value>) -> Value {
        let (method, path) = line.split_once(' ').unwrap();
        let request = somebody.request(method.parse::<Method>().unwrap(), path);
        let media = if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
        let request = if body.is_null() { request } else { request.raw(media, body.to_string().into_bytes()) };
        let request = match etag {
            Some(etag) => request.if_match(etag.as_str().unwrap()),
            None => request,
        };
        let answer = request.key(&format!("driven-{id}")).await;
        assert!((200..300).contains(&answer.status), "{id}: {}", answer.text);
        let expected = self.entries + i64::from(!UNJOURNALLED.contains(&id));
        assert_eq!(self.entries().await, expected, "{id} leaves one entry, or none by design");
        self.entries = expected;
        self.driven.insert(id.to_owned());
        answer.body
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_path_that_writes_leaves_its_entry() {
    let app = TestApp::start().await;
    let province = app.officer_of("33@origin").await;
    let officer = app.officer_of("325@origin").await;
    let other = app.officer_of("326@origin").await;
    let leader = app.be(Role::Leader, "33@origin").await;
    let administrator = app.be(Role::Administrator, "33@origin").await;
    let books = Books::open(&province, &officer, "325@origin", "11986@origin").await;
    let others = books.kept_far_by(&other, "12019@origin");
    let other_cell = others.cell("2015-03-15").await;
    let mut driver = Driver { app: &app, driven: BTreeSet::new(), entries: 0 };
    driver.entries = driver.entries().await;
    let none = Value::Null;
    let paper = |day: &str| decision(day);

    let body = json!({"label": "Máy tính", "area": "11986@origin"});
    let client = driver.drive("create_client", &administrator, "POST /v1/clients", body, None).await["client"].clone();
    let body = json!({"client_id": client["id"], "role": "viewer", "area": "11986@origin"});
    let grant = driver.drive("create_grant", &administrator, "POST /v1/grants", body, None).await;
    let line = format!("DELETE /v1/grants/{}", grant["id"].as_str().unwrap());
    driver.drive("revoke_grant", &administrator, &line, none.clone(), Some(&grant["etag"])).await;
    let client = administrator.get(&format!("/v1/clients/{}", client["id"].as_str().unwrap())).await.is(200);
    let line = format!("POST /v1/clients/{}/secrets", client["id"].as_str().unwrap());
    let renewed = driver.drive("renew_client_secret", &administrator, &line, json!({}), Some(&client["etag"])).await;
    let line = format!("PUT /v1/clients/{}/keys", client["id"].as_str().unwrap());
    let keys = json!({"keys": [crate::sign_in::provider::Key::new("k1").published]});
    let client = driver.drive("set_client_keys", &administrator, &line, keys, Some(&renewed["client"]["etag"])).await;
    let (id, secret) = app.create_client(Role::Viewer, "11986@origin").await;
    driver.entries += 2;
    let secret = secrecy::ExposeSecret::expose_secret(&secret);
    let own = app.bearer(Some(&app.token(&id.to_string(), secret).await));
    driver.drive("renew_own_secret", &own, "POST /v1/me/secrets", json!({"client_secret": secret}), None).await;
    let line = format!("POST /v1/clients/{}/disablements", client["id"].as_str().unwrap());
    driver.drive("disable_client", &administrator, &line, none.clone(), Some(&client["etag"])).await;

    let body = json!({"login": "can.bo", "name": "Cán Bộ Giả Định", "area": "11986@origin"});
    let user = driver.drive("create_user", &administrator, "POST /v1/users", body, None).await["user"].clone();
    let path = format!("/v1/users/{}", user["id"].as_str().unwrap());
    let line = format!("POST {path}/invitations");
    driver.drive("invite_user", &administrator, &line, none.clone(), Some(&user["etag"])).await;
    let body = json!({"user_id": user["id"], "role": "officer", "area": "11986@origin"});
    let grant = driver.drive("create_user_grant", &administrator, "POST /v1/user-grants", body, None).await;
    let second = app.be(Role::Administrator, "33@origin").await;
    driver.entries += 2;
    let path_of_grant = format!("/v1/user-grants/{}", grant["id"].as_str().unwrap());
    let line = format!("POST {path_of_grant}/confirmations");
    let grant = driver.drive("confirm_user_grant", &second, &line, none.clone(), Some(&grant["etag"])).await;
    let line = format!("DELETE {path_of_grant}");
    driver.drive("revoke_user_grant", &administrator, &line, none.clone(), Some(&grant["etag"])).await;
    let user = administrator.get(&path).await.is(200);
    let line = format!("POST {path}/session-endings");
    let user = driver.drive("end_user_sessions", &administrator, &line, none.clone(), Some(&user["etag"])).await;
    let lost = demo_user(&app, "mat.may").await;
    driver.entries += 2;
    let path_of_lost = format!("/v1/users/{lost}/second-factor-removals");
    let version = administrator.get(&format!("/v1/users/{lost}")).await.is(200)["etag"].clone();
    let line = format!("POST {path_of_lost}");
    let asked = driver.drive("ask_factor_removal", &administrator, &line, none.clone(), Some(&version)).await;
    let line = format!("POST {path_of_lost}/confirmations");
    driver.drive("remove_factor", &second, &line, none.clone(), Some(&asked["etag"])).await;
    let line = format!("POST {path}/departures");
    driver.drive("end_user", &administrator, &line, none.clone(), Some(&user["etag"])).await;
    let body = json!({"label": "Ứng dụng", "area": "11986@origin", "redirect_uris": ["http://127.0.0.1/done"]});
    let registered = driver.drive("create_app", &administrator, "POST /v1/apps", body, None).await;
    let line = format!("POST /v1/apps/{}/disablements", registered["id"].as_str().unwrap());
    driver.drive("disable_app", &administrator, &line, none.clone(), Some(&registered["etag"])).await;

    let body = json!({"name": "Công ty", "legal_form": "other", "area": "11986@origin", "registered_on": "2015-01-05"});
    let unit = driver.drive("register_economic_unit", &officer, "POST /v1/economic-units", body, None).await;
    let path = format!("/v1/economic-units/{}", unit["id"].as_str().unwrap());
    let (line, body) = (format!("PATCH {path}"), json!({"name": "Công ty Hai"}));
    let unit = driver.drive("change_economic_unit", &officer, &line, body, Some(&unit["etag"])).await;
    let (line, body) = (format!("PUT {path}"), json!({"name": "Công ty Ba"}));
    let unit = driver.drive("replace_economic_unit", &officer, &line, body, Some(&unit["etag"])).await;
    let (line, body) =
        (format!("POST {path}/status-changes"), json!({"status": "suspended", "occurred_on": "2022-06-30"}));
    driver.drive("change_economic_unit_status", &officer, &line, body, Some(&unit["etag"])).await;
    let history = officer.get(&format!("{path}/history")).await.is(200);
    let body = json!({"entry_id": history["items"][3]["id"], "status": "in_bankruptcy"});
    driver.drive("correct_economic_unit", &officer, "POST /v1/economic-unit-corrections", body, None).await;
    let body = json!({"name": "Hộ Giả Định", "legal_form": "household_business", "area": "11986@origin",
        "registered_on": "2015-01-05"});
    let household = officer.post("/v1/economic-units", body).await.is(201);
    driver.entries += 1;
    let line = format!("POST /v1/economic-units/{}/reveals", household["id"].as_str().unwrap());
    driver.drive("reveal_economic_unit", &officer, &line, json!({"purpose": "Đối chiếu hồ sơ"}), None).await;

    let mut body = books.founding("2015-03-15");
    body["decision"] = none.clone();
    let line = "POST /v1/organisation-opening-registrations";
    let cell = driver.drive("open_organisation", &officer, line, body, None).await;
    let line = format!("PUT /v1/organisations/{}/intake", books.committee);
    let body = json!({"areas": ["325@origin", "12019@origin"]});
    driver.drive("set_intake", &province, &line, body, Some(&json!("\"v1\""))).await;
    let line = format!("PUT /v1/organisations/{}/recording-start", books.committee);
    let body = json!({"begins_on": "2021-01-01"});
    driver.drive("set_recording_start", &administrator, &line, body, Some(&json!("\"v2.none\""))).await;
    let body = json!({"kind": "grassroots_union", "name": "Công đoàn", "superior_id": books.federation,
        "area": "11986@origin", "established_on": "2021-01-05", "decision": paper("2021-01-05"),
        "founding_members": {"members": 30}});
    let union = driver.drive("establish_organisation", &officer, "POST /v1/organisations", body, None).await;
    let cell_id = cell["id"].as_str().unwrap().to_owned();
    let body = json!({"kind": "grassroots_chapter", "superior_id": books.committee, "occurred_on": "2016-01-05",
        "decision": paper("2016-01-05")});
    let line = format!("POST /v1/organisations/{cell_id}/upgrades");
    driver.drive("upgrade_organisation", &officer, &line, body, Some(&cell["etag"])).await;
    let line = format!("POST /v1/organisations/{}/dissolutions", union["id"].as_str().unwrap());

    let body = books.admission(&cell_id, 1, "2018-05-19");
    let admitted = driver.drive("admit_person", &officer, "POST /v1/admissions", body, None).await;
    let body = json!({"organisation_id": union["id"], "count": 40, "occurred_on": "2021-02-01", "decision": paper("2021-02-01")});
    driver.drive("admit_collectively", &officer, "POST /v1/collective-admissions", body, None).await;
    let body = json!({"organisation_id": union["id"], "count": 40, "reason": "withdrew", "occurred_on": "2022-05-01",
        "decision": paper("2022-05-01")});
    officer.post("/v1/departures", body).await.is(201);
    driver.entries += 1;
    let body = json!({"occurred_on": "2022-06-01", "decision": paper("2022-06-01")});
    driver.drive("dissolve_organisation", &officer, &line, body, Some(&union["etag"])).await;
    let body = json!({"organisation_id": cell_id, "person": person(2), "occurred_on": "2018-01-01",
        "joined_on": "2010-01-01", "official_on": "2011-01-01"});
    let opened = driver.drive("open_members", &officer, "POST /v1/opening-registrations", body, None).await;
    let body = json!({"membership_id": admitted["membership_id"], "occurred_on": "2019-05-19", "decision": paper("2019-06-01")});
    driver.drive("recognise_member", &officer, "POST /v1/recognitions", body, None).await;
    let body = json!({"membership_id": admitted["membership_id"], "occurred_on": "2022-03-01", "decision": paper("2022-02-20")});
    driver.drive("transfer_member", &officer, "POST /v1/transfers", body, None).await;
    let body =
        json!({"membership_id": admitted["membership_id"], "organisation_id": other_cell, "occurred_on": "2022-03-05"});
    driver.drive("complete_transfer", &other, "POST /v1/transfer-receipts", body, None).await;
    let body = json!({"organisation_id": other_cell, "person": person(3), "occurred_on": "2022-03-05",
        "joined_on": "2015-01-01", "official_on": "2016-01-01", "decision": paper("2022-03-01")});
    driver.drive("receive_member", &other, "POST /v1/transfers-in", body, None).await;
    let body = json!({"membership_id": opened["membership_id"], "reason": "withdrew", "occurred_on": "2018-06-01", "decision": paper("2018-06-01")});
    let departed = driver.drive("depart_member", &officer, "POST /v1/departures", body, None).await;
    let body = json!({"entry_id": departed["entry_id"], "occurred_on": "2018-06-02"});
    driver.drive("correct_entry", &officer, "POST /v1/corrections", body, None).await;
    let body = json!({"membership_id": opened["membership_id"], "organisation_id": cell_id, "occurred_on": "2022-06-02",
        "decision": paper("2022-06-01"), "authorising_paper": "Công văn 1-CV/TU"});
    driver.drive("readmit_person", &officer, "POST /v1/readmissions", body, None).await;
    let line = format!("POST /v1/people/{}/reveals", opened["person_id"].as_str().unwrap());
    driver.drive("reveal_person", &officer, &line, json!({"purpose": "Đối chiếu hồ sơ"}), None).await;
    let path = format!("/v1/people/{}", opened["person_id"].as_str().unwrap());
    let etag = officer.get(&path).await.is(200)["etag"].clone();
    let (line, body) = (format!("POST {path}/corrections"), json!({"phone": "0900000001"}));
    driver.drive("correct_person", &officer, &line, body, Some(&etag)).await;

    // The same person in the other district raises a finding, which is told by an entry of its own.
    others.admit(&other_cell, 2, "2022-06-03").await;
    app.look_for_findings().await;
    let finding = leader.get("/v1/findings").await.is(200)["items"][0].clone();
    driver.entries += 2;
    let line = format!("POST /v1/findings/{}/settlements", finding["id"].as_str().unwrap());
    let body = json!({"outcome": "different_persons"});
    driver.drive("settle_finding", &leader, &line, body, Some(&finding["etag"])).await;
    let body = json!({"measure": "party_members", "area": "325@origin", "from_on": "2015-01-01"});
    driver.drive("create_coverage", &leader, "POST /v1/coverages", body, None).await;

    let body = establishment("steering_committee", "325@origin", "2022-03-01");
    let committee = driver.drive("establish_steering_body", &officer, "POST /v1/steering-bodies", body, None).await;
    let path = format!("/v1/steering-bodies/{}", committee["id"].as_str().unwrap());
    let body =
        json!({"occurred_on": "2022-04-01", "decision": paper("2022-04-01"), "opened_seats": [{"role": "member"}]});
    let line = format!("POST {path}/reconstitutions");
    let committee = driver.drive("reconstitute_steering_body", &officer, &line, body, Some(&committee["etag"])).await;
    let team = officer.post("/v1/steering-bodies", team_of(&committee["id"], "2022-04-02")).await.is(201);
    driver.entries += 1;
    let path_of_team = format!("/v1/steering-bodies/{}", team["id"].as_str().unwrap());
    let line = format!("POST {path_of_team}/reveals");
    driver.drive("reveal_steering_body", &officer, &line, json!({"purpose": "Mời họp tổ giúp việc"}), None).await;
    let body = json!({"occurred_on": "2022-05-01", "decision": paper("2022-05-01")});
    let line = format!("POST {path_of_team}/endings");
    driver.drive("end_steering_body", &officer, &line, body, Some(&team["etag"])).await;
    let history = officer.get(&format!("{path_of_team}/history")).await.is(200);
    let body = json!({"entry_id": history["items"][1]["id"], "occurred_on": "2022-05-02"});
    driver.drive("correct_steering_body", &officer, "POST /v1/steering-body-corrections", body, None).await;

    let given = crate::steering_tasks::task(&committee["id"], &[committee["id"].clone()], "2022-05-01", "2022-06-30");
    let group = driver.drive("give_task", &officer, "POST /v1/task-groups", given, None).await;
    let task = &group["tasks"][0];
    let path_of_task = crate::steering_tasks::path_of(task);
    let mut etag = task["etag"].clone();
    let said = |text: &str| json!({"occurred_on": "2022-05-03", "text": text});
    let day = json!({"occurred_on": "2022-05-03"});
    let reason = json!({"occurred_on": "2022-05-03", "reason": "Chưa đủ số liệu"});
    for (id, who, what, body) in [
        ("acknowledge_task", &officer, "acknowledgements", day.clone()),
        ("start_task", &officer, "starts", day.clone()),
        ("report_task", &officer, "reports", said("Đã làm một phần")),
        ("return_task", &leader, "returns", reason.clone()),
        ("extend_task", &leader, "extensions", json!({"occurred_on": "2022-05-03", "due_on": "2022-07-31"})),
        ("accept_task", &leader, "acceptances", day),
    ] {
        let line = format!("POST {path_of_task}/{what}");
        if id == "accept_task" {
            // What was returned is reported again.
            let again = officer.post(&format!("{path_of_task}/reports"), said("Đã làm xong"));
            etag = again.if_match(etag.as_str().unwrap()).await.is(200)["etag"].clone();
            driver.entries += 1;
        }
        etag = driver.drive(id, who, &line, body, Some(&etag)).await["etag"].clone();
    }
    let history = officer.get(&format!("{path_of_task}/history")).await.is(200);
    let body = json!({"entry_id": history["items"][7]["id"], "withdraw": true});
    driver.drive("correct_task", &leader, "POST /v1/task-corrections", body, None).await;
    let etag = officer.get(&path_of_task).await.is(200)["etag"].clone();
    driver.drive("cancel_task", &leader, &format!("POST {path_of_task}/cancellations"), reason, Some(&etag)).await;

    let body = crate::steering_conferences::conference(&committee["id"], &[], "2022-05-02");
    let held = driver.drive("hold_conference", &officer, "POST /v1/conferences", body, None).await;
    let path_of_conference = format!("/v1/conferences/{}", held["id"].as_str().unwrap());
    let body = json!({"conclusion": 2, "title": "Khảo sát", "given_on": "2022-05-02", "due_on": "2022-06-30",
        "receivers": [{"body_id": committee["id"]}]});
    let line = format!("POST {path_of_conference}/task-groups");
    driver.drive("give_concluded_task", &officer, &line, body, None).await;
    let history = officer.get(&format!("{path_of_conference}/history")).await.is(200);
    let body = json!({"entry_id": history["items"][0]["id"], "title": "Hội nghị sơ kết (giả định)"});
    driver.drive("correct_conference", &officer, "POST /v1/conference-corrections", body, None).await;

    let body = registration("plan", "325@origin", "2022-03-01");
    let document = driver.drive("register_document", &officer, "POST /v1/documents", body, None).await;
    let history = officer.get(&format!("/v1/documents/{}/history", document["id"].as_str().unwrap())).await.is(200);
    let body = json!({"entry_id": history["items"][0]["id"], "issued_on": "2022-03-02"});
    driver.drive("correct_document", &officer, "POST /v1/document-corrections", body, None).await;

    let body = duty("district", "325@origin", "2022-01-31");
    let made = driver.drive("register_issuing_duty", &officer, "POST /v1/issuing-duties", body, None).await;
    let history = officer.get(&format!("/v1/issuing-duties/{}/history", made["id"].as_str().unwrap())).await.is(200);
    let body = json!({"entry_id": history["items"][0]["id"], "due_on": "2022-02-28"});
    driver.drive("correct_issuing_duty", &officer, "POST /v1/issuing-duty-corrections", body, None).await;

    driver.drive("start_rebuild", &administrator, "POST /v1/projection-rebuilds", json!({}), None).await;

    let document = merged();
    let writing: BTreeSet<String> = operations(&document)
        .into_iter()
        .filter(|(method, ..)| method != "get")
        .map(|(_, _, operation)| operation["operationId"].as_str().unwrap().to_owned())
        .filter(|id| !["create_token", "revoke_token", "agree"].contains(&id.as_str()))
        .collect();
    assert_eq!(driver.driven, writing, "an operation that writes is not driven here");

    // Rows against entries, kind by kind.
    let rows = app.rows().await;
    let mut kinds: BTreeMap<String, i64> = BTreeMap::new();
    for service in ["enterprise-registry", "membership", "reporting", "steering"] {
        let after = if service == "enterprise-registry" { 1051 } else { 0 };
        let path = format!("/v1/journal/{service}?limit=500&after={after}");
        let page = app.be(Role::Inspector, "33@2025-07-01").await.get(&path).await.is(200);
        assert_eq!(page["next_after"], page["head"]["seq"]);
        for entry in page["items"].as_array().unwrap() {
            let is_first = entry["corrects"].is_null();
            let noun = match entry["kind"].as_str().unwrap() {
                // Settings, and no acts.
                "organisation.intake_set" => "intake",
                "organisation.recording_start_set" => "recording start",
                kind => kind.split('.').next().unwrap(),
            };
            *kinds.entry(format!("{noun} {}", if is_first { "told" } else { "corrected" })).or_default() += 1;
        }
    }
    let told = |noun: &str| kinds.get(&format!("{noun} told")).copied().unwrap_or_default();
    assert_eq!(rows["membership.acts"], told("organisation") + told("party_member") + told("union_member"));
    assert_eq!((told("intake"), rows["membership.organisation_intakes"]), (1, 2));
    assert_eq!(told("recording start"), 1);
    assert_eq!(rows["enterprise-registry.economic_units"], 2);
    assert_eq!(told("economic_unit"), 5);
    assert_eq!(rows["membership.findings"], 1);
    assert_eq!(told("finding"), 2);
    assert_eq!((rows["reporting.coverages"], told("coverage")), (2, 2));
    assert_eq!(rows["membership.people"], rows["membership.data_keys"], "each person has a key");
    let told_of_all = (told("steering_body"), told("document"), told("issuing_duty"), told("conference"), told("task"));
    assert_eq!((rows["steering.acts"], told_of_all), (17, (4, 1, 1, 1, 10)));
    assert_eq!((rows["steering.documents"], rows["steering.issuing_duties"]), (1, 1));
    assert_eq!((rows["steering.conferences"], rows["steering.task_groups"], rows["steering.tasks"]), (1, 2, 2));
    assert_eq!((rows["steering.steering_bodies"], rows["steering.data_keys"]), (2, 2), "each body has a key");
    assert!(TOLD.iter().all(|table| rows.contains_key(*table)));
}

/// Two taps without a key: the second is asked why it is right, and says so.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_act_twice_needs_an_answer_which_is_kept_with_it() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let (cell, union, officer) = (books.cell("2015-03-15").await, books.union("2015-03-15").await, &books.officer);
    let mut nameless = json!({"organisation_id": cell, "occurred_on": "2016-05-19", "decision": decision("2016-05-10"),
        "person": {"full_name": "Nguyễn Văn Giả Định", "birth_date": "1990-05-17"}});
    let counted = json!({"organisation_id": union, "count": 20, "occurred_on": "2016-05-19",
        "decision": decision("2016-05-10")});
    let mut opened = counted.clone();
    opened.as_object_mut().unwrap().remove("decision");
    let mut leaving = counted.clone();
    (leaving["reason"], leaving["count"]) = (json!("withdrew"), json!(3));
    for (path, body) in [
        ("/v1/admissions", &nameless),
        ("/v1/collective-admissions", &counted),
        ("/v1/opening-registrations", &opened),
        ("/v1/departures", &leaving),
    ] {
        let first = officer.post(path, body.clone()).await.is(201);
        let before = app.rows().await;
        let asked = officer.post(path, body.clone()).await.problem(409, "needs_answer");
        let warning = &asked["warnings"][0];
        assert_eq!(warning["code"], "same_act_recorded", "{asked}");
        assert!(warning["detail"].as_str().unwrap().contains(first["act_id"].as_str().unwrap()), "{asked}");
        let with = |answers: Value| {
            let mut body = body.clone();
            body["answers"] = answers;
            officer.post(path, body)
        };
        with(json!({"other": "vì thế"})).await.faults(&[("/answers", "unknown_value")]);
        with(json!({"same_act_recorded": " "})).await.faults(&[("/answers/same_act_recorded", "required")]);
        with(json!({"same_act_recorded": 1})).await.faults(&[("/answers/same_act_recorded", "wrong_type")]);
        assert_eq!(app.rows().await, before, "{path}");
        let reason = json!({"same_act_recorded": "Hai người trùng tên, hai đợt riêng"});
        let second = with(reason.clone()).await.is(201);
        let act = officer.get(&format!("/v1/acts/{}", second["act_id"].as_str().unwrap())).await.is(200);
        assert_eq!((&act["answers"], &act["status"]), (&reason, &json!("recorded")), "{path}");
    }
    // The same founding or opening again is a second tap, and no second organisation.
    for (path, day) in [("/v1/organisations", "2019-05-01"), ("/v1/organisation-opening-registrations", "2012-05-01")] {
        let mut body = books.founding(day);
        let first = officer.post(path, body.clone()).await.is(201);
        let before = app.rows().await;
        let asked = officer.post(path, body.clone()).await.problem(409, "needs_answer");
        assert_eq!(asked["warnings"][0]["code"], "same_act_recorded", "{asked}");
        assert_eq!(app.rows().await, before, "{path}");
        let mut other = body.clone();
        other["name"] = json!(format!("{} Hai", other["name"].as_str().unwrap()));
        officer.post(path, other).await.is(201);
        body["answers"] = json!({"same_act_recorded": "Hai chi bộ của hai phân xưởng"});
        let second = officer.post(path, body).await.is(201);
        assert_ne!(first["id"], second["id"]);
    }
    // On another day, with another paper or number, nothing is doubtful; nor where the first was taken out.
    for (field, value) in
        [("count", json!(21)), ("occurred_on", json!("2016-05-20")), ("decision", decision("2016-05-11"))]
    {
        let mut other = counted.clone();
        other[field] = value;
        let made = officer.post("/v1/collective-admissions", other.clone()).await.is(201);
        let out = json!({"entry_id": made["entry_id"], "withdraw": true});
        officer.post("/v1/corrections", out).await.is(201);
        officer.post("/v1/collective-admissions", other).await.is(201);
    }
    nameless["person"]["birth_date"] = json!("1990-05-18");
    officer.post("/v1/admissions", nameless).await.is(201);
}
