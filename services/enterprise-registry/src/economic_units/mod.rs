//! Economic units: enterprises, cooperatives, household businesses.
//!
//! - A unit belongs to a commune that is in force on the day on which it is recorded there. It keeps the area as it
//!   was recorded; its area of today is computed from the area's successors.
//! - An enterprise's tax code has a check digit and belongs to one unit. A household's tax code is its
//!   representative's personal id since 1 July 2025: it is encrypted, masked, and never in the journal.
//! - A household is often named after its owner, and its address is the owner's home. Therefore its name and address
//!   are encrypted and masked like the number. It is found by its whole name only, and comes last in lists by name.
//! - The seven legal statuses are those of Decree 01/2021/NĐ-CP, Article 41, and Decree 168/2025/NĐ-CP, Article 35. A
//!   terminated unit stays terminated.
//!
//! The state of a unit is computed from its acts: the registration, changes of details, changes of the status. Each
//! act can be corrected and withdrawn. Earlier names, tax codes and addresses are stored here, and never in the
//! journal.

mod acts;
mod change;
mod commands;
mod corrections;
mod households;
mod http;
mod rules;
mod sealing;
mod store;
mod table;
mod verify;
mod versions;
mod words;

pub use acts::{change_status, register};
pub use households::{HouseholdPair, HouseholdPlace, list_households_after, list_pairs_of};
pub use http::EconomicUnit;
pub use rules::{ChangeEconomicUnitStatus, LegalForm, RegisterEconomicUnit, Status, TaxCode};
pub use store::{KeptUnit, find_unit, household_number_index};
pub use verify::{verify, verify_listed};
pub use versions::{UnitVersion, list_unit_versions};

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(http::list_economic_units)
        .service(table::export_economic_units)
        .service(commands::register_economic_unit)
        .service(http::find_economic_unit)
        .service(commands::change_economic_unit)
        .service(commands::replace_economic_unit)
        .service(commands::change_economic_unit_status)
        .service(commands::correct_economic_unit)
        .service(http::list_economic_unit_history)
        .service(http::list_economic_unit_versions);
}
