//! Numbers in the order of recording.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::Tx;
use crate::Result;

#[derive(QueryableByName)]
struct Next {
    #[diesel(sql_type = BigInt)]
    ordinal: i64,
}

/// The next number of a table whose rows are numbered as they are recorded, in the column `ordinal`. A change that leaves
/// entries holds the journal's lock until its commit, so no row with a smaller number appears later.
///
/// # Errors
/// Fails when the database does.
pub fn next_ordinal(tx: &mut Tx<'_>, table: &'static str) -> Result<i64> {
    let query = format!("SELECT COALESCE(MAX(ordinal), 0) + 1 AS ordinal FROM {table}");
    let next: Next = diesel::sql_query(query).get_result(tx.conn())?;
    Ok(next.ordinal)
}
