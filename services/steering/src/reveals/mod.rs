//! Reveals: show who is in a support team. The names are personal data, and answers mask them.
//!
//! - A reveal states its purpose and leaves an access record; if that cannot be written, nothing is shown.
//! - Committees are never masked and cannot be revealed.

mod http;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(http::reveal_steering_body);
}
