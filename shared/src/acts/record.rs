//! A record with its acts: an act is added, replaced or removed, the record is folded again, and what became
//! different gets journal entries.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use serde::de::DeserializeOwned;

use super::kept::{self, ActStatus, KeptAct, list_acts_on};
use super::unmet::{AllLost, Lost, Unmet, keep_unmet, unmet_after};
use super::{Acts, Impossible, Living, Step, fold};
use crate::access::Scope;
use crate::journal::{Entry, Published};
use crate::published::Decision;
use crate::storage::{AnyConnection, Tx};
use crate::territory::AreaId;
use crate::{Code, Error, Id, Result};

/// A record with the acts that count.
#[derive(Debug)]
pub struct Record<A: Acts> {
    /// The record as if nothing had happened.
    pub start: A::State,
    rows: Vec<KeptAct>,
    acts: Vec<Living<A>>,
}

impl<A: Acts + Clone> Record<A> {
    /// A record that is not kept yet.
    #[must_use]
    pub fn new(start: A::State) -> Self {
        Self { start, rows: Vec::new(), acts: Vec::new() }
    }

    /// Loads the acts on a record.
    ///
    /// # Errors
    /// Fails when the database does, or when the content of an act is not what an act does.
    pub fn load(conn: &mut AnyConnection, id: Id, start: A::State) -> Result<Self>
    where
        A: DeserializeOwned,
    {
        Self::load_by(conn, id, start, |row| Ok(serde_json::from_str(&row.content)?))
    }

    /// Loads the acts on a record, each read by `act_of`.
    ///
    /// # Errors
    /// Fails when the database does, or `act_of`.
    pub fn load_by(
        conn: &mut AnyConnection,
        id: Id,
        start: A::State,
        act_of: impl Fn(&KeptAct) -> Result<A>,
    ) -> Result<Self> {
        let rows = list_acts_on(conn, id)?;
        let living = |row: &KeptAct| {
            let (id, occurred_on, recorded_at) = (row.id, row.occurred_on, row.recorded_at);
            Ok(Living { id, occurred_on, recorded_at, act: act_of(row)? })
        };
        let acts = rows.iter().map(living).collect::<Result<_>>()?;
        Ok(Self { start, rows, acts })
    }

    /// An act on the record as it is kept, if it is.
    #[must_use]
    pub fn row(&self, id: Id) -> Option<&KeptAct> {
        self.rows.iter().find(|row| row.id == id)
    }

    /// The acts that count.
    #[must_use]
    pub fn acts(&self) -> &[Living<A>] {
        &self.acts
    }

    /// The acts with one that is added, or that replaces the one of its id.
    #[must_use]
    pub fn with(&self, living: Living<A>) -> Vec<Living<A>> {
        let mut acts = self.without(living.id);
        acts.push(living);
        acts
    }

    /// The acts without one of them.
    #[must_use]
    pub fn without(&self, id: Id) -> Vec<Living<A>> {
        self.acts.iter().filter(|living| living.id != id).cloned().collect()
    }

    /// The instant at which an act is recorded that is added at an instant: after those that are recorded, whichever
    /// machine's clock they came by.
    #[must_use]
    pub fn recorded_at(&self, at: NaiveDateTime) -> NaiveDateTime {
        let last = self.rows.iter().map(|row| row.recorded_at + TimeDelta::microseconds(1)).max();
        last.map_or(at, |last| last.max(at))
    }

