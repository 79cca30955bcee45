//! How users' grants are kept.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::prelude::*;
use shared::access::{Grant, Role, Scope};
use shared::clock::vietnam_day;
use shared::http::PageQuery;
use shared::journal::Entry;
use shared::published::user::{UserGrantCreated, UserGrantRevoked};
use shared::storage::{AnyConnection, Tx, next_ordinal, on_unique, once};
use shared::territory::{AreaId, Territory};
use shared::{Code, Day, Error, Id, Result};

use super::rules::{Days, is_in_force};
use crate::administrators::{Loser, keep_an_administrator};
use crate::oldest_first::oldest_first;
use crate::schema::user_grants;
use crate::users::end_user_tokens;

#[derive(Queryable, Selectable)]
#[diesel(table_name = user_grants)]
struct GrantRow {
    id: Id,
    user_id: Id,
    role: Role,
    area_id: String,
    from_on: NaiveDate,
    to_on: Option<NaiveDate>,
    granted_by: String,
    confirmed_by: Option<String>,
    version: i64,
    created_at: NaiveDateTime,
    stands_for_id: Option<Id>,
    ordinal: i64,
}

/// A grant as it is kept.
pub(super) struct KeptUserGrant {
    pub id: Id,
    pub user: Id,
    pub grant: Grant,
    pub days: Days,
    pub granted_by: String,
    pub confirmed_by: Option<String>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub stands_for: Option<Id>,
    /// Its place in the order in which grants were made.
    pub ordinal: i64,
}

impl KeptUserGrant {
    /// Says whether a second administrator has still to confirm it.
    pub(super) fn awaits_confirmation(&self) -> bool {
        self.grant.role.needs_confirmation() && self.confirmed_by.is_none()
    }

    pub(super) fn is_in_force(&self, on: NaiveDate) -> bool {
        is_in_force(self.grant.role, self.confirmed_by.is_some(), self.days, on)
    }
}

/// A grant that is to be made.
pub(crate) struct NewUserGrant {
    pub id: Id,
    pub user: Id,
    pub role: Role,
    pub area: AreaId,
    pub from_on: NaiveDate,
    pub to_on: Option<NaiveDate>,
    /// Whom the user stands for in this role.
    pub stands_for: Option<Id>,
    /// Whether it counts without a second administrator: it is made on the machine.
    pub is_confirmed: bool,
}

fn kept(row: GrantRow) -> KeptUserGrant {
    KeptUserGrant {
        id: row.id,
        user: row.user_id,
        grant: Grant { role: row.role, area: AreaId::stored(row.area_id) },
        days: Days { from_on: row.from_on, to_on: row.to_on },
        granted_by: row.granted_by,
        confirmed_by: row.confirmed_by,
        version: row.version,
        created_at: row.created_at.and_utc(),
        stands_for: row.stands_for_id,
        ordinal: row.ordinal,
    }
}

fn grants_of(conn: &mut AnyConnection, user: Id) -> Result<Vec<KeptUserGrant>> {
    let of_user =
        user_grants::table.filter(user_grants::user_id.eq(user)).order((user_grants::ordinal, user_grants::id));
    let rows: Vec<GrantRow> = of_user.select(GrantRow::as_select()).load(conn)?;
    Ok(rows.into_iter().map(kept).collect())
}

/// A role that a user has.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub grant: Grant,
    /// The last day; none where there is no end.
    pub to_on: Option<NaiveDate>,
    /// Whom the user stands for in it.
    pub stands_for: Option<Id>,
}

/// The roles that a user has on a day. A role in which the user stands for somebody counts only while that person has it too.
pub(crate) fn list_held(conn: &mut AnyConnection, user: Id, on: NaiveDate) -> Result<Vec<Held>> {
    let mut held = Vec::new();
    for kept in grants_of(conn, user)?.into_iter().filter(|kept| kept.is_in_force(on)) {
        let counts = match kept.stands_for {
            Some(whom) => has_itself(conn, whom, &kept.grant, on)?,
            None => true,
        };
        if counts {
            held.push(Held { grant: kept.grant, to_on: kept.days.to_on, stands_for: kept.stands_for });
        }
    }
    Ok(held)
}

/// The roles that a user has on a day, as tokens carry them.
pub(crate) fn grants_in_force(conn: &mut AnyConnection, user: Id, on: NaiveDate) -> Result<Vec<Grant>> {
    Ok(list_held(conn, user, on)?.into_iter().map(|held| held.grant).collect())
}

