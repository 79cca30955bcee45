//! Every operation of the documents is closed: without a token, with every role that is too small, and to
//! callers of another area. An operation without a row here fails the build.

mod steering;

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};
use shared::access::Role;
use tests::{Answer, Books, Somebody, TestApp, decision};

use crate::documents::{merged, operations};
use crate::steering::{establishment, team_of};
use crate::steering_tasks::task;

const ROLES: [Role; 6] =
    [Role::Viewer, Role::Officer, Role::Leader, Role::Inspector, Role::Administrator, Role::Portal];

/// The operations that are open to all, by design.
pub const OPEN: [&str; 10] = [
    "livez",
    "readyz",
    "create_token",
    "revoke_token",
    "authorize",
    "agree",
    "find_keys",
    "find_metadata",
    "find_provider_metadata",
    "list_ended_tokens",
];

/// The permission that an operation says it needs.
pub fn permission(operation: &Value) -> String {
    let text = operation["description"].as_str().unwrap_or_default();
    let (_, rest) = text.split_once("Needs `").unwrap_or_else(|| panic!("{text} names no permission"));
    rest.split('`').next().unwrap().to_owned()
}

/// A path with ids of nobody.
fn filled(path: &str) -> String {
    path.replace("/areas/{id}", "/areas/99999@origin")
        .replace("{id}", "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f")
        .replace("{indicator}", "PM10")
}

/// A list that shows nobody is a look all the same, and leaves its record; a rebuild needs no word to be started.
fn but_for_looks(mut rows: BTreeMap<String, i64>) -> BTreeMap<String, i64> {
    rows.remove("membership.access_records");
    rows.remove("enterprise-registry.access_records");
    rows.remove("steering.access_records");
    rows.remove("reporting.operations");
    rows
}

