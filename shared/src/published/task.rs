//! Entries of steering about tasks.

use serde::{Deserialize, Serialize};

use super::Decision;
use crate::access::Permission;
use crate::journal::Published;
use crate::{Day, Id};

kinds!(
    TaskGiven,
    TaskAcknowledged,
    TaskStarted,
    TaskReported,
    TaskReturned,
    TaskAccepted,
    TaskExtended,
    TaskCancelled,
    TaskWithdrawn,
);

crate::closed_list! {
    /// How far a task is. More may come.
    pub enum TaskStatus {
        /// Đã giao. The receiver has not acknowledged it yet.
        Given,
        /// Đã tiếp nhận.
        Acknowledged,
        /// Đang thực hiện.
        InProgress,
        /// Đã báo cáo kết quả: the giver has neither accepted nor returned the report yet.
        Reported,
        /// Giver returned the report with a reason (trả lại).
        Returned,
        /// Hoàn thành: the giver accepted the report.
        Done,
        /// Đã hủy.
        Cancelled,
        /// No act on it counts any more.
        Withdrawn,
    }
}

impl TaskStatus {
    /// Those of a task on which its receiver owes a report.
    pub const OWED: [Self; 4] = [Self::Given, Self::Acknowledged, Self::InProgress, Self::Returned];
    /// Those of a task that was given, and is neither done nor cancelled.
    pub const OPEN: [Self; 5] = [Self::Given, Self::Acknowledged, Self::InProgress, Self::Reported, Self::Returned];

    /// Some of them as they are stored.
    #[must_use]
    pub fn words(statuses: &[Self]) -> Vec<String> {
        let word = |status: &Self| -> &'static str { status.into() };
        statuses.iter().map(|status| word(status).to_owned()).collect()
    }
}

/// The state of a task after an act. Its text, its reports and reasons are not in it: steering answers them, within the caller's scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TaskState {
    /// The task of one receiver.
    pub task: Id,
    /// The group of tasks that were given together.
    pub group: Id,
    /// The steering body that gave it.
    pub giver: Id,
    /// The steering body that received it.
    pub receiver: Id,
    /// The seat of that body whose holder received it; null: the body as a whole.
    pub seat: Option<Id>,
    /// The conference from which it follows; null: none.
    pub conference: Option<Id>,
    /// The number of the conclusion from which it follows; null: none.
    pub conclusion: Option<i64>,
    /// How far it is. More may come.
    pub status: TaskStatus,
    /// The day on which it was given.
    pub given_on: Day,
    /// The last day on which it is in time.
    pub due_on: Day,
    /// The day of the newest report; null: none.
    pub reported_on: Option<Day>,
    /// The day on which it was accepted; null: not yet.
    pub done_on: Option<Day>,
    /// The decision or notice of the act; null where it has none.
    pub decision: Option<Decision>,
}

/// Makes the payload types of acts that tell a task's state and no more.
macro_rules! task_acts {
    ($($(#[$doc:meta])* $name:ident = $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(transparent)]
        pub struct $name(pub TaskState);

        impl Published for $name {
            const KIND: &'static str = $kind;
            const V: i32 = 1;
            const READ: Permission = Permission::ReadTask;
        }
    )*};
}

task_acts! {
    /// A task was given to one receiver. Those that are given together share their group and the batch of their entries.
    TaskGiven = "task.given";
    /// The receiver acknowledged a task.
    TaskAcknowledged = "task.acknowledged";
    /// The receiver started a task.
    TaskStarted = "task.started";
    /// The receiver reported what was done.
    TaskReported = "task.reported";
    /// The giver returned a report with a reason.
    TaskReturned = "task.returned";
    /// The giver accepted a report: the task is done.
    TaskAccepted = "task.accepted";
    /// The giver set another day on which it is due.
    TaskExtended = "task.extended";
    /// The giver cancelled a task.
    TaskCancelled = "task.cancelled";
    /// An act on a task that should never have been recorded was withdrawn.
    TaskWithdrawn = "task.withdrawn";
}
