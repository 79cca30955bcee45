//! Users over HTTP.

use actix_web::{HttpRequest, get, post, web};
use serde::{Deserialize, Serialize};
use shared::access::{May, Scope, needs};
use shared::access_records::{NewAccessRecord, looked_over};
use shared::clock::vietnam_day;
use shared::http::{
    Answer, Body, Command, Found, Page, PageQuery, Precondition, Query, Reply, SecurityEvent, Tag, note_security,
    remote_address,
};
use shared::journal::{Entries, Entry, Published};
use shared::made_ids::{NamesIds, as_it_stands};
use shared::personal::Vault;
use shared::published::user::{UserLeft, UserSessionsEnded};
use shared::storage::{AnyConnection, Tx};
use shared::territory::AreaId;
use shared::validate::{Faults, Wrong, person_name};
use shared::{Code, Error, Id, Moment, Result};

use super::commands::{self, Invitation, NewUser, subject};
use super::rules;
use super::store::{self, KeptUser, end_user_tokens};
use crate::provider::unbind;
use crate::sessions::end_sessions_of;
use crate::state::State;
use crate::users::grants::{check_reach, end_grants_of, keep_an_administrator_without};

/// A person who signs in.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct User {
    /// Its id: tokens, the journal and access records name the user by `user:` and this id.
    id: Id,
    /// The login.
    login: String,
    /// The person's name.
    name: String,
    /// The area that the user belongs to: its administrators look after the user. Roles are given by grants.
    area: AreaId,
    /// Whether the user has set a password.
    has_password: bool,
    /// Whether the user has a second factor: codes of an app.
    has_second_factor: bool,
    /// When an administrator last asked to remove the second factor; null where none did since it was set up. After 24 hours it must be asked
    /// again.
    removal_asked_at: Option<Moment>,
    /// Who asked: `user:` or `client:` and an id. A second administrator removes it within 24 hours.
    removal_asked_by: Option<String>,
    /// When the user left; null for who has not.
    left_at: Option<Moment>,
    /// When the user was made.
    created_at: Moment,
    /// When the user was last changed.
    updated_at: Moment,
    /// The entity tag of this version.
    etag: String,
}

impl From<KeptUser> for User {
    fn from(kept: KeptUser) -> Self {
        let KeptUser { id, login, name, area, has_password, has_second_factor, left_at, version, .. } = kept;
        let etag = Tag::from(version).quoted();
        let (created_at, updated_at) = (kept.created_at.into(), kept.updated_at.into());
        let (removal_asked_by, removal_asked_at) = kept.removal_asked.map(|(by, at)| (by, at.into())).unzip();
        Self {
            id,
            login,
            name,
            area,
            has_password,
            has_second_factor,
            removal_asked_at,
            removal_asked_by,
            left_at: left_at.map(Moment::from),
            created_at,
            updated_at,
            etag,
        }
    }
}

/// A user who was made.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct CreatedUser {
    /// The user.
    user: User,
    /// The one-time link: hand it to the person, and to nobody else. It is shown once and kept nowhere. Null where the same request
    /// with the same `id` made the user before.
    link: Option<String>,
    /// Until when the link is valid: 72 hours.
    link_valid_until: Option<Moment>,
}

/// A user with the link that the person needs to set a password.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct InvitedUser {
    /// The user.
    user: User,
    /// The one-time link: hand it to the person, and to nobody else. It is shown once and kept nowhere.
    link: String,
    /// Until when the link is valid: 72 hours.
    link_valid_until: Moment,
}

/// Makes a user.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"login": "an.nguyen", "name": "Nguyễn Văn An", "area": "33@2025-07-01"}))]
pub(crate) struct CreateUser {
    /// The id of the user, where the caller makes it: a UUID of version 7, at most 60 days old.
    #[serde(default)]
    id: Option<Id>,
    /// The login: 3 to 60 small letters without accents, digits, `.`, `-`, `_` and `@`. No two users have the same one.
    #[schema(min_length = 3, max_length = 60, example = "an.nguyen")]
    login: String,
    /// The person's name, at most 200 characters.
    #[schema(max_length = 200, example = "Nguyễn Văn An")]
    name: String,
    /// The area that the user belongs to.
    area: AreaId,
}

