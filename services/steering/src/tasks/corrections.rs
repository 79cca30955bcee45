//! Corrects acts on a task: recorded with other fields, or withdrawn.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::acts::{CorrectionOutcome, KeptAct, find_correctable};
use shared::journal::Entries;
use shared::published::Decision;
use shared::storage::Tx;
use shared::validate::{Faults, Wrong, line};
use shared::{Code, Day, Error, Id, Result};

use super::acts::TaskAct;
use super::change::{self, NewAct, Task};
use super::store;
use crate::state::{NAME, Setting};

/// Corrects a journal entry about a task. Fields that are left out stay as they were.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"entry_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f", "due_on": "2026-10-15",
    "note": "Thông báo ghi ngày 15/10"}))]
pub(crate) struct CorrectTask {
    /// The latest entry of the act.
    pub entry_id: Id,
    /// `true` withdraws the act: it should never have been recorded. Then no other field may be sent but `note`.
    #[serde(default)]
    pub withdraw: bool,
    /// Why: at most 300 characters. It names no member.
    #[serde(default)]
    #[schema(max_length = 300)]
    pub note: Option<String>,
    /// The day on which it happened; of a giving: on which the task was given.
    #[serde(default)]
    pub occurred_on: Option<Day>,
    /// The decision or notice of a giving, an extension or a cancellation.
    #[serde(default)]
    pub decision: Option<Decision>,
    /// What is to be done, of a giving: at most 300 characters.
    #[serde(default)]
    #[schema(max_length = 300)]
    pub title: Option<String>,
    /// What more is to be said, of a giving: at most 4,000 characters, in lines.
    /// Null removes it.
    #[serde(default, with = "serde_with::rust::double_option")]
    #[schema(value_type = Option<String>, max_length = 4000)]
    pub details: Option<Option<String>>,
    /// The last day on which the task is in time, of a giving or an extension.
    #[serde(default)]
    pub due_on: Option<Day>,
    /// What was done, of a report: at most 4,000 characters, in lines.
    #[serde(default)]
    #[schema(max_length = 4000)]
    pub text: Option<String>,
    /// The reason of a return or a cancellation: at most 1,000 characters, in lines.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub reason: Option<String>,
}

/// What a correction of an act on a task did.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct CorrectedTask {
    /// The task.
    pub task_id: Id,
    /// The act.
    pub act_id: Id,
    /// The new entry.
    pub entry_id: Id,
    /// The entry that it replaces.
    pub corrects: Id,
    /// What was done. More may come.
    pub outcome: CorrectionOutcome,
}

impl CorrectTask {
    fn restates(&self) -> bool {
        let of_text = [&self.title, &self.text, &self.reason].iter().any(|text| text.is_some());
        of_text
            || self.details.is_some()
            || self.occurred_on.is_some()
            || self.decision.is_some()
            || self.due_on.is_some()
    }

    /// An act as it should have been: each field that is sent must be one that the act has.
    fn replaced(&self, faults: &mut Faults, told: &TaskAct, actor: &str) -> TaskAct {
        let mut act = told.clone();
        let (mut title, mut details, mut due_on) = (self.title.clone(), self.details.clone(), self.due_on);
        let (mut text, mut reason, mut decision) = (self.text.clone(), self.reason.clone(), self.decision.is_some());
        let note_actor = |by: &mut Vec<String>| {
            if !by.iter().any(|known| known == actor) {
                by.push(actor.to_owned());
            }
        };
        match &mut act {
            TaskAct::Giving(act) => {
                act.title = title.take().unwrap_or_else(|| act.title.clone());
                act.details = details.take().unwrap_or_else(|| act.details.clone());
                act.due_on = due_on.take().unwrap_or(act.due_on);
                decision = false;
            }
            TaskAct::Extension(act) => {
                act.due_on = due_on.take().unwrap_or(act.due_on);
                decision = false;
            }
            TaskAct::Cancellation(act) => {
                act.reason = reason.take().unwrap_or_else(|| act.reason.clone());
                decision = false;
            }
            TaskAct::Report(act) => {
                act.text = text.take().unwrap_or_else(|| act.text.clone());
                note_actor(&mut act.by);
            }
            TaskAct::Return(act) => {
                act.reason = reason.take().unwrap_or_else(|| act.reason.clone());
                note_actor(&mut act.by);
            }
            TaskAct::Acceptance(act) => note_actor(&mut act.by),
            TaskAct::Acknowledgement(_) | TaskAct::Start(_) => {}
        }
        for (field, is_left) in [
            ("/title", title.is_some()),
            ("/details", details.is_some()),
            ("/due_on", due_on.is_some()),
            ("/text", text.is_some()),
            ("/reason", reason.is_some()),
            ("/decision", decision),
        ] {
            if is_left {
                faults.add(field, Wrong::new(Code::NotCorrectable));
            }
        }
        act
    }
}

/// Corrects or withdraws an act on a task.
///
/// # Errors
/// `entry_already_corrected`, `acts_in_the_way`, `own_report`; the faults of the act itself.
pub(super) fn correct(
    tx: &mut Tx<'_>,
    setting: &Setting,
    request: &CorrectTask,
) -> Result<((CorrectedTask, i64), Entries)> {
    let mut faults = Faults::new();
    if request.withdraw == request.restates() {
        faults.add("/withdraw", Wrong::new(Code::NothingCorrected));
    }
    let note = faults.take("/note", request.note.as_deref().map(|text| line(text, 300)).transpose());
    let note = faults.finish_with(note)?;
    let unknown = || Error::fault("/entry_id", Code::UnknownEntry);
    let row = find_correctable(tx.conn(), NAME, &setting.scope, request.entry_id)?;
    let kept = store::find_task(tx.conn(), &setting.scope, row.record_id).map_err(|_| unknown())?;
    let giver_area = kept.giver_area();
    let task = Task::load(tx.conn(), kept)?;
    let told = task.act(row.id).ok_or_else(|| Error::internal("the act to be corrected is not there"))?;
    if told.is_of_giver() && !setting.scope.may_write(&giver_area) {
        return Err(Error::new(Code::NotGiver));
    }
    if let Some(day) = task.judged_on(row.id)? {
        return Err(Error::new(Code::ReportJudged).with("day", day));
    }
    if request.withdraw && task.judged_by(row.id)?.iter().any(|by| by == tx.actor()) {
        return Err(Error::new(Code::OwnReport));
    }
    let (changed, entries) = if request.withdraw {
        change::withdraw(tx, setting, &task, &row, note.as_deref())?
    } else {
        let new = replacement(request, told, &row, note, tx.actor());
        change::replace(tx, setting, &task, &row, new)?
    };
    let outcome = if request.withdraw { CorrectionOutcome::Withdrawn } else { CorrectionOutcome::Restated };
    let corrected = CorrectedTask {
        task_id: changed.kept.id,
        act_id: row.id,
        entry_id: changed.act.entry_id,
        corrects: row.entry_id,
        outcome,
    };
    Ok(((corrected, changed.kept.version), entries.into()))
}

fn replacement(
    request: &CorrectTask,
    told: &TaskAct,
    row: &KeptAct,
    note: Option<String>,
    actor: &str,
) -> (Faults, NewAct) {
    let mut faults = Faults::new();
    let act = request.replaced(&mut faults, told, actor);
    let decision = request.decision.clone().or_else(|| row.decision());
    let on: NaiveDate = request.occurred_on.map_or(row.occurred_on, Day::get);
    (faults, NewAct { act, on, decision, note })
}
