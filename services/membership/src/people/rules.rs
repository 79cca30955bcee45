//! Rules for people: pure functions that accept or refuse a request.

use chrono::{Datelike, NaiveDate};
use serde::Deserialize;
use shared::published::Branch;
use shared::text::search_key;
use shared::validate::{Faults, Wrong, line, person_name};
use shared::{Code, Day, Result};

use crate::rule_book::RuleBook;

/// A person's details, in a request.
#[derive(Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"full_name": "Nguyễn Thị Giả Định", "birth_date": "1995-02-03", "sex": "female",
    "personal_id": "033195000001"}))]
pub struct PersonDetails {
    /// The whole name as one line: at most 100 characters, with at least two letters.
    #[schema(max_length = 100)]
    pub full_name: String,
    /// The day of birth.
    pub birth_date: Day,
    /// `female` or `male`.
    #[serde(default)]
    #[schema(max_length = 10)]
    pub sex: Option<String>,
    /// A phone number of 10 digits that begins with 0.
    #[serde(default)]
    #[schema(max_length = 10)]
    pub phone: Option<String>,
    /// The personal id of 12 digits.
    #[serde(default)]
    #[schema(max_length = 12)]
    pub personal_id: Option<String>,
    /// The member card's number: at most 20 characters.
    #[serde(default)]
    #[schema(max_length = 20)]
    pub card_number: Option<String>,
}

/// A person's details that hold.
#[derive(Clone, PartialEq, Eq)]
pub struct NewPerson {
    /// The whole name as one line.
    pub full_name: String,
    /// The day of birth.
    pub birth_date: NaiveDate,
    /// `female` or `male`.
    pub sex: Option<String>,
    /// A phone number.
    pub phone: Option<String>,
    /// The personal id of 12 digits.
    pub personal_id: Option<String>,
    /// The member card's number.
    pub card_number: Option<String>,
}

/// Checks a person's details; `pointer` is where they stand in the body.
pub fn parse(faults: &mut Faults, pointer: &str, details: &PersonDetails, today: NaiveDate) -> Option<NewPerson> {
    let at = |field: &str| format!("{pointer}/{field}");
    let full_name = faults.take(&at("full_name"), person_name(&details.full_name));
    let birth_date = match details.birth_date.get() {
        born if born >= today => {
            faults.take(&at("birth_date"), Err(Wrong::new(Code::DateInFuture).with("today", today)))
        }
        born => Some(born),
    };
    let sex = match details.sex.as_deref() {
        None => Some(None),
        Some(sex @ ("female" | "male")) => Some(Some(sex.to_owned())),
        Some(_) => faults.take(&at("sex"), Err(Wrong::not_among(&["female", "male"]))),
    };
    let phone = faults.take(&at("phone"), details.phone.as_deref().map(phone).transpose());
    let personal_id = faults.take(&at("personal_id"), details.personal_id.as_deref().map(personal_id).transpose());
    let card = details.card_number.as_deref().map(|text| line(text, 20)).transpose();
    let card_number = faults.take(&at("card_number"), card);
    Some(NewPerson {
        full_name: full_name?,
        birth_date: birth_date?,
        sex: sex?,
        phone: phone?,
        personal_id: personal_id?,
        card_number: card_number?,
    })
}

/// A personal id has 12 digits; its inner structure is no longer prescribed (Decree 70/2024/NĐ-CP).
fn personal_id(text: &str) -> std::result::Result<String, Wrong> {
    let text = text.trim();
    if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err(Wrong::new(Code::PersonalIdFormat))
    }
}

fn phone(text: &str) -> std::result::Result<String, Wrong> {
    let text = text.trim();
    if text.len() == 10 && text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err(Wrong::new(Code::BadFormat).with("expected", "0xxxxxxxxx"))
    }
}

/// Compares what was sent of a person with what is recorded of the person with that personal id, and adds a fault at
/// each field that differs. A fault does not tell what is recorded. Names are compared without accents, case and
/// doubled spaces. A field that only one side has is no difference.
pub(super) fn compare(faults: &mut Faults, pointer: &str, recorded: &NewPerson, sent: &NewPerson) {
    let optional = |recorded: &Option<String>, sent: &Option<String>| {
        recorded.as_ref().zip(sent.as_ref()).is_some_and(|(recorded, sent)| recorded != sent)
    };
    let differences = [
        ("full_name", search_key(&recorded.full_name) != search_key(&sent.full_name)),
        ("birth_date", recorded.birth_date != sent.birth_date),
        ("sex", optional(&recorded.sex, &sent.sex)),
        ("phone", optional(&recorded.phone, &sent.phone)),
        ("card_number", optional(&recorded.card_number, &sent.card_number)),
    ];
    for (field, _) in differences.into_iter().filter(|(_, differs)| *differs) {
        faults.add(&format!("{pointer}/{field}"), Wrong::new(Code::PersonDiffers));
    }
}

/// Adds to a recorded person what was sent and is not recorded yet; nothing where all of it is recorded.
pub(super) fn complete(recorded: &NewPerson, sent: &NewPerson) -> Option<NewPerson> {
    let either = |recorded: &Option<String>, sent: &Option<String>| recorded.clone().or_else(|| sent.clone());
    let completed = NewPerson {
        sex: either(&recorded.sex, &sent.sex),
        phone: either(&recorded.phone, &sent.phone),
        card_number: either(&recorded.card_number, &sent.card_number),
        ..recorded.clone()
    };
    (completed != *recorded).then_some(completed)
}

