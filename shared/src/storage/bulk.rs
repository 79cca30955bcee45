//! Inserting many rows. It has one function of its own, because Diesel's multi-row insert does not work over both
//! engines.
//!
//! PostgreSQL gets all rows in one statement, as JSON: one round trip. SQLite gets one statement for each row, which
//! is several times faster there than reading JSON.

use chrono::{DateTime, Utc};
use diesel::RunQueryDsl;
use serde_json::Value;

use super::{AnyConnection, Bound, Statement};
use crate::{Error, Id, Result, ResultExt};

/// Inserts rows, given as JSON objects.
///
/// `columns` names each column with its PostgreSQL type; text that stands for bytes is hexadecimal.
/// Keep to about 1,000 rows a call.
///
/// # Errors
/// Fails when a row breaks a constraint; then the transaction has to be rolled back.
pub fn insert_rows(conn: &mut AnyConnection, table: &str, columns: &[(&str, &str)], rows: &[Value]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let names = columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    match conn {
        AnyConnection::Sqlite(_) => {
            let places = (1..=columns.len()).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ");
            let query = format!("INSERT INTO {table} ({names}) VALUES ({places})");
            let mut insert = Statement::new(&query, Vec::new());
            for row in rows {
                let values = columns.iter().map(|(name, kind)| sqlite_value(row.get(name), kind));
                insert.bind(values.collect::<Result<_>>()?);
                (&insert).execute(conn)?;
            }
        }
        AnyConnection::Postgres(_) => {
            let types = columns.iter().map(|(name, kind)| postgres_type(name, kind)).collect::<Vec<_>>().join(", ");
            let values = columns.iter().map(|(name, kind)| postgres_value(name, kind)).collect::<Vec<_>>().join(", ");
            let query =
                format!("INSERT INTO {table} ({names}) SELECT {values} FROM json_to_recordset($1::json) AS r({types})");
            let json = serde_json::to_string(rows)?;
            Statement::new(&query, vec![Bound::Text(json)]).execute(conn)?;
        }
    }
    Ok(())
}

/// SQLite keeps ids and bytes as blobs, and days and instants as text.
fn sqlite_value(value: Option<&Value>, kind: &str) -> Result<Bound> {
    let bytes = |text: &str| hex::decode(text.replace('-', "")).map(Bound::Bytes).doing("reading bytes of a row");
    match (value, kind) {
        (None | Some(Value::Null), _) => Ok(Bound::Null),
        (Some(Value::String(text)), "uuid" | "bytea") => bytes(text),
        (Some(Value::String(text)), _) => Ok(Bound::Text(text.clone())),
        (Some(Value::Bool(is_so)), _) => Ok(Bound::Integer((*is_so).into())),
        (Some(Value::Number(number)), _) => {
            let number = number.as_i64().ok_or_else(|| Error::internal("a number of a row is not whole"))?;
            Ok(Bound::Number(number))
        }
        (Some(other), _) => Ok(Bound::Text(other.to_string())),
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
        AnyConnection::Postgres(_) => elements("value::uuid", place),
    }
}

/// The texts of a list that is one value of a statement, as a subquery. `place` is where the value stands; its value is a
/// JSON array of texts.
#[must_use]
pub fn listed_texts(conn: &AnyConnection, place: &str) -> String {
    match conn {
        AnyConnection::Sqlite(_) => format!("SELECT value FROM json_each({place})"),
        AnyConnection::Postgres(_) => elements("value", place),
    }
}

/// PostgreSQL expects ten elements in an array, but a hundred rows of a function: so many that it would rather read a small
/// table whole than by its index.
fn elements(value: &str, place: &str) -> String {
    format!("SELECT unnest(ARRAY(SELECT {value} FROM json_array_elements_text({place}::json)))")
}

/// Ids as the value of a statement that [`listed_ids`] reads.
///
/// # Errors
/// Never in practice.
pub fn id_list<'a>(ids: impl IntoIterator<Item = &'a Id>) -> Result<String> {
    let ids: Vec<String> = ids.into_iter().map(|id| hex::encode(id.as_bytes())).collect();
    Ok(serde_json::to_string(&ids)?)
}
