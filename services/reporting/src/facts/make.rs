//! How an entry becomes facts: pure.

use std::collections::BTreeSet;

use shared::journal::JournalEntry;
use shared::published::economic_unit::{EconomicUnitRegistered, EconomicUnitStatusChanged, UnitState};
use shared::published::finding::{FindingRaised, FindingSettled};
use shared::published::organisation::{OrganisationState, OrganisationUpgraded};
use shared::published::party_member::{
    MemberState, PartyMemberDeparted, PartyMemberRecognised, PartyMemberTransferred,
};
use shared::published::union_member::UnionMembers;
use shared::published::{Place, UnitPlace};
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
        "organisation.upgraded" => Ok(upgrade(entry, &entry.payload()?)),
        "organisation.dissolved" => Ok(dissolution(entry, &entry.payload()?)),
        kind if kind.starts_with("party_member.") => party_member(entry),
        kind if kind.starts_with("union_member.") => union_member(entry),
        "economic_unit.registered" => {
            let unit = entry.payload::<EconomicUnitRegistered>()?.0;
            Ok(vec![unit_fact(entry, &unit, &unit.status, 1)])
        }
        "economic_unit.status_changed" => {
            let changed: EconomicUnitStatusChanged = entry.payload()?;
            let (unit, before) = (&changed.unit, &changed.from_status);
            Ok(vec![unit_fact(entry, unit, before, -1), unit_fact(entry, unit, &unit.status, 1)])
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
        "organisation.upgraded"
            | "organisation.dissolved"
            | "party_member.readmitted"
            | "party_member.recognised"
            | "party_member.transfer_started"
            | "party_member.transferred"
            | "party_member.departed"
            | "union_member.departed"
            | "finding.settled"
            | "economic_unit.changed"
            | "economic_unit.status_changed"
    )
}

fn fact(entry: &JournalEntry, measure: &'static str, sign: i32, place: &Place) -> Fact {
    Fact {
        area: place.area.to_string(),
        superior_body: place.superior_body,
        branch: Some(place.branch.clone()),
        organisation_kind: Some(place.kind.clone()),
        organisation: Some(place.organisation),
        ..Fact::of(entry, measure, sign)
    }
}

fn founding(entry: &JournalEntry, state: &OrganisationState, is_new: bool) -> Vec<Fact> {
    if state.superior_name.is_some() {
        // A committee that others answer to is not one of those that are counted.
        return Vec::new();
    }
    let mut facts = vec![fact(entry, "organisations", 1, &state.place)];
    if is_new {
        facts.push(fact(entry, "organisation_foundings", 1, &state.place));
    }
    facts.extend(state.units.iter().map(|unit| covering(entry, &state.place, unit, 1)));
    facts
}

/// A unit covered by an organisation stands in its own commune.
fn covering(entry: &JournalEntry, place: &Place, unit: &UnitPlace, sign: i32) -> Fact {
    Fact { area: unit.area.to_string(), economic_unit: Some(unit.id), ..fact(entry, "unit_coverings", sign, place) }
}

fn upgrade(entry: &JournalEntry, upgraded: &OrganisationUpgraded) -> Vec<Fact> {
    let after = &upgraded.organisation.place;
    let before =
        Place { kind: upgraded.from_kind.clone(), superior_body: upgraded.from_superior_body, ..after.clone() };
    vec![
        fact(entry, "organisation_upgrades", 1, after),
        fact(entry, "organisations", -1, &before),
        fact(entry, "organisations", 1, after),
    ]
}

fn dissolution(entry: &JournalEntry, state: &OrganisationState) -> Vec<Fact> {
    if state.superior_name.is_some() {
        return Vec::new();
    }
    let mut facts =
        vec![fact(entry, "organisations", -1, &state.place), fact(entry, "organisation_dissolutions", 1, &state.place)];
    facts.extend(state.units.iter().map(|unit| covering(entry, &state.place, unit, -1)));
    facts
}

