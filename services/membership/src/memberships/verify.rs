//! Computes memberships again from their acts and compares them with the stored ones.

use diesel::prelude::*;
use shared::acts::verify_records;
use shared::storage::{AnyConnection, DatabaseUrl, Db};
use shared::{Id, Result};

use super::change::Member;
use super::stays::list_stays;
use crate::organisations::find_kept;
use crate::people::KeptMembership;
use crate::schema::memberships;
use crate::state::NAME;

/// Folds memberships again, a sample or all, and says as one line of text whether they are what their acts make of them,
/// or which is the first that is not.
///
/// # Errors
/// Fails when the database cannot be read; a difference is an answer.
pub async fn verify(url: &DatabaseUrl, all: bool) -> Result<(String, bool)> {
    let db = Db::open_beside(url, NAME)?;
    verify_records(&db, "memberships", move |conn, most| list_ids(conn, all, most), difference).await
}

fn list_ids(conn: &mut AnyConnection, all: bool, most: i64) -> Result<Vec<Id>> {
    let ids = memberships::table.select(memberships::id).into_boxed();
    let some = diesel::dsl::sql::<diesel::sql_types::Double>("random()");
    Ok(if all { ids.order(memberships::id).load(conn)? } else { ids.order(some).limit(most).load(conn)? })
}

fn difference(conn: &mut AnyConnection, id: Id) -> Result<Option<String>> {
    let kept: KeptMembership = memberships::table.find(id).get_result(conn)?;
    let (mut membership, stays) = match Member::load(conn, kept.clone())?.folded() {
        Ok(made) => made,
        Err(impossible) => return Ok(Some(format!("act {} is impossible: {}", impossible.act, impossible.error))),
    };
    membership.area_id = find_kept(conn, membership.organisation_id)?.area.to_string();
    if membership != kept {
        return Ok(Some("its state is another".to_owned()));
    }
    Ok((stays != list_stays(conn, kept.id)?).then(|| "its stays are others".to_owned()))
}
