//! SQL for figures: counts of facts.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use shared::follow::set_aside_areas;
use shared::id::SqlId;
use shared::published::Branch;
use shared::storage::{AnyConnection, Bound, Statement, id_list, indexed, listed_ids};
use shared::territory::AreaId;
use shared::{Id, Result, ResultExt};

use super::Position;
use crate::indicators::{Counts, Indicator, Nature, words_of};
use crate::schema::{facts, followed_entries};

/// What was counted in one commune under one superior body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Counted {
    pub area: AreaId,
    pub group: Option<String>,
    pub value: i64,
}

/// What is grouped by beside communes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grouping {
    /// The superior body on the day; the group is its id.
    SuperiorBody,
    /// The branch.
    Branch,
}

impl Grouping {
    /// The group as text, in the way that an id is written.
    fn column(self, conn: &AnyConnection, ground: Ground) -> &'static str {
        match (self, ground, conn) {
            (Self::Branch, ..) => "f.branch",
            (Self::SuperiorBody, Ground::Unit, _) => NOTHING,
            (Self::SuperiorBody, _, AnyConnection::Sqlite(_)) => "lower(hex(o.superior_body_id))",
            (Self::SuperiorBody, _, AnyConnection::Postgres(_)) => "o.superior_body_id::text",
        }
    }
}

#[derive(QueryableByName)]
struct CountedRow {
    #[diesel(sql_type = Text)]
    area_id: String,
    #[diesel(sql_type = Nullable<Text>)]
    grouped_by: Option<String>,
    #[diesel(sql_type = BigInt)]
    value: i64,
}

/// Returns the place of a time: the last entry recorded up to it.
pub(super) fn seq_at(conn: &mut AnyConnection, source: &str, at: DateTime<Utc>) -> Result<i64> {
    let until = followed_entries::table
        .filter(followed_entries::source.eq(source))
        .filter(followed_entries::recorded_at.le(at.naive_utc()));
    // Each entry is recorded later than the one before it.
    let last = until.order(followed_entries::recorded_at.desc()).select(followed_entries::seq).limit(1);
    Ok(last.get_result(conn).optional()?.unwrap_or(0))
}

/// Where what a measure counts stands: on the day of the act for a flow, on the period's last day for a stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ground {
    /// Where its organisation stands.
    Organisation,
    /// Where its economic unit stands, and under what its organisation stands under.
    UnitAndOrganisation,
    /// Where its economic unit stands.
    Unit,
}

const NOTHING: &str = "CAST(NULL AS TEXT)";

impl Ground {
    pub(super) fn of(indicator: &Indicator) -> Self {
        match indicator.measure.as_str() {
            "economic_units" => Self::Unit,
            "unit_coverings" => Self::UnitAndOrganisation,
            _ => Self::Organisation,
        }
    }

    /// What a fact `f` is asked for, to find where it stands.
    pub(super) fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Organisation => &["f.organisation_id"],
            Self::UnitAndOrganisation => &["f.organisation_id", "f.economic_unit_id"],
            Self::Unit => &["f.economic_unit_id"],
        }
    }

    /// The commune, of the period `o` of its organisation or the period `u` of its unit.
    pub(super) fn area(self) -> &'static str {
        if self == Self::Organisation { "COALESCE(o.area_id, '')" } else { "COALESCE(u.area_id, '')" }
    }

    /// What joins the facts `f` with the periods of what they name, and picks the indicator's kinds and statuses.
    fn join(self, indicator: &Indicator) -> String {
        self.join_as(indicator, if self.needs_place(indicator) { "" } else { " LEFT" }, false)
    }

    /// Whether only facts with a known area count. If the entry that says in which area an organisation or unit is was set
    /// aside, its commune is unknown.
    pub(super) fn needs_place(self, indicator: &Indicator) -> bool {
        !indicator.kinds.is_empty() || !indicator.statuses.is_empty()
    }

    /// The same, of few facts: those of which the period is not known too, and each period found by its key. PostgreSQL would rather
    /// read all periods as soon as the facts are some hundred; the clause `OFFSET 0` keeps it from putting the queries into one.
    pub(super) fn join_each(self, conn: &AnyConnection, indicator: &Indicator) -> String {
        match conn {
            AnyConnection::Sqlite(_) => self.join_as(indicator, " LEFT", false),
            AnyConnection::Postgres(_) => self.join_as(indicator, " LEFT", true),
        }
    }

    /// The same with inner or outer joins; `is_each`: one look-up for each fact.
    fn join_as(self, indicator: &Indicator, outer: &str, is_each: bool) -> String {
        let day = match indicator.nature {
            Nature::Flow => "f.occurred_on",
            Nature::Stock => "$2",
        };
        let joined = |table: &str, alias: &str, id: &str, of_fact: &str, place: &str| {
            let condition = format!(
                "{alias}.{id} = f.{of_fact} AND {alias}.from_on <= {day} \
                 AND ({alias}.to_on IS NULL OR {alias}.to_on > {day}) AND {alias}.from_seq <= {place} \
                 AND ({alias}.to_seq IS NULL OR {alias}.to_seq > {place})"
            );
            if is_each {
                format!(
                    "{outer} JOIN LATERAL (SELECT * FROM {table} {alias} WHERE {condition} OFFSET 0) {alias} ON TRUE"
                )
            } else {
                format!("{outer} JOIN {table} {alias} ON {condition}")
            }
        };
        let mut join = String::new();
        if self != Self::Unit {
            join += &joined("organisation_periods", "o", "organisation_id", "organisation_id", "$4");
            join += &one_of("o.kind", &indicator.kinds).map_or_else(String::new, |kinds| format!(" AND {kinds}"));
        }
        if self != Self::Organisation {
            join += &joined("unit_periods", "u", "unit_id", "economic_unit_id", "$3");
            let statuses = one_of("u.status", &indicator.statuses);
            join += &statuses.map_or_else(String::new, |statuses| format!(" AND {statuses}"));
        }
        join
    }
}

