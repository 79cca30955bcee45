//! Users' grants over HTTP.

use actix_web::{HttpRequest, delete, get, post, web};
use serde::{Deserialize, Serialize};
use shared::access::{Grant, May, Role, needs};
use shared::clock::vietnam_day;
use shared::http::{Answer, Body, Command, Found, Page, PageQuery, Query, Reply, SecurityEvent, Tag};
use shared::journal::{Entries, Entry};
use shared::made_ids::{NamesIds, as_it_stands};
use shared::published::user::UserGrantConfirmed;
use shared::territory::AreaId;
use shared::validate::{Faults, Wrong};
use shared::{Code, Day, Error, Id, Moment};

use super::rules::{Days, check_confirmer};
use super::store::{self, KeptUserGrant, NewUserGrant, subject};
use crate::clients::holders_of;
use crate::state::State;
use crate::users::is_within;

/// A user's role over an area.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct UserGrant {
    /// The grant.
    id: Id,
    /// The user.
    user_id: Id,
    /// The role.
    role: Role,
    /// The area.
    area: AreaId,
    /// The first day on which it counts.
    from_on: Day,
    /// The last day on which it counts; null: no end.
    to_on: Option<Day>,
    /// Who made it: `user:`, `client:` or `service:` and an id.
    granted_by: String,
    /// The second administrator who confirmed it; null where none did, or the role needs none.
    confirmed_by: Option<String>,
    /// Whom the user stands for; null for a role of the user's own. It counts only while that person has the same role over the area.
    stands_for: Option<Id>,
    /// Whether it opens nothing yet, because its role reads people and no second administrator has confirmed it.
    awaits_confirmation: bool,
    /// When it was made.
    created_at: Moment,
    /// The entity tag of this version.
    etag: String,
}

impl From<KeptUserGrant> for UserGrant {
    fn from(kept: KeptUserGrant) -> Self {
        let awaits_confirmation = kept.awaits_confirmation();
        Self {
            id: kept.id,
            user_id: kept.user,
            role: kept.grant.role,
            area: kept.grant.area,
            from_on: Day::stored(kept.days.from_on),
            to_on: kept.days.to_on.map(Day::stored),
            granted_by: kept.granted_by,
            awaits_confirmation,
            confirmed_by: kept.confirmed_by,
            stands_for: kept.stands_for,
            created_at: kept.created_at.into(),
            etag: Tag::from(kept.version).quoted(),
        }
    }
}

/// Gives a user a role over an area.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"user_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f", "role": "officer",
    "area": "12004@2025-07-01", "to_on": "2027-12-31"}))]
pub(crate) struct CreateUserGrant {
    /// The id of the grant, where the caller makes it: a UUID of version 7, at most 60 days old.
    #[serde(default)]
    id: Option<Id>,
    /// The user.
    user_id: Id,
    /// The role.
    role: Role,
    /// The area.
    area: AreaId,
    /// The first day on which it counts, today or later; today if left out.
    from_on: Option<Day>,
    /// The last day on which it counts; no end if left out. Needed with `stands_for`.
    to_on: Option<Day>,
    /// Whom the user stands for, for a time: a deputy. That person has the same role over the same area, and not as a deputy; if
    /// that role ends earlier, this one does too.
    stands_for: Option<Id>,
}

impl NamesIds for CreateUserGrant {
    fn named_ids(&self) -> Vec<(&'static str, Option<Id>)> {
        vec![("/id", self.id)]
    }
}

/// Which grants.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListUserGrants {
    /// How many at most, 1-200; 50 if left out.
    limit: Option<i64>,
    /// The cursor of the page, from the page before.
    cursor: Option<String>,
}

