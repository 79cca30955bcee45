//! What the end-to-end tests stand on: a running system over HTTP on either engine, somebody who calls it,
//! and builders for the records that a test needs. Everything in it is invented.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test stops where it stands")]

mod app;
mod books;
mod database;
mod process;
mod schema;
mod somebody;
mod statements;

/// Asks again and again until the answer is there: what goes on beside requests takes its time, and nobody knows
/// how much. After thirty seconds it will not come any more.
pub async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    const PAUSE: std::time::Duration = std::time::Duration::from_millis(25);
    for _ in 0..1200 {
        if let Some(answer) = ask().await {
            return answer;
        }
        tokio::time::sleep(PAUSE).await;
    }
    panic!("in thirty seconds it did not happen that {what}");
}

pub use app::{DEMO_NOW, NOW, TestApp};
pub use books::{Books, decision, next_number, person, unit};
pub use database::{TestDatabase, all_rows, count_rows, counted_until, read_in_use, run_sql, tables_of};
pub use process::{Process, free_port};
pub use schema::other_instants;
pub use somebody::{Answer, Request, Somebody};
pub use statements::{Watched, watch_connections};
