//! The commands: what handlers and loaders share. Each is rule, then storage, then journal.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::access::Scope;
use shared::journal::{Entry, Published};
use shared::published::party_member::{
    PartyMemberDeparted, PartyMemberRecognised, PartyMemberTransferStarted, PartyMemberTransferred,
};
use shared::published::union_member::{UnionMemberDeparted, UnionMembers};
use shared::published::{Decision, Place};
use shared::storage::Tx;
use shared::territory::AreaId;
use shared::validate::{Faults, Wrong, past_day};
use shared::{Code, Day, Error, Id, Result};

use super::rules::{self, CompleteTransfer, DepartMember, RecogniseMember, TransferIn, TransferMember};
use crate::Setting;
use crate::admissions::{act_in, joining, member_state};
use crate::ledger::{self, Headcount, OfAct, Recorded};
use crate::organisations::{self, KeptOrganisation, find_for_act};
use crate::people::{self, KeptMembership, NewMembership};

/// What a movement brought about, by ids.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Moved {
    /// The act, with its paper: `/v1/acts/{id}`. A transfer is completed under this id.
    pub act_id: Id,
    /// The journal entry that tells it: what a correction names.
    pub entry_id: Id,
    /// The membership; null for a number of union members.
    pub membership_id: Option<Id>,
    /// The membership's status afterwards.
    pub status: String,
    /// The day it happened.
    pub occurred_on: NaiveDate,
}

impl OfAct for Moved {
    fn act(&self) -> Id {
        self.act_id
    }
}

/// Returns a membership that the caller may act on, with the organisation it belongs to.
fn writable(tx: &mut Tx<'_>, setting: &Setting, id: Id) -> Result<(KeptMembership, KeptOrganisation)> {
    let membership = people::find_membership(tx.conn(), &setting.scope, id)?
        .filter(|one| setting.scope.may_write(&AreaId::stored(one.area_id.as_str())))
        .ok_or_else(|| Error::fault("/membership_id", Code::UnknownMembership))?;
    let organisation = find_for_act(tx.conn(), &setting.scope, membership.organisation_id, "/membership_id")?;
    Ok((membership, organisation))
}

fn tell<P: Published>(
    tx: &mut Tx<'_>,
    payload: &P,
    membership: &KeptMembership,
    place: &Place,
    on: NaiveDate,
    decision: Option<&Decision>,
) -> Result<(Moved, Entry)> {
    let recorded = Recorded {
        organisation: place.organisation,
        membership: Some(membership.id),
        subject: format!("/v1/memberships/{}", membership.id),
        area: &place.area,
        occurred_on: on,
        count: 1,
        decision,
        authorising_paper: None,
    };
    let (act_id, entry) = ledger::record(tx, payload, recorded)?;
    let moved = Moved {
        act_id,
        entry_id: entry.id(),
        membership_id: Some(membership.id),
        status: membership.status.clone(),
        occurred_on: on,
    };
    Ok((moved, entry))
}

/// Recognises a probationary member as official.
///
/// # Errors
/// All faults of the request at once; `probation_not_over`, with its source.
pub fn recognise(tx: &mut Tx<'_>, setting: &Setting, request: &RecogniseMember) -> Result<(Moved, Entry)> {
    let (membership, organisation) = writable(tx, setting, request.membership_id)?;
    let on = request.occurred_on.get();
    let mut faults = Faults::new();
    // The paper may come after the day: official standing begins with the end of the probation.
    let decision = match &request.decision {
        Some(paper) => shared::validate::decision(&mut faults, "/decision", paper, setting.today),
        None => None,
    };
    faults.take("/occurred_on", past_day(on, setting.today));
    rules::after_last_act(&mut faults, &membership, on);
    faults.finish()?;
    setting.book.require_paper(&organisation.branch, &organisation.kind, on, decision.as_ref())?;
    rules::recognition(&setting.book, &organisation.kind, &membership, on)?;
    let next = KeptMembership { standing: "official".to_owned(), official_on: Some(on), last_act_on: on, ..membership };
    let membership = people::update_membership(tx, &next)?;
    let place = organisations::place_on(tx.conn(), &setting.territory, &organisation, on)?;
    let payload = PartyMemberRecognised { member: member_state(&membership, Some(&place), decision.clone()) };
    tell(tx, &payload, &membership, &place, on, decision.as_ref())
}

