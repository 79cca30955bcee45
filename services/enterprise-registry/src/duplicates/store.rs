//! SQL for pairs of units that may be one.

use std::collections::HashSet;

use diesel::prelude::*;
use diesel::sql_types::Timestamp;
use shared::id::SqlId;
use shared::storage::{AnyConnection, Tx};
use shared::{Id, Result};

diesel::table! {
    use diesel::sql_types::*;
    use shared::storage::SqlId;

    duplicate_units (one_id, other_id) {
        one_id -> SqlId,
        other_id -> SqlId,
        suspected_at -> Timestamp,
    }
}

/// Returns the pairs that were reported.
pub(super) fn list_pairs(conn: &mut AnyConnection) -> Result<HashSet<(Id, Id)>> {
    let pairs: Vec<(Id, Id)> =
        duplicate_units::table.select((duplicate_units::one_id, duplicate_units::other_id)).load(conn)?;
    Ok(pairs.into_iter().collect())
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
