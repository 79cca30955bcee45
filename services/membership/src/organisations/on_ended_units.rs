//! SQL for active organisations that cover units which have ended, some at a time.

use diesel::prelude::*;
use shared::storage::AnyConnection;
use shared::{Id, Result};

use super::status::OrganisationStatus;
use crate::schema::{economic_units, organisation_units, organisations};

/// An active organisation that covers a unit which has ended, or whose registration was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct OnEndedUnit {
    /// The organisation.
    pub organisation: Id,
    /// Its commune.
    pub area: String,
    /// The unit.
    pub unit: Id,
    /// The unit's commune.
    pub unit_area: String,
}

/// The statuses of units that are no more.
const ENDED: [&str; 2] = ["terminated", "withdrawn"];

#[diesel::dsl::auto_type]
fn on_ended_units() -> _ {
    let ended: [&'static str; 2] = ENDED;
    let active: OrganisationStatus = OrganisationStatus::Active;
    organisation_units::table
        .inner_join(organisations::table.on(organisations::id.eq(organisation_units::organisation_id)))
        .inner_join(economic_units::table.on(economic_units::id.eq(organisation_units::economic_unit_id)))
        .filter(organisations::status.eq(active))
        .filter(economic_units::status.eq_any(ended))
        .select((organisations::id, organisations::area_id, economic_units::id, economic_units::area_id))
}

/// Returns the active organisations on units that have ended, of some units at a time, with the unit to go on after; nothing
/// at the end.
///
/// # Errors
/// Fails when the database does.
pub fn list_on_ended_units(
    conn: &mut AnyConnection,
    after: Option<Id>,
    limit: i64,
) -> Result<(Vec<OnEndedUnit>, Option<Id>)> {
    let mut ended = economic_units::table
        .filter(economic_units::status.eq_any(ENDED))
        .order(economic_units::id)
        .select(economic_units::id)
        .limit(limit)
        .into_boxed();
    if let Some(after) = after {
        ended = ended.filter(economic_units::id.gt(after));
    }
    let ended: Vec<Id> = ended.load(conn)?;
    let last = ended.last().copied();
    let rows = on_ended_units().filter(economic_units::id.eq_any(ended));
    Ok((rows.order((economic_units::id, organisations::id)).load(conn)?, last))
}

/// Returns which of some organisations are active on units that have ended.
///
/// # Errors
/// Fails when the database does.
pub fn list_of_these_on_ended_units(conn: &mut AnyConnection, organisations: &[Id]) -> Result<Vec<OnEndedUnit>> {
    Ok(on_ended_units().filter(organisations::id.eq_any(organisations.to_vec())).load(conn)?)
}

/// Returns which active organisations cover some units that have ended.
///
/// # Errors
/// Fails when the database does.
pub fn list_on_these_ended_units(conn: &mut AnyConnection, units: &[Id]) -> Result<Vec<OnEndedUnit>> {
    Ok(on_ended_units().filter(economic_units::id.eq_any(units.to_vec())).load(conn)?)
}
