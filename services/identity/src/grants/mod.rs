//! Grants: a client has a role over an area and its parts.
//!
//! - Who grants must be permitted to over that area; nobody grants beyond the own reach.
//! - The area must exist; one that has ended can be granted, and lets read and not write.
//! - Nobody grants to the own client.
//! - The last administrator of a province in force stays: the grant cannot be taken back, nor its client disabled.
//! - A grant takes effect with the client's next token, at most ten minutes later. One that is taken back ends the
//!   tokens that carry it: every service refuses them within seconds.

mod http;
mod rules;
mod store;

pub(crate) use store::{end_tokens, grants_of, insert_grant, keep_an_administrator, show_anew};

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(http::list_roles)
        .service(http::list_grants)
        .service(http::create_grant)
        .service(http::find_grant)
        .service(http::revoke_grant);
}
