//! SQLite's write-ahead log is copied into the database beside the writes. Without this, SQLite lets the write that
//! finds the log long copy all of it, and after a backup that is much.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::engine::{self, Checkpoint, begin_log_anew, copy_log};
use super::{DatabaseUrl, Db};
use crate::Result;

const PAUSE: Duration = Duration::from_secs(1);

/// From how many pages on the log starts again from its beginning: 32 MB.
const LONG: i32 = 8_000;

/// How many pages are copied in a write's turn at most, unless the log is far too long.
const FEW: i32 = 1_000;

/// From how many pages on a write waits until the log has been copied, however many pages are left: 256 MB. Who writes much
/// without a pause leaves more than a few pages each time, and the log would grow for as long as that lasts.
const FAR_TOO_LONG: i32 = 8 * LONG;

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

    /// Copies the log. A log that is copied whole is begun anew by the next write, if nobody reads from it then. While others
    /// write it never is copied whole, so that the last pages of a long one are copied in a write's turn, and all pages of one that is
    /// far too long. A reader of an older state, as a backup is, holds the rest.
    async fn shorten_log(&self) -> Result<()> {
        let _alone = self.0.copying.lock().await;
        if self.0.has_remains.load(Ordering::Relaxed) {
            if self.0.writers.with(|connection| engine::remove_remains(connection, &[])).await? {
                self.0.has_remains.store(false, Ordering::Relaxed);
            }
            return Ok(());
        }
        let mut copies_left = COPIES_MAX;
        loop {
            let Checkpoint { pages, copied, .. } = self.0.readers.with(copy_log).await?;
            copies_left -= 1;
            match pages - copied {
                left if pages < LONG || left <= 0 && pages < FAR_TOO_LONG => return Ok(()),
                left if left <= FEW => return self.0.writers.with(begin_log_anew).await,
                _ if copies_left > 0 => {}
                _ if pages < FAR_TOO_LONG => return Ok(()),
                _ => return self.0.writers.with(begin_log_anew).await,
            }
        }
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

#[cfg(test)]
mod tests {
    use diesel::RunQueryDsl;
    use diesel::connection::SimpleConnection;

    use super::*;
    use crate::storage::AnyConnection;
    use crate::storage::engine::Purpose;

    fn write(connection: &mut AnyConnection, count: usize) -> Result<()> {
        for _ in 0..count {
            diesel::sql_query("INSERT INTO filler (content) VALUES (randomblob(4000))").execute(connection)?;
        }
        Ok(())
    }

    /// A log that was copied whole is begun anew by the next write, although somebody reads all the time; the pages of a reader of
    /// an older state stay in it.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_log_is_begun_anew_unless_an_older_state_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let url: DatabaseUrl = folder.path().to_str().unwrap().parse().unwrap();
        let db = Db::connect(&url, "log", None, Purpose::Serving).unwrap();
        let (readers, writers) = (db.0.readers.clone(), db.0.writers.clone());
        let pages = async || {
            let Checkpoint { pages, copied, .. } = readers.with(copy_log).await.unwrap();
            assert!(copied <= pages);
            pages
        };
        writers.with(|conn| Ok(conn.batch_execute("CREATE TABLE filler (content BLOB NOT NULL)")?)).await.unwrap();
        writers.with(|conn| write(conn, 500)).await.unwrap();

        // Somebody begins to read here, before any of it is copied, and goes on.
        let (reads, read) = std::sync::mpsc::channel();
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let older = readers.clone();
        let older = tokio::spawn(async move {
            older
                .with(move |conn| {
                    conn.batch_execute("BEGIN; SELECT count(*) FROM filler")?;
                    reads.send(()).unwrap();
                    ended.recv().unwrap();
                    Ok(conn.batch_execute("COMMIT")?)
                })
                .await
        });
        read.recv().unwrap();
        writers.with(|conn| write(conn, 10)).await.unwrap();
        let begun = Instant::now();
        writers.with(begin_log_anew).await.unwrap();
        assert!(begun.elapsed() < Duration::from_secs(4), "a reader of an older state is not waited for");
        writers.with(|conn| write(conn, 10)).await.unwrap();
        assert!(pages().await > 500, "what it reads stays in the log");

        end.send(()).unwrap();
        older.await.unwrap().unwrap();
        writers.with(begin_log_anew).await.unwrap();
        writers.with(|conn| write(conn, 10)).await.unwrap();
        assert!(pages().await < 100, "the log began anew");
    }

    /// Many read, each for some milliseconds, so that somebody always reads a state that is older than the last write.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_log_is_begun_anew_although_somebody_always_reads() {
        let folder = tempfile::tempdir().unwrap();
        let url: DatabaseUrl = folder.path().to_str().unwrap().parse().unwrap();
        let db = Db::connect(&url, "log", None, Purpose::Serving).unwrap();
        let (readers, writers) = (db.0.readers.clone(), db.0.writers.clone());
        writers.with(|conn| Ok(conn.batch_execute("CREATE TABLE filler (content BLOB NOT NULL)")?)).await.unwrap();
        writers.with(|conn| write(conn, 500)).await.unwrap();
        let ended = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let read = || {
            let (readers, ended) = (readers.clone(), ended.clone());
            tokio::spawn(async move {
                while !ended.load(Ordering::Relaxed) {
                    let short = |conn: &mut AnyConnection| {
                        conn.batch_execute("BEGIN; SELECT count(*) FROM filler")?;
                        std::thread::sleep(Duration::from_millis(4));
                        Ok(conn.batch_execute("COMMIT")?)
                    };
                    readers.with(short).await.unwrap();
                }
            })
        };
        let reading = [read(), read(), read()];
        let mut pages = i32::MAX;
        for _ in 0..20 {
            writers.with(|conn| write(conn, 20)).await.unwrap();
            writers.with(begin_log_anew).await.unwrap();
            writers.with(|conn| write(conn, 1)).await.unwrap();
            pages = pages.min(writers.with(copy_log).await.unwrap().pages);
        }
        ended.store(true, Ordering::Relaxed);
        for one in reading {
            one.await.unwrap();
        }
        assert!(pages < 100, "{pages}");
    }
}
