//! An organisation is what its acts make of it: acts that come late, are replaced and taken out, and what hangs on them.

use serde_json::{Value, json};
use shared::access::Role;
use tests::{Answer, Books, Somebody, TestApp, decision};

struct Ground {
    app: TestApp,
    books: Books,
    officer: Somebody,
}

impl Ground {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let books = Books::of_van_lam(&app).await;
        let officer = books.officer.clone();
        Self { app, books, officer }
    }

    /// Registers the committee of a commune, which was there before the books.
    async fn commune_committee(&self, area: &str) -> Value {
        let body = json!({"kind": "commune_committee", "name": "Đảng ủy xã Giả Định", "area": area,
            "superior_id": self.books.committee, "established_on": "2000-01-01"});
        self.officer.post("/v1/organisation-opening-registrations", body).await.is(201)["id"].clone()
    }

    async fn found(&self, change: Value) -> Value {
        let mut body = self.books.founding("2021-03-15");
        for (field, value) in change.as_object().unwrap() {
            body[field] = value.clone();
        }
        self.officer.post("/v1/organisations", body).await.is(201)
    }

    async fn act(&self, organisation: &Value, what: &str, body: Value) -> Answer {
        let path = format!("/v1/organisations/{}", organisation.as_str().unwrap());
        let etag = self.officer.get(&path).await.header("etag").to_owned();
        self.officer.post(&format!("{path}/{what}"), body).if_match(&etag).await
    }

    async fn of(&self, organisation: &Value) -> Value {
        self.officer.get(&format!("/v1/organisations/{}", organisation.as_str().unwrap())).await.is(200)
    }

    /// The entry that tells an act of a kind on an organisation by now.
    async fn entry(&self, organisation: &Value, kind: &str) -> Value {
        let path = format!("/v1/acts?organisation={}&kind={kind}", organisation.as_str().unwrap());
        let acts = self.officer.get(&path).await.is(200);
        let mut acts = acts["items"].as_array().unwrap().iter().filter(|act| act["status"] == "recorded");
        acts.next_back().expect("an act of the kind")["entry_id"].clone()
    }

    async fn correct(&self, entry: &Value, change: Value) -> Answer {
        let mut body = change;
        body["entry_id"] = entry.clone();
        self.officer.post("/v1/corrections", body).await
    }

    async fn correct_founding(&self, organisation: &Value, change: Value) -> Answer {
        let entry = self.entry(organisation, "organisation.established").await;
        self.correct(&entry, change).await
    }

    async fn told(&self, entry: &Value) -> Value {
        self.officer.get(&format!("/v1/journal/membership/{}", entry.as_str().unwrap())).await.is(200)
    }

    /// A figure of a break-down, by the keys of its rows.
    async fn figure(&self, question: &str) -> Value {
        self.app.settle().await;
        let viewer = self.app.be(Role::Viewer, "33@origin").await;
        let figures = viewer.get(&format!("/v1/figures?{question}")).await.is(200);
        let rows = figures["rows"].as_array().unwrap().iter();
        let values = rows.map(|row| (row["key"].as_str().unwrap().to_owned(), row["values"][0]["value"].clone()));
        Value::Object(values.filter(|(_, value)| value.as_i64().is_some_and(|value| value != 0)).collect())
    }
}

fn upgrade_to(kind: &str, superior: &Value, on: &str) -> Value {
    json!({"kind": kind, "superior_id": superior, "occurred_on": on, "decision": decision("2021-01-05")})
}

