//! The entries behind a figure, a page at a time.
//!
//! They are in the order of the days on which they count. A page reads the next facts of the measure in that order,
//! some hundred at a time, and keeps those that belong to the request. If few of them do, and there are few organisations or
//! units that the request can be about, the facts of these are looked up instead.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Date, Integer, Nullable, Text, Timestamp};
use shared::Day;
use shared::id::SqlId;
use shared::storage::{AnyConnection, Bound, Statement, id_list, indexed, is_listed_text, listed_ids, listed_texts};
use shared::{Id, Result};

use super::Position;
use super::store::{BY_ORGANISATION, BY_PERSON, BY_UNIT, Ground, facts_by, one_of, until_last_day};
use crate::indicators::{Counts, Indicator, Nature, words_of};
use crate::steps::Steps;

/// How many facts are read next, by how many of those that were read belonged to the question.
struct Pace {
    steps: Steps,
    next: i64,
    read: i64,
}

impl Pace {
    const fn new(steps: Steps) -> Self {
        Self { steps, next: steps.first, read: 0 }
    }

    /// Takes how many of those that were read belong to the question, and how many are still missing. Says whether the next
    /// reads would take longer than to look for those of few.
    fn is_slow(&mut self, found: usize, missing: i64) -> bool {
        let found = i64::try_from(found).unwrap_or(i64::MAX).max(1);
        // A quarter more than it would be if they lay evenly.
        let needed = missing.saturating_mul(self.next).saturating_mul(5) / found.saturating_mul(4);
        self.read += self.next;
        self.next = needed.clamp(self.steps.first, self.steps.at_once);
        self.read + needed > self.steps.before_few
    }
}

/// Which entries behind an indicator.
pub(super) struct EntriesFilter<'a> {
    pub days: (NaiveDate, NaiveDate),
    pub position: &'a Position,
    /// The communes that belong to the question; nothing: all.
    pub areas: Option<Areas>,
    /// Under this superior body, or under none; nothing: under whichever.
    pub superior_body: Option<Option<Id>>,
    /// Of this branch, or of none; nothing: of all.
    pub branch: Option<Option<String>>,
    /// How many rows are read at a time.
    pub steps: Steps,
}

/// The communes that belong to a question.
pub(super) enum Areas {
    /// These.
    Among(Vec<String>),
    /// All others, also what stands nowhere.
    Others(Vec<String>),
}

/// Where a page goes on: the day, the entry, and which of its facts; of a figure of distinct units or people, the unit or
/// person instead of the entry.
pub(super) type EntryPlace = (Day, Id, i64);

/// An entry that a figure counted.
#[derive(Debug, Clone, QueryableByName)]
pub(super) struct CountedEntryRow {
    #[diesel(sql_type = Nullable<SqlId>)]
    pub thing: Option<Id>,
    #[diesel(sql_type = Nullable<SqlId>)]
    pub organisation_id: Option<Id>,
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
    /// Where its organisation stands, by which it is told; of a unit's own entry the unit's commune.
    #[diesel(sql_type = Text)]
    pub told_in: String,
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

impl CountedEntryRow {
    /// Where a page goes on that ends with it.
    pub(super) fn place(&self) -> EntryPlace {
        let on = Day::stored(self.occurred_on);
        // Things stand in their own order, and the day of an entry may be hidden.
        let no_day = Day::stored(NaiveDate::default());
        self.thing.map_or((on, self.entry_id, i64::from(self.ordinal)), |thing| (no_day, thing, 0))
    }

