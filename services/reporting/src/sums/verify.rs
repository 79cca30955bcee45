//! Computes the sums again from the facts and compares them with the stored ones.

use diesel::prelude::*;
use diesel::sql_types::Text;
use shared::Result;
use shared::storage::{AnyConnection, DatabaseUrl, Db, Statement, without_time_limit};

use super::covered_store::{covered_contributions, first_wrong_unit};
use super::store::{Ground, contributions};
use crate::state::NAME;

#[derive(QueryableByName)]
struct Different {
    #[diesel(sql_type = Text)]
    what: String,
}

/// Makes all sums again of the facts, and says as one line of text whether they are what is kept, or which is the first that
/// is not.
///
/// # Errors
/// Fails when the database cannot be read; a difference is an answer.
pub async fn verify(url: &DatabaseUrl) -> Result<(String, bool)> {
    let db = Db::open_beside(url, NAME)?;
    let (count, different) = db
        .read(|conn| {
            without_time_limit(conn)?;
            Ok((count(conn)?, first_difference(conn)?))
        })
        .await?;
    Ok(match different {
        None => (format!("sums: {count} are what the facts make of them"), true),
        Some(what) => (format!("sums: {what} is not what the facts make of it"), false),
    })
}

fn count(conn: &mut AnyConnection) -> Result<i64> {
    let query = "SELECT CAST(COUNT(*) AS BIGINT) AS count FROM sums WHERE value <> 0";
    Statement::new(query, Vec::new()).count(conn)
}

fn first_difference(conn: &mut AnyConnection) -> Result<Option<String>> {
    if let Some(unit) = first_wrong_unit(conn)? {
        return Ok(Some(format!("from when to when the unit {unit} is covered")));
    }
    let of_facts =
        [Ground::Organisation, Ground::Unit].map(|ground| contributions(conn, ground, "f.to_seq IS NULL", -1));
    let made = of_facts.into_iter().chain([covered_contributions(conn, "1 = 1", -1)]);
    let made = made.map(|made| format!("SELECT * FROM ({made}) m")).collect::<Vec<_>>().join(" UNION ALL ");
    let query = format!(
        "SELECT grain || ' ' || at || ' ' || measure || ' ' || area_id AS what FROM \
         (SELECT grain, at, measure, area_id, body, kind, branch, standing, value FROM sums UNION ALL {made}) s \
         GROUP BY grain, at, measure, area_id, body, kind, branch, standing HAVING SUM(value) <> 0 \
         ORDER BY 1 LIMIT 1"
    );
    Ok(diesel::sql_query(query).load::<Different>(conn)?.pop().map(|different| different.what))
}
