//! How the service is put together: its routes, its API document, its start.

use std::sync::Arc;

use actix_web::web;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use shared::Result;
use shared::access_records::AccessRecorder;
use shared::follow::{Follower, load_territory};
use shared::http::{Costly, DocumentInfo, Features};
use shared::lists::Marks;
use shared::made_ids::MadeIds;
use shared::personal::Vault;
use shared::scans::scan_for_ever;
use shared::service::Context;
use shared::storage::{Act, DatabaseUrl, Db, Migrations};
use shared::territory::TerritoryHandle;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::follows::Registry;
use crate::rule_book::RuleBook;
use crate::state::{NAME, State};
use crate::told_units::ToldUnits;
use crate::{
    access_records, corrections, findings, intakes, journal, ledger, memberships, organisations, people,
    recording_starts, rule_book,
};

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

/// The routes of the service.
pub fn configure(config: &mut ServiceConfig<'_>) {
    organisations::configure(config);
    intakes::configure(config);
    recording_starts::configure(config);
    people::configure(config);
    access_records::configure(config);
    memberships::configure(config);
    organisations::configure_headcounts(config);
    corrections::configure(config);
    findings::configure(config);
    ledger::configure(config);
    rule_book::configure(config);
    config.service(journal::http::list_membership_journal).service(journal::http::find_membership_entry);
}

/// What its OpenAPI document says of itself.
#[must_use]
pub fn document_info() -> DocumentInfo {
    DocumentInfo {
        title: "membership".to_owned(),
        description: "Organisations of the Party and the mass organisations, people and their memberships, and the \
                      rules that bind both."
            .to_owned(),
        published: journal::published(),
    }
}

/// Compares the lists in which records are with what the records say: each a line of text, and whether all is as it should be.
///
/// # Errors
/// Fails when the database cannot be read; a difference is an answer.
pub async fn verify_lists(url: &DatabaseUrl) -> Result<Vec<(String, bool)>> {
    let mut found = vec![organisations::verify_listed(url).await?, people::verify_listed(url).await?];
    found.extend([ledger::verify_listed(url).await?, findings::verify_listed(url).await?]);
    Ok(found)
}

/// Starts the service: its database, its follower, and what is needed to mount it.
///
/// # Errors
/// Fails when the database cannot be opened, or was sealed with another master key.
pub async fn start(context: &Context) -> Result<(Features, State)> {
    let db = Db::open(&context.database_url, NAME, &MIGRATIONS)?;
    let master = context.master_key.clone();
    let act = Act { actor: format!("service:{NAME}"), at: context.clock.now(), batch: None };
    let vault = db.note(act.clone(), move |tx| Vault::open(tx, &master)).await?;
    let territory = TerritoryHandle::default();
    territory.set(db.read(load_territory).await?);
    let told_units = Arc::new(ToldUnits::default());
    let applies = Registry { db: db.clone(), territory: territory.clone(), told_units: Arc::clone(&told_units) };
    let applies = Arc::new(applies);
    let source = context.source("enterprise-registry", &context.registry_url);
    let registry = Follower::start(db.clone(), source, applies, context.clock.clone(), &context.background).await?;
    let book = Arc::new(RuleBook::read()?);
    let state = State {
        db: db.clone(),
        journal: context.journal_reader(&db, NAME, &journal::published()).await?,
        marks: Marks::open(&db, &context.master_key, act).await?,
        access: AccessRecorder::new(db.clone(), vault.clone()),
        made_ids: MadeIds::open(&db, vault.clone()).await?,
        vault,
        clock: context.clock.clone(),
        territory,
        rule_book: Arc::clone(&book),
        registry: registry.clone(),
        costly: Costly::default(),
        told_units,
    };
    context.tend(&db);
    context.background.spawn(scan_for_ever("findings", findings::Scanner::new(state.clone())));
    let (data, book) = (web::Data::new(state.clone()), web::Data::from(book));
    let features = Features {
        service: NAME,
        routes: configure,
        gate: context.gate(NAME, state.territory.clone()),
        db,
        followers: vec![registry],
        state: Arc::new(move |config| {
            config.app_data(data.clone()).app_data(book.clone());
        }),
    };
    Ok((features, state))
}
