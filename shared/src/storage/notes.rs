//! Notes: changes that no journal records, written beside the changes that have entries. SQLite has one write lock,
//! so notes that wait for it share one commit.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::connections::Connections;
use super::{AnyConnection, engine};
use crate::{Code, Error, Result};

/// Tells whoever waits for a note how it ended, once the transaction that it was a part of has ended.
type Told = Box<dyn FnOnce(std::result::Result<(), (Code, String)>) + Send>;

/// A note that waits: it does its work, alone in the transaction or with others, and returns whom to tell, and whether it failed.
type Waiting = Box<dyn FnOnce(&mut AnyConnection, bool) -> (Told, bool) + Send>;

/// Gathers notes into transactions.
#[derive(Default)]
pub(super) struct Notes {
    waiting: Mutex<Vec<Waiting>>,
    writing: tokio::sync::Mutex<()>,
}

impl Notes {
    /// Writes a note together with those that wait.
    ///
    /// # Errors
    /// Returns the work's failure, in which case nothing of it is changed.
    pub(super) async fn write<T, F>(self: &Arc<Self>, writers: &Connections, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut AnyConnection) -> Result<T> + Send + 'static,
    {
        let (tell, heard) = oneshot::channel();
        lock(&self.waiting).push(Box::new(move |connection, is_alone| {
            // In a savepoint SQLite copies each page before it changes it.
            let done = if is_alone { work(connection) } else { engine::in_savepoint(connection, work) };
            let has_failed = done.is_err();
            let told: Told = Box::new(move |committed| {
                let told = match committed {
                    Err((code, why)) if done.is_ok() => Err(Error::new(code).because(why)),
                    _ => done,
                };
                // A caller who disconnected meanwhile gets no answer; the note is written all the same.
                let _ = tell.send(told);
            });
            (told, has_failed)
        }));
        let (notes, writers) = (Arc::clone(self), writers.clone());
        // Spawned, so that a cancelled request does not drop the notes of others.
        tokio::spawn(async move { notes.write_waiting(&writers).await });
        heard.await.map_err(|lost| Error::new(Code::Unavailable).because(lost))?
    }

    async fn write_waiting(&self, writers: &Connections) {
        let _alone = self.writing.lock().await;
        let waiting = std::mem::take(&mut *lock(&self.waiting));
        if waiting.is_empty() {
            return;
        }
        let (told, is_alone) = (Arc::new(Mutex::new(Vec::with_capacity(waiting.len()))), waiting.len() == 1);
        let done = {
            let told = Arc::clone(&told);
            let all = move |connection: &mut AnyConnection| {
                for one in waiting {
                    let (whom, has_failed) = one(connection, is_alone);
                    lock(&told).push(whom);
                    if is_alone && has_failed {
                        return Err(Error::internal("the note failed, and is told so"));
                    }
                }
                Ok(())
            };
            writers.within(engine::begin_note, move |connection| engine::finish(connection, all)).await
        };
        let outcome = done.map_err(|error| (error.code(), format!("{error:?}")));
        let told: Vec<Told> = std::mem::take(&mut *lock(&told));
        for tell in told {
            tell(outcome.clone());
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
