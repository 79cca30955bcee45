//! Duties to issue a document: each steering committee of a level in an area issues a document of some kind that governs a period, by a
//! day; once, or each year.
//!
//! - Who did is computed when it is asked for. A committee fulfilled the duty by its first document of the kind that is recorded as its
//!   own and governs the whole period: in time, or late.
//! - The committees that have the duty are those that worked on the last day in time; where that day is to come, those that work today.
//! - A duty is kept for its area. It is read by all whose areas lie in that area, since their committees have to fulfil it. Each reader
//!   sees the committees and documents within the reader's own scope.
//! - The state of a duty is computed from one act, its registration, which is corrected and withdrawn.

mod change;
mod commands;
mod http;
mod registration;
mod rules;
mod store;
mod verify;

pub use change::register;
pub use registration::RegisterIssuingDuty;
pub use store::KeptDuty;
pub use verify::verify;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(http::list_issuing_duties)
        .service(commands::register_issuing_duty)
        .service(http::find_issuing_duty)
        .service(http::list_issuing_duty_history)
        .service(commands::correct_issuing_duty);
}
