//! identity: API clients, roles, grants over areas; issues access tokens and publishes the keys that
//! verify them.
//!
//! - [`clients`]: who may call.
//! - [`grants`]: which role over which area.
//! - [`tokens`]: the token endpoint, the published keys, who am I.
//! - [`follows`]: areas, from enterprise-registry: a grant names an area that exists.
//! - [`provision`]: clients made on the machine: the first administrator, the services' own.

pub mod clients;
pub mod follows;
pub mod grants;
mod journal;
pub mod program;
pub mod provision;
mod schema;
mod state;
pub mod tokens;

pub use state::{NAME, State, start};

use shared::http::{DocumentInfo, PublishedKind};
use shared::published::{client, entry};
use utoipa_actix_web::service_config::ServiceConfig;

/// The routes of the service.
pub fn configure(config: &mut ServiceConfig<'_>) {
    tokens::configure(config);
    clients::configure(config);
    grants::configure(config);
    config.service(journal::http::list_identity_journal).service(journal::http::find_identity_entry);
}

/// What its OpenAPI document says of itself.
#[must_use]
pub fn document_info() -> DocumentInfo {
    DocumentInfo {
        title: "identity".to_owned(),
        description: "API clients, roles and grants over areas; access tokens and the keys that verify them."
            .to_owned(),
        published: published(),
    }
}

/// The kinds of journal entries that it writes.
#[must_use]
pub fn published() -> Vec<PublishedKind> {
    vec![
        PublishedKind::of::<client::ClientCreated>(),
        PublishedKind::of::<client::ClientDisabled>(),
        PublishedKind::of::<client::ClientSecretRenewed>(),
        PublishedKind::of::<client::GrantCreated>(),
        PublishedKind::of::<client::GrantRevoked>(),
        PublishedKind::of::<entry::EntrySetAside>(),
    ]
}
