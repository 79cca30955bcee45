//! What an act brought about, as it stands today, for who sends the same request with the same id again.

use shared::Result;
use shared::access::Scope;
use shared::acts::KeptAct;
use shared::storage::Tx;

use super::change::Member;
use super::membership_of;
use crate::ledger::{Admitted, Moved};
use crate::people::{KeptMembership, MembershipStatus};
use crate::state::Setting;

/// Who was admitted, opened or readmitted by an act; also by one that counts members without names.
pub(super) fn admitted(tx: &mut Tx<'_>, _: &Setting, act: &KeptAct) -> Result<Admitted> {
    if act.is_on_its_organisation() {
        return Ok(Admitted::by_number(act));
    }
    let membership = membership_of(tx, act)?;
    Ok(Admitted {
        membership_id: Some(membership.id),
        person_id: Some(membership.person_id),
        ..Admitted::by_number(act)
    })
}

/// Who was moved by an act; also by one that counts members without names.
pub(super) fn moved(tx: &mut Tx<'_>, setting: &Setting, act: &KeptAct) -> Result<Moved> {
    if act.is_on_its_organisation() {
        return Ok(Moved::by_number(act));
    }
    let membership = membership_of(tx, act)?;
    let membership_id = Some(membership.id);
    Ok(Moved { membership_id, status: status_within(tx, &setting.scope, membership)?, ..Moved::by_number(act) })
}

/// The membership's status after the last of its acts within reach: what became of it elsewhere is not told.
fn status_within(tx: &mut Tx<'_>, scope: &Scope, membership: KeptMembership) -> Result<MembershipStatus> {
    let member = Member::load(tx.conn(), membership)?;
    let mut acts = member.record.acts().to_vec();
    let steps = member.record.fold_kept(&mut acts)?;
    let is_within = |id| member.record.row(id).is_some_and(|row| scope.may_read(&row.area()));
    let last = steps.iter().rfind(|step| is_within(step.living.id));
    Ok(last.map_or(&member.record.start, |step| &step.after).status)
}
