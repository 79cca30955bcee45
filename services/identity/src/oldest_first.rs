//! Lists of the oldest record first: records within the caller's scope, by their numbers, from a cursor on.

/// Orders and cuts the query of a table's records with `ordinal`, `id` and `area_id`, and reads one more than the page holds.
macro_rules! oldest_first {
    ($query:expr, $table:ident, $scope:expr, $page:expr) => {{
        let mut query = $query.order(($table::ordinal, $table::id)).limit($page.limit + 1).into_boxed();
        if let Some(areas) = $scope.readable_ids() {
            query = query.filter($table::area_id.eq_any(areas));
        }
        if let Some((ordinal, id)) = $page.after {
            let later = $table::ordinal.gt(ordinal);
            query = query.filter(later.or($table::ordinal.eq(ordinal).and($table::id.gt(id))));
        }
        query
    }};
}

pub(crate) use oldest_first;
