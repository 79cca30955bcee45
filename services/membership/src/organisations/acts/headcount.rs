//! What the acts that count members of a union without names have in common.

use shared::acts::Told;
use shared::journal::Published;
use shared::published::Branch;
use shared::published::union_member::UnionMembers;
use shared::validate::{Faults, Wrong};
use shared::{Code, Result};

use super::{Case, Telling};

/// Members without names are those of a union.
pub(super) fn check_union(faults: &mut Faults, case: &Case<'_>) {
    if case.before.is_superior_body || case.before.branch != Branch::Union {
        faults.add("/organisation_id", Wrong::new(Code::BranchMismatch));
    }
}

impl Telling<'_> {
    /// A number of members of the union.
    pub(super) fn members(&self, count: i64, female_count: Option<i64>) -> UnionMembers {
        let (organisation, decision) = (self.after.id, self.decision.clone());
        UnionMembers { membership: None, person: None, count, female_count, organisation, decision }
    }

    /// Tells of a number of members of the union.
    pub(super) fn of_members<P: Published>(&self, payload: &P, count: i64) -> Result<Told> {
        let subject = format!("/v1/organisations/{}/members", self.after.id);
        Told::of(payload, subject, self.on, self.place(count))
    }
}
