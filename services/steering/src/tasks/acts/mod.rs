//! The acts on a task. `giving` begins it; `receiving` has those of the receiver, `following` those of the giver.

mod following;
mod giving;
mod receiving;

pub use following::{AcceptTask, Acceptance, CancelTask, Cancellation, ExtendTask, Extension, Return, ReturnTask};
pub(crate) use giving::give_of;
pub use giving::{GiveTask, Giving, NewReceiver, give};
pub use receiving::{AcknowledgeTask, Acknowledgement, Report, ReportTask, Start, StartTask};

use super::store::Origin;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::acts::{ActPlace, Acts, Content, Rank, Step, Tells, Told};
use shared::journal::Published;
use shared::published::Decision;
use shared::published::task::{
    TaskAccepted, TaskAcknowledged, TaskCancelled, TaskExtended, TaskGiven, TaskReported, TaskReturned, TaskStarted,
    TaskState, TaskStatus, TaskWithdrawn,
};
use shared::storage::Tx;
use shared::territory::AreaId;
use shared::validate::Faults;
use shared::{Code, Day, Error, Id, Result};

/// A task as its acts make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded {
    pub id: Id,
    pub group: Id,
    pub giver: Id,
    pub giver_area: AreaId,
    pub receiver: Id,
    pub seat: Option<Id>,
    /// The area of the receiver.
    pub area: AreaId,
    /// The conclusion from which it follows.
    pub origin: Option<Origin>,
    pub title: String,
    pub details: Option<String>,
    pub about: Option<String>,
    /// `Withdrawn` before it is given.
    pub status: TaskStatus,
    pub given_on: NaiveDate,
    pub due_on: NaiveDate,
    pub reports: Vec<Reported>,
    pub done_on: Option<NaiveDate>,
    pub cancelled_on: Option<NaiveDate>,
    pub cancelled_because: Option<String>,
}

/// A report on a task, and whether it was returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    pub on: NaiveDate,
    pub text: String,
    /// Those who recorded it, or put it right.
    pub by: Vec<String>,
    pub returned: Option<(NaiveDate, String)>,
}

impl Folded {
    /// Demands that the task is in one of some states.
    fn among(&self, states: &[TaskStatus], on: NaiveDate) -> Result<()> {
        if states.contains(&self.status) {
            return Ok(());
        }
        let status: &'static str = self.status.into();
        Err(Error::new(Code::TaskNotInState).with("task_status", status).with("day", on))
    }

    /// Demands that somebody else recorded the newest report.
    fn reported_by_another(&self, actor: &str) -> Result<()> {
        let is_own = self.reports.last().is_some_and(|report| report.by.iter().any(|by| by == actor));
        if is_own { Err(Error::new(Code::OwnReport)) } else { Ok(()) }
    }

    /// The day of the newest report.
    pub fn reported_on(&self) -> Option<NaiveDate> {
        self.reports.last().map(|report| report.on)
    }

    fn published(&self, decision: Option<Decision>) -> TaskState {
        TaskState {
            task: self.id,
            group: self.group,
            giver: self.giver,
            receiver: self.receiver,
            seat: self.seat,
            conference: self.origin.map(|origin| origin.conference),
            conclusion: self.origin.map(|origin| origin.conclusion),
            status: self.status,
            given_on: Day::stored(self.given_on),
            due_on: Day::stored(self.due_on),
            reported_on: self.reported_on().map(Day::stored),
            done_on: self.done_on.map(Day::stored),
            decision,
        }
    }
}

/// What was done about a task, as it is kept: the fields that a correction may replace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum TaskAct {
    /// It is given.
    Giving(Giving),
    /// Its receiver acknowledges it.
    Acknowledgement(Acknowledgement),
    /// Its receiver starts it.
    Start(Start),
    /// Its receiver reports.
    Report(Report),
    /// Its giver returns the report.
    Return(Return),
    /// Its giver accepts the report.
    Acceptance(Acceptance),
    /// Its giver sets another due day.
    Extension(Extension),
    /// Its giver cancels it.
    Cancellation(Cancellation),
}

impl TaskAct {
    pub(super) fn act(&self) -> &dyn Act {
        match self {
            Self::Giving(act) => act,
            Self::Acknowledgement(act) => act,
            Self::Start(act) => act,
            Self::Report(act) => act,
            Self::Return(act) => act,
            Self::Acceptance(act) => act,
            Self::Extension(act) => act,
            Self::Cancellation(act) => act,
        }
    }

    /// Whether the giver does it, and not the receiver.
    pub(super) fn is_of_giver(&self) -> bool {
        !matches!(self, Self::Acknowledgement(_) | Self::Start(_) | Self::Report(_))
    }
}

impl Acts for TaskAct {
    type State = Folded;

    fn rank(&self) -> Rank {
        self.act().rank()
    }

    fn apply(&self, before: &Folded, on: NaiveDate) -> Result<Folded> {
        self.act().apply(before, on)
    }
}

/// One kind of act on a task.
pub trait Act {
    /// Where it stands among the acts of one day.
    fn rank(&self) -> Rank {
        Rank::Moves
    }

    /// Returns the task after it.
    ///
    /// # Errors
    /// What is impossible.
    fn apply(&self, before: &Folded, on: NaiveDate) -> Result<Folded>;

    /// Checks the fields beside day and decision, and returns the act as it is kept.
    fn checked(&self, faults: &mut Faults, on: NaiveDate) -> Option<TaskAct>;

    /// What its journal entry says.
    ///
    /// # Errors
    /// Fails when the payload cannot be written as JSON.
    fn tell(&self, telling: &Telling<'_>) -> Result<Told>;
}

/// The task that an act is about.
pub struct Telling<'a> {
    /// The task after it.
    pub after: &'a Folded,
    /// The day it happened.
    pub on: NaiveDate,
    /// Its decision.
    pub decision: Option<Decision>,
}

impl Telling<'_> {
    fn entry<P: Published>(&self, payload: impl Fn(TaskState) -> P) -> Result<Told> {
        let (record, area) = (self.after.id, self.after.area.clone());
        let payload = payload(self.after.published(self.decision.clone()));
        let place = ActPlace { record, organisation: None, area, count: 1 };
        Told::of(&payload, format!("/v1/tasks/{record}"), self.on, place)
    }
}

/// Tells the acts on a task, and keeps them.
pub(super) struct Telltale;

impl Tells<TaskAct> for Telltale {
    fn tell(&self, _: &mut Tx<'_>, step: &Step<'_, TaskAct>, decision: Option<Decision>) -> Result<Told> {
        step.living.act.act().tell(&telling(step, decision))
    }

    fn tell_withdrawn(&self, _: &mut Tx<'_>, step: &Step<'_, TaskAct>, decision: Option<Decision>) -> Result<Told> {
        telling(step, decision).entry(TaskWithdrawn)
    }

    fn content(&self, _: Id, act: &TaskAct) -> Result<Content> {
        Ok(Content { text: serde_json::to_string(act)?, sealed: None })
    }
}

fn telling<'a>(step: &'a Step<'_, TaskAct>, decision: Option<Decision>) -> Telling<'a> {
    Telling { after: &step.after, on: step.living.occurred_on, decision }
}
