//! Entries of steering about duties of steering committees to issue a document.

use serde::{Deserialize, Serialize};

use super::document::DocumentType;
use super::steering_body::BodyLevel;
use crate::access::Permission;
use crate::journal::Published;
use crate::territory::AreaId;
use crate::{Day, Id};

kinds!(IssuingDutyRegistered, IssuingDutyWithdrawn);

/// A duty. Its title is not in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct IssuingDutyState {
    /// The duty.
    pub issuing_duty: Id,
    /// The level of the committees that have it. More may come.
    pub level: BodyLevel,
    /// The area in which these committees are.
    pub area: AreaId,
    /// What kind of paper is to be issued. More may come.
    #[serde(rename = "type")]
    pub document_type: DocumentType,
    /// The first day of the period that the document must govern.
    pub governs_from: Day,
    /// The last day of that period.
    pub governs_to: Day,
    /// The last day on which it is issued in time.
    pub due_on: Day,
    /// Whether it comes again each year.
    pub is_yearly: bool,
}

/// A duty was registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct IssuingDutyRegistered(pub IssuingDutyState);

/// A duty that should never have been registered was withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct IssuingDutyWithdrawn(pub IssuingDutyState);

impl Published for IssuingDutyRegistered {
    const KIND: &'static str = "issuing_duty.registered";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadSteering;
}

impl Published for IssuingDutyWithdrawn {
    const KIND: &'static str = "issuing_duty.withdrawn";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadSteering;
}
