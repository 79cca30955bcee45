//! SQLite's write-ahead log. What it holds is copied into the database beside the writes: left to itself, SQLite lets the write
//! that finds the log long copy all of it, and after a backup that is much.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::engine::{Checkpoint, copy_log};
use super::{DatabaseUrl, Db};
use crate::Result;

const PAUSE: Duration = Duration::from_secs(1);

/// From how many pages on the log is begun anew: 32 MB.
const LONG: i32 = 8_000;

/// What is copied in a write's place: about as much as one write leaves.
const FEW: i32 = 1_000;

impl Db {
    /// Keeps the log short, in seconds after something was written. A server does so by itself.
    pub(crate) async fn keep_log_short(self) {
        let DatabaseUrl::Folder(_) = self.0.url else { return };
        loop {
            tokio::time::sleep(PAUSE).await;
            if !self.0.was_written.swap(false, Ordering::Relaxed) {
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
        let Checkpoint { pages, copied, .. } = self.0.readers.with(copy_log).await?;
        if pages >= LONG && (1..=FEW).contains(&(pages - copied)) {
            self.0.writers.with(copy_log).await?;
        }
        Ok(())
    }
}
