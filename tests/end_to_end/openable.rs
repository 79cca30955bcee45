//! Every id that somebody is shown opens for that reader at its address, or is there for another reason that stands here.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Value, json};
use shared::access::Role;
use tests::{Books, Somebody, TestApp, decision, unit};

use crate::documents::{merged, operations};
use crate::made_ids::{new_id, with};

/// Fields whose ids name nothing that has an address, with the reason.
const OPAQUE: [(&str, &str); 10] = [
    ("batch", "it says which entries belong to one change"),
    ("journal_id", "a journal is told from another one by it"),
    ("actor", "who did it is told to everybody who reads what was done; administrators open it"),
    ("granted_by", "as `actor`"),
    ("confirmed_by", "as `actor`"),
    ("settled_by", "as `actor`"),
    ("access_record_id", "an access record is found in the list of access records, by those who inspect"),
    ("instance", "the id of the request"),
    ("seat", "a seat is shown with its body"),
    ("seat_id", "a seat is shown with its body"),
];

/// Ids of records that have no address, by the list that shows them.
const WITHOUT_ADDRESS: [(&str, &str, &str); 6] = [
    ("/v1/economic-units/{}/versions", "act_id", "versions of one act have it in common; a correction names the entry"),
    ("/v1/access-records", "id", "the list is read, and no record of it alone"),
    ("/v1/access-records/identity", "id", "the list is read, and no record of it alone"),
    ("/v1/access-records/enterprise-registry", "id", "the list is read, and no record of it alone"),
    ("/v1/access-records/steering", "id", "the list is read, and no record of it alone"),
    ("/v1/steering-bodies/{}", "seats.id", "a seat is shown with its body"),
];

/// Fields that may name a record outside the reader's areas: it opens for those who read there. The last part of the field.
const ELSEWHERE: [(&str, &str); 18] = [
    ("membership_id", "an act stays where it happened, when the member has moved on"),
    ("membership", "as `membership_id`"),
    ("person", "as `membership_id`"),
    ("subject", "as `membership_id`"),
    ("from", "where a member came from is part of the transfer"),
    ("superior", "an organisation may answer to one of another commune, which is no superior body"),
    ("superior_id", "as `superior`"),
    ("units", "an organisation may cover units of other communes"),
    ("economic_unit_ids", "as `units`"),
    ("giver", "who gave a task may work for a larger area than who received it"),
    ("giver_id", "as `giver`"),
    ("conference_id", "as `giver`"),
    ("about", "as `giver`"),
    ("body_id", "a conference that is open below was held by a body above"),
    ("documents", "a conference has documents before it that are kept for those above"),
    ("document", "a document may rest on one that is kept for those above"),
    ("issuing_body", "a document that is open below was issued by a body above"),
    ("issuing_body_id", "as `issuing_body`"),
];

/// What a role is shown without the permission to open it.
const WITHOUT_PERMISSION: [(&str, &str, &str); 8] = [
    (
        "/v1/organisations/{}/history",
        "id",
        "a history shows the entries whole; `journal.read` opens them in the journal",
    ),
    (
        "/v1/economic-units/{}/history",
        "id",
        "a history shows the entries whole; `journal.read` opens them in the journal",
    ),
    (
        "/v1/steering-bodies/{}/history",
        "id",
        "a history shows the entries whole; `journal.read` opens them in the journal",
    ),
    ("/v1/tasks/{}/history", "id", "a history shows the entries whole; `journal.read` opens them in the journal"),
    ("/v1/conferences/{}/history", "id", "a history shows the entries whole; `journal.read` opens them in the journal"),
    ("/v1/documents/{}/history", "id", "a history shows the entries whole; `journal.read` opens them in the journal"),
    (
        "/v1/issuing-duties/{}/history",
        "id",
        "a history shows the entries whole; `journal.read` opens them in the journal",
    ),
    ("/v1/organisations", "economic_unit_ids", "administrators read organisations and no units"),
];

