//! The command: what handlers and loaders share.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::access::Scope;
use shared::journal::{Entry, Published, area_of_entry};
use shared::personal::has_data_key;
use shared::published::organisation::{OrganisationEstablished, OrganisationWithdrawn};
use shared::published::party_member::{PartyMemberAdmitted, PartyMemberDeparted, PartyMemberWithdrawn};
use shared::published::union_member::{UnionMemberAdmitted, UnionMemberDeparted, UnionMemberWithdrawn};
use shared::published::{Decision, Place};
use shared::storage::Tx;
use shared::territory::AreaId;
use shared::validate::{Faults, Wrong};
use shared::{Code, Day, Error, Id, Result};

use crate::Setting;
use crate::admissions::act_in;
use crate::ledger::{self, Headcount, KeptAct, OfAct};
use crate::organisations::{self, KeptOrganisation};
use crate::people::{self, AgeFacts, KeptMembership};

/// Replaces a journal entry: `withdraw`, or at least one of the other fields.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"entry_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f", "occurred_on": "2022-06-28"}))]
pub struct CorrectEntry {
    /// The entry that was wrong, in its latest correction.
    pub entry_id: Id,
    /// Whether it should never have been recorded.
    #[serde(default)]
    pub withdraw: bool,
    /// The right day.
    #[serde(default)]
    pub occurred_on: Option<Day>,
    /// The right number, of a collective act: 1-100,000, and not below its women.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100_000)]
    pub count: Option<i64>,
    /// The right number of women, of a collective admission: not more than all.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100_000)]
    pub female_count: Option<i64>,
    /// The right paper.
    #[serde(default)]
    pub decision: Option<Decision>,
}

/// What a correction brought about.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Corrected {
    /// The act that was corrected: `/v1/acts/{id}`.
    pub act_id: Id,
    /// The new journal entry.
    pub entry_id: Id,
    /// The entry that it replaces.
    pub corrects: Id,
    /// `restated` or `withdrawn`.
    pub outcome: String,
}

impl OfAct for Corrected {
    fn act(&self) -> Id {
        self.act_id
    }
}

