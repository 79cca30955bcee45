//! Rules for opening registrations.

use chrono::NaiveDate;
use shared::Code;
use shared::validate::Wrong;

/// Checks that an opening registration is not dated after the day with which recording begins, where there is one.
///
/// # Errors
/// `recording_has_begun`, with that day.
pub fn before_recording(on: NaiveDate, begins_on: Option<NaiveDate>) -> Result<(), Wrong> {
    match begins_on.filter(|begins_on| on > *begins_on) {
        Some(begins_on) => Err(Wrong::new(Code::RecordingHasBegun).with("begins_on", begins_on)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opening_registrations_end_with_the_day_on_which_recording_begins() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        for (on, begins_on, is_accepted) in [
            ("2022-01-01", None, true),
            ("2021-12-31", Some("2022-01-01"), true),
            ("2022-01-01", Some("2022-01-01"), true),
            ("2022-01-02", Some("2022-01-01"), false),
        ] {
            assert_eq!(before_recording(day(on), begins_on.map(day)).is_ok(), is_accepted, "{on} {begins_on:?}");
        }
    }
}