/// What the age at admission is judged by.
#[derive(Debug, Clone, Copy)]
pub struct AgeFacts {
    /// The day of birth.
    pub birth_date: NaiveDate,
    /// The day on which the cell considered the admission.
    pub considered_on: NaiveDate,
    /// Whether the deciding paper for an age over the limit is named.
    pub has_paper: bool,
}

/// Checks the age at admission to the Party: 18 full to 60 full, counted by month; over 60 the
/// province-level standing committee decides.
///
/// # Errors
/// `age_too_low` or `age_needs_paper`, each with its source; `date_before_birth`.
pub fn check_age(book: &RuleBook, branch: Branch, kind: &str, facts: AgeFacts) -> Result<()> {
    let months = months_between(facts.birth_date, facts.considered_on);
    if months < 0 {
        let mut faults = Faults::new();
        faults.add("/occurred_on", Wrong::new(Code::DateBeforeBirth));
        return faults.finish();
    }
    let on = facts.considered_on;
    let compared = [("age", (months / 12).to_string()), ("day", on.to_string())];
    if let Some(rule) = book.rule(Code::AgeTooLow, branch, kind, on)
        && months < rule.threshold * 12
    {
        return Err(rule.refuse(Code::AgeTooLow, &compared));
    }
    match book.rule(Code::AgeNeedsPaper, branch, kind, on) {
        Some(rule) if months > rule.threshold * 12 && !facts.has_paper => {
            Err(rule.refuse(Code::AgeNeedsPaper, &compared))
        }
        _ => Ok(()),
    }
}

/// Checks that a person was born before a day on which the person joined. Of an erased person it counts as held.
///
/// # Errors
/// `date_before_birth` at `pointer`.
pub fn check_born(birth_date: Option<NaiveDate>, joined_on: NaiveDate, pointer: &str) -> Result<()> {
    let mut faults = Faults::new();
    if birth_date.is_some_and(|birth_date| birth_date >= joined_on) {
        faults.add(pointer, Wrong::new(Code::DateBeforeBirth));
    }
    faults.finish()
}

/// Months from one calendar month to another: the age is counted by month, whatever the day.
fn months_between(from: NaiveDate, to: NaiveDate) -> i64 {
    let months = |day: NaiveDate| i64::from(day.year()) * 12 + i64::from(day.month0());
    months(to) - months(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(born: &str, on: &str, has_paper: bool) -> Option<Code> {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        let facts = AgeFacts { birth_date: day(born), considered_on: day(on), has_paper };
        let book = RuleBook::read().expect("the book");
        check_age(&book, Branch::Party, "grassroots_cell", facts).err().map(|error| {
            match error.field_faults().first() {
                Some(fault) => fault.code,
                None => {
                    assert!(error.rule().is_some_and(|rule| !rule.source.is_empty()), "a refusal cites its source");
                    error.code()
                }
            }
        })
    }

    fn somebody(full_name: &str, phone: Option<&str>) -> NewPerson {
        let birth_date = "1990-05-17".parse().expect("a day");
        let phone = phone.map(str::to_owned);
        let full_name = full_name.to_owned();
        NewPerson { full_name, birth_date, sex: None, phone, personal_id: None, card_number: None }
    }

    #[test]
    fn people_are_told_apart_by_folded_name_and_birth_date() {
        let differing = |recorded: &NewPerson, sent: &NewPerson| {
            let mut faults = Faults::new();
            compare(&mut faults, "/person", recorded, sent);
            faults.finish().err().map_or(0, |error| error.field_faults().len())
        };
        let recorded = somebody("Nguyễn Giả Định", None);
        assert_eq!(differing(&recorded, &somebody("NGUYEN  giả định", Some("0912345678"))), 0);
        assert_eq!(differing(&recorded, &somebody("Nguyễn Giả Đính Chính", None)), 1);
        let younger =
            NewPerson { birth_date: "1991-05-17".parse().expect("a day"), ..somebody("Lê Giả Định", None) };
        assert_eq!(differing(&recorded, &younger), 2);
        assert_eq!(differing(&somebody("A", Some("0912345678")), &somebody("A", Some("0912345679"))), 1);
    }

    #[test]
    fn what_is_not_recorded_yet_is_added_and_nothing_is_replaced() {
        let (recorded, sent) = (somebody("Nguyễn Giả Định", None), somebody("nguyen gia dinh", Some("0912345678")));
        let completed = complete(&recorded, &sent).expect("a phone number is new");
        assert_eq!((completed.full_name.as_str(), completed.phone.as_deref()), ("Nguyễn Giả Định", Some("0912345678")));
        assert!(complete(&completed, &sent).is_none());
    }

    #[test]
    fn the_age_at_admission_is_counted_by_month() {
        assert_eq!(judge("2004-06-30", "2022-06-01", false), None, "the month of the 18th birthday");
        assert_eq!(judge("2004-07-01", "2022-06-30", false), Some(Code::AgeTooLow));
        assert_eq!(judge("1962-06-01", "2022-06-30", false), None, "the month of the 60th birthday");
        assert_eq!(judge("1962-05-31", "2022-06-01", false), Some(Code::AgeNeedsPaper));
        assert_eq!(judge("1962-05-31", "2022-06-01", true), None);
        assert_eq!(judge("2023-01-01", "2022-06-01", false), Some(Code::DateBeforeBirth));
    }
}
