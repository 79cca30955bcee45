//! The time, and the day in Viet Nam. Only handlers, loops and loaders ask a [`Clock`]; all other code takes the time
//! as an argument.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, Utc};

/// Where "now" comes from: the machine, or a test that sets it.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A clock that stands still until it is set, in microseconds since 1970.
    Set(Arc<AtomicI64>),
}

impl Clock {
    /// Makes a clock that stands at `at`.
    #[must_use]
    pub fn standing_at(at: DateTime<Utc>) -> Self {
        Self::Set(Arc::new(AtomicI64::new(at.timestamp_micros())))
    }

    /// Returns the present instant, in whole microseconds: what both database engines keep.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine")]
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            Self::System => to_microseconds(Utc::now()),
            Self::Set(micros) => DateTime::from_timestamp_micros(micros.load(Ordering::SeqCst)).unwrap_or_default(),
        }
    }

    /// Sets a standing clock; the machine's clock cannot be set and stays.
    pub fn set(&self, at: DateTime<Utc>) {
        if let Self::Set(micros) = self {
            micros.store(at.timestamp_micros(), Ordering::SeqCst);
        }
    }
}

/// Cuts an instant to whole microseconds.
#[must_use]
pub fn to_microseconds(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(at.timestamp_micros()).unwrap_or(at)
}

/// Returns the calendar day in Viet Nam (UTC+07:00, no summer time) at an instant.
#[must_use]
pub fn vietnam_day(at: DateTime<Utc>) -> NaiveDate {
    vietnam_time(at).date()
}

/// Returns the day and the time of day of an instant in Viet Nam.
#[must_use]
pub fn vietnam_time(at: DateTime<Utc>) -> NaiveDateTime {
    const SEVEN_HOURS: i32 = 7 * 3600;
    match FixedOffset::east_opt(SEVEN_HOURS) {
        Some(offset) => at.with_timezone(&offset).naive_local(),
        None => at.naive_utc(),
    }
}

/// Returns the first instant of a calendar day in Viet Nam.
#[must_use]
pub fn vietnam_midnight(day: NaiveDate) -> DateTime<Utc> {
    (day.and_time(chrono::NaiveTime::MIN) - chrono::Duration::hours(7)).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_turns_at_seventeen_hours_utc() {
        let day = |text: &str| vietnam_day(text.parse().expect("an instant"));
        assert_eq!(day("2022-06-30T16:59:59Z").to_string(), "2022-06-30");
        assert_eq!(day("2022-06-30T17:00:00Z").to_string(), "2022-07-01");
    }
}
