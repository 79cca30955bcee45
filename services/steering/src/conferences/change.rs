//! Changes of a conference: records, replaces or removes its act, and gives the tasks of its conclusions.

use chrono::{NaiveDate, NaiveDateTime};
use shared::acts::{self, Change, ChangedAct, Impossible, KeptAct, Living, Record, fold};
use shared::error::At;
use shared::journal::{Entries, Entry};
use shared::published::Decision;
use shared::published::conference::ConferenceStatus;
use shared::storage::{AnyConnection, Tx};
use shared::validate::{self, Faults, Wrong, past_day};
use shared::{Code, Day, Error, Id, Result};

use super::holding::{ConcludedTask, Conclusion, Folded, HoldConference, Holding, ITEMS_MAX, Minutes, check_tasks};
use super::store::{self, KeptConference};
use crate::bodies;
use crate::documents;
use crate::state::Setting;
use crate::tasks::{GiveTask, Origin, give_of};

/// A conference with the acts that count.
pub(super) struct Conference {
    kept: Option<KeptConference>,
    record: Record<Holding>,
}

impl Conference {
    /// Loads a conference.
    ///
    /// # Errors
    /// Fails when the database does.
    pub(super) fn load(conn: &mut AnyConnection, kept: KeptConference) -> Result<Self> {
        let record = Record::load(conn, kept.id, start_of(&kept))?;
        Ok(Self { kept: Some(kept), record })
    }

    /// The act, if it counts.
    pub(super) fn act(&self, id: Id) -> Option<&Holding> {
        self.record.acts().iter().find(|living| living.id == id).map(|living| &living.act)
    }

    /// The conference as its acts make it.
    ///
    /// # Errors
    /// What is impossible about them.
    pub(super) fn folded(&self) -> std::result::Result<Folded, Impossible> {
        let mut acts = self.record.acts().to_vec();
        let steps = fold(&self.record.start, &mut acts)?;
        Ok(self.record.last(&steps))
    }
}

/// Returns a conference after all of its acts, and the notice of its conclusions.
///
/// # Errors
/// Fails when the database does.
pub(super) fn load_whole(conn: &mut AnyConnection, kept: KeptConference) -> Result<(Folded, Option<Decision>)> {
    let conference = Conference::load(conn, kept)?;
    let folded = conference.folded();
    let folded = folded.map_err(|impossible| impossible.error.doing("folding what is kept of a conference"))?;
    let living = conference.record.acts().first();
    Ok((folded, living.and_then(|living| conference.record.row(living.id)).and_then(KeptAct::decision)))
}

/// A kept conference as if nothing had happened.
fn start_of(kept: &KeptConference) -> Folded {
    let holding = Holding {
        body: kept.body_id,
        area: kept.area(),
        kind: kept.kind,
        title: kept.title.clone(),
        chair_office: String::new(),
        participants: Vec::new(),
        agenda: Vec::new(),
        documents: Vec::new(),
        conclusions: Vec::new(),
        is_open_below: kept.is_open_below,
    };
    Folded { id: kept.id, status: ConferenceStatus::Withdrawn, held_on: kept.held_on, holding }
}

/// What a change brought about.
pub(super) struct Changed {
    /// The act that was changed.
    pub act: ChangedAct,
    /// The conference as it is kept.
    pub kept: KeptConference,
}

/// Records a conference, and gives the tasks of its conclusions: the command that handlers and loaders share.
///
/// # Errors
/// All faults of the request at once.
pub fn hold(tx: &mut Tx<'_>, setting: &Setting, request: &HoldConference) -> Result<(KeptConference, Entries)> {
    let mut faults = Faults::new();
    let on = request.held_on.get();
    let body = bodies::find_body(tx.conn(), &setting.scope, request.body_id)?;
    let body = body.filter(|body| setting.scope.may_write(&body.area()));
    match &body {
        None => faults.add("/body_id", Wrong::new(Code::UnknownSteeringBody)),
        Some(body) if !body.works_on(on) => {
            faults.add("/body_id", Wrong::new(Code::SteeringBodyNotActive).with("day", on));
        }
        Some(_) => {}
    }
    check_tasks(&mut faults, &request.conclusions);
    let conclusions = request.conclusions.iter();
    let holding = Holding {
        body: request.body_id,
        area: body.as_ref().map_or_else(|| shared::territory::AreaId::stored(String::new()), bodies::KeptBody::area),
        kind: request.kind,
        title: request.title.clone(),
        chair_office: request.chair_office.clone(),
        participants: request.participants.clone(),
        agenda: request.agenda.clone(),
        documents: request.document_ids.clone(),
        conclusions: conclusions.map(|one| Conclusion { number: one.number, text: one.text.clone() }).collect(),
        is_open_below: request.is_open_below,
    };
    let (holding, decision) = check(tx, setting, faults, ("/held_on", on), &holding, (request.decision.as_ref(), &[]))?;
    let start =
        Folded { id: request.id.unwrap_or_default(), status: ConferenceStatus::Withdrawn, held_on: on, holding };
    let holding = start.holding.clone();
    let conference = Conference { kept: None, record: Record::new(start) };
    let place = (Id::new(), tx.at().naive_utc());
    let (changed, mut entries) = put(tx, setting, &conference, place, (on, holding, decision, None))?;
    let mut faults = Faults::new();
    for (place, conclusion) in request.conclusions.iter().enumerate() {
        for (number, task) in conclusion.tasks.iter().enumerate() {
            // The notice of the conclusions is mostly issued later: then the task rests on the conference alone.
            let notice = request.decision.clone().filter(|notice| notice.decided_on.get() <= on);
            let given = give(tx, setting, &changed.kept, (None, (conclusion.number, on)), task, notice);
            match given {
                Ok(given) => entries.extend(given.1),
                Err(error) => add_faults(&mut faults, &format!("/conclusions/{place}/tasks/{number}"), error)?,
            }
        }
    }
    faults.finish()?;
    Ok((changed.kept, entries.into()))
}

