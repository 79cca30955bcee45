//! The chain of hashes.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::row::EntryRow;
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
    because: Option<Id>,
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
        because: row.because,
        data_hash: hex::encode(&row.data_hash),
        prev_hash: hex::encode(&row.prev_hash),
    };
    let canonical = serde_json_canonicalizer::to_vec(&covered).doing("writing an entry for its hash")?;
    Ok(Sha256::digest(&canonical).to_vec())
}

/// Says what is wrong with an entry that should follow another one.
pub(super) fn fault_of(
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
