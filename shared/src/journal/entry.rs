//! An entry as followers read it, and as callers see it.

use chrono::{DateTime, NaiveDate, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::row::EntryRow;
use crate::territory::AreaId;
use crate::{Error, Id, Moment, Result, ResultExt};

/// One change of state, whole: what followers read.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of the answer JournalEntry, all of which are there")]
pub struct JournalEntry {
    pub seq: i64,
    pub id: Id,
    pub kind: String,
    pub v: i32,
    pub subject: String,
    pub area: Option<AreaId>,
    pub occurred_on: NaiveDate,
    pub recorded_at: DateTime<Utc>,
    pub actor: String,
    pub batch: Option<Id>,
    pub corrects: Option<Id>,
    pub because: Option<Id>,
    pub data: Option<Box<RawValue>>,
    pub salt: Option<String>,
    pub data_hash: String,
    pub prev_hash: String,
    pub hash: String,
}

impl JournalEntry {
    /// Returns what it says, as its kind documents it.
    ///
    /// # Errors
    /// Fails when the payload is not that, or was lawfully erased.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T> {
        let text = self.data.as_ref().map_or("null", |data| data.get());
        serde_json::from_str(text).doing(&format!("reading what entry {} says", self.seq))
    }
}

/// One change of state.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = JournalEntry)]
pub struct ShownEntry {
    /// Its place in the journal; counts up by one. Only for readers of everything: gaps would tell of entries that the
    /// reader may not see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    /// Its id; a correction names it.
    pub id: Id,
    /// What happened: `<noun>.<past participle>`. New kinds may be added: ignore those you do not know.
    pub kind: String,
    /// The version of the kind's payload.
    pub v: i32,
    /// The path of the resource that changed. With `/members` at its end it is about members without names of that organisation. A
    /// member who has moved out of the caller's areas does not open any more.
    pub subject: String,
    /// The area it belongs to; null where it belongs to everybody.
    pub area: Option<AreaId>,
    /// The day it happened in the real world (Viet Nam's day).
    pub occurred_on: NaiveDate,
    /// The instant it was recorded.
    pub recorded_at: Moment,
    /// Who recorded it: `client:<id>` or `service:<name>`.
    pub actor: String,
    /// One id for all entries of one change.
    pub batch: Option<Id>,
    /// The entry that this one replaces.
    pub corrects: Option<Id>,
    /// The entry that made this one necessary: of an act recorded, corrected or withdrawn before others of the same
    /// record.
    pub because: Option<Id>,
    /// The payload, as its kind documents it; null after a lawful erasure.
    #[schema(value_type = Option<Object>)]
    pub data: Option<Box<RawValue>>,
    /// Random bytes (hexadecimal) that were hashed before the payload.
    pub salt: Option<String>,
    /// SHA-256 of salt and canonical payload, hexadecimal.
    pub data_hash: String,
    /// The hash of the entry before it, hexadecimal. Only for readers of everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prev_hash: Option<String>,
    /// SHA-256 over all the columns in the canonical form of RFC 8785, hexadecimal. Only for readers of everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
}

impl ShownEntry {
    /// Shows an entry; its place and its chain only to who reads everything.
    pub(super) fn of(row: EntryRow, reads_everything: bool) -> Result<Self> {
        let entry = JournalEntry::try_from(row)?;
        Ok(Self {
            seq: reads_everything.then_some(entry.seq),
            id: entry.id,
            kind: entry.kind,
            v: entry.v,
            subject: entry.subject,
            area: entry.area,
            occurred_on: entry.occurred_on,
            recorded_at: entry.recorded_at.into(),
            actor: entry.actor,
            batch: entry.batch,
            corrects: entry.corrects,
            because: entry.because,
            data: entry.data,
            salt: entry.salt,
            data_hash: entry.data_hash,
            prev_hash: reads_everything.then_some(entry.prev_hash),
            hash: reads_everything.then_some(entry.hash),
        })
    }
}

impl TryFrom<EntryRow> for JournalEntry {
    type Error = Error;

    fn try_from(row: EntryRow) -> Result<Self> {
        Ok(Self {
            seq: row.seq,
            id: row.id,
            kind: row.kind,
            v: row.v,
            subject: row.subject,
            area: row.area.map(AreaId::stored),
            occurred_on: row.occurred_on,
            recorded_at: row.recorded_at.and_utc(),
            actor: row.actor,
            batch: row.batch,
            corrects: row.corrects,
            because: row.because,
            data: row.data.map(RawValue::from_string).transpose()?,
            salt: row.salt.map(hex::encode),
            data_hash: hex::encode(row.data_hash),
            prev_hash: hex::encode(row.prev_hash),
            hash: hex::encode(row.hash),
        })
    }
}
