//! The act that readmits a person who had left the Party.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::acts::{Rank, Told};
use shared::answers::Answers;
use shared::error::all_of;
use shared::journal::Entries;
use shared::made_ids::NamesIds;
use shared::personal::has_data_key;
use shared::published::party_member::PartyMemberReadmitted;
use shared::published::{Branch, Decision};
use shared::storage::Tx;
use shared::validate::{Faults, line};
use shared::{Code, Day, Error, Id, Result};

use super::super::change::{self, NewAct};
use super::{Act, Case, MemberAct, Telling, organisation_of, writable};
use crate::ledger::Admitted;
use crate::people::{EndReason, KeptMembership, MemberStanding, MembershipStatus};
use crate::state::Setting;

/// Takes back a person who had left the Party.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"membership_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e60",
    "organisation_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f", "occurred_on": "2026-06-02",
    "decision": {"number": "18-QĐ/ĐU", "decided_on": "2026-06-01", "issuing_body": "Đảng ủy xã Giả Định"},
    "authorising_paper": "Công văn 1-CV/TU"}))]
pub struct ReadmitPerson {
    /// The id of the act, where the caller makes it: a UUID of version 7, at most 60 days old.
    #[serde(default)]
    pub id: Option<Id>,
    /// The membership that had ended.
    pub membership_id: Id,
    /// The organisation that the person joins.
    pub organisation_id: Id,
    /// The day of the ceremony: not after today.
    pub occurred_on: Day,
    /// The decision; the rule book demands it.
    #[serde(default)]
    pub decision: Option<Decision>,
    /// The written consent of the provincial standing committee.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub authorising_paper: Option<String>,
}

impl NamesIds for ReadmitPerson {
    fn named_ids(&self) -> Vec<(&'static str, Option<Id>)> {
        vec![("/id", self.id)]
    }
}

/// A readmission: no first admission. The member begins probation anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readmission {
    /// The organisation that the person joins.
    pub organisation_id: Id,
}

impl Act for Readmission {
    fn rank(&self) -> Rank {
        Rank::BeginsAgain
    }

    fn organisation(&self) -> Option<Id> {
        Some(self.organisation_id)
    }

    fn apply(&self, before: &KeptMembership, on: NaiveDate) -> Result<KeptMembership> {
        if before.status != MembershipStatus::Departed || before.branch != Branch::Party {
            return Err(Error::new(Code::AlreadyMember).with("day", on));
        }
        if before.end_reason == Some(EndReason::Deceased) {
            return Err(Error::new(Code::MembershipNotActive).with("day", on));
        }
        Ok(KeptMembership {
            organisation_id: self.organisation_id,
            status: MembershipStatus::Active,
            standing: MemberStanding::Probationary,
            joined_on: on,
            official_on: None,
            ended_on: None,
            end_reason: None,
            readmissions: before.readmissions + 1,
            ..before.clone()
        })
    }

    fn check(&self, faults: &mut Faults, case: &Case<'_>) -> Option<Decision> {
        let paper = case.joining(faults, case.decision);
        case.check_branch(faults, true);
        paper
    }

    fn judge(&self, case: &Case<'_>, paper: Option<&Decision>) -> Result<()> {
        case.require_paper(paper)?;
        if case.birth_date.is_none() {
            return Ok(());
        }
        check_readmission(case)
    }

    fn tell(&self, telling: &Telling<'_>) -> Result<Told> {
        telling.entry(&PartyMemberReadmitted(telling.member()?))
    }
}

/// Long enough after leaving, once, with the consent.
fn check_readmission(case: &Case<'_>) -> Result<()> {
    let (organisation, membership, on) = (case.organisation, case.before, case.on);
    let left_on = membership.ended_on.filter(|_| membership.status == MembershipStatus::Departed);
    let Some(left_on) = left_on else { return Err(Error::new(Code::AlreadyMember)) };
    let rule = |code| case.setting.book.rule(code, organisation.branch, &organisation.kind, on);
    let (readmissions, months) = (i64::from(membership.readmissions), full_months(left_on, on));
    let once = rule(Code::ReadmissionOnce)
        .filter(|rule| readmissions >= rule.threshold)
        .map(|rule| rule.refuse(Code::ReadmissionOnce, &[("readmissions", readmissions.to_string())]));
    let too_soon = rule(Code::ReadmissionTooSoon)
        .filter(|rule| months < rule.threshold)
        .map(|rule| rule.refuse(Code::ReadmissionTooSoon, &[("months", months.to_string())]));
    let no_paper = rule(Code::ReadmissionNeedsPaper)
        .filter(|_| case.authorising_paper.is_none())
        .map(|rule| rule.refuse(Code::ReadmissionNeedsPaper, &[("papers", "0".to_owned())]));
    all_of([once, too_soon, no_paper].into_iter().flatten().map(Err))
}

/// Readmits a person who had left.
///
/// # Errors
/// All faults of the request at once; refusals of the rule book; `already_member`.
pub fn readmit(tx: &mut Tx<'_>, setting: &Setting, request: &ReadmitPerson) -> Result<(Admitted, Entries)> {
    let membership = writable(tx, setting, request.membership_id)?;
    if membership.branch != Branch::Party || !has_data_key(tx.conn(), membership.person_id)? {
        return Err(Error::fault("/membership_id", Code::UnknownMembership));
    }
    organisation_of(tx, setting, request.organisation_id)?;
    let mut faults = Faults::new();
    let paper = request.authorising_paper.as_deref().map(|text| line(text, 200)).transpose();
    let authorising_paper = faults.take("/authorising_paper", paper).flatten();
    let act = MemberAct::Readmission(Readmission { organisation_id: request.organisation_id });
    let new = NewAct {
        id: request.id.unwrap_or_default(),
        act,
        on: request.occurred_on.get(),
        decision: request.decision.clone(),
        authorising_paper,
        note: None,
        answers: Answers::default(),
    };
    let (changed, entries) = change::add(tx, setting, membership, faults, new)?;
    Ok((changed.admitted(), entries))
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
