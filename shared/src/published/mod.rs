//! The contract between services: the payload of each kind of journal entry, one file for each noun.
//!
//! No payload contains a name, a tax code or a number of a person. A caller who needs one asks the service that owns
//! the record, within the caller's scope. Ids of persons are opaque.

/// Lists the kinds of entries about a noun, once for the service that publishes them and for those that follow.
macro_rules! kinds {
    ($($payload:ty),* $(,)?) => {
        /// The kinds of entries about it, as the publishing service describes them in its API document.
        #[must_use]
        pub fn published() -> Vec<crate::http::PublishedKind> {
            vec![$(crate::http::PublishedKind::of::<$payload>()),*]
        }

        /// The same kinds with the versions of their payloads, as a following service handles them.
        pub const KINDS: &[(&str, i32)] = &[$((
            <$payload as crate::journal::Published>::KIND,
            <$payload as crate::journal::Published>::V,
        )),*];
    };
}

pub mod area;
pub mod branch;
pub mod client;
pub mod conference;
pub mod coverage;
pub mod decision;
pub mod document;
pub mod economic_unit;
pub mod entry;
pub mod finding;
pub mod issuing_duty;
pub mod organisation;
pub mod party_member;
pub mod person;
pub mod steering_body;
pub mod task;
pub mod union_member;
pub mod user;

pub use branch::Branch;
pub use decision::Decision;
