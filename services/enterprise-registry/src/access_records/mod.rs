//! Who looked at which household, for inspectors: the mechanism is `shared::access_records`.

mod http;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(http::export_registry_access_records).service(http::list_registry_access_records);
}
