//! membership: organisations of every branch, people, their memberships, and the rule book.
//!
//! - [`organisations`]: superior bodies and organisations; established, upgraded, dissolved; members without names.
//! - [`people`]: persons, encrypted at rest, masked in lists, revealed for a purpose.
//! - `access_records`: who saw whom, listed and exported.
//! - [`memberships`]: admissions, opening registrations, recognitions, transfers, departures, readmissions.
//! - [`corrections`]: an entry corrected or withdrawn.
//! - [`erasures`]: a person erased from every database; counts stay.
//! - [`findings`]: records that do not fit together, for a person to settle.
//! - [`rule_book`]: kinds and thresholds as data, with legal sources.
//! - [`recording_starts`]: from which day recording begins under a superior body.
//! - [`ledger`]: acts with their decisions and journal entries; used by the features above.
//! - [`follows`]: areas and economic units, from enterprise-registry.
//!
//! It publishes `organisation.*`, `party_member.*`, `union_member.*`, `finding.*`, `person.corrected`,
//! `person.erased`, `entry.redacted`, `entry.set_aside`.

mod access_records;
mod composition;
pub mod corrections;
pub mod erasures;
pub mod findings;
pub mod follows;
mod intakes;
mod journal;
pub mod ledger;
pub mod memberships;
pub mod organisations;
pub mod people;
pub mod program;
pub mod recording_starts;
pub mod rule_book;
mod schema;
mod state;
mod told_units;

pub use composition::{configure, document_info, start, verify_lists};
pub use journal::published;
pub use state::{NAME, Setting, State};
