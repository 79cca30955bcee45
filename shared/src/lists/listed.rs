//! Which lists show a record, and since when: what copies of a list are kept up to date by.
//!
//! A record that leaves the lists of an area leaves its row there, with the number of the change. So a reader of that area can
//! be told that the record is gone, and nobody else.
//! Changes are numbered by the journal: each has the number of the first entry of its transaction. The journal's lock is
//! held until the commit, so a reader who sees a number never finds a new change below it.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};

use super::{Condition, Order, Seek};
use crate::storage::{AnyConnection, Bound, Statement, Tx};
use crate::{Id, Result};

/// A list of which copies are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum List {
    /// Economic units.
    EconomicUnits,
    /// Organisations.
    Organisations,
    /// People.
    People,
    /// Acts on members and organisations.
    Acts,
    /// Findings.
    Findings,
}

impl List {
    /// The list as the database names it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    fn bound(self) -> Bound {
        Bound::Text(self.as_str().to_owned())
    }
}

/// The number of the change that is being made.
const NUMBER: &str = "(SELECT COALESCE(MAX(seq), 0) + 1 FROM journal_entries)";

/// Notes that a record came into the lists of an area, or was changed there. `seen_in` is the area, or `*` for all lists.
///
/// # Errors
/// Fails when the database does.
pub fn note_listed(tx: &mut Tx<'_>, list: List, record: Id, seen_in: &str) -> Result<()> {
    let records = Condition::new("SELECT CAST({} AS uuid) AS id", vec![Bound::Id(record)]);
    let records = match tx.conn() {
        AnyConnection::Sqlite(_) => Condition { sql: "SELECT {} AS id".to_owned(), ..records },
        AnyConnection::Postgres(_) => records,
    };
    note_all_listed(tx, list, &records, seen_in)
}

/// Notes that records came into the lists of an area, or were changed there. `records` selects their ids, each once, as `id`.
///
/// # Errors
/// Fails when the database does.
pub fn note_all_listed(tx: &mut Tx<'_>, list: List, records: &Condition, seen_in: &str) -> Result<()> {
    let mut sql = Numbered::new(vec![list.bound(), Bound::Text(seen_in.to_owned())]);
    let records = sql.add(records);
    let query = format!(
        "INSERT INTO listed_records (list, record_id, seen_in, from_seq, changed_seq, is_listed) \
         SELECT $1, r.id, $2, {NUMBER}, {NUMBER}, TRUE FROM ({records}) r WHERE TRUE \
         ON CONFLICT (list, record_id, seen_in) WHERE is_listed DO UPDATE SET changed_seq = excluded.changed_seq"
    );
    sql.execute(tx, &query)
}

/// Notes that records were changed in all lists that show them. `which` is a condition of the rows `t`.
///
/// # Errors
/// Fails when the database does.
pub fn note_changed(tx: &mut Tx<'_>, list: List, which: &Condition) -> Result<()> {
    let mut sql = Numbered::new(vec![list.bound()]);
    let which = sql.add(which);
    let query =
        format!("UPDATE listed_records AS t SET changed_seq = {NUMBER} WHERE t.list = $1 AND t.is_listed AND {which}");
    sql.execute(tx, &query)
}

/// Notes that records left the lists of an area. `which` is a condition of the rows `t`.
///
/// # Errors
/// Fails when the database does.
pub fn note_gone(tx: &mut Tx<'_>, list: List, which: &Condition) -> Result<()> {
    // A record that came there in this very transaction was seen there by nobody.
    let mut sql = Numbered::new(vec![list.bound()]);
    let condition = sql.add(which);
    let query = format!(
        "DELETE FROM listed_records AS t WHERE t.list = $1 AND t.is_listed AND t.from_seq = {NUMBER} AND {condition}"
    );
    sql.execute(tx, &query)?;
    let mut sql = Numbered::new(vec![list.bound()]);
    let condition = sql.add(which);
    let query = format!(
        "UPDATE listed_records AS t SET is_listed = FALSE, changed_seq = {NUMBER} \
         WHERE t.list = $1 AND t.is_listed AND {condition}"
    );
    sql.execute(tx, &query)
}

