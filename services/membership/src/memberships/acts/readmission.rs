//! A person who had left the Party is taken back.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::acts::{Rank, Told};
use shared::answers::Answers;
use shared::journal::Entries;
use shared::personal::has_data_key;
use shared::published::Decision;
use shared::published::party_member::PartyMemberReadmitted;
use shared::storage::Tx;
use shared::validate::{Faults, line};
use shared::{Code, Day, Error, Id, Result};

use super::super::change::{self, NewAct};
use super::{Act, Case, MemberAct, Telling, organisation_of, writable};
use crate::Setting;
use crate::ledger::Admitted;
use crate::people::{DECEASED, KeptMembership};

/// Takes back a person who had left the Party.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadmitPerson {
    /// The membership that had ended.
    pub membership_id: Id,
    /// The organisation that the person joins.
    pub organisation_id: Id,
    /// The day of the ceremony: not after today.
    pub occurred_on: Day,
    /// The decision paper; the rule book demands it.
    #[serde(default)]
    pub decision: Option<Decision>,
    /// The written consent of the provincial standing committee.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub authorising_paper: Option<String>,
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
        if before.status != "departed" || before.branch != "party" {
            return Err(Error::new(Code::AlreadyMember).with("day", on));
        }
        if before.end_reason.as_deref() == Some(DECEASED) {
            return Err(Error::new(Code::MembershipNotActive).with("day", on));
        }
        Ok(KeptMembership {
            organisation_id: self.organisation_id,
            status: "active".to_owned(),
            standing: "probationary".to_owned(),
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
        telling.entry(&PartyMemberReadmitted(telling.member()))
    }
}

/// Long enough after leaving, once, with the consent.
fn check_readmission(case: &Case<'_>) -> Result<()> {
    let (organisation, membership, on) = (case.organisation, case.before, case.on);
    let left_on = membership.ended_on.filter(|_| membership.status == "departed");
    let Some(left_on) = left_on else { return Err(Error::new(Code::AlreadyMember)) };
    let rule = |code| case.setting.book.rule(code, &organisation.branch, &organisation.kind, on);
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
        Some(rule) if case.authorising_paper.is_none() => {
            Err(rule.refuse(Code::ReadmissionNeedsPaper, &[("papers", "0".to_owned())]))
        }
        _ => Ok(()),
    }
}

/// Readmits a person who had left.
///
/// # Errors
/// All faults of the request at once; refusals of the rule book; `already_member`.
pub fn readmit(tx: &mut Tx<'_>, setting: &Setting, request: &ReadmitPerson) -> Result<(Admitted, Entries)> {
    let membership = writable(tx, setting, request.membership_id)?;
    if membership.branch != "party" || !has_data_key(tx.conn(), membership.person_id)? {
        return Err(Error::fault("/membership_id", Code::UnknownMembership));
    }
    organisation_of(tx, setting, request.organisation_id)?;
    let mut faults = Faults::new();
    let paper = request.authorising_paper.as_deref().map(|text| line(text, 200)).transpose();
    let authorising_paper = faults.take("/authorising_paper", paper).flatten();
    let act = MemberAct::Readmission(Readmission { organisation_id: request.organisation_id });
    let new = NewAct {
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
