//! SQL for facts.

use std::sync::{Mutex, PoisonError};

use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::Value;
use shared::follow::is_set_aside;
use shared::journal::JournalEntry;
use shared::published::entry::EntryRedacted;
use shared::published::party_member::PartyStanding;
use shared::published::{Branch, Decision};
use shared::storage::{Bound, Tx, insert_rows};
use shared::territory::AreaId;
use shared::{Id, Result};

use super::facts_of;
use crate::schema::{facts, followed_entries};
use crate::sums::{self, Summed};

/// One counted thing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are explained in ARCHITECTURE.md under facts")]
pub struct Fact {
    pub id: Id,
    pub measure: &'static str,
    pub sign: i32,
    pub count: i64,
    pub occurred_on: NaiveDate,
    pub area: Option<String>,
    pub branch: Option<Branch>,
    pub standing: Option<PartyStanding>,
    pub sex: Option<String>,
    pub is_owner: Option<bool>,
    pub is_worker: Option<bool>,
    pub subject: String,
    pub organisation: Option<Id>,
    pub economic_unit: Option<Id>,
    pub person: Option<Id>,
    pub entry: Id,
}

/// Facts that a transaction has made and not inserted yet: they go together.
#[derive(Debug, Default)]
pub struct Gathered(Mutex<Vec<Vec<Bound>>>);

impl Gathered {
    fn take(&self) -> Vec<Vec<Bound>> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, fact: Vec<Bound>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(fact);
    }

    /// Forgets what a transaction gathered that was rolled back.
    pub fn clear(&self) {
        self.take();
    }

    /// Inserts what was gathered.
    ///
    /// # Errors
    /// Fails when the database does.
    pub fn insert(&self, tx: &mut Tx<'_>) -> Result<()> {
        insert_rows(tx.conn(), "facts", &FACT_COLUMNS, self.take())
    }
}

const HEAD_COLUMNS: [(&str, &str); 12] = [
    ("source", "text"),
    ("seq", "bigint"),
    ("entry_id", "uuid"),
    ("kind", "text"),
    ("subject", "text"),
    ("area_id", "text"),
    ("occurred_on", "date"),
    ("recorded_at", "timestamp"),
    ("corrects", "uuid"),
    ("decision_number", "text"),
    ("decided_on", "date"),
    ("issuing_body", "text"),
];

/// Keeps the heads of entries, whatever their kind: positions of a time rest on all of them.
///
/// # Errors
/// Fails when the database does.
pub fn insert_followed_entries(tx: &mut Tx<'_>, source: &str, entries: &[JournalEntry]) -> Result<()> {
    let head = |entry: &JournalEntry| {
        let decision = decision_of(entry);
        let decision = decision.as_ref();
        vec![
            Bound::text(source),
            Bound::Number(entry.seq),
            Bound::Id(entry.id),
            Bound::text(&entry.kind),
            Bound::text(&entry.subject),
            Bound::maybe(entry.area.as_ref(), |area| Bound::text(area.as_str())),
            Bound::Day(entry.occurred_on),
            Bound::Instant(entry.recorded_at.naive_utc()),
            Bound::maybe(entry.corrects, Bound::Id),
            Bound::maybe(decision, |paper| Bound::text(&paper.number)),
            Bound::maybe(decision, |paper| Bound::Day(paper.decided_on.get())),
            Bound::maybe(decision, |paper| Bound::text(&paper.issuing_body)),
        ]
    };
    insert_rows(tx.conn(), "followed_entries", &HEAD_COLUMNS, entries.iter().map(head).collect())
}

/// Removes the heads of entries after one, which are not applied yet.
///
/// # Errors
/// Fails when the database does.
pub fn remove_followed_after(tx: &mut Tx<'_>, source: &str, seq: i64) -> Result<()> {
    let later = followed_entries::table.filter(followed_entries::source.eq(source));
    diesel::delete(later.filter(followed_entries::seq.gt(seq))).execute(tx.conn())?;
    Ok(())
}

/// Keeps the head of an entry that is set aside, without its paper: it counts nowhere.
///
/// # Errors
/// Fails when the database does.
pub fn insert_passed_entry(tx: &mut Tx<'_>, source: &str, entry: &JournalEntry) -> Result<()> {
    insert_followed_entries(tx, source, &[JournalEntry { data: None, ..entry.clone() }])
}

