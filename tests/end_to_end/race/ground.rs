//! Who writes, and the records that two operations meet at.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};
use shared::access::Role;
use tests::{Answer, Books, Somebody, TestApp, decision, next_number, person};

use crate::made_ids::new_id;
use crate::sign_in::demo_user;

/// Those who write, signed in at both replicas.
pub(super) struct World {
    pub(super) app: TestApp,
    pub(super) other: Option<TestApp>,
    pub(super) books: Books,
    pub(super) far: Books,
    pub(super) callers: BTreeMap<&'static str, [Somebody; 2]>,
}

pub(super) const OFFICER: &str = "officer";
pub(super) const LEADER: &str = "leader";
pub(super) const ADMINISTRATOR: &str = "administrator";
pub(super) const SECOND_ADMINISTRATOR: &str = "second administrator";
pub(super) const FAR_OFFICER: &str = "far officer";

impl World {
    pub(super) async fn start() -> Self {
        let app = TestApp::start().await;
        let other = match app.database.is_on_server() {
            true => Some(app.replica().await.expect("a replica")),
            false => None,
        };
        let mut callers = BTreeMap::new();
        for (name, role, area) in [
            (OFFICER, Role::Officer, "33@origin"),
            (LEADER, Role::Leader, "33@origin"),
            (ADMINISTRATOR, Role::Administrator, "33@origin"),
            (SECOND_ADMINISTRATOR, Role::Administrator, "33@origin"),
            (FAR_OFFICER, Role::Officer, "326@origin"),
        ] {
            let client = app.create_client(role, area).await;
            let both = [app.signed_in(&client).await, other.as_ref().unwrap_or(&app).signed_in(&client).await];
            callers.insert(name, both);
        }
        let province = callers[OFFICER][0].clone();
        let books = Books::open(&province, &province, "325@origin", "11986@origin").await;
        let far = books.kept_far_by(&callers[FAR_OFFICER][0], "12019@origin");
        Self { app, other, books, far, callers }
    }

    pub(super) async fn settle(&self) {
        self.app.settle().await;
        if let Some(other) = &self.other {
            other.settle().await;
        }
    }
}

pub(super) fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_else(|| panic!("{field} in {value}")).to_owned()
}

/// What is sent, by whom, and of which record it names the version.
pub(super) struct Sent {
    pub(super) who: &'static str,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Value,
    pub(super) version_of: Option<(String, String)>,
}

pub(super) fn post(path: impl Into<String>, body: Value) -> Sent {
    Sent { who: OFFICER, method: Method::POST, path: path.into(), body, version_of: None }
}

impl Sent {
    pub(super) fn by(self, who: &'static str) -> Self {
        Self { who, ..self }
    }

    pub(super) fn of(self, record: &(String, String)) -> Self {
        Self { version_of: Some(record.clone()), ..self }
    }

    pub(super) fn is_of_one_version(&self, other: &Self) -> bool {
        let record = |sent: &Self| sent.version_of.as_ref().map(|(record, _)| record.clone());
        record(self).is_some() && record(self) == record(other)
    }

    /// Whether both create something under one id; and whether both say the same of it.
    pub(super) fn is_of_one_id(&self, other: &Self) -> Option<bool> {
        let is_one = self.path == other.path && self.body["id"].is_string() && self.body["id"] == other.body["id"];
        is_one.then(|| self.body == other.body)
    }

    pub(super) async fn send(&self, world: &World, replica: usize) -> Answer {
        let media = if self.method == Method::PATCH { "application/merge-patch+json" } else { "application/json" };
        let request = world.callers[self.who][replica].request(self.method.clone(), &self.path);
        let request =
            if self.body.is_null() { request } else { request.raw(media, self.body.to_string().into_bytes()) };
        match &self.version_of {
            Some((_, etag)) => request.if_match(etag).await,
            None => request.await,
        }
    }
}

