//! Clients: programs that may call, each with a secret that is shown once.
//!
//! - A client belongs to an area, and is seen by those whose scope covers it.
//! - Its secret is 32 random bytes; only its SHA-256 is kept. A slow password hash would add nothing, since
//!   such a secret cannot be guessed.
//! - A new secret stands beside the one in use for a while: an administrator makes it, or the client itself, which proves itself by
//!   its newest secret for that.
//! - A disabled client gets no more tokens, and those it holds are refused by every service within seconds.
//! - The last administrator of a province in force cannot be disabled.

mod http;
mod store;

pub use http::{Client, Secret};
pub(crate) use store::{
    ClientIdentity, authenticate, has_clients, insert_client, list_ended_tokens, note_use, put_service_client,
    replace_service_secret,
};

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(http::list_clients)
        .service(http::create_client)
        .service(http::find_client_by_id)
        .service(http::disable_client)
        .service(http::renew_client_secret)
        .service(http::renew_own_secret);
}
