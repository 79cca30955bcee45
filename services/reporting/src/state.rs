//! What the handlers of this service share.

use std::sync::Arc;

use shared::clock::Clock;
use shared::follow::FollowerHandle;
use shared::http::Costly;
use shared::journal::JournalReader;
use shared::made_ids::MadeIds;
use shared::storage::Db;
use shared::territory::TerritoryHandle;

use crate::indicators::Catalogue;
use crate::steps::ReadingSteps;

/// The service's name.
pub const NAME: &str = "reporting";

/// What the handlers of this service share.
#[derive(Clone)]
pub struct State {
    /// The service's database.
    pub db: Db,
    /// Reads its journal for callers.
    pub journal: JournalReader,
    /// Tells the time.
    pub clock: Clock,
    /// Tells which areas there are.
    pub territory: TerritoryHandle,
    /// What is counted.
    pub catalogue: Arc<Catalogue>,
    /// The journals it follows.
    pub followers: Vec<FollowerHandle>,
    /// The ids that callers made.
    pub made_ids: MadeIds,
    /// Gives turns for figures.
    pub costly: Costly,
    /// How many rows the entries behind a figure are read at a time.
    pub steps: ReadingSteps,
}
