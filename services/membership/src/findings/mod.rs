//! Findings: pairs of records that are each right and together doubtful, and acts whose conditions are no longer met.
//! A person settles them.
//!
//! - `possible_duplicate`: two active memberships of one branch whose persons have the same personal id. The caller
//!   who recorded the second one was not informed if the first one is outside their scope.
//! - `possible_duplicate_unit`: two households with one tax code, reported by the registry. The caller who registered
//!   the second one was not informed either.
//! - `organisation_on_terminated_unit`: an active organisation covers an economic unit that has ended. Both services
//!   were right, and nothing is cascaded: a person decides whether the organisation goes on or ends.
//! - `condition_no_longer_met`: an act was right when it was recorded, and a correction of another act, or of the
//!   person, removed one of its conditions. Examples are a recognition whose probation began later than was recorded,
//!   and a founding under a committee that is in another area.
//! - `membership_after_death`: a person who is recorded as deceased in one membership has another one, of whatever
//!   branch, that goes on, or began or ended after that day. The callers who recorded them may not see each other's
//!   record.
//! - A finding belongs to the smallest area of today that contains both records, and is visible to callers whose
//!   scope covers that area.
//! - A background scan looks for findings at no fixed time, so that neither the response time nor the journal entries
//!   of a write reveal whether there is one. No request starts it.
//! - It looks at what changed since the last scan: in the own journal, and in the registry's entries about units. It
//!   looks at everything when the program starts, once a day, and after an organisation was corrected, because its
//!   members are then elsewhere. It also does so if another replica has read entries about units, or if a cause is in
//!   areas that are not known yet.
//! - The system closes a finding whose cause has gone, and opens it again if the cause returns.

mod causes;
mod finding;
mod http;
mod rules;
mod scan;
mod store;
mod told;

pub use scan::{Scanner, look_once};
pub use store::{put_duplicate_units, verify_listed};

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(http::list_findings).service(http::find_finding).service(http::settle_finding);
}
