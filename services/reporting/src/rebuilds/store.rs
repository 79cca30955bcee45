//! How operations are kept.

use chrono::{DateTime, Duration, NaiveDateTime, Utc};
use diesel::prelude::*;
use shared::storage::{AnyConnection, Tx, on_unique};
use shared::{Code, Error, Id, Result};

use crate::schema::{operations, projections};

const KIND: &str = "projection_rebuild";
/// A running operation is touched every second.
const UNTOUCHED_MAX: Duration = Duration::seconds(60);

/// An operation as it is kept.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = operations)]
pub(super) struct OperationRow {
    pub id: Id,
    pub kind: String,
    pub state: String,
    pub done: i64,
    pub total: i64,
    pub result: Option<String>,
    pub started_by: String,
    pub started_at: NaiveDateTime,
    pub touched_at: NaiveDateTime,
    pub ended_at: Option<NaiveDateTime>,
    pub version: i64,
}

/// Begins a rebuild; one that was cut off is over.
///
/// # Errors
/// `rebuild_running`.
pub(super) fn insert_operation(tx: &mut Tx<'_>) -> Result<OperationRow> {
    let at = tx.at();
    let cut_off = operations::table
        .filter(operations::state.eq("running"))
        .filter(operations::touched_at.lt((at - UNTOUCHED_MAX).naive_utc()));
    diesel::update(cut_off)
        .set((operations::state.eq("interrupted"), operations::ended_at.eq(operations::touched_at.nullable())))
        .execute(tx.conn())?;
    let row = OperationRow {
        id: Id::new(),
        kind: KIND.to_owned(),
        state: "running".to_owned(),
        done: 0,
        total: 0,
        result: None,
        started_by: tx.actor().to_owned(),
        started_at: at.naive_utc(),
        touched_at: at.naive_utc(),
        ended_at: None,
        version: 1,
    };
    let result = diesel::insert_into(operations::table).values(&row).execute(tx.conn());
    on_unique(result, "operations_one_runs", "operations.kind", || Error::new(Code::RebuildRunning))?;
    Ok(row)
}

/// Notes how far an operation is. Says whether it is still the one that runs.
pub(super) fn touch(tx: &mut Tx<'_>, id: Id, done: i64, total: i64) -> Result<bool> {
    let at = tx.at().naive_utc();
    let running = operations::table.filter(operations::id.eq(id)).filter(operations::state.eq("running"));
    let rows = diesel::update(running)
        .set((
            operations::done.eq(done),
            operations::total.eq(total),
            operations::touched_at.eq(at),
            operations::version.eq(operations::version + 1),
        ))
        .execute(tx.conn())?;
    Ok(rows == 1)
}

/// How an operation ends.
pub(super) enum End {
    /// What was built of so many entries is served.
    Done { entries: i64 },
    /// Nothing was changed.
    Failed { why: String },
}

/// Notes how an operation ended, unless another one took it for cut off.
pub(super) fn end(tx: &mut Tx<'_>, id: Id, end: &End) -> Result<()> {
    let at = tx.at().naive_utc();
    let (state, result, all) = match end {
        End::Done { entries } => ("done", &format!("{entries} entries"), Some(entries)),
        End::Failed { why } => ("failed", why, None),
    };
    let running = operations::table.filter(operations::id.eq(id)).filter(operations::state.eq("running"));
    diesel::update(running)
        .set((
            // Entries that were written since the last look at the journals are the followers' to do.
            all.map(|entries| (operations::done.eq(entries), operations::total.eq(entries))),
            operations::state.eq(state),
            operations::result.eq(Some(result)),
            operations::touched_at.eq(at),
            operations::ended_at.eq(Some(at)),
            operations::version.eq(operations::version + 1),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// Returns an operation as it stands at an instant: one that was cut off says so.
pub(super) fn find_operation(conn: &mut AnyConnection, id: Id, at: DateTime<Utc>) -> Result<Option<OperationRow>> {
    let row: Option<OperationRow> = operations::table.find(id).get_result(conn).optional()?;
    Ok(row.map(|row| {
        let is_cut_off = row.state == "running" && row.touched_at < (at - UNTOUCHED_MAX).naive_utc();
        if !is_cut_off {
            return row;
        }
        let ended_at = Some(row.touched_at);
        OperationRow { state: "interrupted".to_owned(), ended_at, version: row.version + 1, ..row }
    }))
}

/// Returns what made a projection.
pub(super) fn find_made_by(conn: &mut AnyConnection, name: &str) -> Result<Option<String>> {
    Ok(projections::table.find(name).select(projections::made_by).get_result(conn).optional()?)
}

/// Notes what made a projection.
pub(super) fn put_made_by(tx: &mut Tx<'_>, name: &str, made_by: &str) -> Result<()> {
    diesel::delete(projections::table.find(name)).execute(tx.conn())?;
    let row = (projections::name.eq(name), projections::made_by.eq(made_by));
    diesel::insert_into(projections::table).values(row).execute(tx.conn())?;
    Ok(())
}
