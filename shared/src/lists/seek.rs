//! A page of a list as a merge of bounded index seeks.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use serde_json::{Value, json};

use super::areas_of;
use super::condition::Condition;
use crate::access::Scope;
use crate::id::SqlId;
use crate::storage::{AnyConnection, Bound, Statement};
use crate::{Error, Id, Result};

/// How far a list is counted.
pub const COUNT_MAX: i64 = 10_000;

/// The order of a list: by a column and the id, or by the id alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By the id, ascending.
    Id,
    /// By a text column and the id, ascending.
    Text(&'static str),
    /// By a column of whole numbers and the id, ascending.
    Number(&'static str),
    /// By a column of instants and the id, the latest first.
    LatestFirst(&'static str),
    /// By a column of days and the id, the latest first.
    LatestDayFirst(&'static str),
}

/// How the rows of a list are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// By the order of the list, in each area.
    Order,
    /// By a filter, and in each of its values by the order of the list.
    Filter,
    /// By a condition that few rows fulfil; they are sorted.
    Condition,
}

/// What the last item of the page before had in the column of the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// Nothing: the list is ordered by the id alone.
    Id,
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// An instant.
    Instant(NaiveDateTime),
    /// A day.
    Day(NaiveDate),
}

/// A row of a list: what it has in the column of the order, and its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// What it has in the column of the order.
    pub key: Key,
    /// Its id.
    pub id: Id,
}

/// How many there are: to [`COUNT_MAX`] exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Total {
    /// How many, at most [`COUNT_MAX`].
    pub count: i64,
    /// Whether that is all.
    pub is_exact: bool,
}

impl Total {
    /// All that there are.
    #[must_use]
    pub fn all(count: i64) -> Self {
        Self { count, is_exact: true }
    }
}

/// Which page of a table. The id column of the table is `id`, unless `id` says otherwise.
#[derive(Debug, Clone)]
pub struct Seek {
    /// The table.
    pub table: &'static str,
    /// The column of the ids.
    pub id: &'static str,
    /// The order.
    pub order: Order,
    /// Columns with the values wanted. An index begins with these columns, in this order, and goes on with the column of
    /// the order and the id; each combination of values is one seek in it.
    pub among: Vec<(&'static str, Vec<String>)>,
    /// What rows have to fulfil beside that.
    pub conditions: Vec<Condition>,
    /// The last item of the page before.
    pub after: Option<(Key, Id)>,
    /// How many ids at most.
    pub limit: i64,
    /// How rows are found.
    pub found: By,
}

/// A place in one of the seeks: which combination of values, and after which row.
#[derive(Debug, Clone)]
struct Start {
    combination: usize,
    after: Option<(Option<String>, Id)>,
}

#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
struct Found {
    #[diesel(sql_type = BigInt)]
    n: i64,
    #[diesel(sql_type = Nullable<Text>)]
    k: Option<String>,
    #[diesel(sql_type = SqlId)]
    i: Id,
}

/// A statement in the making: its values are numbered as they come.
#[derive(Default)]
struct Draft {
    sql: String,
    values: Vec<Bound>,
}

impl Draft {
    fn value(&mut self, value: Bound) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    fn condition(&mut self, condition: &Condition) -> String {
        condition.numbered(|value| self.value(value.clone()))
    }

    fn statement(self) -> Statement {
        Statement::new(&self.sql, self.values)
    }
}

impl Seek {
    /// All of a table, in an order.
    #[must_use]
    pub fn of(table: &'static str, order: Order) -> Self {
        Self {
            table,
            id: "id",
            order,
            among: Vec::new(),
            conditions: Vec::new(),
            after: None,
            limit: COUNT_MAX,
            found: By::Order,
        }
    }

    /// Lets only records with some ids be found.
    ///
    /// # Errors
    /// Never in practice.
    pub fn only(&mut self, conn: &AnyConnection, ids: &[Id]) -> Result<()> {
        let condition = Condition::ids_in(conn, self.id, ids)?;
        self.find_by(condition);
        Ok(())
    }

