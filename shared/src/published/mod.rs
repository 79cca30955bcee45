//! The language between services: the payload of each kind of journal entry, one file a noun.
//!
//! No name, no tax code and no number of a person stands in it: who needs to show one asks the owner of
//! the record, within the caller's scope. Ids of persons are opaque.

pub mod area;
pub mod client;
pub mod coverage;
pub mod decision;
pub mod economic_unit;
pub mod entry;
pub mod finding;
pub mod organisation;
pub mod party_member;
pub mod person;
pub mod union_member;

pub use decision::Decision;
