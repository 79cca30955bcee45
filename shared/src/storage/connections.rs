//! Database connections. Each is used by one piece of work at a time, outside the async worker threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use diesel::QueryResult;
use diesel::r2d2::{Pool, PooledConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::engine::{Link, Manager};
use super::fault::is_lost;
use super::{AnyConnection, DatabaseUrl};
use crate::{Code, Error, Result, ResultExt, Trouble};

/// How long work waits for a connection.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// A number of connections. Work waits for its turn without a thread: threads that wait for a connection would
/// only wake one another.
#[derive(Clone)]
pub(super) struct Connections {
    pool: Pool<Manager>,
    turns: Arc<Semaphore>,
    count_max: u32,
    /// Counts up when a connection is lost: those that were idle then are tried before their next use.
    losses: Arc<AtomicU64>,
}

impl Connections {
    pub(super) fn new(manager: Manager, count_max: u32) -> Result<Self> {
        let pool = Pool::builder()
            .max_size(count_max)
            .min_idle(Some(0))
            .test_on_check_out(false)
            .connection_timeout(WAIT_MAX)
            .build(manager)
            .doing("opening the database")?;
        let turns = usize::try_from(count_max).map_err(Error::internal)?;
        Ok(Self { pool, turns: Arc::new(Semaphore::new(turns)), count_max, losses: Arc::default() })
    }

    /// Does work with a connection, off the async workers.
    ///
    /// # Errors
    /// Returns the work's failure, or `unavailable` when no connection is to be had.
    pub(super) async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut AnyConnection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.within(|_| Ok(()), work).await
    }

    /// Begins something on a connection and does work in it, off the async workers. Where the connection turns out to
    /// be lost when the work has not begun, another one is taken.
    ///
    /// # Errors
    /// As [`Connections::with`].
    pub(super) async fn within<T: Send + 'static>(
        &self,
        begin: fn(&mut AnyConnection) -> QueryResult<()>,
        work: impl FnOnce(&mut AnyConnection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let turn = self.turn().await?;
        let connections = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let mut link = connections.begun(begin)?;
            connections.watched(&mut link, work)
        });
        done.await.doing("running database work")?
    }

    /// Does work with a connection where it is asked for: for what takes less than handing it over.
    ///
    /// # Errors
    /// As [`Connections::with`].
    pub(super) async fn with_here<T>(&self, work: impl FnOnce(&mut AnyConnection) -> Result<T>) -> Result<T> {
        let _turn = self.turn().await?;
        let mut link = self.checked_out()?;
        self.watched(&mut link, work)
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit> {
        let turn = tokio::time::timeout(WAIT_MAX, Arc::clone(&self.turns).acquire_owned()).await;
        turn.map_err(unavailable)?.map_err(unavailable)
    }

    /// Takes a connection; one that was idle when another was lost is tried first.
    fn checked_out(&self) -> Result<PooledConnection<Manager>> {
        loop {
            let mut link = self.pool.get().map_err(|error| {
                let seconds = WAIT_MAX.as_secs();
                Error::new(Code::Unavailable).because(Trouble::new(
                    format!(
                        "không kết nối được cơ sở dữ liệu trong {seconds} giây; nếu dùng PostgreSQL, kiểm tra máy chủ có đang \
                         chạy và DATABASE_URL có đúng không: {error}"
                    ),
                    format!(
                        "no connection to the database in {seconds} seconds; check that the PostgreSQL server runs, if there is \
                         one, and that DATABASE_URL is right: {error}"
                    ),
                ))
            })?;
            let losses = self.losses.load(Ordering::SeqCst);
            if link.losses_seen == losses {
                return Ok(link);
            }
            link.losses_seen = losses;
            if link.is_alive() {
                return Ok(link);
            }
            link.is_lost = true;
        }
    }

    fn begun(&self, begin: fn(&mut AnyConnection) -> QueryResult<()>) -> Result<PooledConnection<Manager>> {
        let mut tries_left = self.count_max;
        loop {
            let mut link = self.checked_out()?;
            match begin(&mut link.connection) {
                Ok(()) => return Ok(link),
                Err(error) if is_lost(&error) && tries_left > 0 => {
                    tries_left -= 1;
                    self.note_loss(&mut link);
                }
                Err(error) => {
                    // What was begun in part is not known here.
                    link.is_lost = true;
                    return Err(error.into());
                }
            }
        }
    }

    fn watched<T>(&self, link: &mut Link, work: impl FnOnce(&mut AnyConnection) -> Result<T>) -> Result<T> {
        let done = work(&mut link.connection);
        if done.as_ref().is_err_and(|error| matches!(error.code(), Code::Unavailable | Code::OutcomeUnknown)) {
            self.note_loss(link);
        }
        done
    }

    fn note_loss(&self, link: &mut Link) {
        link.is_lost = true;
        self.losses.fetch_add(1, Ordering::SeqCst);
    }

    /// Takes a connection at once, where there is no async worker to keep free.
    pub(super) fn take(&self, url: &DatabaseUrl) -> Result<PooledConnection<Manager>> {
        self.pool.get().map_err(|error| url.unreachable(error))
    }

    /// How many are idle and busy.
    pub(super) fn counts(&self) -> [u32; 2] {
        let state = self.pool.state();
        [state.idle_connections, state.connections - state.idle_connections]
    }
}

fn unavailable(error: impl std::fmt::Display) -> Error {
    Error::new(Code::Unavailable).because(error.to_string())
}