    /// Lets rows be found by a condition that few fulfil and that has an index of its own.
    pub fn find_by(&mut self, condition: Condition) {
        self.conditions.push(condition);
        self.found = By::Condition;
    }

    /// Narrows the list to the rows of some areas.
    ///
    /// # Errors
    /// Never in practice.
    pub fn narrow_to_areas(
        &mut self,
        conn: &AnyConnection,
        column: &'static str,
        areas: Option<Vec<String>>,
    ) -> Result<()> {
        match areas {
            None => {}
            Some(areas) if self.found == By::Condition => {
                self.conditions.push(Condition::among(conn, column, &areas)?);
            }
            Some(areas) => self.among.push((column, areas)),
        }
        Ok(())
    }

    /// Narrows the list to the rows of a table with `is_open_below` that the caller may read
    /// ([`Scope::may_read_kept`](crate::access::Scope::may_read_kept)), of some areas.
    ///
    /// # Errors
    /// Never in practice.
    pub fn narrow_to_kept(&mut self, conn: &AnyConnection, scope: &Scope, within: Option<&Vec<String>>) -> Result<()> {
        self.narrow_to_areas(conn, "area_id", areas_of(scope.open_ids(), within))?;
        if let Some(readable) = scope.readable_ids() {
            let is_open = Condition::new("t.is_open_below", Vec::new());
            self.conditions.push(is_open.or(Condition::among(conn, "area_id", &readable)?));
        }
        Ok(())
    }

    /// Narrows the list to rows that have one of some values in a column. Seeks are made by the first such column; the
    /// others are conditions of the rows read.
    ///
    /// # Errors
    /// Never in practice.
    pub fn narrow(&mut self, conn: &AnyConnection, column: &'static str, values: Option<&Vec<String>>) -> Result<()> {
        match values {
            None => {}
            Some(values) if self.found == By::Order => {
                self.among.push((column, distinct(values)));
                self.found = By::Filter;
            }
            Some(values) => self.conditions.push(Condition::among(conn, column, values)?),
        }
        Ok(())
    }

    /// Returns the ids of the page, in order.
    ///
    /// # Errors
    /// Fails when the database does.
    pub fn ids(&self, conn: &mut AnyConnection) -> Result<Vec<Id>> {
        Ok(self.found(conn)?.into_iter().map(|found| found.i).collect())
    }

    /// Returns the page, each id once at each place, in order.
    ///
    /// # Errors
    /// Fails when the database does.
    pub fn places(mut self, conn: &mut AnyConnection) -> Result<Vec<Place>> {
        let wanted = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let mut places: Vec<Place> = Vec::new();
        loop {
            // A table may have several rows with one id: those of a person with several memberships.
            let met = self.found(conn)?;
            let is_full = met.len() == wanted;
            for found in met {
                places.push(Place { key: self.key_of(found.k.as_deref())?, id: found.i });
            }
            places.dedup();
            if !is_full || places.len() >= wanted {
                places.truncate(wanted);
                return Ok(places);
            }
            self.after = places.last().map(|last| (last.key.clone(), last.id));
        }
    }

    /// What a row has in the column of the order, as an engine wrote it.
    fn key_of(&self, written: Option<&str>) -> Result<Key> {
        let unreadable = || Error::internal("the key of a list's order cannot be read");
        let written = written.unwrap_or_default();
        Ok(match self.order {
            Order::Id => Key::Id,
            Order::Text(_) => Key::Text(written.to_owned()),
            Order::Number(_) => Key::Number(written.parse().map_err(|_| unreadable())?),
            Order::LatestFirst(_) => {
                let at = NaiveDateTime::parse_from_str(written, "%Y-%m-%d %H:%M:%S%.f");
                Key::Instant(at.map_err(|_| unreadable())?)
            }
            Order::LatestDayFirst(_) => Key::Day(written.parse().map_err(|_| unreadable())?),
        })
    }

