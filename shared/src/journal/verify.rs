//! Verifying a journal from its first entry.

use std::collections::BTreeMap;

use super::Published;
use super::chain::{fault_of, first_prev_hash};
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

/// Verifies a journal from its first entry. `witnessed` are heads that were kept elsewhere: a tail that
/// was written anew with right hashes can be told by nothing else.
///
/// # Errors
/// Fails when the database does; a broken chain is an answer, not an error.
pub fn verify(conn: &mut AnyConnection, witnessed: &[(i64, String)]) -> Result<Verification> {
    const ENTRIES_A_PAGE: i64 = 1000;
    let journal = store::store_id(conn)?;
    let mut prev_hash = first_prev_hash(journal);
    let mut last_seq = 0;
    let mut broken = None;
    let mut emptied = Emptied::default();
    'pages: loop {
        let rows = store::list_after(conn, last_seq, ENTRIES_A_PAGE)?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            let witness = witnessed.iter().find(|(seq, _)| *seq == row.seq);
            if let Some(why) = fault_of(&row, last_seq, &prev_hash, journal, witness)? {
                broken = Some(Broken { seq: row.seq, why });
                break 'pages;
            }
            emptied.note(&row)?;
            last_seq = row.seq;
            prev_hash = row.hash;
        }
    }
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