/// Says whether a user has a role over exactly this area on a day, and not in somebody else's place.
pub(super) fn has_itself(conn: &mut AnyConnection, user: Id, grant: &Grant, on: NaiveDate) -> Result<bool> {
    let own = grants_of(conn, user)?.into_iter().filter(|kept| kept.stands_for.is_none());
    Ok(own.into_iter().any(|kept| kept.grant == *grant && kept.is_in_force(on)))
}

/// The people who stand for a user today or later, and whether a second administrator has still to confirm that.
pub(crate) fn list_deputies(conn: &mut AnyConnection, user: Id, on: NaiveDate) -> Result<Vec<(Id, Held, bool)>> {
    let of_user = user_grants::table
        .filter(user_grants::stands_for_id.eq(Some(user)))
        .filter(user_grants::to_on.is_null().or(user_grants::to_on.ge(on)))
        .order(user_grants::ordinal);
    let rows: Vec<GrantRow> = of_user.select(GrantRow::as_select()).limit(50).load(conn)?;
    let kept: Vec<KeptUserGrant> = rows.into_iter().map(kept).collect();
    let held = |kept: KeptUserGrant| {
        let awaits_confirmation = kept.awaits_confirmation();
        let held = Held { grant: kept.grant, to_on: kept.days.to_on, stands_for: kept.stands_for };
        (kept.user, held, awaits_confirmation)
    };
    Ok(kept.into_iter().map(held).collect())
}

/// Ends the tokens of all who stand for a user.
fn end_tokens_of_deputies(tx: &mut Tx<'_>, user: Id) -> Result<()> {
    let of_user = user_grants::table.filter(user_grants::stands_for_id.eq(Some(user)));
    let deputies: BTreeSet<Id> = of_user.select(user_grants::user_id).load(tx.conn())?.into_iter().collect();
    for deputy in deputies {
        end_user_tokens(tx, deputy)?;
    }
    Ok(())
}

/// Demands that all roles of a user, those to come included, lie within the caller's scope.
///
/// # Errors
/// `grant_out_of_reach`.
pub(crate) fn check_reach(conn: &mut AnyConnection, scope: &Scope, user: Id) -> Result<()> {
    match grants_of(conn, user)?.into_iter().find(|kept| !scope.may_write(&kept.grant.area)) {
        Some(beyond) => Err(Error::new(Code::GrantOutOfReach).with("area", beyond.grant.area.as_str())),
        None => Ok(()),
    }
}

pub(super) fn list_user_grants(
    conn: &mut AnyConnection,
    scope: &Scope,
    page: &PageQuery<(i64, Id)>,
) -> Result<Vec<KeptUserGrant>> {
    let query = oldest_first!(user_grants::table.select(GrantRow::as_select()), user_grants, scope, page);
    let rows: Vec<GrantRow> = query.load(conn)?;
    Ok(rows.into_iter().map(kept).collect())
}

/// Returns a grant over an area within the caller's scope.
pub(super) fn find_user_grant(conn: &mut AnyConnection, scope: &Scope, id: Id) -> Result<Option<KeptUserGrant>> {
    let row = user_grants::table.find(id).select(GrantRow::as_select()).get_result(conn).optional()?;
    Ok(row.map(kept).filter(|kept| scope.may_read(&kept.grant.area)))
}

