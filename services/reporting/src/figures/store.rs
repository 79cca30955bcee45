//! Questions to the facts.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Integer, Nullable, Text, Timestamp};
use shared::follow::set_aside_areas;
use shared::id::SqlId;
use shared::storage::{AnyConnection, MultiBackend, numbered};
use shared::territory::AreaId;
use shared::{Code, Error, Id, Result, ResultExt};

use super::Position;
use crate::indicators::{Counts, Indicator, Nature};
use crate::schema::{facts, followed_entries, superior_bodies};

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
    fn column(self, conn: &AnyConnection) -> &'static str {
        match (self, conn) {
            (Self::Branch, _) => "f.branch",
            (Self::SuperiorBody, AnyConnection::Sqlite(_)) => "lower(hex(f.superior_body_id))",
            (Self::SuperiorBody, AnyConnection::Postgres(_)) => "f.superior_body_id::text",
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
    let seq: Option<i64> = followed_entries::table
        .filter(followed_entries::source.eq(source))
        .filter(followed_entries::recorded_at.le(at.naive_utc()))
        .select(diesel::dsl::max(followed_entries::seq))
        .get_result(conn)?;
    Ok(seq.unwrap_or(0))
}

/// The condition that picks an indicator's facts: `$1` first day, `$2` last day, `$3` and `$4` the places in
/// the registry's and membership's journals. The words of the catalogue are plain letters, which its reader
/// has checked.
fn condition(indicator: &Indicator) -> String {
    let mut parts = vec![
        format!("f.measure = '{}'", indicator.measure),
        "f.occurred_on <= $2".to_owned(),
        "((f.source = 'enterprise-registry' AND f.from_seq <= $3 AND (f.to_seq IS NULL OR f.to_seq > $3)) \
          OR (f.source = 'membership' AND f.from_seq <= $4 AND (f.to_seq IS NULL OR f.to_seq > $4)))"
            .to_owned(),
    ];
    parts.push(match indicator.nature {
        Nature::Flow => "f.occurred_on >= $1".to_owned(),
        // The first day is no bound of a stock, and still a parameter of the statement.
        Nature::Stock => "$1 <= $2".to_owned(),
    });
    for (column, words) in [
        ("branch", &indicator.branches),
        ("organisation_kind", &indicator.kinds),
        ("standing", &indicator.standings),
        ("status", &indicator.statuses),
    ] {
        if !words.is_empty() {
            let words = words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ");
            parts.push(format!("f.{column} IN ({words})"));
        }
    }
    parts.join(" AND ")
}

/// Counts an indicator per commune, and per group where one is asked for.
pub(super) fn count(
    conn: &mut AnyConnection,
    indicator: &Indicator,
    days: (NaiveDate, NaiveDate),
    position: &Position,
    grouping: Option<Grouping>,
) -> Result<Vec<Counted>> {
    let condition = condition(indicator);
    let column = grouping.map_or("CAST(NULL AS TEXT)", |grouping| grouping.column(conn));
    let group = grouping.map_or_else(String::new, |grouping| format!(", {}", grouping.column(conn)));
    let distinct = match indicator.counts {
        Counts::Sum => None,
        Counts::DistinctUnits => Some("f.economic_unit_id"),
        Counts::DistinctPeople => Some("f.person_id"),
    };
    let query = match distinct {
        None => format!(
            "SELECT f.area_id, {column} AS grouped_by, CAST(SUM(f.sign * f.count) AS BIGINT) AS value \
             FROM facts f WHERE {condition} GROUP BY f.area_id{group} ORDER BY 1, 2"
        ),
        // A thing that is there counts once, whichever way it is there and in whichever commune it was told.
        Some(thing) => format!(
            "SELECT t.area_id, t.grouped_by, CAST(COUNT(*) AS BIGINT) AS value FROM \
             (SELECT {thing} AS thing, MIN(f.area_id) AS area_id, {column} AS grouped_by \
              FROM facts f WHERE {condition} GROUP BY {thing}{group} HAVING SUM(f.sign * f.count) > 0) t \
             GROUP BY t.area_id, t.grouped_by ORDER BY 1, 2"
        ),
    };
    let rows: Vec<CountedRow> = diesel::sql_query(numbered(conn, &query))
        .bind::<Date, _>(days.0)
        .bind::<Date, _>(days.1)
        .bind::<BigInt, _>(position.registry)
        .bind::<BigInt, _>(position.membership)
        .load(conn)?;
    rows.into_iter().map(|row| row.counted(grouping)).collect()
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
        .filter(facts::from_seq.le(position.membership))
        .filter(facts::to_seq.is_null().or(facts::to_seq.gt(position.membership)))
        .group_by((facts::subject, facts::area_id))
        .having(diesel::dsl::sum(facts::sign).gt(0))
        .order(facts::subject)
        .select((facts::subject, facts::area_id))
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

/// The superior bodies known at a position.
pub(super) fn list_superior_bodies(
    conn: &mut AnyConnection,
    position: &Position,
) -> Result<Vec<(Id, String, String, String)>> {
    Ok(superior_bodies::table
        .filter(superior_bodies::seq.le(position.membership))
        .order((superior_bodies::branch, superior_bodies::kind, superior_bodies::seq))
        .select((superior_bodies::id, superior_bodies::branch, superior_bodies::kind, superior_bodies::name))
        .load(conn)?)
}

impl CountedEntryRow {
    /// Where a page goes on that ends with it.
    pub(super) fn place(&self) -> EntryPlace {
        (self.entry_id, i64::from(self.ordinal))
    }
}

/// An entry that a figure counted.
#[derive(Debug, Clone, QueryableByName)]
pub(super) struct CountedEntryRow {
    #[diesel(sql_type = Text)]
    pub source: String,
    #[diesel(sql_type = Integer)]
    pub ordinal: i32,
    #[diesel(sql_type = SqlId)]
    pub entry_id: Id,
    #[diesel(sql_type = Text)]
    pub kind: String,
    #[diesel(sql_type = Text)]
    pub subject: String,
    #[diesel(sql_type = Text)]
    pub area_id: String,
    #[diesel(sql_type = Nullable<SqlId>)]
    pub superior_body_id: Option<Id>,
    #[diesel(sql_type = Date)]
    pub occurred_on: NaiveDate,
    #[diesel(sql_type = Timestamp)]
    pub recorded_at: NaiveDateTime,
    #[diesel(sql_type = Integer)]
    pub sign: i32,
    #[diesel(sql_type = BigInt)]
    pub count: i64,
    #[diesel(sql_type = Nullable<Text>)]
    pub decision_number: Option<String>,
    #[diesel(sql_type = Nullable<Date>)]
    pub decided_on: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Text>)]
    pub issuing_body: Option<String>,
}

