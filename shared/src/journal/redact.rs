//! Lawful erasure: removes an entry's data and salt, and records that in a later entry.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::Value;

use super::row::journal_entries;
use super::store::list_all_by_subject;
use super::{Entry, Published};
use crate::Result;
use crate::published::entry::EntryRedacted;
use crate::storage::Tx;
use crate::territory::AreaId;

/// Empties the entries about a resource, and returns those that tell it: each with what `keep` leaves of the data.
///
/// # Errors
/// Fails when the database does.
pub fn redact_subject(
    tx: &mut Tx<'_>,
    subject: &str,
    on: NaiveDate,
    keep: impl Fn(Value) -> Value,
) -> Result<Vec<Entry>> {
    let mut told = Vec::new();
    for row in list_all_by_subject(tx.conn(), subject)? {
        let Some(data) = row.data.filter(|_| row.kind != EntryRedacted::KIND) else { continue };
        let kept = keep(serde_json::from_str(&data)?);
        diesel::update(journal_entries::table.find(row.seq))
            .set((journal_entries::data.eq(None::<String>), journal_entries::salt.eq(None::<Vec<u8>>)))
            .execute(tx.conn())?;
        let payload = EntryRedacted { entry: row.id, kind: row.kind, v: row.v, kept };
        let entry = Entry::of(&payload, subject, on)?;
        told.push(match row.area {
            Some(area) => entry.in_area(&AreaId::stored(area)),
            None => entry,
        });
    }
    Ok(told)
}
