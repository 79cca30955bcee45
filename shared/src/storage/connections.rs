//! Connections, each used by one piece of work at a time, off the async workers.

use std::sync::Arc;
use std::time::Duration;

use diesel::r2d2::{Pool, PooledConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::engine::Manager;
use super::{AnyConnection, DatabaseUrl};
use crate::{Code, Error, Result, ResultExt};

/// How long work waits for a connection.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// A number of connections. Work waits for its turn without a thread: threads that wait for a connection would
/// only wake one another.
#[derive(Clone)]
pub(super) struct Connections {
    pool: Pool<Manager>,
    turns: Arc<Semaphore>,
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
        Ok(Self { pool, turns: Arc::new(Semaphore::new(turns)) })
    }

    /// Does work with a connection, off the async workers.
    ///
    /// # Errors
    /// Returns the work's failure, or `unavailable` when no connection is to be had.
    pub(super) async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut AnyConnection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let turn = self.turn().await?;
        let pool = self.pool.clone();
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let mut connection = pool.get().map_err(unavailable)?;
            work(&mut connection)
        });
        done.await.doing("running database work")?
    }

    /// Does work with a connection where it is asked for: for what takes less than handing it over.
    ///
    /// # Errors
    /// As [`Connections::with`].
    pub(super) async fn with_here<T>(&self, work: impl FnOnce(&mut AnyConnection) -> Result<T>) -> Result<T> {
        let _turn = self.turn().await?;
        let mut connection = self.pool.get().map_err(unavailable)?;
        work(&mut connection)
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit> {
        let turn = tokio::time::timeout(WAIT_MAX, Arc::clone(&self.turns).acquire_owned()).await;
        turn.map_err(unavailable)?.map_err(unavailable)
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
