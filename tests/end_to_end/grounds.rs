//! What an act rests on and loses by a change elsewhere: the change is carried out, and a finding says so.

use serde_json::{Value, json};
use shared::access::Role;
use tests::{Books, Somebody, TestApp, decision, person};

const HERE: &str = "11986@origin";
const ELSEWHERE: &str = "11998@origin";

struct Ground {
    app: TestApp,
    books: Books,
    officer: Somebody,
    leader: Somebody,
}

impl Ground {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let books = Books::of_van_lam(&app).await;
        let (officer, leader) = (app.officer_of("33@origin").await, app.be(Role::Leader, "33@origin").await);
        Self { app, books, officer, leader }
    }

    async fn open(&self, kind: &str, area: &str, superior: Option<&str>, on: &str) -> String {
        let body = json!({"kind": kind, "name": "Cấp ủy Giả Định", "area": area, "superior_id": superior,
            "established_on": on});
        let opened = self.officer.post("/v1/organisation-opening-registrations", body).await.is(201);
        opened["id"].as_str().unwrap().to_owned()
    }

    /// The acts of a kind in an organisation that count.
    async fn acts(&self, organisation: &str, kind: &str) -> Vec<Value> {
        let path = format!("/v1/acts?organisation={organisation}&kind={kind}");
        let acts = self.officer.get(&path).await.is(200);
        acts["items"].as_array().unwrap().iter().filter(|act| act["status"] == "recorded").cloned().collect()
    }

    /// Puts right how an organisation began.
    async fn correct(&self, organisation: &str, kind: &str, change: Value) {
        let mut body = change;
        body["entry_id"] = self.acts(organisation, kind).await[0]["entry_id"].clone();
        self.officer.post("/v1/corrections", body).await.is(201);
    }

    /// Which conditions of an act are not met.
    async fn unmet(&self, organisation: &str, kind: &str) -> String {
        lost(&self.acts(organisation, kind).await[0])
    }

    /// The acts about which a finding is open, with their conditions.
    async fn open_findings(&self) -> Vec<(Value, Value)> {
        self.app.look_for_findings().await;
        let open = self.leader.get("/v1/findings?status=open&kind=condition_no_longer_met").await.is(200);
        let about = |one: &Value| (one["act_id"].clone(), one["condition"].clone());
        open["items"].as_array().unwrap().iter().map(about).collect()
    }

    async fn recording_begins(&self, body: &str, day: Value) {
        let administrator = self.app.be(Role::Administrator, "33@origin").await;
        let path = format!("/v1/organisations/{body}/recording-start");
        let etag = administrator.get(&path).await.is(200)["etag"].as_str().unwrap().to_owned();
        administrator.put(&path, json!({"begins_on": day})).if_match(&etag).await.is(200);
    }
}

fn lost(act: &Value) -> String {
    let conditions = act["unmet_conditions"].as_array().unwrap();
    conditions.iter().map(|one| one.as_str().unwrap()).collect::<Vec<_>>().join(" ")
}

const OPENED: &str = "organisation.opening_registered";
const FOUNDED: &str = "organisation.established";
const UPGRADED: &str = "organisation.upgraded";

