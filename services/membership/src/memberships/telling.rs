//! What a change of a membership tells: the act itself, and what other acts tell otherwise because of it.

use chrono::NaiveDate;
use shared::access::Scope;
use shared::acts::Step;
use shared::journal::Entry;
use shared::published::party_member::PartyMemberWithdrawn;
use shared::published::union_member::UnionMemberWithdrawn;
use shared::published::{Decision, Place};
use shared::storage::Tx;
use shared::{Error, Id, Result};

use super::acts::{MemberAct, Telling, Told};
use super::change::Changed;
use super::stays::lives;
use crate::Setting;
use crate::ledger::{self, KeptAct};
use crate::organisations::{self, find_for_act};
use crate::people::KeptMembership;

/// What was changed.
pub(super) enum Change {
    /// An act was added or replaced; with its papers as they are now.
    Put { id: Id, decision: Option<Decision>, authorising_paper: Option<String> },
    /// An act was taken out.
    TakenOut { id: Id },
}

impl Change {
    pub(super) fn id(&self) -> Id {
        match self {
            Self::Put { id, .. } | Self::TakenOut { id } => *id,
        }
    }
}

/// A membership before and after a change.
pub(super) struct Folded<'a> {
    pub old: &'a [Step<'a, MemberAct>],
    pub new: &'a [Step<'a, MemberAct>],
}

/// Keeps and tells what became different: the changed act first, then what had to be told anew because of it.
pub(super) fn tell(
    tx: &mut Tx<'_>,
    setting: &Setting,
    rows: &[KeptAct],
    folded: Folded<'_>,
    change: Change,
) -> Result<(Changed, Vec<Entry>)> {
    let id = change.id();
    let row_of = |id: Id| rows.iter().find(|row| row.id == id);
    let mut entries = Vec::new();
    let mut changed = None;
    if let Change::TakenOut { .. } = change {
        let (row, step) = (row_of(id), folded.old.iter().find(|step| step.living.id == id));
        let (row, step) = row.zip(step).ok_or_else(|| Error::internal("the act to be taken out is not there"))?;
        let telling = Ground::of(tx, setting, step)?;
        let entry = withdrawn(telling.telling(step, row.decision()))?.entry.correcting(row.entry_id);
        ledger::set_status(tx, row, "withdrawn", entry.id())?;
        changed = Some(of_act(row, row.occurred_on, row.organisation_id, entry.id(), &step.before));
        entries.push(entry);
    }
    // What comes before both the old and the new place of the act is as it was.
    let same = folded.old.iter().zip(folded.new).take_while(|(old, new)| is_same(old, new, id)).count();
    for step in folded.new.iter().skip(same) {
        let row = row_of(step.living.id);
        let is_changed = step.living.id == id;
        let (decision, authorising_paper) = match (&change, row) {
            (Change::Put { decision, authorising_paper, .. }, _) if is_changed => {
                (decision.clone(), authorising_paper.clone())
            }
            (_, Some(row)) => (row.decision(), row.authorising_paper.clone()),
            (_, None) => return Err(Error::internal("an act is told that is not kept")),
        };
        let ground = Ground::of(tx, setting, step)?;
        let told = step.living.act.act().tell(ground.telling(step, decision.clone()))?;
        if let Some(row) = row.filter(|_| !is_changed)
            && says_the_same(row, &told)?
        {
            continue;
        }
        let next = KeptAct {
            id: step.living.id,
            kind: told.kind.to_owned(),
            organisation_id: ground.place.organisation,
            membership_id: Some(step.after.id),
            area_id: ground.place.area.to_string(),
            occurred_on: step.living.occurred_on,
            count: 1,
            content: serde_json::to_string(&step.living.act)?,
            payload: told.payload,
            decision_number: decision.as_ref().map(|paper| paper.number.clone()),
            decided_on: decision.as_ref().map(|paper| paper.decided_on.get()),
            issuing_body: decision.as_ref().map(|paper| paper.issuing_body.clone()),
            authorising_paper,
            entry_id: told.entry.id(),
            status: "recorded".to_owned(),
            version: row.map_or(1, |row| row.version),
            recorded_at: step.living.recorded_at,
        };
        let entry = match row {
            Some(row) => {
                ledger::restate(tx, &next)?;
                told.entry.correcting(row.entry_id)
            }
            None => {
                ledger::insert_act(tx, &next)?;
                told.entry
            }
        };
        if is_changed {
            changed = Some(of_act(&next, next.occurred_on, next.organisation_id, entry.id(), &step.after));
            entries.insert(0, entry);
        } else {
            entries.push(entry);
        }
    }
    let changed = changed.ok_or_else(|| Error::internal("the change of an act was not told"))?;
    let because = changed.entry_id;
    let told = entries.into_iter().map(|entry| if entry.id() == because { entry } else { entry.because(because) });
    Ok((changed, told.collect()))
}

fn of_act(row: &KeptAct, on: NaiveDate, organisation_id: Id, entry_id: Id, membership: &KeptMembership) -> Changed {
    Changed { act_id: row.id, entry_id, organisation_id, on, membership: membership.clone() }
}

fn is_same(old: &Step<'_, MemberAct>, new: &Step<'_, MemberAct>, changed: Id) -> bool {
    let (one, other) = (old.living, new.living);
    one.id == other.id && one.id != changed && old.after == new.after
}

fn says_the_same(row: &KeptAct, told: &Told) -> Result<bool> {
    let value = |text: &str| serde_json::from_str::<serde_json::Value>(text);
    Ok(row.kind == told.kind && value(&row.payload)? == value(&told.payload)?)
}

/// Where an act happened.
struct Ground {
    place: Place,
    from: Option<Place>,
}

impl Ground {
    fn of(tx: &mut Tx<'_>, setting: &Setting, step: &Step<'_, MemberAct>) -> Result<Self> {
        let mut place_of = |id: Id| {
            let organisation = find_for_act(tx.conn(), &Scope::everything(), id, "/organisation_id")?;
            organisations::place_on(tx.conn(), &setting.territory, &organisation, step.living.occurred_on)
        };
        let here = step.living.act.place(&step.before);
        let from = if lives(&step.before.status) && step.before.organisation_id != here {
            Some(place_of(step.before.organisation_id)?)
        } else {
            None
        };
        Ok(Self { place: place_of(here)?, from })
    }

    fn telling<'a>(&'a self, step: &'a Step<'_, MemberAct>, decision: Option<Decision>) -> Telling<'a> {
        Telling {
            after: &step.after,
            from: self.from.as_ref(),
            place: &self.place,
            on: step.living.occurred_on,
            decision,
        }
    }
}

/// What is told of an act that is taken out.
fn withdrawn(telling: Telling<'_>) -> Result<Told> {
    if telling.is_party() {
        telling.entry(&PartyMemberWithdrawn(telling.member()))
    } else {
        telling.entry(&UnionMemberWithdrawn(telling.union_member()))
    }
}
