//! The command that sets an intake.

use std::collections::BTreeSet;

use shared::journal::Entry;
use shared::published::organisation::OrganisationIntakeSet;
use shared::storage::Tx;
use shared::territory::AreaId;
use shared::validate::{Faults, Wrong};
use shared::{Code, Error, Result};

use crate::organisations::{self, KeptOrganisation, OrganisationStatus};
use crate::state::Setting;

/// How many areas one body names at most.
pub(super) const AREAS_MAX: usize = 50;

/// Sets from which areas a superior body takes organisations.
///
/// # Errors
/// `not_a_superior_body`, `organisation_not_active`; all faults of the areas at once.
pub(super) fn set_intake(
    tx: &mut Tx<'_>,
    setting: &Setting,
    body: &KeptOrganisation,
    areas: &[AreaId],
) -> Result<(KeptOrganisation, Entry)> {
    if !body.is_superior_body {
        return Err(Error::new(Code::NotASuperiorBody));
    }
    if body.status != OrganisationStatus::Active {
        return Err(Error::new(Code::OrganisationNotActive).with("day", setting.today));
    }
    let mut faults = Faults::new();
    if areas.len() > AREAS_MAX {
        faults.add("/areas", Wrong::new(Code::TooMany).with("max", AREAS_MAX));
    }
    let mut seen = BTreeSet::new();
    for (at, area) in areas.iter().enumerate().take(AREAS_MAX) {
        let place = format!("/areas/{at}");
        if setting.territory.find(area).is_none() || !setting.scope.may_write(area) {
            faults.add(&place, Wrong::new(Code::UnknownArea));
        } else if !seen.insert(area) {
            faults.add(&place, Wrong::new(Code::RepeatedValue));
        }
    }
    faults.finish()?;
    let kept = organisations::set_intake(tx, body, areas)?;
    organisations::clear_met(tx, &setting.territory, body.id)?;
    let payload = OrganisationIntakeSet { organisation: body.id, areas: areas.to_vec() };
    let entry = Entry::of(&payload, format!("/v1/organisations/{}", body.id), setting.today)?.in_area(&body.area);
    Ok((kept, entry))
}