#[tokio::test(flavor = "multi_thread")]
async fn a_founding_under_a_committee_that_stands_elsewhere_is_a_finding() {
    let ground = Ground::new().await;
    let committee = ground.open("commune_committee", HERE, Some(&ground.books.committee), "2000-01-01").await;
    let other = ground.open("commune_committee", ELSEWHERE, Some(&ground.books.committee), "2000-01-01").await;
    let mut founding = ground.books.founding("2021-03-15");
    founding["superior_id"] = json!(committee);
    let cell = ground.officer.post("/v1/organisations", founding).await.is(201)["id"].as_str().unwrap().to_owned();
    assert_eq!(ground.unmet(&cell, FOUNDED).await, "");

    ground.correct(&committee, OPENED, json!({"area": ELSEWHERE})).await;
    assert_eq!(ground.unmet(&cell, FOUNDED).await, "outside_intake");
    let founded = ground.acts(&cell, FOUNDED).await[0]["id"].clone();
    assert_eq!(ground.open_findings().await, [(founded, json!("outside_intake"))]);
    // The rest of it is put right all the same, and the loss stays told.
    ground.correct(&cell, FOUNDED, json!({"name": "Chi bộ Công ty Giả Định Hai"})).await;
    assert_eq!(ground.unmet(&cell, FOUNDED).await, "outside_intake");
    ground.correct(&committee, OPENED, json!({"area": HERE})).await;
    assert_eq!(ground.unmet(&cell, FOUNDED).await, "");
    assert_eq!(ground.open_findings().await, []);
    // So does an intake that names the commune.
    ground.correct(&committee, OPENED, json!({"area": ELSEWHERE})).await;
    assert_eq!(ground.open_findings().await.len(), 1);
    let path = format!("/v1/organisations/{committee}/intake");
    for (areas, is_lost) in [(json!([HERE, ELSEWHERE]), ""), (json!([]), "")] {
        let etag = ground.officer.get(&path).await.is(200)["etag"].as_str().unwrap().to_owned();
        ground.officer.put(&path, json!({"areas": areas})).if_match(&etag).await.is(200);
        assert_eq!(ground.unmet(&cell, FOUNDED).await, is_lost, "a setting takes nothing away");
    }
    ground.correct(&committee, OPENED, json!({"area": HERE})).await;

    // A commune that was put right takes the ground away from an upgrade.
    let path = format!("/v1/organisations/{cell}");
    let etag = ground.officer.get(&path).await.header("etag").to_owned();
    let upgrade = json!({"kind": "grassroots_chapter", "superior_id": committee, "occurred_on": "2022-03-01",
        "decision": decision("2022-03-01")});
    ground.officer.post(&format!("{path}/upgrades"), upgrade).if_match(&etag).await.is(200);
    ground.correct(&cell, FOUNDED, json!({"area": ELSEWHERE, "superior_id": other})).await;
    assert_eq!(ground.unmet(&cell, UPGRADED).await, "outside_intake");
    ground.correct(&cell, UPGRADED, json!({"superior_id": other})).await;
    assert_eq!(ground.unmet(&cell, UPGRADED).await, "");
}

