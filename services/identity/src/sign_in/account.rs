//! The account page: roles, sessions, the password, signing out.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use shared::access::Grant;
use shared::access_records::looks_by_others;
use shared::clock::vietnam_day;
use shared::http::{Answer, SecurityEvent, note_security};
use shared::personal::Vault;
use shared::storage::AnyConnection;
use shared::{Id, Result};

use super::browser::{Browser, act_of, check_origin, find_session, see_other, sign_in_first};
use super::enter::{attempt_of, nobodys_act, second_step, still_proved, too_often};
use super::invitation::{NewPassword, fault_of, hint};
use super::pages::{Words, area_name, page};
use super::provider::passwords_are_off;
use crate::apps::find_app_in_use;
use crate::clients::find_label;
use crate::credentials::{Verified, count_recovery_codes};
use crate::sessions::{self, Session, find_signed_in, list_sessions_of};
use crate::state::State;
use crate::users::grants::{Held, list_deputies, list_held};
use crate::users::{Account, end_user_tokens, find_account, find_name, set_password, subject};

/// How many looks at the account are shown.
const LOOKS: i64 = 10;

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage<'a> {
    w: Words,
    name: &'a str,
    login: &'a str,
    roles: Vec<String>,
    deputies: Vec<String>,
    sessions: Vec<ShownSession>,
    has_second_factor: bool,
    has_passwords: bool,
    recovery_codes: i64,
    looks: Vec<ShownLook>,
}

/// A look of somebody else at the account.
struct ShownLook {
    at: String,
    who: String,
}

struct ShownSession {
    id: Id,
    name: String,
    signed_in: String,
    used: String,
    is_this: bool,
}

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage<'a> {
    w: Words,
    login: &'a str,
    hint: &'a str,
    fault: Option<String>,
}

/// Who is signed in; or the page that leads there.
async fn signed_in(
    state: &State,
    browser: &Browser,
    return_to: &str,
) -> Result<std::result::Result<(Session, Account), HttpResponse>> {
    let Some(session) = find_session(state, browser).await? else { return Ok(Err(sign_in_first(return_to))) };
    if session.signed_in_at.is_none() {
        return Ok(Err(see_other(&second_step(return_to))));
    }
    let (vault, user) = (state.vault.clone(), session.user);
    let account = state.db.read(move |conn| find_account(conn, &vault, user)).await?;
    Ok(account.map(|account| (session, account)).ok_or_else(|| sign_in_first(return_to)))
}

