//! SQL for grants.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use shared::access::{Grant, Role, Scope};
use shared::http::PageQuery;
use shared::storage::{AnyConnection, Tx, next_ordinal, on_unique, one_of};
use shared::territory::AreaId;
use shared::{Code, Error, Id, Result};

use crate::oldest_first::oldest_first;
use crate::schema::{clients, grants};

type GrantRow = (Id, Id, Role, String, NaiveDateTime, i64);

/// A grant as it is kept.
pub(super) struct KeptGrant {
    pub id: Id,
    pub client: Id,
    pub grant: Grant,
    pub created_at: NaiveDateTime,
    /// Its place in the order in which grants were made.
    pub ordinal: i64,
}

/// Returns the grants of some clients, oldest first.
pub(crate) fn grants_of(conn: &mut AnyConnection, clients: &[Id]) -> Result<Vec<(Id, Grant)>> {
    let rows: Vec<GrantRow> =
        grants::table.filter(one_of(grants::client_id, clients)).order((grants::ordinal, grants::id)).load(conn)?;
    Ok(rows.into_iter().map(kept).map(|kept| (kept.client, kept.grant)).collect())
}

pub(super) fn list_grants(
    conn: &mut AnyConnection,
    scope: &Scope,
    page: &PageQuery<(i64, Id)>,
) -> Result<Vec<KeptGrant>> {
    let rows: Vec<GrantRow> = oldest_first!(grants::table, grants, scope, page).load(conn)?;
    Ok(rows.into_iter().map(kept).collect())
}

/// Says whether a client is within the caller's reach.
pub(super) fn is_within(conn: &mut AnyConnection, scope: &Scope, client: Id) -> Result<bool> {
    let area: Option<Option<String>> =
        clients::table.find(client).select(clients::area_id).get_result(conn).optional()?;
    Ok(area.flatten().is_some_and(|area| scope.may_read(&AreaId::stored(area))))
}

/// Gives a client a role over an area.
///
/// # Errors
/// `already_granted` where the client has the role over the area.
pub(crate) fn insert_grant(tx: &mut Tx<'_>, id: Id, client: Id, Grant { role, area }: &Grant) -> Result<()> {
    let (at, ordinal) = (tx.at().naive_utc(), next_ordinal(tx, "grants")?);
    let result = diesel::insert_into(grants::table)
        .values((
            grants::id.eq(id),
            grants::client_id.eq(client),
            grants::role.eq(role),
            grants::area_id.eq(area.as_str()),
            grants::created_at.eq(at),
            grants::ordinal.eq(ordinal),
        ))
        .execute(tx.conn());
    on_unique(result, "grants_once", "grants.client_id, grants.role, grants.area_id", || {
        Error::new(Code::AlreadyGranted)
    })?;
    show_anew(tx, client)
}

/// Returns a grant over an area within the caller's reach.
pub(super) fn find_grant(conn: &mut AnyConnection, scope: &Scope, id: Id) -> Result<Option<KeptGrant>> {
    let row: Option<GrantRow> = grants::table.find(id).get_result(conn).optional()?;
    Ok(row.map(kept).filter(|kept| scope.may_read(&kept.grant.area)))
}

/// Takes a grant back, which ends the client's tokens.
///
/// # Errors
/// `not_found` when somebody else was faster.
pub(super) fn delete_grant(tx: &mut Tx<'_>, kept: &KeptGrant) -> Result<()> {
    let deleted = diesel::delete(grants::table.find(kept.id)).execute(tx.conn())?;
    if deleted == 0 {
        return Err(Error::new(Code::NotFound));
    }
    end_tokens(tx, kept.client)
}

/// Gives a client its next version: it is shown with its grants and its secrets.
pub(crate) fn show_anew(tx: &mut Tx<'_>, client: Id) -> Result<()> {
    diesel::update(clients::table.find(client)).set(clients::version.eq(clients::version + 1)).execute(tx.conn())?;
    Ok(())
}

/// Gives a client its next version, and ends the tokens that were issued to earlier ones.
pub(crate) fn end_tokens(tx: &mut Tx<'_>, client: Id) -> Result<()> {
    let at = tx.at().naive_utc();
    diesel::update(clients::table.find(client))
        .set((
            clients::version.eq(clients::version + 1),
            clients::tokens_from_version.eq(clients::version + 1),
            clients::tokens_ended_at.eq(at),
        ))
        .execute(tx.conn())?;
    Ok(())
}

fn kept((id, client, role, area, created_at, ordinal): GrantRow) -> KeptGrant {
    KeptGrant { id, client, grant: Grant { role, area: AreaId::stored(area) }, created_at, ordinal }
}
