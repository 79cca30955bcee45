//! Changes of a body: adds, replaces or removes an act, and computes the body again from its acts.

use chrono::{NaiveDate, NaiveDateTime};
use shared::access::Scope;
use shared::acts::{self, Change, ChangedAct, Impossible, KeptAct, Living, Record, fold, seal_note};
use shared::answers::Answers;
use shared::journal::Entries;
use shared::personal::{DataKey, Vault};
use shared::published::Decision;
use shared::storage::{AnyConnection, Tx};
use shared::territory::AreaId;
use shared::validate::{self, Faults, Wrong, past_day};
use shared::{Code, Error, Id, Result};

use super::acts::{BodyAct, Case, Establishment, Folded};
use super::sealing::{Sealing, act_of};
use super::seats::counted;
use super::store::{self, KeptBody, Work};
use super::words::{BodyKind, BodyLevel, BodyStatus};
use crate::state::Setting;

/// An act as it is to be recorded, or as it is to stand after a correction.
pub(super) struct NewAct {
    /// What was done.
    pub act: BodyAct,
    /// The day it happened.
    pub on: NaiveDate,
    /// The decision.
    pub decision: Decision,
    /// Why it is put right; nothing where it is recorded first.
    pub note: Option<String>,
    /// The answers to the warnings that it meets.
    pub answers: Answers,
    /// Whether it is known where the body works: without that it is refused.
    pub is_placed: bool,
}

/// What a change brought about.
pub struct Changed {
    /// The act that was changed.
    pub act: ChangedAct,
    /// The body as it is kept.
    pub kept: KeptBody,
    /// The body after all of its acts.
    pub(super) body: Folded,
}

impl Changed {
    /// The seats that were opened on a day: those of each act in the order in which they were named.
    pub fn opened_on(&self, on: NaiveDate) -> impl Iterator<Item = Id> {
        self.body.seats.iter().filter(move |seat| seat.opened_on == on).map(|seat| seat.id)
    }
}

/// A body with the acts that count.
pub(super) struct Body {
    kept: Option<KeptBody>,
    record: Record<BodyAct>,
    /// Opens the names; nothing where nobody needs them.
    key: Option<DataKey>,
}

impl Body {
    /// Loads a body with the key that opens its names.
    ///
    /// # Errors
    /// `record_erased` where the key is gone.
    pub(super) fn load(conn: &mut AnyConnection, vault: &Vault, kept: KeptBody) -> Result<Self> {
        let key = vault.find_data_keys(conn, &[kept.id])?.pop().ok_or_else(|| Error::new(Code::RecordErased))?;
        Self::load_with(conn, Some(key), kept)
    }

    /// Loads a body whose names stay closed.
    ///
    /// # Errors
    /// Fails when the database does.
    pub(super) fn load_unopened(conn: &mut AnyConnection, kept: KeptBody) -> Result<Self> {
        Self::load_with(conn, None, kept)
    }

    fn load_with(conn: &mut AnyConnection, key: Option<DataKey>, kept: KeptBody) -> Result<Self> {
        let record = Record::load_by(conn, kept.id, start_of(&kept), |row| act_of(row, key.as_ref()))?;
        Ok(Self { kept: Some(kept), record, key })
    }

    fn key(&self) -> Result<&DataKey> {
        self.key.as_ref().ok_or_else(|| Error::internal("a body is changed whose names are closed"))
    }

    /// An act on the body that counts.
    pub(super) fn act(&self, id: Id) -> Option<&BodyAct> {
        self.record.acts().iter().find(|living| living.id == id).map(|living| &living.act)
    }

    /// The body as its acts make it.
    ///
    /// # Errors
    /// What is impossible about them.
    pub(super) fn folded(&self) -> std::result::Result<Folded, Impossible> {
        self.folded_from(self.record.acts().to_vec())
    }

