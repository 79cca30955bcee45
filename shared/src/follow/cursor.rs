//! How far each followed journal has been applied.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::id::SqlId;
use crate::journal::JournalEntry;
use crate::storage::{AnyConnection, Tx};
use crate::territory::AreaId;
use crate::{Id, Result};

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    cursors (source) {
        source -> Text,
        journal_id -> Nullable<SqlId>,
        seq -> BigInt,
        hash -> Nullable<Binary>,
        recorded_at -> Nullable<Timestamp>,
        first_caught_up_at -> Nullable<Timestamp>,
        stopped_code -> Nullable<Text>,
        stopped_reason -> Nullable<Text>,
        applied_at -> Timestamp,
        stopped_entry_id -> Nullable<SqlId>,
        stopped_kind -> Nullable<Text>,
        stopped_subject -> Nullable<Text>,
        stopped_area_id -> Nullable<Text>,
    }
}

/// How far a followed journal has been applied.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = cursors)]
pub struct CursorRow {
    /// The followed service.
    pub source: String,
    /// Its journal's id.
    pub journal_id: Option<Id>,
    /// The last entry applied.
    pub seq: i64,
    /// That entry's hash.
    pub hash: Option<Vec<u8>>,
    /// When that entry was recorded.
    pub recorded_at: Option<NaiveDateTime>,
    /// When the head was first reached: before that, nothing built from it is served.
    pub first_caught_up_at: Option<NaiveDateTime>,
    /// Why following stopped.
    pub stopped_code: Option<String>,
    /// What an operator must do.
    pub stopped_reason: Option<String>,
    /// When the cursor last moved.
    pub applied_at: NaiveDateTime,
    /// The entry that cannot be applied, the one after `seq`.
    pub stopped_entry_id: Option<Id>,
    /// Its kind.
    pub stopped_kind: Option<String>,
    /// Its subject.
    pub stopped_subject: Option<String>,
    /// Its area.
    pub stopped_area_id: Option<String>,
}

/// Returns a cursor, if following ever began.
///
/// # Errors
/// Fails when the database does.
pub fn find_cursor(conn: &mut AnyConnection, source: &str) -> Result<Option<CursorRow>> {
    Ok(cursors::table.find(source).get_result(conn).optional()?)
}

pub(super) fn ensure(tx: &mut Tx<'_>, source: &str) -> Result<()> {
    let at = tx.at().naive_utc();
    diesel::sql_query(
        "INSERT INTO cursors (source, seq, applied_at) VALUES ($1, 0, $2) ON CONFLICT (source) DO NOTHING",
    )
    .bind::<diesel::sql_types::Text, _>(source)
    .bind::<diesel::sql_types::Timestamp, _>(at)
    .execute(tx.conn())?;
    Ok(())
}

/// Locks the cursor where the caller believes it to be; false when another replica has moved it.
pub(super) fn lock_at(tx: &mut Tx<'_>, source: &str, seq: i64) -> Result<bool> {
    let at = tx.at().naive_utc();
    let rows = diesel::update(cursors::table.filter(cursors::source.eq(source)).filter(cursors::seq.eq(seq)))
        .set(cursors::applied_at.eq(at))
        .execute(tx.conn())?;
    Ok(rows == 1)
}

pub(super) fn advance(tx: &mut Tx<'_>, source: &str, journal_id: Id, last: &JournalEntry) -> Result<()> {
    diesel::update(cursors::table.find(source))
        .set((
            cursors::journal_id.eq(Some(journal_id)),
            cursors::seq.eq(last.seq),
            cursors::hash.eq(hex::decode(&last.hash).ok()),
            cursors::recorded_at.eq(Some(last.recorded_at.naive_utc())),
        ))
        .execute(tx.conn())?;
    mark_stopped(tx, source, None, None)
}

pub(super) fn mark_caught_up(tx: &mut Tx<'_>, source: &str) -> Result<()> {
    let at = tx.at().naive_utc();
    diesel::update(cursors::table.filter(cursors::source.eq(source)).filter(cursors::first_caught_up_at.is_null()))
        .set(cursors::first_caught_up_at.eq(Some(at)))
        .execute(tx.conn())?;
    Ok(())
}

/// Notes why following stopped, and at which entry; nothing where it goes on.
pub(super) fn mark_stopped(
    tx: &mut Tx<'_>,
    source: &str,
    stopped: Option<(&str, &str)>,
    entry: Option<&JournalEntry>,
) -> Result<()> {
    diesel::update(cursors::table.find(source))
        .set((
            cursors::stopped_code.eq(stopped.map(|(code, _)| code)),
            cursors::stopped_reason.eq(stopped.map(|(_, reason)| reason)),
            cursors::stopped_entry_id.eq(entry.map(|entry| entry.id)),
            cursors::stopped_kind.eq(entry.map(|entry| entry.kind.as_str())),
            cursors::stopped_subject.eq(entry.map(|entry| entry.subject.as_str())),
            cursors::stopped_area_id.eq(entry.and_then(|entry| entry.area.as_ref()).map(AreaId::as_str)),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// The cursors that stand at an entry.
pub(super) fn list_stopped(conn: &mut AnyConnection) -> Result<Vec<CursorRow>> {
    Ok(cursors::table.filter(cursors::stopped_entry_id.is_not_null()).order(cursors::source).load(conn)?)
}
