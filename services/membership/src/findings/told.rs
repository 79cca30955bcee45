//! What was recorded since the last scan for findings: only that is looked at again.

use std::collections::BTreeSet;

use shared::Id;
use shared::journal::Subject;

/// The records that entries were about.
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
