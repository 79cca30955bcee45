//! How the service is put together: its routes, its API document, its start.

use std::sync::Arc;

use actix_web::web;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use shared::Result;
use shared::access_records::AccessRecorder;
use shared::follow::{Areas, Follower, load_territory};
use shared::http::{Costly, DocumentInfo, Features};
use shared::made_ids::MadeIds;
use shared::personal::Vault;
use shared::service::Context;
use shared::storage::{Act, Db, Migrations};
use shared::territory::TerritoryHandle;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::gaps::Expectations;
use crate::state::{NAME, State};
use crate::{access_records, bodies, conferences, documents, due, gaps, issuing_duties, journal, reveals, tasks};

static MIGRATIONS: Migrations = Migrations {
    sqlite: || {
        const SET: EmbeddedMigrations = embed_migrations!("../../migrations/steering/sqlite");
        SET
    },
    postgres: || {
        const SET: EmbeddedMigrations = embed_migrations!("../../migrations/steering/postgres");
        SET
    },
};

/// The routes of the service.
pub fn configure(config: &mut ServiceConfig<'_>) {
    bodies::configure(config);
    documents::configure(config);
    issuing_duties::configure(config);
    gaps::configure(config);
    conferences::configure(config);
    tasks::configure(config);
    due::configure(config);
    reveals::configure(config);
    access_records::configure(config);
    config.service(journal::http::list_steering_journal).service(journal::http::find_steering_entry);
}

/// What its OpenAPI document says of itself.
#[must_use]
pub fn document_info() -> DocumentInfo {
    DocumentInfo {
        title: "steering".to_owned(),
        description: "Steering committees and their support teams: their seats, who holds them, and what is missing. Documents and how \
                      they rest on one another. Conferences, and the tasks that bodies give."
            .to_owned(),
        published: journal::published(),
    }
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
    let applies = Arc::new(Areas { db: db.clone(), territory: territory.clone() });
    let source = context.source("enterprise-registry", &context.registry_url);
    let registry = Follower::start(db.clone(), source, applies, context.clock.clone(), &context.background).await?;
    let expectations = Arc::new(Expectations::read()?);
    let state = State {
        db: db.clone(),
        journal: context.journal_reader(&db, NAME, &journal::published()).await?,
        access: AccessRecorder::new(db.clone(), vault.clone()),
        made_ids: MadeIds::open(&db, vault.clone()).await?,
        vault,
        costly: Costly::default(),
        clock: context.clock.clone(),
        territory: territory.clone(),
        registry: registry.clone(),
    };
    context.tend(&db);
    let (data, expectations) = (web::Data::new(state.clone()), web::Data::from(expectations));
    let features = Features {
        service: NAME,
        routes: configure,
        gate: context.gate(NAME, territory),
        db,
        followers: vec![registry],
        state: Arc::new(move |config| {
            config.app_data(data.clone()).app_data(expectations.clone());
        }),
    };
    Ok((features, state))
}
