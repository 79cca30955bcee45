//! Entries of reporting about data coverage.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::Id;
use crate::access::Permission;
use crate::journal::Published;
use crate::territory::AreaId;

/// It was stated from which day an area has data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CoverageStated {
    /// The statement.
    pub id: Id,
    /// The measure, or `*` for all.
    pub measure: String,
    /// The area with its parts.
    pub area: AreaId,
    /// The first day with data.
    pub from_on: NaiveDate,
}

impl Published for CoverageStated {
    const KIND: &'static str = "coverage.stated";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadFigure;
}
