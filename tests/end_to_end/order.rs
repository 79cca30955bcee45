//! Nothing is ordered by ids that callers made: the time in such an id is the caller's word.

use serde_json::{Value, json};
use tests::{Books, Somebody, TestApp, decision};

use crate::made_ids::{id_at, with};

/// A list read page by page, each of one item: what its items have in a field.
async fn walked(somebody: &Somebody, path: &str, field: &str) -> Vec<Value> {
    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = somebody.get(&format!("{path}limit=1{cursor}")).await.is(200);
        all.extend(page["items"].as_array().unwrap().iter().map(|item| item[field].clone()));
        let Some(next) = page["next"].as_str() else { return all };
        cursor = format!("&cursor={next}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn acts_are_listed_in_the_order_in_which_they_were_recorded_whatever_their_ids_say() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let officer = &books.officer;
    // The later an act is recorded, the older its id.
    let ids: Vec<String> =
        ["2022-06-30", "2022-06-20", "2022-06-10", "2022-05-30"].map(|day| id_at(&format!("{day}T07:00:00Z"))).into();
    let founding = with(books.founding("2022-03-15"), &[("id", &ids[0])]);
    officer.post("/v1/organisations", founding).await.is(201);
    let cell = &ids[0];
    let mut acts = Vec::new();
    for (number, act) in (71..).zip(&ids[1..]) {
        let body = with(
            books.admission(cell, number, "2022-05-19"),
            &[("id", act), ("membership_id", &id_at("2022-06-01T07:00:00Z"))],
        );
        acts.push(json!(act));
        officer.post("/v1/admissions", body).await.is(201);
    }
    for path in [
        format!("/v1/acts?organisation={cell}&kind=party_member.admitted&"),
        "/v1/acts?kind=party_member.admitted&".to_owned(),
    ] {
        assert_eq!(walked(officer, &path, "id").await, acts, "{path}");
    }
    let of_cell = walked(officer, &format!("/v1/acts?organisation={cell}&"), "id").await;
    assert_eq!(of_cell[1..], acts);
    let everywhere = walked(officer, "/v1/acts?", "recorded_at").await;
    assert!(everywhere.is_sorted_by_key(|at| at.as_str().unwrap().to_owned()), "{everywhere:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn memberships_of_a_person_are_in_the_order_in_which_they_were_recorded() {
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let officer = &books.officer;
    let (cell, union) = (books.cell("2022-03-15").await, books.union("2022-03-15").await);
    let (first, second) = (id_at("2022-06-20T07:00:00Z"), id_at("2022-06-01T07:00:00Z"));
    let admitted = with(books.admission(&cell, 71, "2022-05-19"), &[("membership_id", &first)]);
    let person = officer.post("/v1/admissions", admitted).await.is(201)["person_id"].clone();
    app.set_clock("2022-06-30T08:00:01Z");
    let joined = json!({"membership_id": second, "organisation_id": union, "person_id": person,
        "occurred_on": "2022-05-20", "decision": decision("2022-05-20")});
    officer.post("/v1/admissions", joined).await.is(201);
    let shown = officer.get(&format!("/v1/people/{}", person.as_str().unwrap())).await.is(200);
    let ids: Vec<&Value> = shown["memberships"].as_array().unwrap().iter().map(|one| &one["id"]).collect();
    assert_eq!(ids, [&json!(first), &json!(second)]);
}
