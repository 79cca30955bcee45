//! The act that registers an organisation which existed before the start date of recording.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::acts::{Rank, Told};
use shared::journal::Entries;
use shared::published::Decision;
use shared::published::organisation::{OrganisationOpeningRegistered, OrganisationWithdrawn};
use shared::storage::Tx;
use shared::validate::Faults;
use shared::{Id, Result};

use super::super::change::{self, Changed, NewAct};
use super::beginning::Beginning;
use super::{Act, Case, EstablishOrganisation, Folded, OrganisationAct, Telling};
use crate::state::Setting;

/// The opening registration of an organisation: no founding, and no paper is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// Its state when recording began.
    #[serde(flatten)]
    pub beginning: Beginning,
}

impl Act for Opening {
    fn rank(&self) -> Rank {
        Rank::Begins
    }

    fn beginning(&self) -> Option<&Beginning> {
        Some(&self.beginning)
    }

    fn completed(&self, _: &Folded) -> OrganisationAct {
        OrganisationAct::Opening(Self { beginning: self.beginning.completed() })
    }

    fn apply(&self, before: &Folded, on: NaiveDate) -> Result<Folded> {
        self.beginning.apply(before, on)
    }

    fn check(&self, faults: &mut Faults, case: &Case<'_>) -> Option<Decision> {
        case.check_opening(faults, case.beginning_pointer());
        self.beginning.check(faults, case)
    }

    fn judge(&self, _: &Case<'_>, _: Option<&Decision>) -> Result<()> {
        Ok(())
    }

    fn tell(&self, telling: &Telling<'_>) -> Result<Told> {
        telling.of_organisation(&OrganisationOpeningRegistered(telling.state()))
    }

    fn tell_withdrawn(&self, telling: &Telling<'_>) -> Result<Told> {
        telling.of_organisation(&OrganisationWithdrawn(telling.state()))
    }
}

/// Registers an organisation that existed before recording began.
///
/// # Errors
/// All faults of the request at once.
pub fn open(tx: &mut Tx<'_>, setting: &Setting, request: &EstablishOrganisation) -> Result<(Changed, Entries)> {
    let mut faults = Faults::new();
    request.check_stated(&mut faults);
    let new = NewAct {
        id: Id::new(),
        act: OrganisationAct::Opening(Opening { beginning: request.beginning() }),
        on: request.established_on.get(),
        decision: request.decision.clone(),
        authorising_paper: None,
        note: None,
        answers: request.answers.clone(),
    };
    change::begin(tx, setting, request.id.unwrap_or_default(), faults, new)
}