/// Restates or withdraws an act.
///
/// # Errors
/// `entry_already_corrected`, `has_later_acts`; the faults and refusals of the act itself.
pub fn correct(tx: &mut Tx<'_>, setting: &Setting, request: &CorrectEntry) -> Result<(Corrected, Entry)> {
    let restates = request.occurred_on.is_some()
        || request.count.is_some()
        || request.female_count.is_some()
        || request.decision.is_some();
    if request.withdraw == restates {
        let mut faults = Faults::new();
        let names = "withdraw; occurred_on, count, female_count, decision";
        faults.add("/withdraw", Wrong::new(Code::OneOfRequired).with("names", names));
        faults.finish()?;
    }
    let act = find_act(tx, setting, request.entry_id)?;
    // The organisation may lie anywhere: the act's own commune decided that the caller may.
    let organisation = organisations::find_for_act(tx.conn(), &Scope::everything(), act.organisation_id, "/entry_id")?;
    let membership = match act.membership_id {
        Some(id) => people::find_membership(tx.conn(), &Scope::everything(), id)?,
        None => None,
    };
    if let Some(membership) = membership.as_ref().filter(|_| request.decision.is_some())
        && !has_data_key(tx.conn(), membership.person_id)?
    {
        // The paper leads to the person: the erasure took it out.
        return Err(Error::fault("/decision", Code::NotCorrectable));
    }
    let is_collective = act.membership_id.is_none() && act.kind != OrganisationEstablished::KIND;
    let before = if is_collective { Some(fewest_members(tx, &organisation)?) } else { None };
    let corrected = if request.withdraw {
        withdraw(tx, &act, &organisation, membership)
    } else {
        restate(tx, setting, request, act, &organisation, membership)
    }?;
    if let Some(before) = before {
        check_members(before, fewest_members(tx, &organisation)?)?;
    }
    Ok(corrected)
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

fn not_correctable() -> Error {
    Error::fault("/entry_id", Code::NotCorrectable)
}

fn withdraw(
    tx: &mut Tx<'_>,
    act: &KeptAct,
    organisation: &KeptOrganisation,
    membership: Option<KeptMembership>,
) -> Result<(Corrected, Entry)> {
    let later = match &membership {
        Some(membership) => ledger::span_of_acts(tx.conn(), None, Some(membership.id), Some(act.id))?,
        None if act.kind == OrganisationEstablished::KIND => {
            ledger::span_of_acts(tx.conn(), Some(organisation.id), None, Some(act.id))?
        }
        None => None,
    };
    if later.is_some() {
        return Err(Error::new(Code::HasLaterActs));
    }
    let payload = &act.payload;
    let entry = match act.kind.as_str() {
        OrganisationEstablished::KIND => {
            if organisations::count_below(tx.conn(), organisation.id)? > 0 {
                return Err(Error::new(Code::HasLaterActs));
            }
            organisations::withdraw(tx, organisation)?;
            let told: OrganisationEstablished = serde_json::from_str(payload)?;
            entry_of(&OrganisationWithdrawn(told.0), act)?
        }
        PartyMemberAdmitted::KIND => {
            let told: PartyMemberAdmitted = serde_json::from_str(payload)?;
            entry_of(&PartyMemberWithdrawn(told.0), act)?
        }
        UnionMemberAdmitted::KIND => {
            let told: UnionMemberAdmitted = serde_json::from_str(payload)?;
            entry_of(&UnionMemberWithdrawn(told.0), act)?
        }
        _ => return Err(not_correctable()),
    };
    if let Some(membership) = membership {
        people::update_membership(tx, &KeptMembership { status: "withdrawn".to_owned(), ..membership })?;
    }
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
    membership: Option<KeptMembership>,
) -> Result<(Corrected, Entry)> {
    let on = request.occurred_on.map_or(act.occurred_on, Day::get);
    let (headcount, decision) = check_fields(setting, request, &act, organisation, on)?;
    check_order(tx, &act, organisation, membership.as_ref(), on)?;
    let mut place = organisations::place_on(tx.conn(), &setting.territory, organisation, on)?;
    if let Some(membership) = membership {
        restate_membership(tx, setting, &act, organisation, membership, on)?;
    } else if act.kind == OrganisationEstablished::KIND {
        organisations::set_established_on(tx, organisation, on)?;
        place = organisations::place_on(tx.conn(), &setting.territory, organisation, on)?;
    }
    let corrects = act.entry_id;
    let mut next = KeptAct {
        occurred_on: on,
        count: headcount.map_or(act.count, Headcount::count),
        area_id: place.area.to_string(),
        decision_number: decision.as_ref().map(|paper| paper.number.clone()),
        decided_on: decision.as_ref().map(|paper| paper.decided_on.get()),
        issuing_body: decision.as_ref().map(|paper| paper.issuing_body.clone()),
        ..act
    };
    let (entry, payload) = told_anew(&next, place, decision, headcount.and_then(Headcount::female_count))?;
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
    let is_founding = act.kind == OrganisationEstablished::KIND;
    // A founding moves the beginning itself.
    let begins = if is_founding { on } else { organisation.established_on };
    let judged = KeptOrganisation { established_on: begins, ..organisation.clone() };
    let decision = request.decision.clone().or_else(|| act.decision());
    let decision = act_in(&mut faults, &judged, on, decision.as_ref(), setting.today);
    let is_collective = act.membership_id.is_none() && !is_founding;
    let mut headcount = None;
    if is_collective {
        let women = request.female_count.or(women_of(act)?);
        headcount = Headcount::parse(&mut faults, request.count.unwrap_or(act.count), women);
    }
    // Nobody counted the women of a departure.
    let has_women = is_collective && act.kind == UnionMemberAdmitted::KIND;
    for (place, is_there, may_be) in [
        ("/count", request.count.is_some(), is_collective),
        ("/female_count", request.female_count.is_some(), has_women),
    ] {
        if is_there && !may_be {
            faults.add(place, Wrong::new(Code::NotCorrectable));
        }
    }
    faults.finish()?;
    Ok((headcount, decision))
}

/// How many women a collective act counts, where it says so.
fn women_of(act: &KeptAct) -> Result<Option<i64>> {
    match act.kind.as_str() {
        UnionMemberAdmitted::KIND => Ok(serde_json::from_str::<UnionMemberAdmitted>(&act.payload)?.0.female_count),
        _ => Ok(None),
    }
}

/// What comes first stays first.
fn check_order(
    tx: &mut Tx<'_>,
    act: &KeptAct,
    organisation: &KeptOrganisation,
    membership: Option<&KeptMembership>,
    on: NaiveDate,
) -> Result<()> {
    let others = match membership {
        Some(membership) => ledger::span_of_acts(tx.conn(), None, Some(membership.id), Some(act.id))?,
        None if act.kind == OrganisationEstablished::KIND => {
            ledger::span_of_acts(tx.conn(), Some(organisation.id), None, Some(act.id))?
        }
        None => None,
    };
    let is_founding = act.kind == OrganisationEstablished::KIND;
    if is_founding && organisations::first_below_on(tx.conn(), organisation.id)?.is_some_and(|first_on| on > first_on) {
        return Err(Error::new(Code::HasLaterActs));
    }
    let Some((first_on, last_on)) = others else { return Ok(()) };
    let comes_first = act.occurred_on <= first_on && act.kind != PartyMemberDeparted::KIND;
    let is_kept = match (comes_first, is_founding) {
        // A phase of an organisation begins on a day of its own.
        (true, true) => on < first_on,
        (true, false) => on <= first_on,
        (false, _) => on >= last_on,
    };
    if is_kept { Ok(()) } else { Err(Error::new(Code::HasLaterActs)) }
}

fn restate_membership(
    tx: &mut Tx<'_>,
    setting: &Setting,
    act: &KeptAct,
    organisation: &KeptOrganisation,
    membership: KeptMembership,
    on: NaiveDate,
) -> Result<()> {
    let mut next = membership.clone();
    let is_last = act.occurred_on >= membership.last_act_on;
    if is_last {
        next.last_act_on = on;
    }
    match act.kind.as_str() {
        PartyMemberAdmitted::KIND => {
            // Of an erased person, the rules about the person count as held.
            if let Some(birth_date) = people::birth_date_of(tx.conn(), &setting.vault, membership.person_id)? {
                let facts = AgeFacts { birth_date, considered_on: on, has_paper: act.authorising_paper.is_some() };
                people::check_age(&setting.book, &organisation.branch, &organisation.kind, facts)?;
            }
            next.joined_on = on;
        }
        UnionMemberAdmitted::KIND => next.joined_on = on,
        PartyMemberDeparted::KIND | UnionMemberDeparted::KIND => next.ended_on = Some(on),
        _ => return Err(not_correctable()),
    }
    people::update_membership(tx, &next).map(|_| ())
}

/// The same kind, told anew.
fn told_anew(
    act: &KeptAct,
    place: Place,
    decision: Option<Decision>,
    female_count: Option<i64>,
) -> Result<(Entry, String)> {
    let payload = &act.payload;
    match act.kind.as_str() {
        OrganisationEstablished::KIND => {
            let mut told: OrganisationEstablished = serde_json::from_str(payload)?;
            told.0.place = place;
            told.0.decision = decision;
            Ok((entry_of(&told, act)?, serde_json::to_string(&told)?))
        }
        PartyMemberAdmitted::KIND => {
            let mut told: PartyMemberAdmitted = serde_json::from_str(payload)?;
            told.0.place = Some(place);
            told.0.decision = decision;
            Ok((entry_of(&told, act)?, serde_json::to_string(&told)?))
        }
        PartyMemberDeparted::KIND => {
            let mut told: PartyMemberDeparted = serde_json::from_str(payload)?;
            told.member.place = Some(place);
            told.member.decision = decision;
            Ok((entry_of(&told, act)?, serde_json::to_string(&told)?))
        }
        UnionMemberAdmitted::KIND => {
            let mut told: UnionMemberAdmitted = serde_json::from_str(payload)?;
            (told.0.place, told.0.decision, told.0.count) = (place, decision, act.count);
            told.0.female_count = female_count.or(told.0.female_count);
            Ok((entry_of(&told, act)?, serde_json::to_string(&told)?))
        }
        UnionMemberDeparted::KIND => {
            let mut told: UnionMemberDeparted = serde_json::from_str(payload)?;
            (told.0.place, told.0.decision, told.0.count) = (place, decision, act.count);
            Ok((entry_of(&told, act)?, serde_json::to_string(&told)?))
        }
        _ => Err(not_correctable()),
    }
}

fn entry_of<P: Published>(payload: &P, act: &KeptAct) -> Result<Entry> {
    let subject = match act.membership_id {
        Some(id) => format!("/v1/memberships/{id}"),
        None if act.kind.starts_with("organisation.") => format!("/v1/organisations/{}", act.organisation_id),
        None => format!("/v1/organisations/{}/members", act.organisation_id),
    };
    let area = AreaId::stored(act.area_id.as_str());
    Ok(Entry::of(payload, subject, act.occurred_on)?.in_area(&area).correcting(act.entry_id))
}
