//! Rebuilds: facts are made anew from the journals, beside those that are served, and take their place at once.
//!
//! - The next generation is built in a database of its own by the same followers; nothing of it is served.
//! - When it is as far as the present one, it takes its place in one transaction: whoever asks sees the one or the
//!   other, whole.
//! - One rebuild runs at a time. Cut off with its process, it has changed nothing; its operation says `interrupted`.
//! - Where the program makes facts otherwise than the one that made them, it starts a rebuild by itself.

mod http;
mod run;
mod store;

pub use run::Rebuilder;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(http::start_rebuild).service(http::find_reporting_operation);
}
