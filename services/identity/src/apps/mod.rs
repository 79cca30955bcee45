//! Apps: programs that run on a person's phone or computer, and act as whoever signs in to them.
//!
//! - An app has no secret, since nobody could keep it: it proves by PKCE that it began the sign-in that it ends.
//! - An app's redirect addresses are registered, and compared exactly; on the loopback the port may be any.
//! - A disabled app signs nobody in, and its sessions end.

mod http;
mod reader;
mod rules;
mod store;

pub(crate) use reader::{move_reader, register_reader};
pub(crate) use rules::RedirectUri;
pub use store::insert_app;
pub(crate) use store::{App, find_app_in_use, list_ended_apps};

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(http::list_apps).service(http::create_app).service(http::find_app).service(http::disable_app);
}