pub async fn try_with(somebody: &Somebody, method: &str, path: &str) -> Answer {
    let request = somebody.request(method.to_uppercase().parse::<Method>().unwrap(), &filled(path));
    let media = if method == "patch" { "application/merge-patch+json" } else { "application/json" };
    let request = if method == "get" { request } else { request.raw(media, b"{}".to_vec()) };
    request.if_match("\"v1\"").await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_is_closed_without_a_token_and_with_too_small_a_one() {
    let app = TestApp::start().await;
    let document = merged();
    let nobody = app.bearer(None);
    let mut somebodies = Vec::new();
    for role in ROLES {
        somebodies.push((role, app.be(role, "33@origin").await));
    }
    let roles = somebodies[0].1.get("/v1/roles").await.is(200)["items"].clone();
    // The followers' keys are known from here on, so that tokens are looked at before bodies.
    for path in ["/v1/areas", "/v1/rules", "/v1/coverages"] {
        somebodies[0].1.get(path).await.is(200);
    }
    let before = app.rows().await;
    let mut tried = 0;
    for (method, path, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap();
        if OPEN.contains(&id) {
            continue;
        }
        try_with(&nobody, &method, &path).await.problem(401, "missing_token");
        try_with(&app.bearer(Some("abc")), &method, &path).await.problem(401, "invalid_token");
        let needed = permission(&operation);
        for (role, somebody) in &somebodies {
            let name: &'static str = (*role).into();
            let row = roles.as_array().unwrap().iter().find(|row| row["role"] == name).unwrap();
            let may = row["permissions"].as_array().unwrap().iter().any(|one| *one == needed.as_str());
            let answer = try_with(somebody, &method, &path).await;
            if may {
                assert_ne!(answer.status, 401, "{role:?} {method} {path}: {}", answer.text);
                assert_ne!(answer.body["code"], "missing_token", "{id}");
            } else {
                assert_eq!(answer.status, 403, "{role:?} {method} {path}: {}", answer.text);
                answer.problem(403, "insufficient_scope");
            }
            tried += 1;
        }
    }
    assert!(tried > 250, "{tried} tries");
    assert_eq!(but_for_looks(app.rows().await), but_for_looks(before), "nothing was changed");
}

/// Records of one area, to be asked for from another.
pub struct Records {
    unit: String,
    unit_entry: String,
    organisation: String,
    union: String,
    person: String,
    membership: String,
    act: String,
    entry: String,
    client: String,
    client_entry: String,
    grant: String,
    user: String,
    user_grant: String,
    app: String,
    finding: String,
    coverage: String,
    coverage_entry: String,
    committee: String,
    team: String,
    committee_entry: String,
    task: String,
    task_group: String,
    task_entry: String,
    conference: String,
    conference_entry: String,
    document: String,
    document_entry: String,
    duty: String,
    duty_entry: String,
}

pub async fn records(app: &TestApp) -> (Records, Books) {
    let books = Books::of_van_lam(app).await;
    let unit = books.unit("Công ty Giả Định").await;
    let history = books.officer.get(&format!("/v1/economic-units/{unit}/history")).await.is(200);
    let unit_entry = history["items"][0]["id"].as_str().unwrap().to_owned();
    let (organisation, union) = (books.cell("2021-03-15").await, books.union("2021-03-15").await);
    let admitted = books.admit(&organisation, 1, "2022-05-19").await;
    // The same person in another commune of the same district, recorded by who does not see the first.
    let neighbour = books.kept_by(&app.officer_of("11992@origin").await, "11992@origin");
    let other = neighbour.cell("2021-03-15").await;
    neighbour.admit(&other, 1, "2022-05-20").await;
    let leader = app.be(Role::Leader, "325@origin").await;
    app.look_for_findings().await;
    let finding = leader.get("/v1/findings").await.is(200)["items"][0]["id"].clone();
    let administrator = app.be(Role::Administrator, "325@origin").await;
    let label = json!({"label": "Máy tính", "area": "11986@origin"});
    let client = administrator.post("/v1/clients", label).await.is(201)["client"]["id"].clone();
    let grant = json!({"client_id": client, "role": "viewer", "area": "11986@origin"});
    let grant = administrator.post("/v1/grants", grant).await.is(201)["id"].clone();
    let body = json!({"login": "can.bo", "name": "Cán Bộ Giả Định", "area": "11986@origin"});
    let user = administrator.post("/v1/users", body).await.is(201)["user"]["id"].clone();
    // Somebody looked.
    administrator.get(&format!("/v1/users/{}", user.as_str().unwrap())).await.is(200);
    let body = json!({"user_id": user, "role": "viewer", "area": "11986@origin"});
    let user_grant = administrator.post("/v1/user-grants", body).await.is(201)["id"].clone();
    let body = json!({"label": "Ứng dụng", "area": "11986@origin", "redirect_uris": ["http://127.0.0.1/done"]});
    let registered = administrator.post("/v1/apps", body).await.is(201)["id"].clone();
    let coverage = json!({"measure": "*", "area": "325@origin", "from_on": "2019-01-01"});
    let coverage = leader.post("/v1/coverages", coverage).await.is(201)["id"].clone();
    let body = at_commune(establishment("steering_committee", "325@origin", "2022-01-10"));
    let committee = books.officer.post("/v1/steering-bodies", body).await.is(201)["id"].clone();
    let team = books.officer.post("/v1/steering-bodies", team_of(&committee, "2022-01-10")).await.is(201)["id"].clone();
    let path = format!("/v1/steering-bodies/{}/reveals", team.as_str().unwrap());
    books.officer.post(&path, json!({"purpose": "Mời họp tổ giúp việc"})).await.is(200);
    let committee_entry = newest_entry(&leader, "steering").await;
    let given = task(&committee, std::slice::from_ref(&team), "2022-02-01", "2022-03-01");
    let group = books.officer.post("/v1/task-groups", given).await.is(201);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let task_entry = newest_entry(&leader, "steering").await;
    let body = crate::steering_conferences::conference(&committee, &[], "2022-02-10");
    let conference = books.officer.post("/v1/conferences", body).await.is(201)["id"].clone();
    let conference_entry = newest_entry(&leader, "steering").await;
    let body = crate::steering_documents::registration("plan", "11986@origin", "2022-01-20");
    let document = books.officer.post("/v1/documents", body).await.is(201)["id"].clone();
    let document_entry = newest_entry(&leader, "steering").await;
    let body = crate::issuing_duties::duty("commune", "11986@origin", "2022-01-31");
    let duty = books.officer.post("/v1/issuing-duties", body).await.is(201)["id"].clone();
    let records = Records {
        unit,
        unit_entry,
        organisation,
        union,
        person: text(&admitted["person_id"]),
        membership: text(&admitted["membership_id"]),
        act: text(&admitted["act_id"]),
        entry: text(&admitted["entry_id"]),
        client: text(&client),
        client_entry: newest_entry(&administrator, "identity").await,
        grant: text(&grant),
        user: text(&user),
        user_grant: text(&user_grant),
        app: text(&registered),
        finding: text(&finding),
        coverage: text(&coverage),
        coverage_entry: newest_entry(&leader, "reporting").await,
        committee: text(&committee),
        team: text(&team),
        committee_entry,
        task: text(&group["tasks"][0]["id"]),
        task_group: text(&group["id"]),
        task_entry,
        conference: text(&conference),
        conference_entry,
        document: text(&document),
        document_entry,
        duty: text(&duty),
        duty_entry: newest_entry(&leader, "steering").await,
    };
    (records, books)
}

/// A body of the commune in which all records are.
fn at_commune(body: Value) -> Value {
    crate::steering::at(body, "commune", "11986@origin")
}

/// The newest entry of a journal that somebody sees.
async fn newest_entry(somebody: &Somebody, service: &str) -> String {
    let page = somebody.get(&format!("/v1/journal/{service}?limit=500")).await.is(200);
    page["items"].as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned()
}

/// What a caller of another area must be told.
pub enum Told {
    /// As if there were no such record.
    Absent,
    /// As if the reference named nothing: a fault at this place.
    Fault(&'static str, &'static str),
    /// A list without the records of the other area: no item may hold this text.
    Without(String),
    /// What everybody may see.
    Public,
    /// What only people are told, not programs.
    OfPeople,
}

/// The row of an operation: a path, a body, and what a stranger with the permission is told.
pub fn row(id: &str, one: &Records, books: &Books) -> (String, Value, Told) {
    use Told::{Absent, Fault, OfPeople, Public, Without};
    let Records {
        unit,
        unit_entry,
        organisation,
        union,
        person,
        membership,
        act,
        entry,
        client,
        client_entry,
        grant,
        user,
        user_grant,
        app,
        finding,
        coverage,
        coverage_entry,
        ..
    } = one;
    let none = Value::Null;
    let paper = decision("2022-05-01");
    let at = |path: &str, id: &str| path.replace("{}", id);
    let unknown_organisation = Fault("/organisation_id", "unknown_organisation");
    let unknown_membership = Fault("/membership_id", "unknown_membership");
    match id {
        "list_clients" => ("/v1/clients".into(), none, Without(client.clone())),
        "find_client_by_id" => (at("/v1/clients/{}", client), none, Absent),
        "create_client" => {
            ("/v1/clients".into(), json!({"label": "X", "area": "11986@origin"}), Fault("/area", "unknown_area"))
        }
        "disable_client" => (at("/v1/clients/{}/disablements", client), none, Absent),
        "renew_client_secret" => (at("/v1/clients/{}/secrets", client), json!({}), Absent),
        "set_client_keys" => {
            let key = crate::sign_in::provider::Key::new("k1").published;
            (at("/v1/clients/{}/keys", client), json!({"keys": [key]}), Absent)
        }
        "renew_own_secret" => {
            ("/v1/me/secrets".into(), json!({"client_secret": "x"}), Fault("/client_secret", "wrong_secret"))
        }
        "list_grants" => ("/v1/grants".into(), none, Without(grant.clone())),
        "create_grant" => {
            let body = json!({"client_id": client, "role": "viewer", "area": "12019@origin"});
            ("/v1/grants".into(), body, Fault("/client_id", "not_found"))
        }
        "find_grant" => (at("/v1/grants/{}", grant), none, Absent),
        "revoke_grant" => (at("/v1/grants/{}", grant), none, Absent),
        "find_identity_reference_data" => ("/v1/reference-data/identity".into(), none, Public),
        "find_registry_reference_data" => ("/v1/reference-data/enterprise-registry".into(), none, Public),
        "find_membership_reference_data" => ("/v1/reference-data/membership".into(), none, Public),
        "find_reporting_reference_data" => ("/v1/reference-data/reporting".into(), none, Public),
        "list_users" => ("/v1/users".into(), none, Without(user.clone())),
        "find_user" => (at("/v1/users/{}", user), none, Absent),
        "create_user" => {
            let body = json!({"login": "khac", "name": "Khác Giả Định", "area": "11986@origin"});
            ("/v1/users".into(), body, Fault("/area", "unknown_area"))
        }
        "invite_user" => (at("/v1/users/{}/invitations", user), json!({}), Absent),
        "end_user" => (at("/v1/users/{}/departures", user), json!({}), Absent),
        "end_user_sessions" => (at("/v1/users/{}/session-endings", user), json!({}), Absent),
        "ask_factor_removal" => (at("/v1/users/{}/second-factor-removals", user), json!({}), Absent),
        "remove_factor" => (at("/v1/users/{}/second-factor-removals/confirmations", user), json!({}), Absent),
        "find_user_info" => ("/v1/oauth/userinfo".into(), none, OfPeople),
        "list_user_grants" => ("/v1/user-grants".into(), none, Without(user_grant.clone())),
        "find_user_grant" => (at("/v1/user-grants/{}", user_grant), none, Absent),
        "create_user_grant" => {
            let body = json!({"user_id": user, "role": "viewer", "area": "12019@origin"});
            ("/v1/user-grants".into(), body, Fault("/user_id", "not_found"))
        }
        "confirm_user_grant" => (at("/v1/user-grants/{}/confirmations", user_grant), json!({}), Absent),
        "revoke_user_grant" => (at("/v1/user-grants/{}", user_grant), none, Absent),
        "list_apps" => ("/v1/apps".into(), none, Without(app.clone())),
        "find_app" => (at("/v1/apps/{}", app), none, Absent),
        "create_app" => {
            let body = json!({"label": "X", "area": "11986@origin", "redirect_uris": ["http://127.0.0.1/done"]});
            ("/v1/apps".into(), body, Fault("/area", "unknown_area"))
        }
        "disable_app" => (at("/v1/apps/{}/disablements", app), json!({}), Absent),
        "list_roles" => ("/v1/roles".into(), none, Public),
        "find_me" => ("/v1/me".into(), none, Public),
        "list_identity_journal" => ("/v1/journal/identity".into(), none, Without(client.clone())),
        "find_identity_entry" => (at("/v1/journal/identity/{}", client_entry), none, Absent),
        "find_registry_entry" => (at("/v1/journal/enterprise-registry/{}", unit_entry), none, Absent),
        "find_reporting_entry" => (at("/v1/journal/reporting/{}", coverage_entry), none, Absent),
        "list_areas" => ("/v1/areas".into(), none, Public),
        "find_area" => ("/v1/areas/11986@origin".into(), none, Public),
        "find_area_tree" => ("/v1/areas/325@origin/tree".into(), none, Public),
        "list_area_successions" => ("/v1/areas/11986@origin/successions".into(), none, Public),
        "list_economic_units" => ("/v1/economic-units".into(), none, Without(unit.clone())),
        "export_economic_units" => ("/v1/economic-units.csv".into(), none, Without(unit.clone())),
        "find_economic_unit" => (at("/v1/economic-units/{}", unit), none, Absent),
        "register_economic_unit" => {
            let body =
                json!({"name": "X", "legal_form": "other", "area": "11986@origin", "registered_on": "2020-01-01"});
            ("/v1/economic-units".into(), body, Fault("/area", "unknown_area"))
        }
        "change_economic_unit" => (at("/v1/economic-units/{}", unit), json!({"name": "X"}), Absent),
        "replace_economic_unit" => (at("/v1/economic-units/{}", unit), json!({"name": "X"}), Absent),
        "change_economic_unit_status" => {
            let body = json!({"status": "suspended", "occurred_on": "2022-05-01"});
            (at("/v1/economic-units/{}/status-changes", unit), body, Absent)
        }
        "correct_economic_unit" => {
            let body = json!({"entry_id": unit_entry, "withdraw": true});
            ("/v1/economic-unit-corrections".into(), body, Fault("/entry_id", "unknown_entry"))
        }
        "list_economic_unit_versions" => (at("/v1/economic-units/{}/versions", unit), none, Absent),
        "list_economic_unit_history" => (at("/v1/economic-units/{}/history", unit), none, Absent),
        "reveal_economic_unit" => {
            (at("/v1/economic-units/{}/reveals", unit), json!({"purpose": "Đối chiếu hồ sơ"}), Absent)
        }
        "export_identity_access_records" => {
            let path = "/v1/access-records/identity/export?subject=/v1/users/{}";
            (at(path, user), none, Without(user.clone()))
        }
        "list_identity_access_records" => {
            (at("/v1/access-records/identity?subject=/v1/users/{}", user), none, Without(user.clone()))
        }
        "export_registry_access_records" => {
            let path = "/v1/access-records/enterprise-registry/export?subject=/v1/economic-units/{}";
            (at(path, unit), none, Without(unit.clone()))
        }
        "list_registry_access_records" => {
            let path = "/v1/access-records/enterprise-registry?subject=/v1/economic-units/{}";
            (at(path, unit), none, Without(unit.clone()))
        }
        "list_registry_journal" => ("/v1/journal/enterprise-registry?limit=500".into(), none, Without(unit.clone())),
        "export_organisations" => ("/v1/organisations.csv".into(), none, Without(organisation.clone())),
        "list_organisations" => ("/v1/organisations".into(), none, Without(organisation.clone())),
        "find_organisation" => (at("/v1/organisations/{}", organisation), none, Absent),
        "establish_organisation" | "open_organisation" => {
            let path =
                if id == "open_organisation" { "/v1/organisation-opening-registrations" } else { "/v1/organisations" };
            (path.into(), books.founding("2022-05-01"), Fault("/area", "unknown_area"))
        }
        "upgrade_organisation" => {
            let body = json!({"kind": "grassroots_chapter", "superior_id": books.committee, "occurred_on": "2022-06-01", "decision": paper});
            (at("/v1/organisations/{}/upgrades", organisation), body, Absent)
        }
        "dissolve_organisation" => {
            let body = json!({"occurred_on": "2022-06-01", "decision": paper});
            (at("/v1/organisations/{}/dissolutions", organisation), body, Absent)
        }
        "find_intake" => (at("/v1/organisations/{}/intake", &books.committee), none, Public),
        "set_intake" => (at("/v1/organisations/{}/intake", &books.committee), json!({"areas": []}), Absent),
        "find_recording_start" => (at("/v1/organisations/{}/recording-start", &books.committee), none, Public),
        "set_recording_start" => {
            let path = at("/v1/organisations/{}/recording-start", &books.committee);
            (path, json!({"begins_on": "2022-01-01"}), Absent)
        }
        "list_organisation_history" => (at("/v1/organisations/{}/history", organisation), none, Absent),
        "list_people" => ("/v1/people".into(), none, Without(person.clone())),
        "find_person" => (at("/v1/people/{}", person), none, Absent),
        "correct_person" => (at("/v1/people/{}/corrections", person), json!({"sex": "male"}), Absent),
        "reveal_person" => (at("/v1/people/{}/reveals", person), json!({"purpose": "Đối chiếu hồ sơ"}), Absent),
        "find_membership_by_id" => (at("/v1/memberships/{}", membership), none, Absent),
        "export_access_records" => {
            (at("/v1/access-records/export?subject=/v1/people/{}", person), none, Without(person.clone()))
        }
        "list_access_records" => {
            (at("/v1/access-records?subject=/v1/people/{}", person), none, Without(person.clone()))
        }
        "admit_person" => {
            ("/v1/admissions".into(), books.admission(organisation, 7, "2022-05-19"), unknown_organisation)
        }
        "admit_collectively" => {
            let body = json!({"organisation_id": union, "count": 3, "occurred_on": "2022-05-19", "decision": paper});
            ("/v1/collective-admissions".into(), body, unknown_organisation)
        }
        "open_members" => {
            let body = json!({"organisation_id": union, "count": 3, "occurred_on": "2022-05-19"});
            ("/v1/opening-registrations".into(), body, unknown_organisation)
        }
        "readmit_person" => {
            let body = json!({"membership_id": membership, "organisation_id": organisation, "occurred_on": "2022-05-19", "decision": paper});
            ("/v1/readmissions".into(), body, unknown_membership)
        }
        "recognise_member" => {
            let body = json!({"membership_id": membership, "occurred_on": "2022-06-19", "decision": paper});
            ("/v1/recognitions".into(), body, unknown_membership)
        }
        "transfer_member" => {
            let body = json!({"membership_id": membership, "occurred_on": "2022-06-19", "decision": paper});
            ("/v1/transfers".into(), body, unknown_membership)
        }
        "receive_member" => {
            let body = json!({"organisation_id": organisation, "person": tests::person(8), "occurred_on": "2022-06-19",
                "joined_on": "2015-01-01", "official_on": "2016-01-01", "decision": paper});
            ("/v1/transfers-in".into(), body, unknown_organisation)
        }
        "complete_transfer" => {
            let body =
                json!({"membership_id": membership, "organisation_id": organisation, "occurred_on": "2022-06-19"});
            ("/v1/transfer-receipts".into(), body, unknown_organisation)
        }
        "depart_member" => {
            let body = json!({"membership_id": membership, "reason": "deceased", "occurred_on": "2022-06-19"});
            ("/v1/departures".into(), body, unknown_membership)
        }
        "correct_entry" => {
            let body = json!({"entry_id": entry, "withdraw": true});
            ("/v1/corrections".into(), body, Fault("/entry_id", "unknown_entry"))
        }
        "list_findings" => ("/v1/findings".into(), none, Without(finding.clone())),
        "find_finding" => (at("/v1/findings/{}", finding), none, Absent),
        "settle_finding" => {
            (at("/v1/findings/{}/settlements", finding), json!({"outcome": "different_persons"}), Absent)
        }
        "list_acts" => ("/v1/acts".into(), none, Without(act.clone())),
        "find_act" => (at("/v1/acts/{}", act), none, Absent),
        "list_rules" => ("/v1/rules".into(), none, Public),
        "list_organisation_kinds" => ("/v1/organisation-kinds".into(), none, Public),
        "list_membership_journal" => ("/v1/journal/membership?limit=500".into(), none, Without(membership.clone())),
        "find_membership_entry" => (at("/v1/journal/membership/{}", entry), none, Absent),
        "list_indicators" => ("/v1/indicators".into(), none, Public),
        "find_figures" => {
            let path = "/v1/figures?period=2022-H1&area=325@origin";
            (path.into(), none, Fault("area", "unknown_area"))
        }
        "find_figures_as_text" => {
            ("/v1/figures.txt?period=2022-H1&area=325@origin".into(), none, Fault("area", "unknown_area"))
        }
        "export_figures" => {
            ("/v1/figures.csv?period=2022-H1&area=325@origin".into(), none, Fault("area", "unknown_area"))
        }
        "list_figure_entries" => ("/v1/figures/PM10/entries?period=2022-H1".into(), none, Without(entry.clone())),
        "list_coverages" => ("/v1/coverages".into(), none, Without("33@origin".to_owned())),
        "find_coverage" => (at("/v1/coverages/{}", coverage), none, Absent),
        "create_coverage" => {
            let body = json!({"measure": "*", "area": "325@origin", "from_on": "2020-01-01"});
            ("/v1/coverages".into(), body, Fault("/area", "unknown_area"))
        }
        "start_rebuild" => ("/v1/projection-rebuilds".into(), json!({}), Absent),
        "find_reporting_operation" => (at("/v1/operations/reporting/{}", act), none, Absent),
        "list_reporting_journal" => ("/v1/journal/reporting".into(), none, Without("33@origin".to_owned())),
        _ => steering::row(id, one),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_is_closed_to_callers_of_another_area() {
    let app = TestApp::start().await;
    let (records, books) = records(&app).await;
    let mut strangers = Vec::new();
    for role in ROLES {
        let name: &'static str = role.into();
        strangers.push((name, app.be(role, "326@origin").await));
    }
    let roles = strangers[0].1.get("/v1/roles").await.is(200)["items"].clone();
    let stranger_with = |permission: &str| {
        let permits = |name: &str| {
            let row = roles.as_array().unwrap().iter().find(|row| row["role"] == name).unwrap();
            row["permissions"].as_array().unwrap().iter().any(|one| one == permission)
        };
        // The inspector reads widest; a writer where the permission is to write.
        let found = strangers.iter().rev().find(|(name, _)| permits(name));
        found.map(|(_, somebody)| somebody).unwrap_or_else(|| panic!("no role has {permission}"))
    };
    let before = app.rows().await;
    for (method, path, operation) in operations(&merged()) {
        let id = operation["operationId"].as_str().unwrap();
        if OPEN.contains(&id) {
            continue;
        }
        let (path_asked, body, told) = row(id, &records, &books);
        let needed = permission(&operation);
        let mut stranger = stranger_with(&needed);
        if needed == "journal.read" {
            stranger = &strangers.iter().find(|(name, _)| *name == "inspector").unwrap().1;
        }
        let request = stranger.request(method.to_uppercase().parse::<Method>().unwrap(), &path_asked);
        let media = if method == "patch" { "application/merge-patch+json" } else { "application/json" };
        let request = if body.is_null() { request } else { request.raw(media, body.to_string().into_bytes()) };
        let answer = request.if_match("\"v1\"").await;
        let said = format!("{id} {path}: {} {}", answer.status, answer.text);
        match told {
            Told::Absent => {
                assert_eq!((answer.status, answer.body["code"].as_str()), (404, Some("not_found")), "{said}")
            }
            Told::Fault(place, code) => {
                let fault = &answer.body["errors"][0];
                let at = fault["pointer"].as_str().or(fault["parameter"].as_str());
                assert_eq!((answer.status, at, fault["code"].as_str()), (422, Some(place), Some(code)), "{said}");
            }
            Told::Without(text) => {
                assert_eq!(answer.status, 200, "{said}");
                assert!(!answer.body["items"].to_string().contains(&text) && !answer.text.contains(&text), "{said}");
                let mut page = answer.body;
                while page["has_more"] == true {
                    let next = page["next"].as_str().unwrap().to_owned();
                    let more = stranger.get(&format!("{path_asked}&cursor={next}")).await;
                    assert!(!more.text.contains(&text), "{said}");
                    page = more.is(200);
                }
            }
            Told::Public => assert_eq!(answer.status, 200, "{said}"),
            Told::OfPeople => {
                answer.problem(403, "insufficient_scope");
            }
        }
    }
    assert_eq!(but_for_looks(app.rows().await), but_for_looks(before), "nothing was changed");
}