    fn found(&self, conn: &mut AnyConnection) -> Result<Vec<Found>> {
        let combinations = self.combinations();
        let Some(count) = i64::try_from(combinations.len()).ok().filter(|count| *count > 0) else {
            return Ok(Vec::new());
        };
        if self.among.is_empty() {
            return self.single(conn);
        }
        // Of many seeks each gives a few rows at first; those of which more may belong to the page go on.
        const FEW: i64 = 8;
        let batch = if count == 1 { self.limit } else { (4 * self.limit / count).max(FEW).min(self.limit) };
        let starts: Vec<Start> =
            (0..combinations.len()).map(|combination| Start { combination, after: None }).collect();
        let mut found = self.read(conn, &combinations, &starts, batch)?;
        if batch < self.limit {
            let rest = self.to_go_on(&found, batch);
            if !rest.is_empty() {
                found.extend(self.read(conn, &combinations, &rest, self.limit)?);
            }
        }
        self.sort(&mut found);
        found.truncate(usize::try_from(self.limit).unwrap_or(usize::MAX));
        Ok(found)
    }

    /// Counts what the list would show in all.
    ///
    /// # Errors
    /// Fails when the database does.
    pub fn count(&self, conn: &mut AnyConnection) -> Result<Total> {
        let mut draft = Draft::default();
        let mut conditions = Vec::new();
        for (column, values) in &self.among {
            conditions.push(draft.condition(&Condition::among(conn, column, values)?));
        }
        conditions.extend(self.conditions.iter().map(|one| draft.condition(one)));
        let limit = draft.value(Bound::Number(COUNT_MAX + 1));
        let wanted = if conditions.is_empty() { "1 = 1".to_owned() } else { conditions.join(" AND ") };
        draft.sql = format!(
            "SELECT CAST(COUNT(*) AS BIGINT) AS count FROM (SELECT {} FROM {} t WHERE {wanted} LIMIT {limit}) c",
            // Of a table whose ids repeat each id counts once.
            if self.id == "id" { "1 AS one".to_owned() } else { format!("DISTINCT t.{}", self.id) },
            self.table
        );
        let count = draft.statement().count(conn)?;
        Ok(Total { count: count.min(COUNT_MAX), is_exact: count <= COUNT_MAX })
    }

    /// Each combination of the values that are wanted.
    fn combinations(&self) -> Vec<Vec<&str>> {
        let mut combinations: Vec<Vec<&str>> = vec![Vec::new()];
        for (_, values) in &self.among {
            let mut extended = Vec::with_capacity(combinations.len() * values.len());
            for one in &combinations {
                extended.extend(values.iter().map(|value| [one.as_slice(), &[value.as_str()]].concat()));
            }
            combinations = extended;
        }
        combinations
    }

    /// The columns by which the list is ordered, and how.
    fn columns(&self) -> (String, &'static str, &'static str) {
        match self.order {
            Order::Id => (format!("t.{}", self.id), "ASC", ">"),
            Order::Text(column) | Order::Number(column) => (format!("t.{column}, t.{}", self.id), "ASC", ">"),
            Order::LatestFirst(column) | Order::LatestDayFirst(column) => {
                (format!("t.{column}, t.{}", self.id), "DESC", "<")
            }
        }
    }

    /// The column of the order as text, by which seeks are merged.
    fn key(&self, conn: &AnyConnection) -> String {
        match (self.order, conn) {
            (Order::Id, _) => "CAST(NULL AS TEXT)".to_owned(),
            (Order::Number(column), _) => format!("CAST(t.{column} AS TEXT)"),
            (Order::Text(column), _)
            | (Order::LatestFirst(column) | Order::LatestDayFirst(column), AnyConnection::Sqlite(_)) => {
                format!("t.{column}")
            }
            (Order::LatestFirst(column) | Order::LatestDayFirst(column), AnyConnection::Postgres(_)) => {
                format!("t.{column}::text")
            }
        }
    }