    fn key(&self) -> (NaiveDate, Id, i32) {
        (self.occurred_on, self.entry_id, self.ordinal)
    }
}

/// A fact on the way to its page.
#[derive(Debug, QueryableByName)]
struct Read {
    #[diesel(sql_type = SqlId)]
    id: Id,
    #[diesel(sql_type = Date)]
    occurred_on: NaiveDate,
    #[diesel(sql_type = SqlId)]
    entry_id: Id,
    #[diesel(sql_type = Integer)]
    ordinal: i32,
    #[diesel(sql_type = Bool)]
    belongs: bool,
}

/// A unit or person that counts on the last day, and the organisation through which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, QueryableByName)]
struct There {
    #[diesel(sql_type = SqlId)]
    thing: Id,
    #[diesel(sql_type = SqlId)]
    organisation_id: Id,
}

#[derive(Debug, QueryableByName)]
struct Thing {
    #[diesel(sql_type = SqlId)]
    thing: Id,
}

/// Lists the entries behind an indicator after a place, in the order of their days; of distinct units or people, one entry
/// each by which the unit or person is there, in the order of these.
///
/// # Errors
/// Fails when the database does.
pub(super) fn list_counted_entries(
    conn: &mut AnyConnection,
    indicator: &Indicator,
    filter: &EntriesFilter<'_>,
    after: Option<EntryPlace>,
    limit: i64,
) -> Result<Vec<CountedEntryRow>> {
    let question = Question { indicator, filter, ground: Ground::of(indicator) };
    if question.is_about_nothing() {
        return Ok(Vec::new());
    }
    match indicator.counts {
        Counts::Sum => question.page(conn, after, limit),
        Counts::DistinctUnits => question.page_of_things(conn, "f.economic_unit_id", after, limit),
        Counts::DistinctPeople => question.page_of_things(conn, "f.person_id", after, limit),
    }
}

/// What is asked.
struct Question<'a> {
    indicator: &'a Indicator,
    filter: &'a EntriesFilter<'a>,
    ground: Ground,
}

/// Few organisations or units, of which the facts are looked for.
struct Few {
    /// The index that finds them.
    index: &'static str,
    /// That a fact is of one of them.
    condition: String,
    /// The column of a fact that names one of them.
    of_fact: &'static str,
    /// The statement that lists them.
    listed: String,
    /// How many of their periods are few.
    most: i64,
}

impl Few {
    /// The facts `f` of these few that meet a condition. PostgreSQL would rather read all facts in their order, expecting
    /// to find enough soon; the clause `OFFSET 0` keeps it from putting the two queries into one.
    fn facts(&self, conn: &AnyConnection, condition: &str) -> String {
        let Self { index, of_fact, listed, .. } = self;
        match conn {
            AnyConnection::Sqlite(_) => facts_by(conn, index),
            AnyConnection::Postgres(_) => format!(
                "(SELECT DISTINCT few.id FROM ({listed}) few(id) OFFSET 0) few CROSS JOIN LATERAL \
                 (SELECT * FROM facts f WHERE {of_fact} = few.id AND {condition} OFFSET 0) f"
            ),
        }
    }
}

/// What a statement is told beside the question.
struct Values {
    after: (NaiveDate, Id, i64),
    limit: i64,
    ids: Vec<Id>,
}

/// The index by which the facts of a thing are found.
fn index_of(thing: &str) -> &'static str {
    if thing == "f.person_id" { BY_PERSON } else { BY_UNIT }
}

