//! Inserting many rows. It has one function of its own, because Diesel's multi-row insert does not work over both
//! engines.
//!
//! PostgreSQL gets many rows in one statement, as JSON: one round trip. SQLite gets one statement for each row, which
//! is several times faster there than reading JSON.

use chrono::NaiveDateTime;
use diesel::RunQueryDsl;
use serde_json::{Map, Value, json};

use super::{AnyConnection, Bound, Statement};
use crate::{Id, Result};

/// How many rows one statement gives to PostgreSQL.
const ROWS_A_STATEMENT: usize = 1000;

/// Inserts rows. `columns` names each column with its PostgreSQL type; a row has a value for each of them.
///
/// # Errors
/// Fails when a row breaks a constraint; then the transaction has to be rolled back.
pub fn insert_rows(
    conn: &mut AnyConnection,
    table: &str,
    columns: &[(&str, &str)],
    rows: Vec<Vec<Bound>>,
) -> Result<()> {
    let names = columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    match conn {
        AnyConnection::Sqlite(_) => {
            let places = (1..=columns.len()).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ");
            let query = format!("INSERT INTO {table} ({names}) VALUES ({places})");
            let mut insert = Statement::new(&query, Vec::new());
            for row in rows {
                insert.bind(row);
                (&insert).execute(conn)?;
            }
        }
        AnyConnection::Postgres(_) => {
            let types = columns.iter().map(|(name, kind)| postgres_type(name, kind)).collect::<Vec<_>>().join(", ");
            let values = columns.iter().map(|(name, kind)| postgres_value(name, kind)).collect::<Vec<_>>().join(", ");
            let query =
                format!("INSERT INTO {table} ({names}) SELECT {values} FROM json_to_recordset($1::json) AS r({types})");
            for some in rows.chunks(ROWS_A_STATEMENT) {
                let objects = some.iter().map(|row| -> Map<String, Value> {
                    columns.iter().zip(row).map(|((name, _), value)| ((*name).to_owned(), json_of(value))).collect()
                });
                let json = serde_json::to_string(&objects.collect::<Vec<_>>())?;
                Statement::new(&query, vec![Bound::Text(json)]).execute(conn)?;
            }
        }
    }
    Ok(())
}

/// A value as PostgreSQL reads it from JSON; bytes are hexadecimal.
fn json_of(value: &Bound) -> Value {
    match value {
        Bound::Text(text) => json!(text),
        Bound::Id(id) => json!(id),
        Bound::MaybeId(id) => json!(id),
        Bound::Integer(number) => json!(number),
        Bound::Number(number) => json!(number),
        Bound::Flag(is_so) => json!(is_so),
        Bound::Day(day) => json!(day),
        Bound::Instant(at) => json!(kept_instant(at)),
        Bound::Bytes(bytes) => json!(hex::encode(bytes)),
        Bound::Null => Value::Null,
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

fn kept_instant(at: &NaiveDateTime) -> String {
    at.format("%F %T%.f").to_string()
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

/// That a column is one of the texts of a list, as a condition that an index can serve: PostgreSQL would rather read a table whole
/// than look for each text of a subquery. `place` is as for [`listed_texts`].
#[must_use]
pub fn is_listed_text(conn: &AnyConnection, column: &str, place: &str) -> String {
    match conn {
        AnyConnection::Sqlite(_) => format!("{column} IN ({})", listed_texts(conn, place)),
        AnyConnection::Postgres(_) => {
            format!("{column} = ANY(ARRAY(SELECT value FROM json_array_elements_text({place}::json)))")
        }
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
