//! Changes of a task: adds, replaces or removes an act, and computes the task again from its acts.

use chrono::{NaiveDate, NaiveDateTime};
use shared::access::Scope;
use shared::acts::{self, Change, ChangedAct, Impossible, KeptAct, Living, Record, fold};
use shared::journal::Entry;
use shared::published::Decision;
use shared::published::task::TaskStatus;
use shared::storage::{AnyConnection, Tx};
use shared::territory::AreaId;
use shared::validate::{self, Faults, Wrong, past_day};
use shared::{Code, Error, Id, Result};

use super::acts::{Folded, Giving, TaskAct, Telltale};
use super::store::{self, KeptTask};
use crate::bodies;
use crate::state::Setting;

/// An act as it is to be recorded, or as it is to stand after a correction.
pub(super) struct NewAct {
    /// What was done.
    pub act: TaskAct,
    /// The day it happened.
    pub on: NaiveDate,
    /// The decision or notice, if any.
    pub decision: Option<Decision>,
    /// Why it is put right; nothing where it is recorded first.
    pub note: Option<String>,
}

/// Tasks that were given together.
#[derive(Debug)]
pub struct Given {
    /// The group.
    pub group: Id,
    /// Who gave them.
    pub giver: Id,
    /// The area of the giver.
    pub giver_area: AreaId,
    /// The tasks, in the order of their receivers.
    pub tasks: Vec<KeptTask>,
}

/// What a change brought about.
pub(super) struct Changed {
    /// The act that was changed.
    pub act: ChangedAct,
    /// The task as it is kept.
    pub kept: KeptTask,
}

/// A task with the acts that count.
pub(super) struct Task {
    kept: Option<KeptTask>,
    record: Record<TaskAct>,
}

impl Task {
    /// Loads a task.
    ///
    /// # Errors
    /// Fails when the database does.
    pub(super) fn load(conn: &mut AnyConnection, kept: KeptTask) -> Result<Self> {
        let record = Record::load(conn, kept.id, start_of(&kept))?;
        Ok(Self { kept: Some(kept), record })
    }

    /// An act on the task that counts.
    pub(super) fn act(&self, id: Id) -> Option<&TaskAct> {
        self.record.acts().iter().find(|living| living.id == id).map(|living| &living.act)
    }

    /// Who recorded the report that an act accepts or returns; nothing for other acts.
    ///
    /// # Errors
    /// Never, unless what is kept was changed by another hand.
    pub(super) fn judged_by(&self, id: Id) -> Result<Vec<String>> {
        let mut acts = self.record.acts().to_vec();
        let steps = self.record.fold_kept(&mut acts)?;
        let is_judging = |act: &TaskAct| matches!(act, TaskAct::Return(_) | TaskAct::Acceptance(_));
        let step = steps.iter().find(|step| step.living.id == id && is_judging(&step.living.act));
        let report = step.and_then(|step| step.before.reports.last());
        Ok(report.map(|report| report.by.clone()).unwrap_or_default())
    }

    /// The day on which a report was accepted or returned; nothing where it was not, and for other acts.
    ///
    /// # Errors
    /// Never, unless what is kept was changed by another hand.
    pub(super) fn judged_on(&self, id: Id) -> Result<Option<NaiveDate>> {
        let mut acts = self.record.acts().to_vec();
        let steps = self.record.fold_kept(&mut acts)?;
        let mut after = steps.iter().skip_while(|step| step.living.id != id);
        if !after.next().is_some_and(|step| matches!(step.living.act, TaskAct::Report(_))) {
            return Ok(None);
        }
        let judged = after.find(|step| matches!(step.living.act, TaskAct::Return(_) | TaskAct::Acceptance(_)));
        Ok(judged.map(|step| step.living.occurred_on))
    }

    /// The decision of the giving.
    pub(super) fn decision(&self) -> Option<Decision> {
        let giving = self.record.acts().iter().find(|living| matches!(living.act, TaskAct::Giving(_)));
        giving.and_then(|living| self.record.row(living.id)).and_then(KeptAct::decision)
    }

    /// The task as its acts make it.
    ///
    /// # Errors
    /// What is impossible about them.
    pub(super) fn folded(&self) -> std::result::Result<Folded, Impossible> {
        let mut acts = self.record.acts().to_vec();
        let steps = fold(&self.record.start, &mut acts)?;
        Ok(self.record.last(&steps))
    }
}

