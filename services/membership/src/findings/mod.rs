//! Findings: pairs of records that are each right and together doubtful, and acts whose conditions are not met any more,
//! for a person to settle.
//!
//! - `possible_duplicate`: two active memberships of one branch whose persons have the same personal id. Who
//!   recorded the second one was not told, if the first lay outside the own reach.
//! - `possible_duplicate_unit`: two households with one tax code, as the registry tells. Who registered the second one
//!   was not told either.
//! - `organisation_on_terminated_unit`: an active organisation covers an economic unit that has ended. Two
//!   services were each right, and nothing is cascaded: a person says whether the organisation goes on or ends.
//! - `condition_no_longer_met`: an act was right when it was recorded, and a correction of another act, or of the person,
//!   took its ground away: a recognition whose probation began later than was recorded, a founding under a committee that
//!   stands elsewhere.
//! - `membership_after_death`: a person who is recorded as deceased in one membership has another one, of whatever branch,
//!   that goes on, or began or ended after that day. Who recorded either may not see the other.
//! - A finding belongs to the smallest unit that holds both, as it is called today, and is seen by those
//!   whose reach covers that unit.
//! - Findings are looked for apart from the writes, in the background and at no fixed time, so that neither the time
//!   nor the journal of a write tells whether there is one. No request looks for them.
//! - What was told since the last look is looked at: by the own journal, and by what the registry told of units. Everything is
//!   looked at when the program starts, once a day, and when an organisation was put right, since its members stand elsewhere then.
//!   The same where another replica was told of units, or a cause lies in areas that are not known yet.
//! - A finding whose cause is gone is closed by the system, and opened again should the cause come back.

mod causes;
mod http;
mod rules;
mod store;
mod sweep;
mod told;

pub use store::put_duplicate_units;
pub use sweep::{Sweeper, sweep, sweep_for_ever};
pub use told::ToldUnits;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(http::list_findings).service(http::find_finding).service(http::settle_finding);
}