/// The words of the catalogue are plain letters, which its reader has checked.
pub(super) fn one_of(column: &str, words: &[impl AsRef<str>]) -> Option<String> {
    let listed = words.iter().map(|word| format!("'{}'", word.as_ref())).collect::<Vec<_>>().join(", ");
    (!words.is_empty()).then(|| format!("{column} IN ({listed})"))
}

/// The condition that picks an indicator's facts: `$1` first day, `$2` last day, `$3` and `$4` the places in
/// the registry's and membership's journals.
fn condition(indicator: &Indicator) -> String {
    let since = if indicator.nature == Nature::Flow { " AND f.occurred_on >= $1" } else { "" };
    format!("{}{since}", until_last_day(indicator))
}

/// The same for all days up to the last one.
pub(super) fn until_last_day(indicator: &Indicator) -> String {
    let mut parts = vec![
        format!("f.measure = '{}'", indicator.measure),
        "f.occurred_on <= $2".to_owned(),
        "((f.source = 'enterprise-registry' AND f.from_seq <= $3 AND (f.to_seq IS NULL OR f.to_seq > $3)) \
          OR (f.source = 'membership' AND f.from_seq <= $4 AND (f.to_seq IS NULL OR f.to_seq > $4)))"
            .to_owned(),
    ];
    parts.extend(one_of("f.branch", &words_of(&indicator.branches)));
    parts.extend(one_of("f.standing", &words_of(&indicator.standings)));
    parts.join(" AND ")
}

/// The indexes by which facts are found. SQLite keeps no statistics by which it could choose among them, and takes the
/// one of days, which reads the whole measure.
pub(super) const BY_ORGANISATION: &str = "facts_organisations";
pub(super) const BY_UNIT: &str = "facts_units";
pub(super) const BY_PERSON: &str = "facts_person_id";

/// The facts `f`, found by an index.
pub(super) fn facts_by(conn: &AnyConnection, index: &str) -> String {
    indexed(conn, "facts f", index)
}