/// Tells the faults of a task at its place in the request.
fn add_faults(faults: &mut Faults, place: &str, error: Error) -> Result<()> {
    if error.field_faults().is_empty() {
        return Err(error);
    }
    for mut fault in error.field_faults().iter().cloned() {
        if let At::Pointer(pointer) = &fault.at {
            // The task takes giver, day and decision from the conference, which were checked.
            fault.at = At::Pointer(format!("{place}{pointer}"));
        }
        faults.push(fault);
    }
    Ok(())
}

/// Gives a task of a conclusion, and returns its group.
///
/// # Errors
/// All faults of the task at once.
pub(super) fn give(
    tx: &mut Tx<'_>,
    setting: &Setting,
    conference: &KeptConference,
    (id, (conclusion, on)): (Option<Id>, (i64, NaiveDate)),
    task: &ConcludedTask,
    decision: Option<Decision>,
) -> Result<(Id, Vec<Entry>)> {
    let request = GiveTask {
        id,
        giver_id: conference.body_id,
        title: task.title.clone(),
        details: task.details.clone(),
        about: Some(super::holding::subject(conference.id)),
        given_on: Day::stored(on),
        due_on: task.due_on,
        decision,
        receivers: task.receivers.clone(),
    };
    let origin = Origin { conference: conference.id, conclusion };
    let (given, entries) = give_of(tx, setting, &request, Some(origin))?;
    Ok((given.group, entries))
}

/// Checks day, decision, documents and texts of a conference.
///
/// # Errors
/// All faults at once.
pub(super) fn check(
    tx: &mut Tx<'_>,
    setting: &Setting,
    mut faults: Faults,
    (day_field, on): (&str, NaiveDate),
    holding: &Holding,
    (decision, told): (Option<&Decision>, &[Id]),
) -> Result<(Holding, Option<Decision>)> {
    faults.take(day_field, past_day(on, setting.today));
    let decision = decision.map(|decision| validate::decision(&mut faults, "/decision", decision, setting.today));
    // The notice of conclusions is issued after the conference.
    if let Some(Some(decision)) = &decision
        && decision.decided_on.get() < on
    {
        faults.add("/decision/decided_on", Wrong::new(Code::NoticeBeforeConference).with("day", on));
    }
    let checked = holding.checked(&mut faults);
    if holding.documents.len() <= ITEMS_MAX {
        let seen = documents::seen(tx.conn(), &setting.scope, &holding.documents)?;
        for (place, id) in holding.documents.iter().enumerate() {
            if !seen.contains(id) && !told.contains(id) {
                faults.add(&format!("/document_ids/{place}"), Wrong::new(Code::UnknownDocument));
            }
        }
    }
    let checked = faults.finish_with(checked)?;
    Ok((checked, decision.flatten()))
}

/// The act with its day, its notice and why it is put right.
type NewAct = (NaiveDate, Holding, Option<Decision>, Option<String>);

/// Replaces the act of a conference.
///
/// # Errors
/// What is impossible.
pub(super) fn replace(
    tx: &mut Tx<'_>,
    setting: &Setting,
    conference: &Conference,
    row: &KeptAct,
    new: NewAct,
) -> Result<(Changed, Vec<Entry>)> {
    put(tx, setting, conference, (row.id, row.recorded_at), new)
}

/// Takes the act of a conference out: it should never have been recorded.
///
/// # Errors
/// What is impossible without it.
pub(super) fn withdraw(
    tx: &mut Tx<'_>,
    setting: &Setting,
    conference: &Conference,
    row: &KeptAct,
    note: Option<&str>,
) -> Result<(Changed, Vec<Entry>)> {
    let change = Change::TakenOut { id: row.id, note: note.map(str::to_owned) };
    settle(tx, setting, conference, conference.record.without(row.id), &change)
}

fn put(
    tx: &mut Tx<'_>,
    setting: &Setting,
    conference: &Conference,
    (id, recorded_at): (Id, NaiveDateTime),
    (on, act, decision, note): NewAct,
) -> Result<(Changed, Vec<Entry>)> {
    let change = Change::put(id, decision, note, None);
    let acts = conference.record.with(Living { id, occurred_on: on, recorded_at, act });
    settle(tx, setting, conference, acts, &change)
}

/// Folds the conference with its act as it is now, and stores and journals what became different.
fn settle(
    tx: &mut Tx<'_>,
    setting: &Setting,
    conference: &Conference,
    mut acts: Vec<Living<Holding>>,
    change: &Change,
) -> Result<(Changed, Vec<Entry>)> {
    let record = &conference.record;
    let mut old_acts = record.acts().to_vec();
    let old = record.fold_kept(&mut old_acts)?;
    let new = record.fold_changed(&setting.scope, &mut acts, change.id())?;
    let kept = store::keep_conference(tx, conference.kept.as_ref(), &record.last(&new))?;
    let (act, entries) = acts::tell(tx, &Minutes, record, [&old, &new], change)?;
    Ok((Changed { act, kept }, entries))
}
