//! SQL for sums.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use shared::storage::{AnyConnection, Bound, Statement, Tx, id_list, listed_ids, listed_texts};
use shared::{Id, Result};

use super::covered_store::refresh_told;
use super::{NOT_SUMMED, STOCKS, Summed};

/// By what it is known where a fact stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// By the periods of its organisation.
    Organisation,
    /// By the periods of its economic unit.
    Unit,
}

impl Ground {
    /// The ground of the facts of a followed service.
    fn of_source(source: &str) -> Self {
        if source == "enterprise-registry" { Self::Unit } else { Self::Organisation }
    }

    /// The table of periods, its column of ids, and the column of facts that names the same.
    fn names(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Organisation => ("organisation_periods", "organisation_id", "organisation_id"),
            Self::Unit => ("unit_periods", "unit_id", "economic_unit_id"),
        }
    }

    /// Which facts stand by it.
    fn facts(self) -> &'static str {
        match self {
            Self::Organisation => "f.organisation_id IS NOT NULL",
            Self::Unit => "f.measure = 'economic_units'",
        }
    }

    /// The area, superior body and kind (of a unit its status) of a period `o`.
    fn place(self, conn: &AnyConnection) -> [&'static str; 3] {
        match self {
            Self::Organisation => ["o.area_id", hexadecimal_body(conn), "o.kind"],
            Self::Unit => ["o.area_id", "''", "o.status"],
        }
    }
}

/// The superior body of a period `o` of an organisation, as sums name it.
pub(super) fn hexadecimal_body(conn: &AnyConnection) -> &'static str {
    match conn {
        AnyConnection::Sqlite(_) => "lower(hex(o.superior_body_id))",
        AnyConnection::Postgres(_) => "replace(o.superior_body_id::text, '-', '')",
    }
}

/// The sums, by month and by year, of rows `e`: a value `v` on a day `d`, its measure, branch and standing, and the area `a`,
/// superior body `b` and kind `k` where it stands.
pub(super) fn summed_up(conn: &AnyConnection, rows: &str) -> String {
    let month = match conn {
        AnyConnection::Sqlite(_) => "CAST(strftime('%Y', d) AS INTEGER) * 12 + CAST(strftime('%m', d) AS INTEGER) - 1",
        AnyConnection::Postgres(_) => "EXTRACT(YEAR FROM d)::integer * 12 + EXTRACT(MONTH FROM d)::integer - 1",
    };
    // Years are added up from months, of which there are fewer than rows.
    let columns = "measure, area_id, body, kind, branch, standing";
    format!(
        "SELECT grain, at, {columns}, CAST(value AS BIGINT) AS value FROM \
         (WITH m AS (SELECT {month} AS at, e.measure AS measure, e.a AS area_id, e.b AS body, e.k AS kind, \
             e.branch AS branch, e.standing AS standing, SUM(e.v) AS value FROM {rows} GROUP BY 1, 2, 3, 4, 5, 6, 7) \
          SELECT 'month' AS grain, at, {columns}, value FROM m UNION ALL \
          SELECT 'year' AS grain, at / 12 AS at, {columns}, SUM(value) AS value FROM m \
          GROUP BY at / 12, {columns}) g WHERE value <> 0"
    )
}

fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ")
}

