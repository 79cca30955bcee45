//! The person that a request names: by id, or by details.

use shared::storage::Tx;
use shared::validate::{Faults, Wrong};
use shared::{Code, Id, Result};

use crate::people::{self, KnownPerson, NewPerson, PersonDetails};
use crate::state::Setting;

/// Details of a person, with the id that the caller made for somebody new; or the id of somebody known.
pub(super) enum Who {
    Details(NewPerson, Option<Id>),
    Known(Id),
}

impl Who {
    /// Checks that one of the two is there, and the details. Beside details the id is one that the caller made.
    pub(super) fn parse(
        faults: &mut Faults,
        setting: &Setting,
        details: Option<&PersonDetails>,
        id: Option<Id>,
    ) -> Option<Self> {
        match (details, id) {
            (Some(details), id) => {
                people::parse(faults, "/person", details, setting.today).map(|person| Self::Details(person, id))
            }
            (None, Some(id)) => Some(Self::Known(id)),
            (None, None) => {
                faults.add("/person", Wrong::new(Code::OneOfRequired).with("names", "person, person_id"));
                None
            }
        }
    }

    /// Finds or records the person. A person in the caller's scope with the same personal id is that person. A person
    /// outside it must not be revealed: a finding reports the pair to callers whose scope covers both.
    pub(super) fn record(&self, tx: &mut Tx<'_>, setting: &Setting) -> Result<KnownPerson> {
        match self {
            Self::Known(id) => people::find_known(tx, &setting.scope, &setting.vault, *id, "/person_id"),
            Self::Details(person, id) => people::record_person(tx, &setting.scope, &setting.vault, (person, *id)),
        }
    }
}
