//! Computes units again from their acts and compares them with the stored ones.

use diesel::prelude::*;
use shared::acts::verify_records;
use shared::lists::{self, List};
use shared::storage::{AnyConnection, DatabaseUrl, Db};
use shared::{Id, Result};

use super::acts::Names;
use super::change::Unit;
use super::store::find_unopened;
use crate::schema::economic_units;
use crate::state::NAME;

/// Folds units again, a sample or all, and says as one line of text whether they are what their acts make of them, or which
/// is the first that is not. The names of households are sealed, and not compared.
///
/// # Errors
/// Fails when the database cannot be read; a difference is an answer.
pub async fn verify(url: &DatabaseUrl, all: bool) -> Result<(String, bool)> {
    let db = Db::open_beside(url, NAME)?;
    verify_records(&db, "economic units", move |conn, most| list_ids(conn, all, most), difference).await
}

/// Looks at the lists in which units are: each is in those of the area in which it is.
///
/// # Errors
/// Fails when the database cannot be read; a difference is an answer.
pub async fn verify_listed(url: &DatabaseUrl) -> Result<(String, bool)> {
    let expected = "SELECT id AS record_id, area_id AS seen_in FROM economic_units";
    lists::verify_listed(&Db::open_beside(url, NAME)?, List::EconomicUnits, expected).await
}

fn list_ids(conn: &mut AnyConnection, all: bool, most: i64) -> Result<Vec<Id>> {
    let ids = economic_units::table.select(economic_units::id).into_boxed();
    let some = diesel::dsl::sql::<diesel::sql_types::Double>("random()");
    Ok(if all { ids.order(economic_units::id).load(conn)? } else { ids.order(some).limit(most).load(conn)? })
}

fn difference(conn: &mut AnyConnection, id: Id) -> Result<Option<String>> {
    let kept = find_unopened(conn, id)?;
    let made = match Unit::load_with(conn, None, kept.clone())?.folded() {
        Ok(made) => made,
        Err(impossible) => return Ok(Some(format!("act {} is impossible: {}", impossible.act, impossible.error))),
    };
    let names = kept.name.map(|name| Names { name, tax_code: kept.tax_code, address: kept.address });
    let is_same = (made.status, made.status_on, made.legal_form, made.registered_on)
        == (kept.status, kept.status_on, kept.legal_form, kept.registered_on)
        && (made.sector, made.is_foreign_invested, made.area, made.workers, made.names)
            == (kept.sector, kept.is_foreign_invested, kept.area, kept.workers, names);
    Ok((!is_same).then(|| "its state is another".to_owned()))
}
