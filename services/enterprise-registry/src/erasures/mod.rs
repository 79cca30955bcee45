//! A household is taken out of the database, and the counts stay whole.
//!
//! - Only a household that has ended can be erased: until then the data has its purpose.
//! - Its data key is deleted, and with it name, address, number, kept answers and what looks were for; the look-ups by
//!   name and number too. The journal holds none of them, and tells `economic_unit.erased`.
//! - The same citizen may be a person in membership: who erases that person finds the citizen's households by number.

mod act;
mod store;

pub use act::{EraseHouseholdArgs, erase_household, erase_households_of, find_households};