/// Records of one round, touched by nobody else; an organisation and a unit with the tag of its version.
pub(super) struct Ground {
    pub(super) number: u32,
    /// A cell that nobody belongs to, and the entry of its founding.
    pub(super) empty: (String, String),
    pub(super) empty_entry: String,
    /// Cells that people belong to.
    pub(super) cell: String,
    pub(super) other_cell: String,
    /// A committee that nobody answers to.
    pub(super) committee: (String, String),
    /// A union with 12 members and 20 more, whom one entry admitted; a union that nobody belongs to.
    pub(super) union: (String, String),
    pub(super) union_entry: String,
    pub(super) empty_union: (String, String),
    /// By it the last members of the empty union left.
    pub(super) emptying_entry: String,
    pub(super) unit: (String, String),
    /// By it the unit was registered.
    pub(super) unit_entry: String,
    pub(super) household: (String, String),
    /// Memberships: living, on its way between the cells, ended; each with the entry of its last act.
    pub(super) living: (String, String),
    pub(super) living_person: String,
    pub(super) living_tag: (String, String),
    pub(super) in_flight: (String, String),
    pub(super) ended: (String, String),
    /// A finding with one of its memberships.
    pub(super) finding: Option<((String, String), String)>,
    pub(super) client: Option<(String, String)>,
    pub(super) user: Option<(String, String)>,
    /// A user whose second factor an administrator asked to remove.
    pub(super) lost: Option<(String, String)>,
    /// An app.
    pub(super) registered: Option<(String, String)>,
    pub(super) grant: Option<(String, String)>,
    /// A steering committee.
    steering: Option<(String, String)>,
    /// The entry of its establishment, and a seat that nobody holds.
    pub(super) steering_entry: String,
    pub(super) steering_seat: String,
    /// A support team of another committee.
    pub(super) steering_team: String,
    /// A task on which its receiver reported, and the entries of its giving and of the report.
    task: Option<(String, String)>,
    pub(super) task_entries: [String; 2],
    /// A conference that gave no task yet, and its entry.
    pub(super) conference: (String, String),
    /// Two documents, of which the second rests on the first, each with its entry.
    pub(super) documents: Vec<(String, String)>,
    pub(super) duty_entry: String,
    /// Ids that callers make for what they create.
    pub(super) made: Vec<String>,
}

pub(super) const PERSONS_A_ROUND: u32 = 10;

impl Ground {
    pub(super) async fn make(world: &World, number: u32, record: &str) -> Self {
        let (books, officer) = (&world.books, &world.callers[OFFICER][0]);
        let make = async |path: &str, body: Value| officer.post(path, body).await.is(201);
        let tagged = |body: &Value| (text(body, "id"), text(body, "etag"));
        let founding = || books.founding("2015-03-15");
        let empty = make("/v1/organisations", founding()).await;
        let history = officer.get(&format!("/v1/organisations/{}/history", text(&empty, "id"))).await.is(200);
        let cell = text(&make("/v1/organisations", founding()).await, "id");
        let other_cell = text(&make("/v1/organisations", founding()).await, "id");
        let name = format!("Huyện ủy Giả Định (số {})", next_number());
        let body = json!({"kind": "district_committee", "name": name, "area": "325@origin",
            "superior_id": books.province.0, "established_on": "2000-01-01"});
        let committee = make("/v1/organisation-opening-registrations", body).await;
        let unit_of = |name: &str, form: &str| {
            json!({"name": name, "legal_form": form, "area": books.commune,
            "registered_on": "2015-03-02"})
        };
        let unit = make("/v1/economic-units", unit_of(&format!("Công ty Giả Định {number}"), "other")).await;
        let registered = officer.get(&format!("/v1/economic-units/{}/history", text(&unit, "id"))).await.is(200);
        let household =
            make("/v1/economic-units", unit_of(&format!("Hộ Giả Định {number}"), "household_business")).await;
        let body = || {
            json!({"kind": "grassroots_union", "name": format!("Công đoàn Giả Định (số {})", next_number()),
            "superior_id": books.federation, "area": books.commune, "established_on": "2021-01-05",
            "decision": decision("2021-01-05"), "founding_members": {"members": 12}})
        };
        let union = make("/v1/organisations", body()).await;
        let empty_union = make("/v1/organisations", body()).await;
        let joined = |count: u32| {
            json!({"organisation_id": union["id"], "count": count, "occurred_on": "2021-02-01",
            "decision": decision("2021-02-01")})
        };
        let few = |on: &str| {
            json!({"organisation_id": empty_union["id"], "count": 6, "reason": "withdrew",
            "occurred_on": on, "decision": decision("2021-01-10")})
        };
        let mut joining = few("2021-02-01");
        joining.as_object_mut().unwrap().remove("reason");
        make("/v1/collective-admissions", joining).await;
        let emptied = make("/v1/departures", few("2022-01-01")).await;
        make("/v1/collective-admissions", joined(12)).await;
        let joined = make("/v1/collective-admissions", joined(20)).await;
        let first = number * PERSONS_A_ROUND;
        let living = books.admit(&cell, first, "2020-05-19").await;
        let opened = |person_number: u32| {
            json!({"organisation_id": cell, "person": person(person_number),
            "occurred_on": "2018-01-01", "joined_on": "2010-01-01", "official_on": "2011-01-01"})
        };
        let moving = make("/v1/opening-registrations", opened(first + 1)).await;
        let body = json!({"membership_id": moving["membership_id"], "occurred_on": "2022-03-01",
            "decision": decision("2022-02-20")});
        let transferred = make("/v1/transfers", body).await;
        let left = make("/v1/opening-registrations", opened(first + 2)).await;
        let body = json!({"membership_id": left["membership_id"], "reason": "withdrew", "occurred_on": "2018-06-01",
            "decision": decision("2018-06-01")});
        let departed = make("/v1/departures", body).await;
        let person = officer.get(&format!("/v1/people/{}", text(&living, "person_id"))).await.is(200);
        let mut ground = Self {
            number,
            empty: tagged(&empty),
            empty_entry: text(&history["items"][0], "id"),
            cell,
            other_cell,
            committee: tagged(&committee),
            union: tagged(&union),
            union_entry: text(&joined, "entry_id"),
            empty_union: tagged(&empty_union),
            emptying_entry: text(&emptied, "entry_id"),
            unit: tagged(&unit),
            unit_entry: text(&registered["items"][0], "id"),
            household: tagged(&household),
            living: (text(&living, "membership_id"), text(&living, "entry_id")),
            living_person: text(&living, "person_id"),
            living_tag: tagged(&person),
            in_flight: (text(&moving, "membership_id"), text(&transferred, "entry_id")),
            ended: (text(&left, "membership_id"), text(&departed, "entry_id")),
            made: (0..6).map(|_| new_id()).collect(),
            finding: None,
            client: None,
            grant: None,
            user: None,
            lost: None,
            registered: None,
            steering: None,
            steering_entry: String::new(),
            steering_seat: String::new(),
            steering_team: String::new(),
            task: None,
            task_entries: Default::default(),
            conference: Default::default(),
            documents: Vec::new(),
            duty_entry: String::new(),
        };
        match record {
            "a finding" => ground.find(world).await,
            "a client" => ground.employ(world).await,
            "a user" => ground.invite(world).await,
            "an app" => ground.register(world).await,
            "a steering body" => ground.steer(world).await,
            "a task" => ground.charge(world).await,
            "a document" => ground.file(world).await,
            "a duty" => ground.oblige(world).await,
            _ => {}
        }
        ground
    }

