//! Bulk work has one primitive, since Diesel's multi-row insert does not work over both engines.

use chrono::{DateTime, Utc};
use diesel::RunQueryDsl;

use super::{AnyConnection, Bound, Statement};
use crate::{Id, Result};

/// Inserts rows, given as a JSON array of objects, in one statement.
///
/// `columns` names each column with its PostgreSQL type; text that stands for bytes is hexadecimal.
/// On SQLite ids and bytes are blobs, so those columns are decoded there. Keep to about 1,000 rows a call.
///
/// # Errors
/// Fails when a row breaks a constraint; then no row is inserted.
pub fn insert_rows(
    conn: &mut AnyConnection,
    table: &str,
    columns: &[(&str, &str)],
    rows: &[serde_json::Value],
) -> Result<usize> {
    if rows.is_empty() {
        return Ok(0);
    }
    let names = columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let query = match conn {
        AnyConnection::Sqlite(_) => {
            let values = columns.iter().map(|(name, kind)| sqlite_value(name, kind)).collect::<Vec<_>>().join(", ");
            format!("INSERT INTO {table} ({names}) SELECT {values} FROM json_each($1)")
        }
        AnyConnection::Postgres(_) => {
            let types = columns.iter().map(|(name, kind)| postgres_type(name, kind)).collect::<Vec<_>>().join(", ");
            let values = columns.iter().map(|(name, kind)| postgres_value(name, kind)).collect::<Vec<_>>().join(", ");
            format!("INSERT INTO {table} ({names}) SELECT {values} FROM json_to_recordset($1::json) AS r({types})")
        }
    };
    let json = serde_json::to_string(rows)?;
    Ok(Statement::new(&query, vec![Bound::Text(json)]).execute(conn)?)
}

fn sqlite_value(name: &str, kind: &str) -> String {
    match kind {
        "uuid" => format!("unhex(replace(value ->> '{name}', '-', ''))"),
        "bytea" => format!("unhex(value ->> '{name}')"),
        _ => format!("value ->> '{name}'"),
    }
}

fn postgres_type(name: &str, kind: &str) -> String {
    match kind {
        "bytea" => format!("{name} text"),
        _ => format!("{name} {kind}"),
    }
}

fn postgres_value(name: &str, kind: &str) -> String {
    match kind {
        "bytea" => format!("decode({name}, 'hex')"),
        _ => name.to_owned(),
    }
}

/// An instant as a row of [`insert_rows`] has it, as Diesel writes it on SQLite.
#[must_use]
pub fn kept_instant(at: DateTime<Utc>) -> String {
    at.naive_utc().format("%F %T%.f").to_string()
}

/// The ids of a list that is one value of a statement, as a subquery. `place` is where the value stands, as `$1`; its value
/// comes from [`id_list`].
#[must_use]
pub fn listed_ids(conn: &AnyConnection, place: &str) -> String {
    match conn {
        AnyConnection::Sqlite(_) => format!("SELECT unhex(value) FROM json_each({place})"),
        AnyConnection::Postgres(_) => format!("SELECT value::uuid FROM json_array_elements_text({place}::json)"),
    }
}

/// The texts of a list that is one value of a statement, as a subquery. `place` is where the value stands; its value is a
/// JSON array of texts.
#[must_use]
pub fn listed_texts(conn: &AnyConnection, place: &str) -> String {
    match conn {
        AnyConnection::Sqlite(_) => format!("SELECT value FROM json_each({place})"),
        AnyConnection::Postgres(_) => format!("SELECT value FROM json_array_elements_text({place}::json)"),
    }
}

/// Ids as the value of a statement that [`listed_ids`] reads.
///
/// # Errors
/// Never in practice.
pub fn id_list<'a>(ids: impl IntoIterator<Item = &'a Id>) -> Result<String> {
    let ids: Vec<String> = ids.into_iter().map(|id| hex::encode(id.as_bytes())).collect();
    Ok(serde_json::to_string(&ids)?)
}
