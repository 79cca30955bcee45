//! What is true of admissions.

use chrono::NaiveDate;
use serde::Deserialize;
use shared::published::Decision;
use shared::validate::{self, Faults, Wrong, past_day};
use shared::{Code, Day, Id, Result};

use crate::organisations::KeptOrganisation;
use crate::people::{KeptMembership, PersonDetails};
use crate::rule_book::RuleBook;

/// Takes a person into the Party or the union.
#[derive(Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"organisation_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f",
    "person": {"full_name": "Nguyễn Thị Giả Định", "birth_date": "1995-02-03", "personal_id": "033195000001"},
    "occurred_on": "2022-05-19",
    "decision": {"number": "310-QĐ/HU", "decided_on": "2022-05-05", "issuing_body": "Huyện ủy Văn Lâm"}}))]
pub struct AdmitPerson {
    /// The organisation that the person joins: its branch says what the person becomes a member of.
    pub organisation_id: Id,
    /// Who is admitted, if not known here yet; else `person_id`.
    #[serde(default)]
    pub person: Option<PersonDetails>,
    /// Who is admitted, if known here, for instance as a union member.
    #[serde(default)]
    pub person_id: Option<Id>,
    /// The day of the ceremony (Party) or of the decision's effect (union): not after today.
    pub occurred_on: Day,
    /// The day on which the cell considered it: the age is judged on it; `occurred_on` if left out.
    #[serde(default)]
    pub considered_on: Option<Day>,
    /// The decision paper; the rule book demands it.
    #[serde(default)]
    pub decision: Option<Decision>,
    /// The deciding paper of the province-level standing committee, for a person over 60.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub authorising_paper: Option<String>,
    /// Whether the person owns the business (HD 08-HD/BTCTW, 27 September 2021).
    #[serde(default)]
    pub is_owner: bool,
    /// Whether the person is a worker.
    #[serde(default)]
    pub is_worker: bool,
}

/// Takes a number of workers into a union.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdmitCollectively {
    /// The union.
    pub organisation_id: Id,
    /// How many: 1-100,000.
    #[schema(minimum = 1, maximum = 100_000)]
    pub count: i64,
    /// How many of them are women, where known: not more than `count`.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100_000)]
    pub female_count: Option<i64>,
    /// The day of the decision's effect: not after today.
    pub occurred_on: Day,
    /// The decision paper; the rule book demands it.
    #[serde(default)]
    pub decision: Option<Decision>,
}

/// Registers who was a member before the books began.
#[derive(Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenMembers {
    /// The organisation they belong to.
    pub organisation_id: Id,
    /// The person, for a registration by name.
    #[serde(default)]
    pub person: Option<PersonDetails>,
    /// The person, if known here already.
    #[serde(default)]
    pub person_id: Option<Id>,
    /// How many, for a union's members without names: 1-100,000.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100_000)]
    pub count: Option<i64>,
    /// The day from which they count here: the beginning of the books.
    pub occurred_on: Day,
    /// The day the person joined; for a registration by name.
    #[serde(default)]
    pub joined_on: Option<Day>,
    /// The day of official standing; left out: the member is probationary. Party only.
    #[serde(default)]
    pub official_on: Option<Day>,
    /// Whether the person owns the business.
    #[serde(default)]
    pub is_owner: bool,
    /// Whether the person is a worker.
    #[serde(default)]
    pub is_worker: bool,
}

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
        && occurred_on < paper.decided_on.get()
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

/// Checks an act by which somebody belongs to an organisation from now on: on an earlier day too, nobody joins what has
/// ended since.
pub fn joining(
    faults: &mut Faults,
    organisation: &KeptOrganisation,
    occurred_on: NaiveDate,
    decision: Option<&Decision>,
    today: NaiveDate,
) -> Option<Decision> {
    let ended_on = organisation.ended_on.filter(|ended_on| *ended_on > occurred_on);
    if let Some(ended_on) = ended_on {
        faults.add("/organisation_id", Wrong::new(Code::AfterDissolution).with("dissolved_on", ended_on));
    }
    act_in(faults, organisation, occurred_on, decision, today)
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
