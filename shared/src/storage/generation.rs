//! A next generation of some tables: built in a database of its own, it replaces the current one in one transaction.

use std::sync::atomic::Ordering;
use std::time::Duration;

use diesel::connection::SimpleConnection;

use super::engine::{self, Purpose, schema_of};
use super::{Act, AnyConnection, DatabaseUrl, Db, Migrations, Statement, Tx};
use crate::{Error, Result, ResultExt};

impl Db {
    /// Opens an empty database for a next generation; an older one of that name is removed.
    ///
    /// # Errors
    /// Fails when the old one cannot be removed or the new one cannot be made.
    pub fn open_anew(url: &DatabaseUrl, name: &str, migrations: &Migrations, tables: Exchange) -> Result<Self> {
        Self::remove(url, name)?;
        let db = Self::open_for(url, name, migrations, Purpose::Making)?;
        let mut link = db.0.writers.take(url)?;
        for index in tables.read_by {
            link.connection.batch_execute(&format!("DROP INDEX {index}")).doing("leaving an index out")?;
        }
        drop(link);
        Ok(db)
    }

    /// Removes a database that nobody uses; nothing happens where there is none.
    ///
    /// # Errors
    /// Fails when it cannot be removed.
    pub fn remove(url: &DatabaseUrl, name: &str) -> Result<()> {
        let DatabaseUrl::Folder(_) = url else {
            let db = Self::connect(url, name, None, Purpose::Making)?;
            let mut link = db.0.writers.take(url)?;
            let statement = format!("DROP SCHEMA IF EXISTS {} CASCADE", schema_of(name));
            return link.connection.batch_execute(&statement).doing("removing a schema");
        };
        let file = url.file(name);
        for suffix in ["", "-wal", "-shm"] {
            let mut path = file.clone().into_os_string();
            path.push(suffix);
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(error).doing(&format!("removing {}", file.display()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Puts the rows of another database's tables in the place of those that are here, all at once, when no cursor of
    /// the other one is behind the one here; `change` may change what belongs to them. Whoever follows a journal into
    /// this database moves its cursor first, and waits meanwhile; the followers of the other one go on until they are
    /// as far. Readers see the old rows or the new ones. `exchanged` names the tables that are referred to first;
    /// rows of `kept` that are missing here are added.
    ///
    /// Returns whether it was done: on PostgreSQL the other followers are waited for a few seconds, on SQLite, where
    /// they cannot go on meanwhile, not at all.
    ///
    /// # Errors
    /// Fails when the database does; then the old rows stay.
    pub async fn take_over<F>(&self, act: Act, other: &'static str, tables: Exchange, change: F) -> Result<bool>
    where
        F: FnOnce(&mut Tx<'_>) -> Result<()> + Send + 'static,
    {
        let url = self.0.url.clone();
        let done = self.0.writers.with(move |connection| {
            let next = attach(connection, &url, other)?;
            let begun = begin_exchange(connection).and_then(|()| Ok(engine::begin_note(connection)?));
            let taken = begun.and_then(|()| {
                engine::finish(connection, |connection| {
                    if !is_as_far(connection, &next)? {
                        return Ok(false);
                    }
                    change(&mut Tx { connection, act: &act, is_numbered: false })?;
                    exchange(connection, &next, &tables)?;
                    Ok(true)
                })
            });
            if let AnyConnection::Sqlite(sqlite) = connection {
                // What was exchanged is exchanged.
                if let Err(error) = sqlite.batch_execute(AFTER_EXCHANGE) {
                    log::warn!("the next generation is not let go yet: {error}");
                }
            }
            taken
        });
        let taken = done.await;
        self.0.was_written.store(true, Ordering::Relaxed);
        taken
    }
}

/// Lets SQLite keep more pages while it exchanges whole tables with their indexes, and check references at the end and not with
/// each row, so that it can remove all rows of a table at once.
fn begin_exchange(connection: &mut AnyConnection) -> Result<()> {
    let AnyConnection::Sqlite(sqlite) = connection else { return Ok(()) };
    let settings = "PRAGMA main.cache_size = -64000; PRAGMA foreign_keys = OFF";
    sqlite.batch_execute(settings).doing("preparing the exchange of generations")
}

const AFTER_EXCHANGE: &str =
    "PRAGMA main.cache_size = -2000; PRAGMA shrink_memory; PRAGMA foreign_keys = ON; DETACH next";

/// The tables of a generation.
#[derive(Debug, Clone, Copy)]
pub struct Exchange {
    /// Those whose rows are exchanged, in an order in which what refers comes after what it refers to.
    pub exchanged: &'static [&'static str],
    /// Those of which only what is missing is added, since others refer to them.
    pub kept: &'static [&'static str],
    /// Indexes by which only readers find rows. A next generation is built without them.
    pub read_by: &'static [&'static str],
}

/// Makes another database of the same place visible, and returns the name by which it is.
fn attach(connection: &mut AnyConnection, url: &DatabaseUrl, other: &str) -> Result<String> {
    match connection {
        AnyConnection::Sqlite(sqlite) => {
            let file = url.file(other);
            let path = file.to_str().ok_or_else(|| Error::internal("the file's path is not valid text"))?;
            let statement = format!("ATTACH '{}' AS next", path.replace('\'', "''"));
            // One that was not let go would be in the way.
            let _ = sqlite.batch_execute("DETACH next");
            sqlite.batch_execute(&statement).doing("looking at the next generation")?;
            Ok("next".to_owned())
        }
        AnyConnection::Postgres(_) => Ok(schema_of(other)),
    }
}

/// Keeps the followers here from moving their cursors, and says whether those of the other database are as far. SQLite
/// has taken the write locks of both files; on PostgreSQL the other followers catch up with what stands still.
fn is_as_far(connection: &mut AnyConnection, next: &str) -> Result<bool> {
    const PAUSE: Duration = Duration::from_millis(20);
    // Shorter than a follower here waits for the lock.
    const LOOKS_MAX: u32 = 200;
    let query = format!(
        "SELECT count(*) AS count FROM cursors c LEFT JOIN {next}.cursors n ON n.source = c.source \
         WHERE n.seq IS NULL OR n.seq < c.seq"
    );
    if let AnyConnection::Postgres(postgres) = connection {
        postgres.batch_execute("SET LOCAL statement_timeout = 0; LOCK TABLE cursors IN EXCLUSIVE MODE")?;
    }
    for _ in 0..LOOKS_MAX {
        let behind = counted(connection, &query)?;
        match connection {
            _ if behind > 0 => {}
            AnyConnection::Sqlite(_) => return Ok(true),
            // What is being applied there is waited for, and nothing more begins.
            AnyConnection::Postgres(postgres) => {
                postgres.batch_execute(&format!("LOCK TABLE {next}.cursors IN EXCLUSIVE MODE"))?;
                return Ok(true);
            }
        }
        if let AnyConnection::Sqlite(_) = connection {
            return Ok(false);
        }
        std::thread::sleep(PAUSE);
    }
    Ok(false)
}

/// DELETE, not TRUNCATE: readers that began before would see a truncated table empty.
fn exchange(connection: &mut AnyConnection, next: &str, tables: &Exchange) -> Result<()> {
    for table in tables.exchanged.iter().rev() {
        connection.batch_execute(&format!("DELETE FROM {table}"))?;
    }
    for table in tables.kept {
        let missing = format!("INSERT INTO {table} SELECT * FROM {next}.{table} WHERE true ON CONFLICT DO NOTHING");
        connection.batch_execute(&missing)?;
    }
    for table in tables.exchanged {
        copy_rows(connection, next, table)?;
    }
    if let AnyConnection::Sqlite(_) = connection {
        for table in tables.kept.iter().chain(tables.exchanged) {
            let broken = format!("SELECT count(*) AS count FROM pragma_foreign_key_check('{table}', 'main')");
            let broken = counted(connection, &broken)?;
            if broken > 0 {
                return Err(Error::internal(format!("{broken} rows of {table} refer to nothing")));
            }
        }
    }
    Ok(())
}

/// Copies the rows of a table. SQLite keeps, in memory, the pages that a statement changes, so that a table with row numbers (rowid)
/// is copied some rows at a time. No such table chooses these numbers itself: they begin with 1 and have few gaps.
fn copy_rows(connection: &mut AnyConnection, next: &str, table: &str) -> Result<()> {
    const ROWS_AT_ONCE: i64 = 20_000;
    let copy = format!("INSERT INTO {table} SELECT * FROM {next}.{table}");
    let numbered = format!(
        "SELECT count(*) AS count FROM pragma_table_list WHERE schema = 'main' AND name = '{table}' AND wr = 0"
    );
    if matches!(connection, AnyConnection::Postgres(_)) || counted(connection, &numbered)? == 0 {
        return Ok(connection.batch_execute(&copy)?);
    }
    let last = counted(connection, &format!("SELECT COALESCE(MAX(rowid), 0) AS count FROM {next}.{table}"))?;
    let mut done = 0;
    while done < last {
        let upto = done + ROWS_AT_ONCE;
        connection.batch_execute(&format!("{copy} WHERE rowid > {done} AND rowid <= {upto}"))?;
        done = upto;
    }
    Ok(())
}

fn counted(connection: &mut AnyConnection, query: &str) -> Result<i64> {
    Statement::new(query, Vec::new()).count(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows that refer to nothing are not taken over, and afterwards the connection refuses them again.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_generation_with_broken_references_is_not_taken_over() {
        const TABLES: Exchange = Exchange { exchanged: &["heads", "facts", "cursors"], kept: &[], read_by: &[] };
        const SCHEMA: &str = "CREATE TABLE heads (id INTEGER PRIMARY KEY); \
            CREATE TABLE facts (head_id INTEGER NOT NULL REFERENCES heads (id)); \
            CREATE TABLE cursors (source TEXT PRIMARY KEY, seq BIGINT NOT NULL); INSERT INTO cursors VALUES ('s', 1);";
        let folder = tempfile::tempdir().unwrap();
        let url: DatabaseUrl = folder.path().to_str().unwrap().parse().unwrap();
        let served = Db::connect(&url, "served", None, Purpose::Serving).unwrap();
        let next = Db::connect(&url, "next", None, Purpose::Making).unwrap();
        let all = |rows: &str| format!("{SCHEMA} {rows}");
        let put = async |db: &Db, statements: String| {
            db.0.writers.with(move |conn| Ok(conn.batch_execute(&statements)?)).await
        };
        put(&served, all("INSERT INTO heads VALUES (1); INSERT INTO facts VALUES (1)")).await.unwrap();
        put(&next, all("PRAGMA foreign_keys = OFF; INSERT INTO heads VALUES (2); INSERT INTO facts VALUES (2), (3)"))
            .await
            .unwrap();
        let act = || Act { actor: "test".to_owned(), at: chrono::DateTime::UNIX_EPOCH, batch: None };
        let facts = async |query: &'static str| served.0.writers.with(|conn| counted(conn, query)).await.unwrap();

        let taken = served.take_over(act(), "next", TABLES, |_| Ok(())).await;
        assert!(taken.is_err_and(|error| format!("{error:?}").contains("1 rows of facts")));
        assert_eq!(facts("SELECT count(*) AS count FROM facts WHERE head_id = 1").await, 1);
        assert!(put(&served, "INSERT INTO facts VALUES (7)".to_owned()).await.is_err(), "references are checked again");

        put(&next, "INSERT INTO heads VALUES (3)".to_owned()).await.unwrap();
        assert!(served.take_over(act(), "next", TABLES, |_| Ok(())).await.unwrap());
        assert_eq!(facts("SELECT count(*) AS count FROM facts WHERE head_id IN (2, 3)").await, 2);
        assert_eq!(facts("SELECT count(*) AS count FROM facts").await, 2);
    }
}
