//! Memberships: who belongs to which organisation from when to when, made of the acts on each membership.
//!
//! - An **admission** takes a person into the Party (on the day of the ceremony; probation begins) or the
//!   union. It rests on a decision paper, in an organisation that exists on that day.
//! - An **opening registration** brings in who was a member before the books began: no admission.
//! - A **recognition** makes a probationary Party member official: at the end of twelve months of probation.
//! - A **transfer** begins where the member belongs and is completed by the receipt at the other end. In
//!   between the member is in flight and still counts where the transfer began. A member may also come in
//!   from outside these books, or leave them by a transfer.
//! - A **departure** ends a membership: removed, expelled, withdrew, deceased.
//! - A **readmission** takes back a person who had left the Party: at least 36 months later, once, with the
//!   written consent of the provincial standing committee. It is no first admission.
//!
//! The state of a membership is the fold of these acts in the order of their days, whenever they were recorded. An act
//! may be added before others, replaced and taken out; what is then impossible (a recognition of who is not a member) is
//! refused with the act in the way, and what other acts tell because of it is told anew. The conditions of a decision
//! (ages, papers, waiting times) are judged when the act itself is recorded or corrected. Of an erased person they count
//! as held.

mod acts;
mod change;
mod http;
mod person;
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
