//! How facts are kept.

use chrono::NaiveDate;
use diesel::prelude::*;
use shared::follow::is_set_aside;
use shared::journal::JournalEntry;
use shared::published::Decision;
use shared::published::entry::EntryRedacted;
use shared::storage::Tx;
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
    pub branch: Option<String>,
    pub standing: Option<String>,
    pub sex: Option<String>,
    pub is_owner: Option<bool>,
    pub is_worker: Option<bool>,
    pub subject: String,
    pub organisation: Option<Id>,
    pub economic_unit: Option<Id>,
    pub person: Option<Id>,
    pub entry: Id,
}

/// Keeps an entry's head, whatever its kind: positions of a time rest on all of them.
///
/// # Errors
/// Fails when the database does.
pub fn insert_followed_entry(tx: &mut Tx<'_>, source: &str, entry: &JournalEntry) -> Result<()> {
    let decision = decision_of(entry);
    diesel::insert_into(followed_entries::table)
        .values((
            followed_entries::source.eq(source),
            followed_entries::seq.eq(entry.seq),
            followed_entries::entry_id.eq(entry.id),
            followed_entries::kind.eq(&entry.kind),
            followed_entries::subject.eq(&entry.subject),
            followed_entries::area_id.eq(entry.area.as_ref().map(|area| area.as_str())),
            followed_entries::occurred_on.eq(entry.occurred_on),
            followed_entries::recorded_at.eq(entry.recorded_at.naive_utc()),
            followed_entries::corrects.eq(entry.corrects),
            followed_entries::decision_number.eq(decision.as_ref().map(|paper| paper.number.as_str())),
            followed_entries::decided_on.eq(decision.as_ref().map(|paper| paper.decided_on.get())),
            followed_entries::issuing_body.eq(decision.as_ref().map(|paper| paper.issuing_body.as_str())),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// Keeps the head of an entry that is set aside, without its paper: it counts nowhere.
///
/// # Errors
/// Fails when the database does.
pub fn insert_passed_entry(tx: &mut Tx<'_>, source: &str, entry: &JournalEntry) -> Result<()> {
    insert_followed_entry(tx, source, &JournalEntry { data: None, ..entry.clone() })
}

/// The paper stands at the payload's top or one level down.
fn decision_of(entry: &JournalEntry) -> Option<Decision> {
    let data: serde_json::Value = entry.payload().ok()?;
    let places = [Some(&data), data.get("member"), data.get("organisation")];
    places.into_iter().flatten().find_map(|place| serde_json::from_value(place.get("decision")?.clone()).ok())
}

/// Applies an entry: closes what it corrects, and keeps the facts that it makes.
///
/// # Errors
/// Fails when the payload is not what its kind says, or the database fails.
pub fn apply(tx: &mut Tx<'_>, source: &str, entry: &JournalEntry, summed: &Summed) -> Result<()> {
    if let Some(corrected) = entry.corrects {
        close(tx, source, corrected, entry.seq, summed)?;
    }
    insert_facts_of(tx, source, entry)
}

fn insert_facts_of(tx: &mut Tx<'_>, source: &str, entry: &JournalEntry) -> Result<()> {
    for (ordinal, fact) in (0..).zip(facts_of(entry)?) {
        insert_fact(tx, entry.seq, &Origin { source, entry_seq: entry.seq, ordinal }, &fact)?;
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
pub fn redact(tx: &mut Tx<'_>, source: &str, redacted: &EntryRedacted, summed: &Summed) -> Result<()> {
    let (nothing, no_day) = (None::<String>, None::<NaiveDate>);
    diesel::update(followed_entries::table.filter(followed_entries::entry_id.eq(redacted.entry)))
        .set((
            followed_entries::decision_number.eq(&nothing),
            followed_entries::decided_on.eq(no_day),
            followed_entries::issuing_body.eq(&nothing),
        ))
        .execute(tx.conn())?;
    let counted: i64 = facts::table.filter(facts::entry_id.eq(redacted.entry)).count().get_result(tx.conn())?;
    // What is set aside counts nowhere, erased or not.
    if counted > 0 || is_set_aside(tx.conn(), redacted.entry)? {
        return Ok(());
    }
    let seqs = followed_entries::table.select(followed_entries::seq);
    let replaced_at: Option<i64> =
        seqs.filter(followed_entries::corrects.eq(redacted.entry)).get_result(tx.conn()).optional()?;
    let entry = find_followed_entry(tx, redacted)?;
    insert_facts_of(tx, source, &entry)?;
    sums::add_entry(tx, redacted.entry, summed)?;
    match replaced_at {
        Some(to_seq) => close(tx, source, redacted.entry, to_seq, summed),
        None => Ok(()),
    }
}

/// The entry as it was told, with what was kept of its data.
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

fn insert_fact(tx: &mut Tx<'_>, from_seq: i64, origin: &Origin<'_>, fact: &Fact) -> Result<()> {
    diesel::insert_into(facts::table)
        .values((
            (
                facts::id.eq(fact.id),
                facts::measure.eq(fact.measure),
                facts::sign.eq(fact.sign),
                facts::count.eq(fact.count),
                facts::occurred_on.eq(fact.occurred_on),
                facts::source.eq(origin.source),
                facts::from_seq.eq(from_seq),
                facts::area_id.eq(&fact.area),
                facts::branch.eq(&fact.branch),
                facts::standing.eq(&fact.standing),
            ),
            (
                facts::sex.eq(&fact.sex),
                facts::is_owner.eq(fact.is_owner),
                facts::is_worker.eq(fact.is_worker),
                facts::subject.eq(&fact.subject),
                facts::organisation_id.eq(fact.organisation),
                facts::economic_unit_id.eq(fact.economic_unit),
                facts::person_id.eq(fact.person),
                facts::entry_id.eq(fact.entry),
                facts::entry_seq.eq(origin.entry_seq),
                facts::ordinal.eq(origin.ordinal),
            ),
        ))
        .execute(tx.conn())?;
    Ok(())
}
