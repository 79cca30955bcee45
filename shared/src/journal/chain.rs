//! The chain of hashes.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::row::EntryRow;
use crate::{Id, Result, ResultExt};

/// What an entry's hash covers, written in the canonical form of RFC 8785, so that an outsider can
/// verify the chain with any library for it. Bytes are lower-case hexadecimal.
///
/// The form orders names, and asks of texts and whole numbers what `serde_json` writes: with its fields in that order this
/// needs no writer of its own, which takes several times as long.
#[derive(Serialize)]
struct Covered<'a> {
    actor: &'a str,
    area: Option<&'a str>,
    batch: Option<Id>,
    because: Option<Id>,
    corrects: Option<Id>,
    data_hash: String,
    id: Id,
    journal_id: Id,
    kind: &'a str,
    occurred_on: String,
    prev_hash: String,
    recorded_at: String,
    seq: i64,
    subject: &'a str,
    v: i32,
}

/// The hash that stands before the first entry.
pub(super) fn first_prev_hash(journal: Id) -> Vec<u8> {
    Sha256::digest(journal.as_bytes()).to_vec()
}

/// The hash that stands for an entry's data: an erasure can empty data and salt, and the chain holds.
pub(super) fn data_hash(salt: &[u8], canonical_data: &str) -> Vec<u8> {
    Sha256::new().chain_update(salt).chain_update(canonical_data.as_bytes()).finalize().to_vec()
}

fn covered(row: &EntryRow, journal_id: Id) -> Covered<'_> {
    Covered {
        actor: &row.actor,
        area: row.area.as_deref(),
        batch: row.batch,
        because: row.because,
        corrects: row.corrects,
        data_hash: hex::encode(&row.data_hash),
        id: row.id,
        journal_id,
        kind: &row.kind,
        occurred_on: row.occurred_on.to_string(),
        prev_hash: hex::encode(&row.prev_hash),
        recorded_at: row.recorded_at.and_utc().to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
        seq: row.seq,
        subject: &row.subject,
        v: row.v,
    }
}

pub(super) fn entry_hash(row: &EntryRow, journal_id: Id) -> Result<Vec<u8>> {
    let canonical = serde_json::to_vec(&covered(row, journal_id)).doing("writing an entry for its hash")?;
    Ok(Sha256::digest(&canonical).to_vec())
}

/// Says what is wrong with an entry, whatever stands before it.
pub(super) fn own_fault(row: &EntryRow, journal: Id) -> Result<Option<&'static str>> {
    match (&row.data, &row.salt) {
        (Some(data), Some(salt)) if data_hash(salt, data) != row.data_hash => {
            return Ok(Some("its data was changed"));
        }
        (Some(_), None) | (None, Some(_)) => return Ok(Some("half of its data was removed")),
        _ => {}
    }
    Ok((entry_hash(row, journal)? != row.hash).then_some("its columns were changed"))
}

/// Says what is wrong with an entry's place after another one.
pub(super) fn fault_of_place(row: &EntryRow, last_seq: i64, prev_hash: &[u8]) -> Option<&'static str> {
    if row.seq != last_seq + 1 {
        return Some("the entry before it is missing");
    }
    (row.prev_hash != prev_hash).then_some("it does not follow the entry before it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_hash_covers_is_in_canonical_form() {
        for text in ["đơn vị", "\u{0}\u{1f}\u{7f}\u{2028}\"\\/\u{8}\t\n\u{c}\r", "😀"] {
            let row = EntryRow {
                seq: i64::from(u32::MAX),
                id: Id::new(),
                kind: text.to_owned(),
                v: 1,
                subject: text.to_owned(),
                area: Some(text.to_owned()),
                occurred_on: chrono::NaiveDate::default(),
                recorded_at: chrono::NaiveDateTime::default(),
                actor: text.to_owned(),
                batch: None,
                corrects: Some(Id::new()),
                because: None,
                data: None,
                salt: None,
                data_hash: vec![0, 255],
                prev_hash: vec![],
                hash: vec![],
            };
            let covered = covered(&row, Id::new());
            let canonical = serde_json_canonicalizer::to_string(&covered).expect("canonical form");
            assert_eq!(serde_json::to_string(&covered).expect("JSON"), canonical);
        }
    }
}
