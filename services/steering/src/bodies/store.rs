//! SQL for steering bodies.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use shared::access::Scope;
use shared::acts::ActStatus;
use shared::http::{Records, Sort};
use shared::lists::{Condition, Seek, areas_within};
use shared::published::conference::ConferenceStatus;
use shared::published::task::TaskStatus;
use shared::storage::{AnyConnection, Bound, Tx, once, one_of};
use shared::territory::AreaId;
use shared::text::search_key;
use shared::{Code, Error, Id, Result};

use super::acts::{Establishment, Folded};
use super::seats::counted;
use super::words::{BodyKind, BodyLevel, BodyStatus};
use crate::schema::{conferences, documents, steering_bodies, tasks};

/// A body as it is kept, without its seats.
#[derive(Debug, Clone, Queryable)]
#[expect(missing_docs, reason = "the fields are those of the answer ListedSteeringBody")]
pub struct KeptBody {
    pub id: Id,
    pub kind: BodyKind,
    pub level: BodyLevel,
    pub area_id: String,
    pub committee_id: Option<Id>,
    pub name: String,
    pub name_key: String,
    pub short_name: Option<String>,
    pub status: BodyStatus,
    pub established_on: NaiveDate,
    pub term_ends_on: Option<NaiveDate>,
    pub ended_on: Option<NaiveDate>,
    pub seats: i64,
    pub empty_seats: i64,
    pub has_head: bool,
    pub version: i64,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
}

impl KeptBody {
    /// Its area.
    #[must_use]
    pub fn area(&self) -> AreaId {
        AreaId::stored(self.area_id.as_str())
    }

    /// Whether it works on a day.
    #[must_use]
    pub fn works_on(&self, on: NaiveDate) -> bool {
        let has_ended = self.ended_on.is_some_and(|ended_on| ended_on <= on);
        self.status != BodyStatus::Withdrawn && self.established_on <= on && !has_ended
    }
}

/// What changes of a body that is kept.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = steering_bodies, treat_none_as_null = true)]
struct Columns {
    kind: BodyKind,
    level: BodyLevel,
    area_id: String,
    committee_id: Option<Id>,
    name: String,
    name_key: String,
    short_name: Option<String>,
    status: BodyStatus,
    established_on: NaiveDate,
    term_ends_on: Option<NaiveDate>,
    ended_on: Option<NaiveDate>,
    seats: i64,
    empty_seats: i64,
    has_head: bool,
    updated_at: NaiveDateTime,
}

impl Columns {
    fn of(body: &Folded, at: NaiveDateTime) -> Self {
        let (seats, empty_seats, has_head) = counted(&body.seats);
        Self {
            kind: body.kind,
            level: body.level,
            area_id: body.area.to_string(),
            committee_id: body.committee,
            name: body.name.clone(),
            name_key: search_key(&body.name),
            short_name: body.short_name.clone(),
            status: body.status,
            established_on: body.established_on,
            term_ends_on: body.term_ends_on,
            ended_on: body.ended_on,
            seats,
            empty_seats,
            has_head,
            updated_at: at,
        }
    }
}

/// Keeps what the acts on a body make of it.
pub(super) fn keep_body(tx: &mut Tx<'_>, kept: Option<&KeptBody>, body: &Folded) -> Result<KeptBody> {
    let at = tx.at().naive_utc();
    let columns = Columns::of(body, at);
    match kept {
        None => {
            let row = (
                steering_bodies::id.eq(body.id),
                steering_bodies::version.eq(1),
                steering_bodies::created_at.eq(at),
                columns,
            );
            diesel::insert_into(steering_bodies::table).values(row).execute(tx.conn())?;
        }
        Some(kept) => {
            let version = steering_bodies::version;
            let row = steering_bodies::table.find(kept.id).filter(version.eq(kept.version));
            once(diesel::update(row).set((columns, version.eq(kept.version + 1))).execute(tx.conn()))?;
        }
    }
    Ok(steering_bodies::table.find(body.id).get_result(tx.conn())?)
}

/// Returns a body in an area that the caller may read.
///
/// # Errors
/// Fails when the database does.
pub(crate) fn find_body(conn: &mut AnyConnection, scope: &Scope, id: Id) -> Result<Option<KeptBody>> {
    let found: Option<KeptBody> = steering_bodies::table.find(id).get_result(conn).optional()?;
    Ok(found.filter(|body| scope.may_read(&body.area())))
}

