//! enterprise-registry: administrative units and what became of them; economic units.
//!
//! - [`areas`]: administrative units as a tree with a time axis. Publishes `area.created`, `area.succeeded`.
//! - [`economic_units`]: private economic units. Publishes `economic_unit.registered`, `.changed`,
//!   `.status_changed`, `.withdrawn`, `.erased`.
//! - `reveals`: a household in clear, for a purpose. `access_records`: who looked.
//! - [`erasures`]: a household taken out of the database, with the counts left whole.
//! - [`duplicates`]: units that may be one. Publishes `economic_unit.duplicate_suspected`.
//!
//! It follows nobody.

mod access_records;
pub mod areas;
pub mod duplicates;
pub mod economic_units;
pub mod erasures;
mod journal;
pub mod program;
mod reveals;
mod schema;
mod state;

pub use state::{NAME, Setting, State, start};

use shared::http::{DocumentInfo, PublishedKind};
use shared::published::{area, economic_unit};
use utoipa_actix_web::service_config::ServiceConfig;

/// The routes of the service.
pub fn configure(config: &mut ServiceConfig<'_>) {
    areas::configure(config);
    economic_units::configure(config);
    reveals::configure(config);
    access_records::configure(config);
    config.service(journal::http::list_registry_journal).service(journal::http::find_registry_entry);
}

/// What its OpenAPI document says of itself.
#[must_use]
pub fn document_info() -> DocumentInfo {
    DocumentInfo {
        title: "enterprise-registry".to_owned(),
        description: "Administrative units with their periods and successions, and private economic units.".to_owned(),
        published: published(),
    }
}

/// The kinds of journal entries that it writes.
#[must_use]
pub fn published() -> Vec<PublishedKind> {
    let mut kinds = area::published();
    kinds.extend(economic_unit::published());
    kinds
}
