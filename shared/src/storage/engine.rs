//! The two engines behind one connection type, and transactions on both.
#![allow(missing_docs, reason = "Diesel's derive makes public items without a word")]

use diesel::Connection;
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::pg::PgConnection;
use diesel::r2d2::{ManageConnection, R2D2Connection};
use diesel::sqlite::SqliteConnection;

use super::DatabaseUrl;
use crate::Result;

/// A connection to either engine.
#[derive(diesel::MultiConnection)]
pub enum AnyConnection {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

/// Opens connections for the pool. Diesel's own manager would try one engine after the other, and
/// take an unreachable server's URL for a file name.
#[derive(Debug, Clone)]
pub(super) struct Manager {
    url: DatabaseUrl,
    service: String,
}

impl Manager {
    pub(super) fn new(url: DatabaseUrl, service: &str) -> Self {
        Self { url, service: service.to_owned() }
    }
}

impl ManageConnection for Manager {
    type Connection = AnyConnection;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> std::result::Result<AnyConnection, Self::Error> {
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
            AnyConnection::Sqlite(_) => "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; \
                 PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON;"
                .to_owned(),
            AnyConnection::Postgres(_) => {
                let schema = schema_of(&self.service);
                format!(
                    "SET client_min_messages = warning; \
                     SET search_path = {schema}; SET timezone = 'UTC'; SET lock_timeout = '5s'; \
                     SET statement_timeout = '60s';"
                )
            }
        };
        connection.batch_execute(&setup).map_err(diesel::r2d2::Error::QueryError)?;
        Ok(connection)
    }

    fn is_valid(&self, connection: &mut AnyConnection) -> std::result::Result<(), Self::Error> {
        connection.ping().map_err(diesel::r2d2::Error::QueryError)
    }

    fn has_broken(&self, connection: &mut AnyConnection) -> bool {
        std::thread::panicking() || connection.is_broken()
    }
}

/// The schema of a service: its name, with nothing in it that would need quoting.
pub(super) fn schema_of(service: &str) -> String {
    service.replace('-', "_")
}

/// Runs questions in one snapshot, so that the answers belong together.
pub(super) fn in_snapshot<T>(
    connection: &mut AnyConnection,
    work: impl FnOnce(&mut AnyConnection) -> Result<T>,
) -> Result<T> {
    begin(connection, "BEGIN", "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
    finish(connection, work)
}

/// Runs a change in one transaction; SQLite takes its one writer's place at once.
pub(super) fn in_transaction<T>(
    connection: &mut AnyConnection,
    work: impl FnOnce(&mut AnyConnection) -> Result<T>,
) -> Result<T> {
    begin(connection, "BEGIN IMMEDIATE", "BEGIN")?;
    finish(connection, work)
}

fn begin(connection: &mut AnyConnection, sqlite: &str, postgres: &str) -> Result<()> {
    match connection {
        AnyConnection::Sqlite(sqlite_connection) => {
            AnsiTransactionManager::begin_transaction_sql(sqlite_connection, sqlite)?;
        }
        AnyConnection::Postgres(postgres_connection) => {
            AnsiTransactionManager::begin_transaction_sql(postgres_connection, postgres)?;
        }
    }
    Ok(())
}

fn finish<T>(connection: &mut AnyConnection, work: impl FnOnce(&mut AnyConnection) -> Result<T>) -> Result<T> {
    match work(connection) {
        Ok(value) => {
            <AnyConnection as Connection>::TransactionManager::commit_transaction(connection)?;
            Ok(value)
        }
        Err(error) => {
            if let Err(rollback) = <AnyConnection as Connection>::TransactionManager::rollback_transaction(connection) {
                log::warn!("rolling back failed: {rollback}");
            }
            Err(error)
        }
    }
}
