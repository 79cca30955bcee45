//! Recording looks: those that wait while a transaction is under way go into the next one together.

use std::sync::{Arc, Mutex, PoisonError};

use shared::storage::{Act, Db};
use shared::{Code, Error, Id, Result};
use tokio::sync::oneshot;

use super::NewAccessRecord;
use super::store::insert;

/// Records looks at personal data.
#[derive(Clone)]
pub struct AccessRecorder(Arc<Inner>);

struct Inner {
    db: Db,
    waiting: Mutex<Vec<Waiting>>,
    writing: tokio::sync::Mutex<()>,
}

struct Waiting {
    id: Id,
    act: Act,
    record: NewAccessRecord,
    told: oneshot::Sender<Result<()>>,
}

impl AccessRecorder {
    /// Makes the recorder of a database.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self(Arc::new(Inner { db, waiting: Mutex::default(), writing: tokio::sync::Mutex::default() }))
    }

    /// Records a look, and returns the record's id once it is written.
    ///
    /// # Errors
    /// Fails when it is not written; then nothing may be shown.
    pub async fn record(&self, act: Act, record: NewAccessRecord) -> Result<Id> {
        let (id, (told, heard)) = (Id::new(), oneshot::channel());
        lock(&self.0.waiting).push(Waiting { id, act, record, told });
        let inner = Arc::clone(&self.0);
        // Whoever is let go must not leave the others without an answer.
        tokio::spawn(async move { inner.write_waiting().await });
        heard.await.map_err(|lost| Error::new(Code::Unavailable).because(lost))??;
        Ok(id)
    }
}

impl Inner {
    async fn write_waiting(&self) {
        let _alone = self.writing.lock().await;
        let waiting = std::mem::take(&mut *lock(&self.waiting));
        let Some(act) = waiting.first().map(|first| first.act.clone()) else { return };
        let (mut records, mut told) = (Vec::new(), Vec::new());
        for one in waiting {
            records.push((one.id, one.act, one.record));
            told.push(one.told);
        }
        let written = self.db.note(act, move |tx| {
            for (id, act, record) in &records {
                insert(tx, *id, act, record)?;
            }
            Ok(())
        });
        let failed = written.await.err().map(|error| (error.code(), format!("recording a look: {error:?}")));
        for one in told {
            let outcome = failed.as_ref().map_or(Ok(()), |(code, why)| Err(Error::new(*code).because(why.clone())));
            // Who went away meanwhile is told nothing; the look is recorded all the same.
            let _ = one.send(outcome);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
