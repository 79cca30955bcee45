//! Access records: who looked at whom, when, what for, which fields, from where. Kept at least 24 months, and never
//! changed.
//!
//! - A look is answered only when its record is written; where that fails, nothing is shown.
//! - Looks that come at the same time are recorded in one transaction, under a short lock of their own.
//! - The records of a service are a chain: `hash` covers a record's columns and the hash of the record before it.
//!   `verify` names the first broken record, and a backup holds the last hash.
//! - What a look was for is sealed with the data key of the person or household, and stands in the chain as a salted
//!   hash: an erasure takes sealed text and salt away, and the chain stays whole.
//! - A list or an export leaves one record, with its filter and its count, and names nobody. It stands in the area that
//!   the caller looked over: who inspects a commune does not see what a province looked at.

mod chain;
mod http;
mod reach;
mod recorder;
mod store;
mod verify;

pub use http::{ExportAccessRecords, ListAccessRecords, export, list};
pub use reach::{described, looked_over};
pub use recorder::AccessRecorder;
pub use store::{AccessRecord, NewAccessRecord, forget_purposes};
pub use verify::verify;
