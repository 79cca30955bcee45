//! SQL for households with the same tax code.

use std::collections::BTreeSet;

use diesel::prelude::*;
use shared::storage::{AnyConnection, one_of};
use shared::territory::AreaId;
use shared::{Id, Result};

use super::rules::Status;
use crate::schema::economic_units;

/// Two households that may be one, and their communes. The one with the lower id comes first.
pub type HouseholdPair = ((Id, AreaId), (Id, AreaId));

/// A household in the order of tax codes, after which a scan goes on.
#[derive(Debug, Clone, Default)]
pub struct HouseholdPlace {
    /// The blind index of its tax code.
    code: Vec<u8>,
    id: Id,
}

/// The statuses of households that have ended.
fn ended() -> [&'static str; 2] {
    [Status::Terminated, Status::Withdrawn].map(Into::into)
}

/// Lists households that have a tax code, in the order of the codes, after a place. Returns the place of the last one.
///
/// # Errors
/// Fails when the database does.
pub fn list_households_after(
    conn: &mut AnyConnection,
    after: &HouseholdPlace,
    limit: i64,
) -> Result<(Vec<Id>, Option<HouseholdPlace>)> {
    let HouseholdPlace { code, id } = after;
    let is_later = economic_units::tax_code_index.gt(code).or(economic_units::id.gt(id).nullable());
    let rows: Vec<(Id, Option<Vec<u8>>)> = economic_units::table
        .filter(economic_units::tax_code_index.ge(code))
        .filter(is_later)
        .order((economic_units::tax_code_index, economic_units::id))
        .select((economic_units::id, economic_units::tax_code_index))
        .limit(limit)
        .load(conn)?;
    let last = rows.last().and_then(|(id, code)| Some(HouseholdPlace { code: code.clone()?, id: *id }));
    Ok((rows.into_iter().map(|(id, _)| id).collect(), last))
}

/// Lists the pairs of households with one tax code, of which neither has ended, and one is among some units. Units without a
/// household's tax code are passed over.
///
/// # Errors
/// Fails when the database does.
pub fn list_pairs_of(conn: &mut AnyConnection, units: &[Id]) -> Result<Vec<HouseholdPair>> {
    let codes: Vec<Option<Vec<u8>>> = economic_units::table
        .filter(one_of(economic_units::id, units))
        .filter(economic_units::tax_code_index.is_not_null())
        .select(economic_units::tax_code_index)
        .distinct()
        .load(conn)?;
    let rows: Vec<(Option<Vec<u8>>, Id, String)> = economic_units::table
        .filter(economic_units::tax_code_index.eq_any(codes))
        .filter(economic_units::status.ne_all(ended()))
        .order((economic_units::tax_code_index, economic_units::id))
        .select((economic_units::tax_code_index, economic_units::id, economic_units::area_id))
        .load(conn)?;
    let units: BTreeSet<&Id> = units.iter().collect();
    let place = |(_, id, area): &(Option<Vec<u8>>, Id, String)| (*id, AreaId::stored(area.as_str()));
    let mut pairs = Vec::new();
    for (at, one) in rows.iter().enumerate() {
        let others = rows.iter().skip(at + 1).take_while(|other| other.0 == one.0);
        let others = others.filter(|other| units.contains(&one.1) || units.contains(&other.1));
        pairs.extend(others.map(|other| (place(one), place(other))));
    }
    Ok(pairs)
}
