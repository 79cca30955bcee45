//! reporting: facts, indicators, figures.
//!
//! - [`facts`]: one counted thing each, made from the entries of the followed journals.
//! - [`indicators`]: what is counted of the facts, as checked-in data.
//! - [`figures`]: indicators computed for an area or body, a period and a map, at a data position; and the entries
//!   that a figure counts.
//! - [`rebuilds`]: all facts computed again, while the old ones are served.
//! - [`coverage`]: from which day an area's data is complete.
//! - [`follows`]: areas and economic units from enterprise-registry; organisations and members from membership.
//!
//! It publishes `coverage.stated`, `entry.set_aside`, `entry.taken_up`.

mod composition;
pub mod coverage;
pub mod facts;
pub mod figures;
pub mod follows;
pub mod indicators;
mod journal;
mod periods;
pub mod program;
pub mod rebuilds;
mod schema;
mod state;
mod steps;
pub mod sums;

pub use composition::{configure, document_info, start};
pub use journal::published;
pub use state::{NAME, State};