/// The list in which the record is that a field names.
fn list_of(field: &str) -> Option<&'static str> {
    Some(match field {
        "organisation" | "organisation_id" | "superior" | "superior_id" | "superior_body_id" | "from"
        | "from_superior" => "organisations",
        "unit" | "units" | "economic_unit_id" | "economic_unit_ids" | "other_economic_unit_id" | "one" | "other" => {
            "economic-units"
        }
        "membership" | "membership_id" | "one_membership_id" | "other_membership_id" => "memberships",
        "person" | "person_id" => "people",
        "body" | "steering_body_id" | "committee" | "committee_id" | "giver" | "giver_id" | "receiver"
        | "receiver_id" | "body_id" | "issuing_body" | "issuing_body_id" => "steering-bodies",
        "task" | "task_id" => "tasks",
        "group" | "task_group_id" => "task-groups",
        "conference" | "conference_id" => "conferences",
        "document" | "document_id" | "document_ids" | "documents" | "reached_by_id" => "documents",
        "issuing_duty" | "issuing_duty_id" => "issuing-duties",
        "act_id" => "acts",
        "client" | "client_id" => "clients",
        "user" | "user_id" => "users",
        _ => return None,
    })
}

/// Whose journal has the entries that an answer names.
fn service_of(path: &str, item: &Value) -> String {
    if let Some(source) = item["source"].as_str() {
        return source.to_owned();
    }
    let journal = path.strip_prefix("/v1/journal/").map(|rest| rest.split(['/', '?']).next().unwrap().to_owned());
    journal.unwrap_or_else(|| {
        let owners = [
            ("/v1/economic-units", "enterprise-registry"),
            ("/v1/steering-bodies", "steering"),
            ("/v1/tasks", "steering"),
            ("/v1/conferences", "steering"),
            ("/v1/documents", "steering"),
            ("/v1/issuing-duties", "steering"),
        ];
        let owner = owners.iter().find(|(list, _)| path.starts_with(list));
        owner.map_or("membership", |(_, service)| service).to_owned()
    })
}

/// A place in an answer: the template of its path, and the field.
type Place = (String, String);

/// What an answer shows: the places of ids, with the address of each; nothing where the id is opaque.
struct Answer<'a> {
    path: &'a str,
    shown: Vec<(Place, Option<String>)>,
}

fn is_id(text: &str) -> bool {
    text.len() == 36 && text.parse::<shared::Id>().is_ok()
}

impl Answer<'_> {
    /// The path without ids and without its query.
    fn template(&self) -> String {
        let path = self.path.split('?').next().unwrap();
        path.split('/').map(|part| if is_id(part) { "{}" } else { part }).collect::<Vec<_>>().join("/")
    }

    fn read(&mut self, item: &Value, field: &str, value: &Value) {
        match value {
            Value::String(text) if text.split(['/', ':']).any(is_id) => {
                let last = field.rsplit('.').next().unwrap();
                if last == "id" && text == self.path.rsplit('/').next().unwrap() {
                    return;
                }
                let address = self.address(item, field, last, text);
                self.shown.push(((self.template(), field.to_owned()), address));
            }
            Value::Array(values) => values.iter().for_each(|value| self.read(item, field, value)),
            Value::Object(fields) => {
                for (name, value) in fields {
                    let field = if field.is_empty() { name.clone() } else { format!("{field}.{name}") };
                    self.read(item, &field, value);
                }
            }
            _ => {}
        }
    }

    fn address(&self, item: &Value, field: &str, last: &str, text: &str) -> Option<String> {
        let template = self.template();
        let is_without = |(of, name, _): &(&str, &str, &str)| *of == template && *name == field;
        if OPAQUE.iter().any(|(name, _)| *name == last) || WITHOUT_ADDRESS.iter().any(is_without) {
            return None;
        }
        if text.starts_with("/v1/") {
            // Members without names are an organisation's.
            return Some(text.trim_end_matches("/members").to_owned());
        }
        let is_entry = item.get("kind").is_some() && item.get("data").is_some();
        let journal = || format!("/v1/journal/{}/{text}", service_of(self.path, item));
        let own = || {
            let list = self.path.split('?').next().unwrap().trim_end_matches(&format!("/{text}")).to_owned();
            format!("{list}/{text}")
        };
        let of_subject = || item["subject"].as_str().and_then(|subject| Some(subject.rsplit_once('/')?.0.to_owned()));
        Some(match (field, last) {
            ("id", _) if is_entry => journal(),
            ("id", _) => own(),
            ("tasks.id", _) => format!("/v1/tasks/{text}"),
            ("memberships.id", _) => format!("/v1/memberships/{text}"),
            ("data.id", _) => format!("{}/{text}", of_subject()?),
            ("data.unit.id", _) => format!("/v1/economic-units/{text}"),
            (_, "corrects" | "because" | "entry" | "because_of" | "entry_id" | "replaced_by") => journal(),
            _ => match list_of(last) {
                Some(list) => format!("/v1/{list}/{text}"),
                None => panic!("{}: what is {field} {text}? {item}", self.path),
            },
        })
    }
}

