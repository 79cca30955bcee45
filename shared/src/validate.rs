//! Parsing what comes from outside into types that cannot be wrong, gathering all faults.

use std::fmt;

use chrono::NaiveDate;

use crate::error::{At, Fault, Params};
use crate::published::Decision;
use crate::text;
use crate::{Code, Day, Error, Expected, Result};

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
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.params.insert(name, value.to_string());
        self
    }

    /// Finds what a type of ours refused in the words of a parser, which can carry nothing but words.
    pub(crate) fn heard(words: &str) -> Option<Self> {
        let said = words.strip_prefix(SAID)?;
        let (said, _) = said.split_once(END)?;
        let mut parts = said.split(';');
        let mut wrong = Self::new(parts.next()?.parse().ok()?);
        for part in parts {
            let (name, value) = part.split_once('=')?;
            wrong.params.insert(SAID_PARAMS.iter().find(|known| **known == name)?, value.to_owned());
        }
        Some(wrong)
    }
}

/// What the words begin and end with that carry a [`Wrong`] through a parser.
const SAID: &str = "refused: ";
const END: &str = "!";

/// The values that types of ours put into sentences.
const SAID_PARAMS: [&str; 4] = ["expected", "max", "min", "character"];

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SAID}{}", self.code)?;
        for (name, value) in &self.params {
            write!(f, ";{name}={value}")?;
        }
        f.write_str(END)
    }
}

