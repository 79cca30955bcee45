//! SQL for what made a projection.

use diesel::prelude::*;
use shared::Result;
use shared::storage::{AnyConnection, Tx};

use crate::schema::projections;

/// Returns what made a projection.
pub(super) fn find_made_by(conn: &mut AnyConnection, name: &str) -> Result<Option<String>> {
    Ok(projections::table.find(name).select(projections::made_by).get_result(conn).optional()?)
}

/// Notes what made a projection.
pub(super) fn put_made_by(tx: &mut Tx<'_>, name: &str, made_by: &str) -> Result<()> {
    diesel::delete(projections::table.find(name)).execute(tx.conn())?;
    let row = (projections::name.eq(name), projections::made_by.eq(made_by));
    diesel::insert_into(projections::table).values(row).execute(tx.conn())?;
    Ok(())
}
