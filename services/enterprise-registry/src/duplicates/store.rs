//! SQL for pairs of units that may be one.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::Timestamp;
use shared::id::SqlId;
use shared::storage::{AnyConnection, Tx, one_of};
use shared::{Id, Result};

use crate::economic_units::HouseholdPair;

diesel::table! {
    use diesel::sql_types::*;
    use shared::storage::SqlId;

    duplicate_units (one_id, other_id) {
        one_id -> SqlId,
        other_id -> SqlId,
        suspected_at -> Timestamp,
    }
}

/// Leaves out the pairs that were reported.
///
/// # Errors
/// Fails when the database does.
pub(super) fn leave_out_reported(conn: &mut AnyConnection, pairs: Vec<HouseholdPair>) -> Result<Vec<HouseholdPair>> {
    let ones: BTreeSet<Id> = pairs.iter().map(|((one, _), _)| *one).collect();
    let reported: Vec<(Id, Id)> = duplicate_units::table
        .filter(one_of(duplicate_units::one_id, &ones))
        .select((duplicate_units::one_id, duplicate_units::other_id))
        .load(conn)?;
    let reported: BTreeSet<(Id, Id)> = reported.into_iter().collect();
    Ok(pairs.into_iter().filter(|((one, _), (other, _))| !reported.contains(&(*one, *other))).collect())
}

/// Keeps a pair; false when it is known.
pub(super) fn insert_pair(tx: &mut Tx<'_>, one: Id, other: Id) -> Result<bool> {
    let at = tx.at().naive_utc();
    let rows = diesel::sql_query(
        "INSERT INTO duplicate_units (one_id, other_id, suspected_at) VALUES ($1, $2, $3) \
         ON CONFLICT (one_id, other_id) DO NOTHING",
    )
    .bind::<SqlId, _>(one)
    .bind::<SqlId, _>(other)
    .bind::<Timestamp, _>(at)
    .execute(tx.conn())?;
    Ok(rows == 1)
}
