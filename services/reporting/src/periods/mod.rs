//! Periods: how each organisation and each economic unit stood from one day to the next, by what was told up to a place in
//! the journal.
//!
//! - A unit tells its commune, legal form, line of business and status; who covers it names the unit.
//! - An organisation tells its kind, its area and the organisation it answers to. What happens to its members names the
//!   organisation and no more, so that members stand where their organisation stands on the day that a figure asks for.
//! - A **telling** is what one entry said. **Periods** are made of an organisation's tellings in the order of their days,
//!   and of the periods of the organisations above it: each has its superior body.
//! - Under a superior body recording begins with a day ([`RecordingStarts`]): until then it is still opening.
//! - A correction closes a telling at its place in the journal. Periods that are another way then are closed there too, and
//!   the new ones begin there: an earlier position is answered as before.

mod make;
mod organisations;
mod recording_starts;
mod units;

pub use organisations::apply_organisation;
pub use recording_starts::{RecordingStarts, apply_recording_start};
pub use units::apply_unit;
