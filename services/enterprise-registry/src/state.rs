//! What the handlers of this service share.

use std::sync::Arc;

use chrono::NaiveDate;
use shared::access::{May, Scope};
use shared::access_records::AccessRecorder;
use shared::clock::Clock;
use shared::http::Costly;
use shared::journal::JournalReader;
use shared::lists::Marks;
use shared::made_ids::MadeIds;
use shared::personal::Vault;
use shared::storage::Db;
use shared::territory::{Territory, TerritoryHandle};

/// The service's name.
pub const NAME: &str = "enterprise-registry";

/// What the handlers of this service share.
#[derive(Clone)]
pub struct State {
    /// The service's database.
    pub db: Db,
    /// Reads its journal for callers.
    pub journal: JournalReader,
    /// Seals the marks of its lists.
    pub marks: Marks,
    /// Seals what is personal of households.
    pub vault: Vault,
    /// Keeps the ids that callers made.
    pub made_ids: MadeIds,
    /// Records looks at it.
    pub access: AccessRecorder,
    /// Gives turns for costly work.
    pub costly: Costly,
    /// Tells the time.
    pub clock: Clock,
    /// Tells which areas there are.
    pub territory: TerritoryHandle,
}

/// The context of a command: the caller's scope, the areas, the day.
#[derive(Clone)]
pub struct Setting {
    /// The areas that the caller reaches.
    pub scope: Scope,
    /// The areas there are.
    pub territory: Arc<Territory>,
    /// Seals what is personal of households.
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