impl NamesIds for CreateUser {
    fn named_ids(&self) -> Vec<(&'static str, Option<Id>)> {
        vec![("/id", self.id)]
    }
}

/// Which users.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListUsers {
    /// How many at most, 1-200; 50 if left out.
    limit: Option<i64>,
    /// The cursor of the page, from the page before.
    cursor: Option<String>,
}

fn find(conn: &mut AnyConnection, vault: &Vault, scope: &Scope, id: Id) -> Result<KeptUser> {
    store::find_user(conn, vault, scope, id)?.ok_or_else(|| Error::new(Code::NotFound))
}

/// Lists the users of the caller's area, oldest first. Leaves one access record with the count.
///
/// Needs `user.read`.
#[utoipa::path(tag = "users", params(ListUsers), responses((status = 200, body = Page<User>)))]
#[get("/v1/users")]
pub(crate) async fn list_users(
    may: May<needs::ReadUser>,
    query: Query<ListUsers>,
    request: HttpRequest,
    state: web::Data<State>,
) -> Answer<Page<User>> {
    let (asked, mut faults) = query.parts();
    let page = PageQuery::<(i64, Id)>::parse(&mut faults, "users", asked.limit, asked.cursor.as_deref())?;
    faults.finish()?;
    let (scope, asked, vault) = (may.scope.clone(), page.clone(), state.vault.clone());
    let kept = state.db.read(move |conn| store::list_users(conn, &vault, &scope, &asked)).await?;
    let found = page.page("users", kept, |kept| (kept.ordinal, kept.id))?;
    let (count, area) =
        (i64::try_from(found.items.len()).unwrap_or(i64::MAX), looked_over(&may, &state.territory.get(), None));
    let seen = NewAccessRecord { count, area, remote_address: remote_address(&request), ..NewAccessRecord::of("list") };
    state.access.record(may.act(), seen).await?;
    Ok(found.map(User::from))
}

/// Returns one user. Leaves an access record, which the user sees on the account page.
///
/// Needs `user.read`.
#[utoipa::path(tag = "users", params(("id" = Id, Path, description = "The user")),
    responses((status = 200, body = User)))]
#[get("/v1/users/{id}")]
pub(crate) async fn find_user(
    may: May<needs::ReadUser>,
    id: web::Path<Id>,
    request: HttpRequest,
    state: web::Data<State>,
) -> Answer<Found<User>> {
    let (scope, id, vault) = (may.scope.clone(), *id, state.vault.clone());
    let kept = state.db.read(move |conn| find(conn, &vault, &scope, id)).await?;
    let (subject, area) = (Some(subject(id)), Some(kept.area.clone()));
    let (fields, remote_address) = (Some("all"), remote_address(&request));
    let seen = NewAccessRecord { subject, area, fields, remote_address, ..NewAccessRecord::of("read") };
    state.access.record(may.act(), seen).await?;
    Ok(Found::personal(kept.version, kept.into()))
}

