//! Corrections: a wrong journal entry is replaced, never edited.
//!
//! - It is restated with another day, number or paper: the same kind again, which names the entry it replaces.
//! - Or it is withdrawn, where it should never have been recorded.
//! - The rules that held for the act hold for its correction, on the corrected day.
//! - An entry is corrected once; a correction of a correction names the latest one.
//! - What later acts rest on cannot be moved behind them, nor withdrawn.

mod act;
mod http;

pub use act::{CorrectEntry, Corrected, correct};

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(http::correct_entry);
}