/// What is moved away from the day on which recording begins, opened there and moved back, is seen.
#[tokio::test(flavor = "multi_thread")]
async fn an_opening_that_recording_overtakes_by_a_move_is_a_finding_however_deep_it_lies() {
    let ground = Ground::new().await;
    let (top, books) = (ground.books.province.0.clone(), &ground.books);
    let second = ground.open("provincial_committee", "33@origin", None, "2000-01-01").await;
    ground.recording_begins(&top, json!("2022-01-01")).await;
    ground.correct(&books.committee, OPENED, json!({"superior_id": second})).await;
    let cell = ground.open("grassroots_cell", HERE, Some(&books.committee), "2022-02-01").await;
    let early = ground.open("grassroots_cell", HERE, Some(&books.committee), "2021-02-01").await;
    let member = json!({"organisation_id": cell, "person": person(1), "occurred_on": "2022-03-01",
        "joined_on": "2010-01-01", "official_on": "2011-01-01"});
    let member = ground.officer.post("/v1/opening-registrations", member).await.is(201);
    let unmet = async || {
        let opened = ground.unmet(&cell, OPENED).await;
        let path = format!("/v1/acts/{}", member["act_id"].as_str().unwrap());
        [opened, lost(&ground.officer.get(&path).await.is(200))]
    };
    assert_eq!(unmet().await, ["", ""]);

    ground.correct(&books.committee, OPENED, json!({"superior_id": top})).await;
    assert_eq!(unmet().await, ["recording_has_begun", "recording_has_begun"]);
    assert_eq!(ground.unmet(&early, OPENED).await, "");
    assert_eq!(ground.open_findings().await.len(), 2);
    // What is put right of the person does not hide it, and does not raise it again.
    let path = format!("/v1/people/{}", member["person_id"].as_str().unwrap());
    let etag = ground.officer.get(&path).await.is(200)["etag"].as_str().unwrap().to_owned();
    let correction = ground.officer.post(&format!("{path}/corrections"), json!({"sex": "female"})).if_match(&etag);
    correction.await.is(201);
    assert_eq!(unmet().await, ["recording_has_begun", "recording_has_begun"]);
    assert_eq!(ground.open_findings().await.len(), 2);
    // Nor does what is put right of the act itself.
    ground.correct(&cell, "party_member.opening_registered", json!({"is_owner": true})).await;
    assert_eq!(unmet().await, ["recording_has_begun", "recording_has_begun"]);
    assert_eq!(ground.open_findings().await.len(), 2);
    // A later day, or none, is met.
    ground.recording_begins(&top, json!("2022-02-15")).await;
    assert_eq!(unmet().await, ["", "recording_has_begun"]);
    ground.recording_begins(&top, json!(null)).await;
    assert_eq!(unmet().await, ["", ""]);
    ground.recording_begins(&top, json!("2022-01-01")).await;
    assert_eq!(unmet().await, ["", ""], "a setting takes nothing away");
    ground.correct(&books.committee, OPENED, json!({"superior_id": second})).await;
    assert_eq!(unmet().await, ["", ""]);

    // A number of members, where the organisation itself is moved.
    let union = books.union("2020-03-15").await;
    let federation = ground.open("provincial_federation", "33@origin", None, "2000-01-01").await;
    let counted = json!({"organisation_id": union, "count": 20, "occurred_on": "2022-05-01"});
    ground.officer.post("/v1/opening-registrations", counted).await.is(201);
    ground.recording_begins(&federation, json!("2022-01-01")).await;
    ground.correct(&union, FOUNDED, json!({"superior_id": federation})).await;
    assert_eq!(ground.unmet(&union, "union_member.opening_registered").await, "recording_has_begun");
    // An own day of the body between them goes before; that body's own opening goes by the bodies above it.
    let below = ground.open("commune_committee", HERE, Some(&books.committee), "2022-02-01").await;
    ground.recording_begins(&below, json!("2022-06-01")).await;
    let inside = ground.open("grassroots_cell", HERE, Some(&below), "2022-05-01").await;
    ground.correct(&books.committee, OPENED, json!({"superior_id": top})).await;
    assert_eq!(unmet().await, ["recording_has_begun", "recording_has_begun"]);
    assert_eq!(ground.unmet(&below, OPENED).await, "recording_has_begun");
    assert_eq!(ground.unmet(&inside, OPENED).await, "");
    // One loss hides no other, and is met without it.
    ground.correct(&below, OPENED, json!({"area": ELSEWHERE})).await;
    assert_eq!(ground.unmet(&inside, OPENED).await, "outside_intake");
    ground.recording_begins(&below, json!(null)).await;
    ground.correct(&books.committee, OPENED, json!({"superior_id": second})).await;
    ground.correct(&books.committee, OPENED, json!({"superior_id": top})).await;
    assert_eq!(ground.unmet(&inside, OPENED).await, "outside_intake recording_has_begun");
    ground.correct(&below, OPENED, json!({"area": HERE})).await;
    assert_eq!(ground.unmet(&inside, OPENED).await, "recording_has_begun");
}

