//! Where an economic unit stands.

use serde::{Deserialize, Serialize};

use crate::Id;
use crate::territory::AreaId;

/// An economic unit with the commune it stands in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct UnitPlace {
    /// The economic unit.
    pub id: Id,
    /// The commune it stands in.
    pub area: AreaId,
}
