//! Conditions of the rows of a list.

use crate::storage::{AnyConnection, Bound, id_list, listed_ids, listed_texts};
use crate::{Id, Result};

/// A condition of every row, as SQL over the row `t`, with `{}` for each of its texts or ids.
#[derive(Debug, Clone)]
pub struct Condition {
    /// The SQL. It holds nothing that came from outside.
    pub sql: String,
    /// What stands for each `{}`.
    pub values: Vec<Bound>,
}

impl Condition {
    /// That this condition and another one hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.joined("AND", other)
    }

    /// That this condition or another one holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.joined("OR", other)
    }

    fn joined(mut self, how: &str, other: Self) -> Self {
        self.values.extend(other.values);
        Self { sql: format!("({} {how} {})", self.sql, other.sql), values: self.values }
    }

    /// The SQL with each value written as `write` says.
    pub(crate) fn numbered(&self, mut write: impl FnMut(&Bound) -> String) -> String {
        let mut parts = self.sql.split("{}");
        let mut sql = parts.next().unwrap_or_default().to_owned();
        for (value, part) in self.values.iter().zip(parts) {
            sql += &write(value);
            sql += part;
        }
        sql
    }

    /// A condition with its values.
    #[must_use]
    pub fn new(sql: impl Into<String>, values: Vec<Bound>) -> Self {
        Self { sql: sql.into(), values }
    }

    /// That a column has one of some values.
    ///
    /// # Errors
    /// Never in practice.
    pub fn among(conn: &AnyConnection, column: &str, values: &[String]) -> Result<Self> {
        let listed = listed_texts(conn, "{}");
        Ok(Self::new(format!("t.{column} IN ({listed})"), vec![Bound::Text(serde_json::to_string(values)?)]))
    }

    /// That the id is one of some.
    ///
    /// # Errors
    /// Never in practice.
    pub fn ids(conn: &AnyConnection, ids: &[Id]) -> Result<Self> {
        Self::ids_in(conn, "id", ids)
    }

    /// That a column of ids has one of some.
    ///
    /// # Errors
    /// Never in practice.
    pub fn ids_in(conn: &AnyConnection, column: &str, ids: &[Id]) -> Result<Self> {
        let listed = listed_ids(conn, "{}");
        Ok(Self::new(format!("t.{column} IN ({listed})"), vec![Bound::Text(id_list(ids)?)]))
    }
}
