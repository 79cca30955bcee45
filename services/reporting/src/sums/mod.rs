//! Sums of the facts that count now, by month, commune, superior body, kind, branch and member standing. Figures are
//! read from them, so that a report costs the same however many facts there are.
//!
//! - A follower updates the sums in the transaction in which it applies an entry. They are valid for the newest
//!   entries of the journals; for an older data position `figures` reverses later changes.
//! - A flow is the sum of its months. A stock is the sum of the years before its last month, and of the months of
//!   that year.
//! - An organisation or a unit is counted in its area. When it moves, its stocks are subtracted at the old area and
//!   added at the new one, in the month of the move. So the sums up to any month are the stocks of that month.
//! - Distinct units are not sums of facts. `covered_units` stores from which day to which each unit is covered by
//!   organisations of a branch, and by those under one superior body. A unit adds one to the month in which that
//!   begins, and subtracts one in the month in which it ends.

mod covered;
mod covered_store;
mod store;
mod verify;

pub use covered::{COVERED_UNITS, COVERED_UNITS_OF_BODIES};
pub use covered_store::fill_covered;
pub use store::{Ground, Sum, add, add_entry, finish, list_sums, take_apart, take_away, take_away_entry};
pub use verify::verify;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use shared::Id;

/// The measures of facts that are not in the sums: findings belong to two communes, coverings are counted as distinct units.
pub const NOT_SUMMED: [&str; 2] = ["open_findings", "unit_coverings"];

/// The measures that are stocks: what they count goes along when its organisation or unit moves.
pub const STOCKS: [&str; 5] =
    ["party_members", "union_members", "organisations", "economic_units", "party_members_in_flight"];

/// What is in the sums while a transaction applies entries: the facts of earlier entries. Those of the transaction itself are
/// added at its end.
#[derive(Debug, Clone, Default)]
pub struct Summed {
    /// The place of the transaction's first entry.
    pub before: i64,
    /// The place of its last entry, if all can be applied.
    pub last: i64,
    /// The organisations or units that the transaction is about: what they count is taken away at its beginning and added at
    /// its end, all at once.
    pub apart: Arc<BTreeSet<Id>>,
}

/// What is in the sums, as a follower knows it.
#[derive(Debug, Default)]
pub struct SummedHandle(Mutex<Summed>);

impl SummedHandle {
    /// A transaction begins.
    pub fn set(&self, summed: Summed) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = summed;
    }

    /// What is in the sums now.
    #[must_use]
    pub fn get(&self) -> Summed {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