/// Returns a task after all of its acts, and the decision by which it was given.
///
/// # Errors
/// Fails when the database does.
pub(super) fn load_whole(conn: &mut AnyConnection, kept: KeptTask) -> Result<(Folded, Option<Decision>)> {
    let task = Task::load(conn, kept)?;
    let folded = task.folded().map_err(|impossible| impossible.error.doing("folding what is kept of a task"))?;
    Ok((folded, task.decision()))
}

/// How far the tasks are on a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TaskTally {
    /// Those that were given and not cancelled.
    pub given: usize,
    /// Those of them that are done.
    pub done: usize,
    /// Those of them whose newest report waits for the giver.
    pub reported: usize,
    /// Those of them whose receiver owes a report and whose due day is over.
    pub overdue: usize,
}

/// Counts how far the tasks were at the end of a day.
///
/// # Errors
/// Fails when the database does.
pub fn tally(conn: &mut AnyConnection, on: NaiveDate) -> Result<TaskTally> {
    let mut tally = TaskTally::default();
    for kept in store::list_given_by(conn, on)? {
        let task = Task::load(conn, kept)?;
        let mut acts: Vec<Living<TaskAct>> =
            task.record.acts().iter().filter(|living| living.occurred_on <= on).cloned().collect();
        let folded = task.record.fold_kept(&mut acts)?;
        let task = task.record.last(&folded);
        if matches!(task.status, TaskStatus::Cancelled | TaskStatus::Withdrawn) {
            continue;
        }
        let is_done = task.status == TaskStatus::Done;
        tally.given += 1;
        tally.done += usize::from(is_done);
        tally.reported += usize::from(task.status == TaskStatus::Reported);
        tally.overdue += usize::from(TaskStatus::OWED.contains(&task.status) && task.due_on < on);
    }
    Ok(tally)
}

/// Records an act on a task: the command of loaders. The act names the actor of the transaction where it says who recorded it.
///
/// # Errors
/// All faults of the act at once; what is impossible.
pub fn record(tx: &mut Tx<'_>, setting: &Setting, task: Id, act: TaskAct, on: NaiveDate) -> Result<Vec<Entry>> {
    let kept = store::find_task(tx.conn(), &setting.scope, task)?;
    let (_, entries) = add(tx, setting, kept, NewAct { act, on, decision: None, note: None })?;
    Ok(entries)
}

/// A kept task as if nothing had happened.
fn start_of(kept: &KeptTask) -> Folded {
    Folded {
        id: kept.id,
        group: kept.group_id,
        giver: kept.giver_id,
        giver_area: kept.giver_area(),
        receiver: kept.receiver_id,
        seat: kept.seat,
        area: kept.area(),
        origin: None,
        title: kept.title.clone(),
        details: None,
        about: None,
        status: TaskStatus::Withdrawn,
        given_on: kept.given_on,
        due_on: kept.due_on,
        reports: Vec::new(),
        done_on: None,
        cancelled_on: None,
        cancelled_because: None,
    }
}

/// A task before it is given.
fn ungiven(giving: &Giving, on: NaiveDate) -> Folded {
    Folded {
        id: Id::new(),
        group: giving.group,
        giver: giving.giver,
        giver_area: giving.giver_area.clone(),
        receiver: giving.receiver,
        seat: giving.seat,
        area: giving.area.clone(),
        origin: giving.origin,
        title: giving.title.clone(),
        details: None,
        about: None,
        status: TaskStatus::Withdrawn,
        given_on: on,
        due_on: giving.due_on.get(),
        reports: Vec::new(),
        done_on: None,
        cancelled_on: None,
        cancelled_because: None,
    }
}

/// Checks the fields of an act, its day, and its decision, if it has one.
pub(super) fn check(
    faults: &mut Faults,
    setting: &Setting,
    new: &NewAct,
    day_field: &str,
) -> Option<(TaskAct, Option<Decision>)> {
    if day_field != "/given_on" {
        faults.take(day_field, past_day(new.on, setting.today));
    }
    let decision = match &new.decision {
        Some(decision) => Some(validate::decision(faults, "/decision", decision, setting.today)?),
        None => None,
    };
    if let Some(decision) = &decision
        && new.on < decision.decided_on.get()
    {
        faults.add(day_field, Wrong::new(Code::BeforeDecision).with("decided_on", decision.decided_on));
    }
    Some((new.act.act().checked(faults, new.on)?, decision))
}

