//! Compares which lists show the records with what the records say.

use diesel::sql_types::{Bool, Text};
use diesel::{OptionalExtension, QueryableByName, RunQueryDsl};

use super::List;
use crate::id::SqlId;
use crate::storage::{Bound, Db, Statement, without_time_limit};
use crate::{Id, Result};

#[derive(QueryableByName)]
struct Difference {
    #[diesel(sql_type = SqlId)]
    record_id: Id,
    #[diesel(sql_type = Text)]
    seen_in: String,
    #[diesel(sql_type = Bool)]
    is_missing: bool,
}

/// Looks at the lists in which records are, and says as one line of text whether they are those that the records say, or which
/// record is the first in a wrong one. `expected` is a query of `record_id` and `seen_in`, each pair once.
///
/// # Errors
/// Fails when the database cannot be read; a difference is an answer.
pub async fn verify_listed(db: &Db, list: List, expected: &'static str) -> Result<(String, bool)> {
    let noun = list.as_str().replace('_', " ");
    let listed = "SELECT record_id, seen_in FROM listed_records WHERE list = $1 AND is_listed";
    let differences = format!(
        "WITH e AS ({expected}), l AS ({listed}) SELECT d.record_id, d.seen_in, d.is_missing FROM \
         (SELECT m.record_id, m.seen_in, TRUE AS is_missing FROM \
          (SELECT record_id, seen_in FROM e EXCEPT SELECT record_id, seen_in FROM l) m UNION ALL \
          SELECT x.record_id, x.seen_in, FALSE AS is_missing FROM \
          (SELECT record_id, seen_in FROM l EXCEPT SELECT record_id, seen_in FROM e) x) d \
         ORDER BY d.record_id, d.seen_in LIMIT 1"
    );
    let count = format!("SELECT COUNT(*) AS count FROM ({listed}) c");
    let (first, counted) = db
        .read(move |conn| {
            without_time_limit(conn)?;
            let first: Option<Difference> =
                diesel::sql_query(differences).bind::<Text, _>(list.as_str()).get_result(conn).optional()?;
            Ok((first, Statement::new(&count, vec![Bound::text(list.as_str())]).count(conn)?))
        })
        .await?;
    Ok(match first {
        None => (format!("lists of {noun}: {counted} are in the lists that the records say"), true),
        Some(Difference { record_id, seen_in, is_missing }) => {
            let what = if is_missing { "is missing in" } else { "must not be in" };
            (format!("lists of {noun}: {record_id} {what} the lists of {seen_in}"), false)
        }
    })
}