    /// The body as it was at the end of a day.
    fn folded_on(&self, on: NaiveDate) -> Result<Folded> {
        let acts = self.record.acts().iter().filter(|living| living.occurred_on <= on).cloned().collect();
        self.folded_from(acts).map_err(of_kept)
    }

    fn folded_from(&self, mut acts: Vec<Living<BodyAct>>) -> std::result::Result<Folded, Impossible> {
        let steps = fold(&self.record.start, &mut acts)?;
        Ok(self.record.last(&steps))
    }
}

/// Returns a body as it was at the end of a day; `Withdrawn` before it was established.
///
/// # Errors
/// Fails when the database does.
pub(crate) fn load_as_of(conn: &mut AnyConnection, vault: &Vault, kept: KeptBody, on: NaiveDate) -> Result<Folded> {
    Body::load(conn, vault, kept)?.folded_on(on)
}

/// Returns a body as it was at the end of a day, with the names closed.
///
/// # Errors
/// Fails when the database does.
pub(crate) fn load_unopened_as_of(conn: &mut AnyConnection, kept: KeptBody, on: NaiveDate) -> Result<Folded> {
    Body::load_unopened(conn, kept)?.folded_on(on)
}

/// Says whether somebody holds a seat of a body on a day; nothing where there is no such seat on it.
///
/// # Errors
/// Fails when the database does.
pub(crate) fn seat_on(conn: &mut AnyConnection, kept: KeptBody, seat: Id, on: NaiveDate) -> Result<Option<bool>> {
    let body = load_unopened_as_of(conn, kept, on)?;
    Ok(body.seats.iter().find(|one| one.id == seat && one.is_open()).map(|seat| seat.held().is_some()))
}

/// How many bodies work on a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Steering committees.
    pub committees: usize,
    /// Those of them that have a head and whose seats are all held.
    pub complete: usize,
    /// Support teams.
    pub teams: usize,
}

/// Counts the bodies that work on a day.
///
/// # Errors
/// Fails when the database does.
pub fn tally(conn: &mut AnyConnection, on: NaiveDate) -> Result<Tally> {
    let mut tally = Tally::default();
    for kept in store::list_working_on(conn, &Scope::everything(), on)? {
        let body = load_unopened_as_of(conn, kept, on)?;
        let (_, empty, has_head) = counted(&body.seats);
        match body.kind {
            BodyKind::SupportTeam => tally.teams += 1,
            BodyKind::SteeringCommittee => {
                tally.committees += 1;
                tally.complete += usize::from(empty == 0 && has_head);
            }
        }
    }
    Ok(tally)
}

/// Returns a body after all of its acts.
///
/// # Errors
/// Fails when the database does.
pub(crate) fn load_whole(conn: &mut AnyConnection, vault: &Vault, kept: KeptBody) -> Result<Folded> {
    Body::load(conn, vault, kept)?.folded().map_err(of_kept)
}

fn of_kept(impossible: Impossible) -> Error {
    impossible.error.doing("folding what is kept of a steering body")
}

/// A kept body as if nothing had happened.
fn start_of(kept: &KeptBody) -> Folded {
    let (name, area) = (kept.name.clone(), kept.area());
    unbegun(kept.id, (kept.kind, kept.level, area, kept.committee_id), name, kept.established_on)
}

type Place = (BodyKind, BodyLevel, AreaId, Option<Id>);

/// A body before its first act.
fn unbegun(id: Id, (kind, level, area, committee): Place, name: String, on: NaiveDate) -> Folded {
    Folded {
        id,
        kind,
        level,
        area,
        committee,
        name,
        short_name: None,
        status: BodyStatus::Withdrawn,
        established_on: on,
        term_ends_on: None,
        ended_on: None,
        changed_on: on,
        seats: Vec::new(),
    }
}

