//! SQL for duties.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use shared::access::Scope;
use shared::acts::ActStatus;
use shared::http::Records;
use shared::lists::{Condition, Order, Seek, areas_of};
use shared::storage::{AnyConnection, Tx, once, one_of};
use shared::territory::AreaId;
use shared::{Day, Id, Result};

use super::registration::{Folded, Registration};
use crate::bodies::BodyLevel;
use crate::documents::{DocumentType, GovernedPeriod};
use crate::schema::issuing_duties;

/// A duty as it is kept.
#[derive(Debug, Clone, Queryable)]
#[expect(missing_docs, reason = "the fields are those of the answer ListedIssuingDuty")]
pub struct KeptDuty {
    pub id: Id,
    pub title: String,
    pub level: BodyLevel,
    pub area_id: String,
    pub document_type: DocumentType,
    pub governs_from: NaiveDate,
    pub governs_to: NaiveDate,
    pub due_on: NaiveDate,
    pub is_yearly: bool,
    pub status: ActStatus,
    pub version: i64,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
}

impl KeptDuty {
    /// The area in which the committees are that have it.
    #[must_use]
    pub fn area(&self) -> AreaId {
        AreaId::stored(self.area_id.as_str())
    }

    /// What is kept of it, as a registration.
    pub(super) fn registration(&self) -> Registration {
        Registration {
            title: self.title.clone(),
            level: self.level,
            area: self.area(),
            document_type: self.document_type,
            governs: GovernedPeriod { from_on: Day::stored(self.governs_from), to_on: Day::stored(self.governs_to) },
            due_on: Day::stored(self.due_on),
            is_yearly: self.is_yearly,
        }
    }
}

/// What changes of a duty that is kept.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = issuing_duties)]
struct Columns {
    title: String,
    level: BodyLevel,
    area_id: String,
    document_type: DocumentType,
    governs_from: NaiveDate,
    governs_to: NaiveDate,
    due_on: NaiveDate,
    is_yearly: bool,
    status: ActStatus,
    updated_at: NaiveDateTime,
}

/// Keeps what the acts on a duty make of it.
pub(super) fn keep_duty(tx: &mut Tx<'_>, kept: Option<&KeptDuty>, duty: &Folded) -> Result<KeptDuty> {
    let at = tx.at().naive_utc();
    let told = &duty.registration;
    let columns = Columns {
        title: told.title.clone(),
        level: told.level,
        area_id: told.area.to_string(),
        document_type: told.document_type,
        governs_from: told.governs.from_on.get(),
        governs_to: told.governs.to_on.get(),
        due_on: told.due_on.get(),
        is_yearly: told.is_yearly,
        status: duty.status,
        updated_at: at,
    };
    match kept {
        None => {
            let own = (issuing_duties::id.eq(duty.id), issuing_duties::version.eq(1));
            let row = (own, issuing_duties::created_at.eq(at), columns);
            diesel::insert_into(issuing_duties::table).values(row).execute(tx.conn())?;
        }
        Some(kept) => {
            let version = issuing_duties::version;
            let row = issuing_duties::table.find(kept.id).filter(version.eq(kept.version));
            once(diesel::update(row).set((columns, version.eq(kept.version + 1))).execute(tx.conn()))?;
        }
    }
    Ok(issuing_duties::table.find(duty.id).get_result(tx.conn())?)
}

/// Returns a duty that the caller may read: those below an area read what its committees have to do.
pub(super) fn find_duty(conn: &mut AnyConnection, scope: &Scope, id: Id) -> Result<Option<KeptDuty>> {
    let found: Option<KeptDuty> = issuing_duties::table.find(id).get_result(conn).optional()?;
    Ok(found.filter(|duty| scope.may_read_open(&duty.area())))
}

/// Which duties.
#[derive(Debug, Clone)]
pub(super) struct DutyFilter {
    pub within: Option<Vec<String>>,
    pub levels: Option<Vec<String>>,
    pub types: Option<Vec<String>>,
    pub statuses: Option<Vec<String>>,
}

/// The duties that a list shows to a caller.
#[derive(Clone)]
pub(super) struct ListedDuties {
    pub scope: Scope,
    pub filter: DutyFilter,
}

impl Records for ListedDuties {
    type Record = KeptDuty;
    const IN_SNAPSHOT: bool = false;

    fn sought(&self, conn: &mut AnyConnection, only: Option<&[Id]>) -> Result<Seek> {
        let Self { scope, filter } = self;
        let mut seek = Seek::of("issuing_duties", Order::LatestDayFirst("due_on"));
        if let Some(ids) = only {
            seek.only(conn, ids)?;
        }
        seek.narrow_to_areas(conn, "area_id", areas_of(scope.open_ids(), filter.within.as_ref()))?;
        // There are few duties: rows that these drop cost nothing.
        for (column, words) in
            [("level", &filter.levels), ("document_type", &filter.types), ("status", &filter.statuses)]
        {
            if let Some(words) = words {
                seek.conditions.push(Condition::among(conn, column, words)?);
            }
        }
        Ok(seek)
    }

    fn load(&self, conn: &mut AnyConnection, ids: &[Id]) -> Result<Vec<(Id, KeptDuty)>> {
        let rows: Vec<KeptDuty> = issuing_duties::table.filter(one_of(issuing_duties::id, ids)).load(conn)?;
        let seen = rows.into_iter().filter(|row| self.scope.may_read_open(&row.area()));
        Ok(seen.map(|row| (row.id, row)).collect())
    }
}
