//! The ledger: decided acts on organisations and members, each with its day, number, decision and journal entry. They
//! are stored as `shared::acts` says. An inspector reads them here: figure -> journal entry -> act -> decision.

mod answers;
mod headcount;
mod http;
mod new_act;
mod store;

pub use answers::{Admitted, Moved};
pub use headcount::Headcount;
pub use http::{Act, OfAct, create_act, record_once};
pub use new_act::NewAct;
pub use store::verify_listed;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(http::list_acts).service(http::find_act);
}
