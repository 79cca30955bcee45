//! The acts of the receiver: acknowledges the task, starts it, reports.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::acts::Told;
use shared::validate::{Faults, paragraphs};
use shared::{Day, Result};

use super::giving::TEXT_MAX;
use super::{Act, Folded, Reported, TaskAcknowledged, TaskAct, TaskReported, TaskStarted, TaskStatus, Telling};

/// Acknowledges a task.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"occurred_on": "2026-08-03"}))]
pub struct AcknowledgeTask {
    /// The day: not after today.
    pub occurred_on: Day,
}

/// Starts a task.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"occurred_on": "2026-08-05"}))]
pub struct StartTask {
    /// The day: not after today.
    pub occurred_on: Day,
}

/// Reports what was done.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"occurred_on": "2026-09-20", "text": "Đã thành lập tổ giúp việc gồm 7 thành viên."}))]
pub struct ReportTask {
    /// The day: not after today.
    pub occurred_on: Day,
    /// What was done: at most 4,000 characters, in lines. It names no member.
    #[schema(max_length = 4000)]
    pub text: String,
}

/// An acknowledgement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledgement {}

impl Act for Acknowledgement {
    fn apply(&self, before: &Folded, on: NaiveDate) -> Result<Folded> {
        before.among(&[TaskStatus::Given], on)?;
        Ok(Folded { status: TaskStatus::Acknowledged, ..before.clone() })
    }

    fn checked(&self, _: &mut Faults, _: NaiveDate) -> Option<TaskAct> {
        Some(TaskAct::Acknowledgement(self.clone()))
    }

    fn tell(&self, telling: &Telling<'_>) -> Result<Told> {
        telling.entry(TaskAcknowledged)
    }
}

/// A start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {}

impl Act for Start {
    fn apply(&self, before: &Folded, on: NaiveDate) -> Result<Folded> {
        before.among(&[TaskStatus::Given, TaskStatus::Acknowledged, TaskStatus::Returned], on)?;
        Ok(Folded { status: TaskStatus::InProgress, ..before.clone() })
    }

    fn checked(&self, _: &mut Faults, _: NaiveDate) -> Option<TaskAct> {
        Some(TaskAct::Start(self.clone()))
    }

    fn tell(&self, telling: &Telling<'_>) -> Result<Told> {
        telling.entry(TaskStarted)
    }
}

/// A report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// What was done.
    pub text: String,
    /// Those who recorded it, or put it right.
    pub by: Vec<String>,
}

impl Act for Report {
    fn apply(&self, before: &Folded, on: NaiveDate) -> Result<Folded> {
        before.among(&TaskStatus::OWED, on)?;
        let mut after = Folded { status: TaskStatus::Reported, ..before.clone() };
        after.reports.push(Reported { on, text: self.text.clone(), by: self.by.clone(), returned: None });
        Ok(after)
    }

    fn checked(&self, faults: &mut Faults, _: NaiveDate) -> Option<TaskAct> {
        let text = faults.take("/text", paragraphs(&self.text, TEXT_MAX));
        Some(TaskAct::Report(Self { text: text?, ..self.clone() }))
    }

    fn tell(&self, telling: &Telling<'_>) -> Result<Told> {
        telling.entry(TaskReported)
    }
}
