//! Rules for users: pure functions that accept or refuse a request.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};
use shared::validate::{Parsed, Wrong};
use shared::{Code, Error, Expected, Result};

/// For how long the link of an invitation is valid.
pub(super) const INVITATION_HOURS: i64 = 72;

/// For how long a second administrator may remove a second factor after the first one asked.
pub(super) const REMOVAL_HOURS: i64 = 24;

/// Says whether the second factor of a user may be removed now, by somebody else than who asked.
///
/// # Errors
/// `removal_not_asked`, `other_administrator_required`.
pub(super) fn check_removal(
    asked: Option<&(BTreeSet<String>, DateTime<Utc>)>,
    remover: &BTreeSet<String>,
    at: DateTime<Utc>,
) -> Result<()> {
    let is_recent = |asked_at: DateTime<Utc>| at - asked_at < Duration::hours(REMOVAL_HOURS);
    let (askers, _) =
        asked.filter(|(_, asked_at)| is_recent(*asked_at)).ok_or_else(|| Error::new(Code::RemovalNotAsked))?;
    if askers.is_disjoint(remover) { Ok(()) } else { Err(Error::new(Code::OtherAdministratorRequired)) }
}

/// For how long the link of an invitation is valid.
pub(super) fn invitation_lasts() -> Duration {
    Duration::hours(INVITATION_HOURS)
}

/// Parses a login: 3 to 60 small letters without accents, digits, dots, hyphens, underscores and `@`. Capital letters become
/// small ones.
///
/// # Errors
/// What is wrong with it.
pub fn login(value: &str) -> Parsed<String> {
    let login = value.trim().to_lowercase();
    let is_usable =
        |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || ".-_@".contains(character);
    match login.chars().count() {
        0 => Err(Wrong::new(Code::Required)),
        1..3 => Err(Wrong::new(Code::TooShort).with("min", 3)),
        61.. => Err(Wrong::new(Code::TooLong).with("max", 60)),
        _ if !login.chars().all(is_usable) => Err(Wrong::new(Code::BadFormat).with("expected", Expected::Login)),
        _ => Ok(login),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_small_letters_digits_and_few_signs() {
        for (text, parsed) in [
            ("an.nguyen", Some("an.nguyen")),
            (" An.Nguyen ", Some("an.nguyen")),
            ("an_01@hungyen", Some("an_01@hungyen")),
            ("an", None),
            ("", None),
            ("ân.nguyễn", None),
            ("an nguyen", None),
        ] {
            assert_eq!(login(text).ok().as_deref(), parsed, "{text}");
        }
        assert!(login(&"a".repeat(61)).is_err());
    }
}
