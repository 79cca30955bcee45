//! Grants: a client has a role over an area and its parts.
//!
//! - A caller who grants must have the permission over that area; nobody grants beyond their own scope.
//! - The area must exist. A grant over an area that has ended is read-only.
//! - Nobody grants to their own client.
//! - The last administrator of a province in force remains: the grant cannot be revoked, nor its client disabled.
//! - A grant takes effect with the client's next token, at most ten minutes later. Revoking a grant ends the tokens
//!   that carry it: every service refuses them within seconds.

mod http;
mod store;

pub(crate) use store::{end_tokens, grants_of, insert_grant, show_anew};

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(http::list_roles)
        .service(http::find_identity_reference_data)
        .service(http::list_grants)
        .service(http::create_grant)
        .service(http::find_grant)
        .service(http::revoke_grant);
}
