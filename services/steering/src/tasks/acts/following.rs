//! The acts of the giver after the task was given: returns or accepts a report, sets another due day, cancels.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::acts::{Rank, Told};
use shared::published::Decision;
use shared::validate::{Faults, paragraphs};
use shared::{Day, Error, Result};

use super::giving::check_due;
use super::{Act, Folded, TaskAccepted, TaskAct, TaskCancelled, TaskExtended, TaskReturned, TaskStatus, Telling};

const REASON_MAX: usize = 1000;

/// Returns a report with a reason.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"occurred_on": "2026-09-25", "reason": "Chưa nêu số đơn vị đã khảo sát."}))]
pub struct ReturnTask {
    /// The day: not after today.
    pub occurred_on: Day,
    /// What is missing: at most 1,000 characters, in lines. It names no member.
    #[schema(max_length = 1000)]
    pub reason: String,
}

/// Accepts a report.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"occurred_on": "2026-09-28"}))]
pub struct AcceptTask {
    /// The day on which the task is done: not after today.
    pub occurred_on: Day,
}

/// Sets another due day.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"occurred_on": "2026-09-28", "due_on": "2026-10-31"}))]
pub struct ExtendTask {
    /// The day on which that was decided: not after today.
    pub occurred_on: Day,
    /// The last day on which it is in time: not before the day of the decision.
    pub due_on: Day,
    /// The decision or notice, if any.
    #[serde(default)]
    pub decision: Option<Decision>,
}

/// Cancels a task.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"occurred_on": "2026-09-28", "reason": "Nhiệm vụ được giao lại theo thông báo khác."}))]
pub struct CancelTask {
    /// The day: not after today.
    pub occurred_on: Day,
    /// Why: at most 1,000 characters, in lines. It names no member.
    #[schema(max_length = 1000)]
    pub reason: String,
    /// The decision or notice, if any.
    #[serde(default)]
    pub decision: Option<Decision>,
}

/// A return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {
    /// What is missing.
    pub reason: String,
    /// Those who recorded it, or put it right.
    pub by: Vec<String>,
}

impl Act for Return {
    fn apply(&self, before: &Folded, on: NaiveDate) -> Result<Folded> {
        before.among(&[TaskStatus::Reported], on)?;
        for actor in &self.by {
            before.reported_by_another(actor)?;
        }
        let mut after = Folded { status: TaskStatus::Returned, ..before.clone() };
        let newest = after.reports.last_mut().ok_or_else(|| Error::internal("a task was reported without a report"))?;
        newest.returned = Some((on, self.reason.clone()));
        Ok(after)
    }

    fn checked(&self, faults: &mut Faults, _: NaiveDate) -> Option<TaskAct> {
        let reason = faults.take("/reason", paragraphs(&self.reason, REASON_MAX));
        Some(TaskAct::Return(Self { reason: reason?, ..self.clone() }))
    }

    fn tell(&self, telling: &Telling<'_>) -> Result<Told> {
        telling.entry(TaskReturned)
    }
}

/// An acceptance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// Those who recorded it, or put it right.
    pub by: Vec<String>,
}

impl Act for Acceptance {
    fn rank(&self) -> Rank {
        Rank::Ends
    }

    fn apply(&self, before: &Folded, on: NaiveDate) -> Result<Folded> {
        before.among(&[TaskStatus::Reported], on)?;
        for actor in &self.by {
            before.reported_by_another(actor)?;
        }
        Ok(Folded { status: TaskStatus::Done, done_on: Some(on), ..before.clone() })
    }

    fn checked(&self, _: &mut Faults, _: NaiveDate) -> Option<TaskAct> {
        Some(TaskAct::Acceptance(self.clone()))
    }

    fn tell(&self, telling: &Telling<'_>) -> Result<Told> {
        telling.entry(TaskAccepted)
    }
}

/// An extension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// The last day on which the task is in time.
    pub due_on: Day,
}

impl Act for Extension {
    fn apply(&self, before: &Folded, on: NaiveDate) -> Result<Folded> {
        before.among(&TaskStatus::OPEN, on)?;
        Ok(Folded { due_on: self.due_on.get(), ..before.clone() })
    }

    fn checked(&self, faults: &mut Faults, on: NaiveDate) -> Option<TaskAct> {
        check_due(faults, on, self.due_on);
        Some(TaskAct::Extension(self.clone()))
    }

    fn tell(&self, telling: &Telling<'_>) -> Result<Told> {
        telling.entry(TaskExtended)
    }
}

/// A cancellation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancellation {
    /// Why.
    pub reason: String,
}

impl Act for Cancellation {
    fn rank(&self) -> Rank {
        Rank::Ends
    }

    fn apply(&self, before: &Folded, on: NaiveDate) -> Result<Folded> {
        before.among(&TaskStatus::OPEN, on)?;
        let because = Some(self.reason.clone());
        let status = TaskStatus::Cancelled;
        Ok(Folded { status, cancelled_on: Some(on), cancelled_because: because, ..before.clone() })
    }

    fn checked(&self, faults: &mut Faults, _: NaiveDate) -> Option<TaskAct> {
        let reason = faults.take("/reason", paragraphs(&self.reason, REASON_MAX));
        Some(TaskAct::Cancellation(Self { reason: reason? }))
    }

    fn tell(&self, telling: &Telling<'_>) -> Result<Told> {
        telling.entry(TaskCancelled)
    }
}