/// Returns the committee that a support team names, if the caller may change it.
///
/// # Errors
/// Fails when the database does.
pub(super) fn committee_of(conn: &mut AnyConnection, setting: &Setting, id: Option<Id>) -> Result<Option<KeptBody>> {
    let Some(id) = id else { return Ok(None) };
    let found = store::find_body(conn, &setting.scope, id)?;
    let is_one = |body: &KeptBody| body.kind == BodyKind::SteeringCommittee && body.status != BodyStatus::Withdrawn;
    Ok(found.filter(|body| is_one(body) && setting.scope.may_write(&body.area())))
}

/// Begins a body.
///
/// # Errors
/// All faults of the request at once; `needs_answer`, `seat_role_taken`.
pub(super) fn begin(
    tx: &mut Tx<'_>,
    setting: &Setting,
    id: Id,
    faults: Faults,
    new: NewAct,
) -> Result<(Changed, Entries)> {
    let BodyAct::Establishment(establishment) = &new.act else {
        return Err(Error::internal("a body begins with no establishment"));
    };
    let Establishment { kind, level, area, committee_id, name, .. } = establishment;
    let record = Record::new(unbegun(id, (*kind, *level, area.clone(), *committee_id), name.clone(), new.on));
    let key = setting.vault.create_data_key(tx, id)?;
    let body = Body { kept: None, record, key: Some(key) };
    let place = (Id::new(), tx.at().naive_utc());
    let (acts, change) = put(tx, setting, &body, faults, place, new)?;
    settle(tx, setting, &body, acts, &change)
}

/// Adds an act to a body, also one that happened before others that are recorded.
///
/// # Errors
/// All faults of the request at once; what is impossible, of this act or of another.
pub(super) fn add(tx: &mut Tx<'_>, setting: &Setting, kept: KeptBody, new: NewAct) -> Result<(Changed, Entries)> {
    let body = Body::load(tx.conn(), &setting.vault, kept)?;
    let place = (Id::new(), body.record.recorded_at(tx.at().naive_utc()));
    let (acts, change) = put(tx, setting, &body, Faults::new(), place, new)?;
    settle(tx, setting, &body, acts, &change)
}

/// Replaces an act on a body; it keeps its place among those recorded.
///
/// # Errors
/// Those of recording it.
pub(super) fn replace(
    tx: &mut Tx<'_>,
    setting: &Setting,
    body: &Body,
    row: &KeptAct,
    (faults, new): (Faults, NewAct),
) -> Result<(Changed, Entries)> {
    let (acts, change) = put(tx, setting, body, faults, (row.id, row.recorded_at), new)?;
    settle(tx, setting, body, acts, &change)
}

/// Takes an act on a body out: it should never have been recorded.
///
/// # Errors
/// What is impossible without it.
pub(super) fn withdraw(
    tx: &mut Tx<'_>,
    setting: &Setting,
    body: &Body,
    row: &KeptAct,
    note: Option<&str>,
) -> Result<(Changed, Entries)> {
    let acts = body.record.without(row.id);
    let note = note.map(|note| seal_note(body.key()?, note)).transpose()?;
    settle(tx, setting, body, acts, &Change::TakenOut { id: row.id, note })
}

