//! Where in the organisations something happened, as it was on the day.

use serde::{Deserialize, Serialize};

use crate::Id;
use crate::territory::AreaId;

/// An organisation with what figures need to know of it on the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Place {
    /// The organisation.
    pub organisation: Id,
    /// Its branch: `party`, `union`, `youth`.
    pub branch: String,
    /// Its kind: `grassroots_cell`, `subordinate_cell`, `grassroots_union`...
    pub kind: String,
    /// The commune it stands in.
    pub area: AreaId,
    /// The superior Party committee or federation that it answers to, through its parents if need be.
    pub superior_body: Option<Id>,
}

/// An economic unit with the commune it stands in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct UnitPlace {
    /// The economic unit.
    pub id: Id,
    /// The commune it stands in.
    pub area: AreaId,
}
