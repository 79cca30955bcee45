//! SQL for data coverage.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use shared::access::Scope;
use shared::id::SqlId;
use shared::journal::Entry;
use shared::published::coverage::CoverageStated;
use shared::storage::{AnyConnection, Bound, Statement, Tx};
use shared::territory::AreaId;
use shared::{Id, Result};

use crate::schema::coverages;

/// From which day an area has data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Coverage {
    /// The statement.
    pub id: Id,
    /// The measure, or `*` for all.
    pub measure: String,
    /// The area with its parts.
    pub area: AreaId,
    /// The first day with data.
    pub from_on: NaiveDate,
}

#[derive(QueryableByName)]
struct CoverageRow {
    #[diesel(sql_type = SqlId)]
    id: Id,
    #[diesel(sql_type = diesel::sql_types::Text)]
    measure: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    area_id: String,
    #[diesel(sql_type = diesel::sql_types::Date)]
    from_on: NaiveDate,
}

/// Returns what was stated up to a place in this service's own journal.
///
/// # Errors
/// Fails when the database does.
pub fn list_coverages_at(conn: &mut AnyConnection, seq: i64) -> Result<Vec<Coverage>> {
    let query = "SELECT c.id, c.measure, c.area_id, c.from_on FROM coverages c \
         JOIN journal_entries j ON j.id = c.entry_id WHERE j.seq <= $1 ORDER BY j.seq";
    let rows: Vec<CoverageRow> = Statement::new(query, vec![Bound::Number(seq)]).load(conn)?;
    let shown = |row: CoverageRow| Coverage {
        id: row.id,
        measure: row.measure,
        area: AreaId::stored(row.area_id),
        from_on: row.from_on,
    };
    Ok(rows.into_iter().map(shown).collect())
}

/// Returns a statement about an area within the caller's scope.
///
/// # Errors
/// Fails when the database does.
pub(super) fn find_coverage(conn: &mut AnyConnection, scope: &Scope, id: Id) -> Result<Option<Coverage>> {
    let all = list_coverages_at(conn, i64::MAX)?;
    Ok(all.into_iter().find(|one| one.id == id && scope.may_read(&one.area)))
}

/// States from which day an area has data: the command that handlers and loaders share.
///
/// # Errors
/// Fails when the database does.
pub fn state_coverage(tx: &mut Tx<'_>, coverage: &Coverage, today: NaiveDate) -> Result<Entry> {
    let Coverage { id, measure, area, from_on } = coverage.clone();
    let payload = CoverageStated { id, measure: measure.clone(), area: area.clone(), from_on };
    let entry = Entry::of(&payload, format!("/v1/coverages/{id}"), today)?.in_area(&area);
    diesel::insert_into(coverages::table)
        .values((
            coverages::id.eq(id),
            coverages::measure.eq(measure),
            coverages::area_id.eq(area.as_str()),
            coverages::from_on.eq(from_on),
            coverages::entry_id.eq(entry.id()),
        ))
        .execute(tx.conn())?;
    Ok(entry)
}
