//! Computes duties again from their acts and compares them with the stored ones.

use diesel::prelude::*;
use shared::acts::verify_records;
use shared::storage::{AnyConnection, DatabaseUrl, Db};
use shared::{Id, Result};

use super::change::Duty;
use super::store::KeptDuty;
use crate::schema::issuing_duties;
use crate::state::NAME;

/// Folds duties again, a sample or all, and says as one line of text whether they are what their acts make of them, or which is the
/// first that is not.
///
/// # Errors
/// Fails when the database cannot be read; a difference is an answer.
pub async fn verify(url: &DatabaseUrl, all: bool) -> Result<(String, bool)> {
    let db = Db::open_beside(url, NAME)?;
    verify_records(&db, "issuing duties", move |conn, most| list_ids(conn, all, most), difference).await
}

fn list_ids(conn: &mut AnyConnection, all: bool, most: i64) -> Result<Vec<Id>> {
    let ids = issuing_duties::table.select(issuing_duties::id).into_boxed();
    let some = diesel::dsl::sql::<diesel::sql_types::Double>("random()");
    Ok(if all { ids.order(issuing_duties::id).load(conn)? } else { ids.order(some).limit(most).load(conn)? })
}

fn difference(conn: &mut AnyConnection, id: Id) -> Result<Option<String>> {
    let kept: KeptDuty = issuing_duties::table.find(id).get_result(conn)?;
    let made = match Duty::load(conn, kept.clone())?.folded() {
        Ok(made) => made,
        Err(impossible) => return Ok(Some(format!("act {} is impossible: {}", impossible.act, impossible.error))),
    };
    let is_same = (made.status, made.registration) == (kept.status, kept.registration());
    Ok((!is_same).then(|| "its state is another".to_owned()))
}
