//! Tokens. A client proves itself with its secret and gets an access token that holds for ten minutes,
//! carries its roles over areas, and is signed with ES256. The public keys are published.
//!
//! A token names the services it opens in `scope`; a client may ask for fewer. `service` is the scope of
//! the services among themselves, and only their own clients get it.

mod http;
mod rules;
mod signer;

pub use signer::Signer;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(http::create_token).service(http::find_keys).service(http::find_metadata).service(http::find_me);
}
