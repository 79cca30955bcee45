//! Organisations of every branch: superior committees and federations, and the organisations below them.
//!
//! - An organisation is founded by a decision, with enough members stated in it (rule book).
//! - One that existed before the start date of recording is recorded by an opening registration: no founding.
//! - An upgrade changes its kind and keeps its identity: no founding either. A dissolution ends it.
//! - It covers no, one or several economic units (a joint cell), which must not have ended.
//! - Superior bodies are public: any organisation may name one. Other superiors must be in the caller's scope.
//! - A union counts members without names, because a union of thousands does not send them. It does so by a
//!   collective admission, an opening registration, or the departure of a number, which cannot exceed its members.
//!
//! The state of an organisation is computed from these acts, whenever they were recorded: one may be added before
//! others, replaced and removed. [`hanging`] checks what depends on it: nothing is below an organisation, and nobody
//! is a member of it, before it is founded or after it has ended.

mod acts;
mod change;
mod commands;
mod ground;
mod hanging;
mod http;
mod known;
mod life;
mod on_ended_units;
mod openings;
mod status;
mod store;
mod table;
mod telling;
mod verify;

pub use acts::{
    AdmitCollectively, CollectiveAdmission, CollectiveDeparture, CollectiveOpening, Dissolution, DissolveOrganisation,
    EstablishOrganisation, Founding, FoundingMembers, HeadcountDeparture, HeadcountOpening, Opening, OrganisationAct,
    Upgrade, UpgradeOrganisation, admit_collectively, depart_collectively, dissolve, establish, open,
    open_collectively, upgrade,
};
pub use change::{Changed, replace, withdraw};
pub use ground::{clear_met, judge_opening};
pub use http::Organisation;
pub use known::Known;
pub use life::{act_in, joining, leaving};
pub use on_ended_units::{OnEndedUnit, list_of_these_on_ended_units, list_on_ended_units, list_on_these_ended_units};
pub use openings::before_recording;
pub use status::OrganisationStatus;
pub use store::{
    KeptOrganisation, area_on, find_for_act, find_kept, find_organisation, find_writable, intake_of,
    recording_start_above, recording_start_under, set_intake, set_recording_start,
};
pub use verify::{verify, verify_listed};

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(http::list_organisations)
        .service(table::export_organisations)
        .service(commands::establish_organisation)
        .service(commands::open_organisation)
        .service(http::find_organisation)
        .service(commands::upgrade_organisation)
        .service(commands::dissolve_organisation)
        .service(http::list_organisation_history);
}

/// The doors beside those of members, which are listed with theirs.
pub(crate) fn configure_headcounts(config: &mut ServiceConfig<'_>) {
    config.service(commands::admit_collectively);
}
