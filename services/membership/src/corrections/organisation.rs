//! Corrections of what an organisation did, or a number of members without names.

use chrono::NaiveDate;
use shared::journal::{Entry, Published};
use shared::published::Decision;
use shared::published::organisation::{
    OrganisationEstablished, OrganisationOpeningRegistered, OrganisationState, OrganisationWithdrawn,
};
use shared::published::union_member::{
    UnionMemberAdmitted, UnionMemberDeparted, UnionMemberOpeningRegistered, UnionMemberWithdrawn, UnionMembers,
};
use shared::storage::Tx;
use shared::territory::AreaId;
use shared::validate::{Faults, Wrong};
use shared::{Code, Day, Error, Result};

use super::rules::{CorrectEntry, Corrected, refuse_unfit};
use crate::Setting;
use crate::ledger::{self, Headcount, KeptAct};
use crate::organisations::{self, KeptOrganisation, act_in, leaving};

fn not_correctable() -> Error {
    Error::fault("/entry_id", Code::NotCorrectable)
}

/// Restates or withdraws an act of an organisation.
///
/// # Errors
/// `has_later_acts`; the faults and refusals of the act itself.
pub(super) fn correct(
    tx: &mut Tx<'_>,
    setting: &Setting,
    request: &CorrectEntry,
    act: KeptAct,
) -> Result<(Corrected, Entry)> {
    // The organisation may lie anywhere: the act's own commune decided that the caller may.
    let organisation = organisations::find_kept(tx.conn(), act.organisation_id)?;
    let before = if is_collective(&act) { Some(fewest_members(tx, &organisation)?) } else { None };
    let corrected = if request.withdraw {
        withdraw(tx, &act, &organisation)
    } else {
        restate(tx, setting, request, act, &organisation)
    }?;
    if let Some(before) = before {
        check_members(before, fewest_members(tx, &organisation)?)?;
    }
    Ok(corrected)
}

fn is_founding(act: &KeptAct) -> bool {
    [OrganisationEstablished::KIND, OrganisationOpeningRegistered::KIND].contains(&act.kind.as_str())
}

fn is_collective(act: &KeptAct) -> bool {
    act.kind.starts_with("union_member.")
}

/// How many members without names a union has at the fewest while it exists, and after it has ended.
fn fewest_members(tx: &mut Tx<'_>, union: &KeptOrganisation) -> Result<(i64, i64)> {
    let throughout = ledger::fewest_members_from(tx.conn(), union.id, union.established_on)?;
    let after_the_end = match union.ended_on {
        Some(ended_on) => ledger::fewest_members_from(tx.conn(), union.id, ended_on)?,
        None => 0,
    };
    Ok((throughout, after_the_end))
}

/// What was recorded after a collective act must still be possible, and nobody is left in what has ended. What never
/// was right may be mended step by step.
fn check_members((before, left_before): (i64, i64), (after, left_after): (i64, i64)) -> Result<()> {
    let is_possible = after >= before.min(0) && left_after <= left_before.max(0);
    if is_possible { Ok(()) } else { Err(Error::new(Code::HasLaterActs)) }
}

fn withdraw(tx: &mut Tx<'_>, act: &KeptAct, organisation: &KeptOrganisation) -> Result<(Corrected, Entry)> {
    let payload = &act.payload;
    let entry = match act.kind.as_str() {
        OrganisationEstablished::KIND | OrganisationOpeningRegistered::KIND => {
            let others = ledger::span_of_acts(tx.conn(), organisation.id, Some(act.id))?;
            if others.is_some() || organisations::count_below(tx.conn(), organisation.id)? > 0 {
                return Err(Error::new(Code::HasLaterActs));
            }
            organisations::withdraw(tx, organisation)?;
            entry_of(&OrganisationWithdrawn(serde_json::from_str(payload)?), act)?
        }
        _ if is_collective(act) => entry_of(&UnionMemberWithdrawn(serde_json::from_str(payload)?), act)?,
        _ => return Err(not_correctable()),
    };
    ledger::set_status(tx, act, "withdrawn", entry.id())?;
    let corrected =
        Corrected { act_id: act.id, entry_id: entry.id(), corrects: act.entry_id, outcome: "withdrawn".to_owned() };
    Ok((corrected, entry))
}

