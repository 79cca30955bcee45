//! Rules for duties: which turn of a yearly duty is meant, and how a committee fulfilled it.

use chrono::{Datelike as _, Months, NaiveDate};
use serde::{Deserialize, Serialize};

/// How a committee stands to a duty. More may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IssuingState {
    /// It issued the document, on the last day in time or earlier.
    InTime,
    /// It issued the document later.
    Late,
    /// It has not issued it.
    NotIssued,
}

/// One turn of a duty: the only one, or that of one year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turn {
    pub from_on: NaiveDate,
    pub to_on: NaiveDate,
    pub due_on: NaiveDate,
}

impl Turn {
    /// The turn a number of years later; nothing after the last year of the calendar.
    pub fn years_later(self, years: u32) -> Option<Self> {
        let later = |day: NaiveDate| day.checked_add_months(Months::new(years.checked_mul(12)?));
        Some(Self { from_on: later(self.from_on)?, to_on: later(self.to_on)?, due_on: later(self.due_on)? })
    }

    /// How many years after this turn the one is that is meant on a day: the latest whose period or whose last day in time has come.
    pub fn years_until(self, on: NaiveDate) -> u32 {
        let begins = |turn: Self| turn.from_on.min(turn.due_on) <= on;
        let most = u32::try_from(on.year() - self.from_on.year() + 1).unwrap_or(0);
        (1..=most).rev().find(|years| self.years_later(*years).is_some_and(begins)).unwrap_or(0)
    }
}

/// How a committee stands to a turn; `issued_on` is the day of its first document for it.
pub(super) fn state_of(turn: Turn, issued_on: Option<NaiveDate>) -> IssuingState {
    match issued_on {
        Some(on) if on <= turn.due_on => IssuingState::InTime,
        Some(_) => IssuingState::Late,
        None => IssuingState::NotIssued,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn turn(from_on: &str, to_on: &str, due_on: &str) -> Turn {
        Turn { from_on: day(from_on), to_on: day(to_on), due_on: day(due_on) }
    }

    #[test]
    fn a_yearly_duty_has_its_turn_of_the_year() {
        let first = turn("2022-01-01", "2022-12-31", "2022-01-31");
        for (on, years) in
            [("2021-06-01", 0), ("2022-01-01", 0), ("2022-12-31", 0), ("2023-01-01", 1), ("2026-06-30", 4)]
        {
            assert_eq!(first.years_until(day(on)), years, "{on}");
        }
        // A plan that is due before its year begins.
        let before = turn("2022-01-01", "2022-12-31", "2021-12-15");
        assert_eq!(before.years_until(day("2022-12-14")), 0);
        assert_eq!(before.years_until(day("2022-12-15")), 1);
        let leap = turn("2024-01-01", "2024-12-31", "2024-02-29").years_later(1);
        assert_eq!(leap, Some(turn("2025-01-01", "2025-12-31", "2025-02-28")));
    }

    #[test]
    fn the_last_day_is_in_time() {
        let turn = turn("2022-01-01", "2022-12-31", "2022-01-31");
        for (issued_on, state) in [
            (Some("2022-01-31"), IssuingState::InTime),
            (Some("2022-02-01"), IssuingState::Late),
            (None, IssuingState::NotIssued),
        ] {
            assert_eq!(state_of(turn, issued_on.map(day)), state, "{issued_on:?}");
        }
    }
}
