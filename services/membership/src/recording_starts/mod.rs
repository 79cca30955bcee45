//! Recording starts: from which day recording begins under a superior body. What existed before is recorded by
//! opening registrations, which end with that day; what happens later is recorded as acts. An administrator sets the
//! day. It also applies to the bodies below, unless they have one of their own. Until it is set, every kind of act is
//! accepted, and figures say that the body is still opening.

mod commands;
mod http;

pub use commands::set_recording_start;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(http::find_recording_start).service(http::set_recording_start);
}
