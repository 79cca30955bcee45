//! Reading the journal over HTTP: pages in order, filtered by the caller's audience, long-polling.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::cursor::{CURSOR_LENGTH_MAX, CursorKey, Place};
use super::{Audience, SAFE_INTEGER_MAX, ShownEntry, store};
use crate::access::{May, Permission};
use crate::http::{PublishedKind, Query};
use crate::personal::MasterKey;
use crate::storage::{Act, AnyConnection, Db};
use crate::territory::{AreaId, Territory};
use crate::validate::{Faults, Wrong, within};
use crate::{Code, Error, Id, Result};

/// The last entry of a journal.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Head {
    /// Its place; 0 when the journal is empty.
    pub seq: i64,
    /// Its hash, hexadecimal; empty when the journal is empty.
    pub hash: String,
}

/// A page of a journal: entries that the caller may see, in order, as many as asked for where there are so many.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct JournalPage {
    /// The entries, in order.
    pub items: Vec<ShownEntry>,
    /// What to send as `cursor` for what follows: the next page, or what is recorded later.
    pub next: String,
    /// Whether there is more to be read now.
    pub has_more: bool,
    /// What to send as `after` for the next page. Only for readers of everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_after: Option<i64>,
    /// The last entry of the journal. Only for readers of everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<Head>,
    /// The journal's random id: another id is another journal.
    pub journal_id: Id,
}

/// What to read of a journal.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct JournalQuery {
    /// Where to go on: `next` of the page before; absent: from the first entry. If the journal does not have the entry
    /// that was read last, the answer is 409 `journal_forked`.
    #[param(min_length = 8, max_length = 200)]
    pub cursor: Option<String>,
    /// Entries after this place, for readers of everything; 0 or absent: from the first.
    #[param(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub after: Option<i64>,
    /// The hash of the entry at `after` as the reader knows it; if the journal does not have that entry
    /// the answer is 409 `journal_forked`. For readers of everything.
    #[param(max_length = 64)]
    pub after_hash: Option<String>,
    /// The journal's id as the reader knows it; another id is 409 `journal_forked`.
    pub journal_id: Option<Id>,
    /// How many entries at most: 500, for services 5,000. Default 100.
    #[param(minimum = 0, maximum = 5000)]
    pub limit: Option<i64>,
    /// How many seconds to wait for a first entry that the caller may see, at most 20. At most eight questions of one
    /// caller wait at once: another is answered 503 `too_busy`.
    #[param(minimum = 0, maximum = 20)]
    pub wait: Option<i64>,
}

/// How many questions of one caller may wait at once. Each entry wakes all who wait; services are few and unbounded.
const WAITS_OF_ONE: u32 = 8;

/// Who waits for entries.
#[derive(Debug, Clone, Default)]
struct Waits(Arc<Mutex<HashMap<String, u32>>>);

/// A question that waits, until it is dropped.
struct Waiting {
    waits: Waits,
    caller: String,
}

impl Waits {
    /// # Errors
    /// `too_busy` where the caller has too many.
    fn begin(&self, caller: &str) -> Result<Waiting> {
        let mut waits = self.0.lock().map_err(|_| Error::internal("the waits are poisoned"))?;
        let count = waits.entry(caller.to_owned()).or_default();
        if *count >= WAITS_OF_ONE {
            return Err(Error::new(Code::TooBusy));
        }
        *count += 1;
        Ok(Waiting { waits: self.clone(), caller: caller.to_owned() })
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let Ok(mut waits) = self.waits.0.lock() else { return };
        if let Some(count) = waits.get_mut(&self.caller) {
            *count -= 1;
            if *count == 0 {
                waits.remove(&self.caller);
            }
        }
    }
}

/// Reads a service's journal for its callers.
#[derive(Clone)]
pub struct JournalReader {
    db: Db,
    waits: Waits,
    cursors: CursorKey,
    kinds: Vec<(&'static str, Permission)>,
}

/// A question for a page, understood.
#[derive(Clone)]
struct Asked {
    audience: Audience,
    /// The last entry that was read, as the reader knows it.
    after: i64,
    hash: Option<Vec<u8>>,
    journal: Option<Id>,
    limit: i64,
}

/// Pages of more rows are read off the async workers, on SQLite too.
const ROWS_HERE_MAX: i64 = 200;

impl JournalReader {
    /// Makes the reader of a journal with these kinds of entries; its cursors are sealed by a key of the database.
    ///
    /// # Errors
    /// Fails when the database does, or was sealed with another master key.
    pub async fn open(db: &Db, master: &MasterKey, act: Act, kinds: &[PublishedKind]) -> Result<Self> {
        let master = master.clone();
        let cursors = db.note(act, move |tx| {
            // Two replicas may start at once.
            tx.serialise("journal-cursor")?;
            CursorKey::open(tx, &master)
        });
        let kinds = kinds.iter().map(|one| (one.kind, one.read)).collect();
        Ok(Self { db: db.clone(), waits: Waits::default(), cursors: cursors.await?, kinds })
    }

