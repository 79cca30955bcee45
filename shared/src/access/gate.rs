//! What a service needs to authenticate callers. Services in one process share one set of gates, each by its
//! service's name, because actix-web keeps shared data by type.

use std::collections::HashMap;
use std::sync::Arc;

use super::Verifier;
use crate::clock::Clock;
use crate::territory::TerritoryHandle;

/// The gate of one service.
#[derive(Debug, Clone)]
pub struct Gate {
    /// Verifies tokens.
    pub verifier: Arc<Verifier>,
    /// Tells what a grant reaches.
    pub territory: TerritoryHandle,
    /// Tells the time.
    pub clock: Clock,
}

/// The gates of all services in a process.
#[derive(Debug, Clone, Default)]
pub struct Gates(HashMap<&'static str, Gate>);

impl Gates {
    /// Adds a service's gate.
    pub fn insert(&mut self, service: &'static str, gate: Gate) {
        self.0.insert(service, gate);
    }

    /// Returns a service's gate.
    #[must_use]
    pub fn find(&self, service: &str) -> Option<&Gate> {
        self.0.get(service)
    }
}
