//! Rebuilds: all facts are computed again from the journals while the old ones are served, and replace them in one
//! transaction.
//!
//! - The same followers build the next generation in a database of its own; none of it is served.
//! - When it has caught up with the current one, it replaces it in one transaction: a reader sees one or the other,
//!   completely.
//! - One rebuild runs at a time. If its process is interrupted, it has changed nothing; its operation says
//!   `interrupted`.
//! - A program that computes facts differently from the one that made them starts a rebuild by itself.

mod http;
mod run;
mod store;

pub use run::Rebuilder;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(http::start_rebuild).service(http::find_reporting_operation);
}
