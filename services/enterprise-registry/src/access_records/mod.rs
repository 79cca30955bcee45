//! Access records of households, for inspectors: who saw which household in clear. The mechanism is
//! `shared::access_records`.

mod http;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(http::export_registry_access_records).service(http::list_registry_access_records);
}
