//! Admissions: how people become members.
//!
//! - An **admission** takes a person into the Party (on the day of the ceremony; probation begins) or the
//!   union. It rests on a decision paper, in an organisation that exists on that day.
//! - A **collective admission** takes a number of workers into a union; names are not sent.
//! - An **opening registration** brings in who was a member before the books began: no admission.
//! - A **readmission** takes back a person who had left the Party: at least 36 months later, once, with the
//!   written consent of the provincial standing committee. It is no first admission.

mod http;
mod people;
mod rules;

pub use people::{Admitted, admit, admit_collectively, member_state, open_members, readmit};
pub use rules::{AdmitCollectively, AdmitPerson, OpenMembers, ReadmitPerson, act_in, check_readmission, joining};

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(http::admit_person)
        .service(http::admit_collectively)
        .service(http::open_members)
        .service(http::readmit_person);
}
