//! Findings: pairs of records that are each right and together doubtful, for a person to settle.

use serde::{Deserialize, Serialize};

use crate::Id;
use crate::access::Permission;
use crate::journal::Published;
use crate::territory::AreaId;

kinds!(FindingRaised, FindingSettled,);

/// Two records are each right and together doubtful.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FindingRaised {
    /// The finding.
    pub id: Id,
    /// `possible_duplicate`, `possible_duplicate_unit`, `organisation_on_terminated_unit`, `condition_no_longer_met` or
    /// `membership_after_death`. More may come.
    pub kind: String,
    /// The communes of the two records, as they were recorded: one twice where both lie in one, or where it is about an
    /// act.
    pub areas: [AreaId; 2],
}

impl Published for FindingRaised {
    const KIND: &'static str = "finding.raised";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadFinding;
}

/// A person settled a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FindingSettled {
    /// The finding.
    pub id: Id,
    /// `same_person`, `different_persons`, `same_unit`, `different_units`, `organisation_goes_on`, `organisation_ends`,
    /// `act_stands`, `act_is_wrong`, `membership_is_wrong`, `death_is_wrong`, or `cause_gone` where the system closed it. More may come.
    pub outcome: String,
    /// The communes of the two records, as when the finding was raised.
    pub areas: [AreaId; 2],
}

impl Published for FindingSettled {
    const KIND: &'static str = "finding.settled";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadFinding;
}
