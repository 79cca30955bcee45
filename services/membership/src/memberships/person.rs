//! Who is meant in a request.

use shared::storage::Tx;
use shared::validate::{Faults, Wrong};
use shared::{Code, Id, Result};

use crate::Setting;
use crate::people::{self, KnownPerson, NewPerson, PersonDetails};

/// Details of a new person, or an id.
pub(super) enum Who {
    Details(NewPerson),
    Known(Id),
}

impl Who {
    /// Checks that one of the two is there, and the details.
    pub(super) fn parse(
        faults: &mut Faults,
        setting: &Setting,
        details: Option<&PersonDetails>,
        id: Option<Id>,
    ) -> Option<Self> {
        match (details, id) {
            (Some(details), None) => people::parse(faults, "/person", details, setting.today).map(Self::Details),
            (None, Some(id)) => Some(Self::Known(id)),
            _ => {
                faults.add("/person", Wrong::new(Code::OneOfRequired).with("names", "person, person_id"));
                None
            }
        }
    }

    /// Finds or records the person. Someone within the caller's reach with the same personal id is that person;
    /// someone outside it is not told, and a finding tells those whose reach covers both.
    pub(super) fn record(&self, tx: &mut Tx<'_>, setting: &Setting) -> Result<KnownPerson> {
        match self {
            Self::Known(id) => people::find_known(tx, &setting.scope, &setting.vault, *id, "/person_id"),
            Self::Details(person) => people::record_person(tx, &setting.scope, &setting.vault, person),
        }
    }
}
