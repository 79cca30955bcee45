//! The command that sets from which day recording begins.

use shared::journal::Entry;
use shared::published::organisation::OrganisationRecordingStartSet;
use shared::storage::Tx;
use shared::{Code, Day, Error, Result};

use crate::organisations::{self, KeptOrganisation, OrganisationStatus};
use crate::state::Setting;

/// Sets with which day recording begins under a superior body, or takes the day back.
///
/// # Errors
/// `not_a_superior_body`, `organisation_not_active`.
pub fn set_recording_start(
    tx: &mut Tx<'_>,
    setting: &Setting,
    body: &KeptOrganisation,
    begins_on: Option<Day>,
) -> Result<(KeptOrganisation, Entry)> {
    if !body.is_superior_body {
        return Err(Error::new(Code::NotASuperiorBody));
    }
    // What happened under a body that has ended may still be recorded late.
    if body.status == OrganisationStatus::Withdrawn {
        return Err(Error::new(Code::OrganisationNotActive).with("day", setting.today));
    }
    let kept = organisations::set_recording_start(tx, body, begins_on.map(Day::get))?;
    organisations::clear_met(tx, &setting.territory, body.id)?;
    let payload = OrganisationRecordingStartSet { organisation: body.id, begins_on };
    let entry = Entry::of(&payload, format!("/v1/organisations/{}", body.id), setting.today)?.in_area(&body.area);
    Ok((kept, entry))
}
