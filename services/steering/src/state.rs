//! What the handlers of this service share.

use std::sync::Arc;

use chrono::NaiveDate;
use shared::access::{May, Scope};
use shared::access_records::AccessRecorder;
use shared::clock::Clock;
use shared::follow::FollowerHandle;
use shared::http::Costly;
use shared::journal::JournalReader;
use shared::made_ids::MadeIds;
use shared::personal::Vault;
use shared::storage::Db;
use shared::territory::{Territory, TerritoryHandle};

/// The service's name.
pub const NAME: &str = "steering";

/// What the handlers of this service share.
#[derive(Clone)]
pub struct State {
    /// The service's database.
    pub db: Db,
    /// Reads its journal for callers.
    pub journal: JournalReader,
    /// Seals the names of those who hold seats.
    pub vault: Vault,
    /// Keeps the ids that callers made.
    pub made_ids: MadeIds,
    /// Records who saw a support team's names.
    pub access: AccessRecorder,
    /// Gives turns for costly work.
    pub costly: Costly,
    /// Tells the time.
    pub clock: Clock,
    /// Tells which areas there are.
    pub territory: TerritoryHandle,
    /// Follows enterprise-registry.
    pub registry: FollowerHandle,
}

/// The context of a command: the caller's scope, the areas, the day.
#[derive(Clone)]
pub struct Setting {
    /// The areas that the caller reaches.
    pub scope: Scope,
    /// The areas there are.
    pub territory: Arc<Territory>,
    /// Seals the names of those who hold seats.
    pub vault: Vault,
    /// Today in Viet Nam.
    pub today: NaiveDate,
}

impl State {
    /// The setting of a caller's command.
    #[must_use]
    pub fn setting<P>(&self, may: &May<P>) -> Setting {
        let (scope, territory, vault) = (may.scope.clone(), self.territory.get(), self.vault.clone());
        Setting { scope, territory, vault, today: may.today() }
    }
}