/// Returns a body that the caller may change.
///
/// # Errors
/// `not_found` where there is none.
pub fn find_writable(tx: &mut Tx<'_>, scope: &Scope, id: Id) -> Result<KeptBody> {
    let found = find_body(tx.conn(), scope, id)?;
    found.filter(|body| scope.may_write(&body.area())).ok_or_else(|| Error::new(Code::NotFound))
}

/// Returns the support teams of a committee that count.
pub(super) fn list_teams(conn: &mut AnyConnection, committee: Id) -> Result<Vec<KeptBody>> {
    let teams = steering_bodies::table.filter(steering_bodies::committee_id.eq(committee));
    Ok(teams.filter(steering_bodies::status.ne(BodyStatus::Withdrawn)).order(steering_bodies::id).load(conn)?)
}

/// Returns the documents that a body issued while it did not work, each by its area and whether it is open below. It worked from
/// a day on, until the day before another one; nothing: it never did.
pub(super) fn list_issued_outside(
    conn: &mut AnyConnection,
    body: Id,
    life: Option<(NaiveDate, Option<NaiveDate>)>,
) -> Result<Vec<(AreaId, bool)>> {
    let issued =
        documents::table.filter(documents::issuing_body_id.eq(body)).filter(documents::status.eq(ActStatus::Recorded));
    let rows: Vec<(NaiveDate, String, bool)> =
        issued.select((documents::issued_on, documents::area_id, documents::is_open_below)).load(conn)?;
    let is_within = |on: NaiveDate| life.is_some_and(|(from_on, end)| from_on <= on && end.is_none_or(|end| on < end));
    let outside = rows.into_iter().filter(|(on, ..)| !is_within(*on));
    Ok(outside.map(|(_, area, is_open)| (AreaId::stored(area), is_open)).collect())
}

/// What a body did or was charged with on a day.
#[derive(Debug, Clone)]
pub(super) struct Work {
    /// The day.
    pub on: NaiveDate,
    /// The area in which it is seen.
    pub area: AreaId,
    /// Whether it is seen below that area too.
    pub is_open: bool,
    /// The seat that was charged, of a task.
    pub seat: Option<Id>,
}

/// Returns the conferences that a body held, the tasks that it gave and those that it received, outside its life; and those for which one
/// of its seats was charged. It worked from a day on, until the day before another one.
pub(super) fn list_work(
    conn: &mut AnyConnection,
    body: Id,
    (from_on, ended_on): (NaiveDate, Option<NaiveDate>),
) -> Result<Vec<Work>> {
    let end = ended_on.unwrap_or(NaiveDate::MAX);
    let held = conferences::table.filter(conferences::body_id.eq(body));
    let held = held.filter(conferences::held_on.lt(from_on).or(conferences::held_on.ge(end)));
    let held: Vec<(NaiveDate, String, bool)> = held
        .filter(conferences::status.eq(ConferenceStatus::Held))
        .select((conferences::held_on, conferences::area_id, conferences::is_open_below))
        .load(conn)?;
    let held = held.into_iter().map(|(on, area, is_open)| (on, area, is_open, None));
    let columns = (tasks::given_on, tasks::area_id, tasks::seat, tasks::receiver_id);
    let of_body = tasks::giver_id.eq(body).or(tasks::receiver_id.eq(body));
    let is_outside = tasks::given_on.lt(from_on).or(tasks::given_on.ge(end));
    let is_of_seat = tasks::seat.is_not_null().and(tasks::receiver_id.eq(body));
    let given: Vec<(NaiveDate, String, Option<Id>, Id)> = tasks::table
        .filter(of_body)
        .filter(is_outside.or(is_of_seat))
        .filter(tasks::status.ne(TaskStatus::Withdrawn))
        .select(columns)
        .load(conn)?;
    let given =
        given.into_iter().map(|(on, area, seat, receiver)| (on, area, false, seat.filter(|_| receiver == body)));
    let work = |(on, area, is_open, seat)| Work { on, area: AreaId::stored(area), is_open, seat };
    Ok(held.chain(given).map(work).collect())
}

