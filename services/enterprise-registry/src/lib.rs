//! enterprise-registry: administrative units and what became of them; economic units.
//!
//! - [`areas`]: administrative units as a tree with a time axis. Publishes `area.created`, `area.succeeded`.
//! - [`economic_units`]: private economic units. Publishes `economic_unit.registered`, `.changed`, `.status_changed`,
//!   `.withdrawn`, `.erased`.
//! - `reveals`: shows a household in clear, for a purpose. `access_records`: who saw one.
//! - [`erasures`]: erases a household; counts stay.
//! - [`duplicates`]: units that may be one. Publishes `economic_unit.duplicate_suspected`.
//!
//! It follows no other service.

mod access_records;
pub mod areas;
mod composition;
pub mod duplicates;
pub mod economic_units;
pub mod erasures;
mod journal;
pub mod program;
mod reveals;
mod schema;
mod state;

pub use composition::{configure, document_info, start, verify_lists};
pub use journal::published;
pub use state::{NAME, Setting, State};
