//! What is missing of steering bodies on a day: a committee or a support team that there ought to be, a head, a holder of a seat, a
//! term that is not over. Which bodies there ought to be is data (`rules/expected_bodies.toml`), with its source.

mod http;
mod rules;

pub use rules::Expectations;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(http::list_steering_gaps);
}
