//! What the acts on a membership tell.

use shared::acts::{Content, Step, Tells, Told};
use shared::published::Decision;
use shared::published::party_member::PartyMemberWithdrawn;
use shared::published::union_member::UnionMemberWithdrawn;
use shared::storage::Tx;
use shared::{Id, Result};

use super::acts::{MemberAct, Telling};
use crate::Setting;
use crate::organisations;

/// Tells the acts on memberships.
pub(super) struct MemberTells<'a> {
    pub setting: &'a Setting,
}

impl Tells<MemberAct> for MemberTells<'_> {
    fn tell(&self, tx: &mut Tx<'_>, step: &Step<'_, MemberAct>, decision: Option<Decision>) -> Result<Told> {
        let telling = self.telling(tx, step, decision)?;
        step.living.act.act().tell(&telling)
    }

    fn tell_withdrawn(&self, tx: &mut Tx<'_>, step: &Step<'_, MemberAct>, decision: Option<Decision>) -> Result<Told> {
        let telling = self.telling(tx, step, decision)?;
        if telling.is_party() {
            telling.entry(&PartyMemberWithdrawn(telling.member()))
        } else {
            telling.entry(&UnionMemberWithdrawn(telling.union_member()))
        }
    }

    fn content(&self, _: Id, act: &MemberAct) -> Result<Content> {
        Ok(Content { text: serde_json::to_string(act)?, sealed: None })
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
        let organisation = organisations::find_kept(tx.conn(), here)?;
        let on = step.living.occurred_on;
        let area = organisations::area_on(&self.setting.territory, &organisation.area, on);
        let is_from_elsewhere = step.before.lives() && step.before.organisation_id != here;
        let from = is_from_elsewhere.then_some(step.before.organisation_id);
        Ok(Telling { after: &step.after, from, organisation: here, area, on, decision })
    }
}
