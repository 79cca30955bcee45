//! SQLite's write-ahead log is copied into the database beside the writes. Without this, SQLite lets the write that
//! finds the log long copy all of it, and after a backup that is much.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::engine::{self, Checkpoint, copy_log};
use super::{DatabaseUrl, Db};
use crate::Result;

const PAUSE: Duration = Duration::from_secs(1);

/// From how many pages on the log starts again from its beginning: 32 MB.
const LONG: i32 = 8_000;

/// How many pages are copied in a write's turn at most.
const FEW: i32 = 1_000;

/// How often the log is copied at once, until few pages are left.
const COPIES_MAX: usize = 5;

impl Db {
    /// Keeps the log short, in seconds after something was written. A server does so by itself.
    pub(crate) async fn keep_log_short(self) {
        let DatabaseUrl::Folder(_) = self.0.url else { return };
        loop {
            tokio::time::sleep(PAUSE).await;
            if !self.0.was_written.swap(false, Ordering::Relaxed) && !self.0.has_remains.load(Ordering::Relaxed) {
                continue;
            }
            if let Err(error) = self.shorten_log().await {
                // It is tried again after the next write, and a write does it where the log has become too long.
                log::warn!("the database's log was not copied: {error:?}");
            }
        }
    }

    /// Copies the log. A log that is copied whole is begun anew by the next write; while others write it never is, so
    /// that the last pages of a long one are copied in a write's turn. A reader of an older state, as a backup is, holds the rest.
    async fn shorten_log(&self) -> Result<()> {
        let _alone = self.0.copying.lock().await;
        if self.0.has_remains.load(Ordering::Relaxed) {
            if self.0.writers.with(|connection| engine::remove_remains(connection, &[])).await? {
                self.0.has_remains.store(false, Ordering::Relaxed);
            }
            return Ok(());
        }
        for _ in 0..COPIES_MAX {
            let Checkpoint { pages, copied, .. } = self.0.readers.with(copy_log).await?;
            match pages - copied {
                left if pages < LONG || left <= 0 => return Ok(()),
                left if left <= FEW => return self.0.writers.with(copy_log).await.map(|_| ()),
                _ => {}
            }
        }
        Ok(())
    }

    /// Removes what deleted and changed rows of some tables left behind in the database's files, as far as no
    /// other transaction still sees it. False where another connection kept SQLite from emptying its log for long; a running
    /// service goes on trying.
    ///
    /// # Errors
    /// Fails when the database does.
    pub async fn remove_remains(&self, tables: &'static [&'static str]) -> Result<bool> {
        const TRIED_FOR: Duration = Duration::from_secs(15);
        const BETWEEN: Duration = Duration::from_millis(200);
        // SQLite does not wait for who copies the log at the moment: here it is waited for, in another process asked again.
        let _alone = self.0.copying.lock().await;
        let begun = Instant::now();
        loop {
            if self.0.writers.with(move |connection| engine::remove_remains(connection, tables)).await? {
                return Ok(true);
            }
            if begun.elapsed() > TRIED_FOR {
                self.0.has_remains.store(true, Ordering::Relaxed);
                return Ok(false);
            }
            tokio::time::sleep(BETWEEN).await;
        }
    }
}
