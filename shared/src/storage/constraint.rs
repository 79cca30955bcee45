//! The database keeps uniqueness; this turns a violation of one named constraint into an answer.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::{Error, Result};

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
