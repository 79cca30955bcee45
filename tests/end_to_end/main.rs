//! End-to-end tests over HTTP, on SQLite or on the PostgreSQL server that `TEST_DATABASE_URL` names.
#![allow(missing_docs, reason = "the name of a test says what it holds")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::too_many_lines,
    reason = "a test stops where it stands, and tells its story in one piece"
)]

mod access_records;
mod acts;
mod admissions;
mod apart;
mod aside;
mod backups;
mod bounds;
mod chains;
mod client_keys;
mod clients;
mod closed;
mod corrections;
mod demonstration;
mod documents;
mod driver;
mod economic_units;
mod ended;
mod erasures;
mod examples;
mod extremes;
mod faults;
mod findings;
mod founded;
mod front;
mod grounds;
mod hidden;
mod histories;
mod house;
mod households;
mod http;
mod issuing_duties;
mod keys;
mod known;
mod limits;
mod lists;
mod lives;
mod lost;
mod made_ids;
mod mirrors;
mod movements;
mod next;
mod openable;
mod oracle;
mod order;
mod organisations;
mod people;
mod persons;
mod plans;
mod race;
mod rebuilds;
mod road;
mod running;
mod shape;
mod sign_in;
mod spoken;
mod standing;
mod steering;
mod steering_conferences;
mod steering_documents;
mod steering_tasks;
mod superiors;
mod tables;
mod tokens;
mod units;
mod wires;
mod words;
mod writes;
