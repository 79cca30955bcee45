//! The ledger: what was decided about an organisation or a member, each act with its day, its number, its
//! decision paper, and the journal entry that told it. They are kept as `shared::acts` says; an inspector reads
//! them here: figure -> journal entry -> act -> decision paper.

mod answers;
mod headcount;
mod http;
mod new_act;
mod store;

pub use answers::{Admitted, Moved};
pub use headcount::Headcount;
pub use http::{Act, OfAct, record_once};
pub use new_act::NewAct;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(http::list_acts).service(http::find_act);
}
