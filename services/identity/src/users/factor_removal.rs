//! Removing the second factor of a user who lost it, and the account at the provider: two administrators, within a day.

use actix_web::{HttpRequest, post, web};
use shared::access::{May, Scope, needs};
use shared::http::{Answer, Command, Precondition, Reply, SecurityEvent};
use shared::published::user::{UserFactorRemovalAsked, UserFactorRemoved};
use shared::storage::Tx;
use shared::{Code, Error, Id, Result};

use super::http::{User, change_user, check_not_own, entry_of};
use super::rules::check_removal;
use super::store::{self, KeptUser};
use crate::clients::holders_of;
use crate::provider::{is_bound, unbind};
use crate::sessions::end_sessions_of;
use crate::state::State;
use crate::users::grants::check_reach;

/// Demands that a second factor may be removed: not of a user who left, not of one with roles beyond the caller's reach.
fn check_factor(tx: &mut Tx<'_>, scope: &Scope, user: &KeptUser) -> Result<()> {
    if user.left_at.is_some() {
        return Err(Error::new(Code::UserLeft));
    }
    check_reach(tx.conn(), scope, user.id)?;
    // Where people sign in with a provider, the account there stands for the factor.
    let has_one = user.has_second_factor || is_bound(tx.conn(), user.id)?;
    if has_one { Ok(()) } else { Err(Error::new(Code::NoSecondFactor)) }
}

/// Asks to remove the second factor of a user who lost it, with the recovery codes too. Nothing changes before a second administrator
/// removes it, within 24 hours. Whoever asks again is the one who asked.
///
/// Needs `user.write` over the user's area and over the areas of the user's roles, and `If-Match`. Not for the own account.
#[utoipa::path(tag = "users", params(("id" = Id, Path, description = "The user")),
    responses((status = 200, body = User)))]
#[post("/v1/users/{id}/second-factor-removals")]
pub(crate) async fn ask_factor_removal(
    may: May<needs::WriteUser>,
    id: web::Path<Id>,
    command: Command,
    state: web::Data<State>,
    request: HttpRequest,
) -> Answer<Reply<User>> {
    check_not_own(&may, *id)?;
    let scope = may.scope.clone();
    let change = move |tx: &mut Tx<'_>, user: &KeptUser, precondition: &Precondition| {
        check_factor(tx, &scope, user)?;
        precondition.check(user.version)?;
        store::ask_removal(tx, user.id, user.version)?;
        Ok(entry_of(tx, user, &UserFactorRemovalAsked { id: user.id })?.into())
    };
    let reply = change_user(&may, *id, command, &state, change).await?;
    reply.note_security(&request, SecurityEvent::FactorChanged);
    Ok(reply)
}

/// Removes, as a second administrator, the second factor of a user, and disconnects the account at the provider where people sign in with
/// one: sessions end, and the next sign-in sets up another factor. The password
/// stays; invite the user again where it may be known to others.
///
/// Needs `user.write` over the user's area and over the areas of the user's roles, and `If-Match`. Not for who asked, and not for the own
/// account.
#[utoipa::path(tag = "users", params(("id" = Id, Path, description = "The user")),
    responses((status = 200, body = User)))]
#[post("/v1/users/{id}/second-factor-removals/confirmations")]
pub(crate) async fn remove_factor(
    may: May<needs::WriteUser>,
    id: web::Path<Id>,
    command: Command,
    state: web::Data<State>,
    request: HttpRequest,
) -> Answer<Reply<User>> {
    check_not_own(&may, *id)?;
    let (scope, remover) = (may.scope.clone(), may.caller.subject.clone());
    let change = move |tx: &mut Tx<'_>, user: &KeptUser, precondition: &Precondition| {
        check_factor(tx, &scope, user)?;
        precondition.check(user.version)?;
        // A program counts as everybody who may hold its secret.
        let asked = match &user.removal_asked {
            Some((asker, asked_at)) => Some((holders_of(tx.conn(), asker)?, *asked_at)),
            None => None,
        };
        let remover = holders_of(tx.conn(), &remover)?;
        if remover.contains(&format!("user:{}", user.id)) {
            return Err(Error::new(Code::OwnAccount));
        }
        check_removal(asked.as_ref(), &remover, tx.at())?;
        store::remove_totp(tx, user.id, user.version)?;
        unbind(tx, user.id)?;
        end_sessions_of(tx, user.id)?;
        Ok(entry_of(tx, user, &UserFactorRemoved { id: user.id })?.into())
    };
    let reply = change_user(&may, *id, command, &state, change).await?;
    reply.note_security(&request, SecurityEvent::FactorChanged);
    Ok(reply)
}
