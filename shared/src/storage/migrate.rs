//! Migrations: forward only, the same names on both engines, run under a lock at the start.

use std::collections::BTreeSet;

use diesel::RunQueryDsl;
use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel::sqlite::Sqlite;
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
        // A step may rewrite a table of millions of rows.
        diesel::sql_query("SET statement_timeout = 0").execute(connection)?;
        diesel::sql_query(format!("SELECT pg_advisory_lock(hashtext('migrations'), hashtext('{schema}'))"))
            .execute(connection)?;
    }
    let result = migrate(connection, is_server, schema, sets);
    if is_server {
        diesel::sql_query(format!("SELECT pg_advisory_unlock(hashtext('migrations'), hashtext('{schema}'))"))
            .execute(connection)?;
        diesel::sql_query("SET lock_timeout = '5s'").execute(connection)?;
        diesel::sql_query("SET statement_timeout = '60s'").execute(connection)?;
    }
    result
}

fn migrate(connection: &mut AnyConnection, is_server: bool, schema: &str, sets: &[Migrations]) -> Result<()> {
    if is_server {
        // A role that owns this schema and nothing else may not even ask to make it.
        let make = format!("IF to_regnamespace('{schema}') IS NULL THEN CREATE SCHEMA {schema}; END IF;");
        diesel::sql_query(format!("DO $$ BEGIN {make} END $$"))
            .execute(connection)
            .doing("making the service's schema")?;
    }
    refuse_unknown(connection, sets)?;
    sets.iter().try_for_each(|set| run_one(connection, set))
}

/// A program must not write into a schema that it does not know: a newer program made it, or one from before the
/// first release, whose databases are not brought up to date.
fn refuse_unknown(connection: &mut AnyConnection, sets: &[Migrations]) -> Result<()> {
    let doing = "comparing the database's schema with this program's";
    let (known, applied) = match connection {
        AnyConnection::Sqlite(sqlite) => (
            sets.iter().map(|set| versions_of::<Sqlite>((set.sqlite)())).collect::<Result<Vec<_>>>()?,
            sqlite.applied_migrations().doing(doing)?,
        ),
        AnyConnection::Postgres(postgres) => (
            sets.iter().map(|set| versions_of::<Pg>((set.postgres)())).collect::<Result<Vec<_>>>()?,
            postgres.applied_migrations().doing(doing)?,
        ),
    };
    let known: BTreeSet<String> = known.into_iter().flatten().collect();
    match applied.iter().map(ToString::to_string).find(|version| !known.contains(version)) {
        Some(version) if known.first().is_some_and(|oldest| version < *oldest) => Err(Error::trouble(
            "cơ sở dữ liệu do chương trình trước bản phát hành đầu tiên tạo ra: bắt đầu với thư mục dữ liệu hoặc cơ sở dữ \
             liệu trống",
            "the database was made by a program from before the first release: begin with an empty data folder or \
             database",
        )),
        Some(version) => Err(Error::trouble(
            format!(
                "cơ sở dữ liệu đã được nâng lên bản {version} mà chương trình này không biết: chạy chương trình mới hơn, \
                 hoặc khôi phục bản sao lưu tạo trước lần nâng cấp đó"
            ),
            format!(
                "the database was brought to migration {version}, which this program does not know: start the newer \
                 program, or restore a backup that was made before it"
            ),
        )),
        None => Ok(()),
    }
}

fn versions_of<DB: diesel::backend::Backend>(set: EmbeddedMigrations) -> Result<Vec<String>> {
    let all = MigrationSource::<DB>::migrations(&set).doing("reading this program's migrations")?;
    Ok(all.iter().map(|migration| migration.name().version().to_string()).collect())
}

fn run_one(connection: &mut AnyConnection, set: &Migrations) -> Result<()> {
    match connection {
        AnyConnection::Sqlite(sqlite) => sqlite.run_pending_migrations((set.sqlite)()).map(|_| ()),
        AnyConnection::Postgres(postgres) => postgres.run_pending_migrations((set.postgres)()).map(|_| ()),
    }
    .map_err(|error| {
        Error::trouble(
            format!("không nâng cấp được cấu trúc cơ sở dữ liệu, chưa có gì bị thay đổi: {error}"),
            format!("bringing the database's schema up to date, of which nothing was done: {error}"),
        )
    })
}
