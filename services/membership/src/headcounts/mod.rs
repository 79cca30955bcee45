//! Headcounts: members of a union who are counted without names, since a union of thousands does not send them.
//!
//! - A **collective admission** takes a number of workers into a union; an **opening registration** brings in how many
//!   there were before the books began; a number **departs**.
//! - A union never loses more members without names than it has on any day.

mod acts;
mod http;

pub use acts::{AdmitCollectively, HeadcountDeparture, admit_collectively, depart, open};

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(http::admit_collectively);
}
