//! The act that admits a number of workers to a union, without names.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::acts::{Rank, Told};
use shared::answers::Answers;
use shared::journal::Entries;
use shared::made_ids::NamesIds;
use shared::published::Decision;
use shared::published::union_member::{UnionMemberAdmitted, UnionMemberWithdrawn};
use shared::storage::Tx;
use shared::validate::Faults;
use shared::{Day, Id, Result};

use super::super::change::{self, NewAct};
use super::super::life::joining_within;
use super::super::store::find_for_act;
use super::headcount::check_union;
use super::{Act, Case, Folded, OrganisationAct, Telling};
use crate::ledger::{Admitted, Headcount};
use crate::state::Setting;

/// Takes a number of workers into a union.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"organisation_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f", "count": 40,
    "female_count": 25, "occurred_on": "2026-05-04", "decision": {"number": "08-QĐ/LĐLĐ",
    "decided_on": "2026-05-02", "issuing_body": "Đảng ủy xã Giả Định"}}))]
pub struct AdmitCollectively {
    /// The id of the act, where the caller makes it: a UUID of version 7, at most 60 days old.
    #[serde(default)]
    pub id: Option<Id>,
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
    /// The decision; the rule book demands it.
    #[serde(default)]
    pub decision: Option<Decision>,
    /// The answers to warnings, each by its code with a reason of at most 300 characters: `same_act_recorded` where the same
    /// was recorded before. They are kept with the act.
    #[serde(default)]
    #[schema(value_type = Object, required = false)]
    pub answers: Answers,
}

impl NamesIds for AdmitCollectively {
    fn named_ids(&self) -> Vec<(&'static str, Option<Id>)> {
        vec![("/id", self.id)]
    }
}

/// The admission of a number of workers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectiveAdmission {
    /// How many.
    pub count: i64,
    /// How many of them are women, where known.
    pub female_count: Option<i64>,
}

impl Act for CollectiveAdmission {
    fn rank(&self) -> Rank {
        Rank::Moves
    }

    fn completed(&self, _: &Folded) -> OrganisationAct {
        OrganisationAct::CollectiveAdmission(self.clone())
    }

    fn apply(&self, before: &Folded, on: NaiveDate) -> Result<Folded> {
        before.active(on)?;
        Ok(Folded { unnamed: before.unnamed + self.count, ..before.clone() })
    }

    fn check(&self, faults: &mut Faults, case: &Case<'_>) -> Option<Decision> {
        let paper = joining_within(faults, case);
        check_union(faults, case);
        Headcount::parse(faults, self.count, self.female_count);
        paper
    }

    fn judge(&self, case: &Case<'_>, paper: Option<&Decision>) -> Result<()> {
        case.require_paper(&case.before.kind, paper)
    }

    fn tell(&self, telling: &Telling<'_>) -> Result<Told> {
        let members = telling.members(self.count, self.female_count);
        telling.of_members(&UnionMemberAdmitted(members), self.count)
    }

    fn tell_withdrawn(&self, telling: &Telling<'_>) -> Result<Told> {
        let members = telling.members(self.count, self.female_count);
        telling.of_members(&UnionMemberWithdrawn(members), self.count)
    }
}

/// Admits a number of workers.
///
/// # Errors
/// All faults of the request at once; refusals of the rule book.
pub fn admit_collectively(
    tx: &mut Tx<'_>,
    setting: &Setting,
    request: &AdmitCollectively,
) -> Result<(Admitted, Entries)> {
    let kept = find_for_act(tx.conn(), &setting.scope, request.organisation_id, "/organisation_id")?;
    let (count, female_count) = (request.count, request.female_count);
    let act = OrganisationAct::CollectiveAdmission(CollectiveAdmission { count, female_count });
    let (on, decision) = (request.occurred_on.get(), request.decision.clone());
    let id = request.id.unwrap_or_default();
    let new = NewAct { id, act, on, decision, authorising_paper: None, note: None, answers: request.answers.clone() };
    let (changed, entries) = change::add(tx, setting, kept, Faults::new(), new)?;
    Ok((changed.admitted(count), entries))
}
