//! Starting the service.

use std::sync::Arc;

use actix_web::web;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use shared::Result;
use shared::clock::Clock;
use shared::follow::{Applies, Follower, FollowerHandle, Source, load_territory};
use shared::http::{Costly, Features};
use shared::journal::JournalReader;
use shared::service::Context;
use shared::storage::{Act, Db, Migrations};
use shared::territory::TerritoryHandle;

use crate::figures::note_for_ever;
use crate::follows::{Members, Registry};
use crate::indicators::Catalogue;
use crate::rebuilds::Rebuilder;
use crate::sums::fill_covered;

/// The service's name.
pub const NAME: &str = "reporting";

static MIGRATIONS: Migrations = Migrations {
    sqlite: || {
        const SET: EmbeddedMigrations = embed_migrations!("../../migrations/reporting/sqlite");
        SET
    },
    postgres: || {
        const SET: EmbeddedMigrations = embed_migrations!("../../migrations/reporting/postgres");
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
    /// Tells the time.
    pub clock: Clock,
    /// Tells which areas there are.
    pub territory: TerritoryHandle,
    /// What is counted.
    pub catalogue: Arc<Catalogue>,
    /// The journals it follows.
    pub followers: Vec<FollowerHandle>,
    /// Builds the facts anew.
    pub rebuilder: Arc<Rebuilder>,
    /// Gives turns for figures.
    pub costly: Costly,
}

/// Starts the service: its database, its followers, and what is needed to mount it.
///
/// # Errors
/// Fails when the database cannot be opened.
pub async fn start(context: &Context) -> Result<(Features, State)> {
    let db = Db::open(&context.database_url, NAME, &MIGRATIONS)?;
    let territory = TerritoryHandle::default();
    territory.set(db.read(load_territory).await?);
    let rebuilder = Arc::new(Rebuilder {
        db: db.clone(),
        url: context.database_url.clone(),
        migrations: &MIGRATIONS,
        registry: context.source("enterprise-registry", &context.registry_url),
        membership: context.source("membership", &context.membership_url),
        clock: context.clock.clone(),
        background: context.background.clone(),
    });
    rebuilder.check().await?;
    let act = Act { actor: format!("service:{NAME}"), at: context.clock.now(), batch: None };
    db.note(act, fill_covered).await?;
    let follow = |source: &Source, applies: Arc<dyn Applies>| {
        Follower::start(db.clone(), source.clone(), applies, context.clock.clone(), &context.background)
    };
    let registry = Arc::new(Registry::new(db.clone(), territory.clone()));
    let registry = follow(&rebuilder.registry, registry).await?;
    let members = follow(&rebuilder.membership, Arc::new(Members::new(db.clone()))).await?;
    context.tend(&db);
    let followers = vec![registry, members];
    context.background.spawn(note_for_ever(db.clone(), followers.clone(), context.clock.clone()));
    let state = State {
        db: db.clone(),
        journal: context.journal_reader(&db, NAME, &crate::published()).await?,
        clock: context.clock.clone(),
        territory: territory.clone(),
        catalogue: Arc::new(Catalogue::read()?),
        followers: followers.clone(),
        rebuilder,
        costly: Costly::default(),
    };
    let data = web::Data::new(state.clone());
    let features = Features {
        service: NAME,
        routes: crate::configure,
        gate: context.gate(NAME, territory),
        db,
        followers,
        state: Arc::new(move |config| {
            config.app_data(data.clone());
        }),
    };
    Ok((features, state))
}
