//! What a person proves who it is with: a password, and a second factor.

mod guesses;
mod password;
mod second_factor;

pub(crate) use guesses::{Attempt, Tried, forget_failures};
pub use password::hash_password;
pub(crate) use password::{CHARACTERS_MIN, CHARACTERS_MIN_WITH_FACTOR, Passwords, Verified, check_password};
pub use second_factor::code_at;
pub(crate) use second_factor::{Enrolment, count_recovery_codes, new_recovery_codes, take_code, take_recovery_code};
