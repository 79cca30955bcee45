//! The commands: what handlers and loaders share. Each is rule, then storage, then journal.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::journal::Entry;
use shared::personal::has_data_key;
use shared::published::party_member::{
    MemberState, PartyMemberAdmitted, PartyMemberOpeningRegistered, PartyMemberReadmitted,
};
use shared::published::union_member::{UnionMemberAdmitted, UnionMemberOpeningRegistered, UnionMembers};
use shared::published::{Decision, Place};
use shared::storage::Tx;
use shared::territory::AreaId;
use shared::validate::{Faults, Wrong, line, past_day};
use shared::{Code, Day, Error, Id, Result};

use super::rules::{self, AdmitCollectively, AdmitPerson, OpenMembers, ReadmitPerson};
use crate::Setting;
use crate::ledger::{self, Headcount, OfAct, Recorded};
use crate::organisations::{self, KeptOrganisation};
use crate::people::{self, AgeFacts, KeptMembership, KnownPerson, NewMembership, NewPerson, PersonDetails};

/// What an act brought about, by ids.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Admitted {
    /// The act, with its paper: `/v1/acts/{id}`.
    pub act_id: Id,
    /// The journal entry that tells it: what a correction names.
    pub entry_id: Id,
    /// The organisation.
    pub organisation_id: Id,
    /// The membership; null for a collective act.
    pub membership_id: Option<Id>,
    /// The person; null for a collective act.
    pub person_id: Option<Id>,
    /// How many it counts.
    pub count: i64,
    /// The day it happened.
    pub occurred_on: NaiveDate,
}

impl OfAct for Admitted {
    fn act(&self) -> Id {
        self.act_id
    }
}

/// Who is meant in a request: details of a new person, or an id.
enum Who {
    Details(NewPerson),
    Known(Id),
}

fn who(faults: &mut Faults, setting: &Setting, details: Option<&PersonDetails>, id: Option<Id>) -> Option<Who> {
    match (details, id) {
        (Some(details), None) => people::parse(faults, "/person", details, setting.today).map(Who::Details),
        (None, Some(id)) => Some(Who::Known(id)),
        _ => {
            faults.add("/person", Wrong::new(Code::OneOfRequired).with("names", "person, person_id"));
            None
        }
    }
}

/// Finds or records the person. Someone within the caller's reach with the same personal id is that person;
/// someone outside it is not told, and a finding tells those whose reach covers both.
fn person_of(tx: &mut Tx<'_>, setting: &Setting, who: &Who) -> Result<KnownPerson> {
    match who {
        Who::Known(id) => people::find_known(tx, &setting.scope, &setting.vault, *id, "/person_id"),
        Who::Details(person) => people::record_person(tx, &setting.scope, &setting.vault, person),
    }
}

/// Who had left the Party comes back by a readmission, not by a second admission.
fn refuse_former(tx: &mut Tx<'_>, person: Id, branch: &str, setting: &Setting) -> Result<()> {
    let Ok(known) = people::find_person_in_scope(tx.conn(), &setting.scope, person, "/person_id") else {
        return Ok(());
    };
    let is_former = |one: &KeptMembership| one.branch == branch && one.status != "withdrawn";
    if known.iter().any(is_former) { Err(Error::new(Code::AlreadyMember)) } else { Ok(()) }
}

