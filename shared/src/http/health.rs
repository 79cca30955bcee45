//! Health: is the process alive, and is each of its services ready to serve?

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::{HttpResponse, get, web};
use serde::{Deserialize, Serialize};

use super::Features;
use crate::Id;
use crate::access::Verifier;
use crate::follow::FollowerHandle;
use crate::storage::Db;

/// The readiness of a process.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Health {
    /// `ready` or `not_ready`.
    pub status: String,
    /// Each service of the process.
    pub services: Vec<Part>,
}

/// The readiness of one service.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Part {
    /// The service's name.
    pub service: String,
    /// Whether its database answers with the right schema.
    pub is_database_ready: bool,
    /// The journals that it follows.
    pub followers: Vec<FollowerPart>,
}

/// How a follower stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
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
    /// The entry that cannot be applied; null where something else stopped it, or nothing did.
    pub stopped_entry: Option<StoppedEntry>,
}

/// The entry that a follower stands at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoppedEntry {
    /// Its place in the source's journal.
    pub seq: i64,
    /// Its id: by it an operator sets it aside.
    pub id: Id,
    /// Its kind.
    pub kind: String,
}

impl FollowerPart {
    /// Whether what the source records reaches the follower.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.is_source_reachable && self.stopped.is_none()
    }
}

/// What readiness asks.
pub(super) struct Probes {
    pub services: Vec<Probe>,
    /// When readiness was looked at, and what it was: probes are not counted, and must cost nothing.
    looked: tokio::sync::Mutex<Option<(Instant, bool)>>,
}

/// What readiness asks of one service.
pub(super) struct Probe {
    pub service: &'static str,
    pub db: Db,
    pub followers: Vec<FollowerHandle>,
    pub verifier: Arc<Verifier>,
}

impl Probes {
    pub(super) fn of(services: &[Features]) -> Self {
        let probe = |one: &Features| Probe {
            service: one.service,
            db: one.db.clone(),
            followers: one.followers.clone(),
            verifier: Arc::clone(&one.gate.verifier),
        };
        Self { services: services.iter().map(probe).collect(), looked: tokio::sync::Mutex::default() }
    }

    async fn health(&self) -> Health {
        let mut services = Vec::new();
        for Probe { service, db, followers, .. } in &self.services {
            let is_database_ready = db.read(crate::journal::head_seq).await.is_ok();
            let followers = followers.iter().map(FollowerHandle::part).collect();
            services.push(Part { service: (*service).to_owned(), is_database_ready, followers });
        }
        // What a follower has built is served, also when it stopped.
        let is_built = |part: &Part| part.followers.iter().all(|follower| follower.has_caught_up);
        let is_ready = services.iter().all(|part| part.is_database_ready && is_built(part));
        Health { status: if is_ready { "ready" } else { "not_ready" }.to_owned(), services }
    }

    /// Says whether every service can serve, looking at most four times a second.
    async fn is_ready(&self) -> bool {
        const LOOKED_EVERY: Duration = Duration::from_millis(250);
        let mut looked = self.looked.lock().await;
        match *looked {
            Some((at, is_ready)) if at.elapsed() < LOOKED_EVERY => is_ready,
            _ => {
                let is_ready = self.health().await.is_ready();
                *looked = Some((Instant::now(), is_ready));
                is_ready
            }
        }
    }
}

impl Health {
    fn is_ready(&self) -> bool {
        self.status == "ready"
    }
}

/// Says that the process is alive.
///
/// Open to all. It asks nothing of the database: a process that answers here and not at `/readyz` is up and waits.
#[utoipa::path(tag = "health", responses(
    (status = 200, body = String, content_type = "text/plain", description = "The process is alive"),
))]
#[get("/livez")]
pub async fn livez() -> &'static str {
    "alive"
}

/// Says whether each service of the process can serve.
///
/// Open to all. A service is ready when its database answers and what it builds from other services' journals was
/// built once. The word is `ready` or `not_ready`; which part is not, operators read at their own port.
#[utoipa::path(tag = "health", responses(
    (status = 200, body = String, content_type = "text/plain", description = "Every service of the process is ready"),
    (status = 503, body = String, content_type = "text/plain", description = "A service is not ready"),
))]
#[get("/readyz")]
pub async fn readyz(probes: web::Data<Probes>) -> HttpResponse {
    if probes.is_ready().await {
        HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ready")
    } else {
        HttpResponse::ServiceUnavailable().content_type("text/plain; charset=utf-8").body("not_ready")
    }
}

/// Tells operators how each part of the process stands.
pub(super) async fn find_health(probes: web::Data<Probes>) -> HttpResponse {
    let health = probes.health().await;
    if health.is_ready() { HttpResponse::Ok().json(health) } else { HttpResponse::ServiceUnavailable().json(health) }
}
