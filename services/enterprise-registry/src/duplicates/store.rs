//! How suspicions are kept.

use diesel::prelude::*;
use diesel::sql_types::Timestamp;
use shared::id::SqlId;
use shared::storage::Tx;
use shared::{Id, Result};

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
