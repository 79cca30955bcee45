//! SQL for the journal.

use std::sync::OnceLock;

use chrono::{DateTime, Duration, NaiveDateTime, Utc};
use diesel::prelude::*;
use rand::Rng;

use super::chain::{data_hash, entry_hash, first_prev_hash};
use super::row::{EntryRow, journal_entries, journals};
use super::{Audience, Entries, Entry, JournalEntry};
use crate::clock::to_microseconds;
use crate::id::SqlId;
use crate::storage::{Act, AnyConnection, on_unique};
use crate::{Code, Error, Id, Result, ResultExt};

/// How many entries of one change followers apply together.
pub(crate) const BATCH_MAX: usize = 500;

/// Gives a new database its journal's random id; one that has it keeps it.
pub(crate) fn ensure_id(conn: &mut AnyConnection) -> Result<()> {
    let known: Option<Id> = journals::table.select(journals::id).get_result(conn).optional()?;
    if known.is_none() {
        // Two replicas may start at once: whoever is second finds the first one's.
        diesel::sql_query(
            "INSERT INTO journals (id, created_at) SELECT $1, $2 WHERE NOT EXISTS (SELECT 1 FROM journals)",
        )
        .bind::<SqlId, _>(Id::new())
        .bind::<diesel::sql_types::Timestamp, _>(crate::clock::Clock::System.now().naive_utc())
        .execute(conn)
        .doing("opening the journal")?;
    }
    Ok(())
}

/// Returns the journal's id.
///
/// # Errors
/// Fails when the database does.
pub fn store_id(conn: &mut AnyConnection) -> Result<Id> {
    journals::table.select(journals::id).get_result(conn).doing("reading the journal's id")
}

/// Returns the `seq` of the last entry, 0 when there is none.
///
/// # Errors
/// Fails when the database does.
pub fn head_seq(conn: &mut AnyConnection) -> Result<i64> {
    Ok(journal_entries::table
        .select(diesel::dsl::max(journal_entries::seq))
        .get_result::<Option<i64>>(conn)?
        .unwrap_or(0))
}

/// Says whether somebody recorded anything: it looks through a journal, which has to be short.
///
/// # Errors
/// Fails when the database does.
pub fn has_entry_by(conn: &mut AnyConnection, actor: &str) -> Result<bool> {
    let of_actor = journal_entries::table.filter(journal_entries::actor.eq(actor)).select(journal_entries::seq);
    Ok(!of_actor.limit(1).load::<i64>(conn)?.is_empty())
}

/// Returns the `seq` and `hash` of the last entry.
pub(super) fn head(conn: &mut AnyConnection) -> Result<Option<(i64, Vec<u8>)>> {
    Ok(journal_entries::table
        .select((journal_entries::seq, journal_entries::hash))
        .order(journal_entries::seq.desc())
        .limit(1)
        .get_result(conn)
        .optional()?)
}

/// Returns the entries after `after`, in order, at most `limit`.
pub(super) fn list_after(conn: &mut AnyConnection, after: i64, limit: i64) -> Result<Vec<EntryRow>> {
    Ok(journal_entries::table
        .filter(journal_entries::seq.gt(after))
        .order(journal_entries::seq.asc())
        .limit(limit)
        .load(conn)?)
}

/// Returns the entries after one place and up to another that a reader may see, in order, at most `limit`.
pub(super) fn list_seen(
    conn: &mut AnyConnection,
    audience: &Audience,
    (after, until): (i64, i64),
    limit: i64,
) -> Result<Vec<EntryRow>> {
    let mut query = journal_entries::table
        .filter(journal_entries::seq.gt(after))
        .filter(journal_entries::seq.le(until))
        .order(journal_entries::seq.asc())
        .limit(limit)
        .into_boxed();
    if let Some(condition) = audience.condition() {
        query = query.filter(condition);
    }
    Ok(query.load(conn)?)
}

/// Returns the hash of one entry by its place.
pub(crate) fn hash_at(conn: &mut AnyConnection, seq: i64) -> Result<Option<Vec<u8>>> {
    Ok(journal_entries::table
        .select(journal_entries::hash)
        .filter(journal_entries::seq.eq(seq))
        .get_result(conn)
        .optional()?)
}

/// Returns one entry by its id.
pub(super) fn find_row(conn: &mut AnyConnection, id: Id) -> Result<Option<EntryRow>> {
    Ok(journal_entries::table.filter(journal_entries::id.eq(id)).get_result(conn).optional()?)
}

/// Returns all entries of some kinds, in order: of kinds of which there are few.
pub(crate) fn list_all_of_kinds(conn: &mut AnyConnection, kinds: &[&str]) -> Result<Vec<JournalEntry>> {
    let of_kinds = journal_entries::table.filter(journal_entries::kind.eq_any(kinds));
    let rows: Vec<EntryRow> = of_kinds.order(journal_entries::seq).load(conn)?;
    rows.into_iter().map(JournalEntry::try_from).collect()
}

/// What an entry is about.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Subject {
    /// Its place in the journal.
    pub seq: i64,
    /// The path of the resource.
    pub path: String,
    /// The entry that it replaces.
    pub corrects: Option<Id>,
}

/// Returns what the entries after a place are about, in order.
///
/// # Errors
/// Fails when the database does.
pub fn list_subjects(conn: &mut AnyConnection, after: i64, limit: i64) -> Result<Vec<Subject>> {
    Ok(journal_entries::table
        .filter(journal_entries::seq.gt(after))
        .order(journal_entries::seq)
        .select((journal_entries::seq, journal_entries::subject, journal_entries::corrects))
        .limit(limit)
        .load(conn)?)
}

