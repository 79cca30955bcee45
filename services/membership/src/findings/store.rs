//! How findings are kept.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use shared::access::Scope;
use shared::http::PageQuery;
use shared::id::SqlId;
use shared::storage::{AnyConnection, Tx};
use shared::territory::AreaId;
use shared::{Id, Result};

use crate::schema::findings;

/// A finding as it is kept.
#[derive(Debug, Clone, Queryable)]
pub(super) struct FindingRow {
    pub id: Id,
    pub kind: String,
    pub area_id: String,
    pub one_membership_id: Id,
    pub other_membership_id: Id,
    pub status: String,
    pub outcome: Option<String>,
    pub raised_at: NaiveDateTime,
    pub settled_at: Option<NaiveDateTime>,
    pub settled_by: Option<String>,
    pub version: i64,
}

/// Inserts a finding; false when it is known.
pub(super) fn insert_finding(tx: &mut Tx<'_>, id: Id, kind: &str, area: &AreaId, one: Id, other: Id) -> Result<bool> {
    use diesel::sql_types::{Text, Timestamp};
    let at = tx.at().naive_utc();
    let rows = diesel::sql_query(
        "INSERT INTO findings (id, kind, area_id, one_membership_id, other_membership_id, status, raised_at, version) \
         VALUES ($1, $2, $3, $4, $5, 'open', $6, 1) ON CONFLICT (id) DO NOTHING",
    )
    .bind::<SqlId, _>(id)
    .bind::<Text, _>(kind)
    .bind::<Text, _>(area.as_str())
    .bind::<SqlId, _>(one)
    .bind::<SqlId, _>(other)
    .bind::<Timestamp, _>(at)
    .execute(tx.conn())?;
    Ok(rows == 1)
}

pub(super) fn list_findings(
    conn: &mut AnyConnection,
    scope: &Scope,
    status: Option<String>,
    page: &PageQuery<Id>,
) -> Result<Vec<FindingRow>> {
    let mut query = findings::table.order(findings::id.asc()).limit(page.limit + 1).into_boxed();
    if let Some(areas) = scope.readable_ids() {
        query = query.filter(findings::area_id.eq_any(areas));
    }
    if let Some(status) = status {
        query = query.filter(findings::status.eq(status));
    }
    if let Some(after) = page.after {
        query = query.filter(findings::id.gt(after));
    }
    Ok(query.load(conn)?)
}

pub(super) fn find_finding(conn: &mut AnyConnection, scope: &Scope, id: Id) -> Result<Option<FindingRow>> {
    let row: Option<FindingRow> = findings::table.find(id).first(conn).optional()?;
    Ok(row.filter(|row| scope.may_read(&AreaId::stored(row.area_id.as_str()))))
}

pub(super) fn settle(tx: &mut Tx<'_>, row: &FindingRow, outcome: &str) -> Result<()> {
    let (at, actor) = (tx.at().naive_utc(), tx.actor().to_owned());
    diesel::update(findings::table.find(row.id))
        .set((
            findings::status.eq("settled"),
            findings::outcome.eq(Some(outcome)),
            findings::settled_at.eq(Some(at)),
            findings::settled_by.eq(Some(actor)),
            findings::version.eq(row.version + 1),
        ))
        .execute(tx.conn())?;
    Ok(())
}
