//! How acts are kept.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use shared::access::Scope;
use shared::http::PageQuery;
use shared::journal::{Entry, Published};
use shared::published::Decision;
use shared::published::union_member::UnionMemberDeparted;
use shared::storage::{AnyConnection, MultiBackend, Tx, once};
use shared::territory::AreaId;
use shared::{Code, Day, Error, Id, Result};

use crate::schema::acts;

/// An act to be recorded.
pub struct Recorded<'a> {
    /// The organisation it is about.
    pub organisation: Id,
    /// The resource that changes.
    pub subject: String,
    /// The commune it happened in.
    pub area: &'a AreaId,
    /// The day it happened.
    pub occurred_on: NaiveDate,
    /// How many it counts.
    pub count: i64,
    /// The paper.
    pub decision: Option<&'a Decision>,
    /// The paper that a rule asks for beside it.
    pub authorising_paper: Option<&'a str>,
}

/// An act as it is kept.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = acts)]
#[expect(missing_docs, reason = "the fields are those of Recorded and of the answer Act")]
pub struct KeptAct {
    pub id: Id,
    pub kind: String,
    pub organisation_id: Id,
    pub membership_id: Option<Id>,
    pub area_id: String,
    pub occurred_on: NaiveDate,
    pub count: i64,
    pub content: String,
    pub payload: String,
    pub decision_number: Option<String>,
    pub decided_on: Option<NaiveDate>,
    pub issuing_body: Option<String>,
    pub authorising_paper: Option<String>,
    pub entry_id: Id,
    pub status: String,
    pub version: i64,
    pub recorded_at: NaiveDateTime,
}

impl KeptAct {
    /// The act's paper.
    #[must_use]
    pub fn decision(&self) -> Option<Decision> {
        Some(Decision {
            number: self.decision_number.clone()?,
            decided_on: Day::stored(self.decided_on?),
            issuing_body: self.issuing_body.clone()?,
        })
    }

    /// The act with another paper, or without one.
    #[must_use]
    pub fn with_decision(self, paper: Option<&Decision>) -> Self {
        Self {
            decision_number: paper.map(|paper| paper.number.clone()),
            decided_on: paper.map(|paper| paper.decided_on.get()),
            issuing_body: paper.map(|paper| paper.issuing_body.clone()),
            ..self
        }
    }
}

/// Records an act of an organisation and makes the journal entry that tells it.
///
/// # Errors
/// Fails when the database does.
pub fn record<P: Published>(tx: &mut Tx<'_>, payload: &P, recorded: Recorded<'_>) -> Result<(Id, Entry)> {
    let entry = Entry::of(payload, recorded.subject, recorded.occurred_on)?.in_area(recorded.area);
    let act = KeptAct {
        id: Id::new(),
        kind: P::KIND.to_owned(),
        organisation_id: recorded.organisation,
        membership_id: None,
        area_id: recorded.area.to_string(),
        occurred_on: recorded.occurred_on,
        count: recorded.count,
        content: "{}".to_owned(),
        payload: serde_json::to_string(payload)?,
        decision_number: None,
        decided_on: None,
        issuing_body: None,
        authorising_paper: recorded.authorising_paper.map(str::to_owned),
        entry_id: entry.id(),
        status: "recorded".to_owned(),
        version: 1,
        recorded_at: tx.at().naive_utc(),
    };
    let act = act.with_decision(recorded.decision);
    insert_act(tx, &act)?;
    Ok((act.id, entry))
}

/// Keeps a new act.
///
/// # Errors
/// Fails when the database does.
pub fn insert_act(tx: &mut Tx<'_>, act: &KeptAct) -> Result<()> {
    diesel::insert_into(acts::table).values(act).execute(tx.conn())?;
    Ok(())
}

/// Returns the acts on a membership that count.
///
/// # Errors
/// Fails when the database does.
pub fn list_acts_on(conn: &mut AnyConnection, membership: Id) -> Result<Vec<KeptAct>> {
    let acts = acts::table.filter(acts::membership_id.eq(membership)).filter(acts::status.eq("recorded"));
    Ok(acts.order(acts::id).load(conn)?)
}

/// Writes a corrected act; its journal entry is the new one.
///
/// # Errors
/// Fails when the database does.
pub fn restate(tx: &mut Tx<'_>, act: &KeptAct) -> Result<()> {
    let restated = diesel::update(acts::table.find(act.id).filter(acts::version.eq(act.version)))
        .set((
            acts::kind.eq(&act.kind),
            acts::organisation_id.eq(act.organisation_id),
            acts::area_id.eq(&act.area_id),
            acts::occurred_on.eq(act.occurred_on),
            acts::count.eq(act.count),
            acts::content.eq(&act.content),
            acts::payload.eq(&act.payload),
            acts::decision_number.eq(&act.decision_number),
            acts::decided_on.eq(act.decided_on),
            acts::issuing_body.eq(&act.issuing_body),
            acts::authorising_paper.eq(&act.authorising_paper),
            acts::entry_id.eq(act.entry_id),
            acts::version.eq(act.version + 1),
        ))
        .execute(tx.conn());
    once(restated)
}

