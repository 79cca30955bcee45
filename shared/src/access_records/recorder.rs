//! Writes access records: those that wait while a transaction runs are written together in the next one.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use super::NewAccessRecord;
use super::store::append;
use crate::personal::Vault;
use crate::storage::{Act, Db};
use crate::{Code, Error, Id, Result};

/// Records looks at personal data.
#[derive(Clone)]
pub struct AccessRecorder(Arc<Inner>);

struct Inner {
    db: Db,
    vault: Vault,
    waiting: Mutex<Vec<Waiting>>,
    writing: tokio::sync::Mutex<()>,
}

struct Waiting {
    act: Act,
    record: NewAccessRecord,
    written: oneshot::Sender<Result<Id>>,
}

impl AccessRecorder {
    /// Makes the recorder of a database.
    #[must_use]
    pub fn new(db: Db, vault: Vault) -> Self {
        Self(Arc::new(Inner { db, vault, waiting: Mutex::default(), writing: tokio::sync::Mutex::default() }))
    }

    /// Records an access, and returns the record's id once it is written.
    ///
    /// # Errors
    /// Fails when it is not written; then nothing may be shown. `not_found` where whom it is about was erased meanwhile.
    pub async fn record(&self, act: Act, record: NewAccessRecord) -> Result<Id> {
        let (written, answer) = oneshot::channel();
        lock(&self.0.waiting).push(Waiting { act, record, written });
        let inner = Arc::clone(&self.0);
        // Spawned, so that a cancelled request does not drop the batch that others wait for.
        tokio::spawn(async move { inner.write_waiting().await });
        answer.await.map_err(|lost| Error::new(Code::Unavailable).because(lost))?
    }
}

impl Inner {
    async fn write_waiting(&self) {
        let _alone = self.writing.lock().await;
        let waiting = std::mem::take(&mut *lock(&self.waiting));
        let Some(act) = waiting.first().map(|first| first.act.clone()) else { return };
        let (records, senders): (Vec<_>, Vec<_>) =
            waiting.into_iter().map(|one| ((one.act, one.record), one.written)).unzip();
        let vault = self.vault.clone();
        // Accesses have no journal entries, so they do not wait for the journal's lock.
        let outcome = self.db.note(act, move |tx| append(tx, &vault, &records)).await;
        match outcome {
            Ok(ids) => {
                for (sender, id) in senders.into_iter().zip(ids) {
                    // Who went away meanwhile is answered nothing; the look is recorded all the same.
                    let _ = sender.send(id.map_err(Error::new));
                }
            }
            Err(error) => {
                for sender in senders {
                    let _ = sender.send(Err(Error::new(error.code()).because(format!("recording a look: {error:?}"))));
                }
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
