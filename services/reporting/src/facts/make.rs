//! Makes facts from an entry: pure functions.

use std::collections::BTreeSet;

use shared::journal::JournalEntry;
use shared::published::Branch;
use shared::published::economic_unit::EconomicUnitRegistered;
use shared::published::finding::{FindingRaised, FindingSettled};
use shared::published::organisation::{OrganisationState, OrganisationUpgraded};
use shared::published::party_member::{
    DepartureReason, MemberState, PartyMemberDeparted, PartyMemberRecognised, PartyMemberTransferred, PartyStanding,
};
use shared::published::union_member::UnionMembers;
use shared::territory::AreaId;
use shared::{Id, Result};

use super::Fact;

/// Returns the facts that an entry makes. Withdrawals make none: they close those of the entry they take back.
///
/// # Errors
/// Fails when the payload is not what its kind says.
pub fn facts_of(entry: &JournalEntry) -> Result<Vec<Fact>> {
    match entry.kind.as_str() {
        "organisation.established" => Ok(founding(entry, &entry.payload()?, true)),
        "organisation.opening_registered" => Ok(founding(entry, &entry.payload()?, false)),
        "organisation.upgraded" => {
            let upgraded: OrganisationUpgraded = entry.payload()?;
            Ok(vec![of_organisation(entry, "organisation_upgrades", 1, &upgraded.organisation)])
        }
        "organisation.dissolved" => Ok(dissolution(entry, &entry.payload()?)),
        kind if kind.starts_with("party_member.") => party_member(entry),
        kind if kind.starts_with("union_member.") => union_member(entry),
        "economic_unit.registered" => {
            let unit = entry.payload::<EconomicUnitRegistered>()?.0;
            Ok(vec![Fact { economic_unit: Some(unit.id), ..Fact::of(entry, "economic_units", 1) }])
        }
        "finding.raised" => Ok(finding(entry, entry.payload::<FindingRaised>()?.areas, 1)),
        "finding.settled" => Ok(finding(entry, entry.payload::<FindingSettled>()?.areas, -1)),
        _ => Ok(Vec::new()),
    }
}

/// Says whether the facts of a kind take away what an earlier entry of the same record counted. Where that one counts
/// nowhere, so must these, or there would be less than nothing.
#[must_use]
pub fn builds_on_earlier(kind: &str) -> bool {
    matches!(
        kind,
        "organisation.dissolved"
            | "party_member.readmitted"
            | "party_member.recognised"
            | "party_member.transfer_started"
            | "party_member.transferred"
            | "party_member.departed"
            | "union_member.departed"
            | "finding.settled"
    )
}

fn fact(entry: &JournalEntry, measure: &'static str, sign: i32, branch: Branch, organisation: Id) -> Fact {
    Fact { branch: Some(branch), organisation: Some(organisation), ..Fact::of(entry, measure, sign) }
}

fn of_organisation(entry: &JournalEntry, measure: &'static str, sign: i32, state: &OrganisationState) -> Fact {
    fact(entry, measure, sign, state.branch, state.organisation)
}

fn founding(entry: &JournalEntry, state: &OrganisationState, is_new: bool) -> Vec<Fact> {
    if state.is_superior_body {
        // A committee that others answer to is not one of those that are counted.
        return Vec::new();
    }
    let mut facts = vec![of_organisation(entry, "organisations", 1, state)];
    if is_new {
        facts.push(of_organisation(entry, "organisation_foundings", 1, state));
    }
    facts.extend(state.units.iter().map(|unit| covering(entry, state, *unit, 1)));
    facts
}

fn covering(entry: &JournalEntry, state: &OrganisationState, unit: Id, sign: i32) -> Fact {
    Fact { economic_unit: Some(unit), ..of_organisation(entry, "unit_coverings", sign, state) }
}

fn dissolution(entry: &JournalEntry, state: &OrganisationState) -> Vec<Fact> {
    if state.is_superior_body {
        return Vec::new();
    }
    let mut facts = vec![
        of_organisation(entry, "organisations", -1, state),
        of_organisation(entry, "organisation_dissolutions", 1, state),
    ];
    facts.extend(state.units.iter().map(|unit| covering(entry, state, *unit, -1)));
    facts
}