/// What the facts that fulfil a condition add to the sums: where they stand on their day, and where they go along later.
/// Before and between the periods of what they stand by they stand nowhere.
pub(super) fn contributions(conn: &AnyConnection, ground: Ground, condition: &str, sign: i32) -> String {
    let (periods, id, of_fact) = ground.names();
    let [area, body, kind] = ground.place(conn);
    let place = format!("COALESCE({area}, '') AS a, COALESCE({body}, '') AS b, COALESCE({kind}, '') AS k");
    let columns = "c.measure, c.branch, c.standing";
    // Each stock goes along at the beginning of each later period, and stays behind at the end of one. These are four rows: at the
    // beginning it comes to the place of the period and leaves nowhere, at the end it leaves the place and comes to nowhere.
    let there = |column: &str| format!("CASE WHEN x.is_there = 1 THEN COALESCE({column}, '') ELSE '' END");
    let moved_on = "CASE WHEN x.is_end = 1 THEN o.to_on ELSE o.from_on END";
    let moves = format!(
        "SELECT {columns}, x.sign * c.v AS v, {moved_on} AS d, {} AS a, {} AS b, {} AS k \
         FROM c JOIN {periods} o ON o.{id} = c.thing AND o.to_seq IS NULL AND (o.from_on > c.d OR o.to_on > c.d) \
         CROSS JOIN (SELECT 1 AS sign, 0 AS is_end, 1 AS is_there UNION ALL SELECT -1, 0, 0 \
             UNION ALL SELECT -1, 1, 1 UNION ALL SELECT 1, 1, 0) x \
         WHERE c.measure IN ({}) AND {moved_on} > c.d",
        there(area),
        there(body),
        there(kind),
        quoted(&STOCKS),
    );
    format!(
        "WITH c AS (SELECT f.measure, COALESCE(f.branch, '') AS branch, COALESCE(f.standing, '') AS standing, \
             f.{of_fact} AS thing, f.occurred_on AS d, {sign} * f.sign * f.count AS v \
             FROM facts f WHERE {} AND f.measure NOT IN ({}) AND {condition}), \
         e AS (SELECT {columns}, c.v, c.d, {place} FROM c LEFT JOIN {periods} o ON o.{id} = c.thing \
             AND o.to_seq IS NULL AND o.from_on <= c.d AND (o.to_on IS NULL OR o.to_on > c.d) UNION ALL {moves}) {}",
        ground.facts(),
        quoted(&NOT_SUMMED),
        summed_up(conn, "e"),
    )
}

/// What stands for the values of a condition.
struct Values<'a> {
    /// `$1` and `$2`: places in the journal.
    places: (i64, i64),
    /// `$3`.
    id: Option<Id>,
    /// `$4`.
    source: &'a str,
    /// `$5`, as a list.
    ids: Vec<Id>,
}

/// Adds to the sums what facts that fulfil a condition contribute.
fn put(tx: &mut Tx<'_>, ground: Ground, condition: &str, sign: i32, values: &Values<'_>) -> Result<()> {
    let selected = contributions(tx.conn(), ground, condition, sign);
    let (first, last) = values.places;
    let values = vec![
        Bound::Number(first),
        Bound::Number(last),
        Bound::MaybeId(values.id),
        Bound::Text(values.source.to_owned()),
        Bound::Text(id_list(&values.ids)?),
    ];
    add_selected(tx, &selected, values)
}

/// Adds to the sums what a query selects.
pub(super) fn add_selected(tx: &mut Tx<'_>, selected: &str, values: Vec<Bound>) -> Result<()> {
    let query = format!(
        "INSERT INTO sums (grain, at, measure, area_id, body, kind, branch, standing, value) {selected} \
         ON CONFLICT (grain, at, measure, area_id, body, kind, branch, standing) \
         DO UPDATE SET value = sums.value + excluded.value"
    );
    Statement::new(&query, values).execute(tx.conn())?;
    Ok(())
}

/// Adds or takes away what some organisations or units count of what is in the sums, where their periods say by now.
fn put_things(tx: &mut Tx<'_>, ground: Ground, things: Vec<Id>, sign: i32, before: i64) -> Result<()> {
    if things.is_empty() {
        return Ok(());
    }
    let (_, _, of_fact) = ground.names();
    let of_these = format!("f.{of_fact} IN ({}) AND f.from_seq < $1 AND f.to_seq IS NULL", listed_ids(tx.conn(), "$5"));
    put(tx, ground, &of_these, sign, &Values { places: (before, i64::MAX), id: None, source: "-", ids: things })
}

/// Takes away what some organisations or units count, before a transaction changes their periods. [`finish`] adds it again.
///
/// # Errors
/// Fails when the database does.
pub fn take_apart(tx: &mut Tx<'_>, ground: Ground, summed: &Summed) -> Result<()> {
    put_things(tx, ground, summed.apart.iter().copied().collect(), -1, summed.before)
}

/// Adds what one organisation or unit counts, after its periods changed.
///
/// # Errors
/// Fails when the database does.
pub fn add(tx: &mut Tx<'_>, ground: Ground, thing: Id, summed: &Summed) -> Result<()> {
    if summed.apart.contains(&thing) { Ok(()) } else { put_things(tx, ground, vec![thing], 1, summed.before) }
}

/// Takes away what one organisation or unit counts, before its periods change.
///
/// # Errors
/// Fails when the database does.
pub fn take_away(tx: &mut Tx<'_>, ground: Ground, thing: Id, summed: &Summed) -> Result<()> {
    if summed.apart.contains(&thing) { Ok(()) } else { put_things(tx, ground, vec![thing], -1, summed.before) }
}

