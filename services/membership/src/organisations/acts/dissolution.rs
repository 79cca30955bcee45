//! The act that dissolves an organisation.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::acts::{Rank, Told};
use shared::answers::Answers;
use shared::journal::Entries;
use shared::published::Decision;
use shared::published::organisation::{OrganisationDissolved, OrganisationWithdrawn};
use shared::storage::Tx;
use shared::validate::{Faults, Wrong};
use shared::{Code, Day, Error, Id, Result};

use super::super::change::{self, Changed, NewAct};
use super::super::life::act_within;
use super::super::status::OrganisationStatus;
use super::super::store::KeptOrganisation;
use super::{Act, Case, Folded, OrganisationAct, Telling};
use crate::state::Setting;

/// Dissolves an organisation.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"occurred_on": "2026-06-10", "decision": {"number": "21-QĐ/ĐU",
    "decided_on": "2026-06-09", "issuing_body": "Đảng ủy xã Giả Định"}}))]
pub struct DissolveOrganisation {
    /// The first day on which it exists no more: nobody belongs to it and nothing answers to it from then on.
    pub occurred_on: Day,
    /// The decision.
    pub decision: Decision,
}

/// A dissolution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dissolution {}

impl Act for Dissolution {
    fn rank(&self) -> Rank {
        Rank::Ends
    }

    fn completed(&self, _: &Folded) -> OrganisationAct {
        OrganisationAct::Dissolution(self.clone())
    }

    fn apply(&self, before: &Folded, on: NaiveDate) -> Result<Folded> {
        before.active(on)?;
        if before.unnamed > 0 {
            return Err(Error::new(Code::MembersRemain).with("members", before.unnamed));
        }
        Ok(Folded { status: OrganisationStatus::Dissolved, ended_on: Some(on), ..before.clone() })
    }

    fn check(&self, faults: &mut Faults, case: &Case<'_>) -> Option<Decision> {
        // That it has ended already is impossible, and said by the fold.
        let life = case.life.map(|(established_on, _)| (established_on, None));
        let paper = act_within(faults, life, case.on, case.decision, case.today);
        if case.decision.is_none() {
            faults.add("/decision", Wrong::new(Code::Required));
        }
        paper
    }

    fn judge(&self, _: &Case<'_>, _: Option<&Decision>) -> Result<()> {
        Ok(())
    }

    fn tell(&self, telling: &Telling<'_>) -> Result<Told> {
        telling.of_organisation(&OrganisationDissolved(telling.state()))
    }

    fn tell_withdrawn(&self, telling: &Telling<'_>) -> Result<Told> {
        telling.of_organisation(&OrganisationWithdrawn(telling.state()))
    }
}

/// Dissolves an organisation.
///
/// # Errors
/// All faults of the request at once; `organisation_not_active`; `acts_in_the_way` while others answer to it or members
/// belong to it.
pub fn dissolve(
    tx: &mut Tx<'_>,
    setting: &Setting,
    kept: KeptOrganisation,
    request: &DissolveOrganisation,
) -> Result<(Changed, Entries)> {
    let act = OrganisationAct::Dissolution(Dissolution {});
    let (on, decision) = (request.occurred_on.get(), Some(request.decision.clone()));
    change::add(
        tx,
        setting,
        kept,
        Faults::new(),
        NewAct { id: Id::new(), act, on, decision, authorising_paper: None, note: None, answers: Answers::default() },
    )
}