/// Gathers the faults of a request.
#[derive(Debug, Clone, Default)]
#[must_use = "faults that nobody finishes are told to nobody"]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Starts with none.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a fault.
    pub fn push(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// Says whether a fault at this place is among them.
    #[must_use]
    pub fn names(&self, at: &At) -> bool {
        self.0.iter().any(|fault| fault.at == *at)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The faults.
    #[must_use]
    pub fn into_vec(self) -> Vec<Fault> {
        self.0
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
    pub fn take<T>(&mut self, pointer: &str, parsed: Parsed<T>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(wrong) => {
                self.add(pointer, wrong);
                None
            }
        }
    }

    /// Keeps a parsed value of a query or path parameter, or its fault.
    pub fn take_parameter<T>(&mut self, name: &str, parsed: Parsed<T>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(wrong) => {
                self.add_parameter(name, wrong);
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

/// What a request may say of anything: a value out of its bounds, or the value.
pub type Parsed<T> = std::result::Result<T, Wrong>;

/// Parses a line of text: at most `max` characters, all of which can be seen, and a letter or digit among them.
/// Composed and trimmed.
///
/// # Errors
/// `required`, `too_long`, `bad_format`, `bad_character` or `letter_required`.
pub fn line(value: &str, max: usize) -> Parsed<String> {
    if value.trim().chars().any(char::is_control) {
        return Err(Wrong::new(Code::BadFormat).with("expected", Expected::OneLine));
    }
    let kept = text::kept(value);
    if kept.is_empty() {
        return Err(Wrong::new(Code::Required));
    }
    if kept.chars().count() > max {
        return Err(Wrong::new(Code::TooLong).with("max", max));
    }
    if let Some(character) = text::unusable(&kept) {
        return Err(Wrong::new(Code::BadCharacter).with("character", character));
    }
    if !kept.chars().any(char::is_alphanumeric) {
        return Err(Wrong::new(Code::LetterRequired).with("min", 1));
    }
    Ok(kept)
}

/// Parses text of several lines, at most `max` characters, with a letter or digit among them. Each line is composed and trimmed, and
/// empty lines are left out.
///
/// # Errors
/// As [`line`].
pub fn paragraphs(value: &str, max: usize) -> Parsed<String> {
    let lines = value.lines().filter(|one| !one.trim().is_empty());
    let written = lines.map(|one| match line(one, max) {
        // A line of signs alone, such as a rule of dashes, is refused only where there is nothing else.
        Err(wrong) if wrong.code == Code::LetterRequired => Ok(text::kept(one)),
        other => other,
    });
    let written = written.collect::<Parsed<Vec<String>>>()?.join("\n");
    if written.is_empty() {
        return Err(Wrong::new(Code::Required));
    }
    if written.chars().count() > max {
        return Err(Wrong::new(Code::TooLong).with("max", max));
    }
    if !written.chars().any(char::is_alphanumeric) {
        return Err(Wrong::new(Code::LetterRequired).with("min", 1));
    }
    Ok(written)
}

/// Parses the name of a person: a line of at most 100 characters with at least two letters.
///
/// # Errors
/// As [`line`].
pub fn person_name(value: &str) -> Parsed<String> {
    const LETTERS_MIN: usize = 2;
    let name = line(value, 100)?;
    if name.chars().filter(|one| one.is_alphabetic()).count() < LETTERS_MIN {
        return Err(Wrong::new(Code::LetterRequired).with("min", LETTERS_MIN));
    }
    Ok(name)
}

/// Parses what somebody gives as a reason: a line of 10 to 300 characters, most of which are letters.
///
/// # Errors
/// As [`line`]; `too_short`.
pub fn reason(value: &str) -> Parsed<String> {
    const CHARACTERS_MIN: usize = 10;
    let reason = line(value, 300)?;
    let written = || reason.chars().filter(|one| !one.is_whitespace());
    if written().count() < CHARACTERS_MIN {
        return Err(Wrong::new(Code::TooShort).with("min", CHARACTERS_MIN));
    }
    let letters = written().filter(|one| one.is_alphabetic()).count();
    let half = written().count() / 2;
    if letters <= half {
        return Err(Wrong::new(Code::LetterRequired).with("min", half + 1));
    }
    Ok(reason)
}

/// Checks that a number lies within its bounds.
///
/// # Errors
/// `too_small` or `too_many`.
pub fn within(value: i64, min: i64, max: i64) -> Parsed<i64> {
    match value {
        value if value < min => Err(Wrong::new(Code::TooSmall).with("min", min)),
        value if value > max => Err(Wrong::new(Code::TooMany).with("max", max)),
        value => Ok(value),
    }
}

/// Checks that a day is not after today in Viet Nam.
///
/// # Errors
/// `date_in_future`.
pub fn past_day(day: impl Into<NaiveDate>, today: NaiveDate) -> Parsed<NaiveDate> {
    let day = day.into();
    if day > today { Err(Wrong::new(Code::DateInFuture).with("today", today)) } else { Ok(day) }
}

/// Checks a decision paper field by field; `pointer` is where it stands in the body.
pub fn decision(faults: &mut Faults, pointer: &str, paper: &Decision, today: NaiveDate) -> Option<Decision> {
    let number = faults.take(&format!("{pointer}/number"), line(&paper.number, 60));
    let issuing_body = faults.take(&format!("{pointer}/issuing_body"), line(&paper.issuing_body, 200));
    let decided_on = faults.take(&format!("{pointer}/decided_on"), past_day(paper.decided_on, today));
    Some(Decision { number: number?, decided_on: Day::stored(decided_on?), issuing_body: issuing_body? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_type_refused_passes_through_a_parsers_words() {
        let wrong = Wrong::new(Code::TooLong).with("max", 100);
        assert_eq!(Wrong::heard(&format!("{wrong} at line 1 column 9")), Some(wrong));
        assert_eq!(Wrong::heard("unknown field `refused: internal!`, expected one of"), None);
    }

    /// N6: names that nobody sees, that read backwards, or that no database keeps.
    #[test]
    fn a_line_can_be_seen_and_is_what_it_looks_like() {
        for good in [
            "Công ty TNHH Giả Định",
            "Cong ty so 2 (chi nhánh)",
            "310-QĐ/HU",
            "Nguyễn Thị Ư",
            "Cty \u{1F33E} Xanh",
            "Công ty ไทย",
        ] {
            assert!(line(good, 300).is_ok(), "{good}");
        }
        let decomposed = "Co\u{302}ng ty Thu\u{323}y";
        assert_eq!(line(decomposed, 300).expect("a line"), "Công ty Thụy", "decomposed is kept composed");
        for (bad, code) in [
            ("", Code::Required),
            (" \u{a0} ", Code::Required),
            ("a\0b", Code::BadFormat),
            ("a\u{7}b", Code::BadFormat),
            ("a\nb", Code::BadFormat),
            ("\u{200b}", Code::BadCharacter),
            ("Cty\u{200b}A", Code::BadCharacter),
            ("Cty \u{202e}evil", Code::BadCharacter),
            ("Cty \u{2067}evil", Code::BadCharacter),
            ("\u{3164}", Code::BadCharacter),
            ("\u{feff}Cty", Code::BadCharacter),
            ("\u{fffe}", Code::BadCharacter),
            ("a\u{378}", Code::BadCharacter),
            ("a\u{e000}", Code::BadCharacter),
            (&"\u{301}".repeat(50), Code::BadCharacter),
            (&format!("a{}", "\u{301}".repeat(5)), Code::BadCharacter),
            ("\u{2800}", Code::LetterRequired),
            ("---", Code::LetterRequired),
        ] {
            assert_eq!(line(bad, 300).expect_err(bad).code, code, "{bad:?}");
        }
        assert_eq!(line(&"a".repeat(301), 300).expect_err("too long").code, Code::TooLong);
    }

    #[test]
    fn a_person_has_a_name_and_a_reason_has_words() {
        assert!(person_name("Lý A").is_ok());
        assert_eq!(person_name("12345").expect_err("digits").code, Code::LetterRequired);
        assert_eq!(person_name("A 1").expect_err("one letter").code, Code::LetterRequired);
        assert!(reason("Đối chiếu hồ sơ").is_ok());
        assert_eq!(reason("xem").expect_err("short").code, Code::TooShort);
        assert_eq!(reason("..........").expect_err("points").code, Code::LetterRequired);
        assert_eq!(reason("12345678901 ab").expect_err("digits").code, Code::LetterRequired);
    }
}