fn ends(on: &str) -> Value {
    json!({"occurred_on": on, "decision": decision("2021-01-05")})
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_of_a_founding_is_corrected_and_the_entry_before_it_stays() {
    let ground = Ground::new().await;
    let commune = ground.commune_committee(&ground.books.commune).await;
    let cell = ground.found(json!({})).await["id"].clone();
    ground.books.admit(cell.as_str().unwrap(), 1, "2022-01-20").await;
    let (one, other) = (ground.books.unit("Công ty Giả Định 1").await, ground.books.unit("Công ty Giả Định 2").await);
    ground.app.settle().await;
    let first = ground.entry(&cell, "organisation.established").await;
    let units = json!([one, other]);
    for (field, value, shown) in [
        ("name", json!("  Chi bộ  Công ty Khác "), json!("Chi bộ Công ty Khác")),
        ("superior_id", commune.clone(), commune.clone()),
        ("economic_unit_ids", units.clone(), units),
        ("area", json!("12004@origin"), json!("12004@origin")),
        ("kind", json!("grassroots_chapter"), json!("grassroots_chapter")),
    ] {
        let mut change = json!({field: value});
        match field {
            // Its committee takes organisations from its own commune.
            "area" => change["superior_id"] = json!(ground.books.committee),
            "kind" => change["founding_members"] = json!({"official": 30}),
            _ => {}
        }
        ground.correct_founding(&cell, change).await.is(201);
        assert_eq!(ground.of(&cell).await[field], shown, "{field}");
    }
    let last = ground.told(&ground.entry(&cell, "organisation.established").await).await;
    assert_eq!((&last["area"], &last["data"]["kind"]), (&json!("12004@origin"), &json!("grassroots_chapter")));
    assert_eq!(ground.told(&first).await["data"]["area"], ground.books.commune, "what was told first is still there");
    // The member stands where the organisation stands.
    for indicator in ["PM01", "PO11", "UN11"] {
        let communes = ground.figure(&format!("period=2022-01&by=commune&indicator={indicator}")).await;
        let unit_communes = json!({ground.books.commune.clone(): 2});
        let expected = if indicator == "UN11" { unit_communes } else { json!({"12004@origin": 1}) };
        assert_eq!(communes, expected, "{indicator}");
    }
    let before = ground.app.rows().await;
    for (change, pointer, code) in [
        (json!({"kind": "grassroots_union"}), "/kind", "not_correctable"),
        (json!({"kind": "tổ chức"}), "/kind", "unknown_value"),
        (json!({"name": " "}), "/name", "required"),
        (json!({"area": "12019@origin"}), "/area", "unknown_area"),
        (json!({"superior_id": cell}), "/superior_id", "against_each_other"),
        (json!({"economic_unit_ids": [one, one]}), "/economic_unit_ids/1", "repeated_value"),
        (json!({"founding_members": {"official": 100_001}}), "/founding_members/official", "too_many"),
        (json!({"reason": "removed"}), "/reason", "not_correctable"),
        (json!({"count": 3}), "/count", "not_correctable"),
    ] {
        let answer = ground.correct_founding(&cell, change).await.problem(422, "invalid_fields");
        let faults = answer["errors"].as_array().unwrap();
        assert!(
            faults.iter().any(|fault| (&fault["pointer"], &fault["code"]) == (&json!(pointer), &json!(code))),
            "{answer}"
        );
    }
    // The conditions of the decision are those of the founding as it is to be.
    ground.correct_founding(&cell, json!({"founding_members": {"official": 29}})).await.problem(422, "min_members");
    assert_eq!(ground.app.rows().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn upgrades_and_dissolutions_come_late_are_corrected_and_taken_out() {
    let ground = Ground::new().await;
    let committee = json!(ground.books.committee);
    let chapter =
        ground.found(json!({"kind": "grassroots_chapter", "founding_members": {"official": 31}})).await["id"].clone();
    let below = json!({"kind": "subordinate_cell", "superior_id": chapter, "established_on": "2021-04-01"});
    let cell = ground.found(below).await["id"].clone();
    ground.act(&cell, "dissolutions", ends("2022-06-20")).await.is(200);
    // The upgrade, recorded after the end, lies before it: the end is told anew, in the same change.
    let ended = ground.entry(&cell, "organisation.dissolved").await;
    let late = ground.act(&cell, "upgrades", upgrade_to("grassroots_cell", &committee, "2022-03-01")).await.is(200);
    assert_eq!((&late["kind"], &late["status"]), (&json!("grassroots_cell"), &json!("dissolved")));
    let upgraded = ground.entry(&cell, "organisation.upgraded").await;
    let anew = ground.told(&ground.entry(&cell, "organisation.dissolved").await).await;
    assert_eq!(
        (&anew["corrects"], &anew["because"], &anew["data"]["kind"]),
        (&ended, &upgraded, &json!("grassroots_cell"))
    );
    let stock = async |period: &str, indicator: &str| {
        ground.figure(&format!("period={period}&by=commune&indicator={indicator}")).await
    };
    let one = json!({ground.books.commune.clone(): 1});
    assert_eq!((stock("2022-02", "PO12").await, stock("2022-03", "PO12").await), (one.clone(), json!({})));
    assert_eq!((stock("2022-03", "PO05").await, stock("2022-06", "PO12").await), (one.clone(), json!({})));
    // Corrected, the upgrade moves; after the end it cannot be.
    ground
        .correct(&upgraded, json!({"occurred_on": "2022-06-20"}))
        .await
        .faults(&[("/occurred_on", "after_dissolution")]);
    ground
        .correct(&upgraded, json!({"occurred_on": "2021-04-01"}))
        .await
        .faults(&[("/occurred_on", "before_last_act")]);
    ground.correct(&upgraded, json!({"kind": "grassroots_union"})).await.faults(&[("/kind", "upgrade_not_allowed")]);
    ground.correct(&upgraded, json!({"occurred_on": "2022-02-10"})).await.is(201);
    assert_eq!((stock("2022-01", "PO12").await, stock("2022-02", "PO12").await), (one.clone(), json!({})));
    // Taken out, it never was.
    let upgraded = ground.entry(&cell, "organisation.upgraded").await;
    let taken = ground.correct(&upgraded, json!({"withdraw": true})).await.is(201);
    assert_eq!(ground.told(&taken["entry_id"]).await["kind"], "organisation.withdrawn");
    assert_eq!((stock("2022-05", "PO12").await, stock("2022-05", "PO05").await), (one.clone(), json!({})));
    assert_eq!(ground.of(&cell).await["kind"], "subordinate_cell");
    // The end moves, and is taken out.
    let ended = ground.entry(&cell, "organisation.dissolved").await;
    ground.correct(&ended, json!({"occurred_on": "2022-05-20"})).await.is(201);
    assert_eq!(stock("2022-05", "PO12").await, json!({}));
    let ended = ground.entry(&cell, "organisation.dissolved").await;
    ground.correct(&ended, json!({"withdraw": true})).await.is(201);
    let lives = ground.of(&cell).await;
    assert_eq!((&lives["status"], &lives["ended_on"]), (&json!("active"), &Value::Null));
    assert_eq!(stock("2022-06", "PO12").await, one);
    // And the founding, on which nothing rests any more.
    ground.correct_founding(&cell, json!({"withdraw": true})).await.is(201);
    assert_eq!(
        (ground.of(&cell).await["status"].clone(), stock("2022-06", "PO12").await),
        (json!("withdrawn"), json!({}))
    );
}

/// A9: what answers to a chapter answers to the committee to which the chapter answers.
#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_superior_moves_members_and_what_is_below_in_every_figure() {
    let ground = Ground::new().await;
    let commune = ground.commune_committee(&ground.books.commune).await;
    let chapter =
        ground.found(json!({"kind": "grassroots_chapter", "founding_members": {"official": 31}})).await["id"].clone();
    let below = json!({"kind": "subordinate_cell", "superior_id": chapter, "established_on": "2021-04-01"});
    let cell = ground.found(below).await["id"].clone();
    ground.books.admit(cell.as_str().unwrap(), 1, "2022-01-20").await;
    let question = |indicator: &str| format!("period=2022-02&by=superior_body&indicator={indicator}");
    let under = |body: &Value, value: u32| json!({body.as_str().unwrap(): value});
    let committee = json!(ground.books.committee);
    for indicator in ["PM01", "PO12", "PO11"] {
        assert_eq!(ground.figure(&question(indicator)).await, under(&committee, 1), "{indicator}");
    }
    let viewer = ground.app.be(Role::Viewer, "33@origin").await;
    let known = viewer.get(&format!("/v1/figures?{}", question("PM01"))).await.is(200);
    ground.correct_founding(&chapter, json!({"superior_id": commune})).await.is(201);
    for indicator in ["PM01", "PO12", "PO11"] {
        assert_eq!(ground.figure(&question(indicator)).await, under(&commune, 1), "{indicator}");
    }
    let position = known["position"].as_str().unwrap();
    let again = viewer.get(&format!("/v1/figures?{}&as_of={position}", question("PM01"))).await.is(200);
    assert_eq!(again, known, "an earlier position is answered as before");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_hangs_on_an_organisation_is_in_the_way_and_what_is_far_is_not_named() {
    let ground = Ground::new().await;
    let committee = json!(ground.books.committee);
    let cell = ground.found(json!({})).await["id"].clone();
    ground.act(&cell, "upgrades", upgrade_to("grassroots_chapter", &committee, "2021-06-01")).await.is(200);
    let below = json!({"kind": "subordinate_cell", "superior_id": cell, "established_on": "2021-07-01"});
    let far = json!({"area": "12004@origin"});
    let mut there = below.clone();
    there["area"] = far["area"].clone();
    let there = ground.found(there).await["id"].clone();
    let near = ground.found(below).await["id"].clone();
    let upgraded = ground.entry(&cell, "organisation.upgraded").await;
    let before = ground.app.rows().await;
    // A cell has no cells below it, before the upgrade or without it.
    for change in [json!({"withdraw": true}), json!({"occurred_on": "2021-07-02"})] {
        let refused = ground.correct(&upgraded, change).await.problem(409, "acts_in_the_way");
        assert!(refused["detail"].as_str().unwrap().contains(": 2"), "two cells rest on it: {refused}");
    }
    ground.act(&cell, "dissolutions", ends("2022-06-01")).await.problem(409, "acts_in_the_way");
    assert_eq!(ground.app.rows().await, before);
    // Who sees the commune of the chapter only is not told what lies elsewhere.
    let here = ground.app.officer_of(&ground.books.commune).await;
    let correct = async |entry: &Value, change: Value| {
        let mut body = change;
        body["entry_id"] = entry.clone();
        here.post("/v1/corrections", body).await
    };
    let refused = correct(&upgraded, json!({"withdraw": true})).await.problem(409, "acts_in_the_way");
    assert!(refused["detail"].as_str().unwrap().contains(": 1"), "{refused}");
    ground.correct_founding(&near, json!({"withdraw": true})).await.is(201);
    correct(&upgraded, json!({"withdraw": true})).await.problem(409, "act_out_of_reach");
    ground.correct_founding(&there, json!({"withdraw": true})).await.is(201);
    correct(&upgraded, json!({"withdraw": true})).await.is(201);
    // A member who belongs to it is in the way as well.
    ground.books.admit(cell.as_str().unwrap(), 1, "2022-01-20").await;
    ground.correct_founding(&cell, json!({"occurred_on": "2022-01-21"})).await.problem(409, "acts_in_the_way");
    ground.correct_founding(&cell, json!({"withdraw": true})).await.problem(409, "acts_in_the_way");
    ground.correct_founding(&cell, json!({"occurred_on": "2022-01-20"})).await.is(201);
}

/// What a correction does not send is not judged anew by the caller's reach.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_put_right_by_who_does_not_see_the_superior_and_the_unit() {
    let ground = Ground::new().await;
    let chapter =
        ground.found(json!({"kind": "grassroots_chapter", "founding_members": {"official": 31}})).await["id"].clone();
    let unit = ground.books.unit("Công ty Giả Định").await;
    ground.app.settle().await;
    let below = json!({"kind": "subordinate_cell", "superior_id": chapter, "established_on": "2021-04-01",
        "area": "12004@origin", "economic_unit_ids": [unit]});
    let cell = ground.found(below).await["id"].clone();
    let keeper = ground.app.officer_of("12004@origin").await;
    let founding = ground.entry(&cell, "organisation.established").await;
    let body = json!({"entry_id": founding, "name": "Chi bộ Đúng", "note": "Theo quyết định"});
    let corrected = keeper.post("/v1/corrections", body).await.is(201);
    let act = keeper.get(&format!("/v1/acts/{}", corrected["act_id"].as_str().unwrap())).await.is(200);
    assert_eq!(act["note"], "Theo quyết định");
    let other = json!({"entry_id": corrected["entry_id"], "superior_id": chapter, "area": "11986@origin"});
    keeper.post("/v1/corrections", other).await.problem(422, "invalid_fields");
}
