//! A condition on ids. Diesel's own (`eq_any`) binds each value separately, so its statement differs for each number
//! of values and is prepared again each time; on PostgreSQL that is a round trip.

use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{Bool, Text};

use super::engine::MultiBackend;
use crate::Id;

/// That a column has one of some ids.
#[derive(Debug, Clone)]
pub struct OneOf<C> {
    column: C,
    /// The ids as SQLite reads them: a JSON array of texts.
    json: String,
    /// The ids as PostgreSQL reads them.
    array: String,
}

/// That a column has one of some ids, by its index.
#[must_use]
pub fn one_of<'a, C>(column: C, ids: impl IntoIterator<Item = &'a Id>) -> OneOf<C> {
    let ids: Vec<String> = ids.into_iter().map(ToString::to_string).collect();
    let quoted: Vec<String> = ids.iter().map(|id| format!("\"{id}\"")).collect();
    OneOf { column, json: format!("[{}]", quoted.join(",")), array: format!("{{{}}}", ids.join(",")) }
}

impl<C: Expression> Expression for OneOf<C> {
    type SqlType = Bool;
}

impl<C: SelectableExpression<From>, From> SelectableExpression<From> for OneOf<C> {}

impl<C: AppearsOnTable<From>, From> AppearsOnTable<From> for OneOf<C> {}

impl<C: ValidGrouping<By>, By> ValidGrouping<By> for OneOf<C> {
    type IsAggregate = C::IsAggregate;
}

impl<C> QueryId for OneOf<C> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C: QueryFragment<MultiBackend>> QueryFragment<MultiBackend> for OneOf<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        let is_sqlite = matches!(out.backend(), MultiBackend::Sqlite(_));
        self.column.walk_ast(out.reborrow())?;
        if is_sqlite {
            out.push_sql(" IN (SELECT unhex(value, '-') FROM json_each(");
            out.push_bind_param::<Text, _>(&self.json)?;
            out.push_sql("))");
        } else {
            out.push_sql(" = ANY(CAST(");
            out.push_bind_param::<Text, _>(&self.array)?;
            out.push_sql(" AS uuid[]))");
        }
        Ok(())
    }
}
