//! Steering committees (ban chỉ đạo) and their support teams (tổ giúp việc).
//!
//! - A committee works at a level for one area. A support team works for a committee, and has its level and area.
//! - A body has seats. A seat stays when its holder leaves: until somebody else takes it, nobody holds it.
//! - A reconstitution (kiện toàn) is one act with one decision: it opens and closes seats, and changes who holds them.
//! - The state of a body is computed from its acts: establishment, reconstitutions, ending. So a body can be shown as it was on any
//!   day, and each act can be corrected and withdrawn. Which seats an act opens, changes and closes is not corrected: it is withdrawn
//!   and recorded again.
//! - A body works on the days on which it issued documents, held conferences, and gave or received tasks, in whatever order these are
//!   recorded and corrected. A seat that was charged with a task is held on that day.
//! - The names of those who hold seats are encrypted with a key of the body, and are in no journal entry. Heads and members of a
//!   committee act in public office and are shown; those of a support team are masked.

mod acts;
mod change;
mod commands;
mod corrections;
mod http;
mod sealing;
mod seats;
mod store;
mod verify;
mod words;

pub use acts::{
    ChangeSeat, EndSteeringBody, EstablishSteeringBody, NewHolder, NewSeat, ReconstituteSteeringBody, end, establish,
    reconstitute,
};
pub use change::{Changed, Tally, tally};
pub use store::{KeptBody, find_writable};
pub use verify::verify;
pub use words::{BodyKind, BodyLevel, BodyStatus, LeavingReason, SeatRole};

pub(crate) use change::{load_unopened_as_of, load_whole, seat_on};
pub(crate) use seats::{Holding, Seat, counted};
pub(crate) use store::{find_body, list_names, list_working_on};
pub(crate) use words::area_level_of;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(http::list_steering_bodies)
        .service(commands::establish_steering_body)
        .service(http::find_steering_body)
        .service(http::list_steering_body_history)
        .service(commands::reconstitute_steering_body)
        .service(commands::end_steering_body)
        .service(commands::correct_steering_body);
}
