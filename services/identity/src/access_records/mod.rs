//! Access records of users, for inspectors: who saw whose login and name. A user sees the looks at their own account on the account
//! page. The mechanism is `shared::access_records`.

mod http;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(http::export_identity_access_records).service(http::list_identity_access_records);
}
