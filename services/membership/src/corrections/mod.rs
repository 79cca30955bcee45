//! Corrections: a wrong journal entry is replaced, never edited; what is recorded of a person is put right, and what it was
//! is kept sealed.
//!
//! - It is restated with another day, number, paper, organisation or other field: the same kind again, which names the
//!   entry it replaces.
//! - Or it is withdrawn, where it should never have been recorded.
//! - The rules that held for the act hold for its correction, on the corrected day.
//! - An entry is corrected once; a correction of a correction names the latest one.
//! - What other acts on the same record tell because of it is told anew in the same change, with `because`.
//! - What makes another act impossible is refused, with the act in the way.

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
