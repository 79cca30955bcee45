//! The act that upgrades an organisation: it changes its kind and stays the same organisation.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::acts::{Rank, Told};
use shared::answers::Answers;
use shared::journal::Entries;
use shared::published::Decision;
use shared::published::organisation::{OrganisationUpgraded, OrganisationWithdrawn};
use shared::storage::Tx;
use shared::validate::{Faults, Wrong};
use shared::{Code, Day, Error, Expected, Id, Result};

use super::super::change::{self, Changed, NewAct};
use super::super::life::act_within;
use super::super::store::KeptOrganisation;
use super::beginning::check_superior;
use super::{Act, Case, Folded, OrganisationAct, Telling};
use crate::state::Setting;

/// Upgrades an organisation: it changes its kind and its superior and stays the same organisation.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "grassroots_chapter", "superior_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f",
    "occurred_on": "2026-06-05", "decision": {"number": "20-QĐ/ĐU", "decided_on": "2026-06-04",
    "issuing_body": "Đảng ủy xã Giả Định"}}))]
pub struct UpgradeOrganisation {
    /// The new kind.
    #[schema(max_length = 60)]
    pub kind: String,
    /// The organisation it answers to afterwards.
    pub superior_id: Id,
    /// The day of the upgrade: not that of the founding or of another upgrade.
    pub occurred_on: Day,
    /// The decision.
    pub decision: Decision,
}

/// An upgrade: no founding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upgrade {
    /// The kind before it.
    pub from_kind: String,
    /// The new kind.
    pub kind: String,
    /// The organisation it answers to afterwards.
    pub superior_id: Id,
}

impl Act for Upgrade {
    fn rank(&self) -> Rank {
        Rank::Moves
    }

    fn superior(&self) -> Option<Id> {
        Some(self.superior_id)
    }

    fn completed(&self, before: &Folded) -> OrganisationAct {
        OrganisationAct::Upgrade(Self { from_kind: before.kind.clone(), ..self.clone() })
    }

    fn apply(&self, before: &Folded, on: NaiveDate) -> Result<Folded> {
        before.active(on)?;
        if on == before.stands_from {
            return Err(Error::fault("/occurred_on", Code::BeforeLastAct));
        }
        if before.kind != self.from_kind {
            let wrong = Error::new(Code::UpgradeNotAllowed);
            return Err(wrong.with("from", &before.kind).with("to", &self.kind));
        }
        let (kind, superior) = (self.kind.clone(), Some(self.superior_id));
        Ok(Folded { kind, superior, stands_from: on, ..before.clone() })
    }

    fn check(&self, faults: &mut Faults, case: &Case<'_>) -> Option<Decision> {
        let paper = act_within(faults, case.life, case.on, case.decision, case.today);
        if case.on == case.before.stands_from {
            let wrong = Wrong::new(Code::BeforeLastAct).with("last_on", case.before.stands_from);
            faults.add("/occurred_on", wrong);
        }
        let from = &case.before.kind;
        let kind = case.kind(&self.kind);
        match kind.filter(|_| case.kind(from).is_some_and(|from| from.becomes.contains(&self.kind))) {
            Some(kind) => check_superior(faults, Some(self.superior_id), case, kind),
            // What is no kind at all is not repeated, whatever its length.
            None if kind.is_none() => {
                faults.add("/kind", Wrong::new(Code::UnknownValue).with("expected", Expected::OrganisationKind));
            }
            None => faults.add("/kind", Wrong::new(Code::UpgradeNotAllowed).with("from", from).with("to", &self.kind)),
        }
        if case.decision.is_none() {
            faults.add("/decision", Wrong::new(Code::Required));
        }
        paper
    }

    fn judge(&self, _: &Case<'_>, _: Option<&Decision>) -> Result<()> {
        Ok(())
    }

    fn tell(&self, telling: &Telling<'_>) -> Result<Told> {
        telling.of_organisation(&OrganisationUpgraded {
            from_kind: telling.before.kind.clone(),
            from_superior: telling.before.superior,
            organisation: telling.state(),
        })
    }

    fn tell_withdrawn(&self, telling: &Telling<'_>) -> Result<Told> {
        telling.of_organisation(&OrganisationWithdrawn(telling.state()))
    }
}

/// Upgrades an organisation, also on a day before acts that are recorded.
///
/// # Errors
/// All faults of the request at once; what is impossible, of this act or of another.
pub fn upgrade(
    tx: &mut Tx<'_>,
    setting: &Setting,
    kept: KeptOrganisation,
    request: &UpgradeOrganisation,
) -> Result<(Changed, Entries)> {
    let (from_kind, kind) = (kept.kind.clone(), request.kind.clone());
    let act = OrganisationAct::Upgrade(Upgrade { from_kind, kind, superior_id: request.superior_id });
    let (on, decision) = (request.occurred_on.get(), Some(request.decision.clone()));
    change::add(
        tx,
        setting,
        kept,
        Faults::new(),
        NewAct { id: Id::new(), act, on, decision, authorising_paper: None, note: None, answers: Answers::default() },
    )
}
