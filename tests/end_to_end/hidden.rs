//! A record outside the reach is answered by the same statements, in the same order, as one that does not exist: how long
//! an answer takes tells nothing either (ASVS 8.2.2).

use serde_json::Value;
use shared::access::Role;
use tests::{Books, Somebody, TestApp, Watched, unit, watch_connections};

/// The statements that name an id while somebody asks for it, and the answer's status.
async fn statements(app: &TestApp, somebody: &Somebody, path: &str, id: &str) -> (Vec<String>, u16) {
    let named = id.to_owned();
    let watched = Watched::those(app, move |text| text.contains(&named));
    let status = somebody.get(&path.replace("{}", id)).await.status;
    (watched.take(), status)
}

#[tokio::test(flavor = "multi_thread")]
async fn hidden_and_unknown_take_the_same_statements() {
    watch_connections();
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let cell = books.cell("2021-03-15").await;
    let admitted = books.admit(&cell, 1, "2022-05-19").await;
    // The same person in another commune of the district makes a finding.
    let neighbour = books.kept_by(&app.officer_of("11992@origin").await, "11992@origin");
    let other = neighbour.cell("2021-03-15").await;
    neighbour.admit(&other, 1, "2022-05-20").await;
    app.look_for_findings().await;
    let leader = app.be(Role::Leader, "325@origin").await;
    let finding = leader.get("/v1/findings").await.is(200)["items"][0]["id"].clone();
    let company = books.officer.post("/v1/economic-units", unit("Công ty", "11986@origin")).await.is(201);
    let mut household = unit("Hộ Giả Định", "11986@origin");
    household["legal_form"] = "household_business".into();
    let household = books.officer.post("/v1/economic-units", household).await.is(201);
    let stranger = app.be(Role::Inspector, "326@origin").await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    // No follower is still at work when statements are watched.
    app.settle().await;
    for (path, id) in [
        ("/v1/people/{}", text(&admitted["person_id"])),
        ("/v1/memberships/{}", text(&admitted["membership_id"])),
        ("/v1/acts/{}", text(&admitted["act_id"])),
        ("/v1/findings/{}", text(&finding)),
        ("/v1/organisations/{}", cell.clone()),
        ("/v1/organisations/{}/history", cell.clone()),
        ("/v1/economic-units/{}", text(&company["id"])),
        ("/v1/economic-units/{}", text(&household["id"])),
        ("/v1/economic-units/{}/history", text(&household["id"])),
    ] {
        let (hidden, status) = statements(&app, &stranger, path, &id).await;
        assert_eq!(status, 404, "{path}");
        let (unknown, status) = statements(&app, &stranger, path, &shared::Id::new().to_string()).await;
        assert_eq!(status, 404, "{path}");
        assert!(!hidden.is_empty(), "{path}: the statements are seen");
        assert_eq!(hidden, unknown, "{path}");
        assert!(hidden.iter().all(|one| !one.contains("data_keys")), "{path}: no field is opened: {hidden:?}");
        let (seen, status) = statements(&app, &books.officer, path, &id).await;
        assert!(seen.len() >= hidden.len() && (status == 200 || path.contains("findings")), "{path}: {status}");
    }
}
