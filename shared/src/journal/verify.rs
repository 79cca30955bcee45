//! Verifying a journal from its first entry.

use super::chain::{fault_of, first_prev_hash};
use super::store;
use crate::Result;
use crate::storage::AnyConnection;

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
            last_seq = row.seq;
            prev_hash = row.hash;
        }
    }
    if broken.is_none()
        && let Some((seq, _)) = witnessed.iter().filter(|(seq, _)| *seq > last_seq).min()
    {
        broken = Some(Broken { seq: *seq, why: "an entry that was witnessed is missing" });
    }
    let head = (last_seq > 0).then(|| (last_seq, hex::encode(&prev_hash)));
    Ok(Verification { entries: last_seq, head, broken })
}
