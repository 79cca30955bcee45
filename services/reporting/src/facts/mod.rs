//! Facts: one counted thing each, with the day, the organisation or commune, the number, and the sequence numbers
//! between which it counts.
//!
//! - A flow is a fact of its own measure: a founding, an admission. A stock is the sum of signs of another measure.
//! - A correction closes the facts of the entry that it replaces, and makes new ones.
//! - An erasure removes the decision and keeps the count. If the entry was already redacted when it was read,
//!   `entry.redacted` says what to count, from its own sequence number on.
//! - A fact names its organisation; the organisation's periods say in which area that was on a day. A fact that
//!   belongs to no organisation names its commune. The commune on another date's map is computed for each request.

mod make;
mod store;

pub use make::{builds_on_earlier, facts_of};
pub use store::{
    Fact, Gathered, apply, close, insert_followed_entries, insert_passed_entry, redact, remove_followed_after,
};
