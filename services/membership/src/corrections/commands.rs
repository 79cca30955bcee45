//! The command: what handlers and loaders share.

use serde_json::Value;
use shared::journal::{Entries, area_of_entry};
use shared::personal::has_data_key;
use shared::storage::Tx;
use shared::validate::{Faults, Wrong, line};
use shared::{Code, Day, Error, Id, Result};

use super::organisation;
use super::rules::{CorrectEntry, Corrected, refuse_unfit};
use crate::Setting;
use crate::ledger::{self, KeptAct};
use crate::memberships::{self, MemberAct, NewAct};

/// Restates or withdraws an act. What other acts of the same record tell because of it is told anew.
///
/// # Errors
/// `entry_already_corrected`, `acts_in_the_way`, `act_out_of_reach`, `has_later_acts`; the faults and refusals of the
/// act itself.
pub fn correct(tx: &mut Tx<'_>, setting: &Setting, request: &CorrectEntry) -> Result<(Corrected, Entries)> {
    if request.withdraw == request.restates()? {
        let mut faults = Faults::new();
        let names = "withdraw; occurred_on, decision, count, organisation_id, reason, joined_on, ...";
        faults.add("/withdraw", Wrong::new(Code::OneOfRequired).with("names", names));
        faults.finish()?;
    }
    let act = find_act(tx, setting, request.entry_id)?;
    if act.membership_id.is_some() {
        return correct_membership(tx, setting, request, &act);
    }
    let (corrected, entry) = organisation::correct(tx, setting, request, act)?;
    Ok((corrected, entry.into()))
}

/// Restates or withdraws an act on a membership.
fn correct_membership(
    tx: &mut Tx<'_>,
    setting: &Setting,
    request: &CorrectEntry,
    act: &KeptAct,
) -> Result<(Corrected, Entries)> {
    let (changed, entries) = if request.withdraw {
        memberships::withdraw(tx, setting, act)?
    } else {
        let new = replacement(tx, request, act)?;
        memberships::replace(tx, setting, act, new)?
    };
    let outcome = if request.withdraw { "withdrawn" } else { "restated" };
    let corrected = Corrected {
        act_id: act.id,
        entry_id: changed.act.entry_id,
        corrects: act.entry_id,
        outcome: outcome.to_owned(),
    };
    Ok((corrected, entries))
}

/// The act as it should have been: each field that is sent must be one that the act has.
fn replacement(tx: &mut Tx<'_>, request: &CorrectEntry, act: &KeptAct) -> Result<NewAct> {
    let mut faults = Faults::new();
    let mut content: Value = serde_json::from_str(&act.content)?;
    for (name, value) in request.fields()? {
        match content.get_mut(name) {
            Some(field) => *field = value,
            None => faults.add(&format!("/{name}"), Wrong::new(Code::NotCorrectable)),
        }
    }
    let (has_decision, has_other_paper) = serde_json::from_str::<MemberAct>(&act.content)?.has_papers();
    refuse_unfit(
        &mut faults,
        &[
            ("/count", request.count.is_some(), false),
            ("/female_count", request.female_count.is_some(), false),
            ("/decision", request.decision.is_some(), has_decision),
            ("/authorising_paper", request.authorising_paper.is_some(), has_other_paper),
        ],
    );
    let paper = request.authorising_paper.as_deref().map(|text| line(text, 200)).transpose();
    let authorising_paper = faults.take("/authorising_paper", paper).flatten();
    let person = memberships::person_of(tx, act)?;
    if (request.decision.is_some() || authorising_paper.is_some()) && !has_data_key(tx.conn(), person)? {
        // The paper leads to the person: the erasure took it out.
        faults.add("/decision", Wrong::new(Code::NotCorrectable));
    }
    faults.finish()?;
    Ok(NewAct {
        act: serde_json::from_value(content)?,
        on: request.occurred_on.map_or(act.occurred_on, Day::get),
        decision: request.decision.clone().or_else(|| act.decision()),
        authorising_paper: authorising_paper.or_else(|| act.authorising_paper.clone()),
    })
}

fn find_act(tx: &mut Tx<'_>, setting: &Setting, entry: Id) -> Result<KeptAct> {
    if let Some(act) = ledger::find_act_of_entry(tx, &setting.scope, entry)? {
        if act.status == "recorded" {
            return Ok(act);
        }
        return Err(Error::new(Code::EntryAlreadyCorrected).with("entry", entry));
    }
    let area = area_of_entry(tx.conn(), entry)?;
    match area.filter(|area| setting.scope.may_read(area) && setting.scope.may_write(area)) {
        // It told an act once, and another entry tells it now.
        Some(_) => Err(Error::new(Code::EntryAlreadyCorrected).with("entry", entry)),
        None => Err(Error::fault("/entry_id", Code::UnknownEntry)),
    }
}
