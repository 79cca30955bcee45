//! The rule book: kinds of organisations and thresholds, as checked-in data with dates in force and legal
//! sources (`rules/*.toml`). Every refusal cites its rule.

mod book;
mod http;

pub use book::{Kind, Rule, RuleBook};

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(http::list_rules)
        .service(http::list_organisation_kinds)
        .service(http::find_membership_reference_data);
}
