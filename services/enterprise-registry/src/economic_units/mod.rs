//! Economic units: enterprises, cooperatives, household businesses.
//!
//! - A unit stands in a commune that is in force on the day it is recorded there. It keeps the area as it
//!   was written; where that lies today is worked out from what became of the area.
//! - An enterprise's tax code has a check digit and belongs to one unit. A household's is its
//!   representative's personal id since 1 July 2025: it is sealed, masked, and never in the journal.
//! - A household is often named after its owner and stands where the owner lives: name and address are sealed and masked
//!   like the number. It is found by its whole name only, and stands in lists by name after all other units.
//! - The seven legal statuses are those of Decree 01/2021/NĐ-CP, Article 41, and Decree 168/2025/NĐ-CP,
//!   Article 35. A unit that was terminated stays so.
//!
//! The state of a unit is the fold of its acts: the registration, changes of what is kept, changes of the status. Each can be
//! put right and taken out. What names, tax codes and addresses were before is kept here, and never in the journal.

mod acts;
mod change;
mod commands;
mod corrections;
mod http;
mod rules;
mod sealing;
mod store;
mod verify;
mod versions;

pub use acts::{change_status, register};
pub use http::EconomicUnit;
pub use rules::{ChangeEconomicUnitStatus, LegalForm, RegisterEconomicUnit, Status, TaxCode};
pub use store::{HouseholdPair, KeptUnit, find_unit, household_number_index, household_pairs};
pub use verify::verify;
pub use versions::{UnitVersion, list_unit_versions};

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(http::list_economic_units)
        .service(commands::register_economic_unit)
        .service(http::find_economic_unit)
        .service(commands::change_economic_unit)
        .service(commands::replace_economic_unit)
        .service(commands::change_economic_unit_status)
        .service(commands::correct_economic_unit)
        .service(http::list_economic_unit_history)
        .service(http::list_economic_unit_versions);
}
