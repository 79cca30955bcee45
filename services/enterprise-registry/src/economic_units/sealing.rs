//! What the journal entries of acts on a unit say, and how acts are stored. Names, tax codes and addresses are stored
//! apart from the rest; those of a household are encrypted.

use serde_json::Value;
use shared::acts::{Content, Step, Tells, Told, seal_note};
use shared::personal::DataKey;
use shared::published::Decision;
use shared::published::economic_unit::EconomicUnitWithdrawn;
use shared::storage::Tx;
use shared::{Error, Id, Result};

use super::acts::{Telling, UnitAct};

const TABLE: &str = "acts";
/// Where the names of a unit that is no household stand among what its act does.
const NAMES: &str = "names";

/// Tells the acts on a unit, and keeps them.
pub(super) struct Sealing<'a> {
    /// The key of a household; nothing for others, and for one that was erased.
    pub key: Option<&'a DataKey>,
}

impl Tells<UnitAct> for Sealing<'_> {
    fn tell(&self, _: &mut Tx<'_>, step: &Step<'_, UnitAct>, _: Option<Decision>) -> Result<Told> {
        step.living.act.act().tell(&telling(step))
    }

    fn tell_withdrawn(&self, _: &mut Tx<'_>, step: &Step<'_, UnitAct>, _: Option<Decision>) -> Result<Told> {
        let telling = telling(step);
        telling.entry(&EconomicUnitWithdrawn(telling.unit()))
    }

    fn content(&self, id: Id, act: &UnitAct) -> Result<Content> {
        let mut content = serde_json::to_value(act)?;
        let names = match act {
            UnitAct::Registration(act) => serde_json::to_value(&act.names)?,
            UnitAct::Detail(act) => serde_json::to_value(&act.names)?,
            UnitAct::StatusChange(_) => Value::Null,
        };
        let sealed = match (&names, self.key) {
            (Value::Null, _) => None,
            (names, Some(key)) => Some(key.seal(TABLE, &column_of(id), &names.to_string())?),
            (names, None) => {
                let fields = content.as_object_mut().ok_or_else(|| Error::internal("an act has no fields"))?;
                fields.insert(NAMES.to_owned(), names.clone());
                None
            }
        };
        Ok(Content { text: content.to_string(), sealed })
    }
}

fn telling<'a>(step: &'a Step<'_, UnitAct>) -> Telling<'a> {
    Telling { before: &step.before, after: &step.after, on: step.living.occurred_on }
}

/// What is sealed of an act belongs to that act alone.
fn column_of(act: Id) -> String {
    format!("sealed {act}")
}

/// Seals why something about a household was put right; of other units it is kept in clear.
pub(super) fn note_kept(note: Option<String>, key: Option<&DataKey>) -> Result<Option<String>> {
    match (note, key) {
        (Some(note), Some(key)) => seal_note(key, &note).map(Some),
        (note, _) => Ok(note),
    }
}

/// Reads an act as it is kept. The names of an erased household are gone.
pub(super) fn act_of(id: Id, content: &str, sealed: Option<&[u8]>, key: Option<&DataKey>) -> Result<UnitAct> {
    let mut content: Value = serde_json::from_str(content)?;
    let names = match (sealed, key) {
        (Some(sealed), Some(key)) => Some(serde_json::from_str(&key.open(TABLE, &column_of(id), sealed)?)?),
        (Some(_), None) => None,
        (None, _) => content.as_object_mut().and_then(|fields| fields.remove(NAMES)),
    };
    let mut act: UnitAct = serde_json::from_value(content)?;
    match (&mut act, names) {
        (UnitAct::Registration(act), Some(names)) => act.names = serde_json::from_value(names)?,
        (UnitAct::Detail(act), Some(names)) => act.names = serde_json::from_value(names)?,
        _ => {}
    }
    Ok(act)
}