/// Begins a transfer, or lets a member leave these books by one.
///
/// # Errors
/// All faults of the request at once; `membership_not_active`.
pub fn start_transfer(tx: &mut Tx<'_>, setting: &Setting, request: &TransferMember) -> Result<(Moved, Entry)> {
    let (membership, organisation) = writable(tx, setting, request.membership_id)?;
    let on = request.occurred_on.get();
    let mut faults = Faults::new();
    let decision = act_in(&mut faults, &organisation, on, request.decision.as_ref(), setting.today);
    rules::after_last_act(&mut faults, &membership, on);
    if membership.branch != "party" {
        faults.add("/membership_id", Wrong::new(Code::BranchMismatch));
    }
    faults.finish()?;
    setting.book.require_paper(&organisation.branch, &organisation.kind, on, decision.as_ref())?;
    rules::active(&membership, on)?;
    let place = organisations::place_on(tx.conn(), &setting.territory, &organisation, on)?;
    let before = member_state(&membership, Some(&place), decision.clone());
    let mut next = KeptMembership { status: "in_flight".to_owned(), last_act_on: on, ..membership };
    if request.is_outward {
        next.status = "transferred_out".to_owned();
        next.ended_on = Some(on);
        next.end_reason = Some("transferred_out".to_owned());
        let membership = people::update_membership(tx, &next)?;
        let member = member_state(&membership, None, decision.clone());
        let payload = PartyMemberTransferred { from: Some(place.clone()), member };
        return tell(tx, &payload, &membership, &place, on, decision.as_ref());
    }
    let membership = people::update_membership(tx, &next)?;
    tell(tx, &PartyMemberTransferStarted(before), &membership, &place, on, decision.as_ref())
}

/// Receives a member in flight. The receiver finds the membership by the id on the transfer paper: its
/// reach need not cover where the member comes from.
///
/// # Errors
/// All faults of the request at once; `unknown_membership` where no such member is in flight.
pub fn complete_transfer(tx: &mut Tx<'_>, setting: &Setting, request: &CompleteTransfer) -> Result<(Moved, Entry)> {
    let organisation = find_for_act(tx.conn(), &setting.scope, request.organisation_id, "/organisation_id")?;
    let unknown = || Error::fault("/membership_id", Code::UnknownMembership);
    let membership = people::find_membership(tx.conn(), &Scope::everything(), request.membership_id)?
        .filter(|one| one.status == "in_flight")
        .ok_or_else(unknown)?;
    let sender = find_for_act(tx.conn(), &Scope::everything(), membership.organisation_id, "/membership_id")?;
    let on = request.occurred_on.get();
    let mut faults = Faults::new();
    joining(&mut faults, &organisation, on, None, setting.today);
    rules::after_last_act(&mut faults, &membership, on);
    if organisation.branch != membership.branch || organisation.is_superior_body {
        faults.add("/organisation_id", Wrong::new(Code::BranchMismatch));
    }
    if organisation.id == sender.id {
        faults.add("/organisation_id", Wrong::new(Code::SameOrganisation));
    }
    faults.finish()?;
    let from = organisations::place_on(tx.conn(), &setting.territory, &sender, on)?;
    let place = organisations::place_on(tx.conn(), &setting.territory, &organisation, on)?;
    let next = KeptMembership {
        organisation_id: organisation.id,
        area_id: organisation.area.to_string(),
        status: "active".to_owned(),
        last_act_on: on,
        ..membership
    };
    let membership = people::update_membership(tx, &next)?;
    let payload = PartyMemberTransferred { from: Some(from), member: member_state(&membership, Some(&place), None) };
    tell(tx, &payload, &membership, &place, on, None)
}

/// Receives a Party member from outside these books.
///
/// # Errors
/// All faults of the request at once; `already_member`.
pub fn receive_from_outside(tx: &mut Tx<'_>, setting: &Setting, request: &TransferIn) -> Result<(Moved, Entry)> {
    let organisation = find_for_act(tx.conn(), &setting.scope, request.organisation_id, "/organisation_id")?;
    let on = request.occurred_on.get();
    let mut faults = Faults::new();
    let person = people::parse(&mut faults, "/person", &request.person, setting.today);
    let decision = joining(&mut faults, &organisation, on, request.decision.as_ref(), setting.today);
    if organisation.branch != "party" || organisation.is_superior_body {
        faults.add("/organisation_id", Wrong::new(Code::BranchMismatch));
    }
    let (joined_on, official_on) = (request.joined_on.get(), request.official_on.map(Day::get));
    if joined_on > official_on.unwrap_or(on) || official_on.is_some_and(|official| official > on) {
        let wrong = Wrong::new(Code::AgainstEachOther).with("reason", "joined_on <= official_on <= occurred_on");
        faults.add("/joined_on", wrong);
    }
    let person = faults.finish_with(person)?;
    setting.book.require_paper(&organisation.branch, &organisation.kind, on, decision.as_ref())?;
    let person = people::record_person(tx, &setting.scope, &setting.vault, &person)?;
    let membership = people::insert_membership(
        tx,
        &setting.scope,
        &NewMembership {
            person: person.id,
            branch: "party",
            organisation: organisation.id,
            area: &organisation.area,
            standing: if request.official_on.is_some() { "official" } else { "probationary" },
            sex: person.sex.as_deref(),
            is_owner: request.is_owner,
            is_worker: request.is_worker,
            joined_on,
            official_on,
            act_on: on,
        },
    )?;
    let place = organisations::place_on(tx.conn(), &setting.territory, &organisation, on)?;
    let payload =
        PartyMemberTransferred { from: None, member: member_state(&membership, Some(&place), decision.clone()) };
    tell(tx, &payload, &membership, &place, on, decision.as_ref())
}

