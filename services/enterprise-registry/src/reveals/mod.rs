//! Reveals: show a household in clear. Its name, address and number are personal data, and lists mask them.
//!
//! - A reveal states its purpose and leaves an access record; if that cannot be written, nothing is shown.
//! - Other units are never masked and cannot be revealed.

mod http;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(http::reveal_economic_unit);
}
