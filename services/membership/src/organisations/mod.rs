//! Organisations of every branch: superior committees and federations, and what answers to them.
//!
//! - An organisation is founded by a decision paper, with enough members stated in it (rule book).
//! - One that existed before the books began comes in as an opening registration: no founding.
//! - An upgrade changes its kind and keeps its identity: no founding either.
//! - It covers no, one or several economic units (a joint cell), which must not have ceased.
//! - Superior bodies are public: any organisation may name one. Other superiors must be within reach.

mod http;
mod life;
mod rules;
mod store;

pub use http::{Organisation, dissolve, establish, open, upgrade};
pub use life::{act_in, joining, leaving};
pub use rules::{DissolveOrganisation, EstablishOrganisation, Facts, FoundingMembers, UpgradeOrganisation};
pub use store::{
    KeptOrganisation, area_on, count_below, find_for_act, find_kept, find_organisation, find_writable, first_below_on,
    founded_under, intake_of, organisations_on_terminated_units, set_established_on, set_intake, units_of, withdraw,
};

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(http::list_organisations)
        .service(http::establish_organisation)
        .service(http::open_organisation)
        .service(http::find_organisation)
        .service(http::upgrade_organisation)
        .service(http::dissolve_organisation)
        .service(http::list_organisation_history);
}
