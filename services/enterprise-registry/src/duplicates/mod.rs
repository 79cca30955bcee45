//! Units that may be one: households of different communes with the same tax code.
//!
//! - A household's tax code is the personal number of its owner. The caller who registers a household must not learn
//!   that the number is recorded elsewhere. Instead, the level above both communes learns it from a journal entry
//!   that only callers whose scope covers both can read, and settles it as a finding.
//! - A background scan looks for pairs, so that neither the response time nor the journal entries of a registration
//!   reveal whether there is one. Each pair is reported once. Units that have ended are left out, because a household
//!   may move.

mod scan;
mod store;

pub use scan::Scanner;
