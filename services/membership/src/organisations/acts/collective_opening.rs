//! The act that registers how many members a union had before the start date of recording.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::acts::{Rank, Told};
use shared::answers::Answers;
use shared::journal::Entries;
use shared::published::Decision;
use shared::published::union_member::{UnionMemberOpeningRegistered, UnionMemberWithdrawn};
use shared::storage::Tx;
use shared::validate::{Faults, Wrong};
use shared::{Code, Id, Result};

use super::super::change::{self, NewAct};
use super::super::life::joining_within;
use super::super::store::find_for_act;
use super::headcount::check_union;
use super::{Act, Case, Folded, OrganisationAct, Telling};
use crate::ledger::{Admitted, Headcount};
use crate::state::Setting;

/// A number of members of a union from before the books began.
#[derive(Debug)]
pub struct HeadcountOpening {
    /// The act's id.
    pub id: Id,
    /// The union.
    pub organisation: Id,
    /// How many.
    pub count: i64,
    /// The day from which they count.
    pub on: NaiveDate,
    /// Whether the request names a person or a membership too.
    pub names_person: bool,
    /// The answers to warnings.
    pub answers: Answers,
}

/// A number of members who were there before the books began: no admission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectiveOpening {
    /// How many.
    pub count: i64,
}

impl Act for CollectiveOpening {
    fn rank(&self) -> Rank {
        Rank::Moves
    }

    fn completed(&self, _: &Folded) -> OrganisationAct {
        OrganisationAct::CollectiveOpening(self.clone())
    }

    fn apply(&self, before: &Folded, on: NaiveDate) -> Result<Folded> {
        before.active(on)?;
        Ok(Folded { unnamed: before.unnamed + self.count, ..before.clone() })
    }

    fn check(&self, faults: &mut Faults, case: &Case<'_>) -> Option<Decision> {
        case.check_opening(faults, "/occurred_on");
        joining_within(faults, case);
        check_union(faults, case);
        Headcount::parse(faults, self.count, None);
        None
    }

    fn judge(&self, _: &Case<'_>, _: Option<&Decision>) -> Result<()> {
        Ok(())
    }

    fn tell(&self, telling: &Telling<'_>) -> Result<Told> {
        telling.of_members(&UnionMemberOpeningRegistered(telling.members(self.count, None)), self.count)
    }

    fn tell_withdrawn(&self, telling: &Telling<'_>) -> Result<Told> {
        telling.of_members(&UnionMemberWithdrawn(telling.members(self.count, None)), self.count)
    }
}

/// Registers how many were members before recording began.
///
/// # Errors
/// All faults of the request at once; a person beside the number is one.
pub fn open_collectively(tx: &mut Tx<'_>, setting: &Setting, opening: HeadcountOpening) -> Result<(Admitted, Entries)> {
    let HeadcountOpening { id, organisation, count, on, names_person, answers } = opening;
    let kept = find_for_act(tx.conn(), &setting.scope, organisation, "/organisation_id")?;
    let mut faults = Faults::new();
    if names_person {
        faults.add("/count", Wrong::new(Code::OneOfRequired).with("names", "person, person_id, count"));
    }
    let act = OrganisationAct::CollectiveOpening(CollectiveOpening { count });
    let new = NewAct { id, act, on, decision: None, authorising_paper: None, note: None, answers };
    let (changed, entries) = change::add(tx, setting, kept, faults, new)?;
    Ok((changed.admitted(count), entries))
}
