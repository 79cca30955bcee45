//! The chain of hashes, and its verification.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::store::{self, EntryRow};
use crate::storage::AnyConnection;
use crate::{Id, Result, ResultExt};

/// What an entry's hash covers, written in the canonical form of RFC 8785, so that an outsider can
/// verify the chain with any library for it. Bytes are lower-case hexadecimal.
#[derive(Serialize)]
struct Covered<'a> {
    journal_id: Id,
    seq: i64,
    id: Id,
    kind: &'a str,
    v: i32,
    subject: &'a str,
    area: Option<&'a str>,
    occurred_on: String,
    recorded_at: String,
    actor: &'a str,
    batch: Option<Id>,
    corrects: Option<Id>,
    data_hash: String,
    prev_hash: String,
}

/// The hash that stands before the first entry.
pub(super) fn first_prev_hash(journal: Id) -> Vec<u8> {
    Sha256::digest(journal.as_bytes()).to_vec()
}

/// The hash that stands for an entry's data: an erasure can empty data and salt, and the chain holds.
pub(super) fn data_hash(salt: &[u8], canonical_data: &str) -> Vec<u8> {
    Sha256::new().chain_update(salt).chain_update(canonical_data.as_bytes()).finalize().to_vec()
}

pub(super) fn entry_hash(row: &EntryRow, journal_id: Id) -> Result<Vec<u8>> {
    let covered = Covered {
        journal_id,
        seq: row.seq,
        id: row.id,
        kind: &row.kind,
        v: row.v,
        subject: &row.subject,
        area: row.area.as_deref(),
        occurred_on: row.occurred_on.to_string(),
        recorded_at: row.recorded_at.and_utc().to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
        actor: &row.actor,
        batch: row.batch,
        corrects: row.corrects,
        data_hash: hex::encode(&row.data_hash),
        prev_hash: hex::encode(&row.prev_hash),
    };
    let canonical = serde_json_canonicalizer::to_vec(&covered).doing("writing an entry for its hash")?;
    Ok(Sha256::digest(&canonical).to_vec())
}

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

fn fault_of(
    row: &EntryRow,
    last_seq: i64,
    prev_hash: &[u8],
    journal: Id,
    witness: Option<&(i64, String)>,
) -> Result<Option<&'static str>> {
    if row.seq != last_seq + 1 {
        return Ok(Some("the entry before it is missing"));
    }
    if row.prev_hash != prev_hash {
        return Ok(Some("it does not follow the entry before it"));
    }
    match (&row.data, &row.salt) {
        (Some(data), Some(salt)) if data_hash(salt, data) != row.data_hash => {
            return Ok(Some("its data was changed"));
        }
        (Some(_), None) | (None, Some(_)) => return Ok(Some("half of its data was removed")),
        _ => {}
    }
    if entry_hash(row, journal)? != row.hash {
        return Ok(Some("its columns were changed"));
    }
    if witness.is_some_and(|(_, hash)| *hash != hex::encode(&row.hash)) {
        return Ok(Some("it is not the entry that was witnessed"));
    }
    Ok(None)
}
