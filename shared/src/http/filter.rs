//! What lists are narrowed by.

use crate::Code;
use crate::territory::{AreaId, Territory};
use crate::validate::{Faults, Wrong};

/// Reads several values of a parameter, separated by commas.
#[must_use]
pub fn chosen_words(text: Option<&str>) -> Option<Vec<String>> {
    text.map(|text| text.split(',').map(|one| one.trim().to_owned()).collect())
}

/// Reads the parameter `area`: what lies in an area, its parts, and the former units that went into it. `None` where
/// that narrows nothing; an unknown area is a fault.
pub fn chosen_area(faults: &mut Faults, territory: &Territory, area: Option<&AreaId>) -> Option<Vec<String>> {
    let within = territory.reach(area?);
    if within.readable.is_empty() {
        faults.add_parameter("area", Wrong::new(Code::UnknownArea));
    }
    within.readable_ids()
}
