//! Memberships are made again of their acts, and compared with what is kept.

use diesel::prelude::*;
use shared::storage::{AnyConnection, DatabaseUrl, Db};
use shared::{Id, Result};

use super::change::Record;
use super::stays::list_stays;
use crate::NAME;
use crate::organisations::find_kept;
use crate::people::KeptMembership;
use crate::schema::memberships;

/// How many memberships a sample has.
const SAMPLE: i64 = 1000;
const MEMBERSHIPS_A_READ: usize = 500;

/// Folds memberships again, a sample or all, and says as one line of text whether they are what their acts make of them,
/// or which is the first that is not.
///
/// # Errors
/// Fails when the database cannot be read; a difference is an answer.
pub async fn verify(url: &DatabaseUrl, all: bool) -> Result<(String, bool)> {
    let db = Db::open_beside(url, NAME)?;
    let ids: Vec<Id> = db.read(move |conn| list_ids(conn, all)).await?;
    let count = ids.len();
    for some in ids.chunks(MEMBERSHIPS_A_READ) {
        let some = some.to_vec();
        let different = db.read(move |conn| first_difference(conn, &some)).await?;
        if let Some((id, why)) = different {
            return Ok((format!("memberships: {id} is not what its acts make of it: {why}"), false));
        }
    }
    Ok((format!("memberships: {count} are what their acts make of them"), true))
}

fn list_ids(conn: &mut AnyConnection, all: bool) -> Result<Vec<Id>> {
    let ids = memberships::table.select(memberships::id).into_boxed();
    let some = diesel::dsl::sql::<diesel::sql_types::Double>("random()");
    Ok(if all { ids.order(memberships::id).load(conn)? } else { ids.order(some).limit(SAMPLE).load(conn)? })
}

fn first_difference(conn: &mut AnyConnection, ids: &[Id]) -> Result<Option<(Id, String)>> {
    for id in ids {
        let kept: Option<KeptMembership> = memberships::table.find(id).get_result(conn).optional()?;
        let Some(kept) = kept else { continue };
        if let Some(why) = difference(conn, &kept)? {
            return Ok(Some((*id, why)));
        }
    }
    Ok(None)
}

fn difference(conn: &mut AnyConnection, kept: &KeptMembership) -> Result<Option<String>> {
    let (mut membership, stays) = match Record::load(conn, kept.clone())?.folded() {
        Ok(made) => made,
        Err(impossible) => return Ok(Some(format!("act {} is impossible: {}", impossible.act, impossible.error))),
    };
    membership.area_id = find_kept(conn, membership.organisation_id)?.area.to_string();
    if membership != *kept {
        return Ok(Some("its state is another".to_owned()));
    }
    Ok((stays != list_stays(conn, kept.id)?).then(|| "its stays are others".to_owned()))
}
