//! Entries of steering about conferences.

use serde::{Deserialize, Serialize};

use super::Decision;
use crate::access::Permission;
use crate::journal::Published;
use crate::{Day, Id};

kinds!(ConferenceHeld, ConferenceWithdrawn);

crate::closed_list! {
    /// What a conference is held for. More may come.
    pub enum ConferenceKind {
        /// Hội nghị sơ kết: reviews a part of a period.
        InterimReview,
        /// Hội nghị tổng kết: reviews a whole period.
        FinalReview,
        /// Hội nghị chuyên đề: reviews one topic.
        ThematicReview,
        /// Họp thường kỳ hoặc đột xuất: a meeting that reviews no period.
        Meeting,
    }
}

crate::closed_list! {
    /// Whether a conference counts. More may come.
    pub enum ConferenceStatus {
        /// It was held.
        Held,
        /// It should never have been recorded.
        Withdrawn,
    }
}

/// A conference after an act. Its conclusions and who took part are not in it: steering answers that, within the caller's scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ConferenceState {
    /// The conference.
    pub conference: Id,
    /// The steering body that held it.
    pub body: Id,
    /// What it was held for. More may come.
    pub kind: ConferenceKind,
    /// The day.
    pub held_on: Day,
    /// How many conclusions it has.
    pub conclusions: i64,
    /// How many documents were before it.
    pub documents: i64,
    /// The notice of its conclusions; null where it has none.
    pub decision: Option<Decision>,
}

/// A conference was held. The tasks that it gave in the same command share the batch of its entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct ConferenceHeld(pub ConferenceState);

impl Published for ConferenceHeld {
    const KIND: &'static str = "conference.held";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadTask;
}

/// A conference that should never have been recorded was withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct ConferenceWithdrawn(pub ConferenceState);

impl Published for ConferenceWithdrawn {
    const KIND: &'static str = "conference.withdrawn";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadTask;
}
