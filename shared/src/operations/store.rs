//! SQL for operations.

use chrono::{DateTime, Duration, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::run::Done;
use crate::storage::{AnyConnection, SqlId, Tx, on_unique};
use crate::{Code, Error, Id, Result};

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    operations (id) {
        id -> SqlId,
        kind -> Text,
        state -> Text,
        done -> BigInt,
        total -> BigInt,
        result -> Nullable<Text>,
        started_by -> Text,
        started_at -> Timestamp,
        touched_at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
        version -> BigInt,
    }
}

/// One that was not noted for so long was cut off: its process notes how far it is every second.
const UNTOUCHED_MAX: Duration = Duration::seconds(60);

crate::closed_list! {
    /// How an operation stands. More may come.
    pub enum OperationState {
        /// It runs.
        Running,
        /// It is done.
        Done,
        /// It failed and changed nothing.
        Failed,
        /// Its process ended, and nothing was changed.
        Interrupted,
    }
}

/// A kind of operations, of which one runs at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperationKind {
    /// Its stable name.
    pub name: &'static str,
    /// How another one is refused while one runs.
    pub running: Code,
}

/// An operation as it is kept.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = operations)]
#[expect(missing_docs, reason = "the fields are those of the answer Operation")]
pub struct OperationRow {
    pub id: Id,
    pub kind: String,
    pub state: OperationState,
    pub done: i64,
    pub total: i64,
    pub result: Option<String>,
    pub started_by: String,
    pub started_at: NaiveDateTime,
    pub touched_at: NaiveDateTime,
    pub ended_at: Option<NaiveDateTime>,
    pub version: i64,
}

/// Begins an operation; one of its kind that was cut off is over.
///
/// # Errors
/// The code of the kind, while another one of it runs.
pub fn begin(tx: &mut Tx<'_>, id: Id, kind: OperationKind) -> Result<OperationRow> {
    let at = tx.at();
    let cut_off = operations::table
        .filter(operations::kind.eq(kind.name))
        .filter(operations::state.eq(OperationState::Running))
        .filter(operations::touched_at.lt((at - UNTOUCHED_MAX).naive_utc()));
    diesel::update(cut_off)
        .set((
            operations::state.eq(OperationState::Interrupted),
            operations::ended_at.eq(operations::touched_at.nullable()),
        ))
        .execute(tx.conn())?;
    let row = OperationRow {
        id,
        kind: kind.name.to_owned(),
        state: OperationState::Running,
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
    on_unique(result, "operations_one_runs", "operations.kind", || Error::new(kind.running))?;
    Ok(row)
}

/// Notes how far an operation is. Says whether it is still the one that runs.
pub(super) fn touch(tx: &mut Tx<'_>, id: Id, done: i64, total: i64) -> Result<bool> {
    let at = tx.at().naive_utc();
    let rows = diesel::update(running(id))
        .set((
            operations::done.eq(done),
            operations::total.eq(total),
            operations::touched_at.eq(at),
            operations::version.eq(operations::version + 1),
        ))
        .execute(tx.conn())?;
    Ok(rows == 1)
}

#[diesel::dsl::auto_type]
fn running(id: Id) -> _ {
    let state: OperationState = OperationState::Running;
    operations::table.filter(operations::id.eq(id)).filter(operations::state.eq(state))
}

/// How an operation ends.
pub(super) enum End {
    /// With what it brought about.
    Done(Done),
    /// Nothing was changed.
    Failed { why: String },
}

/// Notes how an operation ended, unless another one took it for cut off.
pub(super) fn end(tx: &mut Tx<'_>, id: Id, end: &End) -> Result<()> {
    let at = tx.at().naive_utc();
    let (state, result, all) = match end {
        End::Done(done) => (OperationState::Done, &done.result, Some(done.count)),
        End::Failed { why } => (OperationState::Failed, why, None),
    };
    diesel::update(running(id))
        .set((
            // What was done after progress was last noted counts too.
            all.map(|count| (operations::done.eq(count), operations::total.eq(count))),
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
///
/// # Errors
/// Fails when the database does.
pub fn find_operation(conn: &mut AnyConnection, id: Id, at: DateTime<Utc>) -> Result<Option<OperationRow>> {
    let row: Option<OperationRow> = operations::table.find(id).get_result(conn).optional()?;
    Ok(row.map(|row| {
        let is_cut_off = row.state == OperationState::Running && row.touched_at < (at - UNTOUCHED_MAX).naive_utc();
        if !is_cut_off {
            return row;
        }
        let ended_at = Some(row.touched_at);
        OperationRow { state: OperationState::Interrupted, ended_at, version: row.version + 1, ..row }
    }))
}
