//! Reading the journal over HTTP: pages in order, filtered by the caller's scope, long-polling.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::row::EntryRow;
use super::{SAFE_INTEGER_MAX, store};
use crate::access::Scope;
use crate::storage::{AnyConnection, Db};
use crate::territory::AreaId;
use crate::validate::{Faults, within};
use crate::{Code, Error, Id, Result, ResultExt};

/// One change of state.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct JournalEntry {
    /// Its place in the journal; counts up by one.
    pub seq: i64,
    /// Its id; a correction names it.
    pub id: Id,
    /// What happened: `<noun>.<past participle>`. New kinds may be added: ignore those you do not know.
    pub kind: String,
    /// The version of the kind's payload.
    pub v: i32,
    /// The path of the resource that changed.
    pub subject: String,
    /// The area it belongs to; null where it belongs to everybody.
    pub area: Option<AreaId>,
    /// The day it happened in the real world (Viet Nam's day).
    pub occurred_on: NaiveDate,
    /// The instant it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Who recorded it: `client:<id>` or `service:<name>`.
    pub actor: String,
    /// One id for all entries of a mass act.
    pub batch: Option<Id>,
    /// The entry that this one replaces.
    pub corrects: Option<Id>,
    /// The payload, as its kind documents it; null after a lawful erasure.
    #[schema(value_type = Option<Object>)]
    pub data: Option<Box<RawValue>>,
    /// Random bytes (hexadecimal) that were hashed before the payload.
    pub salt: Option<String>,
    /// SHA-256 of salt and canonical payload, hexadecimal.
    pub data_hash: String,
    /// The hash of the entry before it, hexadecimal.
    pub prev_hash: String,
    /// SHA-256 over all the columns in the canonical form of RFC 8785, hexadecimal.
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

/// The last entry of a journal.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Head {
    /// Its place; 0 when the journal is empty.
    pub seq: i64,
    /// Its hash, hexadecimal; empty when the journal is empty.
    pub hash: String,
}

/// A page of a journal. Entries outside the caller's scope are left out, so a page may be short or
/// empty before the head: read on while `next_after < head.seq`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct JournalPage {
    /// The entries, in order.
    pub items: Vec<JournalEntry>,
    /// What to send as `after` for the next page.
    pub next_after: i64,
    /// The last entry of the journal.
    pub head: Head,
    /// The journal's random id: another id is another journal.
    pub journal_id: Id,
}

/// What to read of a journal.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct JournalQuery {
    /// Entries after this place; 0 or absent: from the first.
    #[param(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub after: Option<i64>,
    /// The hash of the entry at `after` as the reader knows it; if the journal does not have that entry
    /// the answer is 409 `journal_forked`.
    #[param(max_length = 64)]
    pub after_hash: Option<String>,
    /// The journal's id as the reader knows it; another id is 409 `journal_forked`.
    pub journal_id: Option<Id>,
    /// How many entries at most: 500, for services 5,000. Default 100.
    #[param(minimum = 0, maximum = 5000)]
    pub limit: Option<i64>,
    /// How many seconds to wait for a first new entry, at most 20.
    #[param(minimum = 0, maximum = 20)]
    pub wait: Option<i64>,
}

