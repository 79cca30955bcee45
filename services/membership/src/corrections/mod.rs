//! Corrections: a wrong journal entry is replaced, never edited. A person's data is corrected, and the earlier data
//! is stored encrypted.
//!
//! - An entry is corrected with another day, number, decision, organisation or other field: by an entry of the same
//!   kind that names the entry it replaces.
//! - Or it is withdrawn, if it should never have been recorded.
//! - The rules for the act apply to its correction too, on the corrected day.
//! - An entry is corrected once; a correction of a correction names the latest one.
//! - Entries of other acts on the same record that would now say something different are written again in the same
//!   change, with `because`.
//! - A correction that would make another act impossible is refused, with the act in the way.

mod commands;
mod http;
mod person;
mod rules;

pub use commands::correct;
pub use rules::{CorrectEntry, Corrected};

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(http::correct_entry).service(person::correct_person);
}
