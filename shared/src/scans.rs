//! Background scans: they search for what no request waits for, again and again, in bounded steps beside the writes.

use std::time::Duration;

use chrono::TimeDelta;
use rand::RngExt;

use crate::Result;
use crate::journal::{Entries, Entry, Subject, list_subjects};
use crate::storage::{Act, Db, Tx};

/// The pause between two scans, in seconds. It differs each time, so that the moment of what is found says nothing of the
/// moment of a record.
const PAUSE_SECONDS: std::ops::Range<u64> = 30..90;

/// How much of what was found one transaction writes.
pub const FOUND_A_WRITE: usize = 500;

/// How long only changed records are scanned. After that, everything is scanned once more.
pub const EVERYTHING_EVERY: TimeDelta = TimeDelta::days(1);

/// How many entries are looked through for what they are about. With more, a scan of everything costs less.
const ENTRIES_MAX: i64 = 50_000;
const ENTRIES_A_READ: i64 = 500;

/// A background scan.
pub trait Scan: Send {
    /// Scans once. It reads beside the writes and writes with [`write_found`], so that neither a read nor a write is long.
    ///
    /// # Errors
    /// Fails when the database does; the next scan then reads the same records again.
    fn look(&mut self) -> impl Future<Output = Result<()>> + Send;
}

/// Scans again and again. A service spawns it in its background, which stops it with the process, between transactions. A
/// failed scan is logged and does not end the loop.
pub async fn scan_for_ever(what: &'static str, mut scan: impl Scan) {
    loop {
        let pause = rand::rng().random_range(PAUSE_SECONDS);
        tokio::time::sleep(Duration::from_secs(pause)).await;
        if let Err(error) = scan.look().await {
            log::warn!("a background scan failed what={what}: {error:?}");
        }
    }
}

/// Passes to `tell` what the entries of the own journal after one place, up to another, are about. Returns false if not all
/// changed records are known by that: there were too many entries, or `tell` said that an entry concerns more than it names.
///
/// # Errors
/// Fails when the database does.
pub async fn told_between(db: &Db, after: i64, upto: i64, mut tell: impl FnMut(&Subject) -> bool) -> Result<bool> {
    if upto - after > ENTRIES_MAX {
        return Ok(false);
    }
    let mut seq = after;
    while seq < upto {
        let from = seq;
        let subjects = db.read(move |conn| list_subjects(conn, from, ENTRIES_A_READ)).await?;
        if !subjects.iter().all(&mut tell) {
            return Ok(false);
        }
        let Some(last) = subjects.last() else { break };
        seq = last.seq;
    }
    Ok(true)
}

/// Writes what was found, some at a time: each part with its journal entries in a transaction of its own.
///
/// # Errors
/// Fails when the database does; what was written before stays.
pub async fn write_found<T, F>(db: &Db, act: &Act, found: Vec<T>, write: F) -> Result<()>
where
    T: Clone + Send + 'static,
    F: Fn(&mut Tx<'_>, &[T]) -> Result<Vec<Entry>> + Clone + Send + 'static,
{
    for some in found.chunks(FOUND_A_WRITE) {
        let (some, write) = (some.to_vec(), write.clone());
        db.write(act.clone(), move |tx| Ok(((), Entries::found(write(tx, &some)?)))).await?;
    }
    Ok(())
}
