//! Measurements for a monitoring system, in the OpenMetrics format: requests by route, journals, followers,
//! connections. Labels are route templates and names of services, never what a caller sent.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::{HttpResponse, web};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use strum::IntoEnumIterator;

use super::Answer;
use super::health::{Probe, Probes};
use super::security::SecurityEvent;
use crate::ResultExt;
use crate::storage::Db;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    method: &'static str,
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EventLabels {
    event: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ServiceLabels {
    service: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FollowerLabels {
    service: String,
    source: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ConnectionLabels {
    service: String,
    pool: String,
    state: String,
}

/// The measurements of a process.
pub(super) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    seconds: Family<RouteLabels, Histogram, fn() -> Histogram>,
    heads: Family<ServiceLabels, Gauge>,
    lag_entries: Family<FollowerLabels, Gauge>,
    lag_seconds: Family<FollowerLabels, Gauge<f64, AtomicU64>>,
    is_following: Family<FollowerLabels, Gauge>,
    connections: Family<ConnectionLabels, Gauge>,
    events: Family<EventLabels, Counter>,
    identity_heard: Family<ServiceLabels, Gauge<f64, AtomicU64>>,
    locks: Locks,
}

/// For how long changes held the lock of each service's journal: every database measures its own.
#[derive(Debug, Clone, Default)]
struct Locks(Arc<Mutex<BTreeMap<&'static str, Histogram>>>);

impl Locks {
    fn show(&self, service: &'static str, db: &Db) {
        if let Ok(mut shown) = self.0.lock() {
            shown.entry(service).or_insert_with(|| db.lock_seconds());
        }
    }
}

impl Collector for Locks {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let help = "For how long changes held the lock of a service's journal";
        let shown = self.0.lock().map_err(|_| std::fmt::Error)?;
        let mut family = encoder.encode_descriptor("journal_lock_seconds", help, None, MetricType::Histogram)?;
        for (service, seconds) in shown.iter() {
            let labels = ServiceLabels { service: (*service).to_owned() };
            seconds.encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

/// Half a millisecond to sixteen seconds.
fn latency() -> Histogram {
    Histogram::new(std::iter::successors(Some(0.0005), |bound| Some(bound * 2.0)).take(16))
}

impl Metrics {
    pub(super) fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::default(),
            requests: Family::default(),
            seconds: Family::new_with_constructor(latency),
            heads: Family::default(),
            lag_entries: Family::default(),
            lag_seconds: Family::default(),
            is_following: Family::default(),
            connections: Family::default(),
            events: Family::default(),
            identity_heard: Family::default(),
            locks: Locks::default(),
        };
        let registry = &mut metrics.registry;
        registry.register("http_requests", "Requests answered", metrics.requests.clone());
        registry.register("http_request_seconds", "How long answers took", metrics.seconds.clone());
        registry.register("journal_head", "The last entry of a service's journal", metrics.heads.clone());
        registry.register("follower_lag_entries", "Entries of the source not applied yet", metrics.lag_entries.clone());
        registry.register(
            "follower_lag_seconds",
            "For how long a follower has been behind",
            metrics.lag_seconds.clone(),
        );
        registry.register(
            "follower_following",
            "1 while a follower goes on and its source answers, else 0",
            metrics.is_following.clone(),
        );
        registry.register("database_connections", "Connections by pool and state", metrics.connections.clone());
        registry.register("security_events", "Events that concern security", metrics.events.clone());
        registry.register(
            "identity_heard_seconds",
            "For how long identity has not told which tokens ended",
            metrics.identity_heard.clone(),
        );
        registry.register_collector(Box::new(metrics.locks.clone()));
        // A monitoring system sees from the start what can be counted.
        for event in SecurityEvent::iter() {
            let _ = metrics.events.get_or_create(&EventLabels { event: event.as_str() });
        }
        metrics
    }

    /// Counts an event that concerns security.
    pub(super) fn count_event(&self, event: SecurityEvent) {
        self.events.get_or_create(&EventLabels { event: event.as_str() }).inc();
    }

    /// Counts an answer. Its method and its route come from closed lists.
    pub(super) fn count(&self, method: &'static str, route: &str, status: u16, took: Duration) {
        let route = route.to_owned();
        let labels = RouteLabels { method, route: route.clone() };
        self.seconds.get_or_create(&labels).observe(took.as_secs_f64());
        self.requests.get_or_create(&RequestLabels { method, route, status: u32::from(status) }).inc();
    }

    /// Looks at each service of the process as it stands now.
    async fn look(&self, probes: &Probes) {
        for Probe { service, db, followers, verifier } in &probes.services {
            self.locks.show(service, db);
            let service = (*service).to_owned();
            if let Some(ago) = verifier.heard_ago() {
                let labels = ServiceLabels { service: service.clone() };
                self.identity_heard.get_or_create(&labels).set(ago.as_secs_f64());
            }
            if let Ok(head) = db.read(crate::journal::head_seq).await {
                self.heads.get_or_create(&ServiceLabels { service: service.clone() }).set(head);
            }
            for (pool, [idle, busy]) in db.connections() {
                for (state, count) in [("idle", idle), ("busy", busy)] {
                    let (pool, state) = (pool.to_owned(), state.to_owned());
                    let labels = ConnectionLabels { service: service.clone(), pool, state };
                    self.connections.get_or_create(&labels).set(i64::from(count));
                }
            }
            for follower in followers {
                let part = follower.part();
                let labels = FollowerLabels { service: service.clone(), source: part.source };
                self.lag_entries.get_or_create(&labels).set((part.head_seq - part.seq).max(0));
                self.lag_seconds.get_or_create(&labels).set(follower.behind_for().as_secs_f64());
                let is_following = part.stopped.is_none() && part.is_source_reachable;
                self.is_following.get_or_create(&labels).set(i64::from(is_following));
            }
        }
    }
}

/// Tells operators the process's measurements, as OpenMetrics text: requests by route template, method and status,
/// latency histograms, journal heads, followers' lag in entries and seconds, database connections, security events.
pub(super) async fn find_metrics(probes: web::Data<Probes>, metrics: web::Data<Metrics>) -> Answer<HttpResponse> {
    metrics.look(&probes).await;
    let mut text = String::new();
    encode(&mut text, &metrics.registry).doing("writing the measurements")?;
    Ok(HttpResponse::Ok().content_type("application/openmetrics-text; version=1.0.0; charset=utf-8").body(text))
}