/// Takes the paper from the head of an entry whose content was erased.
fn remove_paper(tx: &mut Tx<'_>, entry: Id) -> Result<()> {
    let (nothing, no_day) = (None::<String>, None::<NaiveDate>);
    diesel::update(followed_entries::table.filter(followed_entries::entry_id.eq(entry)))
        .set((
            followed_entries::decision_number.eq(&nothing),
            followed_entries::decided_on.eq(no_day),
            followed_entries::issuing_body.eq(&nothing),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// The paper stands at the payload's top or one level down.
fn decision_of(entry: &JournalEntry) -> Option<Decision> {
    let data: Value = entry.payload().ok()?;
    let places = [Some(&data), data.get("member"), data.get("organisation")];
    places.into_iter().flatten().find_map(|place| serde_json::from_value(place.get("decision")?.clone()).ok())
}

/// Applies an entry: closes what it corrects, and gathers the facts that it makes.
///
/// # Errors
/// Fails when the payload is not what its kind says, or the database fails.
pub fn apply(tx: &mut Tx<'_>, source: &str, entry: &JournalEntry, gathered: &Gathered, summed: &Summed) -> Result<()> {
    if let Some(corrected) = entry.corrects {
        gathered.insert(tx)?;
        close(tx, source, corrected, entry.seq, summed)?;
    }
    gather_facts_of(source, entry, gathered)
}

fn gather_facts_of(source: &str, entry: &JournalEntry, gathered: &Gathered) -> Result<()> {
    for (ordinal, fact) in (0..).zip(facts_of(entry)?) {
        gathered.add(row_of(&Origin { source, entry_seq: entry.seq, ordinal }, fact));
    }
    Ok(())
}

/// Closes the facts of an entry: from this position on they count no more.
///
/// # Errors
/// Fails when the database does.
pub fn close(tx: &mut Tx<'_>, source: &str, entry: Id, to_seq: i64, summed: &Summed) -> Result<()> {
    sums::take_away_entry(tx, source, entry, summed)?;
    diesel::update(facts::table.filter(facts::entry_id.eq(entry)).filter(facts::to_seq.is_null()))
        .set(facts::to_seq.eq(Some(to_seq)))
        .execute(tx.conn())?;
    Ok(())
}

/// The content of an entry was erased: its paper goes, its count stays. A follower that met the entry empty counts
/// what was kept of it, between the same places as if it had met it whole.
///
/// # Errors
/// Fails when what was kept is not what the kind says, or the database fails.
pub fn redact(
    tx: &mut Tx<'_>,
    source: &str,
    redacted: &EntryRedacted,
    gathered: &Gathered,
    summed: &Summed,
) -> Result<()> {
    gathered.insert(tx)?;
    remove_paper(tx, redacted.entry)?;
    let counted: i64 = facts::table.filter(facts::entry_id.eq(redacted.entry)).count().get_result(tx.conn())?;
    // What is set aside counts nowhere, erased or not.
    if counted > 0 || is_set_aside(tx.conn(), redacted.entry)? {
        return Ok(());
    }
    let seqs = followed_entries::table.select(followed_entries::seq);
    let replaced_at: Option<i64> =
        seqs.filter(followed_entries::corrects.eq(redacted.entry)).get_result(tx.conn()).optional()?;
    let entry = find_followed_entry(tx, redacted)?;
    gather_facts_of(source, &entry, gathered)?;
    gathered.insert(tx)?;
    sums::add_entry(tx, redacted.entry, summed)?;
    match replaced_at {
        Some(to_seq) => close(tx, source, redacted.entry, to_seq, summed),
        None => Ok(()),
    }
}

/// The entry as it was recorded, with the part of its data that is stored.
fn find_followed_entry(tx: &mut Tx<'_>, redacted: &EntryRedacted) -> Result<JournalEntry> {
    type Kept = (i64, String, Option<String>, NaiveDate, chrono::NaiveDateTime, Option<Id>);
    let (seq, subject, area, occurred_on, recorded_at, corrects): Kept = followed_entries::table
        .filter(followed_entries::entry_id.eq(redacted.entry))
        .select((
            followed_entries::seq,
            followed_entries::subject,
            followed_entries::area_id,
            followed_entries::occurred_on,
            followed_entries::recorded_at,
            followed_entries::corrects,
        ))
        .get_result(tx.conn())?;
    Ok(JournalEntry {
        seq,
        id: redacted.entry,
        kind: redacted.kind.clone(),
        v: redacted.v,
        subject,
        area: area.map(AreaId::stored),
        occurred_on,
        recorded_at: recorded_at.and_utc(),
        corrects,
        because: None,
        data: Some(serde_json::value::to_raw_value(&redacted.kept)?),
        // Facts are made of none of these.
        actor: String::new(),
        batch: None,
        salt: None,
        data_hash: String::new(),
        prev_hash: String::new(),
        hash: String::new(),
    })
}

/// The entry that a fact was made of, and which of its facts it is.
struct Origin<'a> {
    source: &'a str,
    entry_seq: i64,
    ordinal: i32,
}

const FACT_COLUMNS: [(&str, &str); 20] = [
    ("id", "uuid"),
    ("measure", "text"),
    ("sign", "integer"),
    ("count", "bigint"),
    ("occurred_on", "date"),
    ("source", "text"),
    ("from_seq", "bigint"),
    ("area_id", "text"),
    ("branch", "text"),
    ("standing", "text"),
    ("sex", "text"),
    ("is_owner", "boolean"),
    ("is_worker", "boolean"),
    ("subject", "text"),
    ("organisation_id", "uuid"),
    ("economic_unit_id", "uuid"),
    ("person_id", "uuid"),
    ("entry_id", "uuid"),
    ("entry_seq", "bigint"),
    ("ordinal", "integer"),
];

fn row_of(origin: &Origin<'_>, fact: Fact) -> Vec<Bound> {
    vec![
        Bound::Id(fact.id),
        Bound::text(fact.measure),
        Bound::Integer(fact.sign),
        Bound::Number(fact.count),
        Bound::Day(fact.occurred_on),
        Bound::text(origin.source),
        Bound::Number(origin.entry_seq),
        Bound::maybe(fact.area, Bound::Text),
        Bound::maybe(fact.branch, |branch| Bound::text(<&'static str>::from(branch))),
        Bound::maybe(fact.standing, |standing| Bound::text(<&'static str>::from(standing))),
        Bound::maybe(fact.sex, Bound::Text),
        Bound::maybe(fact.is_owner, Bound::Flag),
        Bound::maybe(fact.is_worker, Bound::Flag),
        Bound::Text(fact.subject),
        Bound::maybe(fact.organisation, Bound::Id),
        Bound::maybe(fact.economic_unit, Bound::Id),
        Bound::maybe(fact.person, Bound::Id),
        Bound::Id(fact.entry),
        Bound::Number(origin.entry_seq),
        Bound::Integer(origin.ordinal),
    ]
}
