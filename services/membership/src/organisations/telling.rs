//! What the acts on an organisation tell.

use shared::Result;
use shared::acts::{Content, Step, Tells, Told};
use shared::published::Decision;
use shared::storage::Tx;

use super::acts::{OrganisationAct, Telling};
use super::store::{area_on, places_of};
use crate::Setting;

/// Tells the acts on organisations.
pub(super) struct OrganisationTells<'a> {
    pub setting: &'a Setting,
}

impl Tells<OrganisationAct> for OrganisationTells<'_> {
    fn tell(&self, tx: &mut Tx<'_>, step: &Step<'_, OrganisationAct>, decision: Option<Decision>) -> Result<Told> {
        step.living.act.act().tell(&self.telling(tx, step, decision)?)
    }

    fn tell_withdrawn(
        &self,
        tx: &mut Tx<'_>,
        step: &Step<'_, OrganisationAct>,
        decision: Option<Decision>,
    ) -> Result<Told> {
        step.living.act.act().tell_withdrawn(&self.telling(tx, step, decision)?)
    }

    fn content(&self, act: &OrganisationAct) -> Result<Content> {
        Ok(Content { text: serde_json::to_string(act)?, sealed: None })
    }
}

impl OrganisationTells<'_> {
    fn telling<'a>(
        &self,
        tx: &mut Tx<'_>,
        step: &'a Step<'_, OrganisationAct>,
        decision: Option<Decision>,
    ) -> Result<Telling<'a>> {
        let (territory, on, after) = (&self.setting.territory, step.living.occurred_on, &step.after);
        let units =
            if after.units.is_empty() { Vec::new() } else { places_of(tx.conn(), territory, &after.units, on)? };
        let area = area_on(territory, &after.area, on);
        Ok(Telling { before: &step.before, after, area, units, on, decision })
    }
}
