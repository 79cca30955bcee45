//! Grants: a client has a role over an area and its parts.
//!
//! - Who grants must be permitted to over that area; nobody grants beyond the own reach.
//! - The area must exist; one that has ended can be granted, and lets read and not write.
//! - A grant takes effect with the client's next token, at most ten minutes later.

mod http;
mod store;

pub(crate) use store::{grants_of, insert_grant};

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(http::list_roles)
        .service(http::list_grants)
        .service(http::create_grant)
        .service(http::find_grant)
        .service(http::revoke_grant);
}
