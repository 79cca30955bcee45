//! Operations as callers see them.

use serde::{Deserialize, Serialize};

use super::store::{OperationRow, OperationState};
use crate::http::{Found, Reply, Tag};
use crate::{Id, Moment};

/// Something that takes longer than a request.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Operation {
    /// Its id.
    id: Id,
    /// `projection_rebuild`. More may come.
    kind: String,
    /// `running`, `done`, `failed` or `interrupted`: its process ended, and nothing was changed. More may come.
    state: OperationState,
    /// How much is done, in journal entries.
    done: i64,
    /// How much there is to do, as far as known; when it is done, what was done.
    total: i64,
    /// What came of it; null while it runs.
    result: Option<String>,
    /// Who started it.
    started_by: String,
    /// When it started.
    started_at: Moment,
    /// When it ended; null while it runs.
    ended_at: Option<Moment>,
    /// The entity tag of this version.
    etag: String,
}

impl Operation {
    /// The operation's id.
    #[must_use]
    pub const fn id(&self) -> Id {
        self.id
    }
}

/// While an operation runs, it is worth asking again after so many seconds.
const ASK_AGAIN_SECONDS: u32 = 2;

/// Answers that an operation was started; `service` names the service that shows it.
#[must_use]
pub fn accepted(service: &str, row: OperationRow) -> Reply<Operation> {
    let address = format!("/v1/operations/{service}/{}", row.id);
    Reply::accepted(address, Operation::from(row), ASK_AGAIN_SECONDS)
}

/// Answers with an operation, and says when it is worth asking again.
#[must_use]
pub fn found(row: OperationRow) -> Found<Operation> {
    let is_running = row.state == OperationState::Running;
    let found = Found::new(row.version, Operation::from(row));
    if is_running { found.ask_again(ASK_AGAIN_SECONDS) } else { found }
}

impl From<OperationRow> for Operation {
    fn from(row: OperationRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            state: row.state,
            done: row.done,
            total: row.total,
            result: row.result,
            started_by: row.started_by,
            started_at: row.started_at.into(),
            ended_at: row.ended_at.map(Moment::from),
            etag: Tag::from(row.version).quoted(),
        }
    }
}