fn restate(
    tx: &mut Tx<'_>,
    setting: &Setting,
    request: &CorrectEntry,
    act: KeptAct,
    organisation: &KeptOrganisation,
) -> Result<(Corrected, Entry)> {
    let on = request.occurred_on.map_or(act.occurred_on, Day::get);
    let (headcount, decision) = check_fields(setting, request, &act, organisation, on)?;
    require_paper(setting, &act, organisation, on, decision.as_ref())?;
    if is_founding(&act) {
        check_order(tx, &act, organisation, on)?;
        check_superior(tx, organisation, on)?;
        organisations::set_established_on(tx, organisation, on)?;
    }
    let corrects = act.entry_id;
    let mut next = KeptAct {
        occurred_on: on,
        count: headcount.map_or(act.count, Headcount::count),
        area_id: organisations::area_on(&setting.territory, &organisation.area, on).to_string(),
        ..act.with_decision(decision.as_ref())
    };
    let (entry, payload) = told_anew(&next, decision, headcount.and_then(Headcount::female_count))?;
    next.entry_id = entry.id();
    next.payload = payload;
    ledger::restate(tx, &next)?;
    let corrected = Corrected { act_id: next.id, entry_id: entry.id(), corrects, outcome: "restated".to_owned() };
    Ok((corrected, entry))
}

/// Checks what a restatement says, and what it leaves of a collective act: its numbers are bounded as when the act was
/// recorded.
fn check_fields(
    setting: &Setting,
    request: &CorrectEntry,
    act: &KeptAct,
    organisation: &KeptOrganisation,
    on: NaiveDate,
) -> Result<(Option<Headcount>, Option<Decision>)> {
    let mut faults = Faults::new();
    let is_founding = is_founding(act);
    // A founding moves the beginning itself.
    let begins = if is_founding { on } else { organisation.established_on };
    let judged = KeptOrganisation { established_on: begins, ..organisation.clone() };
    let decision = request.decision.clone().or_else(|| act.decision());
    let check_day = if act.kind == UnionMemberDeparted::KIND { leaving } else { act_in };
    let decision = check_day(&mut faults, &judged, on, decision.as_ref(), setting.today);
    if is_founding {
        check_area(&mut faults, setting, organisation, on);
    }
    let is_collective = is_collective(act);
    let mut headcount = None;
    if is_collective {
        let women = request.female_count.or(women_of(act)?);
        headcount = Headcount::parse(&mut faults, request.count.unwrap_or(act.count), women);
    }
    // Nobody counted the women of a departure.
    let has_women = is_collective && act.kind == UnionMemberAdmitted::KIND;
    refuse_unfit(
        &mut faults,
        &[
            ("/count", request.count.is_some(), is_collective),
            ("/female_count", request.female_count.is_some(), has_women),
            ("/authorising_paper", request.authorising_paper.is_some(), false),
        ],
    );
    for (name, _) in request.fields()? {
        faults.add(&format!("/{name}"), Wrong::new(Code::NotCorrectable));
    }
    faults.finish()?;
    Ok((headcount, decision))
}

/// The area on which an organisation was founded existed then.
fn check_area(faults: &mut Faults, setting: &Setting, organisation: &KeptOrganisation, on: NaiveDate) {
    let area = setting.territory.find(&organisation.area).filter(|area| !area.is_in_force(on));
    if let Some(area) = area {
        faults.add("/occurred_on", Wrong::new(Code::AreaNotInForce).with("area", &area.name).with("day", on));
    }
}