/// Counts an indicator per commune, and per group where one is asked for. Facts are summed up for each organisation or
/// unit before it is asked where that one stands.
pub(super) fn count(
    conn: &mut AnyConnection,
    indicator: &Indicator,
    days: (NaiveDate, NaiveDate),
    position: &Position,
    grouping: Option<Grouping>,
    only: Option<&[Id]>,
) -> Result<Vec<Counted>> {
    let ground = Ground::of(indicator);
    let listed = listed_ids(conn, "$5");
    let (index, key) = match ground {
        Ground::Organisation => (BY_ORGANISATION, "f.organisation_id"),
        Ground::UnitAndOrganisation | Ground::Unit => (BY_UNIT, "f.economic_unit_id"),
    };
    let (facts, only_these) = match only {
        Some(_) => (facts_by(conn, index), format!(" AND {key} IN ({listed})")),
        None => ("facts f".to_owned(), String::new()),
    };
    let thing = match indicator.counts {
        Counts::Sum => None,
        Counts::DistinctUnits => Some("f.economic_unit_id"),
        Counts::DistinctPeople => Some("f.person_id"),
    };
    let mut keys: Vec<&str> = thing.into_iter().collect();
    keys.extend(ground.keys().iter().filter(|key| Some(**key) != thing));
    if grouping == Some(Grouping::Branch) {
        keys.push("f.branch");
    }
    if indicator.nature == Nature::Flow {
        keys.push("f.occurred_on");
    }
    let keys = keys.join(", ");
    // A thing that is there counts once, whichever way it is there.
    let there = if thing.is_some() { "> 0" } else { "<> 0" };
    let summed = format!(
        "(SELECT {keys}, SUM(f.sign * f.count) AS value FROM {facts} WHERE {}{only_these} \
         GROUP BY {keys} HAVING SUM(f.sign * f.count) {there}) f{}",
        condition(indicator),
        ground.join(indicator)
    );
    let (area, column) = (ground.area(), grouping.map_or(NOTHING, |grouping| grouping.column(conn, ground)));
    let group = if column == NOTHING { String::new() } else { format!(", {column}") };
    let query = match thing {
        None => format!(
            "SELECT {area} AS area_id, {column} AS grouped_by, CAST(SUM(f.value) AS BIGINT) AS value \
             FROM {summed} GROUP BY {area}{group} ORDER BY 1, 2"
        ),
        Some(thing) => format!(
            "SELECT things.area_id, things.grouped_by, CAST(COUNT(*) AS BIGINT) AS value FROM \
             (SELECT {thing} AS thing, MIN({area}) AS area_id, {column} AS grouped_by \
              FROM {summed} GROUP BY {thing}{group}) things \
             GROUP BY things.area_id, things.grouped_by ORDER BY 1, 2"
        ),
    };
    let values = vec![
        Bound::Day(days.0),
        Bound::Day(days.1),
        Bound::Number(position.registry),
        Bound::Number(position.membership),
        Bound::Text(id_list(only.unwrap_or_default())?),
    ];
    let rows: Vec<CountedRow> = Statement::new(&query, values).load(conn)?;
    rows.into_iter().map(|row| row.counted(grouping)).collect()
}

/// The organisations and units that entries after a data position were about.
#[derive(Debug, Default)]
pub(super) struct ToldLater {
    pub organisations: Vec<Id>,
    pub units: Vec<Id>,
    /// These units, and those that these organisations cover.
    pub covered_units: Vec<Id>,
}

#[derive(QueryableByName)]
struct MaybeTold {
    #[diesel(sql_type = Nullable<SqlId>)]
    id: Option<Id>,
}

#[derive(QueryableByName)]
struct Told {
    #[diesel(sql_type = SqlId)]
    id: Id,
}

/// Returns the organisations and units that entries after a data position were about; nothing if there are very many.
pub(super) fn list_told_later(conn: &mut AnyConnection, position: &Position) -> Result<Option<ToldLater>> {
    // A debug build gives up soon, so that tests come to both ways.
    const THINGS_MAX: usize = if cfg!(debug_assertions) { 10 } else { 2000 };
    let organisations = told_later(
        conn,
        ("membership", "organisation_id", "organisation_periods", "organisation_id"),
        position.membership,
    )?;
    let units =
        told_later(conn, ("enterprise-registry", "economic_unit_id", "unit_periods", "unit_id"), position.registry)?;
    let (Some(organisations), Some(units)) = (organisations, units) else { return Ok(None) };
    let mut covered_units = if organisations.is_empty() { Vec::new() } else { list_units_of(conn, &organisations)? };
    covered_units.extend(&units);
    return Ok(Some(ToldLater { organisations, units, covered_units }));

    fn told_later(
        conn: &mut AnyConnection,
        (source, of_fact, periods, id): (&str, &str, &str, &str),
        seq: i64,
    ) -> Result<Option<Vec<Id>>> {
        let part = |table: &str, index: &str, condition: &str| {
            let column = if table == "facts" { of_fact } else { id };
            let from = indexed(conn, &format!("{table} x"), &format!("{table}_{index}"));
            format!("SELECT x.{column} AS id FROM {from} WHERE {condition} > $1")
        };
        let parts = [
            part("facts", "told", &format!("x.source = '{source}' AND x.from_seq")),
            part("facts", "closed", &format!("x.source = '{source}' AND x.to_seq")),
            part(periods, "told", "x.from_seq"),
            part(periods, "closed", "x.to_seq"),
        ];
        // A UNION would be put in order, for which SQLite reads a whole table in the order of another index.
        let query = format!("SELECT DISTINCT told.id FROM ({}) told LIMIT {THINGS_MAX}", parts.join(" UNION ALL "));
        let told: Vec<MaybeTold> = Statement::new(&query, vec![Bound::Number(seq)]).load(conn)?;
        // One row may have no id: entries that are about neither, for instance about a finding.
        let are_few = told.len() < THINGS_MAX;
        Ok(are_few.then(|| told.into_iter().filter_map(|told| told.id).collect()))
    }
}

