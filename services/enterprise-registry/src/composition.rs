//! How the service is put together: its routes, its API document, its start.

use std::sync::Arc;

use actix_web::web;
use chrono::{DateTime, Utc};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use shared::Result;
use shared::access_records::AccessRecorder;
use shared::follow::load_territory;
use shared::http::{Costly, DocumentInfo, Features};
use shared::lists::Marks;
use shared::made_ids::MadeIds;
use shared::personal::Vault;
use shared::scans::scan_for_ever;
use shared::service::Context;
use shared::storage::{Act, DatabaseUrl, Db, Migrations};
use shared::territory::TerritoryHandle;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::state::{NAME, State};
use crate::{access_records, areas, duplicates, economic_units, journal, reveals};

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

/// The routes of the service.
pub fn configure(config: &mut ServiceConfig<'_>) {
    areas::configure(config);
    economic_units::configure(config);
    reveals::configure(config);
    access_records::configure(config);
    config.service(journal::http::list_registry_journal).service(journal::http::find_registry_entry);
}

/// What its OpenAPI document says of itself.
#[must_use]
pub fn document_info() -> DocumentInfo {
    DocumentInfo {
        title: "enterprise-registry".to_owned(),
        description: "Administrative units with their periods and successions, and private economic units.".to_owned(),
        published: journal::published(),
    }
}

/// Compares the lists in which units are with what the units say: a line of text, and whether all is as it should be.
///
/// # Errors
/// Fails when the database cannot be read; a difference is an answer.
pub async fn verify_lists(url: &DatabaseUrl) -> Result<Vec<(String, bool)>> {
    Ok(vec![economic_units::verify_listed(url).await?])
}

impl State {
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
        areas::load(&db, Act { at: areas_at, ..act.clone() }).await?;
        let territory = TerritoryHandle::default();
        territory.set(db.read(load_territory).await?);
        let journal = context.journal_reader(&db, NAME, &journal::published()).await?;
        let marks = Marks::open(&db, &context.master_key, act).await?;
        let access = AccessRecorder::new(db.clone(), vault.clone());
        let costly = Costly::default();
        let made_ids = MadeIds::open(&db, vault.clone()).await?;
        let clock = context.clock.clone();
        Ok(Self { db, journal, marks, vault, made_ids, access, costly, clock, territory })
    }
}

/// Starts the service: what is needed to mount it.
#[must_use]
pub fn start(context: &Context, state: State) -> Features {
    context.tend(&state.db);
    context.background.spawn(scan_for_ever("duplicates", duplicates::Scanner::new(state.clone())));
    let data = web::Data::new(state.clone());
    Features {
        service: NAME,
        routes: configure,
        gate: context.gate(NAME, state.territory.clone()),
        db: state.db,
        followers: Vec::new(),
        state: Arc::new(move |config| {
            config.app_data(data.clone());
        }),
    }
}
