//! What the journal entries of acts on a body say, and how acts are stored: the names of holders encrypted, apart from the rest.

use std::collections::BTreeMap;

use shared::acts::{Content, KeptAct, Step, Tells, Told};
use shared::personal::DataKey;
use shared::published::Decision;
use shared::published::steering_body::SteeringBodyWithdrawn;
use shared::storage::Tx;
use shared::{Id, Result};

use super::acts::{BodyAct, Telling};

const TABLE: &str = "acts";

/// The names of holders, by holder.
type Names = BTreeMap<Id, String>;

/// Tells the acts on a body, and keeps them.
pub(super) struct Sealing<'a> {
    /// The key of the body.
    pub key: &'a DataKey,
}

impl Tells<BodyAct> for Sealing<'_> {
    fn tell(&self, _: &mut Tx<'_>, step: &Step<'_, BodyAct>, decision: Option<Decision>) -> Result<Told> {
        step.living.act.act().tell(&telling(step, decision))
    }

    fn tell_withdrawn(&self, _: &mut Tx<'_>, step: &Step<'_, BodyAct>, decision: Option<Decision>) -> Result<Told> {
        let telling = telling(step, decision);
        telling.entry(&SteeringBodyWithdrawn(telling.body()))
    }

    fn content(&self, id: Id, act: &BodyAct) -> Result<Content> {
        let names: Names = act.clone().holders().into_iter().map(|holder| (holder.id, holder.name.clone())).collect();
        let sealed = match names.is_empty() {
            true => None,
            false => Some(self.key.seal(TABLE, &column_of(id), &serde_json::to_string(&names)?)?),
        };
        Ok(Content { text: serde_json::to_string(act)?, sealed })
    }
}

fn telling<'a>(step: &'a Step<'_, BodyAct>, decision: Option<Decision>) -> Telling<'a> {
    Telling { after: &step.after, on: step.living.occurred_on, decision }
}

/// What is sealed of an act belongs to that act alone.
fn column_of(act: Id) -> String {
    format!("sealed {act}")
}

/// Reads an act as it is kept. Without the key names are empty.
pub(super) fn act_of(row: &KeptAct, key: Option<&DataKey>) -> Result<BodyAct> {
    let mut act: BodyAct = serde_json::from_str(&row.content)?;
    let sealed = row.sealed.as_deref().zip(key);
    let names = sealed.map(|(sealed, key)| key.open(TABLE, &column_of(row.id), sealed)).transpose()?;
    let mut names: Names = names.map(|names| serde_json::from_str(&names)).transpose()?.unwrap_or_default();
    for holder in act.holders() {
        holder.name = names.remove(&holder.id).unwrap_or_default();
    }
    Ok(act)
}
