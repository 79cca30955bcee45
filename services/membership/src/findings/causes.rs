//! Causes of findings, looked for some at a time, and whether the cause of a finding still exists.

use std::collections::{BTreeMap, BTreeSet};

use shared::acts::{KeptAct, Unmet, list_unmet, list_unmet_of};
use shared::storage::AnyConnection;
use shared::territory::AreaId;
use shared::{Id, Result};

use super::finding::FindingKind;
use super::store::{self, About, FindingRow};
use super::told::Told;
use crate::organisations::{OnEndedUnit, list_of_these_on_ended_units, list_on_ended_units, list_on_these_ended_units};
use crate::people::{
    AfterDeath, DuplicatesAfter, LiveMembership, list_after_deaths, list_after_these_deaths, list_live_memberships,
    list_memberships_and_persons, list_possible_duplicates, list_possible_duplicates_of,
};

/// How many records one read looks at.
pub(super) const RECORDS_A_READ: i64 = 500;

/// What a finding is raised for.
#[derive(Debug, Clone)]
pub(super) struct Cause {
    pub kind: FindingKind,
    pub about: About,
    /// The communes of the two records; of an act the same twice.
    pub areas: [AreaId; 2],
}

impl Cause {
    /// The finding's id: the same cause has the same one each time.
    pub(super) fn id(&self) -> Id {
        let kind: &'static str = self.kind.into();
        Id::derived(&match &self.about {
            About::Memberships(one, other) | About::OrganisationOnUnit(one, other) | About::Units(one, other) => {
                format!("{kind} {one} {other}")
            }
            About::Act(act, condition, since) => format!("{kind} {act} {condition} {since} {}", self.areas[0]),
            // Another departure is another cause, and who sees both changes with their communes.
            About::Death { ended, other, act } => {
                format!("{kind} {ended} {other} {act} {} {}", self.areas[0], self.areas[1])
            }
        })
    }

    fn of_memberships(one: &LiveMembership, other: &LiveMembership) -> Self {
        let (one, other) = if one.id < other.id { (one, other) } else { (other, one) };
        Self {
            kind: FindingKind::PossibleDuplicate,
            about: About::Memberships(one.id, other.id),
            areas: [one, other].map(|one| AreaId::stored(one.area.as_str())),
        }
    }

    fn of_death(found: AfterDeath) -> Self {
        let (ended, other) = (found.ended, found.other);
        Self {
            kind: FindingKind::MembershipAfterDeath,
            about: About::Death { ended: ended.0, other: other.0, act: found.act },
            areas: [ended.1, other.1].map(AreaId::stored),
        }
    }

    fn of_organisation(found: OnEndedUnit) -> Self {
        Self {
            kind: FindingKind::OrganisationOnTerminatedUnit,
            about: About::OrganisationOnUnit(found.organisation, found.unit),
            areas: [found.area, found.unit_area].map(AreaId::stored),
        }
    }

    fn of_units(((one, one_area), (other, other_area)): store::UnitPair) -> Self {
        Self {
            kind: FindingKind::PossibleDuplicateUnit,
            about: About::Units(one, other),
            areas: [one_area, other_area],
        }
    }

    fn of_act(act: &KeptAct) -> Result<Vec<Self>> {
        let lost = |(condition, since): (&str, i64)| Self {
            kind: FindingKind::ConditionNoLongerMet,
            about: About::Act(act.id, condition.to_owned(), since),
            areas: [act.area(), act.area()],
        };
        Ok(Unmet::of(act)?.conditions().map(lost).collect())
    }

