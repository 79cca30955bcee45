//! What depends on an organisation, and on what it depends: its superiors, the organisations below it, and its
//! members. A change that would leave them without it is refused.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use shared::acts::{ActStatus, KeptAct, Step, acts, in_the_way};
use shared::storage::{AnyConnection, Tx};
use shared::{Code, Error, Id, Result, Span};

use super::acts::{Folded, OrganisationAct};
use super::status::OrganisationStatus;
use super::store::find_kept;
use crate::rule_book::RuleBook;
use crate::schema::{membership_stays, organisation_phases};
use crate::state::Setting;

const RECORDS_A_READ: usize = 500;

/// How an organisation stands from a day on and before another.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(super) struct Phase {
    pub from_on: NaiveDate,
    pub to_on: Option<NaiveDate>,
    pub kind: String,
    pub superior: Option<Id>,
}

impl Phase {
    fn span(&self) -> Span {
        Span { from_on: self.from_on, to_on: self.to_on }
    }
}

/// The phases that acts make.
pub(super) fn phases_of(steps: &[Step<'_, OrganisationAct>]) -> Vec<Phase> {
    let mut phases: Vec<Phase> = Vec::new();
    for step in steps {
        let (after, on) = (&step.after, step.living.occurred_on);
        let open = phases.last_mut().filter(|phase| phase.to_on.is_none());
        match open {
            Some(phase) if after.status == OrganisationStatus::Active && phase.from_on == after.stands_from => continue,
            Some(phase) => phase.to_on = Some(on),
            None => {}
        }
        if after.status == OrganisationStatus::Active {
            phases.push(Phase { from_on: on, to_on: None, kind: after.kind.clone(), superior: after.superior });
        }
    }
    // One that ended on the day of its founding stood on no day.
    phases.retain(|phase| phase.to_on != Some(phase.from_on));
    phases
}

/// Says whether phases, one after the other, fill a time.
fn fill(phases: &[Phase], time: Span) -> bool {
    let ends = phases.first().zip(phases.last());
    ends.is_some_and(|(first, last)| Span { from_on: first.from_on, to_on: last.to_on }.covers(time))
}

/// What rests on an organisation for a time: a member, or another organisation of a kind.
struct Resting {
    record: Id,
    time: Span,
    kind: Option<String>,
}

impl Resting {
    fn stands(&self, book: &RuleBook, phases: &[Phase]) -> bool {
        let may_answer_to = |phase: &Phase| match &self.kind {
            None => true,
            Some(kind) => book.kind(kind).is_some_and(|kind| kind.superiors.contains(&phase.kind)),
        };
        fill(phases, self.time) && phases.iter().filter(|phase| phase.span().overlaps(self.time)).all(may_answer_to)
    }
}

/// Refuses phases without which something would stand on nothing that stood before.
///
/// # Errors
/// `acts_in_the_way`, `act_out_of_reach`; a fault of `/superior_id` where a superior does not exist all the time.
pub(super) fn check(tx: &mut Tx<'_>, setting: &Setting, is: &Folded, [old, new]: [&[Phase]; 2]) -> Result<()> {
    let mut resting = list_members(tx.conn(), is.id)?;
    resting.extend(list_below(tx.conn(), is.id)?);
    resting.sort_by_key(|one| one.time.from_on);
    let falls = |one: &&Resting| !one.stands(&setting.book, new) && one.stands(&setting.book, old);
    let falling: Vec<&Resting> = resting.iter().filter(falls).collect();
    if !falling.is_empty() {
        return Err(refusal(tx, setting, &falling)?);
    }
    for phase in new.iter().filter(|phase| !old.contains(phase)) {
        check_superior(tx, setting, phase)?;
    }
    Ok(())
}

fn list_members(conn: &mut AnyConnection, organisation: Id) -> Result<Vec<Resting>> {
    let rows: Vec<(Id, NaiveDate, Option<NaiveDate>)> = membership_stays::table
        .filter(membership_stays::organisation_id.eq(organisation))
        .select((membership_stays::membership_id, membership_stays::from_on, membership_stays::to_on))
        .load(conn)?;
    let resting = |(record, from_on, to_on)| Resting { record, time: Span { from_on, to_on }, kind: None };
    Ok(rows.into_iter().map(resting).collect())
}

fn list_below(conn: &mut AnyConnection, organisation: Id) -> Result<Vec<Resting>> {
    let rows: Vec<(Id, NaiveDate, Option<NaiveDate>, String)> = organisation_phases::table
        .filter(organisation_phases::superior_id.eq(organisation))
        .select((
            organisation_phases::organisation_id,
            organisation_phases::from_on,
            organisation_phases::to_on,
            organisation_phases::kind,
        ))
        .load(conn)?;
    let resting = |(record, from_on, to_on, kind)| Resting { record, time: Span { from_on, to_on }, kind: Some(kind) };
    Ok(rows.into_iter().map(resting).collect())
}

/// Names the first act in the way within the caller's reach: the one by which a member came, or by which another
/// organisation answers to this one.
fn refusal(tx: &mut Tx<'_>, setting: &Setting, falling: &[&Resting]) -> Result<Error> {
    let mut records: Vec<Id> = falling.iter().map(|one| one.record).collect();
    records.sort();
    records.dedup();
    let mut began: Vec<KeptAct> = Vec::new();
    for some in records.chunks(RECORDS_A_READ) {
        let of_these =
            acts::table.filter(acts::record_id.eq_any(some.to_vec())).filter(acts::status.eq(ActStatus::Recorded));
        began.extend(of_these.order(acts::ordinal).load::<KeptAct>(tx.conn())?);
    }
    let mut by_day: BTreeMap<(Id, NaiveDate), Vec<&KeptAct>> = BTreeMap::new();
    for act in &began {
        by_day.entry((act.record_id, act.occurred_on)).or_default().push(act);
    }
    let began_with = |one: &&Resting| {
        let is_it = |act: &&&KeptAct| one.kind.is_none() || act.kind.starts_with("organisation.");
        by_day.get(&(one.record, one.time.from_on))?.iter().find(is_it).copied()
    };
    let seen: Vec<&KeptAct> =
        falling.iter().filter_map(began_with).filter(|act| setting.scope.may_read(&act.area())).collect();
    Ok(match seen.split_first() {
        Some((act, _)) => in_the_way(act, seen.len()),
        None => Error::new(Code::ActOutOfReach),
    })
}

/// Checks that the superior of a phase exists all the time.
fn check_superior(tx: &mut Tx<'_>, setting: &Setting, phase: &Phase) -> Result<()> {
    let Some(superior) = phase.superior else { return Ok(()) };
    let above = list_phases(tx.conn(), superior)?;
    if fill(&above, phase.span()) {
        return Ok(());
    }
    let kept = find_kept(tx.conn(), superior)?;
    if !kept.is_superior_body && !setting.scope.may_read(&kept.area) {
        return Err(Error::new(Code::ActOutOfReach));
    }
    let day = kept.ended_on.unwrap_or(kept.established_on);
    Err(Error::new(Code::OrganisationNotActive).with("day", day))
}

/// Returns the phases of an organisation as they are kept, in order.
pub(super) fn list_phases(conn: &mut AnyConnection, organisation: Id) -> Result<Vec<Phase>> {
    Ok(organisation_phases::table
        .filter(organisation_phases::organisation_id.eq(organisation))
        .order(organisation_phases::from_on)
        .select((
            organisation_phases::from_on,
            organisation_phases::to_on,
            organisation_phases::kind,
            organisation_phases::superior_id,
        ))
        .load(conn)?)
}

/// Keeps the phases of an organisation.
pub(super) fn put_phases(tx: &mut Tx<'_>, organisation: Id, phases: &[Phase]) -> Result<()> {
    let kept = organisation_phases::table.filter(organisation_phases::organisation_id.eq(organisation));
    diesel::delete(kept).execute(tx.conn())?;
    for phase in phases {
        diesel::insert_into(organisation_phases::table)
            .values((
                organisation_phases::organisation_id.eq(organisation),
                organisation_phases::from_on.eq(phase.from_on),
                organisation_phases::to_on.eq(phase.to_on),
                organisation_phases::kind.eq(&phase.kind),
                organisation_phases::superior_id.eq(phase.superior),
            ))
            .execute(tx.conn())?;
    }
    Ok(())
}