/// The paper that the rule book demands of the act on its day. What was there before the books began rests on none.
fn require_paper(
    setting: &Setting,
    act: &KeptAct,
    organisation: &KeptOrganisation,
    on: NaiveDate,
    paper: Option<&Decision>,
) -> Result<()> {
    let kind = match act.kind.as_str() {
        OrganisationOpeningRegistered::KIND | UnionMemberOpeningRegistered::KIND => return Ok(()),
        _ if organisation.is_superior_body => return Ok(()),
        // It may have been upgraded since.
        OrganisationEstablished::KIND => serde_json::from_str::<OrganisationEstablished>(&act.payload)?.0.kind,
        _ => organisation.kind.clone(),
    };
    setting.book.require_paper(&organisation.branch, &kind, on, paper)
}

/// How many women a collective act counts, where it says so.
fn women_of(act: &KeptAct) -> Result<Option<i64>> {
    Ok(serde_json::from_str::<UnionMembers>(&act.payload)?.female_count)
}

/// Nothing answers to what does not exist yet.
fn check_superior(tx: &mut Tx<'_>, organisation: &KeptOrganisation, on: NaiveDate) -> Result<()> {
    let first = organisations::founded_under(tx.conn(), organisation.id)?;
    let Some(superior) = first else { return Ok(()) };
    let superior = organisations::find_kept(tx.conn(), superior)?;
    let mut faults = Faults::new();
    if on < superior.established_on {
        let wrong = Wrong::new(Code::BeforeOrganisation).with("established_on", superior.established_on);
        faults.add("/occurred_on", wrong);
    }
    faults.finish()
}

/// A founding that moves to a later day stays before all that happened in the organisation and below it.
fn check_order(tx: &mut Tx<'_>, act: &KeptAct, organisation: &KeptOrganisation, on: NaiveDate) -> Result<()> {
    if on <= act.occurred_on {
        return Ok(());
    }
    let below_on = organisations::first_below_on(tx.conn(), organisation.id)?;
    let others = ledger::span_of_acts(tx.conn(), organisation.id, Some(act.id))?;
    // A phase of an organisation begins on a day of its own.
    let is_kept = below_on.is_none_or(|first_on| on <= first_on) && others.is_none_or(|(first_on, _)| on < first_on);
    if is_kept { Ok(()) } else { Err(Error::new(Code::HasLaterActs)) }
}

/// The same kind, told anew.
fn told_anew(act: &KeptAct, decision: Option<Decision>, female_count: Option<i64>) -> Result<(Entry, String)> {
    let kind = act.kind.as_str();
    if is_founding(act) {
        let told: OrganisationState = serde_json::from_str(&act.payload)?;
        let state = OrganisationState { decision, ..told };
        return match kind {
            OrganisationEstablished::KIND => written(&OrganisationEstablished(state), act),
            _ => written(&OrganisationOpeningRegistered(state), act),
        };
    }
    if !is_collective(act) {
        return Err(not_correctable());
    }
    let told: UnionMembers = serde_json::from_str(&act.payload)?;
    let female_count = female_count.or(told.female_count);
    let members = UnionMembers { decision, count: act.count, female_count, ..told };
    match kind {
        UnionMemberAdmitted::KIND => written(&UnionMemberAdmitted(members), act),
        UnionMemberOpeningRegistered::KIND => written(&UnionMemberOpeningRegistered(members), act),
        UnionMemberDeparted::KIND => written(&UnionMemberDeparted(members), act),
        _ => Err(not_correctable()),
    }
}

/// A payload as the journal and the act keep it.
fn written<P: Published>(payload: &P, act: &KeptAct) -> Result<(Entry, String)> {
    Ok((entry_of(payload, act)?, serde_json::to_string(payload)?))
}

fn entry_of<P: Published>(payload: &P, act: &KeptAct) -> Result<Entry> {
    let organisation = format!("/v1/organisations/{}", act.organisation_id);
    let subject = if is_collective(act) { format!("{organisation}/members") } else { organisation };
    let area = AreaId::stored(act.area_id.as_str());
    Ok(Entry::of(payload, subject, act.occurred_on)?.in_area(&area).correcting(act.entry_id))
}
