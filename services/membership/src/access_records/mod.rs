//! Who looked at whom, for inspectors: the mechanism is `shared::access_records`.
//!
//! - An inspector sees looks at persons within reach, and lists and exports over areas within reach.
//! - Who exports access records leaves one.

mod http;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(http::export_access_records).service(http::list_access_records);
}
