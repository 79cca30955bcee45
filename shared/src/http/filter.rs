//! What lists are narrowed by.

use crate::Code;
use crate::territory::{AreaId, Territory};
use crate::validate::{Faults, Wrong};

/// Reads several values of a parameter, separated by commas. One that is not among the known ones is a fault: it would
/// find nothing, which looks like an answer.
pub fn chosen_words(faults: &mut Faults, name: &str, text: Option<&str>, known: &[&str]) -> Option<Vec<String>> {
    let words: Vec<String> = text?.split(',').map(|one| one.trim().to_owned()).collect();
    if words.iter().any(|word| !known.contains(&word.as_str())) {
        faults.add_parameter(name, Wrong::not_among(known));
    }
    Some(words)
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
