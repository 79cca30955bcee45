//! An economic unit is what its acts make of it: what was recorded wrongly is put right, and what it was before is kept.

use serde_json::{Value, json};
use shared::access::Role;
use tests::{Answer, Books, Somebody, TestApp, TestDatabase};

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

    async fn register(&self, change: Value) -> Value {
        let mut body = json!({"name": "Công ty Giả Định", "legal_form": "joint_stock_company", "tax_code": "0900123452",
            "area": self.books.commune, "registered_on": "2015-03-02", "address": "Thôn Một", "sector": "C",
            "workers": 10, "workers_as_of": "2022-01-01"});
        for (field, value) in change.as_object().unwrap() {
            body[field] = value.clone();
        }
        self.officer.post("/v1/economic-units", body).await.is(201)
    }

    async fn of(&self, unit: &Value) -> Value {
        self.officer.get(&format!("/v1/economic-units/{}", text(unit))).await.is(200)
    }

    async fn change(&self, unit: &Value, change: Value) {
        let etag = self.of(unit).await["etag"].clone();
        self.officer.patch(&format!("/v1/economic-units/{}", text(unit)), change).if_match(text(&etag)).await.is(200);
    }

    async fn become_on(&self, unit: &Value, status: &str, on: &str) -> Answer {
        let etag = self.of(unit).await["etag"].clone();
        let body = json!({"status": status, "occurred_on": on});
        self.officer
            .post(&format!("/v1/economic-units/{}/status-changes", text(unit)), body)
            .if_match(text(&etag))
            .await
    }

    async fn versions(&self, unit: &Value) -> Vec<Value> {
        let page = self.officer.get(&format!("/v1/economic-units/{}/versions", text(unit))).await.is(200);
        page["items"].as_array().unwrap().clone()
    }

    /// The entry that tells an act of a kind on a unit by now.
    async fn entry(&self, unit: &Value, kind: &str) -> Value {
        let versions = self.versions(unit).await;
        let mut told = versions.iter().filter(|one| one["kind"] == kind && one["state"] == "in_force");
        told.next_back().expect("an act of the kind")["entry_id"].clone()
    }

    async fn correct(&self, unit: &Value, kind: &str, mut change: Value) -> Answer {
        change["entry_id"] = self.entry(unit, kind).await;
        self.officer.post("/v1/economic-unit-corrections", change).await
    }

    async fn correct_registration(&self, unit: &Value, change: Value) -> Answer {
        self.correct(unit, "economic_unit.registered", change).await
    }

    /// A figure of a day's stock by commune.
    async fn stock(&self, period: &str, indicator: &str) -> Value {
        self.app.settle().await;
        let viewer = self.app.be(Role::Viewer, "33@origin").await;
        let path = format!("/v1/figures?period={period}&by=commune&indicator={indicator}");
        let figures = viewer.get(&path).await.is(200);
        let rows = figures["rows"].as_array().unwrap().iter();
        let values = rows.map(|row| (row["key"].as_str().unwrap().to_owned(), row["values"][0]["value"].clone()));
        Value::Object(values.filter(|(_, value)| value.as_i64().is_some_and(|value| value != 0)).collect())
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_of_a_registration_is_corrected_and_what_it_was_is_kept_out_of_the_journal() {
    let ground = Ground::new().await;
    let unit = ground.register(json!({})).await["id"].clone();
    let (officer, here) = (&ground.officer, ground.books.commune.clone());
    for (field, value) in [
        ("tax_code", json!("0900000080")),
        ("legal_form", json!("llc_single_member")),
        ("area", json!("12004@origin")),
        ("name", json!("Công ty Đúng")),
        ("sector", json!("D")),
        ("address", json!(null)),
        ("is_foreign_invested", json!(true)),
    ] {
        ground.correct_registration(&unit, json!({field: value, "note": "Gõ nhầm"})).await.is(201);
        assert_eq!(ground.of(&unit).await[field], value, "{field}");
    }
    ground.correct_registration(&unit, json!({"workers": 12, "workers_as_of": "2022-02-01"})).await.is(201);
    ground.correct_registration(&unit, json!({"occurred_on": "2016-03-02"})).await.is(201);
    let now = ground.of(&unit).await;
    assert_eq!((&now["workers"], &now["registered_on"]), (&json!(12), &json!("2016-03-02")));
    assert_eq!(ground.stock("2022-01", "UN01").await, json!({"12004@origin": 1}), "it stood there all the time");
    let versions = ground.versions(&unit).await;
    assert_eq!(versions.len(), 10);
    let (first, last) = (&versions[0], &versions[9]);
    assert_eq!(
        (&first["state"], &first["tax_code"], &first["address"]),
        (&json!("replaced"), &json!("0900123452"), &json!("Thôn Một"))
    );
    assert_eq!((&first["area"], &first["replaced_by"]), (&json!(here), &versions[1]["entry_id"]));
    assert_eq!((&versions[1]["note"], &last["state"]), (&json!("Gõ nhầm"), &json!("in_force")));
    let history = officer.get(&format!("/v1/economic-units/{}/history", text(&unit))).await.is(200);
    let items = history["items"].as_array().unwrap();
    assert!(items.iter().zip(versions.iter().skip(1)).all(|(entry, _)| entry["data"].is_object()), "{history}");
    assert_eq!(
        (&items[1]["corrects"], &items[0]["data"]["legal_form"]),
        (&items[0]["id"], &json!("joint_stock_company"))
    );
    assert!(["Công ty", "0900", "Thôn", "Gõ nhầm"].iter().all(|word| !history.to_string().contains(word)), "{history}");

    // The first tax code is free again, and the second one taken.
    let other = ground.register(json!({"name": "Công ty Khác"})).await["id"].clone();
    let before = ground.app.rows().await;
    ground.correct_registration(&other, json!({"tax_code": "0900000080"})).await.problem(409, "tax_code_taken");
    for (change, pointer, code) in [
        (json!({"tax_code": "0900123451"}), "/tax_code", "tax_code_check_digit"),
        (json!({"legal_form": "household_business", "tax_code": null}), "/legal_form", "not_correctable"),
        (json!({"area": "12019@origin"}), "/area", "unknown_area"),
        (json!({"area": "325@origin"}), "/area", "area_not_leaf"),
        (json!({"name": " "}), "/name", "required"),
        (json!({"sector": "Z"}), "/sector", "bad_format"),
        (json!({"workers": 1_000_001}), "/workers", "too_many"),
        (json!({"workers_as_of": null}), "/workers_as_of", "required"),
        (json!({"occurred_on": "2022-07-01"}), "/occurred_on", "date_in_future"),
        (json!({"status": "suspended"}), "/status", "not_correctable"),
        (json!({"note": "chỉ ghi chú"}), "/withdraw", "nothing_corrected"),
        (json!({"withdraw": true, "name": "X"}), "/withdraw", "nothing_corrected"),
        (json!({"name": "X", "note": "x".repeat(301)}), "/note", "too_long"),
    ] {
        ground.correct_registration(&other, change).await.faults(&[(pointer, code)]);
    }
    let stranger = ground.app.officer_of("12019@origin").await;
    let entry = ground.entry(&other, "economic_unit.registered").await;
    let body = json!({"entry_id": entry, "withdraw": true});
    stranger.post("/v1/economic-unit-corrections", body).await.faults(&[("/entry_id", "unknown_entry")]);
    let replaced = json!({"entry_id": first["entry_id"], "withdraw": true});
    officer.post("/v1/economic-unit-corrections", replaced).await.problem(409, "entry_already_corrected");
    assert_eq!(ground.app.rows().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_comes_late_is_corrected_and_taken_out_and_a_change_as_well() {
    let ground = Ground::new().await;
    let unit = ground.register(json!({})).await["id"].clone();
    let one = json!({ground.books.commune.clone(): 1});
    ground.become_on(&unit, "terminated", "2022-05-20").await.is(200);
    assert_eq!(
        (ground.stock("2022-04", "UN01").await, ground.stock("2022-05", "UN01").await),
        (one.clone(), json!({}))
    );
    // It was in bankruptcy before, which was told afterwards.
    ground.become_on(&unit, "in_bankruptcy", "2022-03-10").await.is(200);
    let now = ground.of(&unit).await;
    assert_eq!((&now["status"], &now["status_on"]), (&json!("terminated"), &json!("2022-05-20")));
    assert_eq!(
        (ground.stock("2022-02", "UN01").await, ground.stock("2022-03", "UN01").await),
        (one.clone(), json!({}))
    );
    ground.become_on(&unit, "suspended", "2022-06-01").await.faults(&[("/status", "economic_unit_ended")]);
    ground.become_on(&unit, "suspended", "2015-03-01").await.faults(&[("/occurred_on", "before_last_act")]);
    ground.become_on(&unit, "withdrawn", "2022-03-11").await.faults(&[("/status", "unknown_value")]);
    // Twice the same status, one after the other: the second would say nothing.
    let before = ground.app.rows().await;
    ground.become_on(&unit, "terminated", "2022-04-01").await.problem(409, "acts_in_the_way");
    ground.correct_registration(&unit, json!({"occurred_on": "2022-03-11"})).await.problem(409, "acts_in_the_way");
    ground.correct_registration(&unit, json!({"withdraw": true})).await.problem(409, "acts_in_the_way");
    assert_eq!(ground.app.rows().await, before);
    let changed = "economic_unit.status_changed";
    let end = ground.entry(&unit, changed).await;
    let body = json!({"entry_id": end, "withdraw": true, "note": "Nhầm công ty"});
    let taken = ground.officer.post("/v1/economic-unit-corrections", body).await.is(201);
    assert_eq!((&taken["outcome"], &taken["corrects"]), (&json!("withdrawn"), &end));
    assert_eq!(ground.of(&unit).await["status"], "in_bankruptcy");
    ground.correct(&unit, changed, json!({"status": "suspended", "occurred_on": "2022-04-10"})).await.is(201);
    assert_eq!(
        (ground.stock("2022-03", "UN01").await, ground.stock("2022-04", "UN01").await),
        (one.clone(), one.clone())
    );
    assert_eq!(ground.of(&unit).await["status"], "suspended");
    // A change tells what became different, and this alone is put right in it.
    ground.change(&unit, json!({"name": "Công ty Mới", "workers": 20, "workers_as_of": "2022-06-01"})).await;
    let changed = "economic_unit.changed";
    ground.correct(&unit, changed, json!({"sector": "D"})).await.faults(&[("/sector", "not_correctable")]);
    ground.correct(&unit, changed, json!({"workers": 21})).await.is(201);
    ground.correct_registration(&unit, json!({"sector": "E", "name": "Công ty Cũ"})).await.is(201);
    let now = ground.of(&unit).await;
    assert_eq!((&now["name"], &now["workers"], &now["sector"]), (&json!("Công ty Mới"), &json!(21), &json!("E")));
    ground.correct(&unit, changed, json!({"withdraw": true})).await.is(201);
    let now = ground.of(&unit).await;
    assert_eq!((&now["name"], &now["workers"]), (&json!("Công ty Cũ"), &json!(10)));
    // And the registration: its tax code is free, no organisation is founded in it, and it counts nowhere.
    ground.correct(&unit, "economic_unit.status_changed", json!({"withdraw": true})).await.is(201);
    ground.correct_registration(&unit, json!({"withdraw": true})).await.is(201);
    let now = ground.of(&unit).await;
    assert_eq!((&now["status"], &now["tax_code"]), (&json!("withdrawn"), &Value::Null));
    assert_eq!(ground.stock("2022-06", "UN01").await, json!({}));
    let mut founding = ground.books.founding("2022-05-10");
    founding["economic_unit_ids"] = json!([unit]);
    let unknown = [("/economic_unit_ids/0", "unknown_economic_unit")];
    ground.officer.post("/v1/organisations", founding).await.faults(&unknown);
    ground.register(json!({})).await;
    ground.become_on(&unit, "suspended", "2022-04-01").await.faults(&[("/occurred_on", "before_last_act")]);
}

/// A unit that moves takes those that cover it along, in every figure.
#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_commune_moves_what_is_covered_and_a_registration_taken_back_is_found() {
    let ground = Ground::new().await;
    let unit = ground.register(json!({})).await["id"].clone();
    let mut founding = ground.books.founding("2022-01-10");
    founding["economic_unit_ids"] = json!([unit]);
    ground.officer.post("/v1/organisations", founding).await.is(201);
    assert_eq!(ground.stock("2022-02", "UN11").await, json!({ground.books.commune.clone(): 1}));
    ground.correct_registration(&unit, json!({"area": "12004@origin"})).await.is(201);
    assert_eq!(ground.stock("2022-02", "UN11").await, json!({"12004@origin": 1}));
    ground.correct_registration(&unit, json!({"withdraw": true})).await.is(201);
    ground.app.settle().await;
    ground.app.look_for_findings().await;
    let leader = ground.app.be(Role::Leader, "325@origin").await;
    let found = leader.get("/v1/findings?kind=organisation_on_terminated_unit").await.is(200);
    assert_eq!(found["items"].as_array().unwrap().len(), 1, "the organisation covers what never was: {found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_household_was_called_before_is_masked_revealed_and_erased() {
    let ground = Ground::new().await;
    let household = json!({"name": "Hộ Nguyễn Thị Cũ", "legal_form": "household_business", "tax_code": "033099001234"});
    let unit = ground.register(household).await["id"].clone();
    ground.correct_registration(&unit, json!({"name": "Hộ Trần Văn Mới", "tax_code": "033099005678"})).await.is(201);
    ground.change(&unit, json!({"address": "Thôn Hai"})).await;
    let masked = json!(ground.versions(&unit).await).to_string();
    for word in ["Nguyễn", "Trần", "033099", "Thôn"] {
        assert!(!masked.contains(word), "{masked}");
    }
    let reveal = async || {
        let path = format!("/v1/economic-units/{}/reveals", text(&unit));
        ground.officer.post(&path, json!({"purpose": "Đối chiếu giấy đăng ký"})).await
    };
    let clear = reveal().await.is(200);
    let names: Vec<&Value> = clear["versions"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, [&json!("Hộ Nguyễn Thị Cũ"), &json!("Hộ Trần Văn Mới"), &Value::Null]);
    assert_eq!((&clear["name"], &clear["versions"][2]["address"]), (&json!("Hộ Trần Văn Mới"), &json!("Thôn Hai")));
    ground.become_on(&unit, "terminated", "2022-06-01").await.is(200);
    let command = ["erase-household", text(&unit), "--ground", "consent_withdrawn"];
    let (is_done, said) = crate::running::command_on(&ground.app.database, &command);
    assert!(is_done, "{said}");
    reveal().await.problem(409, "record_erased");
    let versions = ground.versions(&unit).await;
    assert!(versions.iter().all(|one| one["name"].is_null() && one["tax_code"].is_null()), "{versions:?}");
    // What figures count can still be put right, and nothing personal comes back; nor does the household.
    let changed = "economic_unit.status_changed";
    ground.correct(&unit, changed, json!({"withdraw": true})).await.problem(409, "record_erased");
    ground.correct(&unit, changed, json!({"withdraw": true, "note": "Hộ bà Giả"})).await.problem(409, "record_erased");
    ground
        .correct(&unit, changed, json!({"occurred_on": "2022-06-02", "note": "Giả"}))
        .await
        .problem(409, "record_erased");
    ground.correct_registration(&unit, json!({"name": "Hộ X"})).await.problem(409, "record_erased");
    ground.correct_registration(&unit, json!({"area": "12004@origin"})).await.is(201);
    assert_eq!(
        (ground.of(&unit).await["area"].clone(), ground.of(&unit).await["name"].clone()),
        (json!("12004@origin"), Value::Null)
    );
    holds(&ground.app.database);
}

/// What was taken back, and what was recorded with a citizen's number once, is erased with it.
#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_finds_households_that_were_taken_back_or_have_another_number_by_now() {
    let ground = Ground::new().await;
    let (cell, number) = (ground.books.cell("2015-03-15").await, "000000000001");
    let made = ground.books.admit(&cell, 1, "2016-05-19").await;
    let mut households = Vec::new();
    for (on, name) in [("2015-03-02", "Hộ Một"), ("2015-03-03", "Hộ Hai")] {
        let household =
            json!({"name": name, "legal_form": "household_business", "tax_code": number, "registered_on": on});
        let unit = ground.register(household).await["id"].clone();
        let change = match households.len() {
            0 => json!({"withdraw": true, "note": "Ghi nhầm Hộ Một"}),
            _ => json!({"tax_code": "033099001234", "note": "Gõ nhầm số của bà Giả"}),
        };
        ground.correct_registration(&unit, change).await.is(201);
        households.push(unit);
    }
    ground.become_on(&households[1], "terminated", "2022-06-01").await.is(200);
    let path = |unit: &Value| format!("/v1/economic-units/{}/reveals", text(unit));
    let purpose = json!({"purpose": "Đối chiếu giấy đăng ký"});
    let shown = ground.officer.post(&path(&households[1]), purpose.clone()).await.is(200);
    assert_eq!(
        (&shown["versions"][0]["tax_code"], &shown["versions"][0]["note"]),
        (&json!(number), &json!("Gõ nhầm số của bà Giả"))
    );
    let masked = json!(ground.versions(&households[1]).await).to_string();
    assert!(!masked.contains("bà Giả") && !masked.contains(number), "{masked}");
    let left = json!({"membership_id": made["membership_id"], "reason": "withdrew", "occurred_on": "2022-06-01",
        "decision": tests::decision("2022-06-01")});
    ground.officer.post("/v1/departures", left).await.is(201);
    let command = ["erase-person", text(&made["person_id"]), "--ground", "consent_withdrawn"];
    let (is_done, said) = crate::running::command_on(&ground.app.database, &command);
    assert!(is_done, "{said}");
    for household in &households {
        assert!(said.contains(text(household)), "{said}");
        ground.officer.post(&path(household), purpose.clone()).await.problem(409, "record_erased");
    }
}

/// What a correction does not send is not judged by the map and the reach of the day of the correction.
#[tokio::test(flavor = "multi_thread")]
async fn a_registration_from_before_a_reorganisation_is_put_right_as_it_was_told() {
    let ground = Ground::new().await;
    let unit = ground.register(json!({})).await["id"].clone();
    let entry = ground.entry(&unit, "economic_unit.registered").await;
    ground.app.set_clock("2025-08-31T08:00:00Z");
    let province = ground.app.officer_of("33@2025-07-01").await;
    let correct = async |change: Value| province.post("/v1/economic-unit-corrections", change).await;
    let made = correct(json!({"entry_id": entry, "name": "Công ty Đúng"})).await.is(201);
    let entry = &made["entry_id"];
    correct(json!({"entry_id": entry, "area": "12004@origin"})).await.faults(&[("/area", "area_not_in_force")]);
    correct(json!({"entry_id": entry, "area": "12004@origin", "located_on": "2022-01-01"})).await.is(201);
}

fn holds(database: &TestDatabase) {
    let (is_whole, said) = crate::running::command_on(database, &["verify", "--all"]);
    assert!(is_whole && said.contains("economic units: 1 are what their acts make of them"), "{said}");
}
