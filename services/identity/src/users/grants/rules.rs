//! Rules for users' grants: pure functions that accept or refuse a request.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use shared::access::Role;
use shared::validate::{Faults, Wrong};
use shared::{Code, Error, Result};

/// The days on which a grant counts, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Days {
    pub from_on: NaiveDate,
    pub to_on: Option<NaiveDate>,
}

impl Days {
    /// Parses the days of a new grant: it begins today if nothing else is said, not earlier, and ends no earlier than it begins.
    pub(super) fn parse(
        faults: &mut Faults,
        from_on: Option<NaiveDate>,
        to_on: Option<NaiveDate>,
        today: NaiveDate,
    ) -> Self {
        let from_on = from_on.unwrap_or(today);
        if from_on < today {
            faults.add("/from_on", Wrong::new(Code::DateInPast).with("today", today));
        }
        if to_on.is_some_and(|to_on| to_on < from_on) {
            faults.add("/to_on", Wrong::new(Code::EndBeforeBeginning).with("from_on", from_on));
        }
        Self { from_on, to_on }
    }
}

/// Says whether a grant counts on a day.
pub(super) fn is_in_force(role: Role, is_confirmed: bool, days: Days, on: NaiveDate) -> bool {
    (is_confirmed || !role.needs_confirmation()) && days.from_on <= on && days.to_on.is_none_or(|to_on| on <= to_on)
}

/// Refuses whoever may not confirm a grant: everybody who may have made it, and the user who gets it.
pub(super) fn check_confirmer(
    confirmer: &BTreeSet<String>,
    granted_by: &BTreeSet<String>,
    grantee: &str,
) -> Result<()> {
    if confirmer.contains(grantee) {
        return Err(Error::new(Code::OwnAccount));
    }
    if !confirmer.is_disjoint(granted_by) {
        return Err(Error::new(Code::OtherAdministratorRequired));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn a_role_that_reads_people_counts_only_once_it_is_confirmed_and_on_its_days() {
        let days = Days { from_on: day("2026-03-01"), to_on: Some(day("2026-03-31")) };
        for (role, is_confirmed, on, counts) in [
            (Role::Officer, true, "2026-02-28", false),
            (Role::Officer, true, "2026-03-01", true),
            (Role::Officer, true, "2026-03-31", true),
            (Role::Officer, true, "2026-04-01", false),
            (Role::Officer, false, "2026-03-15", false),
            (Role::Inspector, false, "2026-03-15", false),
            (Role::Viewer, false, "2026-03-15", true),
            (Role::Administrator, false, "2026-03-15", false),
            (Role::Administrator, true, "2026-03-15", true),
        ] {
            assert_eq!(is_in_force(role, is_confirmed, days, day(on)), counts, "{role:?} {is_confirmed} {on}");
        }
        let endless = Days { to_on: None, ..days };
        assert!(is_in_force(Role::Viewer, false, endless, day("2100-01-01")));
    }

    #[test]
    fn who_made_a_grant_and_who_gets_it_do_not_confirm_it() {
        let all = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<String>>();
        let check = |confirmer: &[&str], granter: &[&str]| check_confirmer(&all(confirmer), &all(granter), "user:c");
        assert!(check(&["user:b"], &["user:a"]).is_ok());
        assert!(check(&["client:x", "user:b"], &["client:y", "user:a"]).is_ok());
        assert!(check(&["user:a"], &["user:a"]).is_err());
        assert!(check(&["user:a"], &["client:x", "user:a", "user:b"]).is_err(), "who made it may have held the secret");
        assert!(check(&["client:x", "user:a", "user:b"], &["user:a"]).is_err());
        assert!(check(&["client:x", "user:c"], &["user:a"]).is_err());
    }
}
