//! What is true of admissions.

use chrono::NaiveDate;
use shared::published::Decision;
use shared::validate::{self, Faults, Wrong, past_day};
use shared::{Code, Result};

use crate::organisations::KeptOrganisation;
use crate::people::KeptMembership;
use crate::rule_book::RuleBook;

/// Checks what every act in an organisation shares: its day is not in the future, not before the paper, and
/// the organisation exists on it. Faults are added; the paper comes back.
pub fn act_in(
    faults: &mut Faults,
    organisation: &KeptOrganisation,
    occurred_on: NaiveDate,
    decision: Option<&Decision>,
    today: NaiveDate,
) -> Option<Decision> {
    let paper = decision.and_then(|paper| validate::decision(faults, "/decision", paper, today));
    let pointer = "/occurred_on";
    faults.take(pointer, past_day(occurred_on, today));
    if let Some(paper) = &paper
        && occurred_on < paper.decided_on
    {
        faults.add(pointer, Wrong::new(Code::BeforeDecision).with("decided_on", paper.decided_on));
    }
    if occurred_on < organisation.established_on {
        faults.add(pointer, Wrong::new(Code::BeforeOrganisation).with("established_on", organisation.established_on));
    }
    if let Some(ended_on) = organisation.ended_on.filter(|ended_on| *ended_on <= occurred_on) {
        faults.add(pointer, Wrong::new(Code::AfterDissolution).with("dissolved_on", ended_on));
    }
    paper
}

/// Checks a readmission: long enough after leaving, once, with the consent.
///
/// # Errors
/// `membership_not_active` fault where the person has not left; refusals that cite their source.
pub fn check_readmission(
    book: &RuleBook,
    organisation: &KeptOrganisation,
    membership: &KeptMembership,
    on: NaiveDate,
    has_consent: bool,
) -> Result<()> {
    let left_on = membership.ended_on.filter(|_| membership.status == "departed");
    let Some(left_on) = left_on else { return Err(shared::Error::new(Code::AlreadyMember)) };
    let rule = |code| book.rule(code, &organisation.branch, &organisation.kind, on);
    if let Some(rule) = rule(Code::ReadmissionOnce)
        && i64::from(membership.readmissions) >= rule.threshold
    {
        return Err(rule.refuse(Code::ReadmissionOnce, &[("readmissions", membership.readmissions.to_string())]));
    }
    if let Some(rule) = rule(Code::ReadmissionTooSoon) {
        let months = full_months(left_on, on);
        if months < rule.threshold {
            return Err(rule.refuse(Code::ReadmissionTooSoon, &[("months", months.to_string())]));
        }
    }
    match rule(Code::ReadmissionNeedsPaper) {
        Some(rule) if !has_consent => Err(rule.refuse(Code::ReadmissionNeedsPaper, &[("papers", "0".to_owned())])),
        _ => Ok(()),
    }
}

/// Full months from one day to another.
fn full_months(from: NaiveDate, to: NaiveDate) -> i64 {
    let years = to.years_since(from).map_or(0, i64::from);
    let anniversary =
        u32::try_from(years).ok().and_then(|years| from.checked_add_months(chrono::Months::new(12 * years)));
    let mut months = years * 12;
    let mut next = anniversary.unwrap_or(from);
    while let Some(later) = next.checked_add_months(chrono::Months::new(1)).filter(|later| *later <= to) {
        months += 1;
        next = later;
    }
    months
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_full_months() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        for (from, to, months) in [
            ("2019-03-15", "2022-03-14", 35),
            ("2019-03-15", "2022-03-15", 36),
            ("2022-01-31", "2022-02-27", 0),
            ("2022-01-31", "2022-02-28", 1),
            ("2022-05-01", "2022-04-01", 0),
        ] {
            assert_eq!(full_months(day(from), day(to)), months, "{from} {to}");
        }
    }
}