    fn order_by(&self) -> String {
        let (columns, direction, _) = self.columns();
        columns.split(", ").map(|column| format!("{column} {direction}")).collect::<Vec<_>>().join(", ")
    }

    /// The condition that a row comes after the page before.
    fn after(&self, draft: &mut Draft) -> Option<String> {
        let (key, id) = self.after.as_ref()?;
        let (columns, _, comparison) = self.columns();
        let key = match key {
            Key::Id => None,
            Key::Text(text) => Some(draft.value(Bound::Text(text.clone()))),
            Key::Number(number) => Some(draft.value(Bound::Number(*number))),
            Key::Instant(at) => Some(draft.value(Bound::Instant(*at))),
            Key::Day(day) => Some(draft.value(Bound::Day(*day))),
        };
        let id = draft.value(Bound::Id(*id));
        let place = key.into_iter().chain([id]).collect::<Vec<_>>().join(", ");
        Some(format!("({columns}) {comparison} ({place})"))
    }

    /// One seek in the index of the order.
    fn single(&self, conn: &mut AnyConnection) -> Result<Vec<Found>> {
        let mut draft = Draft::default();
        let mut conditions: Vec<String> = self.after(&mut draft).into_iter().collect();
        conditions.extend(self.conditions.iter().map(|one| draft.condition(one)));
        let wanted = if conditions.is_empty() { String::new() } else { format!("WHERE {}", conditions.join(" AND ")) };
        let limit = draft.value(Bound::Number(self.limit));
        draft.sql = format!(
            "SELECT CAST(0 AS BIGINT) AS n, {} AS k, t.{} AS i FROM {} t {wanted} ORDER BY {} LIMIT {limit}",
            self.key(conn),
            self.id,
            self.table,
            self.order_by()
        );
        Ok(draft.statement().load(conn)?)
    }

    /// The seeks of which more rows may belong to the page: they gave all that they were asked for, and end before the
    /// page does.
    fn to_go_on(&self, found: &[Found], batch: i64) -> Vec<Start> {
        let mut sorted = found.to_vec();
        self.sort(&mut sorted);
        let last_of_page = usize::try_from(self.limit - 1).ok().and_then(|at| sorted.get(at).cloned());
        let mut last_of_seek: BTreeMap<i64, (i64, Found)> = BTreeMap::new();
        for one in sorted {
            let rows = last_of_seek.get(&one.n).map_or(0, |(rows, _)| *rows);
            last_of_seek.insert(one.n, (rows + 1, one));
        }
        let may_go_on = |(rows, last): &(i64, Found)| {
            *rows == batch && last_of_page.as_ref().is_none_or(|end| self.compare(last, end).is_lt())
        };
        let start = |(_, last): (i64, Found)| {
            Some(Start { combination: usize::try_from(last.n).ok()?, after: Some((last.k, last.i)) })
        };
        last_of_seek.into_values().filter(may_go_on).filter_map(start).collect()
    }

    fn compare(&self, one: &Found, other: &Found) -> std::cmp::Ordering {
        let number = |found: &Found| found.k.as_deref().and_then(|key| key.parse::<i64>().ok());
        match self.order {
            Order::Number(_) => (number(one), one.i).cmp(&(number(other), other.i)),
            Order::LatestFirst(_) | Order::LatestDayFirst(_) => (&other.k, other.i).cmp(&(&one.k, one.i)),
            Order::Id | Order::Text(_) => (&one.k, one.i).cmp(&(&other.k, other.i)),
        }
    }

    fn sort(&self, found: &mut [Found]) {
        found.sort_by(|one, other| self.compare(one, other));
    }