fn party_member(entry: &JournalEntry) -> Result<Vec<Fact>> {
    let state = || entry.payload::<MemberState>();
    let mut facts = Vec::new();
    let mut add = |measure, sign, member: &MemberState, organisation: Option<Id>, standing: PartyStanding| {
        if let Some(organisation) = organisation {
            facts.push(member_fact(entry, measure, sign, member, organisation, standing));
        }
    };
    match entry.kind.as_str() {
        "party_member.admitted" | "party_member.readmitted" => {
            let member = state()?;
            let flow =
                if entry.kind.ends_with(".admitted") { "party_member_admissions" } else { "party_member_readmissions" };
            add(flow, 1, &member, member.organisation, member.standing);
            add("party_members", 1, &member, member.organisation, member.standing);
        }
        "party_member.opening_registered" => {
            let member = state()?;
            add("party_member_openings", 1, &member, member.organisation, member.standing);
            add("party_members", 1, &member, member.organisation, member.standing);
        }
        "party_member.recognised" => {
            let member = entry.payload::<PartyMemberRecognised>()?.member;
            add("party_member_recognitions", 1, &member, member.organisation, PartyStanding::Official);
            add("party_members", -1, &member, member.organisation, PartyStanding::Probationary);
            add("party_members", 1, &member, member.organisation, PartyStanding::Official);
        }
        "party_member.transfer_started" => {
            let member = state()?;
            add("party_members_in_flight", 1, &member, member.organisation, member.standing);
        }
        "party_member.transferred" => {
            let moved: PartyMemberTransferred = entry.payload()?;
            let (from, member) = (moved.from, &moved.member);
            if from.is_some() && member.organisation.is_some() {
                add("party_members_in_flight", -1, member, from, member.standing);
            }
            add("party_member_transfers_out", 1, member, from, member.standing);
            add("party_member_transfers_in", 1, member, member.organisation, member.standing);
            add("party_members", -1, member, from, member.standing);
            add("party_members", 1, member, member.organisation, member.standing);
        }
        "party_member.departed" => {
            let PartyMemberDeparted { reason, member } = entry.payload()?;
            add(departures(reason), 1, &member, member.organisation, member.standing);
            add("party_members", -1, &member, member.organisation, member.standing);
        }
        _ => {}
    }
    Ok(facts)
}

/// The measure of departures for a reason: each is a line of its own in reports.
const fn departures(reason: DepartureReason) -> &'static str {
    match reason {
        DepartureReason::Removed => "party_member_removals",
        DepartureReason::Expelled => "party_member_expulsions",
        DepartureReason::Withdrew => "party_member_resignations",
        DepartureReason::Deceased => "party_member_deaths",
    }
}

fn member_fact(
    entry: &JournalEntry,
    measure: &'static str,
    sign: i32,
    member: &MemberState,
    organisation: Id,
    standing: PartyStanding,
) -> Fact {
    Fact {
        standing: Some(standing),
        sex: member.sex.clone(),
        is_owner: Some(member.is_owner),
        is_worker: Some(member.is_worker),
        person: Some(member.person),
        ..fact(entry, measure, sign, Branch::Party, organisation)
    }
}

fn union_member(entry: &JournalEntry) -> Result<Vec<Fact>> {
    if entry.kind == "union_member.withdrawn" {
        return Ok(Vec::new());
    }
    let members: UnionMembers = entry.payload()?;
    let of = |measure, sign| Fact {
        count: members.count,
        person: members.person,
        ..fact(entry, measure, sign, Branch::Union, members.organisation)
    };
    Ok(match entry.kind.as_str() {
        "union_member.admitted" => vec![of("union_member_admissions", 1), of("union_members", 1)],
        "union_member.opening_registered" => vec![of("union_member_openings", 1), of("union_members", 1)],
        "union_member.departed" => vec![of("union_member_departures", 1), of("union_members", -1)],
        _ => Vec::new(),
    })
}

/// A finding touches the figures of the communes of both records.
fn finding(entry: &JournalEntry, areas: [AreaId; 2], sign: i32) -> Vec<Fact> {
    let areas = BTreeSet::from(areas);
    areas.iter().map(|area| Fact { area: Some(area.to_string()), ..Fact::of(entry, "open_findings", sign) }).collect()
}

impl Fact {
    fn of(entry: &JournalEntry, measure: &'static str, sign: i32) -> Self {
        Self {
            id: Id::new(),
            measure,
            sign,
            count: 1,
            occurred_on: entry.occurred_on,
            area: None,
            branch: None,
            standing: None,
            sex: None,
            is_owner: None,
            is_worker: None,
            subject: entry.subject.clone(),
            organisation: None,
            economic_unit: None,
            person: None,
            entry: entry.id,
        }
    }
}
