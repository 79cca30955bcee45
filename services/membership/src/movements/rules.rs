//! What is true of movements.

use chrono::{Months, NaiveDate};
use shared::validate::{Faults, Wrong};
use shared::{Code, Error, Result};

use crate::people::KeptMembership;
use crate::rule_book::RuleBook;

/// The reasons for which a membership ends.
pub(super) const REASONS: [&str; 4] = ["removed", "expelled", "withdrew", "deceased"];

/// Adds a fault when an act would lie before the last act on the membership.
pub(super) fn after_last_act(faults: &mut Faults, membership: &KeptMembership, on: NaiveDate) {
    if on < membership.last_act_on {
        faults.add("/occurred_on", Wrong::new(Code::BeforeLastAct).with("last_on", membership.last_act_on));
    }
}

/// Checks that a membership is active.
///
/// # Errors
/// `membership_not_active`.
pub(super) fn active(membership: &KeptMembership, on: NaiveDate) -> Result<()> {
    if membership.status == "active" { Ok(()) } else { Err(Error::new(Code::MembershipNotActive).with("day", on)) }
}

/// Checks that the probation is over: official standing begins with the exact end of it.
///
/// # Errors
/// `membership_not_active` where the member is not probationary; `probation_not_over`, with its source.
pub(super) fn recognition(book: &RuleBook, kind: &str, membership: &KeptMembership, on: NaiveDate) -> Result<()> {
    active(membership, on)?;
    if membership.branch != "party" || membership.standing != "probationary" {
        return Err(Error::new(Code::MembershipNotActive).with("day", on));
    }
    let Some(rule) = book.rule(Code::ProbationNotOver, "party", kind, on) else { return Ok(()) };
    let months = u32::try_from(rule.threshold).unwrap_or_default();
    let ends_on = membership.joined_on.checked_add_months(Months::new(months)).unwrap_or(on);
    if on < ends_on {
        let compared = [("months", rule.threshold.to_string()), ("ends_on", ends_on.to_string())];
        return Err(rule.refuse(Code::ProbationNotOver, &compared));
    }
    Ok(())
}
