//! SQL for lists of acts.

use diesel::prelude::*;
use shared::access::Scope;
use shared::acts::{KeptAct, acts};
use shared::http::Records;
use shared::lists::{self, Condition, List, Order, Seek};
use shared::storage::{AnyConnection, Bound, DatabaseUrl, Db, one_of};
use shared::{Code, Error, Id, Result};

use crate::state::NAME;

/// Which acts.
#[derive(Debug, Clone, Default)]
pub(super) struct ActFilter {
    pub organisation: Option<Id>,
    pub membership: Option<Id>,
    pub kinds: Option<Vec<String>>,
}

/// The acts that a list shows to a caller.
pub(super) struct ListedActs {
    pub scope: Scope,
    pub filter: ActFilter,
}

impl Records for ListedActs {
    type Record = KeptAct;

    fn sought(&self, conn: &mut AnyConnection, only: Option<&[Id]>) -> Result<Seek> {
        let mut seek = Seek::of("acts", Order::Number("ordinal"));
        if let Some(ids) = only {
            seek.only(conn, ids)?;
        }
        if let Some(organisation) = self.filter.organisation {
            seek.find_by(Condition::new("t.organisation_id = {}", vec![Bound::Id(organisation)]));
        }
        if let Some(membership) = self.filter.membership {
            // The record of an act on an organisation is the organisation itself.
            let of_member = "t.record_id = {} AND t.organisation_id <> t.record_id";
            seek.find_by(Condition::new(of_member, vec![Bound::Id(membership)]));
        }
        seek.narrow_to_areas(conn, "area_id", self.scope.readable_ids())?;
        seek.narrow(conn, "kind", self.filter.kinds.as_ref())?;
        Ok(seek)
    }

    fn load(&self, conn: &mut AnyConnection, ids: &[Id]) -> Result<Vec<(Id, KeptAct)>> {
        let found: Vec<KeptAct> = acts::table.filter(one_of(acts::id, ids)).load(conn)?;
        let within = found.into_iter().filter(|act| self.scope.may_read(&act.area()));
        Ok(within.map(|act| (act.id, act)).collect())
    }
}

pub(super) fn find_act(conn: &mut AnyConnection, scope: &Scope, id: Id) -> Result<KeptAct> {
    find_readable(conn, scope, id)?.ok_or_else(|| Error::new(Code::NotFound))
}

pub(super) fn find_readable(conn: &mut AnyConnection, scope: &Scope, id: Id) -> Result<Option<KeptAct>> {
    let act: Option<KeptAct> = acts::table.find(id).get_result(conn).optional()?;
    Ok(act.filter(|act| scope.may_read(&act.area())))
}

/// Looks at the lists in which acts are: those of the areas in which they happened.
///
/// # Errors
/// Fails when the database cannot be read; a difference is an answer.
pub async fn verify_listed(url: &DatabaseUrl) -> Result<(String, bool)> {
    let expected = "SELECT id AS record_id, area_id AS seen_in FROM acts";
    lists::verify_listed(&Db::open_beside(url, NAME)?, List::Acts, expected).await
}
