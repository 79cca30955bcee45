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

pub(super) fn run(connection: &mut AnyConnection, sets: &[Migrations]) -> Result<()> {
    // Diesel's migrations take no lock; a SQLite folder is locked by its file already.
    if let AnyConnection::Postgres(_) = connection {
        diesel::sql_query("SET lock_timeout = '120s'").execute(connection)?;
        diesel::sql_query("SELECT pg_advisory_lock(hashtext('migrations'), hashtext(current_schema()))")
            .execute(connection)?;
    }
    let result = sets.iter().try_for_each(|set| run_one(connection, set));
    if let AnyConnection::Postgres(_) = connection {
        diesel::sql_query("SELECT pg_advisory_unlock(hashtext('migrations'), hashtext(current_schema()))")
            .execute(connection)?;
        diesel::sql_query("SET lock_timeout = '5s'").execute(connection)?;
    }
    result
}

fn run_one(connection: &mut AnyConnection, set: &Migrations) -> Result<()> {
    match connection {
        AnyConnection::Sqlite(sqlite) => sqlite.run_pending_migrations((set.sqlite)()).map(|_| ()),
        AnyConnection::Postgres(postgres) => postgres.run_pending_migrations((set.postgres)()).map(|_| ()),
    }
    .map_err(|source| -> Error { Error::internal(source) })
    .doing("bringing the database's schema up to date")
}