/// Shows the account.
pub(super) async fn show(request: HttpRequest, state: web::Data<State>) -> Answer<HttpResponse> {
    let (words, browser) = (Words::of(&request), Browser::of(&request));
    let (session, account) = match signed_in(&state, &browser, "/account").await? {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let (user, this, at) = (account.id, session.id, state.clock.now());
    let territory = state.territory.get();
    let (today, vault, program) = (vietnam_day(at), state.vault.clone(), words.say("chương trình", "the program"));
    let (roles, deputies, sessions, recovery_codes, looks) = state
        .db
        .read(move |conn| {
            let mut roles = Vec::new();
            for held in list_held(conn, user, today)? {
                let whom = held.stands_for.map(|whom| find_name(conn, &vault, whom)).transpose()?.flatten();
                roles.push((held, whom));
            }
            let mut deputies = Vec::new();
            for (deputy, held, awaits_confirmation) in list_deputies(conn, user, today)? {
                deputies.push((held, find_name(conn, &vault, deputy)?.unwrap_or_default(), awaits_confirmation));
            }
            let mut shown = Vec::new();
            for session in list_sessions_of(conn, user, at)? {
                let app = session.app.map(|app| find_app_in_use(conn, app)).transpose()?.flatten();
                shown.push((session, app.map(|app| app.label)));
            }
            let mut looks = Vec::new();
            for look in looks_by_others(conn, &vault, &subject(user), &format!("user:{user}"), LOOKS)? {
                looks.push((look.accessed_at, name_of(conn, &vault, &look.actor, program)?));
            }
            Ok((roles, deputies, shown, count_recovery_codes(conn, user)?, looks))
        })
        .await?;
    let role = |held: &Held| {
        let Grant { role, area } = &held.grant;
        let area = area_name(&territory, area);
        let until = held.to_on.map(|to_on| format!(", {} {}", words.say("đến hết ngày", "until"), words.day(to_on)));
        format!("{}: {area}{}", words.role(*role), until.unwrap_or_default())
    };
    let deputy = |(held, name, awaits_confirmation): &(Held, String, bool)| {
        let awaited = words.say(" (chờ xác nhận)", " (not confirmed yet)");
        format!("{name} – {}{}", role(held), if *awaits_confirmation { awaited } else { "" })
    };
    let own_role = |(held, whom): &(Held, Option<String>)| match whom {
        Some(whom) => format!("{} ({} {whom})", role(held), words.say("thay cho", "standing for")),
        None => role(held),
    };
    let shown = |(session, app): (Session, Option<String>)| ShownSession {
        id: session.id,
        name: app.map_or_else(|| session.device.clone(), |app| format!("{app} ({})", session.device)),
        signed_in: session.signed_in_at.map_or_else(String::new, |at| words.instant(at)),
        used: words.instant(session.used_at),
        is_this: session.id == this,
    };
    let shown = AccountPage {
        w: words,
        name: &account.name,
        login: &account.login,
        roles: roles.iter().map(own_role).collect(),
        deputies: deputies.iter().map(deputy).collect(),
        sessions: sessions.into_iter().map(shown).collect(),
        has_second_factor: account.totp_secret.is_some(),
        has_passwords: state.provider.get().is_none(),
        recovery_codes,
        looks: looks.into_iter().map(|(at, who)| ShownLook { at: words.instant(at.get()), who }).collect(),
    };
    Ok(page(&shown)?.answer(words))
}

/// What somebody who acted is called: the name of a user, the label of a client, else as the records name them.
fn name_of(conn: &mut AnyConnection, vault: &Vault, actor: &str, program: &str) -> Result<String> {
    let id_after = |prefix: &str| actor.strip_prefix(prefix).and_then(|id| id.parse::<Id>().ok());
    let found = match (id_after("user:"), id_after("client:")) {
        (Some(user), _) => find_name(conn, vault, user)?,
        // Whoever registers a program may label it like a person.
        (None, Some(client)) => find_label(conn, client)?.map(|label| format!("{program} “{label}”")),
        (None, None) => None,
    };
    Ok(found.unwrap_or_else(|| actor.to_owned()))
}

/// Signs out: the browser's session ends. Sessions in apps go on; each can be ended on the account page.
pub(super) async fn sign_out(request: HttpRequest, state: web::Data<State>) -> Answer<HttpResponse> {
    if let Some(refused) = check_origin(&request, &state.issuer) {
        return Ok(refused);
    }
    let browser = Browser::of(&request);
    if let Some(session) = find_session(&state, &browser).await? {
        let (id, act) = (session.id, act_of(session.user, state.clock.now()));
        state.db.note(act, move |tx| sessions::end_session(tx, id)).await?;
        note_security(&request, SecurityEvent::SessionEnded);
    }
    let mut answer = see_other("/account/sign-in?signed_out=1");
    answer.add_cookie(&browser.no_session_cookie()).map_err(shared::Error::internal)?;
    answer.headers_mut().insert(
        actix_web::http::header::HeaderName::from_static("clear-site-data"),
        actix_web::http::header::HeaderValue::from_static("\"cache\""),
    );
    Ok(answer)
}

/// Ends another session of the same person: a lost phone, a browser elsewhere.
pub(super) async fn end_session(
    request: HttpRequest,
    id: web::Path<Id>,
    state: web::Data<State>,
) -> Answer<HttpResponse> {
    if let Some(refused) = check_origin(&request, &state.issuer) {
        return Ok(refused);
    }
    let (session, account) = match signed_in(&state, &Browser::of(&request), "/account").await? {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let (id, user, at) = (*id, account.id, state.clock.now());
    let is_ended = state
        .db
        .note(act_of(user, at), move |tx| {
            let is_own = list_sessions_of(tx.conn(), user, at)?.iter().any(|one| one.id == id && id != session.id);
            if is_own { sessions::end_session(tx, id) } else { Ok(false) }
        })
        .await?;
    if is_ended {
        note_security(&request, SecurityEvent::SessionEnded);
    }
    Ok(see_other("/account"))
}

#[derive(Deserialize)]
pub(super) struct ChangePassword {
    previous: String,
    password: String,
    repeated: String,
}

/// Shows the form for another password.
pub(super) async fn show_password(request: HttpRequest, state: web::Data<State>) -> Answer<HttpResponse> {
    let words = Words::of(&request);
    if let Some(refused) = passwords_are_off(&state, words) {
        return refused;
    }
    match signed_in(&state, &Browser::of(&request), "/account/password").await? {
        Ok((_, account)) => {
            let hint = hint(words, account.totp_secret.is_some());
            Ok(page(&PasswordPage { w: words, login: &account.login, hint: &hint, fault: None })?.answer(words))
        }
        Err(elsewhere) => Ok(elsewhere),
    }
}

/// Changes the password, and ends all other sessions.
pub(super) async fn change_password(
    request: HttpRequest,
    form: web::Form<ChangePassword>,
    state: web::Data<State>,
) -> Answer<HttpResponse> {
    if let Some(refused) = check_origin(&request, &state.issuer) {
        return Ok(refused);
    }
    let (words, browser) = (Words::of(&request), Browser::of(&request));
    if let Some(refused) = passwords_are_off(&state, words) {
        return refused;
    }
    let (session, account) = match signed_in(&state, &browser, "/account/password").await? {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let ChangePassword { previous, password, repeated } = form.into_inner();
    let has_factor = account.totp_secret.is_some();
    let refused = |fault: String, status: StatusCode| -> Answer<HttpResponse> {
        let hint = hint(words, has_factor);
        let shown = PasswordPage { w: words, login: &account.login, hint: &hint, fault: Some(fault) };
        Ok(page(&shown)?.status(status).answer(words))
    };
    let (attempt, at) = (attempt_of(&state, &browser, &account.login, Some(account.id))?, state.clock.now());
    let tried = match state.db.note(nobodys_act(at), move |tx| attempt.begin(tx)).await? {
        Ok(tried) => tried,
        Err(seconds) => return refused(too_often(words, seconds), StatusCode::TOO_MANY_REQUESTS),
    };
    if state.passwords.verify(previous, account.password_hash.clone()).await? == Verified::Wrong {
        note_security(&request, SecurityEvent::SignInRefused);
        let fault = words.say("Mật khẩu đang dùng không đúng.", "Your present password is wrong.");
        return refused(fault.to_owned(), StatusCode::UNPROCESSABLE_ENTITY);
    }
    if let Some(fault) = fault_of(words, &account, &NewPassword { password: password.clone(), repeated }, has_factor) {
        return refused(fault, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let hash = state.passwords.hash(password).await?;
    let (user, this, vault, proved) = (account.id, session, state.vault.clone(), account.password_hash.clone());
    let is_changed = state
        .db
        .note(act_of(user, at), move |tx| {
            // Meanwhile somebody may have set a password by a link, which ended this session.
            sessions::begin_or_end_alone(tx)?;
            let is_signed_in = find_signed_in(tx.conn(), this.id, at)?.is_some();
            if !is_signed_in || still_proved(tx.conn(), &vault, user, proved.as_deref())?.is_none() {
                return Ok(false);
            }
            tried.succeed(tx)?;
            set_password(tx, user, &hash)?;
            sessions::end_other_sessions_of(tx, user, this.id)?;
            end_user_tokens(tx, user)?;
            Ok(true)
        })
        .await?;
    if !is_changed {
        return Ok(sign_in_first("/account/password"));
    }
    note_security(&request, SecurityEvent::FactorChanged);
    Ok(see_other("/account"))
}