/// Where the entries behind a figure go on, as callers know it: the entry, and which of its facts.
pub(super) type EntryPlace = (Id, i64);

/// Where the entries behind a figure go on: the source, the entry's place, and which of its facts.
pub(super) type SeqPlace = (String, i64, i64);

/// Finds the place of an entry that a page ended with.
pub(super) fn find_entry_place(conn: &mut AnyConnection, (entry, ordinal): EntryPlace) -> Result<SeqPlace> {
    let place: Option<(String, i64)> = followed_entries::table
        .filter(followed_entries::entry_id.eq(entry))
        .select((followed_entries::source, followed_entries::seq))
        .get_result(conn)
        .optional()?;
    let (source, seq) = place.ok_or_else(|| Error::new(Code::BadCursor))?;
    Ok((source, seq, ordinal))
}

/// Which entries behind an indicator.
pub(super) struct EntriesFilter<'a> {
    pub days: (NaiveDate, NaiveDate),
    pub position: &'a Position,
    /// The communes that belong to the question; nothing: all.
    pub areas: Option<Vec<String>>,
    pub superior_body: Option<Id>,
}

/// Lists the entries behind an indicator after a place, in the journals' order. Few communes are looked for by their
/// index and sorted; of many the journals' order is followed, in which they come soon enough.
pub(super) fn list_counted_entries(
    conn: &mut AnyConnection,
    indicator: &Indicator,
    filter: &EntriesFilter<'_>,
    after: &SeqPlace,
    limit: i64,
) -> Result<Vec<CountedEntryRow>> {
    const FEW: usize = 20;
    let listed = match conn {
        AnyConnection::Sqlite(_) => "SELECT value FROM json_each($9)",
        AnyConnection::Postgres(_) => "SELECT json_array_elements_text($9::json)",
    };
    let areas = match &filter.areas {
        None => "$9 <> ''".to_owned(),
        Some(areas) if areas.len() <= FEW => format!("f.area_id IN ({listed})"),
        // Written so that no index of communes is taken for it.
        Some(_) => format!("(f.area_id || '') IN ({listed})"),
    };
    let body = if filter.superior_body.is_some() { " AND f.superior_body_id = $10" } else { "" };
    let query = format!(
        "SELECT f.source, f.ordinal, e.entry_id, e.kind, e.subject, f.area_id, f.superior_body_id, \
         f.occurred_on, e.recorded_at, f.sign, f.count, e.decision_number, e.decided_on, e.issuing_body \
         FROM facts f JOIN followed_entries e ON e.entry_id = f.entry_id \
         WHERE {} AND (f.source, f.entry_seq, f.ordinal) > ($5, $6, $7) AND {areas}{body} \
         ORDER BY f.source, f.entry_seq, f.ordinal LIMIT $8",
        condition(indicator)
    );
    let areas = serde_json::to_string(filter.areas.as_deref().unwrap_or_default())?;
    let mut query = diesel::sql_query(numbered(conn, &query))
        .into_boxed::<MultiBackend>()
        .bind::<Date, _>(filter.days.0)
        .bind::<Date, _>(filter.days.1)
        .bind::<BigInt, _>(filter.position.registry)
        .bind::<BigInt, _>(filter.position.membership)
        .bind::<Text, _>(&after.0)
        .bind::<BigInt, _>(after.1)
        .bind::<BigInt, _>(after.2)
        .bind::<BigInt, _>(limit)
        .bind::<Text, _>(areas);
    if let Some(body) = filter.superior_body {
        query = query.bind::<SqlId, _>(body);
    }
    Ok(query.load(conn)?)
}
