//! Computes tasks again from their acts and compares them with the stored ones.

use diesel::prelude::*;
use shared::acts::verify_records;
use shared::published::task::TaskStatus;
use shared::storage::{AnyConnection, DatabaseUrl, Db};
use shared::{Id, Result};

use super::change::Task;
use super::store::{self, KeptTask};
use crate::schema::tasks;
use crate::state::NAME;

/// Folds tasks again, a sample or all, and says as one line of text whether they are what their acts make of them, or which is the
/// first that is not.
///
/// # Errors
/// Fails when the database cannot be read; a difference is an answer.
pub async fn verify(url: &DatabaseUrl, all: bool) -> Result<(String, bool)> {
    let db = Db::open_beside(url, NAME)?;
    verify_records(&db, "tasks", move |conn, most| list_ids(conn, all, most), difference).await
}

fn list_ids(conn: &mut AnyConnection, all: bool, most: i64) -> Result<Vec<Id>> {
    let ids = tasks::table.select(tasks::id).into_boxed();
    let some = diesel::dsl::sql::<diesel::sql_types::Double>("random()");
    Ok(if all { ids.order(tasks::id).load(conn)? } else { ids.order(some).limit(most).load(conn)? })
}

fn difference(conn: &mut AnyConnection, id: Id) -> Result<Option<String>> {
    let kept: KeptTask = tasks::table.find(id).get_result(conn)?;
    let made = match Task::load(conn, kept.clone())?.folded() {
        Ok(made) => made,
        Err(impossible) => return Ok(Some(format!("act {} is impossible: {}", impossible.act, impossible.error))),
    };
    let group = store::find_kept_group(conn, kept.group_id)?;
    let origin = made.origin.map(|origin| (origin.conference, origin.conclusion));
    // An act that was withdrawn says no more where the task is.
    let is_placed = made.status == TaskStatus::Withdrawn
        || (made.group, made.giver, made.receiver, made.seat, &made.area, &made.giver_area)
            == (kept.group_id, kept.giver_id, kept.receiver_id, kept.seat, &kept.area(), &kept.giver_area())
            && (group.giver_id, group.conference_id.zip(group.conclusion)) == (made.giver, origin);
    let differs = [
        ("its place", !is_placed),
        ("its title", made.title != kept.title),
        ("its status", made.status != kept.status),
        ("the day on which it was given", made.given_on != kept.given_on),
        ("the day on which it is due", (made.due_on, kept.due_on.to_string()) != (kept.due_on, kept.due_key)),
        ("the day of its report", made.reported_on() != kept.reported_on),
        ("the day on which it was done", made.done_on != kept.done_on),
    ];
    Ok(differs.into_iter().find(|(_, differs)| *differs).map(|(what, _)| format!("{what} is another")))
}