    /// The state that steps end in.
    pub fn last(&self, steps: &[Step<'_, A>]) -> A::State {
        steps.last().map_or_else(|| self.start.clone(), |step| step.after.clone())
    }

    /// The state just before one of some acts.
    ///
    /// # Errors
    /// `acts_in_the_way`, `act_out_of_reach`.
    pub fn before(&self, scope: &Scope, acts: &[Living<A>], changed: Id) -> Result<A::State> {
        let mut acts = acts.to_vec();
        acts.sort_by(Living::compare);
        let mut earlier: Vec<_> = acts.into_iter().take_while(|living| living.id != changed).collect();
        let steps = fold(&self.start, &mut earlier).map_err(|impossible| self.refuse(scope, changed, impossible))?;
        Ok(self.last(&steps))
    }

    /// Folds the acts as they are kept.
    ///
    /// # Errors
    /// Never, unless what is kept was changed by another hand.
    pub fn fold_kept<'a>(&self, acts: &'a mut [Living<A>]) -> Result<Vec<Step<'a, A>>> {
        fold(&self.start, acts).map_err(|impossible| impossible.error.doing("folding what is kept"))
    }

    /// Folds acts after a change of one of them.
    ///
    /// # Errors
    /// What is impossible about the changed act; `acts_in_the_way`, `act_out_of_reach` where another one became impossible.
    pub fn fold_changed<'a>(&self, scope: &Scope, acts: &'a mut [Living<A>], changed: Id) -> Result<Vec<Step<'a, A>>> {
        fold(&self.start, acts).map_err(|impossible| self.refuse(scope, changed, impossible))
    }

    /// The refusal of what became impossible by a change of one act.
    fn refuse(&self, scope: &Scope, changed: Id, impossible: Impossible) -> Error {
        if impossible.act == changed {
            return impossible.error;
        }
        let is_earlier = |one: &KeptAct, other: &KeptAct| one.occurred_on < other.occurred_on;
        let is_seen = |row: &&KeptAct| scope.may_read(&row.area());
        match self.row(impossible.act).filter(is_seen) {
            Some(row) => {
                let count = self.rows.iter().filter(|one| is_seen(one) && !is_earlier(one, row)).count();
                in_the_way(row, count).because(impossible.error)
            }
            None => Error::new(Code::ActOutOfReach).because(impossible.error),
        }
    }
}

/// The refusal of a change that makes an act impossible, and `count` acts from it on.
#[must_use]
pub fn in_the_way(act: &KeptAct, count: usize) -> Error {
    Error::new(Code::ActsInTheWay).with("act", act.id).with("day", act.occurred_on).with("count", count)
}

/// How the acts on a kind of record become journal entries.
pub trait Tells<A: Acts> {
    /// The journal entry of an act, with its decision.
    ///
    /// # Errors
    /// Fails when the database does, or when the payload cannot be written as JSON.
    fn tell(&self, tx: &mut Tx<'_>, step: &Step<'_, A>, decision: Option<Decision>) -> Result<Told>;

    /// The journal entry of an act that is removed.
    ///
    /// # Errors
    /// Fails when the database does, or when the payload cannot be written as JSON.
    fn tell_withdrawn(&self, tx: &mut Tx<'_>, step: &Step<'_, A>, decision: Option<Decision>) -> Result<Told>;

    /// Which conditions of the decision behind a recorded act are not met in the state before it. Nothing where the acts of a
    /// record have no conditions that depend on other acts.
    ///
    /// # Errors
    /// Fails when the database does.
    fn judge_again(&self, _tx: &mut Tx<'_>, _step: &Step<'_, A>, _row: &KeptAct) -> Result<Lost> {
        Ok(Lost::default())
    }

    /// What an act does, as it is kept under its id.
    ///
    /// # Errors
    /// Fails when it cannot be written as JSON.
    fn content(&self, id: Id, act: &A) -> Result<Content>;
}

/// What an act does, as it is kept.
#[derive(Debug)]
pub struct Content {
    /// As JSON.
    pub text: String,
    /// What of it is sealed.
    pub sealed: Option<Vec<u8>>,
}

/// Where an act happened, and what it counts.
#[derive(Debug, Clone)]
pub struct ActPlace {
    /// The record it is about.
    pub record: Id,
    /// The organisation in which it happened, if any.
    pub organisation: Option<Id>,
    /// The area in which it happened.
    pub area: AreaId,
    /// How many it counts.
    pub count: i64,
}

/// The journal entry of an act, and its payload.
#[derive(Debug)]
pub struct Told {
    entry: Entry,
    kind: &'static str,
    payload: String,
    place: ActPlace,
}

impl Told {
    /// Tells a payload of a subject on a day.
    ///
    /// # Errors
    /// Fails when the payload cannot be written as JSON.
    pub fn of<P: Published>(payload: &P, subject: String, on: NaiveDate, place: ActPlace) -> Result<Self> {
        let entry = Entry::of(payload, subject, on)?.in_area(&place.area);
        Ok(Self { entry, kind: P::KIND, payload: serde_json::to_string(payload)?, place })
    }
}

/// What was changed.
#[derive(Debug)]
pub enum Change {
    /// An act was added or replaced; with its papers as they are now.
    Put {
        /// The act.
        id: Id,
        /// Its paper.
        decision: Option<Decision>,
        /// The document that a rule asked for beside the decision.
        authorising_paper: Option<String>,
        /// Why it was put right.
        note: Option<String>,
        /// The answers to the warnings that it met, as JSON.
        answers: Option<String>,
        /// By what its like is found.
        likeness: Option<Vec<u8>>,
        /// What is still not met, as before the act was put right.
        still_unmet: Unmet,
    },
    /// An act was taken out.
    TakenOut {
        /// The act.
        id: Id,
        /// Why.
        note: Option<String>,
    },
}