    /// Works out what a caller may see.
    #[must_use]
    pub fn audience<P>(&self, may: &May<P>, territory: &Territory) -> Audience {
        Audience::of(may, &self.kinds, territory)
    }

    /// Reads a page, waiting for the first new entry that the caller may see if asked to.
    ///
    /// # Errors
    /// `journal_forked` when the reader's last entry is not in this journal; `bad_cursor`; `too_busy` when eight
    /// questions of the caller wait already; `invalid_fields` for a parameter out of bounds, or for a place named by a
    /// caller who does not see everything.
    pub async fn page<P>(
        &self,
        may: &May<P>,
        territory: &Territory,
        query: Query<JournalQuery>,
    ) -> Result<JournalPage> {
        let (query, faults) = query.parts();
        let wait_seconds = query.wait.unwrap_or(0);
        let mut asked = self.understand(may, territory, query, faults)?;
        let wait_seconds = u64::try_from(wait_seconds).unwrap_or_default();
        let is_counted = wait_seconds > 0 && !may.caller.is_service;
        let _waiting = is_counted.then(|| self.waits.begin(&may.caller.subject)).transpose()?;
        let deadline = tokio::time::Instant::now() + Duration::from_secs(wait_seconds);
        let (mut appended, stopping) = (self.db.appended(), self.db.stopping());
        loop {
            appended.mark_unchanged();
            let (question, limit) = (asked.clone(), asked.limit);
            // No snapshot is needed: nothing comes in below the head, which is asked for first.
            let read = move |conn: &mut AnyConnection| question.read(conn);
            // Who sees a part may look through all of a journal for it.
            let is_long = limit > ROWS_HERE_MAX || !asked.audience.is_everything();
            let found = if is_long { self.db.ask(read).await? } else { self.db.look_up(read).await? };
            let is_answer = !found.items.is_empty() || limit == 0;
            if is_answer || tokio::time::Instant::now() >= deadline || stopping.is_cancelled() {
                return found.page(&self.cursors, &asked, &may.caller.subject);
            }
            // What was looked through once is not looked through again.
            if let Some((seq, hash)) = found.last {
                (asked.after, asked.hash) = (seq, Some(hash));
            }
            // Another process may append too, so look again now and then even if this one is silent.
            let pause = deadline.min(tokio::time::Instant::now() + Duration::from_millis(500));
            tokio::select! {
                _ = tokio::time::timeout_at(pause, appended.changed()) => {}
                () = stopping.cancelled() => {}
            }
        }
    }

    fn understand<P>(
        &self,
        may: &May<P>,
        territory: &Territory,
        query: JournalQuery,
        mut faults: Faults,
    ) -> Result<Asked> {
        const WAIT_SECONDS_MAX: i64 = 20;
        let audience = self.audience(may, territory);
        let limit_max = if may.caller.is_service { 5000 } else { 500 };
        let after = faults.take_parameter("after", within(query.after.unwrap_or(0), 0, SAFE_INTEGER_MAX));
        let limit = faults.take_parameter("limit", within(query.limit.unwrap_or(100), 0, limit_max));
        let wait = faults.take_parameter("wait", within(query.wait.unwrap_or(0), 0, WAIT_SECONDS_MAX));
        let hash = query.after_hash.as_deref().map(|text| match hex::decode(text) {
            Ok(hash) if hash.len() == 32 => Ok(hash),
            _ => Err(Wrong::new(Code::BadFormat).with("expected", crate::Expected::AsDescribed)),
        });
        let hash = faults.take_parameter("after_hash", hash.transpose());
        let names_place = query.after.is_some_and(|after| after > 0) || query.after_hash.is_some();
        if names_place && (query.cursor.is_some() || !audience.is_everything()) {
            faults.add_parameter("after", Wrong::new(Code::CursorRequired));
        }
        let ((after, limit), (hash, _)) = faults.finish_with(after.zip(limit).zip(hash.zip(wait)))?;
        let known = Asked { audience, after, hash: hash.filter(|_| after > 0), journal: query.journal_id, limit };
        let Some(cursor) = query.cursor.filter(|cursor| cursor.len() <= CURSOR_LENGTH_MAX) else { return Ok(known) };
        let place = self.cursors.open_cursor(&cursor, &may.caller.subject)?;
        if query.journal_id.is_some_and(|journal| journal != place.journal) {
            return Err(Error::new(Code::JournalForked));
        }
        let hash = (place.seq > 0).then_some(place.hash);
        Ok(Asked { after: place.seq, hash, journal: Some(place.journal), ..known })
    }

