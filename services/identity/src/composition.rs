//! How the service is put together: its routes, its API document, its start.

use std::sync::Arc;

use actix_web::web;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use shared::Result;
use shared::access_records::AccessRecorder;
use shared::clock::Clock;
use shared::follow::{Areas, Follower, FollowerHandle, load_territory};
use shared::http::{Costly, DocumentInfo, Features};
use shared::made_ids::MadeIds;
use shared::personal::Vault;
use shared::service::Context;
use shared::storage::{Act, Db, Migrations, Tx};
use shared::territory::TerritoryHandle;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::authorisation::forget_codes;
use crate::credentials::{Passwords, forget_failures};
use crate::proofs::forget_proofs;
use crate::provider::ProviderHandle;
use crate::sessions::forget_old;
use crate::signer::Signer;
use crate::state::{NAME, State};
use crate::{access_records, apps, authorisation, clients, grants, journal, sign_in, tokens, users};

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

/// The routes of the service.
pub fn configure(config: &mut ServiceConfig<'_>) {
    tokens::configure(config);
    clients::configure(config);
    grants::configure(config);
    users::configure(config);
    access_records::configure(config);
    apps::configure(config);
    authorisation::configure(config);
    sign_in::configure(config);
    config.service(journal::http::list_identity_journal).service(journal::http::find_identity_entry);
}

/// What its OpenAPI document says of itself.
#[must_use]
pub fn document_info() -> DocumentInfo {
    DocumentInfo {
        title: "identity".to_owned(),
        description:
            "People and programs, their roles over areas, signing in; access tokens and the keys that verify them."
                .to_owned(),
        published: journal::published(),
    }
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
        let opened = move |tx: &mut Tx<'_>| Ok((Signer::open(tx, &master)?, Vault::open(tx, &master)?));
        let (signer, vault) = db.note(act, opened).await?;
        let territory = TerritoryHandle::default();
        territory.set(db.read(load_territory).await?);
        let journal = context.journal_reader(&db, NAME, &journal::published()).await?;
        let made_ids = MadeIds::open(&db, vault.clone()).await?;
        let access = AccessRecorder::new(db.clone(), vault.clone());
        Ok(Self {
            db,
            journal,
            made_ids,
            signer: Arc::new(signer),
            access,
            costly: Costly::default(),
            vault,
            passwords: Passwords::new()?,
            clock: context.clock.clone(),
            territory,
            issuer: context.issuer.clone(),
            provider: ProviderHandle::default(),
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
    let issuer = state.issuer.clone();
    let act = Act { actor: format!("service:{NAME}"), at: state.clock.now(), batch: None };
    state.db.note(act, move |tx| apps::move_reader(tx, &issuer)).await?;
    context.background.spawn(Arc::clone(&state.signer).tend_for_ever(state.db.clone(), state.clock.clone()));
    context.background.spawn(forget_for_ever(state.db.clone(), state.clock.clone()));
    Ok(features(context, state, vec![follower]))
}

/// Forgets sessions, codes and failed sign-ins that are over, every few minutes.
async fn forget_for_ever(db: Db, clock: Clock) {
    const PAUSE: std::time::Duration = std::time::Duration::from_secs(300);
    loop {
        let act = || Act { actor: format!("service:{NAME}"), at: clock.now(), batch: None };
        for forget in [forget_old, forget_codes, forget_failures, forget_proofs] {
            loop {
                match db.note(act(), forget).await {
                    Ok(0) => break,
                    Ok(_) => {}
                    Err(error) => {
                        log::warn!("what is over was not forgotten: {error:?}");
                        break;
                    }
                }
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn features(context: &Context, state: State, followers: Vec<FollowerHandle>) -> Features {
    let data = web::Data::new(state.clone());
    Features {
        service: NAME,
        routes: configure,
        gate: context.gate(NAME, state.territory.clone()),
        db: state.db,
        followers,
        state: Arc::new(move |config| {
            config.app_data(data.clone());
        }),
    }
}
