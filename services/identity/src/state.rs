//! Starting the service.

use std::sync::Arc;

use actix_web::web;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use shared::Result;
use shared::clock::Clock;
use shared::follow::{Follower, FollowerHandle, load_territory};
use shared::http::Features;
use shared::journal::JournalReader;
use shared::service::Context;
use shared::storage::{Act, Db, Migrations};
use shared::territory::TerritoryHandle;

use crate::follows::Areas;
use crate::tokens::Signer;

/// The service's name.
pub const NAME: &str = "identity";

static MIGRATIONS: Migrations = Migrations {
    sqlite: || {
        const SET: EmbeddedMigrations = embed_migrations!("../../migrations/identity/sqlite");
        SET
    },
    postgres: || {
        const SET: EmbeddedMigrations = embed_migrations!("../../migrations/identity/postgres");
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
    /// Signs tokens.
    pub signer: Arc<Signer>,
    /// Tells the time.
    pub clock: Clock,
    /// Tells which areas there are.
    pub territory: TerritoryHandle,
    pub(crate) issuer: String,
}

impl State {
    /// Opens the service's database and its signing key.
    ///
    /// # Errors
    /// Fails when the database cannot be opened, or was sealed with another master key.
    pub async fn open(context: &Context) -> Result<Self> {
        let db = Db::open(&context.database_url, NAME, &MIGRATIONS)?;
        let master = context.master_key.clone();
        let act = Act { actor: format!("service:{NAME}"), at: context.clock.now(), batch: None };
        let signer = db.note(act, move |tx| Signer::open(tx, &master)).await?;
        let territory = TerritoryHandle::default();
        territory.set(db.read(load_territory).await?);
        let journal = context.journal_reader(&db, NAME, &crate::published()).await?;
        Ok(Self {
            db,
            journal,
            signer: Arc::new(signer),
            clock: context.clock.clone(),
            territory,
            issuer: context.issuer.clone(),
        })
    }
}

/// Starts the service: its follower, and what is needed to mount it.
///
/// # Errors
/// Fails when its database does.
pub async fn start(context: &Context, state: State) -> Result<Features> {
    let areas = Arc::new(Areas { db: state.db.clone(), territory: state.territory.clone() });
    let source = context.source("enterprise-registry", &context.registry_url);
    let follower = Follower::start(state.db.clone(), source, areas, context.clock.clone(), &context.background).await?;
    context.tend(&state.db);
    context.background.spawn(Arc::clone(&state.signer).tend_for_ever(state.db.clone(), state.clock.clone()));
    Ok(features(context, state, vec![follower]))
}

fn features(context: &Context, state: State, followers: Vec<FollowerHandle>) -> Features {
    let data = web::Data::new(state.clone());
    Features {
        service: NAME,
        routes: crate::configure,
        gate: context.gate(NAME, state.territory.clone()),
        db: state.db,
        followers,
        state: Arc::new(move |config| {
            config.app_data(data.clone());
        }),
    }
}
