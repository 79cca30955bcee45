//! Questions to the acts that are kept.

use diesel::prelude::*;
use shared::access::Scope;
use shared::acts::{KeptAct, acts};
use shared::http::PageQuery;
use shared::storage::{AnyConnection, MultiBackend};
use shared::{Code, Error, Id, Result};

/// Which acts.
#[derive(Debug, Clone, Default)]
pub(super) struct ActFilter {
    pub organisation: Option<Id>,
    pub membership: Option<Id>,
    pub kinds: Option<Vec<String>>,
}

/// The acts that the caller may see and asks for.
fn asked(scope: &Scope, filter: &ActFilter) -> acts::BoxedQuery<'static, MultiBackend> {
    let mut query = acts::table.into_boxed();
    if let Some(areas) = scope.readable_ids() {
        query = query.filter(acts::area_id.eq_any(areas));
    }
    if let Some(organisation) = filter.organisation {
        query = query.filter(acts::organisation_id.eq(organisation));
    }
    if let Some(membership) = filter.membership {
        // The record of an act on an organisation is the organisation itself.
        let of_others = acts::organisation_id.assume_not_null().ne(acts::record_id);
        query = query.filter(acts::record_id.eq(membership)).filter(of_others);
    }
    if let Some(kinds) = filter.kinds.clone() {
        query = query.filter(acts::kind.eq_any(kinds));
    }
    query
}

pub(super) fn count_acts(conn: &mut AnyConnection, scope: &Scope, filter: &ActFilter) -> Result<i64> {
    Ok(asked(scope, filter).count().get_result(conn)?)
}

pub(super) fn list_acts(
    conn: &mut AnyConnection,
    scope: &Scope,
    filter: &ActFilter,
    page: &PageQuery<Id>,
) -> Result<Vec<KeptAct>> {
    let mut query = asked(scope, filter).order(acts::id.asc()).limit(page.limit + 1);
    if let Some(after) = page.after {
        query = query.filter(acts::id.gt(after));
    }
    Ok(query.load(conn)?)
}

pub(super) fn find_act(conn: &mut AnyConnection, scope: &Scope, id: Id) -> Result<KeptAct> {
    let act: Option<KeptAct> = acts::table.find(id).get_result(conn).optional()?;
    act.filter(|act| scope.may_read(&act.area())).ok_or_else(|| Error::new(Code::NotFound))
}
