//! Periods: the state of each organisation and each economic unit from one day to the next, as recorded up to a
//! sequence number of the journal.
//!
//! - A unit's entries say its commune, legal form, line of business and status; organisations that cover it name the
//!   unit.
//! - An organisation's entries say its kind, its area and its superior. Entries about its members only name the
//!   organisation, so that members are counted where their organisation is on the day that a figure asks for.
//! - A **telling** is what one entry said of an organisation. **Periods** are made from an organisation's tellings in
//!   the order of their days, and from the periods of the organisations above it: each period has its superior body.
//! - From the day on which recording begins under a superior body ([`RecordingStarts`]) the body is no longer
//!   opening.
//! - A correction closes a telling at its own sequence number. Periods that change are closed there too, and the new
//!   ones begin there, so that an earlier data position gets the same answer as before.

mod make;
mod organisations;
mod recording_starts;
mod units;

pub use organisations::apply_organisation;
pub use recording_starts::{RecordingStarts, apply_recording_start};
pub use units::apply_unit;
