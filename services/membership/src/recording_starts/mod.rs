//! Recording starts: with which day recording begins under a superior body. What was there before comes in by opening
//! registrations, which end with that day; what happens later is recorded as it happens. An administrator sets the day, and
//! it holds for the bodies below too, unless they have one of their own. Until it is set, every kind of act is accepted, and
//! figures say that the body is still opening.

mod commands;
mod http;

pub use commands::set_recording_start;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(http::find_recording_start).service(http::set_recording_start);
}
