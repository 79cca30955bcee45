//! Computes records again from their acts and compares them with the stored ones.

use crate::storage::{AnyConnection, Db};
use crate::{Id, Result};

/// How many records a sample has.
const SAMPLE: i64 = 1000;
const RECORDS_A_READ: usize = 500;

/// Looks at records, and says as one line of text whether all are what their acts make of them, or which is the first that
/// is not, and in what.
///
/// # Errors
/// Fails when the database cannot be read; a difference is an answer.
pub async fn verify_records(
    db: &Db,
    noun: &str,
    list: impl Fn(&mut AnyConnection, i64) -> Result<Vec<Id>> + Send + 'static,
    difference: fn(&mut AnyConnection, Id) -> Result<Option<String>>,
) -> Result<(String, bool)> {
    let ids: Vec<Id> = db.read(move |conn| list(conn, SAMPLE)).await?;
    let count = ids.len();
    for some in ids.chunks(RECORDS_A_READ) {
        let some = some.to_vec();
        let different = db.read(move |conn| first_difference(conn, &some, difference)).await?;
        if let Some((id, why)) = different {
            return Ok((format!("{noun}: {id} is not what its acts make of it: {why}"), false));
        }
    }
    Ok((format!("{noun}: {count} are what their acts make of them"), true))
}

fn first_difference(
    conn: &mut AnyConnection,
    ids: &[Id],
    difference: fn(&mut AnyConnection, Id) -> Result<Option<String>>,
) -> Result<Option<(Id, String)>> {
    for id in ids {
        if let Some(why) = difference(conn, *id)? {
            return Ok(Some((*id, why)));
        }
    }
    Ok(None)
}
