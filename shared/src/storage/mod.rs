//! Storage: one code path for two engines, SQLite (embedded) and PostgreSQL.
//!
//! All access goes through [`Db::read`], [`Db::write`] and [`Db::note`] (a change that no journal records), outside
//! the async worker threads. There are two cheaper forms of `read`: [`Db::ask`] (without a snapshot) and
//! [`Db::look_up`] (a few rows by primary key). A write returns the journal entries of its change, and they are
//! appended in the same transaction. A change without an entry does not compile, unless it says why with
//! [`Entries::unjournalled`]. No code outside this module uses a pool or a thread, and code that Diesel can express
//! does not name an engine.

mod bulk;
mod connections;
mod constraint;
mod engine;
mod fault;
mod generation;
mod migrate;
mod notes;
mod one_of;
mod ordinal;
mod statement;
mod url;
mod words;
mod write_ahead;

pub use bulk::{id_list, insert_rows, is_listed_text, listed_ids, listed_texts};
pub use constraint::{on_unique, once};
pub use engine::{AnyConnection, MultiBackend, MultiField, MultiRawValue, MultiRow, without_time_limit};
pub(crate) use fault::is_passing;
pub use generation::Exchange;
pub use migrate::{MigrationSet, Migrations, SHARED_MIGRATIONS};
pub use one_of::{OneOf, one_of};
pub use ordinal::next_ordinal;
pub use statement::{Bound, Statement, indexed};
pub use url::{DatabaseUrl, create_private_folder, write_private};

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use chrono::{DateTime, Utc};
use prometheus_client::metrics::histogram::Histogram;
use tokio_util::sync::CancellationToken;

use crate::journal::{self, Entries};
use crate::{Error, Id, Result};
use connections::Connections;
use engine::{Manager, Purpose};
use notes::Notes;

/// The SQL type of ids, for `diesel::table!`.
pub use crate::id::SqlId;

/// Who changes something, and when: what every journal entry of a change carries.
#[derive(Debug, Clone)]
pub struct Act {
    /// The caller: `client:<id>` or `service:<name>`.
    pub actor: String,
    /// The instant that the change is recorded at.
    pub at: DateTime<Utc>,
    /// One id for all entries of a mass act.
    pub batch: Option<Id>,
}

/// A transaction that may change things.
pub struct Tx<'a> {
    connection: &'a mut AnyConnection,
    act: &'a Act,
    /// Whether the change has to leave an entry.
    is_numbered: bool,
}

impl Tx<'_> {
    /// Says that something is numbered by the entry of this change, which has to leave one.
    pub(crate) fn number_by_entry(&mut self) {
        self.is_numbered = true;
    }

    /// The connection, for queries.
    pub fn conn(&mut self) -> &mut AnyConnection {
        self.connection
    }

    /// The instant that the change is recorded at.
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        self.act.at
    }

    /// Waits until no other note that serialises on the same key is under way. Changes that tell something need none:
    /// one is under way at a time. SQLite has one writer.
    ///
    /// # Errors
    /// Fails when the wait takes too long.
    pub fn serialise(&mut self, key: &str) -> Result<()> {
        use diesel::RunQueryDsl;
        if let AnyConnection::Postgres(_) = self.connection {
            diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
                .bind::<diesel::sql_types::Text, _>(key)
                .execute(self.connection)?;
        }
        Ok(())
    }

    /// Who makes the change.
    #[must_use]
    pub fn actor(&self) -> &str {
        &self.act.actor
    }
}

/// A service's own database.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    url: DatabaseUrl,
    readers: Connections,
    writers: Connections,
    /// For changes that tell nothing: on a server they do not queue behind those that do.
    noters: Connections,
    /// Those that wait for SQLite's one write lock.
    notes: Arc<Notes>,
    /// Whether something was written since SQLite's log was copied.
    was_written: AtomicBool,
    /// Whether the log still has what was erased.
    has_remains: AtomicBool,
    /// Held by who copies or empties the log.
    copying: tokio::sync::Mutex<()>,
    /// For how long changes held the journal's lock, in seconds.
    lock_seconds: Histogram,
    /// The journal's id, once it was asked for.
    journal_id: OnceLock<Id>,
    /// Wakes those who wait for new journal entries of this process.
    appended: tokio::sync::watch::Sender<i64>,
    /// Tells them that the process stops.
    stopping: CancellationToken,
    // Held as long as the database is open, so that a second process is refused.
    _lock: Option<std::fs::File>,
}

