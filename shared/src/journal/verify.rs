//! Verifying a journal from its first entry.

use std::collections::BTreeMap;

use super::Published;
use super::chain::{fault_of_place, first_prev_hash, own_fault};
use super::row::EntryRow;
use super::store;
use crate::published::entry::EntryRedacted;
use crate::storage::AnyConnection;
use crate::{Id, Result};

/// The first entry that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Its place.
    pub seq: i64,
    /// What is wrong with it.
    pub why: &'static str,
}

/// What the verification of a journal found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// How many entries hold, from the first on.
    pub entries: i64,
    /// The last good entry's place and hash (hexadecimal), to be kept elsewhere and compared.
    pub head: Option<(i64, String)>,
    /// The first broken entry, if there is one.
    pub broken: Option<Broken>,
}

/// Verifies a journal from its first entry. `witnessed` are heads that were saved elsewhere: nothing else detects newest
/// entries that were replaced with correct hashes. `progress` is called now and then with the last entry verified.
///
/// # Errors
/// Fails when the database does; a broken chain is an answer, not an error.
pub fn verify(
    conn: &mut AnyConnection,
    witnessed: &[(i64, String)],
    progress: &mut dyn FnMut(i64),
) -> Result<Verification> {
    const ENTRIES_A_PAGE: i64 = 2000;
    let journal = store::store_id(conn)?;
    let mut held = Held { last_seq: 0, prev_hash: first_prev_hash(journal), emptied: Emptied::default() };
    let mut broken = None;
    let mut page = store::list_after(conn, 0, ENTRIES_A_PAGE)?;
    while let (None, Some(last)) = (&broken, page.last()) {
        let last_seq = last.seq;
        let (own_faults, next) =
            own_faults_beside(&page, journal, || store::list_after(conn, last_seq, ENTRIES_A_PAGE));
        broken = held.hold(std::mem::take(&mut page), own_faults?, witnessed)?;
        progress(held.last_seq);
        if broken.is_none() {
            page = next?;
        }
    }
    let Held { last_seq, prev_hash, emptied } = held;
    if broken.is_none() {
        broken = emptied.first_untold();
    }
    if broken.is_none()
        && let Some((seq, _)) = witnessed.iter().filter(|(seq, _)| *seq > last_seq).min()
    {
        broken = Some(Broken { seq: *seq, why: "an entry that was witnessed is missing" });
    }
    let head = (last_seq > 0).then(|| (last_seq, hex::encode(&prev_hash)));
    Ok(Verification { entries: last_seq, head, broken })
}

/// What is wrong with each of some entries, whatever stands before it. All cores hash them, while the next ones are read.
fn own_faults_beside<T>(
    rows: &[EntryRow],
    journal: Id,
    read: impl FnOnce() -> T,
) -> (Result<Vec<Option<&'static str>>>, T) {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|threads| {
        let hash = |rows: &[EntryRow]| rows.iter().map(|row| own_fault(row, journal)).collect::<Result<Vec<_>>>();
        let parts = rows.chunks(rows.len().div_ceil(cores).max(1));
        let parts: Vec<_> = parts.map(|part| threads.spawn(move || hash(part))).collect();
        let read = read();
        let parts = parts.into_iter().map(|part| part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        (parts.collect::<Result<Vec<_>>>().map(|parts| parts.concat()), read)
    })
}

/// The entries that hold so far.
struct Held {
    last_seq: i64,
    prev_hash: Vec<u8>,
    emptied: Emptied,
}

impl Held {
    /// Goes on with a page, to its end or to the first entry that does not hold.
    fn hold(
        &mut self,
        rows: Vec<EntryRow>,
        own_faults: Vec<Option<&'static str>>,
        witnessed: &[(i64, String)],
    ) -> Result<Option<Broken>> {
        for (row, own_fault) in rows.into_iter().zip(own_faults) {
            let is_other = || {
                let witness = witnessed.iter().find(|(seq, _)| *seq == row.seq);
                witness.is_some_and(|(_, hash)| *hash != hex::encode(&row.hash))
            };
            let why = fault_of_place(&row, self.last_seq, &self.prev_hash)
                .or(own_fault)
                .or_else(|| is_other().then_some("it is not the entry that was witnessed"));
            if let Some(why) = why {
                return Ok(Some(Broken { seq: row.seq, why }));
            }
            self.emptied.note(&row)?;
            self.last_seq = row.seq;
            self.prev_hash = row.hash;
        }
        Ok(None)
    }
}

/// Entries without their data, until a later one says that they were lawfully emptied.
#[derive(Default)]
struct Emptied(BTreeMap<Id, i64>);

impl Emptied {
    fn note(&mut self, row: &EntryRow) -> Result<()> {
        match &row.data {
            None => {
                self.0.insert(row.id, row.seq);
            }
            Some(data) if row.kind == EntryRedacted::KIND => {
                self.0.remove(&serde_json::from_str::<EntryRedacted>(data)?.entry);
            }
            Some(_) => {}
        }
        Ok(())
    }

    fn first_untold(&self) -> Option<Broken> {
        let seq = self.0.values().min()?;
        Some(Broken { seq: *seq, why: "its data was removed, and no later entry says so" })
    }
}