/// Makes a user, and shows the link with which the person sets a password, once. The answer is never kept. The same request with
/// the same `id` is answered by the user as it stands, without the link: if that was lost, invite the user again.
///
/// Needs `user.write` over the area. A user has no role before a grant is made.
#[utoipa::path(tag = "users", request_body = CreateUser, responses((status = 201, body = CreatedUser)))]
#[post("/v1/users")]
pub(crate) async fn create_user(
    may: May<needs::WriteUser>,
    body: Body<CreateUser>,
    command: Command,
    state: web::Data<State>,
    request: HttpRequest,
) -> Answer<Reply<CreatedUser>> {
    let named = body.named_ids()?;
    let CreateUser { id: new_id, login, name, area } = body.value;
    let mut faults = Faults::new();
    let login = faults.take("/login", rules::login(&login));
    let name = faults.take("/name", person_name(&name));
    let is_known = state.territory.get().find(&area).is_some_and(|area| area.is_in_force(may.today()));
    if !is_known || !may.scope.may_write(&area) {
        faults.add("/area", Wrong::new(Code::UnknownArea));
    }
    let new = faults.finish_with(login.zip(name)).map(|(login, name)| NewUser { login, name, area });
    let scope = may.scope.clone();
    let (vault, issuer) = (state.vault.clone(), state.issuer.clone());
    let reply = command
        .keeping_no_answer()
        .create(&state.db, &state.made_ids, &may, named, move |tx, known| {
            let id = known.or(new_id).unwrap_or_default();
            let (mut entry, mut invitation) = (None, None);
            if known.is_none() {
                let new = new?;
                entry = Some(commands::create_user(tx, &vault, id, &new)?);
                // That a user is made says that there is a link.
                invitation = Some(commands::invite(tx, id, &new.area)?.0);
            }
            let kept = store::find_user(tx.conn(), &vault, &scope, id)?;
            let (kept, unchanged) = as_it_stands(kept, |user| Some(user.area.clone()))?;
            let link = invitation.as_ref().map(|invitation| link_of(&issuer, invitation));
            let link_valid_until = invitation.map(|invitation| invitation.valid_until.into());
            let version = kept.version;
            let created = CreatedUser { user: kept.into(), link, link_valid_until };
            Ok((Reply::created(subject(id), version, created), entry.map_or(unchanged, Entries::from)))
        })
        .await?;
    reply.note_security(&request, SecurityEvent::UserInvited);
    Ok(reply)
}

fn link_of(issuer: &str, invitation: &Invitation) -> String {
    format!("{issuer}/account/invitations/{}", invitation.token)
}

fn invited_reply(
    tx: &mut Tx<'_>,
    vault: &Vault,
    scope: &Scope,
    id: Id,
    issuer: &str,
    invitation: Invitation,
) -> Result<Reply<InvitedUser>> {
    let kept = find(tx.conn(), vault, scope, id)?;
    let link = link_of(issuer, &invitation);
    let version = kept.version;
    let invited = InvitedUser { user: kept.into(), link, link_valid_until: invitation.valid_until.into() };
    Ok(Reply::created(subject(id), version, invited))
}

/// Invites a user again: for who lost the link, or forgot the password. The link sets a new password and ends all sessions; a
/// second factor stays as it is. The answer is never kept.
///
/// Needs `user.write` over the user's area and over the areas of the user's roles, and `If-Match`. Not for the own account.
#[utoipa::path(tag = "users", params(("id" = Id, Path, description = "The user")),
    responses((status = 201, body = InvitedUser)))]
#[post("/v1/users/{id}/invitations")]
pub(crate) async fn invite_user(
    may: May<needs::WriteUser>,
    id: web::Path<Id>,
    command: Command,
    state: web::Data<State>,
    request: HttpRequest,
) -> Answer<Reply<InvitedUser>> {
    check_not_own(&may, *id)?;
    let (id, precondition, scope) = (*id, command.precondition(), may.scope.clone());
    let (vault, issuer) = (state.vault.clone(), state.issuer.clone());
    let reply = state
        .db
        .write(may.act(), move |tx| {
            let user = find_to_change(tx, &vault, &scope, id)?;
            precondition.check(user.version)?;
            if user.left_at.is_some() {
                return Err(Error::new(Code::UserLeft));
            }
            // Who has the link of a user may do what that user's roles permit.
            check_reach(tx.conn(), &scope, id)?;
            let (invitation, invited) = commands::invite(tx, id, &user.area)?;
            Ok((invited_reply(tx, &vault, &scope, id, &issuer, invitation)?, invited.into()))
        })
        .await?;
    note_security(&request, SecurityEvent::UserInvited);
    Ok(reply)
}

/// Ends all sessions of a user: a lost phone, a browser that was left open. Every service refuses the user's tokens within seconds.
///
/// Needs `user.write` over the user's area, and `If-Match`.
#[utoipa::path(tag = "users", params(("id" = Id, Path, description = "The user")),
    responses((status = 200, body = User)))]