/// A day that is set for a body later leaves what was recorded, whatever is put right afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_is_set_later_takes_no_ground_away() {
    let ground = Ground::new().await;
    let books = &ground.books;
    let cell = ground.open("grassroots_cell", HERE, Some(&books.committee), "2022-02-01").await;
    ground.recording_begins(&books.province.0, json!("2022-01-01")).await;
    ground.correct(&books.committee, OPENED, json!({"name": "Huyện ủy Giả Định Một"})).await;
    ground.correct(&books.committee, OPENED, json!({"occurred_on": "2001-01-01"})).await;
    ground.correct(&cell, OPENED, json!({"name": "Chi bộ Giả Định"})).await;
    assert_eq!(ground.unmet(&cell, OPENED).await, "");
    assert_eq!(ground.open_findings().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worse_loss_of_a_condition_that_was_settled_is_another_finding() {
    let ground = Ground::new().await;
    let (books, officer) = (&ground.books, &ground.officer);
    let cell = books.cell("2015-03-15").await;
    let admitted = books.admit(&cell, 1, "2020-05-19").await;
    let body = json!({"membership_id": admitted["membership_id"], "occurred_on": "2021-05-19",
        "decision": decision("2021-05-19")});
    officer.post("/v1/recognitions", body).await.is(201);
    let correct = async |change: Value| ground.correct(&cell, "party_member.admitted", change).await;
    let settle = async || {
        ground.app.look_for_findings().await;
        let open = ground.leader.get("/v1/findings?status=open").await.is(200)["items"].as_array().unwrap().clone();
        for finding in &open {
            let path = format!("/v1/findings/{}/settlements", finding["id"].as_str().unwrap());
            let etag = finding["etag"].as_str().unwrap();
            ground.leader.post(&path, json!({"outcome": "act_stands"})).if_match(etag).await.is(200);
        }
        open.len()
    };
    correct(json!({"occurred_on": "2020-05-20", "decision": decision("2020-05-19")})).await;
    assert_eq!(settle().await, 1);
    correct(json!({"is_owner": true})).await;
    assert_eq!(settle().await, 0, "the probation is as it was settled");
    correct(json!({"occurred_on": "2021-01-20"})).await;
    assert_eq!(settle().await, 1, "eight months are missing instead of a day");
    let acts = ground.acts(&cell, "party_member.recognised").await;
    assert_eq!(acts[0]["unmet_conditions"], json!(["probation_not_over"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_membership_beside_a_death_is_a_finding_of_the_level_above_both() {
    let ground = Ground::new().await;
    let books = &ground.books;
    let (cell, union) = (books.cell("2015-03-15").await, books.union("2015-03-15").await);
    let admitted = books.admit(&cell, 1, "2020-05-19").await;
    let mut body = books.admission(&union, 1, "2020-05-20");
    body["person"] = json!(null);
    body["person_id"] = admitted["person_id"].clone();
    let other = ground.officer.post("/v1/admissions", body).await.is(201);
    let open = async || {
        ground.app.look_for_findings().await;
        ground.leader.get("/v1/findings?status=open&kind=membership_after_death").await.is(200)["items"].clone()
    };
    let departs = |membership: &Value| {
        let body = json!({"membership_id": membership, "reason": "deceased", "occurred_on": "2022-02-01"});
        ground.officer.post("/v1/departures", body)
    };
    assert_eq!(open().await, json!([]));
    let died = departs(&admitted["membership_id"]).await.is(201);
    let found = open().await;
    assert_eq!(found.as_array().unwrap().len(), 1);
    let pair = [&found[0]["one_membership_id"], &found[0]["other_membership_id"]];
    assert_eq!(pair, [&admitted["membership_id"], &other["membership_id"]]);
    let path = format!("/v1/findings/{}/settlements", found[0]["id"].as_str().unwrap());
    let etag = found[0]["etag"].as_str().unwrap();
    let wrong = ground.leader.post(&path, json!({"outcome": "same_person"})).if_match(etag).await;
    wrong.faults(&[("/outcome", "unknown_value")]);

    departs(&other["membership_id"]).await.is(201);
    assert_eq!(open().await, json!([]), "both ended by it");
    let gone = ground.leader.get(&format!("/v1/findings/{}", found[0]["id"].as_str().unwrap())).await.is(200);
    assert_eq!(gone["outcome"], "cause_gone");
    // The death that was never one takes the finding of the other side with it.
    let withdraw = json!({"entry_id": died["entry_id"], "withdraw": true});
    ground.officer.post("/v1/corrections", withdraw).await.is(201);
    let found = open().await;
    assert_eq!(found[0]["one_membership_id"], other["membership_id"]);
    assert_eq!(found.as_array().unwrap().len(), 1);
    // Who settled that the death was wrong is asked again when the person has died.
    let path = format!("/v1/findings/{}/settlements", found[0]["id"].as_str().unwrap());
    let etag = found[0]["etag"].as_str().unwrap();
    ground.leader.post(&path, json!({"outcome": "death_is_wrong"})).if_match(etag).await.is(200);
    ground.correct(&union, "union_member.departed", json!({"withdraw": true})).await;
    assert_eq!(open().await, json!([]));
    departs(&other["membership_id"]).await.is(201);
    let again = open().await;
    assert_eq!(again[0]["one_membership_id"], other["membership_id"]);
    assert_ne!(again[0]["id"], found[0]["id"]);
}

/// Who corrects a day of birth sees one membership of the person; the other one keeps what it lost, and the rest can still be
/// put right.
#[tokio::test(flavor = "multi_thread")]
async fn a_day_of_birth_is_judged_in_memberships_elsewhere_too() {
    let ground = Ground::new().await;
    let (books, province) = (&ground.books, &ground.officer);
    let others = books.kept_far_by(&ground.app.officer_of("326@origin").await, "12019@origin");
    let (union, cell) = (books.union("2021-03-15").await, others.cell("2015-03-15").await);
    let admitted = books.admit(&union, 1, "2022-05-19").await;
    let arrival = |joined_on: &str| {
        json!({"organisation_id": cell, "person": person(1), "occurred_on": "2022-01-01",
            "joined_on": joined_on, "official_on": "2006-01-01", "decision": decision("2022-01-01")})
    };
    province.post("/v1/transfers-in", arrival("1980-01-01")).await.faults(&[("/joined_on", "date_before_birth")]);
    let came = province.post("/v1/transfers-in", arrival("2005-01-01")).await.is(201);
    let path = format!("/v1/people/{}", admitted["person_id"].as_str().unwrap());
    let correct = async |somebody: &Somebody, change: Value| {
        let etag = somebody.get(&path).await.is(200)["etag"].as_str().unwrap().to_owned();
        somebody.post(&format!("{path}/corrections"), change).if_match(&etag).await
    };
    correct(&books.officer, json!({"birth_date": "2005-06-01"})).await.is(201);
    let act = format!("/v1/acts/{}", came["act_id"].as_str().unwrap());
    assert_eq!(lost(&province.get(&act).await.is(200)), "date_before_birth");
    correct(province, json!({"full_name": "Nguyễn Giả Định Khác"})).await.is(201);
    correct(province, json!({"birth_date": "2005-07-01"})).await.faults(&[("/birth_date", "against_each_other")]);
    correct(province, json!({"birth_date": "1985-07-01"})).await.is(201);
    assert_eq!(lost(&province.get(&act).await.is(200)), "");
}

/// A unit counts where it stands, and the paper of the organisation that covers it is read where that one stands.
#[tokio::test(flavor = "multi_thread")]
async fn a_counted_unit_does_not_show_the_organisation_of_another_commune() {
    let ground = Ground::new().await;
    let books = &ground.books;
    let unit = books.unit("Công ty Giả Định").await;
    let mut founding = books.founding("2021-03-15");
    founding["area"] = json!(ELSEWHERE);
    founding["economic_unit_ids"] = json!([unit]);
    books.officer.post("/v1/organisations", founding).await.is(201);
    ground.app.settle().await;
    for (area, is_told) in [(HERE, false), ("325@origin", true)] {
        let reader = ground.app.be(Role::Inspector, area).await;
        let page = reader.get("/v1/figures/UN11/entries?period=2022-H1").await.is(200);
        let entry = &page["items"][0];
        assert_eq!(
            (&entry["value"], &entry["economic_unit_id"], &entry["area"]),
            (&json!(1), &json!(unit), &json!(HERE))
        );
        for field in
            ["entry_id", "entry", "kind", "subject", "superior_body_id", "occurred_on", "recorded_at", "decision"]
        {
            assert_eq!(!entry[field].is_null(), is_told, "{area} {field}: {entry}");
        }
    }
}
