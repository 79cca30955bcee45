//! Access records: who looked at whom, when, what for, which fields, from where. Kept at least 24 months, and
//! never changed.
//!
//! - A look is answered only when its record is written; where that fails, nothing is shown.
//! - Looks that come at the same time are recorded in one transaction, so that reading stays fast.
//! - A list or an export leaves one record, with its filter and its count, and names nobody.
//! - An inspector sees looks at persons within reach, and lists; so does an export.

mod http;
mod recorder;
mod store;

pub use recorder::AccessRecorder;
pub use store::{AccessRecord, NewAccessRecord};

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(http::export_access_records).service(http::list_access_records);
}