fn put(
    tx: &mut Tx<'_>,
    setting: &Setting,
    body: &Body,
    mut faults: Faults,
    (id, recorded_at): (Id, NaiveDateTime),
    new: NewAct,
) -> Result<(Vec<Living<BodyAct>>, Change)> {
    let record = &body.record;
    let NewAct { act, on, decision, note, answers, is_placed } = new;
    let is_new = record.row(id).is_none();
    let living = |act: BodyAct| Living { id, occurred_on: on, recorded_at, act };
    let before = record.before(&setting.scope, &record.with(living(act.clone())), id)?;
    let day_field = if is_new { act.act().day_field() } else { "/occurred_on" };
    faults.take(day_field, past_day(on, setting.today));
    let decision = validate::decision(&mut faults, "/decision", &decision, setting.today);
    if let Some(decision) = &decision
        && on < decision.decided_on.get()
    {
        faults.add(day_field, Wrong::new(Code::BeforeDecision).with("decided_on", decision.decided_on));
    }
    let begins = matches!(act, BodyAct::Establishment(_));
    if !begins && before.status == BodyStatus::Withdrawn {
        faults.add(day_field, Wrong::new(Code::SteeringBodyNotActive).with("day", on));
    }
    answers.check(&mut faults);
    let is_same = |told: &Living<BodyAct>| told.occurred_on == on && told.act.term_ends_on() == act.term_ends_on();
    let is_judged = !record.acts().iter().any(|told| told.id == id && is_same(told));
    let case = Case { setting, is_new, before: &before, on, is_placed, is_judged };
    let checked = act.act().checked(&mut faults, &case);
    let (act, decision) = faults.finish_with(checked.zip(decision))?;
    if let (BodyAct::Establishment(establishment), true) = (&act, is_new) {
        let other = store::find_other(tx.conn(), establishment, on)?;
        let code = match establishment.kind {
            BodyKind::SteeringCommittee => Code::SteeringCommitteeRecorded,
            BodyKind::SupportTeam => Code::SupportTeamRecorded,
        };
        answers.ask(code, other.map(|id| [("body", id.to_string())].into()))?;
    }
    let note = note.map(|note| seal_note(body.key()?, &note)).transpose()?;
    let change = Change::put(id, Some(decision), note, answers.kept()?);
    Ok((record.with(living(act)), change))
}

/// Folds the body with its acts as they are now, and stores and journals what became different.
fn settle(
    tx: &mut Tx<'_>,
    setting: &Setting,
    body: &Body,
    mut acts: Vec<Living<BodyAct>>,
    change: &Change,
) -> Result<(Changed, Entries)> {
    let record = &body.record;
    let mut old_acts = record.acts().to_vec();
    let old = record.fold_kept(&mut old_acts)?;
    let new = record.fold_changed(&setting.scope, &mut acts, change.id())?;
    let is = record.last(&new);
    match is.kind {
        BodyKind::SupportTeam => check_committee(tx.conn(), &is)?,
        BodyKind::SteeringCommittee if body.kept.is_some() => check_teams(tx.conn(), &is)?,
        BodyKind::SteeringCommittee => {}
    }
    if body.kept.is_some() {
        check_documents(tx.conn(), &setting.scope, &is)?;
        check_work(tx.conn(), &setting.scope, &is)?;
    }
    let kept = store::keep_body(tx, body.kept.as_ref(), &is)?;
    let (act, entries) = acts::tell(tx, &Sealing { key: body.key()? }, record, [&old, &new], change)?;
    Ok((Changed { act, kept, body: is }, entries.into()))
}

/// From which day on a body works, and the first day on which it works no more.
type Life = (NaiveDate, Option<NaiveDate>);

/// Says whether a support team works only while its committee does.
fn is_within((from_on, until_on): Life, (committee_from_on, committee_until_on): Life) -> bool {
    let ends_in_time = committee_until_on.is_none_or(|end| from_on < end && until_on.is_some_and(|on| on <= end));
    committee_from_on <= from_on && ends_in_time
}

/// Demands that a support team works only while its committee does.
fn check_committee(conn: &mut AnyConnection, team: &Folded) -> Result<()> {
    let Some(committee) = team.committee.filter(|_| team.status != BodyStatus::Withdrawn) else { return Ok(()) };
    let committee = store::find_body(conn, &Scope::everything(), committee)?;
    let committee = committee.ok_or_else(|| Error::internal("a support team of no committee"))?;
    let lives = committee.status != BodyStatus::Withdrawn;
    let (from_on, ends_on) = (committee.established_on, committee.ended_on);
    if lives && is_within((team.established_on, team.ended_on), (from_on, ends_on)) {
        return Ok(());
    }
    let begins_within = from_on <= team.established_on && ends_on.is_none_or(|on| team.established_on < on);
    let day = if begins_within { ends_on.unwrap_or(team.established_on) } else { team.established_on };
    Err(Error::new(Code::CommitteeNotActive).with("day", day))
}

