//! Computes conferences again from their acts and compares them with the stored ones.

use diesel::prelude::*;
use shared::acts::verify_records;
use shared::storage::{AnyConnection, DatabaseUrl, Db};
use shared::{Id, Result};

use super::change::Conference;
use super::store::KeptConference;
use crate::schema::conferences;
use crate::state::NAME;

/// Folds conferences again, a sample or all, and says as one line of text whether they are what their acts make of them, or which is the
/// first that is not.
///
/// # Errors
/// Fails when the database cannot be read; a difference is an answer.
pub async fn verify(url: &DatabaseUrl, all: bool) -> Result<(String, bool)> {
    let db = Db::open_beside(url, NAME)?;
    verify_records(&db, "conferences", move |conn, most| list_ids(conn, all, most), difference).await
}

fn list_ids(conn: &mut AnyConnection, all: bool, most: i64) -> Result<Vec<Id>> {
    let ids = conferences::table.select(conferences::id).into_boxed();
    let some = diesel::dsl::sql::<diesel::sql_types::Double>("random()");
    Ok(if all { ids.order(conferences::id).load(conn)? } else { ids.order(some).limit(most).load(conn)? })
}

fn difference(conn: &mut AnyConnection, id: Id) -> Result<Option<String>> {
    let kept: KeptConference = conferences::table.find(id).get_result(conn)?;
    let made = match Conference::load(conn, kept.clone())?.folded() {
        Ok(made) => made,
        Err(impossible) => return Ok(Some(format!("act {} is impossible: {}", impossible.act, impossible.error))),
    };
    let holding = &made.holding;
    let is_same = (made.status, made.held_on, holding.kind, &holding.title, holding.is_open_below, &holding.area)
        == (kept.status, kept.held_on, kept.kind, &kept.title, kept.is_open_below, &kept.area())
        && i64::try_from(holding.conclusions.len()) == Ok(kept.conclusions);
    Ok((!is_same).then(|| "its state is another".to_owned()))
}
