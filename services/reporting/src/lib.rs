//! reporting: facts, indicators, figures.
//!
//! - [`facts`]: one counted thing each, made from the entries of the followed journals.
//! - [`indicators`]: what is counted of the facts, as checked-in data.
//! - [`figures`]: indicators computed for a body, a period and a map, at a position; and the entries that a
//!   figure counted.
//! - [`rebuilds`]: facts made anew beside those that are served.
//! - [`coverage`]: from which day an area has data.
//! - [`follows`]: areas and economic units from enterprise-registry; organisations and members from membership.
//!
//! It publishes `coverage.stated`, `entry.set_aside`, `entry.taken_up`.

pub mod coverage;
pub mod facts;
pub mod figures;
pub mod follows;
pub mod indicators;
mod journal;
mod periods;
pub mod program;
pub mod rebuilds;
mod schema;
mod state;
pub mod sums;

pub use state::{NAME, State, start};

use shared::http::{DocumentInfo, PublishedKind};
use shared::published::coverage::CoverageStated;
use shared::published::entry::{EntrySetAside, EntryTakenUp};
use utoipa_actix_web::service_config::ServiceConfig;

/// The routes of the service.
pub fn configure(config: &mut ServiceConfig<'_>) {
    indicators::configure(config);
    figures::configure(config);
    coverage::configure(config);
    rebuilds::configure(config);
    config.service(journal::http::list_reporting_journal).service(journal::http::find_reporting_entry);
}

/// What its OpenAPI document says of itself.
#[must_use]
pub fn document_info() -> DocumentInfo {
    DocumentInfo {
        title: "reporting".to_owned(),
        description: "Figures that can be followed back to the decision papers behind them.".to_owned(),
        published: published(),
    }
}

/// The kinds of journal entries that it writes.
#[must_use]
pub fn published() -> Vec<PublishedKind> {
    vec![
        PublishedKind::of::<CoverageStated>(),
        PublishedKind::of::<EntrySetAside>(),
        PublishedKind::of::<EntryTakenUp>(),
    ]
}
