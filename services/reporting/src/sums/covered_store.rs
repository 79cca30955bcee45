//! SQL for covered units, and their sums.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Nullable, Text};
use shared::id::SqlId;
use shared::published::Branch;
use shared::storage::{AnyConnection, Bound, Statement, Tx, id_list, indexed, insert_rows, listed_ids};
use shared::{Error, Id, Result};

use super::covered::{COVERED_UNITS, COVERED_UNITS_OF_BODIES, Covered, Covering, Stay, covered_of};
use super::store::{Ground, add_selected, hexadecimal_body, summed_up};

/// How many units are computed again at once.
pub(super) const UNITS_AT_ONCE: usize = 500;

/// What the covered units that fulfil a condition add to the sums.
pub(super) fn covered_contributions(conn: &AnyConnection, condition: &str, sign: i32) -> String {
    let columns = "c.measure, c.branch, '' AS standing, c.area_id AS a, c.body AS b, '' AS k";
    let back = -sign;
    let rows = format!(
        "(SELECT {columns}, c.from_on AS d, {sign} AS v FROM covered_units c WHERE {condition} \
         UNION ALL SELECT {columns}, c.to_on AS d, {back} AS v FROM covered_units c \
         WHERE c.to_on IS NOT NULL AND {condition}) e"
    );
    summed_up(conn, &rows)
}

#[derive(QueryableByName)]
struct Told {
    #[diesel(sql_type = SqlId)]
    id: Id,
}

/// Computes the covered units again that a transaction concerns: a unit is newly covered, or it or an organisation that
/// covers it is in another area.
///
/// # Errors
/// Fails when the database does.
pub(super) fn refresh_told(tx: &mut Tx<'_>, ground: Ground, first_seq: i64) -> Result<()> {
    // The followers of two journals change what the same unit is covered by.
    tx.serialise("reporting/covered_units")?;
    let query = told_units(tx.conn(), ground);
    let told: Vec<Told> = Statement::new(&query, vec![Bound::Number(first_seq)]).load(tx.conn())?;
    refresh(tx, &told.into_iter().map(|told| told.id).collect::<Vec<_>>())
}

/// The query for units whose covering organisations are concerned by entries from the sequence number `$1` on.
fn told_units(conn: &AnyConnection, ground: Ground) -> String {
    let told = |index: &str, seq: &str| {
        format!(
            "SELECT v.economic_unit_id AS id FROM {} WHERE v.source = 'membership' AND v.{seq} >= $1 \
             AND v.measure = 'unit_coverings'",
            indexed(conn, "facts v", index)
        )
    };
    let of_moved = |index: &str, seq: &str| {
        format!(
            "SELECT v.economic_unit_id AS id FROM {} CROSS JOIN {} WHERE q.{seq} >= $1 \
             AND v.organisation_id = q.organisation_id AND v.measure = 'unit_coverings'",
            indexed(conn, "organisation_periods q", index),
            indexed(conn, "facts v", "facts_organisations")
        )
    };
    let moved = |index: &str, seq: &str| {
        format!(
            "SELECT p.unit_id AS id FROM {} WHERE p.{seq} >= $1 AND EXISTS (SELECT 1 FROM facts v \
             WHERE v.measure = 'unit_coverings' AND v.economic_unit_id = p.unit_id)",
            indexed(conn, "unit_periods p", index)
        )
    };
    let parts = match ground {
        Ground::Organisation => vec![
            told("facts_told", "from_seq"),
            told("facts_closed", "to_seq"),
            of_moved("organisation_periods_told", "from_seq"),
            of_moved("organisation_periods_closed", "to_seq"),
        ],
        Ground::Unit => vec![moved("unit_periods_told", "from_seq"), moved("unit_periods_closed", "to_seq")],
    };
    format!("SELECT DISTINCT told.id FROM ({}) told", parts.join(" UNION ALL "))
}

/// Makes the covered units of all facts where a database has none: an older program did not keep them.
///
/// # Errors
/// Fails when the database does.
pub fn fill_covered(tx: &mut Tx<'_>) -> Result<()> {
    let query = "SELECT DISTINCT v.economic_unit_id AS id FROM facts v WHERE v.measure = 'unit_coverings' \
        AND NOT EXISTS (SELECT 1 FROM covered_units)";
    let list = |tx: &mut Tx<'_>| -> Result<Vec<Told>> { Ok(Statement::new(query, Vec::new()).load(tx.conn())?) };
    if list(tx)?.is_empty() {
        return Ok(());
    }
    if let AnyConnection::Postgres(postgres) = tx.conn() {
        // Another replica may be filling, or a rebuild be taking over.
        postgres.batch_execute("SET LOCAL lock_timeout = '120s'; SET LOCAL statement_timeout = 0; LOCK TABLE cursors IN SHARE ROW EXCLUSIVE MODE")?;
    }
    tx.serialise("reporting/covered_units")?;
    let units = list(tx)?;
    refresh(tx, &units.into_iter().map(|told| told.id).collect::<Vec<_>>())
}

