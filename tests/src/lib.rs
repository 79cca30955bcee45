//! What the end-to-end tests stand on: a running system over HTTP on either engine, somebody who calls it,
//! and builders for the records that a test needs. Everything in it is invented.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test stops where it stands")]

mod app;
mod books;
mod database;
mod process;
mod schema;
mod somebody;

pub use app::{DEMO_NOW, NOW, TestApp};
pub use books::{Books, decision, person, unit};
pub use database::{TestDatabase, all_rows, count_rows, run_sql, tables_of};
pub use process::{Process, free_port};
pub use somebody::{Answer, Request, Somebody};
