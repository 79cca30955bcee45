//! The chain of hashes over access records.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::store::Row;
use crate::{Id, Result, ResultExt};

/// What a record's hash covers, written in the canonical form of RFC 8785. Bytes are lower-case hexadecimal.
#[derive(Serialize)]
struct Covered<'a> {
    journal_id: Id,
    seq: i64,
    id: Id,
    accessed_at: String,
    actor: &'a str,
    action: &'a str,
    subject: Option<&'a str>,
    area: Option<&'a str>,
    fields: Option<&'a str>,
    filter: Option<&'a str>,
    count: i64,
    remote_address: Option<&'a str>,
    purpose_hash: Option<String>,
    prev_hash: String,
}

/// The hash that stands before the first record of a database: it is bound to the database's journal.
pub(super) fn first_prev_hash(journal: Id) -> Vec<u8> {
    Sha256::new().chain_update(b"access-records").chain_update(journal.as_bytes()).finalize().to_vec()
}

/// The salted hash that stands for a purpose. It is made of the sealed text, so that it is verified without a key.
pub(super) fn purpose_hash(salt: &[u8], sealed: &[u8]) -> Vec<u8> {
    Sha256::new().chain_update(salt).chain_update(sealed).finalize().to_vec()
}

pub(super) fn record_hash(row: &Row, journal_id: Id) -> Result<Vec<u8>> {
    let covered = Covered {
        journal_id,
        seq: row.seq,
        id: row.id,
        accessed_at: row.accessed_at.and_utc().to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
        actor: &row.actor,
        action: &row.action,
        subject: row.subject.as_deref(),
        area: row.area.as_deref(),
        fields: row.fields.as_deref(),
        filter: row.filter.as_deref(),
        count: row.count,
        remote_address: row.remote_address.as_deref(),
        purpose_hash: row.purpose_hash.as_ref().map(hex::encode),
        prev_hash: hex::encode(&row.prev_hash),
    };
    let canonical = serde_json_canonicalizer::to_vec(&covered).doing("writing an access record for its hash")?;
    Ok(Sha256::digest(&canonical).to_vec())
}
