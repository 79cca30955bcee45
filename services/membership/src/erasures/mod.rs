//! Erasures of persons, from every database. All counts stay.
//!
//! - Only a person whose memberships have all ended can be erased: until then the data has its purpose.
//! - The erasure deletes the person's data key, and so all encrypted fields, and the lookup by personal id.
//! - The purposes of accesses to the person are deleted from the access records, whose hash chain stays valid.
//! - The decisions of the person's acts are removed from the acts and from the journal. An entry `entry.redacted`
//!   records that, the chain stays valid, and followers remove the decisions from their copies when they read it.
//! - An opaque id remains, and what figures count.

mod commands;
mod store;

pub use commands::{EraseArgs, erase_person, personal_id_of};
