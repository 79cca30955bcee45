//! Clients: programs that may call, each with a secret that is shown once.
//!
//! - A client belongs to an area, and is visible to callers whose scope covers that area.
//! - Its secret is 32 random bytes; only its SHA-256 is stored. A slow password hash would add nothing, because such
//!   a secret cannot be guessed.
//! - A new secret is valid beside the old one for a while. An administrator creates it, or the client itself, which
//!   must then authenticate with its newest secret.
//! - A client with public keys has no secret: it signs a proof for each token.
//! - A disabled client gets no more tokens, and every service refuses its tokens within seconds.
//! - The last administrator of a province in force cannot be disabled.

mod http;
mod keys;
mod store;

pub use http::{Client, Secret};
pub use keys::KeyShown;
pub(crate) use keys::find_key;
pub(crate) use store::{
    ClientIdentity, authenticate, find_grants_in_use, find_label, find_proved_by_key, has_clients, holders_of,
    insert_client, insert_service_client, list_ended_clients, note_use, put_service_client, replace_service_secret,
};

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(http::list_clients)
        .service(http::create_client)
        .service(http::find_client_by_id)
        .service(http::disable_client)
        .service(http::renew_client_secret)
        .service(keys::set_client_keys)
        .service(http::renew_own_secret);
}
