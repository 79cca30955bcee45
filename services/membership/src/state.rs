//! What the handlers of this service share.

use std::sync::Arc;

use chrono::NaiveDate;
use shared::access::{May, Scope};
use shared::access_records::AccessRecorder;
use shared::clock::Clock;
use shared::follow::FollowerHandle;
use shared::http::Costly;
use shared::journal::JournalReader;
use shared::lists::Marks;
use shared::made_ids::MadeIds;
use shared::personal::Vault;
use shared::storage::Db;
use shared::territory::{Territory, TerritoryHandle};

use crate::rule_book::RuleBook;
use crate::told_units::ToldUnits;

/// The service's name.
pub const NAME: &str = "membership";

/// What the handlers of this service share.
#[derive(Clone)]
pub struct State {
    /// The service's database.
    pub db: Db,
    /// Reads its journal for callers.
    pub journal: JournalReader,
    /// Seals the marks of its lists.
    pub marks: Marks,
    /// Seals personal data.
    pub vault: Vault,
    /// Keeps the ids that callers made.
    pub made_ids: MadeIds,
    /// Records looks at it.
    pub access: AccessRecorder,
    /// Tells the time.
    pub clock: Clock,
    /// Tells which areas there are.
    pub territory: TerritoryHandle,
    /// Kinds and thresholds.
    pub rule_book: Arc<RuleBook>,
    /// Follows enterprise-registry.
    pub registry: FollowerHandle,
    /// Gives turns for exports.
    pub costly: Costly,
    /// The units that are to be looked at for findings.
    pub told_units: Arc<ToldUnits>,
}

/// The context of a command: the caller's scope, the rules, the day.
#[derive(Clone)]
pub struct Setting {
    /// The areas that the caller reaches.
    pub scope: Scope,
    /// The areas there are.
    pub territory: Arc<Territory>,
    /// The rules.
    pub book: Arc<RuleBook>,
    /// Seals personal data.
    pub vault: Vault,
    /// Today in Viet Nam.
    pub today: NaiveDate,
}

impl State {
    /// The setting of a caller's command.
    #[must_use]
    pub fn setting<P>(&self, may: &May<P>) -> Setting {
        Setting {
            scope: may.scope.clone(),
            territory: self.territory.get(),
            book: Arc::clone(&self.rule_book),
            vault: self.vault.clone(),
            today: may.today(),
        }
    }
}