impl Question<'_> {
    /// The statement with its values: `$1` to `$4` the days and places as in [`until_last_day`], `$5` the communes, `$6` the
    /// superior body, `$7` to `$9` the place after which it goes on, `$10` how many, `$11` ids.
    fn statement(&self, query: &str, values: &Values) -> Result<Statement> {
        let filter = self.filter;
        let values = vec![
            Bound::Day(filter.days.0),
            Bound::Day(filter.days.1),
            Bound::Number(filter.position.registry),
            Bound::Number(filter.position.membership),
            Bound::Text(match &filter.areas {
                Some(Areas::Among(areas) | Areas::Others(areas)) => serde_json::to_string(areas)?,
                None => "[]".to_owned(),
            }),
            Bound::MaybeId(filter.superior_body.flatten()),
            Bound::Day(values.after.0),
            Bound::Id(values.after.1),
            Bound::Number(values.after.2),
            Bound::Number(values.limit),
            Bound::Text(id_list(&values.ids)?),
            Bound::Text(filter.branch.clone().flatten().unwrap_or_default()),
        ];
        Ok(Statement::new(query, values))
    }

    /// Whether nothing can belong to the question: a unit answers to no superior body and is of no branch, and members of the Party
    /// are none of a trade union. Otherwise the whole measure would be read to find nothing.
    fn is_about_nothing(&self) -> bool {
        let Indicator { measure, branches, .. } = self.indicator;
        let is_of_other_branch = self.filter.branch.iter().flatten().any(|asked| {
            let is_counted = branches.is_empty() || words_of(branches).contains(&asked.as_str());
            let whose = measure.split_once("_member").map(|(branch, _)| branch);
            self.ground == Ground::Unit || !is_counted || whose.is_some_and(|branch| branch != asked)
        });
        is_of_other_branch || self.ground == Ground::Unit && self.filter.superior_body.flatten().is_some()
    }

    /// The facts of the measure that count.
    fn counting(&self) -> String {
        let branch = match &self.filter.branch {
            None => "",
            Some(None) => " AND f.branch IS NULL",
            Some(Some(_)) => " AND f.branch = $12",
        };
        format!("{}{branch}", until_last_day(self.indicator))
    }

    /// What says that a fact belongs to the question, by the periods that are joined to it.
    fn belongs(&self, conn: &AnyConnection) -> String {
        let mut parts = vec!["1 = 1".to_owned()];
        if self.ground.needs_place(self.indicator) {
            let known = if self.ground == Ground::Unit { "u.unit_id" } else { "o.organisation_id" };
            parts.push(format!("{known} IS NOT NULL"));
        }
        let (area, listed) = (self.ground.area(), listed_texts(conn, "$5"));
        parts.extend(self.filter.areas.as_ref().map(|areas| match areas {
            Areas::Among(_) => format!("{area} IN ({listed})"),
            Areas::Others(_) => format!("{area} NOT IN ({listed})"),
        }));
        match (self.filter.superior_body, self.ground) {
            (None, _) | (_, Ground::Unit) => {}
            (Some(None), _) => parts.push("o.superior_body_id IS NULL".to_owned()),
            (Some(Some(_)), _) => parts.push("o.superior_body_id = $6".to_owned()),
        }
        parts.join(" AND ")
    }

    /// The organisations or units of the question, if they can be named; the ones to try first come last.
    fn few(&self, conn: &AnyConnection) -> Vec<Few> {
        let area = match &self.filter.areas {
            None => None,
            Some(Areas::Among(_)) => Some(is_listed_text(conn, "p.area_id", "$5")),
            Some(Areas::Others(_)) => return Vec::new(),
        };
        let body = self.filter.superior_body.flatten().map(|_| "p.superior_body_id = $6".to_owned());
        // SQLite does not know which of the conditions leaves the fewest, and is told the first one.
        let found = |index, of_fact: &'static str, id: &str, table: &str, parts: Vec<(Option<String>, &str)>| {
            let parts: Vec<(String, &str)> =
                parts.into_iter().filter_map(|(condition, index)| Some((condition?, index))).collect();
            let first = parts.first().map_or("", |(_, index)| index);
            let periods = indexed(conn, &format!("{table} p"), &format!("{table}_{first}"));
            let conditions = parts.iter().map(|(condition, _)| condition.as_str()).collect::<Vec<_>>().join(" AND ");
            let listed = format!("SELECT p.{id} FROM {periods} WHERE {conditions}");
            let condition = format!("{of_fact} IN ({listed})");
            (!parts.is_empty()).then_some(Few { index, condition, of_fact, listed, most: self.filter.steps.few })
        };
        let status = one_of("p.status", &self.indicator.statuses);
        let of_units = vec![(area.clone(), "area_id"), (status, "status")];
        let area = if self.ground == Ground::Organisation { area } else { None };
        let kind = one_of("p.kind", &self.indicator.kinds);
        let of_organisations = vec![(body, "superior_body_id"), (area, "area_id"), (kind, "kind")];
        let (organisations, units) = (BY_ORGANISATION, BY_UNIT);
        let by_organisations =
            || found(organisations, "f.organisation_id", "organisation_id", "organisation_periods", of_organisations);
        let by_units = || found(units, "f.economic_unit_id", "unit_id", "unit_periods", of_units);
        match self.ground {
            Ground::Organisation => by_organisations().into_iter().collect(),
            Ground::Unit => by_units().into_iter().collect(),
            // Of the units of an area only few are covered, and those of the others cost a look-up each.
            Ground::UnitAndOrganisation => {
                let units = by_units().map(|units| Few { most: 10 * units.most, ..units });
                units.into_iter().chain(by_organisations()).collect()
            }
        }
    }

    /// The organisations or units of the question, unless they are many; what is many is not asked about again.
    fn really_few<'a>(&self, conn: &mut AnyConnection, few: &'a mut Vec<Few>) -> Result<Option<&'a Few>> {
        while let Some(asked) = few.last() {
            let query = format!("SELECT count(*) AS count FROM ({} LIMIT $10) few", asked.listed);
            let values = Values { after: self.begin(), limit: asked.most + 1, ids: Vec::new() };
            if self.statement(&query, &values)?.count(conn)? <= asked.most {
                break;
            }
            few.pop();
        }
        Ok(few.last())
    }

    /// The place before all entries of the question.
    fn begin(&self) -> (NaiveDate, Id, i64) {
        let first_on = match self.indicator.nature {
            Nature::Flow => self.filter.days.0,
            Nature::Stock => NaiveDate::from_ymd_opt(1900, 1, 1).unwrap_or_default(),
        };
        (first_on, Id::from_bytes([0; 16]), -1)
    }

    fn page(&self, conn: &mut AnyConnection, after: Option<EntryPlace>, limit: i64) -> Result<Vec<CountedEntryRow>> {
        // A place that was made up does not lead out of the period.
        let mut after = after.map_or_else(|| self.begin(), |(on, entry, ordinal)| (on.get(), entry, ordinal));
        after = after.max(self.begin());
        let mut few = self.few(conn);
        let mut found: Vec<Id> = Vec::new();
        let missing = |found: &[Id]| limit - i64::try_from(found.len()).unwrap_or(limit);
        let mut pace = Pace::new(self.filter.steps);
        loop {
            let size = pace.next;
            let read = self.read_next(conn, after, size)?;
            let is_last = i64::try_from(read.len()).unwrap_or(size) < size;
            let Some(end) = read.last().map(|read| (read.occurred_on, read.entry_id, i64::from(read.ordinal))) else {
                break;
            };
            after = end;
            let belonging: Vec<Id> = read.iter().filter(|read| read.belongs).map(|read| read.id).collect();
            let count = belonging.len();
            found.extend(belonging.into_iter().take(usize::try_from(missing(&found)).unwrap_or_default()));
            if is_last || missing(&found) <= 0 {
                break;
            }
            if pace.is_slow(count, missing(&found))
                && let Some(few) = self.really_few(conn, &mut few)?
            {
                found.extend(self.read_few(conn, few, after, missing(&found))?);
                break;
            }
        }
        let mut rows = self.open(conn, "CAST(NULL AS {id})", ("facts f", "f.id = x.id"), found)?;
        rows.sort_by_key(CountedEntryRow::key);
        Ok(rows)
    }

    /// Reads the next facts of the measure, each with whether it belongs to the question.
    fn read_next(&self, conn: &mut AnyConnection, after: (NaiveDate, Id, i64), limit: i64) -> Result<Vec<Read>> {
        let query = format!(
            "SELECT f.id, f.occurred_on, f.entry_id, f.ordinal, CASE WHEN {} THEN TRUE ELSE FALSE END AS belongs \
             FROM (SELECT * FROM facts f WHERE {} AND (f.occurred_on, f.entry_id, f.ordinal) > ($7, $8, $9) \
             ORDER BY f.occurred_on, f.entry_id, f.ordinal LIMIT $10) f{} \
             ORDER BY f.occurred_on, f.entry_id, f.ordinal",
            self.belongs(conn),
            self.counting(),
            self.ground.join_each(conn, self.indicator),
        );
        Ok(self.statement(&query, &Values { after, limit, ids: Vec::new() })?.load(conn)?)
    }

    /// Reads the next facts of few organisations or units that belong to the question.
    fn read_few(
        &self,
        conn: &mut AnyConnection,
        few: &Few,
        after: (NaiveDate, Id, i64),
        limit: i64,
    ) -> Result<Vec<Id>> {
        let query = format!(
            "SELECT f.id, f.occurred_on, f.entry_id, f.ordinal, TRUE AS belongs FROM {}{} \
             WHERE {} AND {} AND (f.occurred_on, f.entry_id, f.ordinal) > ($7, $8, $9) AND {} \
             ORDER BY f.occurred_on, f.entry_id, f.ordinal LIMIT $10",
            few.facts(conn, &self.counting()),
            self.ground.join_each(conn, self.indicator),
            self.counting(),
            few.condition,
            self.belongs(conn),
        );
        let read: Vec<Read> = self.statement(&query, &Values { after, limit, ids: Vec::new() })?.load(conn)?;
        Ok(read.into_iter().map(|read| read.id).collect())
    }

    fn page_of_things(
        &self,
        conn: &mut AnyConnection,
        thing: &str,
        after: Option<EntryPlace>,
        limit: i64,
    ) -> Result<Vec<CountedEntryRow>> {
        let mut after = after.map_or_else(|| self.begin().1, |(_, thing, _)| thing);
        let wanted = usize::try_from(limit).unwrap_or_default();
        let mut few = self.few(conn);
        let mut there: BTreeSet<There> = BTreeSet::new();
        let count = |there: &BTreeSet<There>| there.iter().map(|one| one.thing).collect::<BTreeSet<_>>().len();
        let (mut pace, mut found) = (Pace::new(self.filter.steps), 0);
        loop {
            let size = pace.next;
            let next = self.list_next_things(conn, thing, after, size)?;
            let Some(end) = next.last().copied() else { break };
            after = end;
            let is_last = i64::try_from(next.len()).unwrap_or(size) < size;
            let of_these = format!("{thing} IN ({})", listed_ids(conn, "$11"));
            there.extend(self.list_there(conn, thing, (index_of(thing), &of_these), after, next)?);
            let before = std::mem::replace(&mut found, count(&there));
            if is_last || found >= wanted {
                break;
            }
            if pace.is_slow(found - before, i64::try_from(wanted - found).unwrap_or(limit))
                && let Some(few) = self.really_few(conn, &mut few)?
            {
                let of_few = format!("{} AND {thing} > $8", few.condition);
                there.extend(self.list_there(conn, thing, (few.index, &of_few), after, Vec::new())?);
                break;
            }
        }
        let mut things: Vec<Id> = there.iter().map(|one| one.thing).collect();
        things.dedup();
        things.truncate(wanted);
        let facts = facts_by(conn, index_of(thing));
        let rows = self.open(conn, thing, (&facts, &format!("{thing} = x.id AND f.sign > 0")), things)?;
        let is_there = |row: &CountedEntryRow| {
            row.thing
                .zip(row.organisation_id)
                .is_some_and(|(thing, organisation_id)| there.contains(&There { thing, organisation_id }))
        };
        let mut by_thing: BTreeMap<Id, CountedEntryRow> = BTreeMap::new();
        let mut rows: Vec<CountedEntryRow> = rows.into_iter().filter(is_there).collect();
        rows.sort_by_key(CountedEntryRow::key);
        // The latest entry by which it is there, whatever that one counts otherwise.
        by_thing.extend(rows.into_iter().filter_map(|row| Some((row.thing?, CountedEntryRow { count: 1, ..row }))));
        Ok(by_thing.into_values().collect())
    }

    fn list_next_things(&self, conn: &mut AnyConnection, thing: &str, after: Id, limit: i64) -> Result<Vec<Id>> {
        let query = format!(
            "SELECT DISTINCT {thing} AS thing FROM {} WHERE {thing} > $8 AND {} ORDER BY 1 LIMIT $10",
            facts_by(conn, index_of(thing)),
            self.counting()
        );
        let after = (self.begin().0, after, 0);
        let next: Vec<Thing> = self.statement(&query, &Values { after, limit, ids: Vec::new() })?.load(conn)?;
        Ok(next.into_iter().map(|next| next.thing).collect())
    }

    /// Which things are there on the last day, and by which organisations.
    fn list_there(
        &self,
        conn: &mut AnyConnection,
        thing: &str,
        (index, only): (&str, &str),
        after: Id,
        ids: Vec<Id>,
    ) -> Result<Vec<There>> {
        let query = format!(
            "SELECT f.thing AS thing, f.organisation_id AS organisation_id FROM \
             (SELECT {thing} AS thing, f.economic_unit_id, f.organisation_id FROM {} \
             WHERE {} AND {only} \
             GROUP BY {thing}, f.economic_unit_id, f.organisation_id HAVING SUM(f.sign * f.count) > 0) f{} WHERE {}",
            facts_by(conn, index),
            self.counting(),
            self.ground.join_each(conn, self.indicator),
            self.belongs(conn),
        );
        let after = (self.begin().0, after, 0);
        Ok(self.statement(&query, &Values { after, limit: 1, ids })?.load(conn)?)
    }

    /// Opens the facts of some ids: what their entries are, and where they stand.
    fn open(
        &self,
        conn: &mut AnyConnection,
        thing: &str,
        (facts, condition): (&str, &str),
        ids: Vec<Id>,
    ) -> Result<Vec<CountedEntryRow>> {
        // SQLite reads the tables of a cross join in the order in which they stand.
        let (id_type, join) = match conn {
            AnyConnection::Sqlite(_) => ("BLOB", "CROSS JOIN"),
            AnyConnection::Postgres(_) => ("UUID", "JOIN"),
        };
        let told_in = if self.ground == Ground::Unit { "COALESCE(u.area_id, '')" } else { "COALESCE(o.area_id, '')" };
        let superior_body = match self.ground {
            Ground::Unit => "CAST(NULL AS {id})",
            Ground::Organisation | Ground::UnitAndOrganisation => "o.superior_body_id",
        };
        let query = format!(
            "WITH x(id) AS ({}) SELECT {thing} AS thing, f.organisation_id, f.source, f.ordinal, e.entry_id, e.kind, \
             e.subject, {} AS area_id, {told_in} AS told_in, {superior_body} AS superior_body_id, f.occurred_on, e.recorded_at, f.sign, f.count, \
             e.decision_number, e.decided_on, e.issuing_body \
             FROM x {join} {facts} ON {condition} JOIN followed_entries e ON e.entry_id = f.entry_id{} WHERE {}",
            listed_ids(conn, "$11"),
            self.ground.area(),
            self.ground.join_each(conn, self.indicator),
            self.counting(),
        );
        let query = query.replace("{id}", id_type);
        Ok(self.statement(&query, &Values { after: self.begin(), limit: 1, ids })?.load(conn)?)
    }
}