#[post("/v1/users/{id}/session-endings")]
pub(crate) async fn end_user_sessions(
    may: May<needs::WriteUser>,
    id: web::Path<Id>,
    command: Command,
    state: web::Data<State>,
    request: HttpRequest,
) -> Answer<Reply<User>> {
    let change = move |tx: &mut Tx<'_>, user: &KeptUser, precondition: &Precondition| {
        precondition.check(user.version)?;
        end_sessions_of(tx, user.id)?;
        end_user_tokens(tx, user.id)?;
        Ok(entry_of(tx, user, &UserSessionsEnded { id: user.id })?.into())
    };
    let reply = change_user(&may, *id, command, &state, change).await?;
    reply.note_security(&request, SecurityEvent::SessionEnded);
    Ok(reply)
}

/// Refuses a change of the caller's own account.
pub(super) fn check_not_own(may: &May<needs::WriteUser>, id: Id) -> Result<()> {
    if may.caller.user_id() == Some(id) { Err(Error::new(Code::OwnAccount)) } else { Ok(()) }
}

/// Changes a user whom the caller may change, and answers with the user as it stands afterwards. `change` judges the user, checks the
/// version that the caller read, and writes.
pub(super) async fn change_user<F>(
    may: &May<needs::WriteUser>,
    id: Id,
    command: Command,
    state: &State,
    change: F,
) -> Result<Reply<User>>
where
    F: FnOnce(&mut Tx<'_>, &KeptUser, &Precondition) -> Result<Entries> + Send + 'static,
{
    let (scope, precondition, vault) = (may.scope.clone(), command.precondition(), state.vault.clone());
    let work = move |tx: &mut Tx<'_>| {
        let user = find_to_change(tx, &vault, &scope, id)?;
        let entries = change(tx, &user, &precondition)?;
        let user = find(tx.conn(), &vault, &scope, id)?;
        Ok((Reply::changed(user.version, User::from(user)).sealed_by(id), entries))
    };
    command.sealing(&state.vault).run(&state.db, may, &[0; 32], work).await
}

/// The entry of a change of a user.
pub(super) fn entry_of<P: Published>(tx: &Tx<'_>, user: &KeptUser, payload: &P) -> Result<Entry> {
    Ok(Entry::of(payload, subject(user.id), vietnam_day(tx.at()))?.in_area(&user.area))
}

fn find_to_change(tx: &mut Tx<'_>, vault: &Vault, scope: &Scope, id: Id) -> Result<KeptUser> {
    let user = find(tx.conn(), vault, scope, id)?;
    if scope.may_write(&user.area) { Ok(user) } else { Err(Error::new(Code::NotFound)) }
}

/// Notes that a user left: sessions and roles end, and every service refuses the user's tokens within seconds. The record stays,
/// because the journal names it.
///
/// Needs `user.write` over the user's area and over the areas of the user's roles, and `If-Match`. Nobody ends the own account. The last
/// administrator of a province stays.
#[utoipa::path(tag = "users", params(("id" = Id, Path, description = "The user")),
    responses((status = 200, body = User)))]
#[post("/v1/users/{id}/departures")]
pub(crate) async fn end_user(
    may: May<needs::WriteUser>,
    id: web::Path<Id>,
    command: Command,
    state: web::Data<State>,
    request: HttpRequest,
) -> Answer<Reply<User>> {
    check_not_own(&may, *id)?;
    let (territory, scope, at) = (state.territory.get(), may.scope.clone(), may.at);
    let change = move |tx: &mut Tx<'_>, user: &KeptUser, precondition: &Precondition| {
        precondition.check(user.version)?;
        if user.left_at.is_some() {
            return Err(Error::new(Code::UserLeft));
        }
        check_reach(tx.conn(), &scope, user.id)?;
        keep_an_administrator_without(tx.conn(), &territory, at, user.id)?;
        store::set_left(tx, user.id, user.version)?;
        end_sessions_of(tx, user.id)?;
        end_grants_of(tx, user.id)?;
        unbind(tx, user.id)?;
        Ok(entry_of(tx, user, &UserLeft { id: user.id })?.into())
    };
    let reply = change_user(&may, *id, command, &state, change).await?;
    reply.note_security(&request, SecurityEvent::UserLeft);
    Ok(reply)
}
