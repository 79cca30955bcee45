//! Computes documents again from their acts and compares them with the stored ones.

use diesel::prelude::*;
use shared::acts::verify_records;
use shared::published::document::RelatedDocument;
use shared::storage::{AnyConnection, DatabaseUrl, Db};
use shared::{Id, Result};

use super::change::Document;
use super::store::{KeptDocument, list_relations};
use super::words::DocumentStatus;
use crate::schema::documents;
use crate::state::NAME;

/// Folds documents again, a sample or all, and says as one line of text whether they and their relations are what their acts make of
/// them, or which is the first that is not.
///
/// # Errors
/// Fails when the database cannot be read; a difference is an answer.
pub async fn verify(url: &DatabaseUrl, all: bool) -> Result<(String, bool)> {
    let db = Db::open_beside(url, NAME)?;
    verify_records(&db, "documents", move |conn, most| list_ids(conn, all, most), difference).await
}

fn list_ids(conn: &mut AnyConnection, all: bool, most: i64) -> Result<Vec<Id>> {
    let ids = documents::table.select(documents::id).into_boxed();
    let some = diesel::dsl::sql::<diesel::sql_types::Double>("random()");
    Ok(if all { ids.order(documents::id).load(conn)? } else { ids.order(some).limit(most).load(conn)? })
}

fn difference(conn: &mut AnyConnection, id: Id) -> Result<Option<String>> {
    let kept: KeptDocument = documents::table.find(id).get_result(conn)?;
    let made = match Document::load(conn, kept.clone())?.folded() {
        Ok(made) => made,
        Err(impossible) => return Ok(Some(format!("act {} is impossible: {}", impossible.act, impossible.error))),
    };
    let mut told = made.registration.clone();
    let mut relations = std::mem::take(&mut told.relations);
    relations.sort_unstable();
    if made.status == DocumentStatus::Withdrawn {
        relations.clear();
    }
    // What is left out of an act is kept as the day of issue.
    told.effective_on = Some(shared::Day::stored(made.effective_on()));
    let related = |(_, relation, document)| RelatedDocument { relation, document };
    let mut stored: Vec<RelatedDocument> = list_relations(conn, &[id])?.into_iter().map(related).collect();
    stored.sort_unstable();
    let is_same = (made.status, made.issued_on, told) == (kept.status, kept.issued_on, kept.registration());
    Ok((!is_same || relations != stored).then(|| "its state is another".to_owned()))
}
