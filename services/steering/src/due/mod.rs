//! What is due: open tasks, reports that wait for the giver, tasks whose receiver is gone, and terms that end.
//!
//! Nothing of it is stored: it is computed from the tasks and the bodies of today, in days of Viet Nam.

mod http;
mod rules;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(http::list_due_in_steering);
}