/// Begins the task of one receiver. What it says was checked.
pub(super) fn begin(tx: &mut Tx<'_>, setting: &Setting, new: NewAct) -> Result<(Changed, Vec<Entry>)> {
    let TaskAct::Giving(giving) = &new.act else {
        return Err(Error::internal("a task begins with no giving"));
    };
    let task = Task { kept: None, record: Record::new(ungiven(giving, new.on)) };
    let at = tx.at().naive_utc();
    put(tx, setting, &task, Faults::new(), (Id::new(), at), new, "/given_on")
}

/// Adds an act to a task, also one that happened before others that are recorded.
///
/// # Errors
/// All faults of the request at once; what is impossible, of this act or of another.
pub(super) fn add(tx: &mut Tx<'_>, setting: &Setting, kept: KeptTask, new: NewAct) -> Result<(Changed, Vec<Entry>)> {
    let task = Task::load(tx.conn(), kept)?;
    let place = (Id::new(), task.record.recorded_at(tx.at().naive_utc()));
    put(tx, setting, &task, Faults::new(), place, new, "/occurred_on")
}

/// Replaces an act on a task; it keeps its place among those recorded.
///
/// # Errors
/// Those of recording it.
pub(super) fn replace(
    tx: &mut Tx<'_>,
    setting: &Setting,
    task: &Task,
    row: &KeptAct,
    (faults, new): (Faults, NewAct),
) -> Result<(Changed, Vec<Entry>)> {
    put(tx, setting, task, faults, (row.id, row.recorded_at), new, "/occurred_on")
}

/// Takes an act on a task out: it should never have been recorded.
///
/// # Errors
/// What is impossible without it.
pub(super) fn withdraw(
    tx: &mut Tx<'_>,
    setting: &Setting,
    task: &Task,
    row: &KeptAct,
    note: Option<&str>,
) -> Result<(Changed, Vec<Entry>)> {
    let change = Change::TakenOut { id: row.id, note: note.map(str::to_owned) };
    settle(tx, setting, task, task.record.without(row.id), &change)
}

fn put(
    tx: &mut Tx<'_>,
    setting: &Setting,
    task: &Task,
    mut faults: Faults,
    (id, recorded_at): (Id, NaiveDateTime),
    new: NewAct,
    day_field: &str,
) -> Result<(Changed, Vec<Entry>)> {
    let checked = check(&mut faults, setting, &new, day_field);
    let (act, decision) = faults.finish_with(checked)?;
    let change = Change::put(id, decision, new.note, None);
    let acts = task.record.with(Living { id, occurred_on: new.on, recorded_at, act });
    settle(tx, setting, task, acts, &change)
}

/// Demands that giver and receiver work on the day on which a task was given, and that somebody holds the seat that is charged.
fn check_bodies(conn: &mut AnyConnection, task: &Folded) -> Result<()> {
    let everything = Scope::everything();
    for id in [task.giver, task.receiver] {
        let body = bodies::find_body(conn, &everything, id)?.ok_or_else(|| Error::internal("a task of no body"))?;
        if !body.works_on(task.given_on) {
            return Err(Error::new(Code::SteeringBodyNotActive).with("day", task.given_on));
        }
        if let Some(seat) = task.seat.filter(|_| id == task.receiver)
            && bodies::seat_on(conn, body, seat, task.given_on)? != Some(true)
        {
            return Err(Error::fault("/occurred_on", Code::SeatNotHeld));
        }
    }
    Ok(())
}

/// Folds the task with its acts as they are now, and stores and journals what became different.
fn settle(
    tx: &mut Tx<'_>,
    setting: &Setting,
    task: &Task,
    mut acts: Vec<Living<TaskAct>>,
    change: &Change,
) -> Result<(Changed, Vec<Entry>)> {
    let record = &task.record;
    let mut old_acts = record.acts().to_vec();
    let old = record.fold_kept(&mut old_acts)?;
    let new = record.fold_changed(&setting.scope, &mut acts, change.id())?;
    let is = record.last(&new);
    store::check_origin(tx.conn(), &is)?;
    let was = record.last(&old);
    let is_moved = was.given_on != is.given_on || was.status == TaskStatus::Withdrawn;
    if task.kept.is_some() && is.status != TaskStatus::Withdrawn && is_moved {
        check_bodies(tx.conn(), &is)?;
    }
    let kept = store::keep_task(tx, task.kept.as_ref(), &is)?;
    let (act, entries) = acts::tell(tx, &Telltale, record, [&old, &new], change)?;
    Ok((Changed { act, kept }, entries))
}
