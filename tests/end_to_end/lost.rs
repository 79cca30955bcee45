//! Connections to PostgreSQL that are lost while a change is saved. SQLite has none to lose.

use std::time::Duration;

use diesel::RunQueryDsl;
use shared::storage::Db;
use tests::{Answer, Books, Request, TestApp, count_rows, eventually, run_sql};

/// Makes every act take three seconds, when it is inserted or when it is committed.
fn slowed(when: &str) -> Vec<String> {
    let kind = match when {
        "COMMIT" => "CONSTRAINT TRIGGER slow AFTER INSERT ON acts DEFERRABLE INITIALLY DEFERRED",
        _ => "TRIGGER slow AFTER INSERT ON acts",
    };
    vec![
        "CREATE OR REPLACE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN PERFORM pg_sleep(3); RETURN NULL; END $$"
            .to_owned(),
        "DROP TRIGGER IF EXISTS slow ON acts".to_owned(),
        format!("CREATE {kind} FOR EACH ROW EXECUTE FUNCTION slow()"),
    ]
}

#[derive(Debug, diesel::QueryableByName)]
struct Ended {
    #[diesel(sql_type = diesel::sql_types::Bool)]
    #[expect(dead_code, reason = "that there is a row is what counts")]
    ended: bool,
}

/// Sends a request and ends the connection that carries it out, while it sleeps in a statement that begins so.
async fn cut_off(db: &Db, request: Request, statement: &'static str) -> Answer {
    let sent = tokio::spawn(request.into_future());
    let end = format!(
        "SELECT pg_terminate_backend(pid) AS ended FROM pg_stat_activity WHERE datname = current_database() \
         AND pid <> pg_backend_pid() AND wait_event = 'PgSleep' AND query ILIKE '{statement}%'"
    );
    eventually("the connection is ended", || async {
        let end = end.clone();
        let ended: Vec<Ended> = db.read(move |conn| Ok(diesel::sql_query(end).load(conn)?)).await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
        (!ended.is_empty()).then_some(())
    })
    .await;
    sent.await.unwrap()
}

/// B14: what is known of a change whose connection was lost is said, and nothing is tried again in silence.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_is_told_by_what_is_known_of_the_change() {
    let app = TestApp::start().await;
    if !app.database.is_on_server() {
        return;
    }
    let books = Books::of_van_lam(&app).await;
    let cell = books.cell("2021-03-15").await;
    let db = &app.system.membership.db;
    let acts = count_rows(db, "acts").await;
    let admission = |number: u32| books.officer.post("/v1/admissions", books.admission(&cell, number, "2022-05-19"));

    run_sql(db, slowed("INSERT")).await;
    let before = cut_off(db, admission(1), "INSERT").await;
    before.problem(503, "unavailable");
    assert_eq!(count_rows(db, "acts").await, acts, "nothing was saved");

    run_sql(db, slowed("COMMIT")).await;
    let during = cut_off(db, admission(2), "COMMIT").await;
    during.problem(503, "outcome_unknown");
    let with_key = cut_off(db, admission(3).key("lost"), "COMMIT").await;
    with_key.problem(503, "unavailable");
    assert_eq!(count_rows(db, "acts").await, acts, "nothing was tried again");

    run_sql(db, vec!["DROP TRIGGER slow ON acts".to_owned()]).await;
    admission(3).key("lost").await.is(201);
    admission(2).await.is(201);
    assert_eq!(count_rows(db, "acts").await, acts + 2);
}
