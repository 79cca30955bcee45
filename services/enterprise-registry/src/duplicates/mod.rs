//! Units that may be one: households of different communes with the same tax code.
//!
//! - A household's tax code is a person's number. Who registers one is not told that it is known elsewhere; the level
//!   above both is, by an entry that only those read whose reach covers both, and settles it as a finding.
//! - Pairs are looked for apart from the writes, so that neither the time nor the journal of a registration tells
//!   whether there is one. Each is told once, and not of units that have ended: a household may move.

mod store;
mod sweep;

pub use sweep::{sweep, sweep_for_ever};