/// Reads a page, waiting for the first new entry if asked to. `may_read` says whether the caller may
/// read entries of a kind at all.
///
/// # Errors
/// `journal_forked` when the reader's last entry is not in this journal; `invalid_fields` for a
/// limit or a wait out of bounds.
pub async fn read_page<F>(db: &Db, scope: &Scope, query: JournalQuery, may_read: F) -> Result<JournalPage>
where
    F: Fn(&str) -> bool + Clone + Send + 'static,
{
    const WAIT_SECONDS_MAX: i64 = 20;
    let limit_max = if scope.is_everything() { 5000 } else { 500 };
    let mut faults = Faults::new();
    let after = faults.take_parameter("after", within(query.after.unwrap_or(0), 0, SAFE_INTEGER_MAX));
    let limit = faults.take_parameter("limit", within(query.limit.unwrap_or(100), 0, limit_max));
    let wait_seconds = faults.take_parameter("wait", within(query.wait.unwrap_or(0), 0, WAIT_SECONDS_MAX));
    let ((after, limit), wait_seconds) = faults.finish_with(after.zip(limit).zip(wait_seconds))?;
    let wait_seconds = u64::try_from(wait_seconds).unwrap_or_default();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(wait_seconds);
    let (mut appended, stopping) = (db.appended(), db.stopping());
    loop {
        appended.mark_unchanged();
        let (scope, may_read, query) = (scope.clone(), may_read.clone(), query.clone());
        // No snapshot is needed: nothing comes in below what was read, and the head is asked for after it.
        let page = db.look_up(move |conn| page_of(conn, &scope, &query, after, limit, &may_read)).await?;
        let is_answer = page.next_after > after || limit == 0;
        if is_answer || tokio::time::Instant::now() >= deadline || stopping.is_cancelled() {
            return Ok(page);
        }
        // Another process may append too, so look again now and then even if this one is silent.
        let pause = deadline.min(tokio::time::Instant::now() + Duration::from_millis(500));
        tokio::select! {
            _ = tokio::time::timeout_at(pause, appended.changed()) => {}
            () = stopping.cancelled() => {}
        }
    }
}

fn page_of(
    conn: &mut AnyConnection,
    scope: &Scope,
    query: &JournalQuery,
    after: i64,
    limit: i64,
    may_read: &impl Fn(&str) -> bool,
) -> Result<JournalPage> {
    let journal_id = store::store_id(conn)?;
    if query.journal_id.is_some_and(|known| known != journal_id) {
        return Err(Error::new(Code::JournalForked));
    }
    if let Some(known) = &query.after_hash
        && after > 0
        && store::hash_at(conn, after)?.map(hex::encode).as_ref() != Some(known)
    {
        return Err(Error::new(Code::JournalForked));
    }
    let rows = store::list_after(conn, after, limit)?;
    let next_after = rows.last().map_or(after, |row| row.seq);
    let head = store::head(conn)?;
    let items = shown(rows, scope, may_read)?;
    let head = head.map_or(Head { seq: 0, hash: String::new() }, |(seq, hash)| Head { seq, hash: hex::encode(hash) });
    Ok(JournalPage { items, next_after, head, journal_id })
}

/// The entries that the caller may see.
fn shown(
    rows: impl IntoIterator<Item = EntryRow>,
    scope: &Scope,
    may_read: &impl Fn(&str) -> bool,
) -> Result<Vec<JournalEntry>> {
    let is_visible = |row: &EntryRow| {
        let area = row.area.as_deref().map(AreaId::stored);
        may_read(&row.kind) && area.is_none_or(|area| scope.may_read(&area))
    };
    rows.into_iter().filter(is_visible).map(JournalEntry::try_from).collect()
}

/// Returns one entry, if the caller may see it.
///
/// # Errors
/// Fails when the database does.
pub fn find_entry(
    conn: &mut AnyConnection,
    scope: &Scope,
    id: Id,
    may_read: &impl Fn(&str) -> bool,
) -> Result<Option<JournalEntry>> {
    Ok(shown(store::find_row(conn, id)?, scope, may_read)?.pop())
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
            data: row.data.map(RawValue::from_string).transpose()?,
            salt: row.salt.map(hex::encode),
            data_hash: hex::encode(row.data_hash),
            prev_hash: hex::encode(row.prev_hash),
            hash: hex::encode(row.hash),
        })
    }
}

/// Returns the entries about one resource, in order, as far as the caller may see them.
///
/// # Errors
/// Fails when the database does.
pub fn list_history(conn: &mut AnyConnection, scope: &Scope, subject: &str) -> Result<Vec<JournalEntry>> {
    shown(store::list_by_subject(conn, subject)?, scope, &|_| true)
}
