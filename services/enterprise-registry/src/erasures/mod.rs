//! Erasures of households. All counts stay.
//!
//! - Only a household that has ended can be erased: until then its data has a purpose.
//! - The erasure deletes the household's data key, and so its name, address, number, stored answers and the purposes
//!   of accesses. It also deletes the lookups by name and number. The journal contains none of these and gets an
//!   entry `economic_unit.erased`.
//! - The same citizen may be a person in membership: an operator who erases that person finds the citizen's
//!   households by number.

mod commands;
mod store;

pub use commands::{EraseHouseholdArgs, erase_household, erase_households_of, find_households};
