//! How long sessions last: pure.

use chrono::{DateTime, Duration, Utc};

/// How long a kind of session lasts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lasting {
    /// For how long nothing may happen in it, in minutes.
    pub idle_minutes: i64,
    /// How long it lasts in any case, in minutes.
    pub whole_minutes: i64,
}

/// A browser: half an hour, and half a day.
pub(crate) const BROWSER: Lasting = Lasting { idle_minutes: 30, whole_minutes: 12 * 60 };

/// An app: 30 days, and 90 days.
pub(crate) const APP: Lasting = Lasting { idle_minutes: 30 * 24 * 60, whole_minutes: 90 * 24 * 60 };

/// How many sessions in apps a person has at most.
pub(super) const APP_SESSIONS_MAX: i64 = 10;

/// How many sessions in browsers a person has at most.
pub(super) const BROWSER_SESSIONS_MAX: i64 = 20;

/// Parses how old a sign-in may be: seconds, at most a year.
pub(crate) fn parse_max_age(text: &str) -> Option<i64> {
    const SECONDS_MAX: i64 = 31_536_000;
    text.parse().ok().filter(|seconds| (0..=SECONDS_MAX).contains(seconds))
}

impl Lasting {
    /// When a session that begins at an instant ends in any case.
    pub(crate) fn ends_at(self, at: DateTime<Utc>) -> DateTime<Utc> {
        at + Duration::minutes(self.whole_minutes)
    }

    /// The instant since which something must have happened in a session.
    pub(crate) fn idle_since(self, at: DateTime<Utc>) -> DateTime<Utc> {
        at - Duration::minutes(self.idle_minutes)
    }
}