/// Demands that a committee works as long as its support teams do.
fn check_teams(conn: &mut AnyConnection, committee: &Folded) -> Result<()> {
    let life = (committee.established_on, committee.ended_on);
    let lives = committee.status != BodyStatus::Withdrawn;
    let teams = store::list_teams(conn, committee.id)?;
    let outside = teams.iter().filter(|team| !lives || !is_within((team.established_on, team.ended_on), life));
    match outside.count() {
        0 => Ok(()),
        teams => Err(Error::new(Code::TeamsRemain).with("teams", teams)),
    }
}

/// Demands that a body works on the days on which it issued documents.
fn check_documents(conn: &mut AnyConnection, scope: &Scope, is: &Folded) -> Result<()> {
    let lives = is.status != BodyStatus::Withdrawn;
    let outside = store::list_issued_outside(conn, is.id, lives.then_some((is.established_on, is.ended_on)))?;
    let seen = outside.iter().filter(|(area, is_open)| scope.may_read_kept(area, *is_open)).count();
    match (outside.len(), seen) {
        (0, _) => Ok(()),
        (_, 0) => Err(Error::new(Code::ActOutOfReach)),
        (_, count) => Err(Error::new(Code::IssuedDocumentsRemain).with("count", count)),
    }
}

/// Demands that a body works on the days on which it held conferences, and gave or received tasks, and that a seat is held on the day on
/// which it was charged.
fn check_work(conn: &mut AnyConnection, scope: &Scope, is: &Folded) -> Result<()> {
    let works_on = |on: NaiveDate| {
        let has_ended = is.ended_on.is_some_and(|end| end <= on);
        is.status != BodyStatus::Withdrawn && is.established_on <= on && !has_ended
    };
    let is_held = |seat: Id, on: NaiveDate| is.seats.iter().any(|one| one.id == seat && one.is_held_on(on));
    let is_outside = |work: &Work| !works_on(work.on) || work.seat.is_some_and(|seat| !is_held(seat, work.on));
    // Withdrawn, it never worked.
    let life =
        if is.status == BodyStatus::Withdrawn { (NaiveDate::MAX, None) } else { (is.established_on, is.ended_on) };
    let outside: Vec<Work> = store::list_work(conn, is.id, life)?.into_iter().filter(is_outside).collect();
    let seen = outside.iter().filter(|work| scope.may_read_kept(&work.area, work.is_open));
    match (outside.len(), seen.clone().count(), seen.map(|work| work.on).min()) {
        (0, ..) => Ok(()),
        (_, count, Some(day)) => Err(Error::new(Code::WorkRemains).with("count", count).with("day", day)),
        _ => Err(Error::new(Code::ActOutOfReach)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_support_team_begins_before_its_committee_ends_and_ends_with_it_at_the_latest() {
        let day = |text: &str| -> NaiveDate { text.parse().expect("a day") };
        let life = |from: &str, until: Option<&str>| (day(from), until.map(day));
        let whole = life("2022-03-01", Some("2022-06-01"));
        let open = life("2022-03-01", None);
        for (team, committee, expected) in [
            (life("2022-03-01", None), open, true),
            (life("2022-02-28", None), open, false),
            (life("2022-03-01", Some("2022-06-01")), whole, true),
            (life("2022-03-01", Some("2022-06-02")), whole, false),
            (life("2022-03-01", None), whole, false),
            (life("2022-05-31", Some("2022-05-31")), whole, true),
            (life("2022-06-01", Some("2022-06-01")), whole, false),
        ] {
            assert_eq!(is_within(team, committee), expected, "{team:?} {committee:?}");
        }
    }
}
