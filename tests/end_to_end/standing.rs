//! Members and units stand where their organisation stands, on the day that a figure asks for.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shared::access::Role;
use tests::{Books, TestApp, decision};

/// A figure under each superior body, by the body's id.
async fn under(app: &TestApp, question: &str) -> BTreeMap<String, i64> {
    app.settle().await;
    let viewer = app.be(Role::Viewer, "33@origin").await;
    let figures = viewer.get(&format!("/v1/figures?by=superior_body&{question}")).await.is(200);
    let rows = figures["rows"].as_array().unwrap().iter();
    let value = |row: &Value| (row["key"].as_str().unwrap().to_owned(), row["values"][0]["value"].as_i64().unwrap());
    rows.map(value).filter(|(_, value)| *value != 0).collect()
}

fn only(body: &str, value: i64) -> BTreeMap<String, i64> {
    BTreeMap::from([(body.to_owned(), value)])
}

/// A9: the member of a cell that was upgraded under another committee stayed under the former one for ever.
#[tokio::test(flavor = "multi_thread")]
async fn members_go_with_their_organisation_to_another_superior_body() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let body = json!({"kind": "commune_committee", "name": "Đảng ủy xã Giả Định", "area": books.commune,
        "superior_id": books.committee, "established_on": "2000-01-01"});
    let commune = books.officer.post("/v1/organisation-opening-registrations", body).await.is(201)["id"].clone();
    let commune = commune.as_str().unwrap();
    let mut founding = books.founding("2021-03-15");
    founding["superior_id"] = json!(commune);
    let cell = books.officer.post("/v1/organisations", founding).await.is(201)["id"].clone();
    let cell = cell.as_str().unwrap();
    books.admit(cell, 1, "2022-01-20").await;
    let upgrade = json!({"kind": "grassroots_chapter", "superior_id": books.committee, "occurred_on": "2022-03-10",
        "decision": decision("2022-03-01")});
    let path = format!("/v1/organisations/{cell}/upgrades");
    books.officer.post(&path, upgrade).if_match("\"v1\"").await.is(200);
    for indicator in ["PM01", "PO11"] {
        let of = |period: &str| format!("period={period}&indicator={indicator}");
        assert_eq!(under(&app, &of("2022-02")).await, only(commune, 1), "{indicator}");
        assert_eq!(under(&app, &of("2022-03")).await, only(&books.committee, 1), "{indicator}");
    }
    // An admission counts where the cell stood on its day.
    assert_eq!(under(&app, "period=2022-H1&indicator=PM10").await, only(commune, 1));
    let inspector = app.be(Role::Inspector, "33@origin").await;
    let entries = |period: &str, body: &str| format!("/v1/figures/PM01/entries?period={period}&superior_body={body}");
    let listed = inspector.get(&entries("2022-03", &books.committee)).await.is(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1, "{listed}");
    assert_eq!(inspector.get(&entries("2022-03", commune)).await.is(200)["items"], json!([]));
}
