//! How findings are kept.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use shared::access::Scope;
use shared::http::PageQuery;
use shared::id::SqlId;
use shared::storage::{AnyConnection, MultiBackend, Tx};
use shared::territory::AreaId;
use shared::{Id, Result};

use super::rules::FindingKind;
use crate::schema::findings;

/// A finding as it is kept.
#[derive(Debug, Clone, Queryable)]
pub(super) struct FindingRow {
    pub id: Id,
    pub kind: String,
    pub area_id: String,
    pub one_membership_id: Option<Id>,
    pub other_membership_id: Option<Id>,
    pub organisation_id: Option<Id>,
    pub economic_unit_id: Option<Id>,
    pub one_area_id: String,
    pub other_area_id: String,
    pub status: String,
    pub outcome: Option<String>,
    pub raised_at: NaiveDateTime,
    pub settled_at: Option<NaiveDateTime>,
    pub settled_by: Option<String>,
    pub version: i64,
}

impl FindingRow {
    /// The communes of the two records.
    pub fn areas(&self) -> [AreaId; 2] {
        [&self.one_area_id, &self.other_area_id].map(|area| AreaId::stored(area.as_str()))
    }
}

/// The two records that a finding is about.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pair {
    Memberships(Id, Id),
    OrganisationOnUnit(Id, Id),
}

/// A finding to be kept.
pub(super) struct NewFinding {
    pub id: Id,
    pub kind: FindingKind,
    /// The smallest unit that holds both.
    pub area: AreaId,
    pub pair: Pair,
    /// The communes of the two.
    pub areas: [AreaId; 2],
}

/// Inserts a finding; false when it is known.
pub(super) fn insert_finding(tx: &mut Tx<'_>, new: &NewFinding) -> Result<bool> {
    use diesel::sql_types::{Nullable, Text, Timestamp};
    let at = tx.at().naive_utc();
    let kind: &'static str = new.kind.into();
    let (one, other, organisation, unit) = match new.pair {
        Pair::Memberships(one, other) => (Some(one), Some(other), None, None),
        Pair::OrganisationOnUnit(organisation, unit) => (None, None, Some(organisation), Some(unit)),
    };
    let [one_area, other_area] = &new.areas;
    let rows = diesel::sql_query(
        "INSERT INTO findings (id, kind, area_id, one_membership_id, other_membership_id, organisation_id, \
         economic_unit_id, one_area_id, other_area_id, status, raised_at, version) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', $10, 1) ON CONFLICT (id) DO NOTHING",
    )
    .bind::<SqlId, _>(new.id)
    .bind::<Text, _>(kind)
    .bind::<Text, _>(new.area.as_str())
    .bind::<Nullable<SqlId>, _>(one)
    .bind::<Nullable<SqlId>, _>(other)
    .bind::<Nullable<SqlId>, _>(organisation)
    .bind::<Nullable<SqlId>, _>(unit)
    .bind::<Text, _>(one_area.as_str())
    .bind::<Text, _>(other_area.as_str())
    .bind::<Timestamp, _>(at)
    .execute(tx.conn())?;
    Ok(rows == 1)
}

/// The findings that the caller may see and asks for.
fn asked(scope: &Scope, statuses: Option<&[String]>) -> findings::BoxedQuery<'static, MultiBackend> {
    let mut query = findings::table.into_boxed();
    if let Some(areas) = scope.readable_ids() {
        query = query.filter(findings::area_id.eq_any(areas));
    }
    if let Some(statuses) = statuses {
        query = query.filter(findings::status.eq_any(statuses.to_vec()));
    }
    query
}

pub(super) fn count_findings(conn: &mut AnyConnection, scope: &Scope, statuses: Option<&[String]>) -> Result<i64> {
    Ok(asked(scope, statuses).count().get_result(conn)?)
}

pub(super) fn list_findings(
    conn: &mut AnyConnection,
    scope: &Scope,
    statuses: Option<&[String]>,
    page: &PageQuery<Id>,
) -> Result<Vec<FindingRow>> {
    let mut query = asked(scope, statuses).order(findings::id.asc()).limit(page.limit + 1);
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
