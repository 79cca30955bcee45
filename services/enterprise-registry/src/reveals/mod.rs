//! A household in clear: its name, address and number are a person's, and lists mask them.
//!
//! - A reveal states its purpose and leaves an access record; where that cannot be written, nothing is shown.
//! - Other units have nothing to reveal.

mod http;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(http::reveal_economic_unit);
}