/// Admits a person.
///
/// # Errors
/// All faults of the request at once; refusals of the rule book; `already_member`.
pub fn admit(tx: &mut Tx<'_>, setting: &Setting, request: &AdmitPerson) -> Result<(Admitted, Entry)> {
    let organisation =
        organisations::find_for_act(tx.conn(), &setting.scope, request.organisation_id, "/organisation_id")?;
    let mut faults = Faults::new();
    let on = request.occurred_on.get();
    let who = who(&mut faults, setting, request.person.as_ref(), request.person_id);
    let decision = rules::joining(&mut faults, &organisation, on, request.decision.as_ref(), setting.today);
    let considered_on = request.considered_on.map_or(on, Day::get);
    if considered_on > on {
        faults.add("/considered_on", Wrong::new(Code::AgainstEachOther).with("reason", "considered_on > occurred_on"));
    }
    let paper =
        faults.take("/authorising_paper", request.authorising_paper.as_deref().map(|text| line(text, 200)).transpose());
    let paper = paper.flatten();
    check_holds_members(&mut faults, &organisation);
    let who = faults.finish_with(who)?;
    setting.book.require_paper(&organisation.branch, &organisation.kind, on, decision.as_ref())?;
    let person = person_of(tx, setting, &who)?;
    let facts = AgeFacts { birth_date: person.birth_date, considered_on, has_paper: paper.is_some() };
    people::check_age(&setting.book, &organisation.branch, &organisation.kind, facts)?;
    refuse_former(tx, person.id, &organisation.branch, setting)?;
    let place = organisations::place_on(tx.conn(), &setting.territory, &organisation, on)?;
    let standing = if organisation.branch == "party" { "probationary" } else { "member" };
    let membership = people::insert_membership(
        tx,
        &setting.scope,
        &NewMembership {
            person: person.id,
            branch: &organisation.branch,
            organisation: organisation.id,
            area: &organisation.area,
            standing,
            sex: person.sex.as_deref(),
            is_owner: request.is_owner,
            is_worker: request.is_worker,
            joined_on: on,
            official_on: None,
            act_on: on,
        },
    )?;
    let told = Told { membership: &membership, place: &place, decision, paper: paper.as_deref(), on };
    if organisation.branch == "party" {
        tell(tx, &PartyMemberAdmitted(member_state(&membership, Some(&place), told.decision.clone())), &told)
    } else {
        tell(tx, &UnionMemberAdmitted(union_members(&told)), &told)
    }
}

/// An act on one membership, to be told.
struct Told<'a> {
    membership: &'a KeptMembership,
    place: &'a Place,
    decision: Option<Decision>,
    paper: Option<&'a str>,
    on: NaiveDate,
}

fn tell<P: shared::journal::Published>(tx: &mut Tx<'_>, payload: &P, told: &Told<'_>) -> Result<(Admitted, Entry)> {
    let membership = told.membership;
    let recorded = Recorded {
        organisation: told.place.organisation,
        membership: Some(membership.id),
        subject: format!("/v1/memberships/{}", membership.id),
        area: &told.place.area,
        occurred_on: told.on,
        count: 1,
        decision: told.decision.as_ref(),
        authorising_paper: told.paper,
    };
    let (act_id, entry) = ledger::record(tx, payload, recorded)?;
    let admitted = Admitted {
        act_id,
        entry_id: entry.id(),
        organisation_id: told.place.organisation,
        membership_id: Some(membership.id),
        person_id: Some(membership.person_id),
        count: 1,
        occurred_on: told.on,
    };
    Ok((admitted, entry))
}

/// A member as the journal tells it.
#[must_use]
pub fn member_state(membership: &KeptMembership, place: Option<&Place>, decision: Option<Decision>) -> MemberState {
    MemberState {
        membership: membership.id,
        person: membership.person_id,
        standing: membership.standing.clone(),
        sex: membership.sex.clone(),
        is_owner: membership.is_owner,
        is_worker: membership.is_worker,
        place: place.cloned(),
        decision,
    }
}

fn union_members(told: &Told<'_>) -> UnionMembers {
    UnionMembers {
        membership: Some(told.membership.id),
        person: Some(told.membership.person_id),
        count: 1,
        female_count: told.membership.sex.as_deref().map(|sex| i64::from(sex == "female")),
        place: told.place.clone(),
        decision: told.decision.clone(),
    }
}

fn check_holds_members(faults: &mut Faults, organisation: &KeptOrganisation) {
    if organisation.is_superior_body {
        faults.add("/organisation_id", Wrong::new(Code::BranchMismatch));
    }
}

fn check_union(faults: &mut Faults, organisation: &KeptOrganisation) {
    check_holds_members(faults, organisation);
    if organisation.branch != "union" {
        faults.add("/organisation_id", Wrong::new(Code::BranchMismatch));
    }
}

