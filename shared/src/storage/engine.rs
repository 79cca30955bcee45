//! The two engines behind one connection type, and transactions on both.
#![allow(missing_docs, reason = "Diesel's derive makes public items without a word")]

use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::pg::PgConnection;
use diesel::r2d2::{ManageConnection, R2D2Connection};
use diesel::sqlite::SqliteConnection;
use diesel::{Connection, QueryResult, RunQueryDsl};

use super::DatabaseUrl;
use super::fault::is_lost;
use crate::{Code, Error, Result, ResultExt};

/// How long SQLite waits for another connection's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection to either engine.
#[derive(diesel::MultiConnection)]
pub enum AnyConnection {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

/// A connection of a pool.
pub(super) struct Link {
    pub connection: AnyConnection,
    /// Whether it is not to be used again.
    pub is_lost: bool,
    /// How many losses of the pool it is known to have outlived.
    pub losses_seen: u64,
}

impl Link {
    /// Asks the database whether it still answers on this connection.
    pub(super) fn is_alive(&mut self) -> bool {
        self.connection.ping().is_ok()
    }
}

/// Opens connections for the pool. Diesel's own manager would try one engine after the other, and
/// take an unreachable server's URL for a file name.
#[derive(Debug, Clone)]
pub(super) struct Manager {
    url: DatabaseUrl,
    service: String,
    purpose: Purpose,
}

/// What connections are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Serving,
    /// A database that is being built, and is discarded if the build is interrupted.
    Making,
}

impl Purpose {
    /// A transaction that touches more pages than fit in memory writes some of them twice. A database that is being built need not be
    /// durable, and is removed whole.
    const fn on_sqlite(self) -> &'static str {
        match self {
            // The log is kept short beside the writes (`super::write_ahead`); a gigabyte is a write's to copy, where that failed.
            Self::Serving => "PRAGMA wal_autocheckpoint = 262144; PRAGMA journal_size_limit = 33554432;",
            Self::Making => {
                "PRAGMA cache_size = -65536; PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 16384; \
                 PRAGMA secure_delete = OFF;"
            }
        }
    }

    const fn on_postgres(self) -> &'static str {
        match self {
            Self::Serving => "",
            Self::Making => "SET synchronous_commit = off;",
        }
    }
}

impl Manager {
    pub(super) fn new(url: DatabaseUrl, service: &str, purpose: Purpose) -> Self {
        Self { url, service: service.to_owned(), purpose }
    }
}

impl ManageConnection for Manager {
    type Connection = Link;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> std::result::Result<Link, Self::Error> {
        let mut connection = match &self.url {
            DatabaseUrl::Folder(_) => {
                let path = self.url.file(&self.service);
                let text = path.to_str().ok_or_else(|| {
                    diesel::r2d2::Error::ConnectionError(diesel::ConnectionError::BadConnection(
                        "the data folder's path is not valid text".to_owned(),
                    ))
                })?;
                SqliteConnection::establish(text).map(AnyConnection::Sqlite)
            }
            DatabaseUrl::Server(url) => PgConnection::establish(url).map(AnyConnection::Postgres),
        }
        .map_err(diesel::r2d2::Error::ConnectionError)?;
        let setup = match &connection {
            AnyConnection::Sqlite(_) => format!(
                "PRAGMA busy_timeout = {}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                 PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON; {}",
                BUSY_TIMEOUT.as_millis(),
                self.purpose.on_sqlite()
            ),
            AnyConnection::Postgres(_) => {
                let schema = schema_of(&self.service);
                format!(
                    "SET client_min_messages = warning; \
                     SET search_path = {schema}; SET timezone = 'UTC'; SET lock_timeout = '5s'; \
                     SET statement_timeout = '60s'; {}",
                    self.purpose.on_postgres()
                )
            }
        };
        connection.batch_execute(&setup).map_err(diesel::r2d2::Error::QueryError)?;
        speak_plainly(&mut connection)?;
        Ok(Link { connection, is_lost: false, losses_seen: 0 })
    }

    fn is_valid(&self, link: &mut Link) -> std::result::Result<(), Self::Error> {
        link.connection.ping().map_err(diesel::r2d2::Error::QueryError)
    }