    /// The same person is a member in the next district too.
    pub(super) async fn find(&mut self, world: &World) {
        let far_cell = world.far.cell("2015-03-15").await;
        let number = self.number * PERSONS_A_ROUND + 3;
        let one = world.books.admit(&self.cell, number, "2022-05-19").await;
        world.far.admit(&far_cell, number, "2022-05-20").await;
        world.app.look_for_findings().await;
        let one = text(&one, "membership_id");
        let found = world.callers[LEADER][0].get("/v1/findings?status=open&limit=200").await.is(200);
        let found = found["items"].as_array().unwrap().iter().find(|finding| finding.to_string().contains(&one));
        let found = found.unwrap_or_else(|| panic!("no finding names {one}"));
        self.finding = Some(((text(found, "id"), text(found, "etag")), one));
    }

    pub(super) async fn employ(&mut self, world: &World) {
        let administrator = &world.callers[ADMINISTRATOR][0];
        let body = json!({"label": format!("Máy tính {}", self.number), "area": "11986@origin"});
        let client = text(&administrator.post("/v1/clients", body).await.is(201)["client"], "id");
        let body = json!({"client_id": client, "role": "viewer", "area": "11986@origin"});
        let grant = administrator.post("/v1/grants", body).await.is(201);
        let shown = administrator.get(&format!("/v1/clients/{client}")).await.is(200);
        self.client = Some((client, text(&shown, "etag")));
        self.grant = Some((text(&grant, "id"), text(&grant, "etag")));
    }

    pub(super) async fn invite(&mut self, world: &World) {
        let administrator = &world.callers[ADMINISTRATOR][0];
        let login = format!("can.bo.{}", self.number);
        let user = demo_user(&world.app, &login).await;
        let body = json!({"user_id": user, "role": "officer", "area": "11986@origin"});
        let grant = administrator.post("/v1/user-grants", body).await.is(201);
        let shown = administrator.get(&format!("/v1/users/{user}")).await.is(200);
        self.user = Some((user, text(&shown, "etag")));
        self.grant = Some((text(&grant, "id"), text(&grant, "etag")));
        let lost = demo_user(&world.app, &format!("mat.may.{}", self.number)).await;
        let version = text(&administrator.get(&format!("/v1/users/{lost}")).await.is(200), "etag");
        let path = format!("/v1/users/{lost}/second-factor-removals");
        let asked = administrator.request(Method::POST, &path).if_match(&version).await.is(200);
        self.lost = Some((lost, text(&asked, "etag")));
    }

