//! How access records are kept.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use shared::access::Scope;
use shared::storage::{Act, AnyConnection, MultiBackend, Tx};
use shared::{Id, Result};

use crate::schema::access_records;

/// A look at personal data.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AccessRecord {
    /// The record's id.
    pub id: Id,
    /// When it was.
    pub accessed_at: DateTime<Utc>,
    /// Who looked: `client:<id>` or `service:<name>`.
    pub actor: String,
    /// `list`, `read`, `reveal` or `export`. More may come.
    pub action: String,
    /// Whom; null for a list or an export.
    pub person_id: Option<Id>,
    /// What for, where it was asked.
    pub purpose: Option<String>,
    /// Which fields: `masked`, `membership` or `all`. More may come.
    pub fields: Option<String>,
    /// The filter of a list or an export.
    pub filter: Option<String>,
    /// How many people, or records, were shown.
    pub count: i64,
    /// From which network address.
    pub remote_address: Option<String>,
}

/// A look to be recorded.
#[derive(Debug, Clone)]
pub struct NewAccessRecord {
    /// What was done.
    pub action: &'static str,
    /// Whom it was about.
    pub person: Option<Id>,
    /// The commune of the membership that let the caller look.
    pub area: Option<String>,
    /// What for.
    pub purpose: Option<String>,
    /// Which fields.
    pub fields: Option<&'static str>,
    /// The filter of a list or an export.
    pub filter: Option<String>,
    /// How many people, or records, were shown.
    pub count: i64,
    /// From which network address.
    pub remote_address: Option<String>,
}

impl NewAccessRecord {
    /// Begins the record of an action on one person.
    #[must_use]
    pub fn of(action: &'static str) -> Self {
        let (person, area, purpose, fields, filter, remote_address) = (None, None, None, None, None, None);
        Self { action, person, area, purpose, fields, filter, count: 1, remote_address }
    }
}

type Row = (
    Id,
    NaiveDateTime,
    String,
    String,
    Option<Id>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    i64,
    Option<String>,
);

/// Records a look.
///
/// # Errors
/// Fails when the database does; then nothing may be shown.
pub(super) fn insert(tx: &mut Tx<'_>, id: Id, act: &Act, record: &NewAccessRecord) -> Result<()> {
    diesel::insert_into(access_records::table)
        .values((
            access_records::id.eq(id),
            access_records::accessed_at.eq(act.at.naive_utc()),
            access_records::actor.eq(&act.actor),
            access_records::action.eq(record.action),
            access_records::person_id.eq(record.person),
            access_records::area_id.eq(&record.area),
            access_records::purpose.eq(&record.purpose),
            access_records::fields.eq(record.fields),
            access_records::filter.eq(&record.filter),
            access_records::count.eq(record.count),
            access_records::remote_address.eq(&record.remote_address),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// What a look may be.
pub(super) const ACTIONS: [&str; 4] = ["list", "read", "reveal", "export"];

/// Which looks.
#[derive(Debug, Clone, Default)]
pub(super) struct AccessFilter {
    pub person: Option<Id>,
    pub actor: Option<String>,
    pub actions: Option<Vec<String>>,
    pub since: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
}

/// Looks at one person within reach, and lists, which name nobody.
fn asked(scope: &Scope, filter: &AccessFilter) -> access_records::BoxedQuery<'static, MultiBackend> {
    let mut query = access_records::table.into_boxed();
    if let Some(areas) = scope.readable_ids() {
        query = query.filter(access_records::area_id.eq_any(areas).or(access_records::area_id.is_null()));
    }
    if let Some(person) = filter.person {
        query = query.filter(access_records::person_id.eq(person));
    }
    if let Some(actor) = filter.actor.clone() {
        query = query.filter(access_records::actor.eq(actor));
    }
    if let Some(actions) = filter.actions.clone() {
        query = query.filter(access_records::action.eq_any(actions));
    }
    if let Some(since) = filter.since {
        query = query.filter(access_records::accessed_at.ge(since.naive_utc()));
    }
    if let Some(until) = filter.until {
        query = query.filter(access_records::accessed_at.lt(until.naive_utc()));
    }
    query
}

pub(super) fn count(conn: &mut AnyConnection, scope: &Scope, filter: &AccessFilter) -> Result<i64> {
    Ok(asked(scope, filter).count().get_result(conn)?)
}

/// Lists looks, latest first, at most `limit` of those before `after`.
pub(super) fn list(
    conn: &mut AnyConnection,
    scope: &Scope,
    filter: &AccessFilter,
    after: Option<Id>,
    limit: i64,
) -> Result<Vec<AccessRecord>> {
    let mut query = asked(scope, filter).order(access_records::id.desc()).limit(limit);
    if let Some(after) = after {
        query = query.filter(access_records::id.lt(after));
    }
    let rows: Vec<Row> = query.load(conn)?;
    Ok(rows.into_iter().map(shown).collect())
}

fn shown(row: Row) -> AccessRecord {
    let (id, accessed_at, actor, action, person_id, _, purpose, fields, filter, count, remote_address) = row;
    let accessed_at = accessed_at.and_utc();
    AccessRecord { id, accessed_at, actor, action, person_id, purpose, fields, filter, count, remote_address }
}
