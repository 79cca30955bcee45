//! Tokens. A client proves itself with its secret and gets an access token that holds for ten minutes,
//! carries its roles over areas, and is signed with ES256. The public keys are published.
//!
//! A token names the services it opens in `scope` and, as its audience (RFC 9068), in `aud`; each service accepts its
//! own name only. A client may ask for fewer than all. A service's own client asks for the one service that it
//! calls, and its token opens there what services need of one another: journals that are followed.
//!
//! Which tokens ended early, of disabled clients and grants taken back, is told to all services for fifteen minutes.

mod http;
mod rules;
mod signer;

pub use signer::Signer;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(http::create_token)
        .service(http::find_keys)
        .service(http::find_metadata)
        .service(http::list_ended_tokens)
        .service(http::find_me);
}
