//! Days and instants that come from outside.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};
use serde::de::{Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use crate::clock::to_microseconds;
use crate::validate::Wrong;
use crate::{Code, Expected};

/// The first and the last year in which anything is recorded here.
pub const YEARS: std::ops::RangeInclusive<i32> = 1900..=2100;

const FIRST: &str = "1900-01-01";
const LAST: &str = "2100-12-31";

/// A calendar day from 1900-01-01 to 2100-12-31, written exactly `YYYY-MM-DD`. Every day of a request is one: what
/// lies further is a slip of the pen, and not every database keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Day(NaiveDate);

impl Day {
    /// Takes a day from storage, where it was checked when it came in.
    #[must_use]
    pub fn stored(day: NaiveDate) -> Self {
        Self(day)
    }

    /// The day as the calendar has it.
    #[must_use]
    pub fn get(self) -> NaiveDate {
        self.0
    }
}

impl From<Day> for NaiveDate {
    fn from(day: Day) -> Self {
        day.0
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn malformed() -> Wrong {
    Wrong::new(Code::BadFormat).with("expected", Expected::DayOrInstant)
}

fn out_of_bounds() -> Wrong {
    Wrong::new(Code::DayOutOfRange).with("min", FIRST).with("max", LAST)
}

impl FromStr for Day {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        let is_written =
            |(at, byte): (usize, u8)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() };
        if text.len() != 10 || !text.bytes().enumerate().all(is_written) {
            return Err(malformed());
        }
        let day: NaiveDate = text.parse().map_err(|_| malformed())?;
        if YEARS.contains(&day.year()) { Ok(Self(day)) } else { Err(out_of_bounds()) }
    }
}

/// An instant of the years 1900 to 2100, in whole microseconds: what both database engines keep. It is written in UTC with
/// six digits of fractions, so that instants have one order as times and as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(DateTime<Utc>);

impl Moment {
    /// The instant.
    #[must_use]
    pub fn get(self) -> DateTime<Utc> {
        self.0
    }
}

/// Takes an instant of the clock.
impl From<DateTime<Utc>> for Moment {
    fn from(at: DateTime<Utc>) -> Self {
        Self(to_microseconds(at))
    }
}

/// Takes an instant from storage, which keeps UTC.
impl From<NaiveDateTime> for Moment {
    fn from(at: NaiveDateTime) -> Self {
        at.and_utc().into()
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.format("%Y-%m-%dT%H:%M:%S%.6fZ").fmt(f)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for Moment {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        const CHARACTERS_MAX: usize = 40;
        if text.len() > CHARACTERS_MAX {
            return Err(malformed());
        }
        let at = DateTime::parse_from_rfc3339(text).map_err(|_| malformed())?.to_utc();
        if YEARS.contains(&at.year()) { Ok(Self(to_microseconds(at))) } else { Err(out_of_bounds()) }
    }
}

/// Reads text of one form, and calls anything else by the name of that form.
struct Written<T>(std::marker::PhantomData<T>);

impl<T: FromStr<Err = Wrong>> Visitor<'_> for Written<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a formatted date")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Written(std::marker::PhantomData))
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Written(std::marker::PhantomData))
    }
}

fn schema(
    format: utoipa::openapi::KnownFormat,
    pattern: &str,
    description: &str,
    example: &str,
) -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    utoipa::openapi::ObjectBuilder::new()
        .schema_type(utoipa::openapi::schema::Type::String)
        .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(format)))
        .pattern(Some(pattern))
        .description(Some(description))
        .examples([example])
        .into()
}

impl utoipa::PartialSchema for Day {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        let pattern = r"^(19\d\d|20\d\d|2100)-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$";
        schema(utoipa::openapi::KnownFormat::Date, pattern, "A day from 1900-01-01 to 2100-12-31.", "2022-06-30")
    }
}

impl utoipa::ToSchema for Day {
    fn name() -> std::borrow::Cow<'static, str> {
        "Day".into()
    }
}

impl utoipa::PartialSchema for Moment {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        let pattern = r"^(19\d\d|20\d\d|2100)-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$";
        let description = "An instant of the years 1900 to 2100, with its zone. Answers write it in UTC with six digits of \
                           fractions, so that instants have one order as times and as text.";
        schema(utoipa::openapi::KnownFormat::DateTime, pattern, description, "2022-06-30T08:00:00.000000Z")
    }
}

impl utoipa::ToSchema for Moment {
    fn name() -> std::borrow::Cow<'static, str> {
        "Moment".into()
    }
}

/// A time from a day on, and before another one; without that, for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its first day.
    pub from_on: NaiveDate,
    /// The first day after it.
    pub to_on: Option<NaiveDate>,
}

impl Span {
    /// Says whether it holds every day of another.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        let ends_later = self.to_on.is_none_or(|own_to| other.to_on.is_some_and(|to_on| to_on <= own_to));
        self.from_on <= other.from_on && ends_later
    }

    /// Says whether the two have a day in common.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        let begins_before = |one: Self, to_on: Option<NaiveDate>| to_on.is_none_or(|to_on| one.from_on < to_on);
        begins_before(self, other.to_on) && begins_before(other, self.to_on)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_written_with_six_digits_and_read_in_any_zone() {
        for (sent, told) in [
            ("2022-06-30T17:00:00Z", "2022-06-30T17:00:00.000000Z"),
            ("2022-07-01T00:00:00.25+07:00", "2022-06-30T17:00:00.250000Z"),
            ("2022-06-30T17:00:00.1234569Z", "2022-06-30T17:00:00.123456Z"),
        ] {
            let moment: Moment = sent.parse().expect(sent);
            assert_eq!(moment.to_string(), told);
            assert_eq!(serde_json::to_value(moment).expect("JSON"), told);
            assert_eq!(told.parse::<Moment>().expect(told), moment);
        }
    }

    #[test]
    fn a_day_is_written_exactly_and_lies_in_our_time() {
        for good in ["1900-01-01", "2022-06-30", "2024-02-29", "2100-12-31"] {
            assert_eq!(good.parse::<Day>().expect(good).to_string(), good);
        }
        for (bad, code) in [
            ("2020-1-1", Code::BadFormat),
            (" 2020-01-01", Code::BadFormat),
            ("2020-01-01 ", Code::BadFormat),
            ("+020-01-01", Code::BadFormat),
            ("-9999-01-01", Code::BadFormat),
            ("-262142-01-01", Code::BadFormat),
            ("2023-02-29", Code::BadFormat),
            ("２０２０-01-01", Code::BadFormat),
            ("0000-01-01", Code::DayOutOfRange),
            ("1899-12-31", Code::DayOutOfRange),
            ("2101-01-01", Code::DayOutOfRange),
        ] {
            assert_eq!(bad.parse::<Day>().expect_err(bad).code, code, "{bad}");
        }
    }

    #[test]
    fn an_instant_lies_in_our_time() {
        for good in ["2022-06-30T08:00:00Z", "2022-06-30T08:00:00.123456789+07:00", "1900-01-01T00:00:00Z"] {
            assert!(good.parse::<Moment>().is_ok(), "{good}");
        }
        for (bad, code) in [
            ("-9999-01-01T00:00:00Z", Code::BadFormat),
            ("2022-06-30", Code::BadFormat),
            ("9999-01-01T00:00:00Z", Code::DayOutOfRange),
            ("2101-01-01T00:00:00Z", Code::DayOutOfRange),
        ] {
            assert_eq!(bad.parse::<Moment>().expect_err(bad).code, code, "{bad}");
        }
    }
}