/// Follows the corrections of an entry to the latest one, and returns it with its area.
pub(super) fn find_latest(conn: &mut AnyConnection, id: Id) -> Result<Option<(Id, Option<String>)>> {
    const CORRECTIONS_MAX: usize = 1000;
    let mut latest = None;
    let mut corrected = id;
    for _ in 0..CORRECTIONS_MAX {
        let next: Option<(Id, Option<String>)> = journal_entries::table
            .filter(journal_entries::corrects.eq(corrected))
            .select((journal_entries::id, journal_entries::area))
            .get_result(conn)
            .optional()?;
        let Some(next) = next else { break };
        corrected = next.0;
        latest = Some(next);
    }
    Ok(latest)
}

/// Returns all entries about one resource, in order, however many there are.
pub(super) fn list_all_by_subject(conn: &mut AnyConnection, subject: &str) -> Result<Vec<EntryRow>> {
    Ok(journal_entries::table
        .filter(journal_entries::subject.eq(subject))
        .order(journal_entries::seq.asc())
        .load(conn)?)
}

/// Returns the first entries about one resource, in order.
pub(super) fn list_by_subject(conn: &mut AnyConnection, subject: &str) -> Result<Vec<EntryRow>> {
    const ENTRIES_MAX: i64 = 1000;
    Ok(journal_entries::table
        .filter(journal_entries::subject.eq(subject))
        .order(journal_entries::seq.asc())
        .limit(ENTRIES_MAX)
        .load(conn)?)
}

/// Appends entries as the last act of a transaction that holds the journal's lock, and returns the new head's `seq`.
/// `known` keeps the journal's id, which does not change while the program runs.
pub(crate) fn append(
    conn: &mut AnyConnection,
    known: &OnceLock<Id>,
    act: &Act,
    entries: Entries,
) -> Result<Option<i64>> {
    let entries = match entries {
        Entries::Unjournalled(_) | Entries::Unchanged(_) => return Ok(None),
        Entries::Of(entries) if entries.is_empty() => {
            return Err(Error::internal("a change handed over no journal entry and gave no reason"));
        }
        Entries::Of(entries) => entries,
    };
    let journal = match known.get() {
        Some(journal) => *journal,
        None => {
            let journal = store_id(conn)?;
            *known.get_or_init(|| journal)
        }
    };
    let last = journal_entries::table
        .select((journal_entries::seq, journal_entries::hash, journal_entries::recorded_at))
        .order(journal_entries::seq.desc())
        .limit(1)
        .get_result::<(i64, Vec<u8>, NaiveDateTime)>(conn)
        .optional()?;
    let (mut seq, mut prev_hash, mut recorded_at) = match last {
        Some((seq, hash, at)) => (seq, hash, Some(at.and_utc())),
        None => (0, first_prev_hash(journal), None),
    };
    let batch = act.batch.or_else(|| (2..=BATCH_MAX).contains(&entries.len()).then(Id::new));
    let act = Act { batch, ..act.clone() };
    for entry in entries {
        seq += 1;
        let at = following(recorded_at, act.at);
        let row = complete(entry, &act, seq, prev_hash, at, journal)?;
        prev_hash = row.hash.clone();
        recorded_at = Some(at);
        insert(conn, &row)?;
    }
    Ok(Some(seq))
}

/// The later of now and the previous entry's instant plus a microsecond.
fn following(previous: Option<DateTime<Utc>>, now: DateTime<Utc>) -> DateTime<Utc> {
    let now = to_microseconds(now);
    match previous.map(|at| at + Duration::microseconds(1)) {
        Some(earliest) if earliest > now => earliest,
        _ => now,
    }
}

fn complete(
    entry: Entry,
    act: &Act,
    seq: i64,
    prev_hash: Vec<u8>,
    recorded_at: DateTime<Utc>,
    journal: Id,
) -> Result<EntryRow> {
    let mut salt = vec![0u8; 16];
    rand::rng().fill_bytes(&mut salt);
    super::numbers::check(&entry.data)?;
    let data = serde_json_canonicalizer::to_string(&entry.data).doing("writing an entry's data")?;
    let mut row = EntryRow {
        seq,
        id: entry.id,
        kind: entry.kind.to_owned(),
        v: entry.v,
        subject: entry.subject,
        area: entry.area.map(|area| area.to_string()),
        occurred_on: entry.occurred_on,
        recorded_at: recorded_at.naive_utc(),
        actor: act.actor.clone(),
        batch: act.batch,
        corrects: entry.corrects,
        because: entry.because,
        data_hash: data_hash(&salt, &data),
        data: Some(data),
        salt: Some(salt),
        prev_hash,
        hash: Vec::new(),
    };
    row.hash = entry_hash(&row, journal)?;
    Ok(row)
}

fn insert(conn: &mut AnyConnection, row: &EntryRow) -> Result<()> {
    let corrects = row.corrects;
    let result = diesel::insert_into(journal_entries::table).values(row).execute(conn);
    on_unique(result, "journal_entries_corrects_key", "journal_entries.corrects", || {
        let error = Error::new(Code::EntryAlreadyCorrected);
        match corrects {
            Some(entry) => error.with("entry", entry),
            None => error,
        }
    })
    .map(|_| ())
}