fn party_member(entry: &JournalEntry) -> Result<Vec<Fact>> {
    let state = || entry.payload::<MemberState>();
    let mut facts = Vec::new();
    let mut add = |measure, sign, member: &MemberState, place: Option<&Place>, standing: &str| {
        if let Some(place) = place {
            facts.push(member_fact(entry, measure, sign, member, place, standing));
        }
    };
    match entry.kind.as_str() {
        "party_member.admitted" | "party_member.readmitted" => {
            let member = state()?;
            let flow =
                if entry.kind.ends_with(".admitted") { "party_member_admissions" } else { "party_member_readmissions" };
            add(flow, 1, &member, member.place.as_ref(), &member.standing);
            add("party_members", 1, &member, member.place.as_ref(), &member.standing);
        }
        "party_member.opening_registered" => {
            let member = state()?;
            add("party_members", 1, &member, member.place.as_ref(), &member.standing);
        }
        "party_member.recognised" => {
            let member = entry.payload::<PartyMemberRecognised>()?.member;
            add("party_member_recognitions", 1, &member, member.place.as_ref(), "official");
            add("party_members", -1, &member, member.place.as_ref(), "probationary");
            add("party_members", 1, &member, member.place.as_ref(), "official");
        }
        "party_member.transfer_started" => {
            let member = state()?;
            add("party_members_in_flight", 1, &member, member.place.as_ref(), &member.standing);
        }
        "party_member.transferred" => {
            let moved: PartyMemberTransferred = entry.payload()?;
            let (from, member) = (moved.from.as_ref(), &moved.member);
            if from.is_some() && member.place.is_some() {
                add("party_members_in_flight", -1, member, from, &member.standing);
            }
            add("party_member_transfers_out", 1, member, from, &member.standing);
            add("party_member_transfers_in", 1, member, member.place.as_ref(), &member.standing);
            add("party_members", -1, member, from, &member.standing);
            add("party_members", 1, member, member.place.as_ref(), &member.standing);
        }
        "party_member.departed" => {
            let member = entry.payload::<PartyMemberDeparted>()?.member;
            add("party_member_departures", 1, &member, member.place.as_ref(), &member.standing);
            add("party_members", -1, &member, member.place.as_ref(), &member.standing);
        }
        _ => {}
    }
    Ok(facts)
}

fn member_fact(
    entry: &JournalEntry,
    measure: &'static str,
    sign: i32,
    member: &MemberState,
    place: &Place,
    standing: &str,
) -> Fact {
    Fact {
        standing: Some(standing.to_owned()),
        sex: member.sex.clone(),
        is_owner: Some(member.is_owner),
        is_worker: Some(member.is_worker),
        person: Some(member.person),
        ..fact(entry, measure, sign, place)
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
        ..fact(entry, measure, sign, &members.place)
    };
    Ok(match entry.kind.as_str() {
        "union_member.admitted" => vec![of("union_member_admissions", 1), of("union_members", 1)],
        "union_member.opening_registered" => vec![of("union_members", 1)],
        "union_member.departed" => vec![of("union_member_departures", 1), of("union_members", -1)],
        _ => Vec::new(),
    })
}

/// A fact about an economic unit in a status.
#[must_use]
pub(super) fn unit_fact(entry: &JournalEntry, unit: &UnitState, status: &str, sign: i32) -> Fact {
    Fact {
        area: unit.area.to_string(),
        legal_form: Some(unit.legal_form.clone()),
        sector: unit.sector.clone(),
        is_foreign_invested: Some(unit.is_foreign_invested),
        status: Some(status.to_owned()),
        economic_unit: Some(unit.id),
        ..Fact::of(entry, "economic_units", sign)
    }
}

/// A finding touches the figures of the communes of both records.
fn finding(entry: &JournalEntry, areas: [AreaId; 2], sign: i32) -> Vec<Fact> {
    let areas = BTreeSet::from(areas);
    areas.iter().map(|area| Fact { area: area.to_string(), ..Fact::of(entry, "open_findings", sign) }).collect()
}

impl Fact {
    fn of(entry: &JournalEntry, measure: &'static str, sign: i32) -> Self {
        Self {
            id: Id::new(),
            measure,
            sign,
            count: 1,
            occurred_on: entry.occurred_on,
            area: String::new(),
            superior_body: None,
            branch: None,
            organisation_kind: None,
            standing: None,
            sex: None,
            is_owner: None,
            is_worker: None,
            legal_form: None,
            sector: None,
            is_foreign_invested: None,
            status: None,
            subject: entry.subject.clone(),
            organisation: None,
            economic_unit: None,
            person: None,
            entry: entry.id,
        }
    }
}