    /// Reads the first rows of some seeks, in one statement.
    fn read(
        &self,
        conn: &mut AnyConnection,
        combinations: &[Vec<&str>],
        starts: &[Start],
        batch: i64,
    ) -> Result<Vec<Found>> {
        let has_own_starts = starts.iter().any(|start| start.after.is_some());
        let one_seek = |start: &Start| -> Option<Value> {
            let mut seek = serde_json::Map::new();
            seek.insert("n".to_owned(), json!(start.combination));
            for (at, value) in combinations.get(start.combination)?.iter().enumerate() {
                seek.insert(format!("c{at}"), json!(value));
            }
            if let Some((key, id)) = &start.after {
                seek.insert("k".to_owned(), json!(key));
                seek.insert("i".to_owned(), json!(hex::encode(id.as_bytes())));
            }
            Some(Value::Object(seek))
        };
        let seeks: Vec<Value> = starts.iter().filter_map(one_seek).collect();
        let mut draft = Draft::default();
        let seeks = draft.value(Bound::Text(serde_json::to_string(&seeks)?));
        let field = |name: &str| match conn {
            AnyConnection::Sqlite(_) => format!("(e.value ->> '{name}')"),
            AnyConnection::Postgres(_) => format!("e.{name}"),
        };
        let columns = self.among.iter().enumerate();
        let mut conditions: Vec<String> =
            columns.map(|(at, (column, _))| format!("t.{column} = {}", field(&format!("c{at}")))).collect();
        if has_own_starts {
            conditions.push(self.after_own_start(conn, &field));
        } else {
            conditions.extend(self.after(&mut draft));
        }
        conditions.extend(self.conditions.iter().map(|one| draft.condition(one)));
        let limit = draft.value(Bound::Number(batch));
        let (key, id, table) = (self.key(conn), self.id, self.table);
        let rows = format!(
            "SELECT {key} AS k, t.{id} AS i FROM {table} t WHERE {} ORDER BY {} LIMIT {limit}",
            conditions.join(" AND "),
            self.order_by()
        );
        if let AnyConnection::Postgres(_) = conn {
            let columns: String = (0..self.among.len()).map(|at| format!(", c{at} text")).collect();
            draft.sql = format!(
                "SELECT e.n, x.k, x.i FROM json_to_recordset({seeks}::json) AS e(n bigint{columns}, k text, i uuid) \
                 CROSS JOIN LATERAL ({rows}) x"
            );
            return Ok(draft.statement().load(conn)?);
        }
        // A subquery that depends on another table of the query stands in SQLite where a value stands: each seek gives
        // its rows as one JSON array.
        draft.sql = format!(
            "SELECT CAST(e.value ->> 'n' AS BIGINT) AS n, \
             (SELECT json_group_array(json_array(k, hex(i))) FROM ({rows})) AS k, x'00000000000000000000000000000000' AS i \
             FROM json_each({seeks}) e"
        );
        let arrays: Vec<Found> = draft.statement().load(conn)?;
        let mut found = Vec::new();
        for array in arrays {
            let rows: Vec<(Option<String>, String)> = serde_json::from_str(array.k.as_deref().unwrap_or("[]"))?;
            for (k, i) in rows {
                let i = i.parse().map_err(Error::internal)?;
                found.push(Found { n: array.n, k, i });
            }
        }
        Ok(found)
    }

    /// The condition that a row comes after the place from which its own seek goes on.
    fn after_own_start(&self, conn: &AnyConnection, field: &impl Fn(&str) -> String) -> String {
        let (columns, _, comparison) = self.columns();
        let id = match conn {
            AnyConnection::Sqlite(_) => format!("unhex{}", field("i")),
            AnyConnection::Postgres(_) => field("i"),
        };
        let place = match (self.order, conn) {
            (Order::Id, _) => id,
            (Order::LatestFirst(_), AnyConnection::Postgres(_)) => format!("{}::timestamp, {id}", field("k")),
            (Order::LatestDayFirst(_), AnyConnection::Postgres(_)) => format!("{}::date, {id}", field("k")),
            (Order::Number(_), _) => format!("CAST({} AS BIGINT), {id}", field("k")),
            _ => format!("{}, {id}", field("k")),
        };
        format!("({columns}) {comparison} ({place})")
    }
}

/// Some values, each once.
fn distinct(values: &[String]) -> Vec<String> {
    values.iter().collect::<BTreeSet<_>>().into_iter().cloned().collect()
}
