//! SQL for findings.

use std::collections::{BTreeMap, HashSet};

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use shared::access::Scope;
use shared::http::Records;
use shared::id::SqlId;
use shared::journal::Entry;
use shared::lists::{self, Condition, List, Order, Seek, areas_within, note_changed, note_only_in};
use shared::published::economic_unit::EconomicUnitDuplicateSuspected;
use shared::published::finding::FindingSettled;
use shared::storage::{AnyConnection, Bound, DatabaseUrl, Db, Tx, once, one_of};
use shared::territory::AreaId;
use shared::{Id, Result};

use super::finding::{FindingKind, FindingOutcome, FindingStatus};
use crate::schema::{duplicate_units, findings};
use crate::state::NAME;

/// A finding as it is kept.
#[derive(Debug, Clone, Queryable)]
pub(super) struct FindingRow {
    pub id: Id,
    pub kind: FindingKind,
    pub area_id: String,
    pub one_membership_id: Option<Id>,
    pub other_membership_id: Option<Id>,
    pub organisation_id: Option<Id>,
    pub economic_unit_id: Option<Id>,
    pub one_area_id: String,
    pub other_area_id: String,
    pub status: FindingStatus,
    pub outcome: Option<FindingOutcome>,
    pub raised_at: NaiveDateTime,
    pub settled_at: Option<NaiveDateTime>,
    pub settled_by: Option<String>,
    pub version: i64,
    pub other_economic_unit_id: Option<Id>,
    pub act_id: Option<Id>,
    pub condition: Option<String>,
}

impl FindingRow {
    /// The communes of the two records.
    pub fn areas(&self) -> [AreaId; 2] {
        [&self.one_area_id, &self.other_area_id].map(|area| AreaId::stored(area.as_str()))
    }
}

/// What a finding is about.
#[derive(Debug, Clone)]
pub(super) enum About {
    Memberships(Id, Id),
    OrganisationOnUnit(Id, Id),
    Units(Id, Id),
    /// An act, the code of the condition that is not met, and since which version of the act.
    Act(Id, String, i64),
    /// A membership that ended by death, another one of the person, and the departure.
    Death {
        ended: Id,
        other: Id,
        act: Id,
    },
}

/// A finding to be kept.
#[derive(Debug, Clone)]
pub(super) struct NewFinding {
    pub id: Id,
    pub kind: FindingKind,
    /// The smallest area that holds both records.
    pub area: AreaId,
    pub about: About,
    /// The communes of the two records; of an act the same twice.
    pub areas: [AreaId; 2],
}

/// Inserts a finding, or opens it again where it was closed when its cause was gone; false when it stands.
pub(super) fn raise(tx: &mut Tx<'_>, new: &NewFinding) -> Result<bool> {
    let closed =
        findings::table.filter(findings::id.eq(new.id)).filter(findings::outcome.eq(FindingOutcome::CauseGone));
    let reopened = diesel::update(closed)
        .set((
            findings::status.eq(FindingStatus::Open),
            // Who sees both records may be others by now.
            findings::area_id.eq(new.area.as_str()),
            findings::one_area_id.eq(new.areas[0].as_str()),
            findings::other_area_id.eq(new.areas[1].as_str()),
            findings::outcome.eq(None::<FindingOutcome>),
            findings::settled_at.eq(None::<NaiveDateTime>),
            findings::settled_by.eq(None::<String>),
            findings::version.eq(findings::version + 1),
        ))
        .execute(tx.conn())?;
    let is_raised = reopened == 1 || insert_finding(tx, new)?;
    if is_raised {
        note_only_in(tx, List::Findings, new.id, new.area.as_str())?;
    }
    Ok(is_raised)
}

/// Returns which of some findings need not be raised: all but those that were closed with their cause.
pub(super) fn list_standing(conn: &mut AnyConnection, ids: &[Id]) -> Result<HashSet<Id>> {
    let stands = findings::outcome.is_null().or(findings::outcome.assume_not_null().ne(FindingOutcome::CauseGone));
    let known = findings::table.filter(findings::id.eq_any(ids.to_vec())).filter(stands);
    let ids: Vec<Id> = known.select(findings::id).load(conn)?;
    Ok(ids.into_iter().collect())
}

/// Returns open findings of all areas, some at a time, after one; and the last of them.
pub(super) fn list_open(
    conn: &mut AnyConnection,
    after: Option<Id>,
    limit: i64,
) -> Result<(Vec<FindingRow>, Option<Id>)> {
    let mut open =
        findings::table.filter(findings::status.eq(FindingStatus::Open)).order(findings::id).limit(limit).into_boxed();
    if let Some(after) = after {
        open = open.filter(findings::id.gt(after));
    }
    let open: Vec<FindingRow> = open.load(conn)?;
    let last = open.last().map(|row| row.id);
    Ok((open, last))
}