impl Db {
    /// Opens a service's database, brings its schema up to date, and locks it where it is a file.
    ///
    /// # Errors
    /// Fails with one sentence when another process holds the folder, when the database cannot be
    /// reached, or when a migration fails.
    pub fn open(url: &DatabaseUrl, service: &str, migrations: &Migrations) -> Result<Self> {
        Self::open_for(url, service, migrations, Purpose::Serving)
    }

    fn open_for(url: &DatabaseUrl, service: &str, migrations: &Migrations, purpose: Purpose) -> Result<Self> {
        let lock = url.lock(service)?;
        let db = Self::connect(url, service, lock, purpose)?;
        {
            let mut link = db.0.writers.take(url)?;
            let sets = [SHARED_MIGRATIONS.clone(), migrations.clone()];
            migrate::run(&mut link.connection, &engine::schema_of(service), &sets)?;
            journal::ensure_id(&mut link.connection)?;
        }
        Ok(db)
    }

    /// Opens a database that is there already, beside the process that uses it.
    ///
    /// # Errors
    /// Fails with one sentence when there is no such database or it cannot be reached.
    pub fn open_beside(url: &DatabaseUrl, service: &str) -> Result<Self> {
        url.check_exists(service)?;
        Self::connect(url, service, None, Purpose::Serving)
    }

    fn connect(url: &DatabaseUrl, service: &str, lock: Option<std::fs::File>, purpose: Purpose) -> Result<Self> {
        let sizes = url.pool_sizes();
        let manager = Manager::new(url.clone(), service, purpose);
        let writers = Connections::new(manager.clone(), sizes.writers)?;
        let noters = match url {
            DatabaseUrl::Folder(_) => writers.clone(),
            DatabaseUrl::Server(_) => Connections::new(manager.clone(), sizes.noters)?,
        };
        let readers = Connections::new(manager, sizes.readers)?;
        let (appended, _) = tokio::sync::watch::channel(0);
        // Half a millisecond to sixteen seconds.
        let bounds = std::iter::successors(Some(0.0005), |bound| Some(bound * 2.0)).take(16);
        Ok(Self(Arc::new(Inner {
            url: url.clone(),
            readers,
            writers,
            noters,
            notes: Arc::default(),
            was_written: AtomicBool::new(false),
            has_remains: AtomicBool::new(false),
            copying: tokio::sync::Mutex::default(),
            lock_seconds: Histogram::new(bounds),
            journal_id: OnceLock::new(),
            appended,
            stopping: CancellationToken::new(),
            _lock: lock,
        })))
    }