    /// Returns one entry.
    ///
    /// # Errors
    /// `not_found` where there is none that the caller may see.
    pub async fn find<P>(&self, may: &May<P>, territory: &Territory, id: Id) -> Result<ShownEntry> {
        let audience = self.audience(may, territory);
        let row = self.db.look_up(move |conn| store::find_row(conn, id)).await?;
        let is_whole = audience.is_everything();
        let row = row.filter(|row| audience.sees(row)).ok_or_else(|| Error::new(Code::NotFound))?;
        ShownEntry::of(row, is_whole)
    }
}

/// What was read for a page.
struct Read {
    items: Vec<ShownEntry>,
    /// The last entry that was looked at.
    last: Option<(i64, Vec<u8>)>,
    has_more: bool,
    head: Option<(i64, Vec<u8>)>,
    journal: Id,
}

impl Asked {
    fn read(&self, conn: &mut AnyConnection) -> Result<Read> {
        let journal = store::store_id(conn)?;
        if self.journal.is_some_and(|known| known != journal) {
            return Err(Error::new(Code::JournalForked));
        }
        let head = store::head(conn)?;
        let head_seq = head.as_ref().map_or(0, |(seq, _)| *seq);
        let is_known = match &self.hash {
            Some(known) => store::hash_at(conn, self.after)?.as_ref() == Some(known),
            None => self.after <= head_seq,
        };
        if !is_known {
            return Err(Error::new(Code::JournalForked));
        }
        let mut rows = store::list_seen(conn, &self.audience, (self.after, head_seq), self.limit + 1)?;
        let wanted = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let has_more = rows.len() > wanted;
        rows.truncate(wanted);
        let last = match rows.last() {
            Some(row) if has_more => Some((row.seq, row.hash.clone())),
            None if has_more => store::hash_at(conn, self.after)?.map(|hash| (self.after, hash)),
            _ => head.clone(),
        };
        let is_whole = self.audience.is_everything();
        let items = rows.into_iter().map(|row| ShownEntry::of(row, is_whole)).collect::<Result<Vec<_>>>()?;
        Ok(Read { items, last, has_more, head, journal })
    }
}

impl Read {
    fn page(self, cursors: &CursorKey, asked: &Asked, reader: &str) -> Result<JournalPage> {
        let (seq, hash) = self.last.unwrap_or_default();
        let next = cursors.seal(&Place { journal: self.journal, seq, hash }, reader)?;
        let is_whole = asked.audience.is_everything();
        let next_after = self.items.last().and_then(|item| item.seq).or(is_whole.then_some(asked.after));
        let (seq, hash) = self.head.unwrap_or_default();
        let head = is_whole.then(|| Head { seq, hash: hex::encode(hash) });
        Ok(JournalPage { items: self.items, next, has_more: self.has_more, next_after, head, journal_id: self.journal })
    }
}

/// Returns the area of an entry; nothing where there is no such entry or it belongs to no area.
///
/// # Errors
/// Fails when the database does.
pub fn area_of_entry(conn: &mut AnyConnection, id: Id) -> Result<Option<AreaId>> {
    Ok(store::find_row(conn, id)?.and_then(|row| row.area).map(AreaId::stored))
}

/// Returns the latest entry that says what an entry said, corrected or withdrawn since, and its area.
///
/// # Errors
/// Fails when the database does.
pub fn latest_of_entry(conn: &mut AnyConnection, id: Id) -> Result<Option<(Id, Option<AreaId>)>> {
    Ok(store::find_latest(conn, id)?.map(|(id, area)| (id, area.map(AreaId::stored))))
}

/// Returns the entries about one resource, in order, as far as the caller may see them.
///
/// # Errors
/// Fails when the database does.
pub fn list_history(conn: &mut AnyConnection, audience: &Audience, subject: &str) -> Result<Vec<ShownEntry>> {
    let rows = store::list_by_subject(conn, subject)?.into_iter().filter(|row| audience.sees(row));
    rows.map(|row| ShownEntry::of(row, audience.is_everything())).collect()
}
