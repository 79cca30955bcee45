//! Computes bodies again from their acts and compares them with the stored ones.

use diesel::prelude::*;
use shared::acts::verify_records;
use shared::storage::{AnyConnection, DatabaseUrl, Db};
use shared::{Id, Result};

use super::change::Body;
use super::seats::counted;
use super::store::KeptBody;
use crate::schema::steering_bodies;
use crate::state::NAME;

/// Folds bodies again, a sample or all, and says as one line of text whether they are what their acts make of them, or which is the
/// first that is not. The names of those who hold seats are encrypted, and not compared.
///
/// # Errors
/// Fails when the database cannot be read; a difference is an answer.
pub async fn verify(url: &DatabaseUrl, all: bool) -> Result<(String, bool)> {
    let db = Db::open_beside(url, NAME)?;
    verify_records(&db, "steering bodies", move |conn, most| list_ids(conn, all, most), difference).await
}

fn list_ids(conn: &mut AnyConnection, all: bool, most: i64) -> Result<Vec<Id>> {
    let ids = steering_bodies::table.select(steering_bodies::id).into_boxed();
    let some = diesel::dsl::sql::<diesel::sql_types::Double>("random()");
    Ok(if all { ids.order(steering_bodies::id).load(conn)? } else { ids.order(some).limit(most).load(conn)? })
}

fn difference(conn: &mut AnyConnection, id: Id) -> Result<Option<String>> {
    let kept: KeptBody = steering_bodies::table.find(id).get_result(conn)?;
    let made = match Body::load_unopened(conn, kept.clone())?.folded() {
        Ok(made) => made,
        Err(impossible) => return Ok(Some(format!("act {} is impossible: {}", impossible.act, impossible.error))),
    };
    let is_same = (made.kind, made.level, made.area, made.committee, made.name, made.short_name)
        == (kept.kind, kept.level, kept.area(), kept.committee_id, kept.name, kept.short_name)
        && (made.status, made.established_on, made.term_ends_on, made.ended_on)
            == (kept.status, kept.established_on, kept.term_ends_on, kept.ended_on)
        && counted(&made.seats) == (kept.seats, kept.empty_seats, kept.has_head);
    Ok((!is_same).then(|| "its state is another".to_owned()))
}
