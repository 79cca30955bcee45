//! Access records: who saw whom, when, for what purpose, which fields, from which address. They are kept for at least
//! 24 months, and never changed.
//!
//! - Personal data is returned only after the access record is written; if that fails, nothing is shown.
//! - Accesses at the same time are recorded in one transaction, under a short lock of their own.
//! - The records of a service are a hash chain: `hash` covers a record's columns and the hash of the record before
//!   it. `verify` names the first broken record, and a backup contains the last hash.
//! - The purpose is encrypted with the data key of the person or household, and the chain covers a salted hash of it.
//!   An erasure removes the encrypted text and the salt, and the chain stays valid.
//! - A list or an export leaves one record, with its filter and its count, and names nobody. The record is in the
//!   area that was listed: an inspector of a commune does not see what was listed for the whole province.

mod chain;
mod http;
mod reach;
mod recorder;
mod store;
mod verify;

pub use http::{ExportAccessRecords, ListAccessRecords, SubjectOf, export, list};
pub use reach::{described, looked_over};
pub use recorder::AccessRecorder;
pub use store::{AccessRecord, NewAccessRecord, forget_purposes, looks_by_others};
pub use verify::verify;
