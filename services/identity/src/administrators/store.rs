//! Who is an administrator, of all who are.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use shared::access::{Grant, Role};
use shared::clock::vietnam_day;
use shared::storage::AnyConnection;
use shared::territory::{AreaId, Territory};
use shared::{Code, Error, Id, Result};

use super::rules::is_of_a_provinces_administrator;
use crate::schema::{clients, grants, provider_accounts, user_grants, users};

/// Who loses grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loser {
    /// A program.
    Client(Id),
    /// A person.
    User(Id),
}

/// Demands that each province in force keeps an administrator without these grants of one who loses them.
///
/// # Errors
/// `last_administrator` where nobody else is one.
pub(crate) fn keep_an_administrator(
    conn: &mut AnyConnection,
    territory: &Territory,
    at: DateTime<Utc>,
    loser: Loser,
    lost: &[Grant],
) -> Result<()> {
    let on = vietnam_day(at);
    for grant in lost.iter().filter(|grant| is_of_a_provinces_administrator(grant, territory, on)) {
        if !has_another(conn, &grant.area, loser, on)? {
            return Err(Error::new(Code::LastAdministrator).with("area", &grant.area));
        }
    }
    Ok(())
}

/// The users who have signed in once, with a password or with the provider: a link that nobody opened may be lost.
#[diesel::dsl::auto_type(no_type_alias)]
fn who_signed_in() -> _ {
    let has_account = provider_accounts::user_id.eq(users::id);
    let at_provider = diesel::dsl::exists(provider_accounts::table.filter(has_account));
    users::table.filter(users::password_hash.is_not_null().or(at_provider)).select(users::id)
}

/// Says whether somebody else is an administrator over an area, from a day on without an end.
fn has_another(conn: &mut AnyConnection, area: &AreaId, loser: Loser, on: NaiveDate) -> Result<bool> {
    let role = Role::Administrator;
    let programs: Vec<Id> = grants::table
        .inner_join(clients::table)
        .filter(grants::role.eq(role).and(grants::area_id.eq(area.as_str())))
        .filter(clients::is_disabled.eq(false))
        .select(clients::id)
        .load(conn)?;
    let people: Vec<Id> = user_grants::table
        .filter(user_grants::role.eq(role).and(user_grants::area_id.eq(area.as_str())))
        .filter(user_grants::from_on.le(on).and(user_grants::to_on.is_null()))
        .filter(user_grants::confirmed_by.is_not_null().and(user_grants::user_id.eq_any(who_signed_in())))
        .select(user_grants::user_id)
        .load(conn)?;
    let administrators = programs.into_iter().map(Loser::Client).chain(people.into_iter().map(Loser::User));
    Ok(administrators.into_iter().any(|one| one != loser))
}
