//! Rules for administrators: pure functions.

use chrono::NaiveDate;
use shared::access::{Grant, Role};
use shared::territory::{AreaLevel, Territory};

/// Says whether a grant makes an administrator of a province that is in force: somebody must always be one.
pub(super) fn is_of_a_provinces_administrator(grant: &Grant, territory: &Territory, on: NaiveDate) -> bool {
    let is_province = |level: AreaLevel| matches!(level, AreaLevel::Province);
    grant.role == Role::Administrator
        && territory.find(&grant.area).is_some_and(|area| is_province(area.level) && area.is_in_force(on))
}