/// What else is shown of a record at an address.
fn beside(address: &str) -> Vec<String> {
    let parts: Vec<&str> = address.split('/').collect();
    match parts.as_slice() {
        ["", "v1", "organisations", _] => vec![format!("{address}/history"), format!("{address}/recording-start")],
        ["", "v1", "steering-bodies" | "tasks" | "conferences" | "issuing-duties", _] => {
            vec![format!("{address}/history")]
        }
        ["", "v1", "documents", _] => vec![format!("{address}/history"), format!("{address}/chain")],
        ["", "v1", "economic-units", _] => vec![format!("{address}/history"), format!("{address}/versions")],
        _ => Vec::new(),
    }
}

/// Whether it is right that an id does not open: it is there for a reason, and opens for who reads everywhere.
async fn is_closed_for_a_reason((template, field): &Place, address: &str, status: u16, everywhere: &Somebody) -> bool {
    if status == 403 {
        return WITHOUT_PERMISSION.iter().any(|(of, name, _)| of == template && name == field);
    }
    let last = field.rsplit('.').next().unwrap();
    ELSEWHERE.iter().any(|(name, _)| *name == last) && everywhere.get(address).await.status == 200
}

/// All that somebody is shown, from the lists on; returns how many answers were read, and where ids are that do not open, with
/// one of them each.
async fn walk(
    somebody: &Somebody,
    everywhere: &Somebody,
    lists: &[String],
) -> (usize, BTreeMap<Place, (usize, String, u16)>) {
    let mut queue: VecDeque<(String, Option<Place>)> = lists.iter().map(|path| (path.clone(), None)).collect();
    let mut known: BTreeSet<String> = lists.iter().cloned().collect();
    let mut closed: BTreeMap<Place, (usize, String, u16)> = BTreeMap::new();
    let mut opened = 0;
    while let Some((path, place)) = queue.pop_front() {
        let answer = somebody.get(&path).await;
        if answer.status != 200 {
            // A list that the role does not open, and what not every record has.
            let Some(place) = place else {
                assert!([403, 404].contains(&answer.status), "{path}: {}", answer.text);
                continue;
            };
            if is_closed_for_a_reason(&place, &path, answer.status, everywhere).await {
                continue;
            }
            let told = closed.entry(place).or_insert((0, path, answer.status));
            told.0 += 1;
            continue;
        }
        opened += 1;
        let mut read = Answer { path: &path, shown: Vec::new() };
        match answer.body["items"].as_array() {
            Some(items) => items.iter().for_each(|item| read.read(item, "", item)),
            None => read.read(&answer.body, "", &answer.body),
        }
        let shown = read.shown;
        for (place, address) in shown {
            let Some(address) = address else { continue };
            if known.insert(address.clone()) {
                queue.extend(beside(&address).into_iter().map(|path| (path, None)));
                queue.push_back((address, Some(place)));
            }
        }
        let is_last = answer.body["has_more"] == false;
        if let Some(next) = answer.body["next"].as_str().filter(|_| !is_last) {
            let (list, query) = path.split_once('?').unwrap();
            let query = query.split("&cursor=").next().unwrap();
            queue.push_back((format!("{list}?{query}&cursor={next}"), None));
        }
    }
    (opened, closed)
}

/// The lists of all services, and the entries behind figures.
fn all_lists(periods: &[&str]) -> Vec<String> {
    let mut lists: Vec<String> = operations(&merged())
        .into_iter()
        .filter(|(method, path, _)| method == "get" && path.starts_with("/v1/") && !path.contains(['{', '.']))
        .filter(|(_, path, _)| !path.contains("/oauth/") && !path.ends_with("/export") && path != "/v1/figures")
        // It shows the caller.
        .filter(|(_, path, _)| path != "/v1/me")
        .map(|(_, path, operation)| {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let is_long = parameters.into_iter().any(|one| one["name"] == "limit");
            if is_long { format!("{path}?limit=200") } else { path }
        })
        .collect();
    for indicator in ["PM10", "PO01", "UN01", "UN11"] {
        lists.extend(periods.iter().map(|on| format!("/v1/figures/{indicator}/entries?period={on}&limit=200")));
    }
    lists
}

