//! Computes organisations again from their acts and compares them with the stored ones.

use diesel::prelude::*;
use shared::acts::verify_records;
use shared::lists::{self, List};
use shared::storage::{AnyConnection, DatabaseUrl, Db};
use shared::{Id, Result};

use super::acts::Folded;
use super::change::Organisation;
use super::hanging::list_phases;
use super::store::{KeptOrganisation, find_kept, unit_ids_of};
use crate::schema::organisations;
use crate::state::NAME;

/// Folds organisations again, a sample or all, and says as one line of text whether they are what their acts make of them,
/// or which is the first that is not.
///
/// # Errors
/// Fails when the database cannot be read; a difference is an answer.
pub async fn verify(url: &DatabaseUrl, all: bool) -> Result<(String, bool)> {
    let db = Db::open_beside(url, NAME)?;
    verify_records(&db, "organisations", move |conn, most| list_ids(conn, all, most), difference).await
}

/// Looks at the lists in which organisations are: those of their areas, and all lists for superior bodies.
///
/// # Errors
/// Fails when the database cannot be read; a difference is an answer.
pub async fn verify_listed(url: &DatabaseUrl) -> Result<(String, bool)> {
    let expected = "SELECT id AS record_id, seen_in FROM organisations";
    lists::verify_listed(&Db::open_beside(url, NAME)?, List::Organisations, expected).await
}

fn list_ids(conn: &mut AnyConnection, all: bool, most: i64) -> Result<Vec<Id>> {
    let ids = organisations::table.select(organisations::id).into_boxed();
    let some = diesel::dsl::sql::<diesel::sql_types::Double>("random()");
    Ok(if all { ids.order(organisations::id).load(conn)? } else { ids.order(some).limit(most).load(conn)? })
}

fn difference(conn: &mut AnyConnection, id: Id) -> Result<Option<String>> {
    let kept = find_kept(conn, id)?;
    let (made, phases) = match Organisation::load(conn, kept.clone())?.folded() {
        Ok(made) => made,
        Err(impossible) => return Ok(Some(format!("act {} is impossible: {}", impossible.act, impossible.error))),
    };
    let mut units = made.units.clone();
    units.sort();
    Ok(if !is_as_kept(&made, &kept) {
        Some("its state is another".to_owned())
    } else if units != unit_ids_of(conn, id)? {
        Some("its units are others".to_owned())
    } else {
        (phases != list_phases(conn, id)?).then(|| "its phases are others".to_owned())
    })
}

fn is_as_kept(made: &Folded, kept: &KeptOrganisation) -> bool {
    let of_made = (&made.kind, &made.name, made.superior, &made.area, &made.status);
    let of_kept = (&kept.kind, &kept.name, kept.superior, &kept.area, &kept.status);
    of_made == of_kept && (made.established_on, made.ended_on) == (kept.established_on, kept.ended_on)
}
