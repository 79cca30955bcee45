//! What was told since findings were last looked for: only that is looked at again.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use shared::Id;
use shared::journal::Subject;

/// How many units are remembered for those who look for findings.
const UNITS_MAX: usize = 20_000;

/// The units of which the registry told something to this process. What it told before the start, a look at everything finds.
#[derive(Debug, Default)]
pub struct ToldUnits(Mutex<Units>);

#[derive(Debug, Default)]
struct Units {
    /// How many were forgotten before the first one that is remembered.
    forgotten: usize,
    told: VecDeque<Id>,
    /// Those of the transaction that is not committed yet.
    next: Vec<Id>,
}

impl ToldUnits {
    fn with<T>(&self, change: impl FnOnce(&mut Units) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes a unit of which an entry tells, in a transaction that is not committed yet.
    pub fn note(&self, unit: Id) {
        self.with(|units| units.next.push(unit));
    }

    /// The units that were noted can be looked at: the transaction is committed.
    pub fn commit(&self) {
        self.with(|units| {
            units.told.extend(std::mem::take(&mut units.next));
            let over = units.told.len().saturating_sub(UNITS_MAX);
            units.told.drain(..over);
            units.forgotten += over;
        });
    }

    /// Another replica applied what the registry told: which units it was about is not known here, and whoever looks looks at
    /// everything.
    pub fn miss(&self) {
        self.with(|units| {
            units.next.clear();
            units.forgotten += units.told.len() + 1;
            units.told.clear();
        });
    }

    /// The units that were told after a place, and the place behind the last one. Nothing where some of them are forgotten.
    pub(super) fn after(&self, place: usize) -> (Option<BTreeSet<Id>>, usize) {
        self.with(|units| {
            let remembered = place.checked_sub(units.forgotten);
            let told = remembered.map(|skipped| units.told.iter().skip(skipped).copied().collect());
            (told, units.forgotten + units.told.len())
        })
    }
}

/// The records of which something was told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Told {
    pub memberships: BTreeSet<Id>,
    pub persons: BTreeSet<Id>,
    pub organisations: BTreeSet<Id>,
    pub units: BTreeSet<Id>,
}

impl Told {
    /// Adds what an entry is about. Says whether that is all that it concerns: where an organisation was put right, its members
    /// stand elsewhere too.
    pub fn add(&mut self, subject: &Subject) -> bool {
        let id = |path: &str| subject.path.strip_prefix(path).and_then(|id| id.parse::<Id>().ok());
        self.memberships.extend(id("/v1/memberships/"));
        self.persons.extend(id("/v1/people/"));
        let organisation = id("/v1/organisations/");
        self.organisations.extend(organisation);
        organisation.is_none() || subject.corrects.is_none()
    }

    /// The records in parts of at most so many of each.
    pub fn parts(&self, count: usize) -> Vec<Self> {
        let mut parts: Vec<Self> = Vec::new();
        let mut put = |ids: &BTreeSet<Id>, of: fn(&mut Self) -> &mut BTreeSet<Id>| {
            for (number, id) in ids.iter().enumerate() {
                let part = number / count;
                parts.resize_with(parts.len().max(part + 1), Self::default);
                parts.get_mut(part).map(|part| of(part).insert(*id));
            }
        };
        put(&self.memberships, |part| &mut part.memberships);
        put(&self.persons, |part| &mut part.persons);
        put(&self.organisations, |part| &mut part.organisations);
        put(&self.units, |part| &mut part.units);
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_seen_once_they_are_committed_by_each_who_looks_and_not_for_ever() {
        let units = ToldUnits::default();
        let (one, other) = (Id::new(), Id::new());
        units.note(one);
        assert_eq!(units.after(0), (Some(BTreeSet::new()), 0), "not committed");
        units.commit();
        units.note(other);
        units.commit();
        assert_eq!(units.after(0), (Some(BTreeSet::from([one, other])), 2));
        assert_eq!(units.after(1), (Some(BTreeSet::from([other])), 2));
        for _ in 0..UNITS_MAX {
            units.note(Id::new());
        }
        units.commit();
        assert_eq!(units.after(1), (None, UNITS_MAX + 2), "some are forgotten");
        assert_eq!(units.after(UNITS_MAX + 1).0.map(|told| told.len()), Some(1));
        let (_, place) = units.after(UNITS_MAX + 1);
        units.miss();
        let (told, next) = units.after(place);
        assert_eq!((told, units.after(next)), (None, (Some(BTreeSet::new()), next)), "another replica was told");
    }

    #[test]
    fn entries_tell_what_they_are_about_and_a_corrected_organisation_concerns_more() {
        let (membership, organisation) = (Id::new(), Id::new());
        let subject = |path: String, corrects| Subject { seq: 1, path, corrects };
        let mut told = Told::default();
        assert!(told.add(&subject(format!("/v1/memberships/{membership}"), Some(Id::new()))));
        assert!(told.add(&subject(format!("/v1/organisations/{organisation}"), None)));
        assert!(told.add(&subject(format!("/v1/organisations/{}/members", Id::new()), Some(Id::new()))));
        assert!(!told.add(&subject(format!("/v1/organisations/{organisation}"), Some(Id::new()))));
        assert_eq!((told.memberships.len(), told.organisations.len(), told.persons.len()), (1, 1, 0));
        told.units.extend([Id::new(), Id::new(), Id::new()]);
        let parts = told.parts(2);
        assert_eq!(parts.iter().map(|part| part.units.len()).collect::<Vec<_>>(), [2, 1]);
        assert_eq!((parts[0].memberships.len(), parts[1].memberships.len()), (1, 0));
    }
}
