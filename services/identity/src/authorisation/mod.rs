//! How apps act for people: the authorisation code with PKCE (RFC 6749, RFC 7636, RFC 8252, RFC 9700), and refresh tokens.
//!
//! 1. The app opens `/v1/oauth/authorize` in the browser. The person signs in, sees which app asks, and agrees.
//! 2. The browser is sent to the app's registered address with a code, which is valid for a minute and is taken once.
//! 3. The app exchanges the code, with the verifier that only it knows, for an access token and a refresh token.
//! 4. A refresh token is taken once. Each gives the next one; where the answer was lost, it gives the same next one again for a minute,
//!    as long as that one was not used. An older one ends the session: somebody may have stolen it.
//!
//! A wrong app or address is told on a page of ours; the browser is sent nowhere then.

mod endpoint;
mod exchange;
mod rules;
mod store;

pub(crate) use endpoint::{agree, authorize};
pub(crate) use exchange::{Exchange, Exchanged, exchange_code, refresh, revoke};
pub(crate) use store::forget_codes;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(authorize).service(agree);
}