/// Admits a number of workers.
///
/// # Errors
/// All faults of the request at once; refusals of the rule book.
pub fn admit_collectively(
    tx: &mut Tx<'_>,
    setting: &Setting,
    request: &AdmitCollectively,
) -> Result<(Admitted, Entry)> {
    let organisation =
        organisations::find_for_act(tx.conn(), &setting.scope, request.organisation_id, "/organisation_id")?;
    let mut faults = Faults::new();
    let on = request.occurred_on.get();
    let decision = rules::joining(&mut faults, &organisation, on, request.decision.as_ref(), setting.today);
    check_union(&mut faults, &organisation);
    let headcount = Headcount::parse(&mut faults, request.count, request.female_count);
    let headcount = faults.finish_with(headcount)?;
    setting.book.require_paper(&organisation.branch, &organisation.kind, on, decision.as_ref())?;
    let place = organisations::place_on(tx.conn(), &setting.territory, &organisation, on)?;
    let members = collective(&place, headcount, decision);
    tell_collective(tx, &UnionMemberAdmitted(members.clone()), &members, on)
}

fn collective(place: &Place, headcount: Headcount, decision: Option<Decision>) -> UnionMembers {
    let (count, female_count) = (headcount.count(), headcount.female_count());
    UnionMembers { membership: None, person: None, count, female_count, place: place.clone(), decision }
}

fn tell_collective<P: shared::journal::Published>(
    tx: &mut Tx<'_>,
    payload: &P,
    members: &UnionMembers,
    on: NaiveDate,
) -> Result<(Admitted, Entry)> {
    let organisation = members.place.organisation;
    let recorded = Recorded {
        organisation,
        membership: None,
        subject: format!("/v1/organisations/{organisation}/members"),
        area: &members.place.area,
        occurred_on: on,
        count: members.count,
        decision: members.decision.as_ref(),
        authorising_paper: None,
    };
    let (act_id, entry) = ledger::record(tx, payload, recorded)?;
    let (entry_id, count) = (entry.id(), members.count);
    let admitted = Admitted {
        act_id,
        entry_id,
        organisation_id: organisation,
        membership_id: None,
        person_id: None,
        count,
        occurred_on: on,
    };
    Ok((admitted, entry))
}

/// Registers who was a member before the books began.
///
/// # Errors
/// All faults of the request at once; `already_member`.
pub fn open_members(tx: &mut Tx<'_>, setting: &Setting, request: &OpenMembers) -> Result<(Admitted, Entry)> {
    let organisation =
        organisations::find_for_act(tx.conn(), &setting.scope, request.organisation_id, "/organisation_id")?;
    let mut faults = Faults::new();
    let on = request.occurred_on.get();
    rules::joining(&mut faults, &organisation, on, None, setting.today);
    if let Some(count) = request.count {
        check_union(&mut faults, &organisation);
        let headcount = Headcount::parse(&mut faults, count, None);
        if request.person.is_some() || request.person_id.is_some() {
            faults.add("/count", Wrong::new(Code::OneOfRequired).with("names", "person, person_id, count"));
        }
        let headcount = faults.finish_with(headcount)?;
        let place = organisations::place_on(tx.conn(), &setting.territory, &organisation, on)?;
        let members = collective(&place, headcount, None);
        return tell_collective(tx, &UnionMemberOpeningRegistered(members.clone()), &members, on);
    }
    check_holds_members(&mut faults, &organisation);
    let who = who(&mut faults, setting, request.person.as_ref(), request.person_id);
    let joined_on = opening_days(&mut faults, request, setting.today);
    let (who, joined_on) = faults.finish_with(who.zip(joined_on))?;
    let person = person_of(tx, setting, &who)?;
    refuse_former(tx, person.id, &organisation.branch, setting)?;
    let place = organisations::place_on(tx.conn(), &setting.territory, &organisation, on)?;
    let standing = match (organisation.branch.as_str(), request.official_on) {
        ("party", Some(_)) => "official",
        ("party", None) => "probationary",
        _ => "member",
    };
    let membership = people::insert_membership(
        tx,
        &setting.scope,
        &NewMembership {
            person: person.id,
            branch: &organisation.branch,
            organisation: organisation.id,
            area: &organisation.area,
            standing,
            sex: person.sex.as_deref(),
            is_owner: request.is_owner,
            is_worker: request.is_worker,
            joined_on,
            official_on: request.official_on.map(Day::get),
            act_on: on,
        },
    )?;
    let told = Told { membership: &membership, place: &place, decision: None, paper: None, on };
    if organisation.branch == "party" {
        tell(tx, &PartyMemberOpeningRegistered(member_state(&membership, Some(&place), None)), &told)
    } else {
        tell(tx, &UnionMemberOpeningRegistered(union_members(&told)), &told)
    }
}

