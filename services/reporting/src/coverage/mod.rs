//! Data coverage: from which day an area's data is complete. Before that day, and where nothing was stated, there is
//! "no data", which is not zero: the communes that came from another province have no figures for 2022.

mod http;
mod store;

pub use store::{Coverage, list_coverages_at, state_coverage};

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(http::list_coverages).service(http::create_coverage).service(http::find_coverage);
}
