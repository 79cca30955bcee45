//! Access records, for inspectors: who saw the names of a support team. The mechanism is `shared::access_records`.

mod http;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(http::export_steering_access_records).service(http::list_steering_access_records);
}