impl Change {
    /// An act that was added or replaced, of records whose acts have no conditions and no like.
    #[must_use]
    pub fn put(id: Id, decision: Option<Decision>, note: Option<String>, answers: Option<String>) -> Self {
        let still_unmet = Unmet::default();
        Self::Put { id, decision, authorising_paper: None, note, answers, likeness: None, still_unmet }
    }

    /// The act that was changed.
    #[must_use]
    pub fn id(&self) -> Id {
        match self {
            Self::Put { id, .. } | Self::TakenOut { id, .. } => *id,
        }
    }
}

/// An act that was added, replaced or removed, and its journal entry.
#[derive(Debug, Clone)]
pub struct ChangedAct {
    /// The act.
    pub id: Id,
    /// The entry.
    pub entry_id: Id,
    /// The organisation in which it happened, if any.
    pub organisation_id: Option<Id>,
    /// The day on which it happened.
    pub on: NaiveDate,
}

/// Stores and journals what became different between two folds of a record: the changed act first, then other acts whose
/// entries now say something different.
///
/// # Errors
/// Fails when the database does, or the code that builds the entries.
pub fn tell<A: Acts + Clone>(
    tx: &mut Tx<'_>,
    tells: &impl Tells<A>,
    record: &Record<A>,
    [old, new]: [&[Step<'_, A>]; 2],
    change: &Change,
) -> Result<(ChangedAct, Vec<Entry>)>
where
    A::State: PartialEq,
{
    let id = change.id();
    let (mut changed, mut others) = (None, Vec::new());
    if let Change::TakenOut { note, .. } = change {
        let (row, step) = (record.row(id), old.iter().find(|step| step.living.id == id));
        let (row, step) = row.zip(step).ok_or_else(|| Error::internal("the act to be taken out is not there"))?;
        changed = Some((row.clone(), take_out(tx, tells, row, step, note.as_deref())?));
    }
    // What comes before both the old and the new place of the act is as it was.
    let same = old.iter().zip(new).take_while(|(old, new)| is_same(old, new, id)).count();
    for step in new.iter().skip(same) {
        let row = record.row(step.living.id);
        if step.living.id == id {
            changed = Some(put_act(tx, tells, step, row, change)?);
        } else {
            let row = row.ok_or_else(|| Error::internal("an act is told that is not kept"))?;
            let before = old.iter().find(|old| old.living.id == step.living.id);
            let unmet = judge_changed(tx, tells, before, step, row)?;
            others.extend(tell_anew(tx, tells, step, row, unmet)?);
        }
    }
    let (act, entry) = changed.ok_or_else(|| Error::internal("the change of an act was not told"))?;
    let entry_id = entry.id();
    let changed = ChangedAct { id, entry_id, organisation_id: act.organisation_id, on: act.occurred_on };
    let others = others.into_iter().map(|other| other.because(entry_id));
    Ok((changed, std::iter::once(entry).chain(others).collect()))
}

/// Writes the entries of acts on a record again that now say something different, because the entry `because` corrected
/// another record. `was` has the conditions that were unmet before.
///
/// # Errors
/// Fails when the database does, or the code that builds the entries.
pub fn tell_all_anew<A: Acts + Clone>(
    tx: &mut Tx<'_>,
    tells: &impl Tells<A>,
    record: &Record<A>,
    steps: &[Step<'_, A>],
    (was, because): (&AllLost, Id),
) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for step in steps {
        let row = record.row(step.living.id).ok_or_else(|| Error::internal("an act is told that is not kept"))?;
        let is = tells.judge_again(tx, step, row)?;
        let unmet = unmet_after(row, was.get(&row.id).unwrap_or(&Lost::default()), &is)?;
        entries.extend(tell_anew(tx, tells, step, row, unmet)?.map(|entry| entry.because(because)));
    }
    Ok(entries)
}

fn is_same<A: Acts>(old: &Step<'_, A>, new: &Step<'_, A>, changed: Id) -> bool
where
    A::State: PartialEq,
{
    let (one, other) = (old.living, new.living);
    one.id == other.id && one.id != changed && old.after == new.after
}

/// Stores and journals that an act should never have been recorded.
fn take_out<A: Acts>(
    tx: &mut Tx<'_>,
    tells: &impl Tells<A>,
    row: &KeptAct,
    step: &Step<'_, A>,
    note: Option<&str>,
) -> Result<Entry> {
    let entry = tells.tell_withdrawn(tx, step, row.decision())?.entry.correcting(row.entry_id);
    kept::insert_version(tx, row, entry.id(), note)?;
    kept::withdraw(tx, row, entry.id(), note)?;
    Ok(entry)
}

/// Stores and journals the act that was added or replaced.
fn put_act<A: Acts>(
    tx: &mut Tx<'_>,
    tells: &impl Tells<A>,
    step: &Step<'_, A>,
    row: Option<&KeptAct>,
    change: &Change,
) -> Result<(KeptAct, Entry)> {
    let Change::Put { decision, authorising_paper, note, answers, likeness, still_unmet, .. } = change else {
        return Err(Error::internal("an act that was taken out is still there"));
    };
    let told = tells.tell(tx, step, decision.clone())?;
    let act = kept(tells, step, &told, row)?.with_decision(decision.as_ref());
    let act = KeptAct {
        authorising_paper: authorising_paper.clone(),
        note: note.clone(),
        answers: answers.clone().or_else(|| row.and_then(|row| row.answers.clone())),
        likeness: likeness.clone(),
        unmet: still_unmet.kept()?,
        ..act
    };
    match row {
        Some(row) => {
            kept::insert_version(tx, row, act.entry_id, note.as_deref())?;
            kept::restate(tx, &act)?;
            Ok((act, told.entry.correcting(row.entry_id)))
        }
        None => Ok((kept::insert_act(tx, act)?, told.entry)),
    }
}

/// Which conditions of an act are not met after a change of another act on its record.
fn judge_changed<A: Acts>(
    tx: &mut Tx<'_>,
    tells: &impl Tells<A>,
    old: Option<&Step<'_, A>>,
    step: &Step<'_, A>,
    row: &KeptAct,
) -> Result<Unmet>
where
    A::State: PartialEq,
{
    let Some(old) = old.filter(|old| old.before != step.before) else { return Unmet::of(row) };
    let (was, is) = (tells.judge_again(tx, old, row)?, tells.judge_again(tx, step, row)?);
    unmet_after(row, &was, &is)
}

/// Writes the entry of another act again, if it now says something different, and stores its unmet conditions.
fn tell_anew<A: Acts>(
    tx: &mut Tx<'_>,
    tells: &impl Tells<A>,
    step: &Step<'_, A>,
    row: &KeptAct,
    unmet: Unmet,
) -> Result<Option<Entry>> {
    let told = tells.tell(tx, step, row.decision())?;
    if says_the_same(row, &told)? {
        keep_unmet(tx, row, &unmet)?;
        return Ok(None);
    }
    let act = kept(tells, step, &told, Some(row))?.with_decision(row.decision().as_ref());
    let (authorising_paper, note) = (row.authorising_paper.clone(), row.note.clone());
    let (answers, likeness) = (row.answers.clone(), row.likeness.clone());
    let unmet = unmet.kept()?;
    let act = KeptAct { authorising_paper, note, answers, likeness, unmet, ..act };
    kept::restate(tx, &act)?;
    Ok(Some(told.entry.correcting(row.entry_id)))
}

fn says_the_same(row: &KeptAct, told: &Told) -> Result<bool> {
    let value = |text: &str| serde_json::from_str::<serde_json::Value>(text);
    let is_there = row.kind == told.kind && row.area_id == told.place.area.as_str();
    Ok(is_there && value(&row.payload)? == value(&told.payload)?)
}

/// An act as it is kept, without its papers.
fn kept<A: Acts>(tells: &impl Tells<A>, step: &Step<'_, A>, told: &Told, row: Option<&KeptAct>) -> Result<KeptAct> {
    let content = tells.content(step.living.id, &step.living.act)?;
    Ok(KeptAct {
        id: step.living.id,
        kind: told.kind.to_owned(),
        record_id: told.place.record,
        organisation_id: told.place.organisation,
        area_id: told.place.area.to_string(),
        occurred_on: step.living.occurred_on,
        count: told.place.count,
        content: content.text,
        sealed: content.sealed,
        payload: told.payload.clone(),
        decision_number: None,
        decided_on: None,
        issuing_body: None,
        authorising_paper: None,
        note: None,
        answers: None,
        likeness: None,
        unmet: None,
        entry_id: told.entry.id(),
        status: ActStatus::Recorded,
        version: row.map_or(1, |row| row.version),
        recorded_at: step.living.recorded_at,
        ordinal: row.map_or(0, |row| row.ordinal),
    })
}
