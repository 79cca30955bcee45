//! The legal ground of an erasure, and what remains in the database's files.

use crate::Result;
use crate::storage::Db;

/// Why somebody is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, strum::IntoStaticStr)]
#[value(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Ground {
    /// The person withdrew the consent, and no other ground is left.
    ConsentWithdrawn,
    /// The purpose was reached or has ended.
    PurposeEnded,
    /// The data should not have been recorded.
    UnlawfulProcessing,
    /// A competent authority decided so.
    AuthorityDecision,
}

/// Removes what deleted and changed rows left behind in a database's files, and says so where it could not.
///
/// # Errors
/// Fails when the database does.
pub async fn remove_remains(db: &Db, tables: &'static [&'static str]) -> Result<&'static str> {
    Ok(if db.remove_remains(tables).await? {
        ""
    } else {
        ". WARNING: another connection reads for long, so that the database's log could not be emptied: what was erased \
         may still stand in the file that ends in -wal. Restart the service, which empties the log"
    })
}
