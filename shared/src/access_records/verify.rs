//! Verifies the hash chain of access records from the first one.

use super::chain::{first_prev_hash, purpose_hash, record_hash};
use super::store::{Row, key_of, list_after};
use crate::journal::{Broken, Verification, journal_id};
use crate::personal::has_data_key;
use crate::storage::AnyConnection;
use crate::{Id, Result};

/// Verifies the access records of a database. `witnessed` are heads that were saved elsewhere: nothing else detects
/// newest records that were replaced with correct hashes.
///
/// # Errors
/// Fails when the database does; a broken chain is an answer, not an error.
pub fn verify(conn: &mut AnyConnection, witnessed: &[(i64, String)]) -> Result<Verification> {
    const RECORDS_A_PAGE: i64 = 1000;
    let journal = journal_id(conn)?;
    let (mut last_seq, mut prev_hash, mut broken) = (0, first_prev_hash(journal), None);
    'pages: loop {
        let rows = list_after(conn, last_seq, RECORDS_A_PAGE)?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            let witness = witnessed.iter().find(|(seq, _)| *seq == row.seq);
            let is_witnessed = witness.is_none_or(|(_, hash)| *hash == hex::encode(&row.hash));
            let why = match fault_of(conn, &row, last_seq, &prev_hash, journal)? {
                None if !is_witnessed => Some("it is not the record that was witnessed"),
                why => why,
            };
            if let Some(why) = why {
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
        broken = Some(Broken { seq: *seq, why: "a record that was witnessed is missing" });
    }
    let head = (last_seq > 0).then(|| (last_seq, hex::encode(&prev_hash)));
    Ok(Verification { entries: last_seq, head, broken })
}

fn fault_of(
    conn: &mut AnyConnection,
    row: &Row,
    last_seq: i64,
    prev_hash: &[u8],
    journal: Id,
) -> Result<Option<&'static str>> {
    if row.seq != last_seq + 1 {
        return Ok(Some("the record before it is missing"));
    }
    if row.prev_hash != prev_hash {
        return Ok(Some("it does not follow the record before it"));
    }
    match (&row.purpose, &row.purpose_salt, &row.purpose_hash) {
        (Some(sealed), Some(salt), Some(hash)) if purpose_hash(salt, sealed) != *hash => {
            return Ok(Some("its purpose was changed"));
        }
        (Some(_), Some(_), Some(_)) | (None, None, None) => {}
        (None, None, Some(_)) => {
            let was_erased = match key_of(row.subject.as_deref()) {
                Some(key) => !has_data_key(conn, key)?,
                None => false,
            };
            if !was_erased {
                return Ok(Some("its purpose was removed, and whom it was about was not erased"));
            }
        }
        _ => return Ok(Some("half of its purpose was removed")),
    }
    Ok((record_hash(row, journal)? != row.hash).then_some("its columns were changed"))
}
