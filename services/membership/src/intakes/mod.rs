//! Intakes: from which areas a superior body takes organisations. By default from its own area: what lies in it, what
//! went into it, and what became of it. A body of another cut, for instance a committee of an industrial zone, says so
//! by a setting, which is journalled. Who may change the body may set it, over areas of their own reach.

mod commands;
mod http;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(http::find_intake).service(http::set_intake);
}
