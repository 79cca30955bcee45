//! SQL for conferences.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use shared::access::Scope;
use shared::http::Records;
use shared::lists::{Condition, Order, Seek};
use shared::published::conference::{ConferenceKind, ConferenceStatus};
use shared::storage::{AnyConnection, Bound, Tx, once, one_of};
use shared::territory::AreaId;
use shared::{Code, Error, Id, Result};

use super::holding::Folded;
use crate::schema::conferences;

/// A conference as it is kept, without its texts.
#[derive(Debug, Clone, Queryable)]
#[expect(missing_docs, reason = "the fields are those of the answer ListedConference")]
pub struct KeptConference {
    pub id: Id,
    pub body_id: Id,
    pub area_id: String,
    pub kind: ConferenceKind,
    pub title: String,
    pub held_on: NaiveDate,
    pub conclusions: i64,
    pub is_open_below: bool,
    pub status: ConferenceStatus,
    pub version: i64,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
}

impl KeptConference {
    /// The area of its body.
    #[must_use]
    pub fn area(&self) -> AreaId {
        AreaId::stored(self.area_id.as_str())
    }

    fn is_seen(&self, scope: &Scope) -> bool {
        scope.may_read_kept(&self.area(), self.is_open_below)
    }
}

/// What changes of a conference that is kept.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = conferences)]
struct Columns {
    kind: ConferenceKind,
    title: String,
    held_on: NaiveDate,
    conclusions: i64,
    is_open_below: bool,
    status: ConferenceStatus,
    updated_at: NaiveDateTime,
}

/// Keeps what the acts on a conference make of it.
pub(super) fn keep_conference(
    tx: &mut Tx<'_>,
    kept: Option<&KeptConference>,
    conference: &Folded,
) -> Result<KeptConference> {
    let (at, holding) = (tx.at().naive_utc(), &conference.holding);
    let columns = Columns {
        kind: holding.kind,
        title: holding.title.clone(),
        held_on: conference.held_on,
        conclusions: i64::try_from(holding.conclusions.len()).unwrap_or(i64::MAX),
        is_open_below: holding.is_open_below,
        status: conference.status,
        updated_at: at,
    };
    match kept {
        None => {
            let row = (
                conferences::id.eq(conference.id),
                conferences::body_id.eq(holding.body),
                conferences::area_id.eq(holding.area.as_str()),
                conferences::version.eq(1),
                conferences::created_at.eq(at),
                columns,
            );
            diesel::insert_into(conferences::table).values(row).execute(tx.conn())?;
        }
        Some(kept) => {
            let version = conferences::version;
            let row = conferences::table.find(kept.id).filter(version.eq(kept.version));
            once(diesel::update(row).set((columns, version.eq(kept.version + 1))).execute(tx.conn()))?;
        }
    }
    Ok(conferences::table.find(conference.id).get_result(tx.conn())?)
}

/// Returns a conference that the caller may read.
///
/// # Errors
/// `not_found` where there is none.
pub(super) fn find_conference(conn: &mut AnyConnection, scope: &Scope, id: Id) -> Result<KeptConference> {
    let found: Option<KeptConference> = conferences::table.find(id).get_result(conn).optional()?;
    found.filter(|conference| conference.is_seen(scope)).ok_or_else(|| Error::new(Code::NotFound))
}

/// Which conferences.
#[derive(Debug, Clone)]
pub(super) struct ConferenceFilter {
    pub within: Option<Vec<String>>,
    pub kinds: Option<Vec<String>>,
    pub statuses: Option<Vec<String>>,
    pub body: Option<Id>,
    pub held_from: Option<NaiveDate>,
    pub held_to: Option<NaiveDate>,
}

/// The conferences that a list shows to a caller.
#[derive(Clone)]
pub(super) struct ListedConferences {
    pub scope: Scope,
    pub filter: ConferenceFilter,
}

impl Records for ListedConferences {
    type Record = KeptConference;
    const IN_SNAPSHOT: bool = false;

    fn sought(&self, conn: &mut AnyConnection, only: Option<&[Id]>) -> Result<Seek> {
        let Self { scope, filter } = self;
        let mut seek = Seek::of("conferences", Order::LatestDayFirst("held_on"));
        if let Some(ids) = only {
            seek.only(conn, ids)?;
        }
        if let Some(body) = filter.body {
            seek.find_by(Condition::new("t.body_id = {}", vec![Bound::Id(body)]));
        }
        seek.narrow_to_kept(conn, scope, filter.within.as_ref())?;
        // A body holds few conferences a year: rows that these drop cost nothing.
        for (column, words) in [("kind", &filter.kinds), ("status", &filter.statuses)] {
            if let Some(words) = words {
                seek.conditions.push(Condition::among(conn, column, words)?);
            }
        }
        for (sql, day) in [("t.held_on >= {}", filter.held_from), ("t.held_on <= {}", filter.held_to)] {
            seek.conditions.extend(day.map(|day| Condition::new(sql, vec![Bound::Day(day)])));
        }
        Ok(seek)
    }

    fn load(&self, conn: &mut AnyConnection, ids: &[Id]) -> Result<Vec<(Id, KeptConference)>> {
        let rows: Vec<KeptConference> = conferences::table.filter(one_of(conferences::id, ids)).load(conn)?;
        Ok(rows.into_iter().filter(|row| row.is_seen(&self.scope)).map(|row| (row.id, row)).collect())
    }
}