async fn nothing_is_closed(app: &TestApp, readers: &[(Role, &str)], periods: &[&str]) {
    let lists = all_lists(periods);
    let mut faults = Vec::new();
    let province = readers.last().unwrap().1;
    let everywhere = app.be(Role::Inspector, province).await;
    for (role, area) in readers {
        let reader = app.be(*role, area).await;
        let (opened, closed) = walk(&reader, &everywhere, &lists).await;
        assert!(opened > 5, "{role:?} of {area} is shown something");
        faults.extend(closed.into_iter().map(|(place, told)| format!("{role:?} of {area}: {place:?} {told:?}")));
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shown_of_the_demonstration_opens() {
    let app = TestApp::with_demo().await;
    app.look_for_findings().await;
    let readers = [
        (Role::Officer, "12004@2025-07-01"),
        (Role::Leader, "325@origin"),
        (Role::Inspector, "11986@origin"),
        (Role::Portal, "33@2025-07-01"),
        (Role::Viewer, "12004@2025-07-01"),
        (Role::Administrator, "33@2025-07-01"),
    ];
    nothing_is_closed(&app, &readers, &["2022-H1", "2025-H2", "2026-H1"]).await;
}

/// Two districts whose members, units and organisations have to do with one another, recorded under ids of callers.
async fn entangle(app: &TestApp) {
    let books = Books::of_van_lam(app).await;
    let far = books.kept_far_by(&app.officer_of("326@origin").await, "12019@origin");
    let near = books.kept_by(&app.officer_of("11992@origin").await, "11992@origin");
    let (cell, away, beside) =
        (books.cell("2019-03-15").await, far.cell("2019-03-15").await, near.cell("2019-03-15").await);
    let union = books.union("2019-03-15").await;
    let officer = &books.officer;
    // A member who moves to the other district, one who moves to the next commune, and one who is on the way.
    for (number, to) in [(61, Some((&far, &away))), (62, Some((&near, &beside))), (63, None)] {
        let ids = [new_id(), new_id(), new_id()];
        let named = [("id", &*ids[0]), ("membership_id", &*ids[1]), ("person_id", &*ids[2])];
        officer.post("/v1/admissions", with(books.admission(&cell, number, "2021-05-19"), &named)).await.is(201);
        let left = json!({"membership_id": ids[1], "occurred_on": "2022-03-01", "decision": decision("2022-02-20")});
        officer.post("/v1/transfers", left).await.is(201);
        if let Some((books, organisation)) = to {
            let received =
                json!({"membership_id": ids[1], "organisation_id": organisation, "occurred_on": "2022-03-05"});
            books.officer.post("/v1/transfer-receipts", received).await.is(201);
        }
    }
    // Somebody whom two communes admit, and somebody known who joins the union under another id.
    books.admit(&cell, 64, "2022-05-19").await;
    near.admit(&beside, 64, "2022-05-20").await;
    far.admit(&away, 64, "2022-05-20").await;
    let joined = with(books.admission(&union, 64, "2022-05-20"), &[("person_id", &new_id())]);
    officer.post("/v1/admissions", joined).await.is(201);
    // A unit on which an organisation of the next commune stands, and which ends.
    let on_unit = officer.post("/v1/economic-units", unit("Công ty Chung", "11986@origin")).await.is(201);
    let mut founding = near.founding("2020-03-15");
    founding["economic_unit_ids"] = json!([on_unit["id"]]);
    let province = app.officer_of("33@origin").await;
    app.settle().await;
    province.post("/v1/organisations", founding).await.is(201);
    let ended = json!({"status": "terminated", "occurred_on": "2022-04-01"});
    let ended = province
        .post(&format!("/v1/economic-units/{}/status-changes", on_unit["id"].as_str().unwrap()), ended)
        .if_match(on_unit["etag"].as_str().unwrap());
    ended.await.is(200);
    // A correction, and a withdrawal.
    let [one, other] = [books.admit(&cell, 65, "2022-05-19").await, books.admit(&cell, 66, "2022-05-19").await];
    officer.post("/v1/corrections", json!({"entry_id": one["entry_id"], "occurred_on": "2022-05-20"})).await.is(201);
    officer.post("/v1/corrections", json!({"entry_id": other["entry_id"], "withdraw": true})).await.is(201);
    app.settle().await;
    app.look_for_findings().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shown_of_two_districts_opens() {
    let app = TestApp::start().await;
    entangle(&app).await;
    let readers = [
        (Role::Officer, "11986@origin"),
        (Role::Leader, "11992@origin"),
        (Role::Officer, "325@origin"),
        (Role::Leader, "326@origin"),
        (Role::Portal, "325@origin"),
        (Role::Inspector, "326@origin"),
        (Role::Viewer, "12019@origin"),
        (Role::Inspector, "33@origin"),
    ];
    nothing_is_closed(&app, &readers, &["2022-H1"]).await;
}