/// Returns another body that would do the same work, on a day or later: another support team of the committee, another committee of
/// the level for the area. There may be several committees of the level `equivalent` in one province: there the name decides.
pub(super) fn find_other(conn: &mut AnyConnection, made: &Establishment, on: NaiveDate) -> Result<Option<Id>> {
    let mut others = steering_bodies::table
        .filter(steering_bodies::area_id.eq(made.area.as_str()))
        .filter(steering_bodies::kind.eq(made.kind))
        .filter(steering_bodies::level.eq(made.level))
        .filter(steering_bodies::status.ne(BodyStatus::Withdrawn))
        .filter(steering_bodies::ended_on.is_null().or(steering_bodies::ended_on.gt(on)))
        .into_boxed();
    if let Some(committee) = made.committee_id {
        others = others.filter(steering_bodies::committee_id.eq(committee));
    } else if made.level == BodyLevel::Equivalent {
        others = others.filter(steering_bodies::name_key.eq(search_key(&made.name)));
    }
    Ok(others.order(steering_bodies::id).select(steering_bodies::id).limit(1).get_result(conn).optional()?)
}

/// Returns the bodies in areas that the caller may read and that work on a day. A province has few hundred.
///
/// # Errors
/// Fails when the database does.
pub(crate) fn list_working_on(conn: &mut AnyConnection, scope: &Scope, on: NaiveDate) -> Result<Vec<KeptBody>> {
    let working: Vec<KeptBody> = steering_bodies::table
        .filter(steering_bodies::status.ne(BodyStatus::Withdrawn))
        .filter(steering_bodies::established_on.le(on))
        .filter(steering_bodies::ended_on.is_null().or(steering_bodies::ended_on.gt(on)))
        .order(steering_bodies::id)
        .load(conn)?;
    Ok(working.into_iter().filter(|body| scope.may_read(&body.area())).collect())
}

/// Returns the names of bodies, which are no secret: a document names who issued it.
///
/// # Errors
/// Fails when the database does.
pub(crate) fn list_names(conn: &mut AnyConnection, ids: &[Id]) -> Result<BTreeMap<Id, String>> {
    let names = steering_bodies::table.filter(one_of(steering_bodies::id, ids));
    let names: Vec<(Id, String)> = names.select((steering_bodies::id, steering_bodies::name)).load(conn)?;
    Ok(names.into_iter().collect())
}

/// Which bodies.
#[derive(Debug, Clone)]
pub(super) struct BodyFilter {
    pub within: Option<Vec<String>>,
    pub kinds: Option<Vec<String>>,
    pub levels: Option<Vec<String>>,
    pub statuses: Option<Vec<String>>,
    pub committee: Option<Id>,
    pub sort: Sort,
}

/// The bodies that a list shows to a caller.
#[derive(Clone)]
pub(super) struct ListedBodies {
    pub scope: Scope,
    pub filter: BodyFilter,
}

impl Records for ListedBodies {
    type Record = KeptBody;
    const IN_SNAPSHOT: bool = false;

    fn sought(&self, conn: &mut AnyConnection, only: Option<&[Id]>) -> Result<Seek> {
        let Self { scope, filter } = self;
        let mut seek = Seek::of("steering_bodies", filter.sort.order("name_key"));
        if let Some(ids) = only {
            seek.only(conn, ids)?;
        }
        if let Some(committee) = filter.committee {
            seek.find_by(Condition::new("t.committee_id = {}", vec![Bound::Id(committee)]));
        }
        seek.narrow_to_areas(conn, "area_id", areas_within(scope, filter.within.as_ref()))?;
        // A province has few hundred bodies: rows that these drop cost nothing.
        for (column, words) in [("kind", &filter.kinds), ("level", &filter.levels), ("status", &filter.statuses)] {
            if let Some(words) = words {
                seek.conditions.push(Condition::among(conn, column, words)?);
            }
        }
        Ok(seek)
    }

    fn load(&self, conn: &mut AnyConnection, ids: &[Id]) -> Result<Vec<(Id, KeptBody)>> {
        let rows: Vec<KeptBody> = steering_bodies::table.filter(one_of(steering_bodies::id, ids)).load(conn)?;
        let within = rows.into_iter().filter(|row| self.scope.may_read(&row.area()));
        Ok(within.map(|row| (row.id, row)).collect())
    }
}