/// Adds or takes away what an earlier entry counts, but for what is taken apart.
fn put_entry(tx: &mut Tx<'_>, ground: Ground, entry: Id, sign: i32, summed: &Summed) -> Result<()> {
    let (_, _, of_fact) = ground.names();
    let of_entry = format!(
        "f.entry_id = $3 AND f.from_seq < $1 AND f.to_seq IS NULL AND f.{of_fact} NOT IN ({})",
        listed_ids(tx.conn(), "$5")
    );
    let ids = summed.apart.iter().copied().collect();
    put(tx, ground, &of_entry, sign, &Values { places: (summed.before, i64::MAX), id: Some(entry), source: "-", ids })
}

/// Adds the facts of an earlier entry, of which only now is known what it counts.
///
/// # Errors
/// Fails when the database does.
pub fn add_entry(tx: &mut Tx<'_>, entry: Id, summed: &Summed) -> Result<()> {
    put_entry(tx, Ground::Organisation, entry, 1, summed)
}

/// Takes the facts of an entry away before they are closed, those that are in the sums.
///
/// # Errors
/// Fails when the database does.
pub fn take_away_entry(tx: &mut Tx<'_>, source: &str, entry: Id, summed: &Summed) -> Result<()> {
    put_entry(tx, Ground::of_source(source), entry, -1, summed)
}

/// Adds to the sums what was subtracted before the change, and the facts that the transaction added and did not close again.
/// Then computes the covered units again.
///
/// # Errors
/// Fails when the database does.
pub fn finish(tx: &mut Tx<'_>, source: &str, summed: &Summed, last_seq: i64) -> Result<()> {
    let ground = Ground::of_source(source);
    put_things(tx, ground, summed.apart.iter().copied().collect(), 1, summed.before)?;
    let told = "f.source = $4 AND f.from_seq >= $1 AND f.from_seq <= $2 AND f.to_seq IS NULL";
    put(tx, ground, told, 1, &Values { places: (summed.before, last_seq), id: None, source, ids: Vec::new() })?;
    // Only entries about organisations and units change which organisations cover a unit, and where.
    if summed.apart.is_empty() { Ok(()) } else { refresh_told(tx, ground, summed.before) }
}

/// A sum.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Sum {
    /// The measure.
    #[diesel(sql_type = Text)]
    pub measure: String,
    /// The commune, or nothing where that is not known.
    #[diesel(sql_type = Text)]
    pub area_id: String,
    /// The superior body, or nothing.
    #[diesel(sql_type = Text)]
    pub body: String,
    /// The kind of organisation, or the status of a unit.
    #[diesel(sql_type = Text)]
    pub kind: String,
    /// The branch, or nothing.
    #[diesel(sql_type = Text)]
    pub branch: String,
    /// The standing, or nothing.
    #[diesel(sql_type = Text)]
    pub standing: String,
    /// The sum of the months asked for.
    #[diesel(sql_type = BigInt)]
    pub flow: i64,
    /// The sum of all months up to the last one asked for.
    #[diesel(sql_type = BigInt)]
    pub stock: i64,
}

/// Reads the sums of some measures for some months of one year, counted from the first month of year 0.
///
/// # Errors
/// Fails when the database does.
pub fn list_sums(conn: &mut AnyConnection, (first, last): (i32, i32), measures: &BTreeSet<&str>) -> Result<Vec<Sum>> {
    let listed = listed_texts(conn, "$5");
    let query = format!(
        "SELECT measure, area_id, body, kind, branch, standing, \
         CAST(SUM(CASE WHEN grain = 'month' AND at >= $1 THEN value ELSE 0 END) AS BIGINT) AS flow, \
         CAST(SUM(value) AS BIGINT) AS stock FROM \
         (SELECT * FROM sums WHERE grain = 'year' AND at < $2 AND measure IN ({listed}) \
          UNION ALL SELECT * FROM sums WHERE grain = 'month' AND at >= $3 AND at <= $4 AND measure IN ({listed})) s \
         GROUP BY measure, area_id, body, kind, branch, standing"
    );
    let year = last.div_euclid(12);
    let mut values: Vec<Bound> = [first, year, year * 12, last].map(Bound::Integer).into();
    values.push(Bound::Text(serde_json::to_string(measures)?));
    Ok(Statement::new(&query, values).load(conn)?)
}
