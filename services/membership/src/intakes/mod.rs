//! Intakes: from which areas a superior body takes organisations. By default these are its own area, the areas below
//! it, areas that were merged into it, and its successors. A body with other boundaries, for instance a committee of
//! an industrial zone, has an intake of its own, which is journalled. A caller who may change the body may set it,
//! for areas of their own scope.

mod commands;
mod http;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(http::find_intake).service(http::set_intake);
}
