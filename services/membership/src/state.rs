//! Starting the service.

use std::sync::Arc;

use actix_web::web;
use chrono::NaiveDate;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use shared::Result;
use shared::access::{May, Scope};
use shared::access_records::AccessRecorder;
use shared::clock::Clock;
use shared::follow::{Follower, FollowerHandle, load_territory};
use shared::http::{Costly, Features};
use shared::journal::JournalReader;
use shared::personal::Vault;
use shared::service::Context;
use shared::storage::{Act, Db, Migrations};
use shared::territory::{Territory, TerritoryHandle};

use crate::findings::ToldUnits;
use crate::follows::Registry;
use crate::rule_book::RuleBook;

/// The service's name.
pub const NAME: &str = "membership";

static MIGRATIONS: Migrations = Migrations {
    sqlite: || {
        const SET: EmbeddedMigrations = embed_migrations!("../../migrations/membership/sqlite");
        SET
    },
    postgres: || {
        const SET: EmbeddedMigrations = embed_migrations!("../../migrations/membership/postgres");
        SET
    },
};

/// What the handlers of this service share.
#[derive(Clone)]
pub struct State {
    /// The service's database.
    pub db: Db,
    /// Reads its journal for callers.
    pub journal: JournalReader,
    /// Seals personal data.
    pub vault: Vault,
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

/// Starts the service: its database, its follower, and what is needed to mount it.
///
/// # Errors
/// Fails when the database cannot be opened, or was sealed with another master key.
pub async fn start(context: &Context) -> Result<(Features, State)> {
    let db = Db::open(&context.database_url, NAME, &MIGRATIONS)?;
    let master = context.master_key.clone();
    let act = Act { actor: format!("service:{NAME}"), at: context.clock.now(), batch: None };
    let vault = db.note(act, move |tx| Vault::open(tx, &master)).await?;
    let territory = TerritoryHandle::default();
    territory.set(db.read(load_territory).await?);
    let told_units = Arc::new(ToldUnits::default());
    let applies = Registry { db: db.clone(), territory: territory.clone(), told_units: Arc::clone(&told_units) };
    let applies = Arc::new(applies);
    let source = context.source("enterprise-registry", &context.registry_url);
    let registry = Follower::start(db.clone(), source, applies, context.clock.clone(), &context.background).await?;
    let rule_book = Arc::new(RuleBook::read()?);
    let state = State {
        db: db.clone(),
        journal: context.journal_reader(&db, NAME, &crate::published()).await?,
        access: AccessRecorder::new(db.clone(), vault.clone()),
        vault,
        clock: context.clock.clone(),
        territory,
        rule_book,
        registry: registry.clone(),
        costly: Costly::default(),
        told_units,
    };
    context.tend(&db);
    context.background.spawn(crate::findings::sweep_for_ever(state.clone()));
    let data = web::Data::new(state.clone());
    let features = Features {
        service: NAME,
        routes: crate::configure,
        gate: context.gate(NAME, state.territory.clone()),
        db,
        followers: vec![registry],
        state: Arc::new(move |config| {
            config.app_data(data.clone());
        }),
    };
    Ok((features, state))
}

/// What a command is carried out in: whose reach, which rules, which day.
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
