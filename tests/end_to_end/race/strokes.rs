//! Which operations write which kind of record, each as a request.

use reqwest::Method;
use serde_json::{Value, json};
use tests::decision;

use super::ground::{ADMINISTRATOR, Ground, LEADER, SECOND_ADMINISTRATOR, Sent, post};

pub(super) type Stroke = (&'static str, fn(&Ground) -> Sent);

fn depart(membership: &str) -> Sent {
    let body = json!({"membership_id": membership, "reason": "withdrew", "occurred_on": "2022-06-01",
        "decision": decision("2022-06-01")});
    post("/v1/departures", body)
}

fn admit(organisation: &str, whom: Value) -> Sent {
    let body = json!({"organisation_id": organisation, "person": whom, "occurred_on": "2022-05-19",
        "decision": decision("2022-05-19")});
    post("/v1/admissions", body)
}

fn open(organisation: &str, whom: Value) -> Sent {
    let body = json!({"organisation_id": organisation, "person": whom, "occurred_on": "2022-05-01",
        "joined_on": "2015-01-01", "official_on": "2016-01-01"});
    post("/v1/opening-registrations", body)
}

fn receive(organisation: &str, whom: Value) -> Sent {
    let body = json!({"organisation_id": organisation, "person": whom, "occurred_on": "2022-05-05",
        "joined_on": "2015-01-01", "official_on": "2016-01-01", "decision": decision("2022-05-01")});
    post("/v1/transfers-in", body)
}

fn complete(membership: &str, organisation: &str) -> Sent {
    let body = json!({"membership_id": membership, "organisation_id": organisation, "occurred_on": "2022-03-05"});
    post("/v1/transfer-receipts", body)
}

fn readmit(membership: &str, organisation: &str) -> Sent {
    let body = json!({"membership_id": membership, "organisation_id": organisation, "occurred_on": "2022-06-02",
        "decision": decision("2022-06-01"), "authorising_paper": "Công văn 1-CV/TU"});
    post("/v1/readmissions", body)
}

fn withdraw(entry: &str) -> Sent {
    post("/v1/corrections", json!({"entry_id": entry, "withdraw": true}))
}

fn restate(entry: &str, field: &str, value: Value) -> Sent {
    post("/v1/corrections", json!({"entry_id": entry, field: value}))
}

fn correct_unit(entry: &str, field: &str, value: Value) -> Sent {
    post("/v1/economic-unit-corrections", json!({"entry_id": entry, field: value}))
}

fn correct_person(ground: &Ground, change: Value) -> Sent {
    let (person, etag) = &ground.living_tag;
    post(format!("/v1/people/{person}/corrections"), change).of(&(person.clone(), etag.clone()))
}

fn dissolve(organisation: &(String, String)) -> Sent {
    let body = json!({"occurred_on": "2022-06-10", "decision": decision("2022-06-10")});
    post(format!("/v1/organisations/{}/dissolutions", organisation.0), body).of(organisation)
}

fn upgrade(organisation: &(String, String), superior: &str) -> Sent {
    let body = json!({"kind": "grassroots_chapter", "superior_id": superior, "occurred_on": "2022-06-05",
        "decision": decision("2022-06-05")});
    post(format!("/v1/organisations/{}/upgrades", organisation.0), body).of(organisation)
}

fn found(superior: &str, units: Value, is_opening: bool) -> Sent {
    let path = if is_opening { "/v1/organisation-opening-registrations" } else { "/v1/organisations" };
    let mut body = json!({"kind": "grassroots_cell", "name": "Chi bộ Giả Định", "superior_id": superior,
        "area": "11986@origin", "established_on": "2022-05-01", "economic_unit_ids": units,
        "founding_members": {"official": 3}});
    if !is_opening {
        body["decision"] = decision("2022-05-01");
    }
    post(path, body)
}

fn unit_change(unit: &(String, String), method: Method, body: Value) -> Sent {
    Sent { method, ..post(format!("/v1/economic-units/{}", unit.0), body) }.of(unit)
}

fn end_unit(unit: &(String, String)) -> Sent {
    let body = json!({"status": "terminated", "occurred_on": "2022-04-01"});
    post(format!("/v1/economic-units/{}/status-changes", unit.0), body).of(unit)
}

fn look_at(path: String) -> Sent {
    post(path, json!({"purpose": "Đối chiếu hồ sơ"}))
}

/// A tax code with its check digit.
fn tax_code(number: u32) -> String {
    const WEIGHTS: [u32; 9] = [31, 29, 23, 19, 17, 13, 7, 5, 3];
    let mut digits = format!("09{:07}", number * 11 % 10_000_000);
    loop {
        let sum: u32 = digits.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
        let check = 10 - i64::from(sum % 11);
        if (0..=9).contains(&check) {
            return format!("{digits}{check}");
        }
        digits = format!("{:09}", digits.parse::<u32>().unwrap() + 1);
    }
}

fn settle(ground: &Ground, outcome: &str) -> Sent {
    let (finding, _) = ground.finding.as_ref().expect("a finding");
    post(format!("/v1/findings/{}/settlements", finding.0), json!({"outcome": outcome})).by(LEADER).of(finding)
}

fn register(ground: &Ground, name: &str) -> Sent {
    let body = json!({"name": name, "legal_form": "other", "area": "11986@origin", "registered_on": "2015-03-02",
        "tax_code": tax_code(ground.number)});
    post("/v1/economic-units", body)
}

fn named(mut sent: Sent, ids: &[(&str, &String)]) -> Sent {
    for (field, id) in ids {
        sent.body[*field] = json!(id);
    }
    sent
}

/// What callers create under ids of their own: each with one and the same id twice, and with another content.
fn under_one_id() -> Vec<Stroke> {
    fn unit(g: &Ground, name: &str) -> Sent {
        let body = json!({"name": name, "legal_form": "other", "area": "11986@origin", "registered_on": "2015-03-02"});
        named(post("/v1/economic-units", body), &[("id", &g.made[0])])
    }
    fn admission(g: &Ground, number: u32) -> Sent {
        let ids = [("id", &g.made[1]), ("membership_id", &g.made[2]), ("person_id", &g.made[3])];
        named(admit(&g.cell, g.someone(number)), &ids)
    }
    fn client(g: &Ground, label: &str) -> Sent {
        let body = json!({"label": label, "area": "11986@origin"});
        named(post("/v1/clients", body).by(ADMINISTRATOR), &[("id", &g.made[4])])
    }
    fn coverage(g: &Ground, from_on: &str) -> Sent {
        let body = json!({"measure": "party_members", "area": "325@origin", "from_on": from_on});
        named(post("/v1/coverages", body).by(LEADER), &[("id", &g.made[5])])
    }
    vec![
        ("register_economic_unit", |g| unit(g, "Công ty Một")),
        ("register_economic_unit", |g| unit(g, "Công ty Hai")),
        ("admit_person", |g| admission(g, 4)),
        ("admit_person", |g| admission(g, 5)),
        // The id of the admission, for an organisation.
        ("establish_organisation", |g| named(found(&g.committee.0, json!([]), false), &[("id", &g.made[1])])),
        ("create_client", |g| client(g, "Máy tính Một")),
        ("create_client", |g| client(g, "Máy tính Hai")),
        ("create_coverage", |g| coverage(g, "2015-01-01")),
        ("create_coverage", |g| coverage(g, "2016-01-01")),
    ]
}

fn register_document(ground: &Ground, relation: &str) -> Sent {
    let mut body = crate::steering_documents::registration("plan", "325@origin", "2022-05-20");
    body["number"] = json!(format!("{}-KH", ground.documents[0].1));
    body["relations"] = json!([{"relation": relation, "document_id": ground.documents[0].0}]);
    post("/v1/documents", body)
}

fn correct_document(ground: &Ground, place: usize, change: Value) -> Sent {
    let mut body = json!({"entry_id": ground.documents[place].1});
    body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    post("/v1/document-corrections", body)
}

fn correct_duty(ground: &Ground, change: Value) -> Sent {
    let mut body = json!({"entry_id": ground.duty_entry});
    body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    post("/v1/issuing-duty-corrections", body)
}

fn reconstitute(ground: &Ground, change: Value) -> Sent {
    let mut body = json!({"occurred_on": "2022-05-25", "decision": decision("2022-05-25")});
    body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    let steering = ground.steering();
    post(format!("/v1/steering-bodies/{}/reconstitutions", steering.0), body).of(steering)
}

fn correct_body(ground: &Ground, change: Value) -> Sent {
    let mut body = json!({"entry_id": ground.steering_entry});
    body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    post("/v1/steering-body-corrections", body)
}

fn on_task(ground: &Ground, what: &str, change: Value) -> Sent {
    let mut body = json!({"occurred_on": "2022-05-20"});
    body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    post(format!("/v1/tasks/{}/{what}", ground.task().0), body).of(ground.task())
}

/// Which operations write which kind of record.
pub(super) fn stages() -> Vec<(&'static str, Vec<Stroke>)> {
    vec![
        ("an id", under_one_id()),
        (
            "an organisation",
            vec![
                ("upgrade_organisation", |g| upgrade(&g.empty, &g.committee.0)),
                ("dissolve_organisation", |g| dissolve(&g.empty)),
                ("admit_person", |g| admit(&g.empty.0, g.someone(4))),
                ("open_members", |g| open(&g.empty.0, g.someone(5))),
                ("receive_member", |g| receive(&g.empty.0, g.someone(6))),
                ("complete_transfer", |g| complete(&g.in_flight.0, &g.empty.0)),
                ("readmit_person", |g| readmit(&g.ended.0, &g.empty.0)),
                ("correct_entry", |g| withdraw(&g.empty_entry)),
            ],
        ),
        (
            "a superior body",
            vec![
                ("set_intake", |g| {
                    let path = format!("/v1/organisations/{}/intake", g.committee.0);
                    Sent { method: Method::PUT, ..post(path, json!({"areas": ["326@origin"]})) }.of(&g.committee)
                }),
                ("set_recording_start", |g| {
                    let path = format!("/v1/organisations/{}/recording-start", g.committee.0);
                    let set = post(path, json!({"begins_on": "2022-01-01"})).by(ADMINISTRATOR);
                    // Its tag names the day of the bodies above, too.
                    let tag = format!("{}.none\"", g.committee.1.trim_end_matches('"'));
                    Sent { method: Method::PUT, ..set }.of(&(g.committee.0.clone(), tag))
                }),
                ("open_members", |g| open(&g.cell, g.someone(8))),
                ("dissolve_organisation", |g| dissolve(&g.committee)),
                ("establish_organisation", |g| found(&g.committee.0, json!([]), false)),
                ("open_organisation", |g| found(&g.committee.0, json!([]), true)),
                ("upgrade_organisation", |g| upgrade(&g.empty, &g.committee.0)),
            ],
        ),
        (
            "a union",
            vec![
                ("admit_collectively", |g| {
                    let body = json!({"organisation_id": g.union.0, "count": 40, "occurred_on": "2022-05-01",
                        "decision": decision("2022-05-01")});
                    post("/v1/collective-admissions", body)
                }),
                ("depart_member", |g| {
                    let body = json!({"organisation_id": g.union.0, "count": 25, "reason": "withdrew",
                        "occurred_on": "2022-05-02", "decision": decision("2022-05-02")});
                    post("/v1/departures", body)
                }),
                ("correct_entry", |g| restate(&g.union_entry, "count", json!(1))),
                ("correct_entry", |g| withdraw(&g.union_entry)),
                ("dissolve_organisation", |g| dissolve(&g.union)),
                ("dissolve_organisation", |g| dissolve(&g.empty_union)),
                ("correct_entry", |g| restate(&g.emptying_entry, "count", json!(5))),
                ("admit_collectively", |g| {
                    let body = json!({"organisation_id": g.empty_union.0, "count": 7, "occurred_on": "2022-05-01",
                        "decision": decision("2022-05-01")});
                    post("/v1/collective-admissions", body)
                }),
            ],
        ),
        (
            "a living membership",
            vec![
                ("recognise_member", |g| {
                    let body = json!({"membership_id": g.living.0, "occurred_on": "2021-05-19",
                        "decision": decision("2021-06-01")});
                    post("/v1/recognitions", body)
                }),
                ("transfer_member", |g| {
                    let body = json!({"membership_id": g.living.0, "occurred_on": "2022-03-01",
                        "decision": decision("2022-02-20")});
                    post("/v1/transfers", body)
                }),
                ("depart_member", |g| depart(&g.living.0)),
                ("correct_entry", |g| withdraw(&g.living.1)),
                ("correct_entry", |g| restate(&g.living.1, "occurred_on", json!("2020-05-20"))),
                ("admit_person", |g| admit(&g.other_cell, g.someone(0))),
                ("open_members", |g| open(&g.other_cell, g.someone(0))),
                ("receive_member", |g| receive(&g.other_cell, g.someone(0))),
                ("reveal_person", |g| look_at(format!("/v1/people/{}/reveals", g.living_person))),
                ("correct_person", |g| correct_person(g, json!({"sex": "male"}))),
                ("correct_person", |g| correct_person(g, json!({"sex": null, "phone": "0900000001"}))),
            ],
        ),
        (
            "a membership in flight",
            vec![
                ("complete_transfer", |g| complete(&g.in_flight.0, &g.other_cell)),
                ("complete_transfer", |g| complete(&g.in_flight.0, &g.empty.0)),
                ("depart_member", |g| depart(&g.in_flight.0)),
                ("correct_entry", |g| withdraw(&g.in_flight.1)),
                ("dissolve_organisation", |g| dissolve(&g.empty)),
            ],
        ),
        (
            "a membership that ended",
            vec![
                ("readmit_person", |g| readmit(&g.ended.0, &g.cell)),
                ("readmit_person", |g| readmit(&g.ended.0, &g.empty.0)),
                ("admit_person", |g| admit(&g.other_cell, g.someone(2))),
                ("receive_member", |g| receive(&g.other_cell, g.someone(2))),
                ("correct_entry", |g| withdraw(&g.ended.1)),
                ("correct_entry", |g| restate(&g.ended.1, "occurred_on", json!("2018-06-02"))),
            ],
        ),
        (
            "a person",
            vec![
                ("admit_person", |g| admit(&g.cell, g.someone(7))),
                ("admit_person", |g| admit(&g.other_cell, g.someone(7))),
                ("open_members", |g| open(&g.cell, g.someone(7))),
                ("receive_member", |g| receive(&g.other_cell, g.someone(7))),
            ],
        ),
        (
            "an economic unit",
            vec![
                ("change_economic_unit", |g| unit_change(&g.unit, Method::PATCH, json!({"name": "Công ty Hai"}))),
                ("replace_economic_unit", |g| unit_change(&g.unit, Method::PUT, json!({"name": "Công ty Ba"}))),
                ("change_economic_unit_status", |g| end_unit(&g.unit)),
                ("correct_economic_unit", |g| correct_unit(&g.unit_entry, "withdraw", json!(true))),
                ("correct_economic_unit", |g| correct_unit(&g.unit_entry, "legal_form", json!("cooperative"))),
                ("establish_organisation", |g| found(&g.committee.0, json!([g.unit.0]), false)),
                ("open_organisation", |g| found(&g.committee.0, json!([g.unit.0]), true)),
            ],
        ),
        (
            "a tax code",
            vec![
                ("register_economic_unit", |g| register(g, "Công ty Một")),
                ("register_economic_unit", |g| register(g, "Công ty Hai")),
                ("correct_economic_unit", |g| correct_unit(&g.unit_entry, "tax_code", json!(tax_code(g.number)))),
                ("change_economic_unit", |g| {
                    unit_change(&g.unit, Method::PATCH, json!({"tax_code": tax_code(g.number)}))
                }),
            ],
        ),
        (
            "a household",
            vec![
                ("reveal_economic_unit", |g| look_at(format!("/v1/economic-units/{}/reveals", g.household.0))),
                ("change_economic_unit", |g| unit_change(&g.household, Method::PATCH, json!({"name": "Hộ Hai"}))),
                ("change_economic_unit_status", |g| end_unit(&g.household)),
            ],
        ),
        (
            "a finding",
            vec![
                ("settle_finding", |g| settle(g, "different_persons")),
                ("settle_finding", |g| settle(g, "confirmed")),
                ("depart_member", |g| depart(&g.finding.as_ref().expect("a finding").1)),
            ],
        ),
        (
            "a client",
            vec![
                ("create_client", |g| {
                    let body = json!({"label": format!("Máy tính {}", g.number), "area": "11986@origin"});
                    post("/v1/clients", body).by(ADMINISTRATOR)
                }),
                ("create_grant", |g| {
                    let client = &g.client.as_ref().expect("a client").0;
                    let body = json!({"client_id": client, "role": "officer", "area": "11986@origin"});
                    post("/v1/grants", body).by(ADMINISTRATOR)
                }),
                ("revoke_grant", |g| {
                    let grant = g.grant.as_ref().expect("a grant");
                    let path = format!("/v1/grants/{}", grant.0);
                    Sent { method: Method::DELETE, ..post(path, Value::Null) }.by(ADMINISTRATOR).of(grant)
                }),
                ("renew_client_secret", |g| {
                    let client = g.client.as_ref().expect("a client");
                    post(format!("/v1/clients/{}/secrets", client.0), json!({})).by(ADMINISTRATOR).of(client)
                }),
                ("set_client_keys", |g| {
                    let client = g.client.as_ref().expect("a client");
                    let body = json!({"keys": [crate::sign_in::provider::Key::new("k1").published]});
                    let path = format!("/v1/clients/{}/keys", client.0);
                    Sent { method: Method::PUT, ..post(path, body) }.by(ADMINISTRATOR).of(client)
                }),
                ("disable_client", |g| {
                    let client = g.client.as_ref().expect("a client");
                    post(format!("/v1/clients/{}/disablements", client.0), Value::Null).by(ADMINISTRATOR).of(client)
                }),
            ],
        ),
        (
            "a user",
            vec![
                ("create_user", |g| {
                    let login = format!("nguoi.moi.{}", g.number);
                    let body = json!({"login": login, "name": "Người Mới Giả Định", "area": "11986@origin"});
                    post("/v1/users", body).by(ADMINISTRATOR)
                }),
                ("invite_user", |g| {
                    let user = g.user.as_ref().expect("a user");
                    post(format!("/v1/users/{}/invitations", user.0), Value::Null).by(ADMINISTRATOR).of(user)
                }),
                ("create_user_grant", |g| {
                    let user = &g.user.as_ref().expect("a user").0;
                    let body = json!({"user_id": user, "role": "viewer", "area": "11986@origin"});
                    post("/v1/user-grants", body).by(ADMINISTRATOR)
                }),
                ("confirm_user_grant", |g| {
                    let grant = g.grant.as_ref().expect("a grant");
                    let path = format!("/v1/user-grants/{}/confirmations", grant.0);
                    post(path, Value::Null).by(SECOND_ADMINISTRATOR).of(grant)
                }),
                ("revoke_user_grant", |g| {
                    let grant = g.grant.as_ref().expect("a grant");
                    let path = format!("/v1/user-grants/{}", grant.0);
                    Sent { method: Method::DELETE, ..post(path, Value::Null) }.by(ADMINISTRATOR).of(grant)
                }),
                ("end_user_sessions", |g| {
                    let user = g.user.as_ref().expect("a user");
                    post(format!("/v1/users/{}/session-endings", user.0), Value::Null).by(ADMINISTRATOR).of(user)
                }),
                ("ask_factor_removal", |g| {
                    let user = g.lost.as_ref().expect("a user");
                    let path = format!("/v1/users/{}/second-factor-removals", user.0);
                    post(path, Value::Null).by(ADMINISTRATOR).of(user)
                }),
                ("remove_factor", |g| {
                    let user = g.lost.as_ref().expect("a user");
                    let path = format!("/v1/users/{}/second-factor-removals/confirmations", user.0);
                    post(path, Value::Null).by(SECOND_ADMINISTRATOR).of(user)
                }),
                ("end_user", |g| {
                    let user = g.user.as_ref().expect("a user");
                    post(format!("/v1/users/{}/departures", user.0), Value::Null).by(ADMINISTRATOR).of(user)
                }),
            ],
        ),
        (
            "a steering body",
            vec![
                ("establish_steering_body", |g| {
                    let team = crate::steering::team_of(&json!(g.steering().0), "2022-05-20");
                    post("/v1/steering-bodies", team)
                }),
                ("establish_steering_body", |_| {
                    let body = crate::steering::establishment("steering_committee", "327@origin", "2022-05-20");
                    post("/v1/steering-bodies", body)
                }),
                ("reconstitute_steering_body", |g| {
                    reconstitute(g, json!({"opened_seats": [{"role": "standing_deputy"}]}))
                }),
                ("reconstitute_steering_body", |g| reconstitute(g, json!({"term_ends_on": "2025-12-31"}))),
                ("end_steering_body", |g| {
                    let body = json!({"occurred_on": "2022-06-01", "decision": decision("2022-06-01")});
                    post(format!("/v1/steering-bodies/{}/endings", g.steering().0), body).of(g.steering())
                }),
                ("register_document", |g| {
                    let mut body = crate::steering_documents::registration("plan", "325@origin", "2022-06-01");
                    (body["issuer"], body["issuing_body_id"]) = (Value::Null, json!(g.steering().0));
                    post("/v1/documents", body)
                }),
                ("correct_steering_body", |g| correct_body(g, json!({"withdraw": true}))),
                ("correct_steering_body", |g| correct_body(g, json!({"occurred_on": "2022-05-02"}))),
                ("correct_steering_body", |g| {
                    correct_body(g, json!({"seats": [{"seat_id": g.steering_seat, "role": "standing_deputy"}]}))
                }),
                ("reveal_steering_body", |g| look_at(format!("/v1/steering-bodies/{}/reveals", g.steering_team))),
            ],
        ),
        (
            "a task",
            vec![
                ("give_task", |g| {
                    let body = json!(g.steering().0);
                    let given =
                        crate::steering_tasks::task(&body, std::slice::from_ref(&body), "2022-05-20", "2022-06-30");
                    post("/v1/task-groups", given)
                }),
                ("hold_conference", |g| {
                    let body = json!(g.steering().0);
                    post(
                        "/v1/conferences",
                        crate::steering_conferences::conference(&body, std::slice::from_ref(&body), "2022-05-20"),
                    )
                }),
                ("give_concluded_task", |g| {
                    let body = json!({"conclusion": 1, "title": "Khảo sát", "given_on": "2022-05-20", "due_on": "2022-06-30",
                        "receivers": [{"body_id": g.steering().0}]});
                    post(format!("/v1/conferences/{}/task-groups", g.conference.0), body)
                }),
                ("correct_conference", |g| {
                    post("/v1/conference-corrections", json!({"entry_id": g.conference.1, "withdraw": true}))
                }),
                ("correct_conference", |g| {
                    post("/v1/conference-corrections", json!({"entry_id": g.conference.1, "held_on": "2022-05-21"}))
                }),
                ("acknowledge_task", |g| on_task(g, "acknowledgements", json!({"occurred_on": "2022-05-11"}))),
                ("start_task", |g| on_task(g, "starts", json!({"occurred_on": "2022-05-11"}))),
                ("report_task", |g| {
                    on_task(g, "reports", json!({"occurred_on": "2022-05-20", "text": "Báo cáo thêm"}))
                }),
                ("return_task", |g| on_task(g, "returns", json!({"reason": "Chưa đủ số liệu"})).by(LEADER)),
                ("accept_task", |g| on_task(g, "acceptances", json!({})).by(LEADER)),
                ("extend_task", |g| on_task(g, "extensions", json!({"due_on": "2022-08-31"})).by(LEADER)),
                ("cancel_task", |g| on_task(g, "cancellations", json!({"reason": "Giao lại"})).by(LEADER)),
                ("correct_task", |g| {
                    post("/v1/task-corrections", json!({"entry_id": g.task_entries[1], "withdraw": true}))
                }),
                ("correct_task", |g| {
                    post("/v1/task-corrections", json!({"entry_id": g.task_entries[0], "due_on": "2022-07-31"}))
                }),
                ("end_steering_body", |g| {
                    let body = json!({"occurred_on": "2022-05-20", "decision": decision("2022-05-20")});
                    post(format!("/v1/steering-bodies/{}/endings", g.steering().0), body).of(g.steering())
                }),
            ],
        ),
        (
            "a document",
            vec![
                // The same number in every round, and so the same document for two at once.
                ("register_document", |g| register_document(g, "rests_on")),
                ("register_document", |g| register_document(g, "replaces")),
                ("correct_document", |g| correct_document(g, 0, json!({"withdraw": true}))),
                ("correct_document", |g| correct_document(g, 1, json!({"withdraw": true}))),
                ("correct_document", |g| correct_document(g, 1, json!({"relations": []}))),
                ("correct_document", |g| {
                    let relation = json!({"relation": "amends", "document_id": g.documents[1].0});
                    correct_document(g, 0, json!({"relations": [relation]}))
                }),
                ("correct_document", |g| correct_document(g, 0, json!({"issued_on": "2022-05-11"}))),
            ],
        ),
        (
            "a duty",
            vec![
                ("register_issuing_duty", |_| {
                    post("/v1/issuing-duties", crate::issuing_duties::duty("district", "325@origin", "2022-02-28"))
                }),
                ("correct_issuing_duty", |g| correct_duty(g, json!({"withdraw": true}))),
                ("correct_issuing_duty", |g| correct_duty(g, json!({"due_on": "2022-02-28"}))),
            ],
        ),
        (
            "an app",
            vec![
                ("create_app", |_| {
                    let body =
                        json!({"label": "Khác", "area": "11986@origin", "redirect_uris": ["http://127.0.0.1/x"]});
                    post("/v1/apps", body).by(ADMINISTRATOR)
                }),
                ("disable_app", |g| {
                    let app = g.registered.as_ref().expect("an app");
                    post(format!("/v1/apps/{}/disablements", app.0), Value::Null).by(ADMINISTRATOR).of(app)
                }),
            ],
        ),
        (
            "figures",
            vec![
                ("create_coverage", |_| {
                    let body = json!({"measure": "party_members", "area": "325@origin", "from_on": "2015-01-01"});
                    post("/v1/coverages", body).by(LEADER)
                }),
                ("start_rebuild", |_| post("/v1/projection-rebuilds", json!({})).by(ADMINISTRATOR)),
            ],
        ),
    ]
}
