//! Memberships: who is in which organisation from when to when, computed from the acts on each membership.
//!
//! - An **admission** takes a person into the Party (on the day of the ceremony; probation begins) or the union. It
//!   needs a decision, and an organisation that exists on that day.
//! - An **opening registration** records a person who was a member before the start date of recording: no admission.
//! - A **recognition** makes a probationary Party member official, at the end of twelve months of probation.
//! - A **transfer** begins at the member's organisation and is completed by the receipt at the new one. In between
//!   the transfer is pending, and the member still counts where it began. A member may also arrive from outside this
//!   system, or leave it by a transfer.
//! - A **departure** ends a membership: removed, expelled, withdrew, deceased.
//! - A **readmission** takes back a person who had left the Party: at least 36 months later, once, with the written
//!   consent of the provincial standing committee. It does not count as an admission.
//!
//! The state of a membership is computed from these acts in the order of their days, whenever they were recorded. An
//! act may be added before others, replaced and removed. If an act becomes impossible (a recognition of a person who
//! is not a member), the change is refused with the act in the way. Entries of other acts that would now say
//! something different are written again. The conditions of a decision (ages, documents, waiting times) are checked
//! when the act itself is recorded or corrected. For an erased person they count as met.

mod acts;
mod change;
mod http;
mod person;
mod standing;
mod stays;
mod telling;
mod verify;

pub use acts::*;
pub use change::{Changed, correct_person_of, judge_acts_of, membership_of, replace, withdraw};
pub use verify::verify;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(http::admit_person)
        .service(http::open_members)
        .service(http::readmit_person)
        .service(http::recognise_member)
        .service(http::transfer_member)
        .service(http::receive_member)
        .service(http::complete_transfer)
        .service(http::depart_member);
}
