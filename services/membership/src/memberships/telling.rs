//! What a change of a membership tells: the act itself, and what other acts tell otherwise because of it.

use chrono::NaiveDate;
use shared::acts::Step;
use shared::journal::Entry;
use shared::published::Decision;
use shared::published::party_member::PartyMemberWithdrawn;
use shared::published::union_member::UnionMemberWithdrawn;
use shared::storage::Tx;
use shared::territory::AreaId;
use shared::{Error, Id, Result};

use super::acts::{MemberAct, Telling, Told};
use crate::Setting;
use crate::ledger::{self, KeptAct};
use crate::organisations;

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

/// An act that was added, replaced or taken out, and the entry that tells it.
pub struct ChangedAct {
    /// The act.
    pub id: Id,
    /// The entry.
    pub entry_id: Id,
    /// The organisation in which it happened.
    pub organisation_id: Id,
    /// The day on which it happened.
    pub on: NaiveDate,
}

/// Keeps and tells what became different: the changed act first, then what had to be told anew because of it.
pub(super) fn tell(
    tx: &mut Tx<'_>,
    setting: &Setting,
    rows: &[KeptAct],
    folded: Folded<'_>,
    change: &Change,
) -> Result<(ChangedAct, Vec<Entry>)> {
    let id = change.id();
    let row_of = |id: Id| rows.iter().find(|row| row.id == id);
    let (mut changed, mut others) = (None, Vec::new());
    if let Change::TakenOut { .. } = change {
        let (row, step) = (row_of(id), folded.old.iter().find(|step| step.living.id == id));
        let (row, step) = row.zip(step).ok_or_else(|| Error::internal("the act to be taken out is not there"))?;
        changed = Some((row.clone(), take_out(tx, setting, row, step)?));
    }
    // What comes before both the old and the new place of the act is as it was.
    let same = folded.old.iter().zip(folded.new).take_while(|(old, new)| is_same(old, new, id)).count();
    for step in folded.new.iter().skip(same) {
        let row = row_of(step.living.id);
        if step.living.id == id {
            changed = Some(put_act(tx, setting, step, row, change)?);
        } else {
            let row = row.ok_or_else(|| Error::internal("an act is told that is not kept"))?;
            others.extend(tell_anew(tx, setting, step, row)?);
        }
    }
    let (act, entry) = changed.ok_or_else(|| Error::internal("the change of an act was not told"))?;
    let entry_id = entry.id();
    let changed = ChangedAct { id, entry_id, organisation_id: act.organisation_id, on: act.occurred_on };
    let others = others.into_iter().map(|other| other.because(entry_id));
    Ok((changed, std::iter::once(entry).chain(others).collect()))
}

/// Keeps that an act should never have been recorded, and tells so.
fn take_out(tx: &mut Tx<'_>, setting: &Setting, row: &KeptAct, step: &Step<'_, MemberAct>) -> Result<Entry> {
    let ground = Ground::of(tx, setting, step)?;
    let entry = withdrawn(&ground.telling(step, row.decision()))?.entry.correcting(row.entry_id);
    ledger::set_status(tx, row, "withdrawn", entry.id())?;
    Ok(entry)
}

/// Keeps and tells the act that was added or replaced.
fn put_act(
    tx: &mut Tx<'_>,
    setting: &Setting,
    step: &Step<'_, MemberAct>,
    row: Option<&KeptAct>,
    change: &Change,
) -> Result<(KeptAct, Entry)> {
    let (decision, authorising_paper) = match change {
        Change::Put { decision, authorising_paper, .. } => (decision.clone(), authorising_paper.clone()),
        Change::TakenOut { .. } => return Err(Error::internal("an act that was taken out is still there")),
    };
    let ground = Ground::of(tx, setting, step)?;
    let told = step.living.act.act().tell(&ground.telling(step, decision.clone()))?;
    let act = KeptAct { authorising_paper, ..ground.kept(step, &told, row)? }.with_decision(decision.as_ref());
    match row {
        Some(row) => {
            ledger::restate(tx, &act)?;
            Ok((act, told.entry.correcting(row.entry_id)))
        }
        None => {
            ledger::insert_act(tx, &act)?;
            Ok((act, told.entry))
        }
    }
}

/// Tells another act anew, if it tells something else now.
fn tell_anew(tx: &mut Tx<'_>, setting: &Setting, step: &Step<'_, MemberAct>, row: &KeptAct) -> Result<Option<Entry>> {
    let ground = Ground::of(tx, setting, step)?;
    let told = step.living.act.act().tell(&ground.telling(step, row.decision()))?;
    if says_the_same(row, &told)? {
        return Ok(None);
    }
    let act = KeptAct { authorising_paper: row.authorising_paper.clone(), ..ground.kept(step, &told, Some(row))? };
    ledger::restate(tx, &act.with_decision(row.decision().as_ref()))?;
    Ok(Some(told.entry.correcting(row.entry_id)))
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
    organisation: Id,
    area: AreaId,
    from: Option<Id>,
}

impl Ground {
    fn of(tx: &mut Tx<'_>, setting: &Setting, step: &Step<'_, MemberAct>) -> Result<Self> {
        let here = step.living.act.place(&step.before);
        let organisation = organisations::find_kept(tx.conn(), here)?;
        let area = organisations::area_on(&setting.territory, &organisation.area, step.living.occurred_on);
        let is_from_elsewhere = step.before.lives() && step.before.organisation_id != here;
        Ok(Self { organisation: here, area, from: is_from_elsewhere.then_some(step.before.organisation_id) })
    }

    /// The act as it is kept, without its papers.
    fn kept(&self, step: &Step<'_, MemberAct>, told: &Told, row: Option<&KeptAct>) -> Result<KeptAct> {
        Ok(KeptAct {
            id: step.living.id,
            kind: told.kind.to_owned(),
            organisation_id: self.organisation,
            membership_id: Some(step.after.id),
            area_id: self.area.to_string(),
            occurred_on: step.living.occurred_on,
            count: 1,
            content: serde_json::to_string(&step.living.act)?,
            payload: told.payload.clone(),
            decision_number: None,
            decided_on: None,
            issuing_body: None,
            authorising_paper: None,
            entry_id: told.entry.id(),
            status: "recorded".to_owned(),
            version: row.map_or(1, |row| row.version),
            recorded_at: step.living.recorded_at,
        })
    }

    fn telling<'a>(&'a self, step: &'a Step<'_, MemberAct>, decision: Option<Decision>) -> Telling<'a> {
        Telling {
            after: &step.after,
            from: self.from,
            organisation: self.organisation,
            area: &self.area,
            on: step.living.occurred_on,
            decision,
        }
    }
}

/// What is told of an act that is taken out.
fn withdrawn(telling: &Telling<'_>) -> Result<Told> {
    if telling.is_party() {
        telling.entry(&PartyMemberWithdrawn(telling.member()))
    } else {
        telling.entry(&UnionMemberWithdrawn(telling.union_member()))
    }
}
