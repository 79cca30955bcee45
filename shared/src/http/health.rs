//! Health: is the process alive, and is each of its services ready to serve?

use actix_web::{HttpResponse, get, web};
use serde::{Deserialize, Serialize};

use crate::follow::FollowerHandle;
use crate::storage::Db;

/// The readiness of a process.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Health {
    /// `ready` or `not_ready`.
    pub status: String,
    /// Each service of the process.
    pub services: Vec<Part>,
}

/// The readiness of one service.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Part {
    /// The service's name.
    pub service: String,
    /// Whether its database answers with the right schema.
    pub is_database_ready: bool,
    /// The journals that it follows.
    pub followers: Vec<FollowerPart>,
}

/// How a follower stands.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FollowerPart {
    /// The service whose journal is followed.
    pub source: String,
    /// How far it has been applied.
    pub seq: i64,
    /// The source's head when it was last heard.
    pub head_seq: i64,
    /// Whether the source answered the last question.
    pub is_source_reachable: bool,
    /// Whether the source's head was ever reached: before that nothing that is built from it is served.
    pub has_caught_up: bool,
    /// Why following stopped, as a code and what an operator must do; null while it goes on.
    pub stopped: Option<String>,
}

/// What readiness asks.
#[derive(Clone)]
pub(super) struct Probes(pub Vec<(&'static str, Db, Vec<FollowerHandle>)>);

/// Says that the process is alive.
///
/// Open to all. It asks nothing of the database: a process that answers here and not at `/readyz` is up and waits.
#[utoipa::path(tag = "health", responses((status = 200, description = "The process is alive")))]
#[get("/livez")]
pub async fn livez() -> &'static str {
    "alive"
}

/// Says whether each service of the process is ready.
///
/// Open to all. A service is ready when its database answers and its followers, none of which has stopped, have
/// once reached the heads of their sources.
#[utoipa::path(tag = "health", responses(
    (status = 200, body = Health, description = "Every service of the process is ready"),
    (status = 503, body = Health, description = "A service is not ready; the parts say which and why"),
))]
#[get("/readyz")]
pub async fn readyz(probes: web::Data<Probes>) -> HttpResponse {
    let mut services = Vec::new();
    for (service, db, followers) in &probes.0 {
        let is_database_ready = db.read(crate::journal::head_seq).await.is_ok();
        let followers = followers.iter().map(FollowerHandle::part).collect();
        services.push(Part { service: (*service).to_owned(), is_database_ready, followers });
    }
    let is_going = |follower: &FollowerPart| follower.has_caught_up && follower.stopped.is_none();
    let is_ready = services.iter().all(|part| part.is_database_ready && part.followers.iter().all(is_going));
    let health = Health { status: if is_ready { "ready" } else { "not_ready" }.to_owned(), services };
    if is_ready { HttpResponse::Ok().json(health) } else { HttpResponse::ServiceUnavailable().json(health) }
}