fn refresh(tx: &mut Tx<'_>, units: &[Id]) -> Result<()> {
    for units in units.chunks(UNITS_AT_ONCE) {
        let made = make(tx.conn(), units)?;
        let kept = list_covered(tx.conn(), units)?;
        let is_changed = |unit: &&Id| made.get(unit) != kept.get(unit);
        let changed: Vec<Id> = units.iter().filter(is_changed).copied().collect();
        if changed.is_empty() {
            continue;
        }
        put(tx, &changed, -1)?;
        let gone = format!("DELETE FROM covered_units WHERE unit_id IN ({})", listed_ids(tx.conn(), "$1"));
        Statement::new(&gone, vec![Bound::Text(id_list(&changed)?)]).execute(tx.conn())?;
        let rows =
            changed.iter().flat_map(|unit| made.get(unit).into_iter().flatten().map(move |covered| (unit, covered)));
        let rows = rows.map(|(unit, covered)| {
            vec![
                Bound::Id(*unit),
                Bound::text(covered.measure),
                Bound::text(<&'static str>::from(covered.branch)),
                Bound::text(&covered.body),
                Bound::text(&covered.area),
                Bound::Day(covered.from_on),
                Bound::maybe(covered.to_on, Bound::Day),
            ]
        });
        insert_rows(tx.conn(), "covered_units", &COLUMNS, rows.collect())?;
        put(tx, &changed, 1)?;
    }
    Ok(())
}

const COLUMNS: [(&str, &str); 7] = [
    ("unit_id", "uuid"),
    ("measure", "text"),
    ("branch", "text"),
    ("body", "text"),
    ("area_id", "text"),
    ("from_on", "date"),
    ("to_on", "date"),
];

/// Adds the kept rows of units to the sums, or takes them away.
fn put(tx: &mut Tx<'_>, units: &[Id], sign: i32) -> Result<()> {
    let of_these = format!("c.unit_id IN ({})", listed_ids(tx.conn(), "$1"));
    let selected = covered_contributions(tx.conn(), &of_these, sign);
    add_selected(tx, &selected, vec![Bound::Text(id_list(units)?)])
}

#[derive(QueryableByName)]
struct CoveringRow {
    #[diesel(sql_type = SqlId)]
    unit_id: Id,
    #[diesel(sql_type = SqlId)]
    organisation_id: Id,
    #[diesel(sql_type = Text)]
    branch: Branch,
    #[diesel(sql_type = Date)]
    occurred_on: NaiveDate,
    #[diesel(sql_type = BigInt)]
    value: i64,
}

#[derive(QueryableByName)]
struct StayRow {
    #[diesel(sql_type = SqlId)]
    thing: Id,
    #[diesel(sql_type = Date)]
    from_on: NaiveDate,
    #[diesel(sql_type = Nullable<Date>)]
    to_on: Option<NaiveDate>,
    #[diesel(sql_type = Text)]
    place: String,
}

/// From when to when units are covered, by what counts now.
pub(super) fn make(conn: &mut AnyConnection, units: &[Id]) -> Result<BTreeMap<Id, BTreeSet<Covered>>> {
    let listed = listed_ids(conn, "$1");
    let query = format!(
        "SELECT v.economic_unit_id AS unit_id, v.organisation_id, v.branch, v.occurred_on, \
             CAST(SUM(v.sign * v.count) AS BIGINT) AS value \
         FROM {} WHERE v.measure = 'unit_coverings' AND v.economic_unit_id IN ({listed}) AND v.to_seq IS NULL \
         GROUP BY v.economic_unit_id, v.organisation_id, v.branch, v.occurred_on",
        indexed(conn, "facts v", "facts_units")
    );
    let rows: Vec<CoveringRow> = Statement::new(&query, vec![Bound::Text(id_list(units)?)]).load(conn)?;
    let organisations: BTreeSet<Id> = rows.iter().map(|row| row.organisation_id).collect();
    let body = hexadecimal_body(conn);
    let bodies = stays(
        conn,
        &format!(
            "SELECT o.organisation_id AS thing, o.from_on, o.to_on, COALESCE({body}, '') AS place FROM organisation_periods o \
             WHERE o.to_seq IS NULL AND o.organisation_id IN ({listed})"
        ),
        &organisations,
    )?;
    let areas = stays(
        conn,
        &format!(
            "SELECT u.unit_id AS thing, u.from_on, u.to_on, u.area_id AS place FROM unit_periods u \
             WHERE u.to_seq IS NULL AND u.unit_id IN ({listed})"
        ),
        units,
    )?;
    let mut coverings: BTreeMap<Id, Vec<Covering>> = BTreeMap::new();
    for CoveringRow { unit_id, organisation_id: organisation, branch, occurred_on: on, value } in rows {
        coverings.entry(unit_id).or_default().push(Covering { organisation, branch, on, value });
    }
    let made = coverings.into_iter().map(|(unit, coverings)| {
        let of_these = coverings.iter().map(|covering| covering.organisation);
        let bodies = of_these.filter_map(|id| Some((id, bodies.get(&id)?.clone()))).collect();
        (unit, covered_of(&coverings, &bodies, areas.get(&unit)))
    });
    Ok(made.filter(|(_, covered)| !covered.is_empty()).collect())
}

/// Where things stand, each from day to day.
fn stays<'a>(
    conn: &mut AnyConnection,
    query: &str,
    things: impl IntoIterator<Item = &'a Id>,
) -> Result<BTreeMap<Id, Vec<Stay>>> {
    let rows: Vec<StayRow> = Statement::new(query, vec![Bound::Text(id_list(things)?)]).load(conn)?;
    let mut stays: BTreeMap<Id, Vec<Stay>> = BTreeMap::new();
    for StayRow { thing, from_on, to_on, place } in rows {
        stays.entry(thing).or_default().push(Stay { from_on, to_on, place });
    }
    Ok(stays)
}

