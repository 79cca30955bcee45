//! What is true of movements.

use chrono::{Months, NaiveDate};
use serde::Deserialize;
use shared::published::Decision;
use shared::validate::{Faults, Wrong};
use shared::{Code, Day, Error, Id, Result};

use crate::people::{KeptMembership, PersonDetails};
use crate::rule_book::RuleBook;

/// Recognises a probationary Party member as official.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecogniseMember {
    /// The membership.
    pub membership_id: Id,
    /// The day of official standing: the end of the probation, also when it is decided late.
    pub occurred_on: Day,
    /// The decision paper; the rule book demands it.
    #[serde(default)]
    pub decision: Option<Decision>,
}

/// Begins a transfer.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferMember {
    /// The membership.
    pub membership_id: Id,
    /// The day it begins.
    pub occurred_on: Day,
    /// Whether the receiver is outside these books: then the member leaves them at once.
    #[serde(default)]
    pub is_outward: bool,
    /// The paper; the rule book demands it.
    #[serde(default)]
    pub decision: Option<Decision>,
}

/// Receives a member in flight.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompleteTransfer {
    /// The membership in flight.
    pub membership_id: Id,
    /// The organisation that receives the member.
    pub organisation_id: Id,
    /// The day it receives the member.
    pub occurred_on: Day,
}

/// Receives a member from outside these books.
#[derive(Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferIn {
    /// The organisation that receives the member.
    pub organisation_id: Id,
    /// Who comes.
    pub person: PersonDetails,
    /// The day it receives the member.
    pub occurred_on: Day,
    /// The day the person joined the Party.
    pub joined_on: Day,
    /// The day of official standing; left out: the member is probationary.
    #[serde(default)]
    pub official_on: Option<Day>,
    /// The paper; the rule book demands it.
    #[serde(default)]
    pub decision: Option<Decision>,
    /// Whether the person owns the business.
    #[serde(default)]
    pub is_owner: bool,
    /// Whether the person is a worker.
    #[serde(default)]
    pub is_worker: bool,
}

/// Ends a membership, or the memberships of a number of union members.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DepartMember {
    /// The membership; else `organisation_id` and `count`.
    #[serde(default)]
    pub membership_id: Option<Id>,
    /// The union whose members depart without names.
    #[serde(default)]
    pub organisation_id: Option<Id>,
    /// How many depart without names: 1-100,000.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100_000)]
    pub count: Option<i64>,
    /// `removed`, `expelled`, `withdrew` or `deceased`.
    #[schema(max_length = 60)]
    pub reason: String,
    /// The day it ends.
    pub occurred_on: Day,
    /// The paper; the rule book demands it, but not of a death.
    #[serde(default)]
    pub decision: Option<Decision>,
}

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
