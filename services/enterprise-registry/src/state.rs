//! Starting the service.

use std::sync::Arc;

use actix_web::web;
use chrono::{DateTime, NaiveDate, Utc};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use shared::Result;
use shared::access::{May, Scope};
use shared::access_records::AccessRecorder;
use shared::clock::Clock;
use shared::follow::load_territory;
use shared::http::{Costly, Features};
use shared::journal::JournalReader;
use shared::personal::Vault;
use shared::service::Context;
use shared::storage::{Act, Db, Migrations};
use shared::territory::{Territory, TerritoryHandle};

/// The service's name.
pub const NAME: &str = "enterprise-registry";

static MIGRATIONS: Migrations = Migrations {
    sqlite: || {
        const SET: EmbeddedMigrations = embed_migrations!("../../migrations/enterprise-registry/sqlite");
        SET
    },
    postgres: || {
        const SET: EmbeddedMigrations = embed_migrations!("../../migrations/enterprise-registry/postgres");
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
    /// Seals what is personal of households.
    pub vault: Vault,
    /// Records looks at it.
    pub access: AccessRecorder,
    /// Gives turns for costly work.
    pub costly: Costly,
    /// Tells the time.
    pub clock: Clock,
    /// Tells which areas there are.
    pub territory: TerritoryHandle,
}

/// What a command is carried out in: whose reach, which areas, which day.
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

    /// Opens the service's database; an empty one gets the administrative units, recorded at `areas_at`:
    /// now, or before the first event of a demonstration.
    ///
    /// # Errors
    /// Fails when the database cannot be opened, or was sealed with another master key.
    pub async fn open(context: &Context, areas_at: DateTime<Utc>) -> Result<Self> {
        let db = Db::open(&context.database_url, NAME, &MIGRATIONS)?;
        let master = context.master_key.clone();
        let act = Act { actor: format!("service:{NAME}"), at: context.clock.now(), batch: None };
        let vault = db.note(act.clone(), move |tx| Vault::open(tx, &master)).await?;
        crate::areas::load(&db, Act { at: areas_at, ..act }).await?;
        let territory = TerritoryHandle::default();
        territory.set(db.read(load_territory).await?);
        let journal = context.journal_reader(&db, NAME, &crate::published()).await?;
        let access = AccessRecorder::new(db.clone(), vault.clone());
        let costly = Costly::default();
        Ok(Self { db, journal, vault, access, costly, clock: context.clock.clone(), territory })
    }
}

/// Starts the service: what is needed to mount it.
#[must_use]
pub fn start(context: &Context, state: State) -> Features {
    context.tend(&state.db);
    context.background.spawn(crate::duplicates::sweep_for_ever(state.clone()));
    let data = web::Data::new(state.clone());
    Features {
        service: NAME,
        routes: crate::configure,
        gate: context.gate(NAME, state.territory.clone()),
        db: state.db,
        followers: Vec::new(),
        state: Arc::new(move |config| {
            config.app_data(data.clone());
        }),
    }
}
