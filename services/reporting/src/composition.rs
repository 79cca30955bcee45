//! How the service is put together: its routes, its API document, its start.

use std::sync::Arc;

use actix_web::web;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use shared::Result;
use shared::follow::{Applies, Follower, Source, load_territory};
use shared::http::{Costly, DocumentInfo, Features};
use shared::service::Context;
use shared::storage::{Act, Db, Migrations};
use shared::territory::TerritoryHandle;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::figures::note_for_ever;
use crate::follows::{Members, Registry};
use crate::indicators::Catalogue;
use crate::rebuilds::Rebuilder;
use crate::state::{NAME, State};
use crate::steps::ReadingSteps;
use crate::sums::fill_covered;
use crate::{coverage, figures, indicators, journal, rebuilds};

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

/// The routes of the service.
pub fn configure(config: &mut ServiceConfig<'_>) {
    indicators::configure(config);
    figures::configure(config);
    coverage::configure(config);
    rebuilds::configure(config);
    config.service(journal::http::list_reporting_journal).service(journal::http::find_reporting_entry);
}

/// What its OpenAPI document says of itself.
#[must_use]
pub fn document_info() -> DocumentInfo {
    DocumentInfo {
        title: "reporting".to_owned(),
        description: "Figures that can be followed back to the decision papers behind them.".to_owned(),
        published: journal::published(),
    }
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
        operations: context.operations(&db, NAME),
        url: context.database_url.clone(),
        migrations: &MIGRATIONS,
        registry: context.source("enterprise-registry", &context.registry_url),
        membership: context.source("membership", &context.membership_url),
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
    let catalogue = Arc::new(Catalogue::read()?);
    let state = State {
        db: db.clone(),
        journal: context.journal_reader(&db, NAME, &journal::published()).await?,
        clock: context.clock.clone(),
        territory: territory.clone(),
        catalogue: Arc::clone(&catalogue),
        followers: followers.clone(),
        made_ids: context.made_ids(&db, NAME).await?,
        costly: Costly::default(),
        steps: ReadingSteps::default(),
    };
    let data = (web::Data::new(state.clone()), web::Data::from(catalogue), web::Data::from(rebuilder));
    let features = Features {
        service: NAME,
        routes: configure,
        gate: context.gate(NAME, territory),
        db,
        followers,
        state: Arc::new(move |config| {
            let (state, catalogue, rebuilder) = data.clone();
            config.app_data(state).app_data(catalogue).app_data(rebuilder);
        }),
    };
    Ok((features, state))
}
