//! Runs what an operation does, beside requests.

use super::store::{self, End};
use crate::clock::Clock;
use crate::service::Background;
use crate::storage::{Act, Db};
use crate::{Id, Result};

/// What an operation brought about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// How much was done, in what `done` and `total` count.
    pub count: i64,
    /// What callers read as `result`.
    pub result: String,
}

/// Runs the operations of a service.
#[derive(Clone)]
pub struct Operations {
    /// The service's database.
    pub db: Db,
    /// The service.
    pub service: &'static str,
    /// Tells the time.
    pub clock: Clock,
    /// Runs what goes on beside requests, and stops it when the process stops.
    pub background: Background,
}

impl Operations {
    /// The service as actor, and the instant: with them an operation's progress and end are noted.
    #[must_use]
    pub fn act(&self) -> Act {
        Act { actor: format!("service:{}", self.service), at: self.clock.now(), batch: None }
    }

    /// Runs an operation that was begun, and notes how it ended. A process that stops meanwhile leaves it as cut off.
    pub fn run(&self, id: Id, work: impl Future<Output = Result<Done>> + Send + 'static) {
        let operations = self.clone();
        self.background.spawn(async move {
            let end = match work.await {
                Ok(done) => {
                    log::info!("an operation is done operation={id} count={}", done.count);
                    End::Done(done)
                }
                Err(error) => {
                    log::error!("an operation failed operation={id}: {error:?}");
                    End::Failed { why: format!("{error:?}") }
                }
            };
            if let Err(error) = operations.db.note(operations.act(), move |tx| store::end(tx, id, &end)).await {
                log::error!("the end of an operation was not noted operation={id}: {error:?}");
            }
        });
    }

    /// Notes how far an operation is. False where another one of its kind took it for cut off: then it must not go on.
    ///
    /// # Errors
    /// Fails when the database does.
    pub async fn note_progress(&self, id: Id, done: i64, total: i64) -> Result<bool> {
        self.db.note(self.act(), move |tx| store::touch(tx, id, done, total)).await
    }
}
