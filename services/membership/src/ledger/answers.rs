//! The answer of an act, by ids, so that it can be stored for a repeated request.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::Id;
use shared::acts::KeptAct;

use super::OfAct;
use crate::people::MembershipStatus;

/// What an act brought about, by ids.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Admitted {
    /// The act, with its decision: `/v1/acts/{id}`.
    pub act_id: Id,
    /// The journal entry of the act, which a correction must name.
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
    /// The act, with its decision: `/v1/acts/{id}`. A transfer is completed under this id.
    pub act_id: Id,
    /// The journal entry that tells it: what a correction names.
    pub entry_id: Id,
    /// The membership; null for a number of union members.
    pub membership_id: Option<Id>,
    /// The membership's status after all of its acts.
    pub status: MembershipStatus,
    /// The day it happened.
    pub occurred_on: NaiveDate,
}

impl Admitted {
    /// What an act that counts members without names brought about.
    #[must_use]
    pub fn by_number(act: &KeptAct) -> Self {
        Self {
            act_id: act.id,
            entry_id: act.entry_id,
            organisation_id: act.organisation_id.unwrap_or(act.record_id),
            membership_id: None,
            person_id: None,
            count: act.count,
            occurred_on: act.occurred_on,
        }
    }
}

impl Moved {
    /// What an act by which members without names left brought about.
    #[must_use]
    pub fn by_number(act: &KeptAct) -> Self {
        let status = MembershipStatus::Departed;
        Self { act_id: act.id, entry_id: act.entry_id, membership_id: None, status, occurred_on: act.occurred_on }
    }
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
