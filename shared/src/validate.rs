//! Parsing what comes from outside into types that cannot be wrong, gathering all faults.

use chrono::NaiveDate;

use crate::error::{At, Fault, Params};
use crate::published::Decision;
use crate::text;
use crate::{Code, Error, Expected, Result};

/// What is wrong with a value, without its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The stable code.
    pub code: Code,
    /// What stands in the sentence.
    pub params: Params,
}

impl Wrong {
    /// Names what is wrong.
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self { code, params: Params::new() }
    }

    /// Names a value that is not among the known ones, and these.
    #[must_use]
    pub fn not_among(known: &[&str]) -> Self {
        Self::new(Code::UnknownValue).with("expected", known.join(", "))
    }

    /// Adds a value for the sentence.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl std::fmt::Display) -> Self {
        self.params.insert(name, value.to_string());
        self
    }
}

/// Gathers the faults of a request.
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Starts with none.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a fault of a body field.
    pub fn add(&mut self, pointer: &str, wrong: Wrong) {
        self.0.push(Fault { at: At::Pointer(pointer.to_owned()), code: wrong.code, params: wrong.params });
    }

    /// Adds a fault of a query or path parameter.
    pub fn add_parameter(&mut self, name: &str, wrong: Wrong) {
        self.0.push(Fault { at: At::Parameter(name.to_owned()), code: wrong.code, params: wrong.params });
    }

    /// Keeps a parsed value, or its fault.
    pub fn take<T>(&mut self, pointer: &str, parsed: std::result::Result<T, Wrong>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(wrong) => {
                self.add(pointer, wrong);
                None
            }
        }
    }

    /// Says whether anything is wrong so far.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Ends the gathering.
    ///
    /// # Errors
    /// Returns all faults at once, if there are any.
    pub fn finish(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::faults(self.0)) }
    }

    /// Ends the gathering with a value that is there exactly when nothing was wrong with it.
    ///
    /// # Errors
    /// Returns all faults at once, if there are any.
    pub fn finish_with<T>(self, value: Option<T>) -> Result<T> {
        self.finish()?;
        value.ok_or_else(|| Error::internal("a value without a fault is missing"))
    }
}

/// Parses a line of text: not empty, at most `max` characters, composed, trimmed.
///
/// # Errors
/// `required` or `too_long`.
pub fn line(value: &str, max: usize) -> std::result::Result<String, Wrong> {
    let kept = text::kept(value);
    if kept.is_empty() {
        return Err(Wrong::new(Code::Required));
    }
    if kept.chars().count() > max {
        return Err(Wrong::new(Code::TooLong).with("max", max));
    }
    if kept.chars().any(char::is_control) {
        return Err(Wrong::new(Code::BadFormat).with("expected", Expected::OneLine));
    }
    Ok(kept)
}

/// Checks that a day is not after today in Viet Nam.
///
/// # Errors
/// `date_in_future`.
pub fn past_day(day: NaiveDate, today: NaiveDate) -> std::result::Result<NaiveDate, Wrong> {
    if day > today { Err(Wrong::new(Code::DateInFuture).with("today", today)) } else { Ok(day) }
}

/// Checks a decision paper field by field; `pointer` is where it stands in the body.
pub fn decision(faults: &mut Faults, pointer: &str, paper: &Decision, today: NaiveDate) -> Option<Decision> {
    let number = faults.take(&format!("{pointer}/number"), line(&paper.number, 60));
    let issuing_body = faults.take(&format!("{pointer}/issuing_body"), line(&paper.issuing_body, 200));
    let decided_on = faults.take(&format!("{pointer}/decided_on"), past_day(paper.decided_on, today));
    Some(Decision { number: number?, decided_on: decided_on?, issuing_body: issuing_body? })
}
