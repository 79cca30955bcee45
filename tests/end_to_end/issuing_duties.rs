//! Duties of steering committees to issue documents: who did in time, who late, who not.

use serde_json::{Value, json};
use shared::access::Role;
use tests::TestApp;

use crate::steering::establishment;
use crate::steering_documents::{correct, register, registration, with};

/// A duty of committees of a level to issue a plan for 2022.
pub fn duty(level: &str, area: &str, due_on: &str) -> Value {
    json!({"title": "Kế hoạch năm (giả định)", "level": level, "area": area, "type": "plan", "due_on": due_on,
        "governs": {"from_on": "2022-01-01", "to_on": "2022-12-31"}})
}

const DUTIES: &str = "/v1/issuing-duties";

#[tokio::test(flavor = "multi_thread")]
async fn a_duty_tells_which_committee_issued_in_time_late_or_not() {
    let app = TestApp::over(tests::TestDatabase::empty(), "2022-09-01T08:00:00Z").await;
    let province = app.officer_of("33@origin").await;
    let mut committees = Vec::new();
    for (area, on) in [
        ("323@origin", "2021-01-10"),
        ("325@origin", "2021-01-10"),
        ("326@origin", "2021-01-10"),
        ("327@origin", "2022-03-01"),
    ] {
        let body = establishment("steering_committee", area, on);
        committees.push(province.post("/v1/steering-bodies", body).await.is(201));
    }
    let plan = |committee: &Value, on: &str, change: Value| {
        let issuer = json!({"issuer": null, "issuing_body_id": committee["id"],
            "governs": {"from_on": "2021-12-01", "to_on": "2022-12-31"}});
        with(with(registration("plan", committee["area"].as_str().unwrap(), on), issuer), change)
    };
    // Another type, and a part of the period only, do not fulfil it.
    register(&province, plan(&committees[0], "2022-01-10", json!({"type": "report"}))).await;
    register(
        &province,
        plan(&committees[0], "2022-01-11", json!({"governs": {"from_on": "2022-02-01", "to_on": "2022-12-31"}})),
    )
    .await;
    register(&province, plan(&committees[0], "2022-01-12", json!({"governs": null}))).await;
    let in_time = register(&province, plan(&committees[1], "2022-01-31", json!({}))).await;
    register(&province, plan(&committees[1], "2022-02-20", json!({}))).await;
    let late = register(&province, plan(&committees[2], "2022-02-01", json!({}))).await;

    let made = province
        .post(DUTIES, with(duty("district", "33@origin", "2022-01-31"), json!({"is_yearly": true})))
        .await
        .is(201);
    let path = format!("{DUTIES}/{}", made["id"].as_str().unwrap());
    let shown = province.get(&path).await.is(200);
    let states = |shown: &Value| -> Vec<(String, String, Value)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let rows = shown["committees"].as_array().unwrap().iter();
        rows.map(|row| (text(&row["area"]), text(&row["state"]), row["document_id"].clone())).collect()
    };
    let row = |area: &str, state: &str, document: &Value| (area.to_owned(), state.to_owned(), document["id"].clone());
    // The committee of 327 did not work on that day.
    let whole = [
        row("323@origin", "not_issued", &Value::Null),
        row("325@origin", "in_time", &in_time),
        row("326@origin", "late", &late),
    ];
    assert_eq!(states(&shown), whole);
    let counts = (&shown["in_time_count"], &shown["late_count"], &shown["not_issued_count"]);
    assert_eq!(counts, (&json!(1), &json!(1), &json!(1)));
    assert_eq!(
        (&shown["year"], &shown["due_on"], &shown["is_over"]),
        (&json!(2022), &json!("2022-01-31"), &json!(true))
    );
    // The next year: all that work today, and nothing yet.
    let next = province.get(&format!("{path}?year=2023")).await.is(200);
    assert_eq!((&next["governs"]["to_on"], &next["is_over"]), (&json!("2023-12-31"), &json!(false)));
    assert_eq!((next["committees"].as_array().unwrap().len(), &next["not_issued_count"]), (4, &json!(4)));
    province.get(&format!("{path}?year=2021")).await.faults(&[("year", "too_small")]);
    province.get(&format!("{path}?year=2101")).await.faults(&[("year", "too_many")]);

    // A correction and a withdrawal of a document change the answer.
    correct(&province, &late, json!({"issued_on": "2022-01-30"})).await.is(200);
    correct(&province, &in_time, json!({"withdraw": true})).await.is(200);
    let states_now: Vec<String> = states(&province.get(&path).await.is(200)).into_iter().map(|row| row.1).collect();
    assert_eq!(states_now, ["not_issued", "late", "in_time"], "the second plan of 325 came in February");

    // A district reads what it has to do, and its own row; another province's reader nothing.
    let district = app.be(Role::Viewer, "325@origin").await;
    let own = district.get(&path).await.is(200);
    assert_eq!(states(&own).len(), 1);
    assert_eq!(own["not_issued_count"], 0, "of committees out of sight nothing is counted");
    assert_eq!(district.get(DUTIES).await.is(200)["items"][0]["id"], made["id"]);
    assert_eq!(district.get(&format!("{DUTIES}?level=commune")).await.is(200)["items"], json!([]));

    // Corrections, bounds, and withdrawal.
    let officer = app.officer_of("325@origin").await;
    let entry = province.get(&format!("{path}/history")).await.is(200)["items"][0]["id"].clone();
    let corrections = "/v1/issuing-duty-corrections";
    officer
        .post(corrections, json!({"entry_id": entry, "withdraw": true}))
        .await
        .faults(&[("/entry_id", "unknown_entry")]);
    province.post(corrections, json!({"entry_id": entry})).await.faults(&[("/withdraw", "nothing_corrected")]);
    let long = json!({"entry_id": entry, "title": "-", "governs": {"from_on": "2022-01-01", "to_on": "2023-12-31"}});
    province
        .post(corrections, long)
        .await
        .faults(&[("/title", "letter_required"), ("/is_yearly", "against_each_other")]);
    for due_on in ["2020-12-31", "2024-01-01", "2100-12-31"] {
        let far = json!({"entry_id": entry, "due_on": due_on});
        province.post(corrections, far).await.faults(&[("/due_on", "against_each_other")]);
    }
    // A period that ends on the day on which the next one begins.
    let over = json!({"entry_id": entry, "governs": {"from_on": "2022-01-01", "to_on": "2023-01-01"}});
    province.post(corrections, over).await.faults(&[("/is_yearly", "against_each_other")]);
    let later = json!({"entry_id": entry, "due_on": "2022-02-28", "is_yearly": false, "note": "Gia hạn"});
    province.post(corrections, later).await.is(200);
    assert_eq!(province.get(&path).await.is(200)["in_time_count"], 2);
    province.get(&format!("{path}?year=2023")).await.faults(&[("year", "too_many")]);
    province
        .post(corrections, json!({"entry_id": entry, "withdraw": true}))
        .await
        .problem(409, "entry_already_corrected");
    let told = province.get(&format!("{path}/history")).await.is(200);
    assert!(!told.to_string().contains("Kế hoạch"), "the title is in no entry: {told}");
    let last = told["items"][1]["id"].clone();
    province.post(corrections, json!({"entry_id": last, "withdraw": true})).await.is(200);
    assert_eq!(province.get(&path).await.is(200)["status"], "withdrawn");
    let wrong = with(
        duty("province", "325@origin", "2022-01-31"),
        json!({"title": " ", "governs": {"from_on": "2022-02-01", "to_on": "2022-01-01"}}),
    );
    officer.post(DUTIES, wrong).await.faults(&[
        ("/title", "required"),
        ("/area", "area_of_other_level"),
        ("/governs/to_on", "end_before_beginning"),
    ]);
    officer.post(DUTIES, duty("commune", "326@origin", "2022-01-31")).await.faults(&[("/area", "unknown_area")]);
    officer.post(DUTIES, duty("commune", "325@origin", "2022-01-31")).await.is(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demonstration_has_a_chain_of_papers_and_a_duty() {
    let app = TestApp::with_demo().await;
    let reader = app.be(Role::Viewer, "33@2025-07-01").await;
    let found = reader.get("/v1/documents?q=33-CT/TW&type=directive").await.is(200);
    let directive = found["items"][0]["id"].as_str().unwrap();
    let chain = reader.get(&format!("/v1/documents/{directive}/chain")).await.is(200);
    let below: Vec<&str> =
        chain["below"].as_array().unwrap().iter().map(|one| one["number"].as_str().unwrap()).collect();
    assert_eq!(below[..3], ["170-KH/TU", "15-NQ/TU", "01-KH/BCĐ"], "{below:?}");
    assert_eq!((below.len(), &chain["is_cut"]), (7, &json!(false)));
    let duties = reader.get(DUTIES).await.is(200);
    let path = format!("{DUTIES}/{}?year=2022", duties["items"][0]["id"].as_str().unwrap());
    let shown = reader.get(&path).await.is(200);
    let counts = (&shown["in_time_count"], &shown["late_count"], &shown["not_issued_count"]);
    assert_eq!(counts, (&json!(3), &json!(1), &json!(3)));
    // Whoever works in a commune of today reads the papers of the province, and of no district committee.
    let commune = app.be(Role::Viewer, "12019@2025-07-01").await;
    assert_eq!(commune.get(&format!("/v1/documents/{directive}")).await.is(200)["number"], "33-CT/TW");
    assert_eq!(commune.get("/v1/documents?count=true").await.is(200)["total"], 4);
}