/// Lists the users' grants over the caller's area, oldest first.
///
/// Needs `user.read`.
#[utoipa::path(tag = "users", params(ListUserGrants), responses((status = 200, body = Page<UserGrant>)))]
#[get("/v1/user-grants")]
pub(crate) async fn list_user_grants(
    may: May<needs::ReadUser>,
    query: Query<ListUserGrants>,
    state: web::Data<State>,
) -> Answer<Page<UserGrant>> {
    let (asked, mut faults) = query.parts();
    let page = PageQuery::<(i64, Id)>::parse(&mut faults, "user-grants", asked.limit, asked.cursor.as_deref())?;
    faults.finish()?;
    let (scope, asked) = (may.scope.clone(), page.clone());
    let kept = state.db.read(move |conn| store::list_user_grants(conn, &scope, &asked)).await?;
    Ok(page.page("user-grants", kept, |kept| (kept.ordinal, kept.id))?.map(UserGrant::from))
}

/// Returns one grant of a user.
///
/// Needs `user.read`.
#[utoipa::path(tag = "users", params(("id" = Id, Path, description = "The grant")),
    responses((status = 200, body = UserGrant)))]
#[get("/v1/user-grants/{id}")]
pub(crate) async fn find_user_grant(
    may: May<needs::ReadUser>,
    id: web::Path<Id>,
    state: web::Data<State>,
) -> Answer<Found<UserGrant>> {
    let (scope, id) = (may.scope.clone(), *id);
    let kept = state.db.look_up(move |conn| store::find_user_grant(conn, &scope, id)).await?;
    let kept = kept.ok_or_else(|| Error::new(Code::NotFound))?;
    Ok(Found::new(kept.version, kept.into()))
}

/// Gives a user a role over an area. A role that reads people (`member.read`) opens nothing before a second administrator has
/// confirmed the grant.
///
/// Needs `grant.write` over the area. Nobody gives a role to the own account.
#[utoipa::path(tag = "users", request_body = CreateUserGrant, responses((status = 201, body = UserGrant)))]
#[post("/v1/user-grants")]
pub(crate) async fn create_user_grant(
    may: May<needs::WriteGrant>,
    body: Body<CreateUserGrant>,
    command: Command,
    state: web::Data<State>,
    request: HttpRequest,
) -> Answer<Reply<UserGrant>> {
    let named = body.named_ids()?;
    let CreateUserGrant { id: new_id, user_id, role, area, from_on, to_on, stands_for } = body.value;
    if may.caller.user_id() == Some(user_id) {
        return Err(Error::new(Code::OwnAccount).into());
    }
    let mut faults = Faults::new();
    let days = Days::parse(&mut faults, from_on.map(Day::get), to_on.map(Day::get), may.today());
    if state.territory.get().find(&area).is_none() || !may.scope.may_write(&area) {
        faults.add("/area", Wrong::new(Code::UnknownArea));
    }
    if stands_for == Some(user_id) {
        faults.add("/stands_for", Wrong::new(Code::NothingToStandFor));
    }
    if stands_for.is_some() && days.to_on.is_none() {
        faults.add("/to_on", Wrong::new(Code::Required));
    }
    let Days { from_on, to_on } = days;
    let id = new_id.unwrap_or_default();
    let new = NewUserGrant { id, user: user_id, role, area, from_on, to_on, stands_for, is_confirmed: false };
    let (scope, caller) = (may.scope.clone(), may.caller.subject.clone());
    let reply = command
        .create(&state.db, &state.made_ids, &may, named, move |tx, known| {
            let mut entry = None;
            if known.is_none() {
                faults.finish()?;
                if holders_of(tx.conn(), &caller)?.contains(&format!("user:{user_id}")) {
                    return Err(Error::new(Code::OwnAccount));
                }
                if !is_within(tx.conn(), &scope, user_id)? {
                    return Err(Error::fault("/user_id", Code::NotFound));
                }
                if let Some(whom) = new.stands_for {
                    let grant = Grant { role: new.role, area: new.area.clone() };
                    let is_held =
                        is_within(tx.conn(), &scope, whom)? && store::has_itself(tx.conn(), whom, &grant, new.from_on)?;
                    if !is_held {
                        return Err(Error::fault("/stands_for", Code::NothingToStandFor));
                    }
                }
                entry = Some(store::insert_user_grant(tx, &new)?);
            }
            let made = store::find_user_grant(tx.conn(), &scope, known.unwrap_or(id))?;
            let (made, unchanged) = as_it_stands(made, |kept| Some(kept.grant.area.clone()))?;
            let reply = Reply::created(subject(made.id), made.version, made.into());
            Ok((reply, entry.map_or(unchanged, Entries::from)))
        })
        .await?;
    reply.note_security(&request, SecurityEvent::GrantCreated);
    Ok(reply)
}

