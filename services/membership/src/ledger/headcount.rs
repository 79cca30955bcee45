//! The number of people that a collective act counts.

use shared::validate::{Faults, within};

/// A number of people who are counted without names: 1 to 100,000, of whom not more are women.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Headcount {
    count: i64,
    female: Option<i64>,
}

impl Headcount {
    /// The most that one act counts.
    pub const MAX: i64 = 100_000;

    /// Checks `count` and `female_count` of a request, or of what a correction leaves of an act.
    pub fn parse(faults: &mut Faults, count: i64, female: Option<i64>) -> Option<Self> {
        let count = faults.take("/count", within(count, 1, Self::MAX));
        let most = count.unwrap_or(Self::MAX);
        let female = faults.take("/female_count", female.map(|female| within(female, 0, most)).transpose());
        Some(Self { count: count?, female: female? })
    }

    /// How many.
    #[must_use]
    pub fn count(self) -> i64 {
        self.count
    }

    /// How many of them are women, where known.
    #[must_use]
    pub fn female_count(self) -> Option<i64> {
        self.female
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_women_than_people_are_not_counted() {
        let places = |count, female| {
            let mut faults = Faults::new();
            let parsed = Headcount::parse(&mut faults, count, female);
            let error = faults.finish().err();
            assert_eq!(parsed.is_none(), error.is_some());
            let code = |fault: &shared::error::Fault| fault.code.as_str().to_owned();
            error.map(|error| error.field_faults().iter().map(code).collect::<Vec<_>>()).unwrap_or_default()
        };
        assert!(
            places(1, None).is_empty() && places(100_000, Some(100_000)).is_empty() && places(3, Some(0)).is_empty()
        );
        for (count, female, codes) in [
            (0, None, vec!["too_small"]),
            (-1, Some(0), vec!["too_small"]),
            (100_001, None, vec!["too_many"]),
            (i64::MAX, Some(i64::MAX), vec!["too_many", "too_many"]),
            (i64::MIN, Some(i64::MIN), vec!["too_small", "too_small"]),
            (3, Some(4), vec!["too_many"]),
        ] {
            assert_eq!(places(count, female), codes, "{count} {female:?}");
        }
    }
}
