//! Migrations: forward only, the same names on both engines, run under a lock at the start.

use diesel::RunQueryDsl;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::AnyConnection;
use crate::{Error, Result, ResultExt};

/// The migrations of a database for one engine.
pub type MigrationSet = fn() -> EmbeddedMigrations;

/// The migrations of a database for both engines.
#[derive(Debug, Clone)]
pub struct Migrations {
    /// For SQLite.
    pub sqlite: MigrationSet,
    /// For PostgreSQL.
    pub postgres: MigrationSet,
}

/// What every database has: the journal, idempotency records, cursors, the copy of areas.
pub static SHARED_MIGRATIONS: Migrations = Migrations {
    sqlite: || {
        const SET: EmbeddedMigrations = embed_migrations!("../migrations/shared/sqlite");
        SET
    },
    postgres: || {
        const SET: EmbeddedMigrations = embed_migrations!("../migrations/shared/postgres");
        SET
    },
};

pub(super) fn run(connection: &mut AnyConnection, schema: &str, sets: &[Migrations]) -> Result<()> {
    // Diesel's migrations take no lock; a SQLite folder is locked by its file already.
    let is_server = matches!(connection, AnyConnection::Postgres(_));
    if is_server {
        diesel::sql_query("SET lock_timeout = '120s'").execute(connection)?;
        diesel::sql_query(format!("SELECT pg_advisory_lock(hashtext('migrations'), hashtext('{schema}'))"))
            .execute(connection)?;
    }
    let result = migrate(connection, is_server, schema, sets);
    if is_server {
        diesel::sql_query(format!("SELECT pg_advisory_unlock(hashtext('migrations'), hashtext('{schema}'))"))
            .execute(connection)?;
        diesel::sql_query("SET lock_timeout = '5s'").execute(connection)?;
    }
    result
}

fn migrate(connection: &mut AnyConnection, is_server: bool, schema: &str, sets: &[Migrations]) -> Result<()> {
    if is_server {
        diesel::sql_query(format!("CREATE SCHEMA IF NOT EXISTS {schema}"))
            .execute(connection)
            .doing("making the service's schema")?;
    }
    sets.iter().try_for_each(|set| run_one(connection, set))
}

fn run_one(connection: &mut AnyConnection, set: &Migrations) -> Result<()> {
    match connection {
        AnyConnection::Sqlite(sqlite) => sqlite.run_pending_migrations((set.sqlite)()).map(|_| ()),
        AnyConnection::Postgres(postgres) => postgres.run_pending_migrations((set.postgres)()).map(|_| ()),
    }
    .map_err(|source| -> Error { Error::internal(source) })
    .doing("bringing the database's schema up to date")
}
