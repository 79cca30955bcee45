//! The whole road, once: from a recorded admission to the figures of the half-year.

use serde_json::json;
use shared::access::Role;
use tests::{Books, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_admission_is_counted_and_can_be_followed_to_its_paper() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let officer = books.officer.clone();
    let unit = books.unit("Công ty Giả Định").await;
    let mut founding = books.founding("2022-03-15");
    founding["economic_unit_ids"] = json!([unit]);
    let cell = officer.post("/v1/organisations", founding).await.is(201);
    let admitted = books.admit(cell["id"].as_str().unwrap(), 1, "2022-05-19").await;
    app.settle().await;

    let inspector = app.be(Role::Inspector, "33@origin").await;
    let figures = inspector.get("/v1/figures?period=2022-H1&area=33@origin&by=commune").await.is(200);
    let total = |code: &str| {
        let values = figures["total"].as_array().unwrap();
        values.iter().find(|value| value["indicator"] == code).unwrap()["value"].clone()
    };
    assert_eq!((total("PM10"), total("PO01"), total("UN11")), (json!(1), json!(1), json!(1)), "{figures}");

    let entries = inspector.get("/v1/figures/PM10/entries?period=2022-H1&area=33@origin").await.is(200);
    let entry = &entries["items"][0];
    assert_eq!(entries["items"].as_array().unwrap().len(), 1);
    assert_eq!(entry["entry_id"], admitted["entry_id"]);
    assert_eq!(entry["decision"]["number"], "7-QĐ/GĐ");
    let told = inspector.get(entry["entry"].as_str().unwrap()).await.is(200);
    assert_eq!((told["kind"].as_str(), &told["subject"]), (Some("party_member.admitted"), &entry["subject"]));
    let membership = inspector.get(told["subject"].as_str().unwrap()).await.is(200);
    assert_eq!(membership["person_id"], admitted["person_id"]);
    let acts = inspector.get(&format!("/v1/acts?membership={}", membership["id"].as_str().unwrap())).await.is(200);
    assert_eq!(acts["items"][0]["decision"]["issuing_body"], "Cấp ủy Giả Định");
}