/// Ends a membership, or those of a number of union members.
///
/// # Errors
/// All faults of the request at once; `membership_not_active`.
pub fn depart(tx: &mut Tx<'_>, setting: &Setting, request: &DepartMember) -> Result<(Moved, Entry)> {
    let mut faults = Faults::new();
    if !rules::REASONS.contains(&request.reason.as_str()) {
        faults.add("/reason", Wrong::not_among(&rules::REASONS));
    }
    match (request.membership_id, request.organisation_id, request.count) {
        (Some(id), None, None) => depart_one(tx, setting, request, id, faults),
        (None, Some(id), Some(count)) => depart_many(tx, setting, request, id, count, faults),
        _ => {
            let names = "membership_id, organisation_id + count";
            faults.add("/membership_id", Wrong::new(Code::OneOfRequired).with("names", names));
            faults.finish()?;
            Err(Error::internal("a departure of nobody"))
        }
    }
}

fn depart_one(
    tx: &mut Tx<'_>,
    setting: &Setting,
    request: &DepartMember,
    id: Id,
    mut faults: Faults,
) -> Result<(Moved, Entry)> {
    let (membership, organisation) = writable(tx, setting, id)?;
    let on = request.occurred_on.get();
    let decision = act_in(&mut faults, &organisation, on, request.decision.as_ref(), setting.today);
    rules::after_last_act(&mut faults, &membership, on);
    faults.finish()?;
    if request.reason != "deceased" {
        setting.book.require_paper(&organisation.branch, &organisation.kind, on, decision.as_ref())?;
    }
    rules::active(&membership, on)?;
    let place = organisations::place_on(tx.conn(), &setting.territory, &organisation, on)?;
    let next = KeptMembership {
        status: "departed".to_owned(),
        ended_on: Some(on),
        end_reason: Some(request.reason.clone()),
        last_act_on: on,
        ..membership
    };
    let membership = people::update_membership(tx, &next)?;
    if membership.branch == "party" {
        let member = member_state(&membership, Some(&place), decision.clone());
        let payload = PartyMemberDeparted { reason: request.reason.clone(), member };
        return tell(tx, &payload, &membership, &place, on, decision.as_ref());
    }
    let members = UnionMembers {
        membership: Some(membership.id),
        person: Some(membership.person_id),
        count: 1,
        female_count: membership.sex.as_deref().map(|sex| i64::from(sex == "female")),
        place: place.clone(),
        decision: decision.clone(),
    };
    tell(tx, &UnionMemberDeparted(members), &membership, &place, on, decision.as_ref())
}

fn depart_many(
    tx: &mut Tx<'_>,
    setting: &Setting,
    request: &DepartMember,
    id: Id,
    count: i64,
    mut faults: Faults,
) -> Result<(Moved, Entry)> {
    let organisation = find_for_act(tx.conn(), &setting.scope, id, "/organisation_id")?;
    let on = request.occurred_on.get();
    let decision = act_in(&mut faults, &organisation, on, request.decision.as_ref(), setting.today);
    if organisation.branch != "union" {
        faults.add("/organisation_id", Wrong::new(Code::BranchMismatch));
    }
    let headcount = Headcount::parse(&mut faults, count, None);
    let count = faults.finish_with(headcount)?.count();
    let there = ledger::fewest_members_from(tx.conn(), id, on)?;
    if count > there {
        let mut faults = Faults::new();
        faults.add("/count", Wrong::new(Code::MoreThanMembers).with("members", there));
        faults.finish()?;
    }
    setting.book.require_paper(&organisation.branch, &organisation.kind, on, decision.as_ref())?;
    let place = organisations::place_on(tx.conn(), &setting.territory, &organisation, on)?;
    let members = UnionMembers {
        membership: None,
        person: None,
        count,
        female_count: None,
        place: place.clone(),
        decision: decision.clone(),
    };
    let recorded = Recorded {
        organisation: id,
        membership: None,
        subject: format!("/v1/organisations/{id}/members"),
        area: &place.area,
        occurred_on: on,
        count,
        decision: decision.as_ref(),
        authorising_paper: None,
    };
    let (act_id, entry) = ledger::record(tx, &UnionMemberDeparted(members), recorded)?;
    let moved =
        Moved { act_id, entry_id: entry.id(), membership_id: None, status: "departed".to_owned(), occurred_on: on };
    Ok((moved, entry))
}
