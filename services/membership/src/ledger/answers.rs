//! What an act brought about, by ids, so that the answer can be kept for a repeated request.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::Id;

use super::OfAct;

/// What an act brought about, by ids.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Admitted {
    /// The act, with its paper: `/v1/acts/{id}`.
    pub act_id: Id,
    /// The journal entry that tells it: what a correction names.
    pub entry_id: Id,
    /// The organisation.
    pub organisation_id: Id,
    /// The membership; null for a collective act.
    pub membership_id: Option<Id>,
    /// The person; null for a collective act.
    pub person_id: Option<Id>,
    /// How many it counts.
    pub count: i64,
    /// The day it happened.
    pub occurred_on: NaiveDate,
}

/// What a movement brought about, by ids.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Moved {
    /// The act, with its paper: `/v1/acts/{id}`. A transfer is completed under this id.
    pub act_id: Id,
    /// The journal entry that tells it: what a correction names.
    pub entry_id: Id,
    /// The membership; null for a number of union members.
    pub membership_id: Option<Id>,
    /// The membership's status after all of its acts.
    pub status: String,
    /// The day it happened.
    pub occurred_on: NaiveDate,
}

impl OfAct for Admitted {
    fn act(&self) -> Id {
        self.act_id
    }
}

impl OfAct for Moved {
    fn act(&self) -> Id {
        self.act_id
    }
}
