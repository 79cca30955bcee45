//! Questions to the acts that are kept.

use diesel::prelude::*;
use shared::access::Scope;
use shared::acts::{KeptAct, acts};
use shared::http::PageQuery;
use shared::lists::{Condition, Key, Order, Seek, Total};
use shared::storage::{AnyConnection, Bound, one_of};
use shared::{Code, Error, Id, Result};

/// Which acts.
#[derive(Debug, Clone, Default)]
pub(super) struct ActFilter {
    pub organisation: Option<Id>,
    pub membership: Option<Id>,
    pub kinds: Option<Vec<String>>,
}

/// The page of acts that the caller may see and asks for.
fn sought(conn: &AnyConnection, scope: &Scope, filter: &ActFilter) -> Result<Seek> {
    let mut seek = Seek::of("acts", Order::Id);
    if let Some(organisation) = filter.organisation {
        seek.find_by(Condition::new("t.organisation_id = {}", vec![Bound::Id(organisation)]));
    }
    if let Some(membership) = filter.membership {
        // The record of an act on an organisation is the organisation itself.
        let of_member = "t.record_id = {} AND t.organisation_id <> t.record_id";
        seek.find_by(Condition::new(of_member, vec![Bound::Id(membership)]));
    }
    seek.narrow_to_areas(conn, "area_id", scope.readable_ids())?;
    seek.narrow(conn, "kind", filter.kinds.as_ref())?;
    Ok(seek)
}

pub(super) fn count_acts(conn: &mut AnyConnection, scope: &Scope, filter: &ActFilter) -> Result<Total> {
    sought(conn, scope, filter)?.count(conn)
}

pub(super) fn list_acts(
    conn: &mut AnyConnection,
    scope: &Scope,
    filter: &ActFilter,
    page: &PageQuery<Id>,
) -> Result<Vec<KeptAct>> {
    let after = page.after.map(|after| (Key::Id, after));
    let ids = Seek { after, limit: page.limit + 1, ..sought(conn, scope, filter)? }.ids(conn)?;
    Ok(acts::table.filter(one_of(acts::id, &ids)).order(acts::id).load(conn)?)
}

pub(super) fn find_act(conn: &mut AnyConnection, scope: &Scope, id: Id) -> Result<KeptAct> {
    let act: Option<KeptAct> = acts::table.find(id).get_result(conn).optional()?;
    act.filter(|act| scope.may_read(&act.area())).ok_or_else(|| Error::new(Code::NotFound))
}
