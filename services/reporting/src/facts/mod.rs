//! Facts: one counted thing each, with the day, the place, the number, and the journal positions between
//! which it counts.
//!
//! - A flow is a fact of its own measure: a founding, an admission. A stock is the sum of signs of another.
//! - A correction closes the facts of the entry that it replaces, and makes new ones.
//! - An erasure takes the paper away and leaves the count; where the entry was met empty, what was kept of it is
//!   counted from its place on.
//! - A fact names its organisation; where that stood on the day, its periods tell. What belongs to no organisation names its
//!   commune. Where a commune lies on another day's map is worked out when asked.

mod make;
mod store;

pub use make::{builds_on_earlier, facts_of};
pub use store::{
    Fact, Gathered, apply, close, insert_followed_entries, insert_passed_entry, redact, remove_followed_after,
};
