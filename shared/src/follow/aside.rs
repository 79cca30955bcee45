//! Entries that are set aside: a follower skips them, and they count nowhere here.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::run::Applies;
use crate::clock::vietnam_day;
use crate::id::SqlId;
use crate::journal::{Entry, JournalEntry, Published as _, list_all_of_kinds};
use crate::published::entry::{EntrySetAside, EntryTakenUp};
use crate::storage::{AnyConnection, Tx};
use crate::territory::AreaId;
use crate::{Id, Result};

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    set_aside_entries (source, seq) {
        source -> Text,
        seq -> BigInt,
        entry_id -> SqlId,
        kind -> Text,
        subject -> Text,
        area_id -> Nullable<Text>,
        reason -> Text,
        because_of -> Nullable<SqlId>,
        set_aside_at -> Timestamp,
    }
}

/// An entry that is set aside.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = set_aside_entries)]
pub(super) struct AsideRow {
    pub source: String,
    pub seq: i64,
    pub entry_id: Id,
    pub kind: String,
    pub subject: String,
    pub area_id: Option<String>,
    pub reason: String,
    pub because_of: Option<Id>,
    pub set_aside_at: NaiveDateTime,
}

/// Why an entry is set aside: an operator's words, and the entry that it needs where no operator named this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cause {
    pub reason: String,
    pub because_of: Option<Id>,
}

/// What is set aside of one journal.
#[derive(Debug, Default)]
pub(super) struct Aside {
    by_id: BTreeMap<Id, Cause>,
    /// The first one of each record.
    by_subject: BTreeMap<String, Id>,
}

impl Aside {
    pub(super) fn load(conn: &mut AnyConnection, source: &str) -> Result<Self> {
        let mut aside = Self::default();
        for row in list(conn, Some(source))? {
            aside.by_subject.entry(row.subject).or_insert(row.entry_id);
            aside.by_id.insert(row.entry_id, Cause { reason: row.reason, because_of: row.because_of });
        }
        Ok(aside)
    }

    pub(super) fn has(&self, entry: Id) -> bool {
        self.by_id.contains_key(&entry)
    }

    /// Why an entry is set aside before it is tried: it corrects one that is, or builds on one.
    pub(super) fn cause_of(&self, entry: &JournalEntry, applies: &dyn Applies) -> Option<Cause> {
        if !applies.handles().iter().any(|(kind, _)| *kind == entry.kind) {
            return None;
        }
        let corrected = entry.corrects.filter(|corrected| self.has(*corrected));
        match corrected {
            Some(corrected) => self.needing(corrected),
            // A correction replaces what others of its record are told anew for, which may be set aside.
            None if entry.corrects.is_some() || applies.builds_on_earlier(&entry.kind) => self.cause_of_failed(entry),
            None => None,
        }
    }

    /// Why an entry that cannot be applied is set aside: another one of the same record is.
    pub(super) fn cause_of_failed(&self, entry: &JournalEntry) -> Option<Cause> {
        self.needing(*self.by_subject.get(&entry.subject)?)
    }

    /// Why an entry was set aside that cannot be applied this time either.
    pub(super) fn cause_of_before(&self, entry: &JournalEntry) -> Option<Cause> {
        self.by_id.get(&entry.id).cloned().or_else(|| self.cause_of_failed(entry))
    }

    fn needing(&self, needed: Id) -> Option<Cause> {
        let reason = self.by_id.get(&needed)?.reason.clone();
        Some(Cause { reason, because_of: Some(needed) })
    }
}

/// Lists what is set aside, of one journal or of all.
pub(super) fn list(conn: &mut AnyConnection, source: Option<&str>) -> Result<Vec<AsideRow>> {
    let all = set_aside_entries::table.order((set_aside_entries::source, set_aside_entries::seq));
    Ok(match source {
        Some(source) => all.filter(set_aside_entries::source.eq(source)).load(conn)?,
        None => all.load(conn)?,
    })
}

/// Says whether an entry is set aside.
///
/// # Errors
/// Fails when the database does.
pub fn is_set_aside(conn: &mut AnyConnection, entry: Id) -> Result<bool> {
    let rows = set_aside_entries::table.filter(set_aside_entries::entry_id.eq(entry));
    Ok(diesel::select(diesel::dsl::exists(rows)).get_result(conn)?)
}

/// The areas of the entries of a journal that are set aside up to a place in it; nothing for one that belongs to
/// everybody.
///
/// # Errors
/// Fails when the database does.
pub fn set_aside_areas(conn: &mut AnyConnection, source: &str, seq: i64) -> Result<Vec<Option<AreaId>>> {
    let areas: Vec<Option<String>> = set_aside_entries::table
        .filter(set_aside_entries::source.eq(source))
        .filter(set_aside_entries::seq.le(seq))
        .select(set_aside_entries::area_id)
        .load(conn)?;
    Ok(areas.into_iter().map(|area| area.map(AreaId::stored)).collect())
}

/// Notes that an entry is set aside, and returns the entry of the follower's own journal that records this.
pub(super) fn insert(tx: &mut Tx<'_>, row: &AsideRow) -> Result<Entry> {
    diesel::insert_into(set_aside_entries::table).values(row).execute(tx.conn())?;
    told_of(row, vietnam_day(tx.at()))
}

fn told_of(row: &AsideRow, on: NaiveDate) -> Result<Entry> {
    let told = EntrySetAside {
        source: row.source.clone(),
        entry: row.entry_id,
        kind: row.kind.clone(),
        reason: row.reason.clone(),
        because_of: row.because_of,
    };
    let entry = Entry::of(&told, format!("/v1/journal/{}/{}", row.source, row.entry_id), on)?;
    Ok(match &row.area_id {
        Some(area) => entry.in_area(&AreaId::stored(area.as_str())),
        None => entry,
    })
}

/// What the journal has yet to tell of what is set aside. A next generation brings a list of its own: what is no longer
/// on it was taken up, and what is new on it was told in a journal that is gone.
///
/// # Errors
/// Fails when the database does.
pub fn untold_set_aside(conn: &mut AnyConnection, on: NaiveDate) -> Result<Vec<Entry>> {
    let mut told: BTreeMap<Id, (EntrySetAside, Option<AreaId>)> = BTreeMap::new();
    for entry in list_all_of_kinds(conn, &[EntrySetAside::KIND, EntryTakenUp::KIND])? {
        if entry.kind == EntryTakenUp::KIND {
            told.remove(&entry.payload::<EntryTakenUp>()?.entry);
        } else {
            let payload: EntrySetAside = entry.payload()?;
            told.insert(payload.entry, (payload, entry.area));
        }
    }
    let mut untold = Vec::new();
    for row in list(conn, None)? {
        if told.remove(&row.entry_id).is_none() {
            untold.push(told_of(&row, on)?);
        }
    }
    for (EntrySetAside { source, entry, kind, .. }, area) in told.into_values() {
        let subject = format!("/v1/journal/{source}/{entry}");
        let told = Entry::of(&EntryTakenUp { source, entry, kind }, subject, on)?;
        untold.push(match area {
            Some(area) => told.in_area(&area),
            None => told,
        });
    }
    Ok(untold)
}
