//! Access records of persons, for inspectors: who saw whom. The mechanism is `shared::access_records`.
//!
//! - An inspector sees accesses to persons in scope, and lists and exports of areas in scope.
//! - An export of access records leaves an access record.

mod http;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(http::export_access_records).service(http::list_access_records);
}
