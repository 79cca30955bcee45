//! The database enforces uniqueness and versions; this turns its violations into answers.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::{Code, Error, Result};

/// Ends an update or a deletion of one record that names the version which was read.
///
/// # Errors
/// `stale_version` when no record has that version: another change came first.
pub fn once(result: diesel::QueryResult<usize>) -> Result<()> {
    match result? {
        1 => Ok(()),
        0 => Err(Error::new(Code::StaleVersion)),
        rows => Err(Error::internal(format!("a change of one record met {rows}"))),
    }
}

/// Turns the violation of one unique constraint into `answer`; every other failure stays our own.
///
/// PostgreSQL names the constraint (`<table>_<columns>_key` or an index's name); SQLite names no
/// constraint but the columns, as `table.column, table.column`. The helper knows both.
///
/// # Errors
/// Returns `answer()` for that violation, otherwise the database's failure.
pub fn on_unique<T>(
    result: diesel::QueryResult<T>,
    constraint: &str,
    sqlite_columns: &str,
    answer: impl FnOnce() -> Error,
) -> Result<T> {
    match result {
        Ok(value) => Ok(value),
        Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, information))
            if information.constraint_name() == Some(constraint) || information.message().ends_with(sqlite_columns) =>
        {
            Err(answer())
        }
        Err(error) => Err(error.into()),
    }
}