/// Returns the open findings about some records.
pub(super) fn list_open_about(
    conn: &mut AnyConnection,
    memberships: &[Id],
    organisations: &[Id],
    units: &[Id],
) -> Result<Vec<FindingRow>> {
    let mut found = BTreeMap::new();
    let mut add = |rows: Vec<FindingRow>| found.extend(rows.into_iter().map(|row| (row.id, row)));
    let open = || findings::table.filter(findings::status.eq(FindingStatus::Open)).into_boxed();
    add(open().filter(findings::one_membership_id.eq_any(memberships.to_vec())).load(conn)?);
    add(open().filter(findings::other_membership_id.eq_any(memberships.to_vec())).load(conn)?);
    add(open().filter(findings::organisation_id.eq_any(organisations.to_vec())).load(conn)?);
    add(open().filter(findings::economic_unit_id.eq_any(units.to_vec())).load(conn)?);
    Ok(found.into_values().collect())
}

/// Returns open findings about acts, of some acts at a time that ever had one, after an act; and the last of those acts.
pub(super) fn list_open_about_acts(
    conn: &mut AnyConnection,
    after: Option<Id>,
    limit: i64,
) -> Result<(Vec<FindingRow>, Option<Id>)> {
    let mut acts = findings::table.select(findings::act_id.assume_not_null()).distinct().into_boxed();
    acts = match after {
        Some(after) => acts.filter(findings::act_id.gt(after)),
        None => acts.filter(findings::act_id.is_not_null()),
    };
    let acts: Vec<Id> = acts.order(findings::act_id).limit(limit).load(conn)?;
    let last = acts.last().copied();
    let open = findings::table.filter(findings::act_id.eq_any(acts)).filter(findings::status.eq(FindingStatus::Open));
    Ok((open.load(conn)?, last))
}

/// Says whether a finding is open at the version that was read.
pub(super) fn is_open_at(conn: &mut AnyConnection, row: &FindingRow) -> Result<bool> {
    let same = findings::table.filter(findings::id.eq(row.id)).filter(findings::version.eq(row.version));
    let count: i64 = same.filter(findings::status.eq(FindingStatus::Open)).count().get_result(conn)?;
    Ok(count == 1)
}

fn insert_finding(tx: &mut Tx<'_>, new: &NewFinding) -> Result<bool> {
    use diesel::sql_types::{Nullable, Text, Timestamp};
    let at = tx.at().naive_utc();
    let kind: &'static str = new.kind.into();
    let [one_area, other_area] = &new.areas;
    let (mut memberships, mut organisation, mut units, mut act) = ((None, None), None, (None, None), (None, None));
    match &new.about {
        About::Memberships(one, other) => memberships = (Some(*one), Some(*other)),
        About::OrganisationOnUnit(one, unit) => (organisation, units.0) = (Some(*one), Some(*unit)),
        About::Units(one, other) => units = (Some(*one), Some(*other)),
        About::Act(id, condition, _) => act = (Some(*id), Some(condition.as_str())),
        About::Death { ended, other, act: departure } => {
            (memberships, act.0) = ((Some(*ended), Some(*other)), Some(*departure));
        }
    }
    let rows = diesel::sql_query(
        "INSERT INTO findings (id, kind, area_id, one_membership_id, other_membership_id, organisation_id, \
         economic_unit_id, one_area_id, other_area_id, status, raised_at, version, other_economic_unit_id, act_id, \
         condition) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', $10, 1, $11, $12, $13) \
         ON CONFLICT (id) DO NOTHING",
    )
    .bind::<SqlId, _>(new.id)
    .bind::<Text, _>(kind)
    .bind::<Text, _>(new.area.as_str())
    .bind::<Nullable<SqlId>, _>(memberships.0)
    .bind::<Nullable<SqlId>, _>(memberships.1)
    .bind::<Nullable<SqlId>, _>(organisation)
    .bind::<Nullable<SqlId>, _>(units.0)
    .bind::<Text, _>(one_area.as_str())
    .bind::<Text, _>(other_area.as_str())
    .bind::<Timestamp, _>(at)
    .bind::<Nullable<SqlId>, _>(units.1)
    .bind::<Nullable<SqlId>, _>(act.0)
    .bind::<Nullable<Text>, _>(act.1)
    .execute(tx.conn())?;
    Ok(rows == 1)
}

