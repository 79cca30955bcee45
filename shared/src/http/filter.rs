//! What lists are narrowed by.

use chrono::NaiveDate;

use crate::Code;
use crate::territory::{AreaAsked, Territory};
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
/// that narrows nothing; an unknown area, or a code that no area has on the day, is a fault.
pub fn chosen_area(
    faults: &mut Faults,
    territory: &Territory,
    on: NaiveDate,
    area: Option<&AreaAsked>,
) -> Option<Vec<String>> {
    let within = area?.find(territory, on).map(|area| territory.reach(&area));
    let within = within.filter(|within| !within.readable.is_empty());
    if within.is_none() {
        faults.add_parameter("area", Wrong::new(Code::UnknownArea));
    }
    within?.readable_ids()
}