/// Marks an act as withdrawn by another entry.
///
/// # Errors
/// Fails when the database does.
pub fn set_status(tx: &mut Tx<'_>, act: &KeptAct, status: &str, entry: Id) -> Result<()> {
    let marked = diesel::update(acts::table.find(act.id).filter(acts::version.eq(act.version)))
        .set((acts::status.eq(status), acts::entry_id.eq(entry), acts::version.eq(act.version + 1)))
        .execute(tx.conn());
    once(marked)
}

/// Returns the act that an entry told last, if the caller may change it.
///
/// # Errors
/// Fails when the database does.
pub fn find_act_of_entry(tx: &mut Tx<'_>, scope: &Scope, entry: Id) -> Result<Option<KeptAct>> {
    let act: Option<KeptAct> = acts::table.filter(acts::entry_id.eq(entry)).get_result(tx.conn()).optional()?;
    Ok(act.filter(|act| scope.may_write(&AreaId::stored(act.area_id.as_str()))))
}

/// Returns the first and the last day of the acts in an organisation, but for one of them.
///
/// # Errors
/// Fails when the database does.
pub fn span_of_acts(
    conn: &mut AnyConnection,
    organisation: Id,
    but: Option<Id>,
) -> Result<Option<(NaiveDate, NaiveDate)>> {
    let span = (diesel::dsl::min(acts::occurred_on), diesel::dsl::max(acts::occurred_on));
    let mut query = acts::table
        .filter(acts::organisation_id.eq(organisation))
        .filter(acts::status.eq("recorded"))
        .select(span)
        .into_boxed();
    if let Some(but) = but {
        query = query.filter(acts::id.ne(but));
    }
    let (first, last): (Option<NaiveDate>, Option<NaiveDate>) = query.get_result(conn)?;
    Ok(first.zip(last))
}

/// Returns how few members without names a union has on a day or on any day after it, by what is recorded.
///
/// # Errors
/// Fails when the database does.
pub fn fewest_members_from(conn: &mut AnyConnection, organisation: Id, from: NaiveDate) -> Result<i64> {
    let changes: Vec<(NaiveDate, String, i64)> = acts::table
        .filter(acts::organisation_id.eq(organisation))
        .filter(acts::membership_id.is_null())
        .filter(acts::status.eq("recorded"))
        .filter(acts::kind.like("union_member.%"))
        .select((acts::occurred_on, acts::kind, acts::count))
        .load(conn)?;
    let mut days: BTreeMap<NaiveDate, i64> = BTreeMap::from([(from, 0)]);
    for (on, kind, count) in changes {
        *days.entry(on).or_default() += if kind == UnionMemberDeparted::KIND { -count } else { count };
    }
    let sums = days.into_iter().scan(0_i64, |sum, (on, change)| {
        *sum += change;
        Some((on, *sum))
    });
    Ok(sums.filter(|(on, _)| *on >= from).map(|(_, sum)| sum).min().unwrap_or_default())
}

/// Which acts.
#[derive(Debug, Clone, Default)]
pub(super) struct ActFilter {
    pub organisation: Option<Id>,
    pub membership: Option<Id>,
    pub kinds: Option<Vec<String>>,
}

/// The acts that the caller may see and asks for.
fn asked(scope: &Scope, filter: &ActFilter) -> acts::BoxedQuery<'static, MultiBackend> {
    let mut query = acts::table.into_boxed();
    if let Some(areas) = scope.readable_ids() {
        query = query.filter(acts::area_id.eq_any(areas));
    }
    if let Some(organisation) = filter.organisation {
        query = query.filter(acts::organisation_id.eq(organisation));
    }
    if let Some(membership) = filter.membership {
        query = query.filter(acts::membership_id.eq(membership));
    }
    if let Some(kinds) = filter.kinds.clone() {
        query = query.filter(acts::kind.eq_any(kinds));
    }
    query
}

pub(super) fn count_acts(conn: &mut AnyConnection, scope: &Scope, filter: &ActFilter) -> Result<i64> {
    Ok(asked(scope, filter).count().get_result(conn)?)
}

pub(super) fn list_acts(
    conn: &mut AnyConnection,
    scope: &Scope,
    filter: &ActFilter,
    page: &PageQuery<Id>,
) -> Result<Vec<KeptAct>> {
    let mut query = asked(scope, filter).order(acts::id.asc()).limit(page.limit + 1);
    if let Some(after) = page.after {
        query = query.filter(acts::id.gt(after));
    }
    Ok(query.load(conn)?)
}

pub(super) fn find_act(conn: &mut AnyConnection, scope: &Scope, id: Id) -> Result<KeptAct> {
    let act: Option<KeptAct> = acts::table.find(id).get_result(conn).optional()?;
    act.filter(|act| scope.may_read(&AreaId::stored(act.area_id.as_str()))).ok_or_else(|| Error::new(Code::NotFound))
}
