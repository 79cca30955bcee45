//! Indicators: what is counted of the facts, as checked-in data (`indicators/*.toml`). Adding one adds no
//! code.

mod catalogue;
mod http;

pub use catalogue::{Catalogue, Counts, Indicator, Nature, words_of};

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(http::list_indicators).service(http::find_reporting_reference_data);
}
