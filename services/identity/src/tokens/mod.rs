//! Tokens. A client proves itself with its secret or by signing (`assertion`), or an app shows a code or a refresh token of a person, and gets an access token
//! that is valid for ten minutes, carries roles over areas, and is signed with ES256. The public keys are published.
//!
//! A token names the services that it opens in `scope` and, as its audience (RFC 9068), in `aud`; each service
//! accepts only its own name. A client may ask for fewer than all services. A service's own client asks for the one
//! service that it calls, and its token opens only what services need of one another: the journals that they follow.
//!
//! The service publishes for fifteen minutes which tokens ended early: those of disabled clients and of revoked
//! grants.

mod assertion;
mod grants;
mod http;
mod rules;

use actix_web::web;
use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(http::create_token)
        .service(http::revoke_token)
        .service(http::find_keys)
        .service(http::find_metadata)
        .service(http::find_provider_metadata)
        .service(http::list_ended_tokens)
        .service(http::find_me)
        .service(http::find_user_info)
        .route("/v1/oauth/userinfo", web::post().to(http::user_info));
}