/// Gives a user a role over an area.
///
/// # Errors
/// `already_granted` where the user has the role over the area.
pub(crate) fn insert_user_grant(tx: &mut Tx<'_>, new: &NewUserGrant) -> Result<Entry> {
    let (id, at, actor) = (new.id, tx.at(), tx.actor().to_owned());
    let ordinal = next_ordinal(tx, "user_grants")?;
    let needs_confirmation = new.role.needs_confirmation();
    let confirmed_by = (new.is_confirmed && needs_confirmation).then(|| actor.clone());
    let awaits_confirmation = needs_confirmation && confirmed_by.is_none();
    // A role whose last day is over gives way to a new one.
    let same = user_grants::table
        .filter(user_grants::user_id.eq(new.user).and(user_grants::role.eq(new.role)))
        .filter(user_grants::area_id.eq(new.area.as_str()))
        .filter(user_grants::to_on.lt(vietnam_day(at)));
    diesel::delete(same).execute(tx.conn())?;
    let result = diesel::insert_into(user_grants::table)
        .values((
            user_grants::id.eq(id),
            user_grants::user_id.eq(new.user),
            user_grants::role.eq(new.role),
            user_grants::area_id.eq(new.area.as_str()),
            user_grants::from_on.eq(new.from_on),
            user_grants::to_on.eq(new.to_on),
            user_grants::granted_by.eq(actor),
            user_grants::confirmed_by.eq(confirmed_by),
            user_grants::version.eq(1),
            user_grants::created_at.eq(at.naive_utc()),
            user_grants::stands_for_id.eq(new.stands_for),
            user_grants::ordinal.eq(ordinal),
        ))
        .execute(tx.conn());
    let columns = "user_grants.user_id, user_grants.role, user_grants.area_id";
    on_unique(result, "user_grants_once", columns, || Error::new(Code::AlreadyGranted))?;
    let payload = UserGrantCreated {
        id,
        user: new.user,
        role: new.role,
        area: new.area.clone(),
        from_on: Day::stored(new.from_on),
        to_on: new.to_on.map(Day::stored),
        awaits_confirmation,
        stands_for: new.stands_for,
    };
    Ok(Entry::of(&payload, subject(id), vietnam_day(at))?.in_area(&new.area))
}

pub(super) fn subject(id: Id) -> String {
    format!("/v1/user-grants/{id}")
}

/// Notes who confirmed a grant, at the version that was read.
///
/// # Errors
/// `stale_version` when there is another version by now.
pub(super) fn confirm(tx: &mut Tx<'_>, id: Id, version: i64) -> Result<()> {
    let actor = tx.actor().to_owned();
    let read = user_grants::table.filter(user_grants::id.eq(id).and(user_grants::version.eq(version)));
    let changed = diesel::update(read)
        .set((user_grants::confirmed_by.eq(Some(actor)), user_grants::version.eq(version + 1)))
        .execute(tx.conn());
    once(changed)
}

/// Takes a grant back with those of the user's deputies in it, which ends their tokens.
///
/// # Errors
/// `not_found` when somebody else was faster.
pub(super) fn delete_user_grant(tx: &mut Tx<'_>, kept: &KeptUserGrant) -> Result<Vec<Entry>> {
    let deleted = diesel::delete(user_grants::table.find(kept.id)).execute(tx.conn())?;
    if deleted == 0 {
        return Err(Error::new(Code::NotFound));
    }
    end_user_tokens(tx, kept.user)?;
    let mut entries = vec![revoked(tx, kept)?];
    // Who stood for the user in this role does so no more, also if the user gets it again.
    let stands_in = user_grants::table
        .filter(user_grants::stands_for_id.eq(Some(kept.user)))
        .filter(user_grants::role.eq(kept.grant.role).and(user_grants::area_id.eq(kept.grant.area.as_str())));
    let rows: Vec<GrantRow> = stands_in.select(GrantRow::as_select()).order(user_grants::ordinal).load(tx.conn())?;
    for deputy in rows.into_iter().map(self::kept) {
        diesel::delete(user_grants::table.find(deputy.id)).execute(tx.conn())?;
        end_user_tokens(tx, deputy.user)?;
        entries.push(revoked(tx, &deputy)?);
    }
    Ok(entries)
}

fn revoked(tx: &Tx<'_>, kept: &KeptUserGrant) -> Result<Entry> {
    let payload = UserGrantRevoked { id: kept.id, user: kept.user };
    Ok(Entry::of(&payload, subject(kept.id), vietnam_day(tx.at()))?.in_area(&kept.grant.area))
}

/// Takes all grants of a user who leaves back, and those of who stands for the user: the entry that the user left says so.
pub(crate) fn end_grants_of(tx: &mut Tx<'_>, user: Id) -> Result<()> {
    end_tokens_of_deputies(tx, user)?;
    let own_or_for = user_grants::user_id.eq(user).or(user_grants::stands_for_id.eq(Some(user)));
    diesel::delete(user_grants::table.filter(own_or_for)).execute(tx.conn())?;
    Ok(())
}

/// Demands that each province in force keeps an administrator without a user.
///
/// # Errors
/// `last_administrator` where nobody else is one.
pub(crate) fn keep_an_administrator_without(
    conn: &mut AnyConnection,
    territory: &Territory,
    at: DateTime<Utc>,
    user: Id,
) -> Result<()> {
    let held: Vec<Grant> = grants_of(conn, user)?.into_iter().map(|kept| kept.grant).collect();
    keep_an_administrator(conn, territory, at, Loser::User(user), &held)
}
