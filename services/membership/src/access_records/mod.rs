//! Access records: who looked at whom, when, what for, which fields, from where. Written in the transaction
//! of the look, never changed, kept at least 24 months.

mod store;

pub use store::{AccessRecord, NewAccessRecord, insert, list};
