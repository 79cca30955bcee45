//! standalone: all services in one process on one port, from the same code as apart: it only calls what
//! each service's `lib.rs` exposes, and the services still talk HTTP and tokens to each other, on an inner
//! loopback listener.

pub mod demo;
pub mod program;
mod system;

pub use system::{Options, System};

use shared::http::{DocumentInfo, configure_common};
use utoipa_actix_web::service_config::ServiceConfig;

/// The routes of all services, for their merged document.
#[must_use]
pub fn all_routes() -> Vec<fn(&mut ServiceConfig<'_>)> {
    vec![
        configure_common,
        identity::configure,
        enterprise_registry::configure,
        membership::configure,
        reporting::configure,
    ]
}

/// What the merged OpenAPI document says of itself.
#[must_use]
pub fn document_info() -> DocumentInfo {
    DocumentInfo {
        title: "Party and mass organisations in private economic units".to_owned(),
        description: "Identity, enterprise-registry, membership and reporting in one process.".to_owned(),
        published: [
            identity::published(),
            enterprise_registry::published(),
            membership::published(),
            reporting::published(),
        ]
        .concat(),
    }
}