/// Notes that a record moved from the lists of one area to those of another, or was changed where it is.
///
/// # Errors
/// Fails when the database does.
pub fn note_moved(tx: &mut Tx<'_>, list: List, record: Id, from: &str, to: &str) -> Result<()> {
    if from != to {
        let values = vec![Bound::Id(record), Bound::Text(from.to_owned())];
        note_gone(tx, list, &Condition::new("t.record_id = {} AND t.seen_in = {}", values))?;
    }
    note_listed(tx, list, record, to)
}

/// Notes that a record is in the lists of one area and of no other, or was changed there.
///
/// # Errors
/// Fails when the database does.
pub fn note_only_in(tx: &mut Tx<'_>, list: List, record: Id, area: &str) -> Result<()> {
    let values = vec![Bound::Id(record), Bound::Text(area.to_owned())];
    note_gone(tx, list, &Condition::new("t.record_id = {} AND t.seen_in <> {}", values))?;
    note_listed(tx, list, record, area)
}

/// A statement whose values are numbered as they come.
struct Numbered(Vec<Bound>);

impl Numbered {
    fn new(values: Vec<Bound>) -> Self {
        Self(values)
    }

    fn add(&mut self, condition: &Condition) -> String {
        condition.numbered(|value| {
            self.0.push(value.clone());
            format!("${}", self.0.len())
        })
    }

    fn execute(self, tx: &mut Tx<'_>, query: &str) -> Result<()> {
        tx.number_by_entry();
        Statement::new(query, self.0).execute(tx.conn())?;
        Ok(())
    }
}

#[derive(QueryableByName)]
struct Latest {
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = Binary)]
    hash: Vec<u8>,
}

/// The number of the latest change in the lists of some areas (nothing: in all), and the hash of its journal entry. 0 where
/// there is none.
pub(crate) fn latest_change(
    conn: &mut AnyConnection,
    list: List,
    seen_in: Option<&[String]>,
) -> Result<(i64, Vec<u8>)> {
    let mut values = vec![list.bound()];
    let latest = match seen_in {
        None => "SELECT MAX(t.changed_seq) FROM listed_records t WHERE t.list = $1".to_owned(),
        Some(areas) => {
            values.push(Bound::Text(serde_json::to_string(areas)?));
            let of_one = "SELECT MAX(t.changed_seq) FROM listed_records t WHERE t.list = $1 AND t.seen_in = e.value";
            let each = match conn {
                AnyConnection::Sqlite(_) => "json_each($2) e",
                AnyConnection::Postgres(_) => "json_array_elements_text($2::json) AS e(value)",
            };
            format!("SELECT MAX(({of_one})) FROM {each}")
        }
    };
    let query = format!("SELECT j.seq, j.hash FROM journal_entries j WHERE j.seq = ({latest})");
    let latest: Option<Latest> = Statement::new(&query, values).load(conn)?.pop();
    Ok(latest.map_or((0, Vec::new()), |latest| (latest.seq, latest.hash)))
}

/// The changes in the lists of some areas (nothing: in all), in their order. A record that has left is among them only where it
/// was there at the number `held` already.
pub(crate) fn changes(list: List, seen_in: Option<Vec<String>>, held: i64) -> Seek {
    let mut seek = Seek { id: "record_id", ..Seek::of("listed_records", Order::Number("changed_seq")) };
    seek.among.push(("list", vec![list.as_str().to_owned()]));
    seek.among.extend(seen_in.map(|areas| ("seen_in", areas)));
    seek.conditions.push(Condition::new("(t.is_listed OR t.from_seq <= {})", vec![Bound::Number(held)]));
    seek
}