    fn of_acts(acts: &[KeptAct]) -> Result<Vec<Self>> {
        Ok(acts.iter().map(Self::of_act).collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
    }
}

/// How far a scan for causes has come.
#[derive(Debug, Clone)]
pub(super) enum Place {
    Duplicates(DuplicatesAfter),
    Organisations(Option<Id>),
    Units(Option<(Id, Id)>),
    Acts(Option<Id>),
    Deaths(Option<Id>),
}

/// Looks for some causes from a place on, and says where to go on; nothing at the end.
///
/// # Errors
/// Fails when the database does.
pub(super) fn look(conn: &mut AnyConnection, place: Place) -> Result<(Vec<Cause>, Option<Place>)> {
    let limit = RECORDS_A_READ;
    Ok(match place {
        Place::Duplicates(after) => {
            let (rows, next) = list_possible_duplicates(conn, &after, limit)?;
            (pairs_of(&rows), Some(next.map_or(Place::Organisations(None), Place::Duplicates)))
        }
        Place::Organisations(after) => {
            let (found, next) = list_on_ended_units(conn, after, limit)?;
            let causes = found.into_iter().map(Cause::of_organisation).collect();
            (causes, Some(next.map_or(Place::Units(None), |next| Place::Organisations(Some(next)))))
        }
        Place::Units(after) => {
            let pairs = store::list_duplicate_units(conn, after, limit)?;
            let next =
                pairs.last().map_or(Place::Acts(None), |((one, _), (other, _))| Place::Units(Some((*one, *other))));
            (pairs.into_iter().map(Cause::of_units).collect(), Some(next))
        }
        Place::Acts(after) => {
            let acts = list_unmet(conn, after, limit)?;
            let next = acts.last().map_or(Place::Deaths(None), |act| Place::Acts(Some(act.id)));
            (Cause::of_acts(&acts)?, Some(next))
        }
        Place::Deaths(after) => {
            let (found, next) = list_after_deaths(conn, after, limit)?;
            let next = next.map(|next| Place::Deaths(Some(next)));
            (found.into_iter().map(Cause::of_death).collect(), next)
        }
    })
}

/// Looks for the causes that concern some records, and lists the open findings that do. Acts whose conditions are not met any
/// more are looked for all at once: there are few.
///
/// # Errors
/// Fails when the database does.
pub(super) fn look_at(conn: &mut AnyConnection, told: &Told) -> Result<(Vec<Cause>, Vec<FindingRow>)> {
    let listed = |ids: &BTreeSet<Id>| ids.iter().copied().collect::<Vec<Id>>();
    let (organisations, units) = (listed(&told.organisations), listed(&told.units));
    let of_persons = list_memberships_and_persons(conn, &listed(&told.memberships), &listed(&told.persons))?;
    let persons: BTreeSet<Id> = of_persons.iter().map(|(_, person)| *person).collect();
    let memberships: Vec<Id> = of_persons.iter().map(|(membership, _)| *membership).collect();
    let mut causes = pairs_of(&list_possible_duplicates_of(conn, &listed(&persons))?);
    causes.extend(list_after_these_deaths(conn, &memberships)?.into_iter().map(Cause::of_death));
    let mut on_ended = list_of_these_on_ended_units(conn, &organisations)?;
    on_ended.extend(list_on_these_ended_units(conn, &units)?);
    causes.extend(on_ended.into_iter().map(Cause::of_organisation));
    causes.extend(store::list_duplicates_of(conn, &units)?.into_iter().map(Cause::of_units));
    let open = store::list_open_about(conn, &memberships, &organisations, &units)?;
    Ok((causes, open))
}

/// The pairs of live memberships that may be one person's. Rows of one person, or of one personal id, stand together.
fn pairs_of(rows: &[LiveMembership]) -> Vec<Cause> {
    let mut causes = Vec::new();
    for (at, one) in rows.iter().enumerate() {
        let others = rows.iter().skip(at + 1).take_while(|other| one.has_person_of(other));
        causes.extend(
            others.filter(|other| one.may_be_of_one_person(other)).map(|other| Cause::of_memberships(one, other)),
        );
    }
    causes
}

/// Returns which of some open findings have lost their cause.
///
/// # Errors
/// Fails when the database does.
pub(super) fn list_gone(conn: &mut AnyConnection, open: Vec<FindingRow>) -> Result<Vec<FindingRow>> {
    let memberships: Vec<Id> =
        open.iter().flat_map(|row| [row.one_membership_id, row.other_membership_id]).flatten().collect();
    let live = list_live_memberships(conn, &memberships)?;
    let live: BTreeMap<Id, &LiveMembership> = live.iter().map(|one| (one.id, one)).collect();
    let organisations: Vec<Id> = open.iter().filter_map(|row| row.organisation_id).collect();
    let on_ended = list_of_these_on_ended_units(conn, &organisations)?;
    let acts: Vec<Id> = open.iter().filter_map(|row| row.act_id).collect();
    let unmet = list_unmet_of(conn, &acts)?;
    let after_death = list_after_these_deaths(conn, &memberships)?;
    let mut causes: BTreeSet<Id> = on_ended.into_iter().map(|found| Cause::of_organisation(found).id()).collect();
    causes.extend(Cause::of_acts(&unmet)?.iter().map(Cause::id));
    causes.extend(after_death.into_iter().map(|found| Cause::of_death(found).id()));
    let has_cause = |row: &FindingRow| match (row.one_membership_id, row.other_membership_id) {
        _ if causes.contains(&row.id) => true,
        (Some(_), Some(_)) if row.kind != FindingKind::PossibleDuplicate => false,
        (Some(one), Some(other)) => match (live.get(&one), live.get(&other)) {
            (Some(one), Some(other)) => one.may_be_of_one_person(other),
            _ => false,
        },
        // What the registry suspects stays.
        _ => row.other_economic_unit_id.is_some(),
    };
    Ok(open.into_iter().filter(|row| !has_cause(row)).collect())
}