    /// Asks questions of the database.
    ///
    /// # Errors
    /// Returns the closure's failure, or `unavailable` when no connection is to be had.
    pub async fn read<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut AnyConnection) -> Result<T> + Send + 'static,
    {
        let asked = move |connection: &mut AnyConnection| engine::finish_snapshot(connection, work);
        self.0.readers.within(engine::begin_snapshot, asked).await
    }

    /// Asks for one thing: as [`Db::read`], but for what needs no snapshot, since it is one statement, or since its
    /// parts may be of different moments. It saves BEGIN and COMMIT: one round trip to a server instead of three.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub async fn ask<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut AnyConnection) -> Result<T> + Send + 'static,
    {
        self.0.readers.with(work).await
    }

    /// Looks up a few rows by their keys: as [`Db::ask`], but on SQLite the query runs on the calling thread, which is
    /// faster than handing it to another one. Nothing that reads more than a page's rows may be asked so.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub async fn look_up<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut AnyConnection) -> Result<T> + Send + 'static,
    {
        match self.0.url {
            DatabaseUrl::Folder(_) => self.0.readers.with_here(work).await,
            DatabaseUrl::Server(_) => self.0.readers.with(work).await,
        }
    }

    /// Changes the database in one transaction, and appends the entries of the change as its last act. The journal's
    /// lock is taken before anything else and held until the commit: one such change of a service is under way at a
    /// time, on both engines and with any number of processes, so that what the work reads stays true until it ends.
    ///
    /// # Errors
    /// Returns the work's failure, in which case nothing is changed; `unavailable` when the lock is not had within
    /// five seconds; `outcome_unknown` when the connection was lost during the commit.
    pub async fn write<T, F>(&self, act: Act, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<(T, Entries)> + Send + 'static,
    {
        let inner = Arc::clone(&self.0);
        let done = self.0.writers.within(engine::begin_write, move |connection| {
            let begun = Instant::now();
            let done = engine::finish(connection, |connection| {
                let mut tx = Tx { connection, act: &act, is_numbered: false };
                let (value, entries) = work(&mut tx)?;
                if tx.is_numbered && matches!(entries, Entries::Unjournalled(_)) {
                    return Err(Error::internal("a change of listed records leaves no journal entry"));
                }
                let head = journal::append(tx.connection, &inner.journal_id, &act, entries)?;
                Ok((value, head))
            });
            inner.lock_seconds.observe(begun.elapsed().as_secs_f64());
            inner.was_written.store(true, Ordering::Relaxed);
            let (value, head) = done?;
            if let Some(head) = head {
                inner.appended.send_replace(head);
            }
            Ok(value)
        });
        done.await
    }

    /// Changes in one transaction what no journal records and nobody else may rely on: a cursor, a key, an access record.
    /// It does not wait for the journal's lock; on SQLite, notes that wait share one commit.
    ///
    /// # Errors
    /// Returns the work's failure, in which case nothing is changed.
    pub async fn note<T, F>(&self, act: Act, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let work = move |connection: &mut AnyConnection| work(&mut Tx { connection, act: &act, is_numbered: false });
        match self.0.url {
            DatabaseUrl::Folder(_) => {
                let noted = self.0.notes.write(&self.0.noters, work).await;
                self.0.was_written.store(true, Ordering::Relaxed);
                noted
            }
            DatabaseUrl::Server(_) => {
                let noted = move |connection: &mut AnyConnection| engine::finish(connection, work);
                self.0.noters.within(engine::begin_note, noted).await
            }
        }
    }

    /// For how long changes held the journal's lock, in seconds, to be shown to a monitoring system.
    #[must_use]
    pub fn lock_seconds(&self) -> Histogram {
        self.0.lock_seconds.clone()
    }

    /// Copies an embedded database into a new file, consistently beside a writer.
    ///
    /// # Errors
    /// Fails when the file is there, or when the database is on a server.
    pub async fn copy_into(&self, file: &std::path::Path) -> Result<()> {
        use diesel::connection::SimpleConnection;
        let file = file.to_owned();
        let done = self.0.readers.with(move |connection| {
            let AnyConnection::Sqlite(connection) = connection else {
                return Err(Error::internal("a server's database is copied by the server's own tools"));
            };
            let path = file.to_str().ok_or_else(|| Error::internal("the file's path is not valid text"))?;
            connection.batch_execute(&format!("VACUUM INTO '{}'", path.replace('\'', "''")))?;
            Ok(())
        });
        done.await
    }

    /// How many connections are idle and busy, by pool.
    #[must_use]
    pub fn connections(&self) -> Vec<(&'static str, [u32; 2])> {
        let mut counts = vec![("readers", self.0.readers.counts()), ("writers", self.0.writers.counts())];
        if let DatabaseUrl::Server(_) = self.0.url {
            counts.push(("noters", self.0.noters.counts()));
        }
        counts
    }

    /// Lets those go who wait for new entries: the process stops.
    pub fn stop_waiting(&self) {
        self.0.stopping.cancel();
    }

    /// Resolves when the process stops.
    pub(crate) fn stopping(&self) -> CancellationToken {
        self.0.stopping.clone()
    }

    /// Returns a receiver that changes whenever this process appended to the journal.
    #[must_use]
    pub fn appended(&self) -> tokio::sync::watch::Receiver<i64> {
        self.0.appended.subscribe()
    }
}

/// The tables of a service's database, by name.
///
/// # Errors
/// Fails when the database does.
pub fn list_tables(conn: &mut AnyConnection) -> Result<Vec<String>> {
    use diesel::RunQueryDsl;

    #[derive(diesel::QueryableByName)]
    struct Table {
        #[diesel(sql_type = diesel::sql_types::Text)]
        name: String,
    }

    let query = match conn {
        AnyConnection::Sqlite(_) => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"
        }
        AnyConnection::Postgres(_) => {
            "SELECT table_name::text COLLATE \"C\" AS name FROM information_schema.tables \
             WHERE table_schema = current_schema() ORDER BY 1"
        }
    };
    let tables: Vec<Table> = diesel::sql_query(query).load(conn)?;
    Ok(tables.into_iter().map(|table| table.name).collect())
}