#[derive(QueryableByName)]
struct CoveredRow {
    #[diesel(sql_type = SqlId)]
    unit_id: Id,
    #[diesel(sql_type = Text)]
    measure: String,
    #[diesel(sql_type = Text)]
    branch: Branch,
    #[diesel(sql_type = Text)]
    body: String,
    #[diesel(sql_type = Text)]
    area_id: String,
    #[diesel(sql_type = Date)]
    from_on: NaiveDate,
    #[diesel(sql_type = Nullable<Date>)]
    to_on: Option<NaiveDate>,
}

/// What is kept of units.
pub(super) fn list_covered(conn: &mut AnyConnection, units: &[Id]) -> Result<BTreeMap<Id, BTreeSet<Covered>>> {
    let query = format!(
        "SELECT unit_id, measure, branch, body, area_id, from_on, to_on FROM covered_units WHERE unit_id IN ({})",
        listed_ids(conn, "$1")
    );
    let rows: Vec<CoveredRow> = Statement::new(&query, vec![Bound::Text(id_list(units)?)]).load(conn)?;
    let mut kept: BTreeMap<Id, BTreeSet<Covered>> = BTreeMap::new();
    for CoveredRow { unit_id, measure, branch, body, area_id: area, from_on, to_on } in rows {
        let measure = [COVERED_UNITS, COVERED_UNITS_OF_BODIES].into_iter().find(|known| *known == measure);
        let measure = measure.ok_or_else(|| Error::internal("a covered unit of an unknown measure is kept"))?;
        kept.entry(unit_id).or_default().insert(Covered { measure, branch, body, area, from_on, to_on });
    }
    Ok(kept)
}

/// Makes all covered units again of the facts, some at a time, and returns the first one that is kept otherwise.
pub(super) fn first_wrong_unit(conn: &mut AnyConnection) -> Result<Option<Id>> {
    let query = format!(
        "SELECT t.id FROM (SELECT v.id FROM (SELECT DISTINCT v.economic_unit_id AS id FROM facts v WHERE v.measure = 'unit_coverings' \
             AND v.economic_unit_id > $1 ORDER BY v.economic_unit_id LIMIT {UNITS_AT_ONCE}) v UNION SELECT c.id FROM \
             (SELECT DISTINCT c.unit_id AS id FROM covered_units c WHERE c.unit_id > $1 ORDER BY c.unit_id \
             LIMIT {UNITS_AT_ONCE}) c) t ORDER BY t.id LIMIT {UNITS_AT_ONCE}"
    );
    let mut after = Id::from_bytes([0; 16]);
    loop {
        let units: Vec<Told> = Statement::new(&query, vec![Bound::Id(after)]).load(conn)?;
        let Some(last) = units.last() else { return Ok(None) };
        after = last.id;
        let units: Vec<Id> = units.into_iter().map(|told| told.id).collect();
        let (made, kept) = (make(conn, &units)?, list_covered(conn, &units)?);
        if let Some(unit) = units.into_iter().find(|unit| made.get(unit) != kept.get(unit)) {
            return Ok(Some(unit));
        }
    }
}
