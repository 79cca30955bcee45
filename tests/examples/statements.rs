//! Prints, as Markdown, the statements that a write makes in its own service, from the first to the durable commit.
//!
//! `cargo run -p tests --example statements`, with `TEST_DATABASE_URL` on PostgreSQL.
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a measurement stops where it stands"
)]

use serde_json::{Value, json};
use tests::{Books, TestApp, Watched, unit, watch_connections};

#[tokio::main]
async fn main() {
    watch_connections();
    let app = TestApp::start().await;
    let books = Books::of_van_lam(&app).await;
    let cell = books.cell("2015-03-15").await;
    // What is read once is read before.
    books.admit(&cell, 1, "2022-05-19").await;
    let officer = &books.officer;
    officer.post("/v1/economic-units", unit("Công ty Giả Định Một", &books.commune)).await.is(201);
    let watched = Watched::those(&app, |_| true);
    let print = |what: &str| {
        let mut statements = watched.take();
        // Followers begin to read when it is committed.
        let committed = statements.iter().position(|statement| statement == "COMMIT");
        statements.truncate(committed.map_or(statements.len(), |at| at + 1));
        println!("\n**{what}**: {} statements\n", statements.len());
        for (number, statement) in statements.iter().enumerate() {
            let words: Vec<&str> = statement.split_whitespace().collect();
            println!("{}. `{}`", number + 1, words.join(" ").replace('"', ""));
        }
        statements
    };
    let admission = books.admission(&cell, 2, "2022-05-20");
    let mut admitted: Value = json!(null);
    for what in ["An admission", "A registration of an economic unit", "A correction of an admission"] {
        // No follower is still at work.
        app.settle().await;
        drop(watched.take());
        match what {
            "An admission" => admitted = officer.post("/v1/admissions", admission.clone()).await.is(201),
            "A registration of an economic unit" => {
                officer.post("/v1/economic-units", unit("Công ty Giả Định Hai", &books.commune)).await.is(201);
            }
            _ => {
                let correction = json!({"entry_id": admitted["entry_id"], "is_worker": true});
                officer.post("/v1/corrections", correction).await.is(201);
            }
        }
        let mut statements = print(what);
        let all = statements.len();
        statements.sort();
        statements.dedup();
        println!("\n{} of them differ.", statements.len());
        assert!(statements.len() <= all, "what is printed is what was sent");
    }
}
