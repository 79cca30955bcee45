//! Conditions of the rows of a list.

use crate::storage::AnyConnection;
use crate::{Id, Result};

/// A condition of every row, as SQL over the row `t`, with `{}` for each of its texts or ids.
#[derive(Debug, Clone)]
pub struct Condition {
    /// The SQL. It holds nothing that came from outside.
    pub sql: String,
    /// What stands for each `{}`.
    pub values: Vec<Bound>,
}

/// A value of a condition.
#[derive(Debug, Clone)]
pub enum Bound {
    /// A text.
    Text(String),
    /// An id.
    Id(Id),
    /// Bytes.
    Bytes(Vec<u8>),
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
        let listed = listed(conn);
        Ok(Self::new(format!("t.{column} IN ({listed})"), vec![Bound::Text(serde_json::to_string(values)?)]))
    }

    /// That the id is one of some.
    ///
    /// # Errors
    /// Never in practice.
    pub fn ids(conn: &AnyConnection, ids: &[Id]) -> Result<Self> {
        let listed = match conn {
            AnyConnection::Sqlite(_) => "SELECT unhex(value) FROM json_each({})",
            AnyConnection::Postgres(_) => "SELECT value::uuid FROM json_array_elements_text({}::json)",
        };
        let ids: Vec<String> = ids.iter().map(|id| hex::encode(id.as_bytes())).collect();
        Ok(Self::new(format!("t.id IN ({listed})"), vec![Bound::Text(serde_json::to_string(&ids)?)]))
    }
}

/// The values of a JSON array of texts, as a subquery.
fn listed(conn: &AnyConnection) -> &'static str {
    match conn {
        AnyConnection::Sqlite(_) => "SELECT value FROM json_each({})",
        AnyConnection::Postgres(_) => "SELECT value FROM json_array_elements_text({}::json)",
    }
}
