//! The journal entries of the acts on a membership.

use shared::acts::{Content, KeptAct, Lost, Step, Tells, Told};
use shared::published::Decision;
use shared::published::party_member::PartyMemberWithdrawn;
use shared::published::union_member::UnionMemberWithdrawn;
use shared::storage::Tx;
use shared::{Id, Result};

use super::acts::{Case, MemberAct, Telling, birth_date_of};
use crate::organisations::{self, Known};
use crate::state::Setting;

/// Tells the acts on memberships.
pub(super) struct MemberTells<'a> {
    pub setting: &'a Setting,
    pub known: &'a Known,
}

impl Tells<MemberAct> for MemberTells<'_> {
    fn tell(&self, tx: &mut Tx<'_>, step: &Step<'_, MemberAct>, decision: Option<Decision>) -> Result<Told> {
        let telling = self.telling(tx, step, decision)?;
        step.living.act.act().tell(&telling)
    }

    fn tell_withdrawn(&self, tx: &mut Tx<'_>, step: &Step<'_, MemberAct>, decision: Option<Decision>) -> Result<Told> {
        let telling = self.telling(tx, step, decision)?;
        if telling.is_party() {
            telling.entry(&PartyMemberWithdrawn(telling.member()?))
        } else {
            telling.entry(&UnionMemberWithdrawn(telling.union_member()))
        }
    }

    fn judge_again(&self, tx: &mut Tx<'_>, step: &Step<'_, MemberAct>, row: &KeptAct) -> Result<Lost> {
        let organisation = self.known.find(tx.conn(), step.living.act.place(&step.before))?;
        let decision = row.decision();
        let case = Case {
            setting: self.setting,
            is_new: false,
            organisation: &organisation,
            before: &step.before,
            on: step.living.occurred_on,
            decision: decision.as_ref(),
            authorising_paper: row.authorising_paper.as_deref(),
            birth_date: birth_date_of(tx, self.setting, step.before.person_id)?,
            recording_begins_on: None,
        };
        let of_bodies = judge_bodies(tx, &step.living.act, &case)?;
        // Of an erased person the conditions of the decision count as met.
        let of_decision = match case.birth_date {
            Some(_) => Lost::by(step.living.act.act().judge(&case, decision.as_ref()))?,
            None => Lost::default(),
        };
        Ok(of_decision.and(of_bodies))
    }

    fn content(&self, _: Id, act: &MemberAct) -> Result<Content> {
        Ok(Content { text: serde_json::to_string(act)?, sealed: None })
    }
}

/// What is not met of an act by the bodies above its organisation.
pub(super) fn judge_bodies(tx: &mut Tx<'_>, act: &MemberAct, case: &Case<'_>) -> Result<Lost> {
    match act {
        MemberAct::Opening(_) => organisations::judge_opening(tx.conn(), case.organisation, case.on),
        _ => Ok(Lost::default()),
    }
}

impl MemberTells<'_> {
    fn telling<'a>(
        &self,
        tx: &mut Tx<'_>,
        step: &'a Step<'_, MemberAct>,
        decision: Option<Decision>,
    ) -> Result<Telling<'a>> {
        let here = step.living.act.place(&step.before);
        let organisation = self.known.find(tx.conn(), here)?;
        let on = step.living.occurred_on;
        let area = organisations::area_on(&self.setting.territory, &organisation.area, on);
        let is_from_elsewhere = step.before.lives() && step.before.organisation_id != here;
        let from = is_from_elsewhere.then_some(step.before.organisation_id);
        Ok(Telling { after: &step.after, from, organisation: here, area, on, decision })
    }
}