/// Who registers members by name says since when; all of it lies before the day from which they count.
fn opening_days(faults: &mut Faults, request: &OpenMembers, today: NaiveDate) -> Option<NaiveDate> {
    let joined_on = match request.joined_on {
        Some(joined_on) => faults.take("/joined_on", past_day(joined_on, today)),
        None => faults.take("/joined_on", Err(Wrong::new(Code::Required))),
    };
    let before = |faults: &mut Faults, pointer: &str, earlier: Option<NaiveDate>, later: NaiveDate| {
        if earlier.is_some_and(|earlier| earlier > later) {
            faults.add(
                pointer,
                Wrong::new(Code::AgainstEachOther).with("reason", "joined_on <= official_on <= occurred_on"),
            );
        }
    };
    let (official_on, occurred_on) = (request.official_on.map(Day::get), request.occurred_on.get());
    before(faults, "/joined_on", joined_on, official_on.unwrap_or(occurred_on));
    before(faults, "/official_on", official_on, occurred_on);
    joined_on
}

/// Readmits a person who had left.
///
/// # Errors
/// All faults of the request at once; refusals of the rule book; `already_member`.
pub fn readmit(tx: &mut Tx<'_>, setting: &Setting, request: &ReadmitPerson) -> Result<(Admitted, Entry)> {
    let membership = people::find_membership(tx.conn(), &setting.scope, request.membership_id)?
        .filter(|one| one.branch == "party" && setting.scope.may_write(&AreaId::stored(one.area_id.as_str())))
        .ok_or_else(|| Error::fault("/membership_id", Code::UnknownMembership))?;
    if !has_data_key(tx.conn(), membership.person_id)? {
        return Err(Error::fault("/membership_id", Code::UnknownMembership));
    }
    let organisation =
        organisations::find_for_act(tx.conn(), &setting.scope, request.organisation_id, "/organisation_id")?;
    let on = request.occurred_on.get();
    let mut faults = Faults::new();
    let decision = rules::joining(&mut faults, &organisation, on, request.decision.as_ref(), setting.today);
    let paper =
        faults.take("/authorising_paper", request.authorising_paper.as_deref().map(|text| line(text, 200)).transpose());
    let paper = paper.flatten();
    if organisation.branch != "party" || organisation.is_superior_body {
        faults.add("/organisation_id", Wrong::new(Code::BranchMismatch));
    }
    if on < membership.last_act_on {
        faults.add("/occurred_on", Wrong::new(Code::BeforeLastAct).with("last_on", membership.last_act_on));
    }
    faults.finish()?;
    setting.book.require_paper(&organisation.branch, &organisation.kind, on, decision.as_ref())?;
    rules::check_readmission(&setting.book, &organisation, &membership, on, paper.is_some())?;
    let place = organisations::place_on(tx.conn(), &setting.territory, &organisation, on)?;
    let next = KeptMembership {
        organisation_id: organisation.id,
        area_id: organisation.area.to_string(),
        status: "active".to_owned(),
        standing: "probationary".to_owned(),
        joined_on: on,
        official_on: None,
        ended_on: None,
        end_reason: None,
        readmissions: membership.readmissions + 1,
        parallel: people::parallel_to(tx.conn(), &setting.scope, membership.person_id, "party")?,
        last_act_on: on,
        ..membership
    };
    let membership = people::update_membership(tx, &next)?;
    let told = Told { membership: &membership, place: &place, decision, paper: paper.as_deref(), on };
    tell(tx, &PartyMemberReadmitted(member_state(&membership, Some(&place), told.decision.clone())), &told)
}