    fn has_broken(&self, link: &mut Link) -> bool {
        std::thread::panicking() || link.is_lost || link.connection.is_broken()
    }
}

#[derive(diesel::QueryableByName)]
struct Setting {
    #[diesel(sql_type = diesel::sql_types::Text)]
    value: String,
}

/// Lets the server speak the language of its source, by which [`super::fault`] knows faults that Diesel has no kind
/// for. Where the role may not choose it, the server must speak it already.
fn speak_plainly(connection: &mut AnyConnection) -> std::result::Result<(), diesel::r2d2::Error> {
    let AnyConnection::Postgres(_) = connection else { return Ok(()) };
    let chosen = "DO $$ BEGIN SET lc_messages = 'C'; EXCEPTION WHEN insufficient_privilege THEN NULL; END $$";
    connection.batch_execute(chosen).map_err(diesel::r2d2::Error::QueryError)?;
    let spoken: Setting = diesel::sql_query("SELECT current_setting('lc_messages') AS value")
        .get_result(connection)
        .map_err(diesel::r2d2::Error::QueryError)?;
    let is_plain = ["C", "POSIX", "en", ""].iter().any(|one| *one == spoken.value || *one == language(&spoken.value));
    if is_plain {
        return Ok(());
    }
    Err(diesel::r2d2::Error::ConnectionError(diesel::ConnectionError::BadConnection(format!(
        "PostgreSQL words its errors in {}: let a superuser run ALTER ROLE <this service's role> SET lc_messages = 'C'",
        spoken.value
    ))))
}

/// The language of a locale: `en` of `en_US.UTF-8`, `C` of `C.UTF-8`.
fn language(locale: &str) -> &str {
    locale.split(['_', '.', '@']).next().unwrap_or_default()
}

/// The schema of a service: its name, with nothing in it that would need quoting.
pub(super) fn schema_of(service: &str) -> String {
    service.replace('-', "_")
}

