//! People: who is or was a member of an organisation.
//!
//! - Every field is sealed with the person's own key. Lists show a mask; the clear form is shown by a
//!   reveal, with a purpose.
//! - Every look leaves an access record: where it cannot be written, nothing is shown.
//! - A person is seen by those whose scope covers the commune of one of the person's memberships.
//! - A personal id belongs to one person. Details sent with the id of somebody in the caller's scope must agree with what is
//!   recorded (`person_differs`); what is not recorded yet is added, and nothing is replaced: a correction of the person
//!   does that, and keeps what it was. Rules judge what is recorded.
//! - An id that a caller made for somebody who is recorded already leads to that person for good (`aliases.rs`).
//! - An erased person is in no list and at no door; the memberships stay for the counts.
//! - "This person is a member already" is told only to those who may see that record. Elsewhere the record
//!   is accepted in the same words as one of a person unknown until then.

mod aliases;
mod deaths;
mod duplicates;
mod http;
mod listed;
mod membership;
mod notes;
mod rules;
mod store;

pub use aliases::{person_of, subject_of};
pub use deaths::{AfterDeath, list_after_deaths, list_after_these_deaths};
pub use duplicates::{
    DuplicatesAfter, LiveMembership, list_live_memberships, list_memberships_and_persons, list_possible_duplicates,
    list_possible_duplicates_of,
};
pub use listed::{move_members_of, note_erased, verify_listed};
pub use membership::{EndReason, MemberStanding, MembershipStatus};
pub use notes::seal_note;
pub use rules::{AgeFacts, NewPerson, PersonDetails, check_age, check_born, parse};
pub use store::{
    KeptMembership, KnownPerson, OpenedPerson, birth_date_of, correct_person, find_known, find_membership, find_person,
    insert_membership, list_all_memberships_of, list_memberships_of, parallel_to, personal_id_of, record_person,
    refuse_known, update_membership,
};

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(http::list_people)
        .service(http::find_person)
        .service(http::reveal_person)
        .service(http::find_membership_by_id);
}
