//! Statements in SQL of our own. The connection caches each text as a prepared statement, so that the engine parses
//! it once. A text must not contain anything that a caller chose: each different text would be one more cached
//! statement.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::RunQueryDsl;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Binary, Bool, Date, Integer, Nullable, Text, Timestamp, Untyped};

use super::engine::{AnyConnection, MultiBackend};
use crate::id::SqlId;
use crate::{Id, Result};

/// A table, with its alias, and the index by which SQLite is to read it: it keeps no statistics of its tables here, and would
/// choose another one. PostgreSQL chooses by itself.
#[must_use]
pub fn indexed(conn: &AnyConnection, table: &str, index: &str) -> String {
    match conn {
        AnyConnection::Sqlite(_) => format!("{table} INDEXED BY {index}"),
        AnyConnection::Postgres(_) => table.to_owned(),
    }
}

/// A value that is bound to a statement.
#[derive(Debug, Clone)]
#[expect(
    missing_docs,
    reason = "each is a value of the type of its name; `Null` is none, of no type: in rows to insert, and in statements for SQLite"
)]
pub enum Bound {
    Text(String),
    Id(Id),
    MaybeId(Option<Id>),
    Integer(i32),
    Number(i64),
    Day(NaiveDate),
    Instant(NaiveDateTime),
    Bytes(Vec<u8>),
    Flag(bool),
    Null,
}

impl Bound {
    /// A value that may be missing.
    pub fn maybe<T>(value: Option<T>, of: impl FnOnce(T) -> Self) -> Self {
        value.map_or(Self::Null, of)
    }

    /// A text.
    pub fn text(value: impl Into<String>) -> Self {
        Self::Text(value.into())
    }
}

#[derive(diesel::QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// A statement with its values. In its text `$1` stands for the first value, wherever it stands and however often; a value
/// that stands nowhere is not sent.
#[derive(Debug, Clone)]
pub struct Statement {
    /// The text before each place, with the place's value, counted from 0.
    before: Vec<(String, usize)>,
    after: String,
    values: Vec<Bound>,
}

impl Statement {
    /// Takes a statement apart at the places of its values.
    #[must_use]
    pub fn new(sql: &str, values: Vec<Bound>) -> Self {
        let mut parts = sql.split('$');
        let mut text = parts.next().unwrap_or_default().to_owned();
        let mut before = Vec::new();
        for part in parts {
            let digits = part.bytes().take_while(u8::is_ascii_digit).count();
            let (number, rest) = part.split_at(digits);
            let place = number.parse::<usize>().unwrap_or_default().saturating_sub(1);
            before.push((std::mem::replace(&mut text, rest.to_owned()), place));
        }
        Self { before, after: text, values }
    }

    /// The number that a statement selects as `count`, in one row.
    ///
    /// # Errors
    /// Fails when the database does, or when there is no row.
    pub fn count(&self, conn: &mut AnyConnection) -> Result<i64> {
        let counted: Counted = self.get_result(conn)?;
        Ok(counted.count)
    }

    /// Takes other values, to be carried out again.
    pub fn bind(&mut self, values: Vec<Bound>) {
        self.values = values;
    }
}

impl QueryFragment<MultiBackend> for Statement {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        for (text, place) in &self.before {
            out.push_sql(text);
            match self.values.get(*place) {
                Some(Bound::Text(value)) => out.push_bind_param::<Text, _>(value)?,
                Some(Bound::Id(value)) => out.push_bind_param::<SqlId, _>(value)?,
                Some(Bound::MaybeId(value)) => out.push_bind_param::<Nullable<SqlId>, _>(value)?,
                Some(Bound::Integer(value)) => out.push_bind_param::<Integer, _>(value)?,
                Some(Bound::Number(value)) => out.push_bind_param::<BigInt, _>(value)?,
                Some(Bound::Day(value)) => out.push_bind_param::<Date, _>(value)?,
                Some(Bound::Instant(value)) => out.push_bind_param::<Timestamp, _>(value)?,
                Some(Bound::Bytes(value)) => out.push_bind_param::<Binary, _>(value)?,
                Some(Bound::Flag(value)) => out.push_bind_param::<Bool, _>(value)?,
                Some(Bound::Null) => out.push_bind_param::<Nullable<Text>, _>(&None::<String>)?,
                None => {
                    let what = format!("a statement names value {} and has {}", place + 1, self.values.len());
                    return Err(diesel::result::Error::QueryBuilderError(what.into()));
                }
            }
        }
        out.push_sql(&self.after);
        Ok(())
    }
}

impl QueryId for Statement {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Statement {
    type SqlType = Untyped;
}

impl<Conn> RunQueryDsl<Conn> for Statement {}

impl<Conn> RunQueryDsl<Conn> for &Statement {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_parted_at_its_values() {
        let statement = Statement::new("SELECT $2, ($10 = $2) FROM t", Vec::new());
        let parts: Vec<(&str, usize)> = statement.before.iter().map(|(text, at)| (text.as_str(), *at)).collect();
        assert_eq!(parts, [("SELECT ", 1), (", (", 9), (" = ", 1)]);
        assert_eq!(statement.after, ") FROM t");
    }
}
