//! Conferences (hội nghị) that a steering body holds, and what they conclude.
//!
//! - A conference reviews a period (sơ kết, tổng kết) or a topic (chuyên đề). Who chaired it and who took part is recorded by office,
//!   and never by name.
//! - It concludes numbered items. A conclusion gives tasks: in the same command, or later. Each task leads back to its conference.
//! - A conference is kept for the area of its body. Where it is open below, it is read too by those whose areas lie in that area.
//! - Its state is computed from one act, which is corrected and withdrawn. A conference from which tasks were given is not withdrawn
//!   before they are. Its journal entries say how many conclusions there are, and no text.

mod change;
mod commands;
mod corrections;
mod holding;
mod http;
mod store;
mod verify;

pub use change::hold;
pub use holding::{ConcludedTask, HoldConference, NewConclusion, Participant};
pub use store::KeptConference;
pub use verify::verify;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(http::list_conferences)
        .service(commands::hold_conference)
        .service(http::find_conference)
        .service(http::list_conference_history)
        .service(commands::give_concluded_task)
        .service(commands::correct_conference);
}