/// The units that organisations cover or covered.
fn list_units_of(conn: &mut AnyConnection, organisations: &[Id]) -> Result<Vec<Id>> {
    let (facts, listed) = (facts_by(conn, BY_ORGANISATION), listed_ids(conn, "$1"));
    let query = format!(
        "SELECT f.economic_unit_id AS id FROM {facts} WHERE f.measure = 'unit_coverings' \
         AND f.organisation_id IN ({listed})"
    );
    let told: Vec<Told> = Statement::new(&query, vec![Bound::Text(id_list(organisations)?)]).load(conn)?;
    let units: BTreeSet<Id> = told.into_iter().map(|told| told.id).collect();
    Ok(units.into_iter().collect())
}

impl CountedRow {
    fn counted(self, grouping: Option<Grouping>) -> Result<Counted> {
        let group = match (grouping, self.grouped_by.filter(|group| !group.is_empty())) {
            (Some(Grouping::SuperiorBody), Some(id)) => {
                Some(id.parse::<Id>().doing("reading a superior body's id")?.to_string())
            }
            (_, group) => group,
        };
        Ok(Counted { area: AreaId::stored(self.area_id), group, value: self.value })
    }
}

/// The open findings at a position, whatever their day: each with the communes of its records.
pub(super) fn list_open_findings(conn: &mut AnyConnection, position: &Position) -> Result<Vec<Vec<AreaId>>> {
    let rows: Vec<(String, String)> = facts::table
        .filter(facts::measure.eq("open_findings"))
        .filter(facts::area_id.is_not_null())
        .filter(facts::from_seq.le(position.membership))
        .filter(facts::to_seq.is_null().or(facts::to_seq.gt(position.membership)))
        .group_by((facts::subject, facts::area_id))
        .having(diesel::dsl::sum(facts::sign).gt(0))
        .order(facts::subject)
        .select((facts::subject, facts::area_id.assume_not_null()))
        .load(conn)?;
    let mut findings: BTreeMap<String, Vec<AreaId>> = BTreeMap::new();
    for (subject, area) in rows {
        findings.entry(subject).or_default().push(AreaId::stored(area));
    }
    Ok(findings.into_values().collect())
}

/// The areas of the entries that are set aside at a position; nothing for one that belongs to everybody.
pub(super) fn list_set_aside(conn: &mut AnyConnection, position: &Position) -> Result<Vec<Option<AreaId>>> {
    let mut areas = set_aside_areas(conn, "enterprise-registry", position.registry)?;
    areas.extend(set_aside_areas(conn, "membership", position.membership)?);
    Ok(areas)
}

/// A superior body as it was on a day.
#[derive(Debug, Clone, QueryableByName)]
pub(super) struct SuperiorBody {
    #[diesel(sql_type = SqlId)]
    pub id: Id,
    #[diesel(sql_type = Text)]
    pub branch: Branch,
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Text)]
    pub area: String,
    /// The body above it.
    #[diesel(sql_type = Nullable<SqlId>)]
    pub above: Option<Id>,
}

/// The superior bodies known at a position, as they were called on a day.
pub(super) fn list_superior_bodies(
    conn: &mut AnyConnection,
    position: &Position,
    on: NaiveDate,
) -> Result<Vec<SuperiorBody>> {
    let periods = indexed(conn, "organisation_periods o", "organisation_periods_bodies");
    let query = format!(
        "SELECT o.organisation_id AS id, o.branch, o.name, o.area_id AS area, o.superior_body_id AS above \
         FROM {periods} WHERE o.is_superior_body AND o.from_seq <= $1 \
         AND (o.to_seq IS NULL OR o.to_seq > $1) AND o.from_on <= $2 AND (o.to_on IS NULL OR o.to_on > $2) \
         AND o.name IS NOT NULL ORDER BY o.branch, o.kind, o.organisation_id"
    );
    let values = vec![Bound::Number(position.membership), Bound::Day(on)];
    Ok(Statement::new(&query, values).load(conn)?)
}

impl SuperiorBody {
    /// The area it stands on.
    pub(super) fn area(&self) -> AreaId {
        AreaId::stored(self.area.as_str())
    }
}