    pub(super) async fn register(&mut self, world: &World) {
        let administrator = &world.callers[ADMINISTRATOR][0];
        let body = json!({"label": "Ứng dụng", "area": "11986@origin", "redirect_uris": ["http://127.0.0.1/done"]});
        let made = administrator.post("/v1/apps", body).await.is(201);
        self.registered = Some((text(&made, "id"), text(&made, "etag")));
    }

    async fn steer(&mut self, world: &World) {
        let officer = &world.callers[OFFICER][0];
        let recorded = json!({"steering_committee_recorded": "Mỗi lượt thử một ban giả định"});
        let mut body = crate::steering::establishment("steering_committee", "325@origin", "2022-05-01");
        body["answers"] = recorded.clone();
        let committee = officer.post("/v1/steering-bodies", body.clone()).await.is(201);
        let history = officer.get(&format!("/v1/steering-bodies/{}/history", text(&committee, "id"))).await.is(200);
        self.steering = Some((text(&committee, "id"), text(&committee, "etag")));
        self.steering_entry = text(&history["items"][0], "id");
        self.steering_seat = text(&committee["seats"][1], "id");
        let other = officer.post("/v1/steering-bodies", body).await.is(201);
        let team = crate::steering::team_of(&other["id"], "2022-05-02");
        self.steering_team = text(&officer.post("/v1/steering-bodies", team).await.is(201), "id");
    }

    async fn charge(&mut self, world: &World) {
        self.steer(world).await;
        let officer = &world.callers[OFFICER][0];
        let body = json!(self.steering().0);
        let given = crate::steering_tasks::task(&body, std::slice::from_ref(&body), "2022-05-10", "2022-06-30");
        let group = officer.post("/v1/task-groups", given).await.is(201);
        let path = crate::steering_tasks::path_of(&group["tasks"][0]);
        let report = json!({"occurred_on": "2022-05-12", "text": "Đã làm (giả định)"});
        let etag = text(&group["tasks"][0], "etag");
        let task = officer.post(&format!("{path}/reports"), report).if_match(&etag).await.is(200);
        let history = officer.get(&format!("{path}/history")).await.is(200);
        self.task = Some((text(&task, "id"), text(&task, "etag")));
        self.task_entries = [text(&history["items"][0], "id"), text(&history["items"][1], "id")];
        let held = crate::steering_conferences::conference(&body, &[], "2022-05-15");
        let held = text(&officer.post("/v1/conferences", held).await.is(201), "id");
        let history = officer.get(&format!("/v1/conferences/{held}/history")).await.is(200);
        self.conference = (held, text(&history["items"][0], "id"));
    }

    pub(super) fn task(&self) -> &(String, String) {
        self.task.as_ref().expect("a task")
    }

    async fn file(&mut self, world: &World) {
        let officer = &world.callers[OFFICER][0];
        let mut relations = json!([]);
        for on in ["2022-05-01", "2022-05-10"] {
            let mut body = crate::steering_documents::registration("plan", "325@origin", on);
            body["relations"] = relations;
            let id = text(&officer.post("/v1/documents", body).await.is(201), "id");
            let history = officer.get(&format!("/v1/documents/{id}/history")).await.is(200);
            relations = json!([{"relation": "rests_on", "document_id": id}]);
            self.documents.push((id, text(&history["items"][0], "id")));
        }
    }

    async fn oblige(&mut self, world: &World) {
        let officer = &world.callers[OFFICER][0];
        let body = crate::issuing_duties::duty("district", "325@origin", "2022-01-31");
        let id = text(&officer.post("/v1/issuing-duties", body).await.is(201), "id");
        let history = officer.get(&format!("/v1/issuing-duties/{id}/history")).await.is(200);
        self.duty_entry = text(&history["items"][0], "id");
    }

    pub(super) fn steering(&self) -> &(String, String) {
        self.steering.as_ref().expect("a steering committee")
    }

    pub(super) fn someone(&self, place: u32) -> Value {
        person(self.number * PERSONS_A_ROUND + place)
    }
}
