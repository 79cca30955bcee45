//! The journal entries of the acts on an organisation.

use shared::acts::{Content, KeptAct, Lost, Step, Tells, Told};
use shared::published::Decision;
use shared::storage::Tx;
use shared::{Id, Result};

use super::acts::{OrganisationAct, Telling};
use super::ground::{Basis, Judge};
use super::store::area_on;
use crate::state::Setting;

/// Tells the acts on organisations.
pub(super) struct OrganisationTells<'a> {
    pub setting: &'a Setting,
}

impl Tells<OrganisationAct> for OrganisationTells<'_> {
    fn tell(&self, _: &mut Tx<'_>, step: &Step<'_, OrganisationAct>, decision: Option<Decision>) -> Result<Told> {
        step.living.act.act().tell(&self.telling(step, decision))
    }

    fn tell_withdrawn(
        &self,
        _: &mut Tx<'_>,
        step: &Step<'_, OrganisationAct>,
        decision: Option<Decision>,
    ) -> Result<Told> {
        step.living.act.act().tell_withdrawn(&self.telling(step, decision))
    }

    fn judge_again(&self, tx: &mut Tx<'_>, step: &Step<'_, OrganisationAct>, _: &KeptAct) -> Result<Lost> {
        let basis = Basis::of(&step.living.act, &step.before, &step.after.area, step.living.occurred_on);
        Judge::new(&self.setting.territory).judge(tx.conn(), &basis)
    }

    fn content(&self, _: Id, act: &OrganisationAct) -> Result<Content> {
        Ok(Content { text: serde_json::to_string(act)?, sealed: None })
    }
}

impl OrganisationTells<'_> {
    fn telling<'a>(&self, step: &'a Step<'_, OrganisationAct>, decision: Option<Decision>) -> Telling<'a> {
        let (on, after) = (step.living.occurred_on, &step.after);
        let area = area_on(&self.setting.territory, &after.area, on);
        Telling { before: &step.before, after, area, on, decision }
    }
}
