//! Periods: `2022`, `2022-H1`, `2022-Q3`, `2022-9M`, `2022-06`.

use std::fmt;
use std::str::FromStr;

use chrono::{Months, NaiveDate};

use crate::Expected;
use crate::day::YEARS;

/// A period of reporting, both days included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    code: String,
    /// Its first day.
    pub first_on: NaiveDate,
    /// Its last day.
    pub last_on: NaiveDate,
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code)
    }
}

impl FromStr for Period {
    type Err = Expected;

    fn from_str(text: &str) -> Result<Self, Expected> {
        let fault = || Expected::ReportingPeriod;
        let (year, rest) = text.split_once('-').unwrap_or((text, ""));
        if year.len() != 4 || !year.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(fault());
        }
        let (first_month, months) = match rest {
            "" => (1, 12),
            "H1" => (1, 6),
            "H2" => (7, 6),
            "Q1" => (1, 3),
            "Q2" => (4, 3),
            "Q3" => (7, 3),
            "Q4" => (10, 3),
            "9M" => (1, 9),
            month if month.len() == 2 && month.bytes().all(|byte| byte.is_ascii_digit()) => {
                (month.parse().map_err(|_| fault())?, 1)
            }
            _ => return Err(fault()),
        };
        let year: i32 = year.parse().map_err(|_| fault())?;
        if !YEARS.contains(&year) {
            return Err(fault());
        }
        let first_on = NaiveDate::from_ymd_opt(year, first_month, 1).ok_or_else(fault)?;
        let next = first_on.checked_add_months(Months::new(months)).ok_or_else(fault)?;
        let last_on = next.pred_opt().ok_or_else(fault)?;
        Ok(Self { code: text.to_owned(), first_on, last_on })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_period_has_its_first_and_last_day() {
        for (text, first, last) in [
            ("2022", "2022-01-01", "2022-12-31"),
            ("2022-H1", "2022-01-01", "2022-06-30"),
            ("2022-H2", "2022-07-01", "2022-12-31"),
            ("2022-Q3", "2022-07-01", "2022-09-30"),
            ("2022-9M", "2022-01-01", "2022-09-30"),
            ("2024-02", "2024-02-01", "2024-02-29"),
        ] {
            let period: Period = text.parse().expect("a period");
            assert_eq!(
                (period.first_on.to_string(), period.last_on.to_string()),
                (first.into(), last.into()),
                "{text}"
            );
        }
        for text in
            ["", "22", "2022-H3", "2022-13", "2022-00", "2022-1", "2022-Q5", "+022-H1", "1899", "2101-H1", "0000"]
        {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }
}
