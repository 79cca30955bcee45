//! The command that handlers and loaders share.

use shared::acts::{ChangedAct, CorrectionOutcome, KeptAct, find_correctable};
use shared::journal::Entries;
use shared::personal::has_data_key;
use shared::storage::Tx;
use shared::validate::{Faults, Wrong};
use shared::{Code, Result};

use super::rules::{CorrectEntry, Corrected};
use crate::memberships::{self, MemberAct};
use crate::organisations::{self, OrganisationAct};
use crate::people;
use crate::state::Setting;

/// Corrects or withdraws an act. Entries of other acts on the record that now say something different are written again.
///
/// # Errors
/// `entry_already_corrected`, `acts_in_the_way`, `act_out_of_reach`; the faults and refusals of the act itself.
pub fn correct(tx: &mut Tx<'_>, setting: &Setting, request: &CorrectEntry) -> Result<(Corrected, Entries)> {
    if request.withdraw == request.restates()? {
        let mut faults = Faults::new();
        faults.add("/withdraw", Wrong::new(Code::NothingCorrected));
        faults.finish()?;
    }
    let act = find_correctable(tx.conn(), crate::state::NAME, &setting.scope, request.entry_id)?;
    let (changed, entries) = if act.organisation_id == Some(act.record_id) {
        correct_organisation(tx, setting, request, &act)?
    } else {
        correct_membership(tx, setting, request, &act)?
    };
    let outcome = if request.withdraw { CorrectionOutcome::Withdrawn } else { CorrectionOutcome::Restated };
    let corrected = Corrected { act_id: act.id, entry_id: changed.entry_id, corrects: act.entry_id, outcome };
    Ok((corrected, entries))
}

/// Restates or withdraws an act on a membership.
fn correct_membership(
    tx: &mut Tx<'_>,
    setting: &Setting,
    request: &CorrectEntry,
    act: &KeptAct,
) -> Result<(ChangedAct, Entries)> {
    let note = request.note()?;
    let membership = memberships::membership_of(tx, act)?;
    let person = membership.person_id;
    let mut faults = Faults::new();
    if !has_data_key(tx.conn(), person)? {
        // Paper and reason lead to the person: the erasure took them out.
        for (pointer, is_sent) in [("/note", note.is_some()), ("/decision", request.names_papers())] {
            if is_sent {
                faults.add(pointer, Wrong::new(Code::NotCorrectable));
            }
        }
    }
    let note = people::seal_note(tx.conn(), &setting.vault, person, note)?;
    let (changed, entries) = if request.withdraw {
        faults.finish()?;
        memberships::withdraw(tx, setting, (membership, act), note)?
    } else {
        let new = request.replace(&mut faults, act, note, MemberAct::has_papers)?;
        memberships::replace(tx, setting, (membership, act), faults.finish_with(new)?)?
    };
    Ok((changed.act, entries))
}

/// Restates or withdraws an act on an organisation.
fn correct_organisation(
    tx: &mut Tx<'_>,
    setting: &Setting,
    request: &CorrectEntry,
    act: &KeptAct,
) -> Result<(ChangedAct, Entries)> {
    let note = request.note()?;
    let (changed, entries) = if request.withdraw {
        organisations::withdraw(tx, setting, act, note)?
    } else {
        let mut faults = Faults::new();
        let new = request.replace(&mut faults, act, note, OrganisationAct::has_papers)?;
        organisations::replace(tx, setting, act, faults.finish_with(new)?)?
    };
    Ok((changed.act, entries))
}