/// Confirms, as a second administrator, that a user gets a role that reads people. It counts with the user's next token, at most
/// ten minutes later.
///
/// Needs `grant.write` over the area, and `If-Match`. Not for who made the grant, and not for who gets it.
#[utoipa::path(tag = "users", params(("id" = Id, Path, description = "The grant")),
    responses((status = 200, body = UserGrant)))]
#[post("/v1/user-grants/{id}/confirmations")]
pub(crate) async fn confirm_user_grant(
    may: May<needs::WriteGrant>,
    id: web::Path<Id>,
    command: Command,
    state: web::Data<State>,
    request: HttpRequest,
) -> Answer<Reply<UserGrant>> {
    let (id, at, scope, precondition) = (*id, may.at, may.scope.clone(), command.precondition());
    let caller = may.caller.subject.clone();
    let reply = command
        .run(&state.db, &may, &[0; 32], move |tx| {
            let kept = store::find_user_grant(tx.conn(), &scope, id)?.filter(|kept| scope.may_write(&kept.grant.area));
            let kept = kept.ok_or_else(|| Error::new(Code::NotFound))?;
            precondition.check(kept.version)?;
            // A program counts as everybody who may hold its secret.
            let confirmer = holders_of(tx.conn(), &caller)?;
            let granter = holders_of(tx.conn(), &kept.granted_by)?;
            check_confirmer(&confirmer, &granter, &format!("user:{}", kept.user))?;
            if !kept.awaits_confirmation() {
                return Err(Error::new(Code::GrantConfirmed));
            }
            store::confirm(tx, id, kept.version)?;
            let payload = UserGrantConfirmed { id, user: kept.user };
            let entry = Entry::of(&payload, subject(id), vietnam_day(at))?.in_area(&kept.grant.area);
            let kept = store::find_user_grant(tx.conn(), &scope, id)?.ok_or_else(|| Error::new(Code::NotFound))?;
            Ok((Reply::changed(kept.version, kept.into()), entry.into()))
        })
        .await?;
    reply.note_security(&request, SecurityEvent::GrantCreated);
    Ok(reply)
}

/// Takes a user's grant back, with those of the user's deputies in it: tokens that carry it are refused by every service within seconds.
///
/// Needs `grant.write` over its area, and `If-Match`. The last administrator of a province stays.
#[utoipa::path(tag = "users", params(("id" = Id, Path, description = "The grant")),
    responses((status = 204, description = "The grant is taken back")))]
#[delete("/v1/user-grants/{id}")]
pub(crate) async fn revoke_user_grant(
    may: May<needs::WriteGrant>,
    id: web::Path<Id>,
    command: Command,
    state: web::Data<State>,
    request: HttpRequest,
) -> Answer<Reply<()>> {
    let (id, at, scope, precondition) = (*id, may.at, may.scope.clone(), command.precondition());
    let territory = state.territory.get();
    let reply = command
        .run(&state.db, &may, &[0; 32], move |tx| {
            let kept = store::find_user_grant(tx.conn(), &scope, id)?.filter(|kept| scope.may_write(&kept.grant.area));
            let kept = kept.ok_or_else(|| Error::new(Code::NotFound))?;
            precondition.check(kept.version)?;
            if kept.grant.role == Role::Administrator {
                store::keep_an_administrator_without(tx.conn(), &territory, at, kept.user)?;
            }
            let entries = store::delete_user_grant(tx, &kept)?;
            Ok((Reply::done(), entries.into()))
        })
        .await?;
    reply.note_security(&request, SecurityEvent::GrantRevoked);
    Ok(reply)
}
