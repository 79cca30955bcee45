//! Entries of the registry about administrative units.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::access::Permission;
use crate::journal::Published;
use crate::territory::{AreaId, AreaLevel, Share};

kinds!(AreaCreated, AreaSucceeded);

/// An administrative unit was recorded, with its period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AreaCreated {
    /// The unit's id.
    pub id: AreaId,
    /// Its code.
    pub code: String,
    /// Its level.
    pub level: AreaLevel,
    /// Its kind within the level.
    pub unit_type: String,
    /// Its Vietnamese name.
    pub name: String,
    /// Its English name.
    pub name_en: String,
    /// The unit that it is a part of.
    pub parent_id: Option<AreaId>,
    /// Its first day; null: since before records.
    pub valid_from: Option<NaiveDate>,
    /// The first day on which it is no more; null: in force.
    pub valid_to: Option<NaiveDate>,
}

impl Published for AreaCreated {
    const KIND: &'static str = "area.created";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadArea;
}

/// An administrative unit was succeeded by another, or ended without a successor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AreaSucceeded {
    /// The unit that ended.
    pub from_id: AreaId,
    /// The unit that received it; null where nobody did or it is not known.
    pub to_id: Option<AreaId>,
    /// The first day of the new state.
    pub effective_on: NaiveDate,
    /// How much of it went there.
    pub share: Share,
    /// The resolution that says so.
    pub legal_basis: String,
    /// How sure the source is: confirmed, inferred, unresolved.
    pub confidence: String,
}

impl Published for AreaSucceeded {
    const KIND: &'static str = "area.succeeded";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadArea;
}
