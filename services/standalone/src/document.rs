//! The merged API document: the routes of all services, and what it says of itself.

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
        steering::configure,
    ]
}

/// What the merged OpenAPI document says of itself.
#[must_use]
pub fn document_info() -> DocumentInfo {
    DocumentInfo {
        title: "Party and mass organisations in private economic units".to_owned(),
        description: "Identity, enterprise-registry, membership, reporting and steering in one process.\n\n\
            - Get a token with `POST /v1/oauth/token` (client credentials) and send it as `Authorization: Bearer`.\n\
            - Refusals are `application/problem+json` with a stable `code` and all faults at once, in Vietnamese or \
              English (`Accept-Language`); a refusal of the rule book cites its legal source.\n\
            - Lists have `limit` and `cursor`, and `total` with `count=true`. Changes of a record demand `If-Match`.\n\
            - Send `Idempotency-Key` with every change: a request repeated after a lost answer takes effect once.\n\
            - Follow `GET /v1/journal/{service}`; its kinds are described among the schemas.\n\
            - Lists of values in answers may grow: ignore what you do not know.\n\n\
            Demonstration data is invented: no real person, no real company."
            .to_owned(),
        published: [
            identity::published(),
            enterprise_registry::published(),
            membership::published(),
            reporting::published(),
            steering::published(),
        ]
        .concat(),
    }
}