/// Stores two units that may be one, as the registry reports them.
///
/// # Errors
/// Fails when the database does.
pub fn put_duplicate_units(tx: &mut Tx<'_>, pair: &EconomicUnitDuplicateSuspected) -> Result<()> {
    let [one_area, other_area] = &pair.areas;
    diesel::insert_into(duplicate_units::table)
        .values((
            duplicate_units::one_id.eq(pair.one),
            duplicate_units::other_id.eq(pair.other),
            duplicate_units::one_area_id.eq(one_area.as_str()),
            duplicate_units::other_area_id.eq(other_area.as_str()),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// Two units that may be one, and their communes.
pub(super) type UnitPair = ((Id, AreaId), (Id, AreaId));

/// Returns units that may be one, some at a time, after a pair.
pub(super) fn list_duplicate_units(
    conn: &mut AnyConnection,
    after: Option<(Id, Id)>,
    limit: i64,
) -> Result<Vec<UnitPair>> {
    let mut pairs =
        duplicate_units::table.order((duplicate_units::one_id, duplicate_units::other_id)).limit(limit).into_boxed();
    if let Some((one, other)) = after {
        let of_same = duplicate_units::one_id.eq(one).and(duplicate_units::other_id.gt(other));
        pairs = pairs.filter(duplicate_units::one_id.gt(one).or(of_same));
    }
    Ok(pairs.load(conn)?.into_iter().map(unit_pair).collect())
}

fn unit_pair((one, other, one_area, other_area): (Id, Id, String, String)) -> UnitPair {
    ((one, AreaId::stored(one_area)), (other, AreaId::stored(other_area)))
}

/// Returns the units that may be one with one of some units.
pub(super) fn list_duplicates_of(conn: &mut AnyConnection, units: &[Id]) -> Result<Vec<UnitPair>> {
    let is_one = duplicate_units::one_id.eq_any(units.to_vec());
    let is_other = duplicate_units::other_id.eq_any(units.to_vec());
    Ok(duplicate_units::table.filter(is_one.or(is_other)).load(conn)?.into_iter().map(unit_pair).collect())
}

/// Which findings.
#[derive(Debug, Clone)]
pub(super) struct FindingFilter {
    pub within: Option<Vec<String>>,
    pub kinds: Option<Vec<String>>,
    pub statuses: Option<Vec<String>>,
}

/// The findings that a list shows to a caller.
pub(super) struct ListedFindings {
    pub scope: Scope,
    pub filter: FindingFilter,
}

impl Records for ListedFindings {
    type Record = FindingRow;

    fn sought(&self, conn: &mut AnyConnection, only: Option<&[Id]>) -> Result<Seek> {
        let mut seek = Seek::of("findings", Order::Id);
        if let Some(ids) = only {
            seek.only(conn, ids)?;
        }
        seek.narrow_to_areas(conn, "area_id", areas_within(&self.scope, self.filter.within.as_ref()))?;
        seek.narrow(conn, "status", self.filter.statuses.as_ref())?;
        seek.narrow(conn, "kind", self.filter.kinds.as_ref())?;
        Ok(seek)
    }

    fn load(&self, conn: &mut AnyConnection, ids: &[Id]) -> Result<Vec<(Id, FindingRow)>> {
        let found: Vec<FindingRow> = findings::table.filter(one_of(findings::id, ids)).load(conn)?;
        let within = found.into_iter().filter(|row| self.scope.may_read(&AreaId::stored(row.area_id.as_str())));
        Ok(within.map(|row| (row.id, row)).collect())
    }
}

pub(super) fn find_finding(conn: &mut AnyConnection, scope: &Scope, id: Id) -> Result<Option<FindingRow>> {
    let row: Option<FindingRow> = findings::table.find(id).get_result(conn).optional()?;
    Ok(row.filter(|row| scope.may_read(&AreaId::stored(row.area_id.as_str()))))
}

/// Settles a finding and returns its journal entry.
pub(super) fn settle(tx: &mut Tx<'_>, row: &FindingRow, outcome: FindingOutcome, on: NaiveDate) -> Result<Entry> {
    let (at, actor) = (tx.at().naive_utc(), tx.actor().to_owned());
    let settled = diesel::update(findings::table.find(row.id).filter(findings::version.eq(row.version)))
        .set((
            findings::status.eq(FindingStatus::Settled),
            findings::outcome.eq(Some(outcome)),
            findings::settled_at.eq(Some(at)),
            findings::settled_by.eq(Some(actor)),
            findings::version.eq(row.version + 1),
        ))
        .execute(tx.conn());
    once(settled)?;
    note_changed(tx, List::Findings, &Condition::new("t.record_id = {}", vec![Bound::Id(row.id)]))?;
    let payload = FindingSettled { id: row.id, outcome: <&str>::from(outcome).to_owned(), areas: row.areas() };
    Ok(Entry::of(&payload, format!("/v1/findings/{}", row.id), on)?.in_area(&AreaId::stored(row.area_id.as_str())))
}

/// Looks at the lists in which findings are: those of their areas.
///
/// # Errors
/// Fails when the database cannot be read; a difference is an answer.
pub async fn verify_listed(url: &DatabaseUrl) -> Result<(String, bool)> {
    let expected = "SELECT id AS record_id, area_id AS seen_in FROM findings";
    lists::verify_listed(&Db::open_beside(url, NAME)?, List::Findings, expected).await
}
