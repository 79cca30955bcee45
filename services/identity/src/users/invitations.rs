//! One-time links, and whether they still hold.

use chrono::{DateTime, Utc};
use shared::access::{Grant, Permission, Scope};
use shared::clock::vietnam_day;
use shared::personal::Vault;
use shared::storage::AnyConnection;
use shared::territory::Territory;
use shared::{Id, Result};

use super::grants::{check_reach, grants_in_force};
use super::store::{Account, find_invitation};
use crate::clients::find_grants_in_use;

/// Returns whom a link invites. It holds while it is valid, and while the administrator who made it may look after the user: roles that
/// were given later by somebody else may lie beyond that administrator's areas, and the link would open them.
///
/// # Errors
/// Fails when the database does.
pub(crate) fn find_invited(
    conn: &mut AnyConnection,
    vault: &Vault,
    territory: &Territory,
    token_hash: &[u8],
    at: DateTime<Utc>,
) -> Result<Option<Account>> {
    let Some((account, made_by)) = find_invitation(conn, vault, token_hash, at)? else { return Ok(None) };
    // On the machine there is no administrator beside the operator.
    if made_by.starts_with("service:") {
        return Ok(Some(account));
    }
    let today = vietnam_day(at);
    let grants: Vec<Grant> = match made_by.split_once(':') {
        Some(("client", id)) => id.parse::<Id>().map_or_else(|_| Ok(Vec::new()), |id| find_grants_in_use(conn, id))?,
        Some(("user", id)) => {
            id.parse::<Id>().map_or_else(|_| Ok(Vec::new()), |id| grants_in_force(conn, id, today))?
        }
        _ => Vec::new(),
    };
    let scope = Scope::of_grants(&grants, Permission::WriteUser, territory, today);
    Ok(check_reach(conn, &scope, account.id).is_ok().then_some(account))
}