/// Begins questions in one snapshot, so that the answers belong together.
pub(super) fn begin_snapshot(connection: &mut AnyConnection) -> QueryResult<()> {
    begin(connection, "BEGIN", "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
}

/// Lets the questions of a snapshot take as long as they need: for commands of operators, which no caller waits for.
///
/// # Errors
/// Fails when the database does.
pub fn without_time_limit(connection: &mut AnyConnection) -> Result<()> {
    if let AnyConnection::Postgres(postgres) = connection {
        postgres.batch_execute("SET LOCAL statement_timeout = 0")?;
    }
    Ok(())
}

/// Begins a change with journal entries: it waits until no other such change of this database runs, in any process. SQLite
/// takes its write lock; on PostgreSQL the journal's lock is taken in the same round trip, by
/// a statement of its own, so that all that is read afterwards is read after the wait.
pub(super) fn begin_write(connection: &mut AnyConnection) -> QueryResult<()> {
    begin(
        connection,
        "BEGIN IMMEDIATE",
        "BEGIN; SELECT pg_advisory_xact_lock(hashtext('journal'), hashtext(current_schema()))",
    )
}

/// Begins a change without journal entries; on PostgreSQL others may run at the same time.
pub(super) fn begin_note(connection: &mut AnyConnection) -> QueryResult<()> {
    begin(connection, "BEGIN IMMEDIATE", "BEGIN")
}

fn begin(connection: &mut AnyConnection, sqlite: &str, postgres: &str) -> QueryResult<()> {
    let begun = match connection {
        AnyConnection::Sqlite(connection) => AnsiTransactionManager::begin_transaction_sql(connection, sqlite),
        AnyConnection::Postgres(connection) => AnsiTransactionManager::begin_transaction_sql(connection, postgres),
    };
    if let (Err(_), AnyConnection::Postgres(postgres)) = (&begun, connection) {
        // The first of two statements may have been done.
        let _ = postgres.batch_execute("ROLLBACK");
    }
    begun
}

/// Ends questions: nothing was changed.
pub(super) fn finish_snapshot<T>(
    connection: &mut AnyConnection,
    work: impl FnOnce(&mut AnyConnection) -> Result<T>,
) -> Result<T> {
    finish(connection, work).map_err(|error| match error.code() {
        Code::OutcomeUnknown => Error::new(Code::Unavailable).because(error),
        _ => error,
    })
}

/// Does work in the transaction that was begun, and commits it.
///
/// # Errors
/// Returns the work's failure, in which case nothing is changed; `outcome_unknown` where the connection was lost
/// while the server committed.
pub(super) fn finish<T>(
    connection: &mut AnyConnection,
    work: impl FnOnce(&mut AnyConnection) -> Result<T>,
) -> Result<T> {
    match work(connection) {
        Ok(value) => match <AnyConnection as Connection>::TransactionManager::commit_transaction(connection) {
            Ok(()) => Ok(value),
            Err(error) if is_lost(&error) => Err(Error::new(Code::OutcomeUnknown).because(error)),
            Err(error) => Err(error.into()),
        },
        Err(error) => {
            if let Err(rollback) = <AnyConnection as Connection>::TransactionManager::rollback_transaction(connection) {
                log::warn!("rolling back failed: {rollback}");
            }
            Err(error)
        }
    }
}

/// Does a part of a transaction that can fail alone.
///
/// # Errors
/// Returns the work's failure; then nothing of the part is changed.
pub(super) fn in_savepoint<T>(
    connection: &mut AnyConnection,
    work: impl FnOnce(&mut AnyConnection) -> Result<T>,
) -> Result<T> {
    <AnyConnection as Connection>::TransactionManager::begin_transaction(connection)?;
    finish(connection, work)
}

/// The result of SQLite's copy of log pages into the database.
#[derive(diesel::QueryableByName)]
pub(super) struct Checkpoint {
    #[diesel(sql_type = diesel::sql_types::Integer)]
    busy: i32,
    /// How many pages the log has.
    #[diesel(sql_type = diesel::sql_types::Integer)]
    #[diesel(column_name = "log")]
    pub pages: i32,
    /// How many of them are copied.
    #[diesel(sql_type = diesel::sql_types::Integer)]
    #[diesel(column_name = "checkpointed")]
    pub copied: i32,
}

/// Copies as much of SQLite's log as it can without waiting for anybody, and without anybody waiting for it.
pub(super) fn copy_log(connection: &mut AnyConnection) -> Result<Checkpoint> {
    let doing = "copying the database's log";
    diesel::sql_query("PRAGMA wal_checkpoint(PASSIVE)").get_result(connection).doing(doing)
}

/// Copies what is left of SQLite's log, in a write's turn, and lets the next write begin it anew. Whoever reads from the log is
/// waited for, but not for long: where somebody reads an older state, as a backup does, the log stays as it is.
pub(super) fn begin_log_anew(connection: &mut AnyConnection) -> Result<()> {
    const READERS_WAITED_FOR: Duration = Duration::from_millis(50);
    let AnyConnection::Sqlite(connection) = connection else { return Ok(()) };
    let wait = |time: Duration| format!("PRAGMA busy_timeout = {}", time.as_millis());
    let doing = "beginning the database's log anew";
    connection.batch_execute(&wait(READERS_WAITED_FOR)).doing(doing)?;
    let begun = connection.batch_execute("PRAGMA wal_checkpoint(RESTART)");
    connection.batch_execute(&wait(BUSY_TIMEOUT)).doing(doing)?;
    begun.doing(doing)
}

/// Removes what deleted and changed rows left behind; false where another connection keeps SQLite from it.
pub(super) fn remove_remains(connection: &mut AnyConnection, tables: &[&str]) -> Result<bool> {
    let doing = "removing what deleted rows left behind";
    match connection {
        // Freed pages are overwritten at once; the log still has the old ones. If a reader keeps it from being emptied,
        // SQLite reports that in a row, not as a failure.
        AnyConnection::Sqlite(connection) => {
            let told: Checkpoint =
                diesel::sql_query("PRAGMA wal_checkpoint(TRUNCATE)").get_result(connection).doing(doing)?;
            Ok(told.busy == 0)
        }
        AnyConnection::Postgres(connection) => {
            connection.batch_execute(&format!("VACUUM {}", tables.join(", "))).doing(doing)?;
            Ok(true)
        }
    }
}
