//! Signing in with login and password.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use shared::clock::vietnam_day;
use shared::http::{Answer, SecurityEvent, note_security};
use shared::personal::Vault;
use shared::storage::{Act, AnyConnection};
use shared::{Id, Result};

use super::browser::{Browser, act_of, check_origin, checked_return, see_other};
use super::pages::{Words, page};
use super::provider::{passwords_are_off, way_to_provider};
use crate::credentials::{Attempt, Tried, Verified};
use crate::secrets::new_secret;
use crate::sessions::{SignedIn, begin_browser_session, begin_or_end_alone, end_previous_session};
use crate::state::State;
use crate::users::grants::grants_in_force;
use crate::users::{Account, find_account, find_account_by_login, set_password};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    w: Words,
    login: &'a str,
    return_to: &'a str,
    is_signed_out: bool,
    fault: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    return_to: Option<String>,
    /// Whatever it is: the person has just signed out.
    signed_out: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct SignIn {
    login: String,
    password: String,
    return_to: Option<String>,
}

/// Shows the form.
pub(super) async fn show(
    request: HttpRequest,
    asked: web::Query<Asked>,
    state: web::Data<State>,
) -> Answer<HttpResponse> {
    let words = Words::of(&request);
    let return_to = checked_return(asked.return_to.as_deref());
    if let Some(provider) = state.provider.get() {
        return way_to_provider(provider, words, &return_to, None);
    }
    Ok(page(&SignInPage {
        w: words,
        login: "",
        return_to: &return_to,
        is_signed_out: asked.signed_out.is_some(),
        fault: None,
    })?
    .answer(words))
}

/// Verifies login and password, and begins a session.
pub(super) async fn enter(
    request: HttpRequest,
    form: web::Form<SignIn>,
    state: web::Data<State>,
) -> Answer<HttpResponse> {
    if let Some(refused) = check_origin(&request, &state.issuer) {
        return Ok(refused);
    }
    if let Some(refused) = passwords_are_off(&state, Words::of(&request)) {
        return refused;
    }
    let SignIn { login, password, return_to } = form.into_inner();
    let (browser, return_to) = (Browser::of(&request), checked_return(return_to.as_deref()));
    let words = Words::of(&request);
    let login: String = login.chars().take(60).collect();
    let refused = |fault: String, status: StatusCode| -> Answer<HttpResponse> {
        note_security(&request, SecurityEvent::SignInRefused);
        let shown =
            SignInPage { w: words, login: &login, return_to: &return_to, is_signed_out: false, fault: Some(fault) };
        Ok(page(&shown)?.status(status).answer(words))
    };
    let wrong = words.say("Tên đăng nhập hoặc mật khẩu không đúng.", "The login or the password is wrong.");
    let at = state.clock.now();
    let (vault, asked) = (state.vault.clone(), login.clone());
    let found = state.db.read(move |conn| find_account_by_login(conn, &vault, &asked)).await?;
    let account = found.filter(|account| !account.has_left);
    let attempt = attempt_of(&state, &browser, &login, account.as_ref().map(|account| account.id))?;
    let tried = match state.db.note(nobodys_act(at), move |tx| attempt.begin(tx)).await? {
        Ok(tried) => tried,
        Err(seconds) => return refused(too_often(words, seconds), StatusCode::TOO_MANY_REQUESTS),
    };
    let kept = account.as_ref().and_then(|account| account.password_hash.clone());
    let verified = state.passwords.verify(password, kept).await?;
    let (Some(account), Verified::Right | Verified::RightAndOld(_)) = (account, &verified) else {
        return refused(wrong.to_owned(), StatusCode::UNPROCESSABLE_ENTITY);
    };
    let Some(begun) = begin(&state, &browser, &account, verified, tried).await? else {
        // Another password was set while this one was verified.
        return refused(wrong.to_owned(), StatusCode::UNPROCESSABLE_ENTITY);
    };
    if begun.is_signed_in {
        note_security(&request, SecurityEvent::SignedIn);
    }
    let next = if begun.is_signed_in { return_to } else { second_step(&return_to) };
    let mut answer = see_other(&next);
    answer.add_cookie(&browser.session_cookie(&begun.secret)).map_err(shared::Error::internal)?;
    answer.add_cookie(&browser.known_cookie(&known_mark(&state, account.id)?)).map_err(shared::Error::internal)?;
    answer.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    Ok(answer)
}

/// What a wait says.
pub(super) fn too_often(words: Words, seconds: i64) -> String {
    match words.0 {
        shared::messages::Language::Vietnamese => format!("Đã thử sai nhiều lần. Đề nghị thử lại sau {seconds} giây."),
        shared::messages::Language::English => {
            format!("There were too many wrong tries. Try again in {seconds} seconds.")
        }
    }
}

pub(super) fn second_step(return_to: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("return_to", return_to).finish();
    format!("/account/second-factor?{query}")
}

/// Who tries has not proved anything.
pub(super) fn nobodys_act(at: DateTime<Utc>) -> Act {
    Act { actor: "service:identity".to_owned(), at, batch: None }
}

/// By whom the try is counted: a browser that is known counts for itself. `owner` is whose login it is.
pub(super) fn attempt_of(state: &State, browser: &Browser, login: &str, owner: Option<Id>) -> Result<Attempt> {
    let login = login.trim().to_lowercase();
    let known = known_to(state, browser);
    let account = match known {
        // Of one browser and one login, so that it helps nobody to guess another's password.
        Some(id) => state.vault.blind_index("known sign-in", &format!("{id} {login}"))?,
        None => state.vault.blind_index("sign-in", &login)?,
    };
    let address = state.vault.blind_index("sign-in address", &browser.address)?;
    Ok(Attempt { account, address, is_known: known.is_some() && known == owner })
}

/// The person who signed in with a browser before.
pub(super) fn known_to(state: &State, browser: &Browser) -> Option<Id> {
    let mark = browser.known().filter(|mark| mark.len() <= 200)?;
    let id = mark.split_once('.')?.0.parse().ok()?;
    (known_mark(state, id).ok()? == mark).then_some(id)
}

/// The mark of a browser in which a person signed in: nobody else can make it.
fn known_mark(state: &State, user: Id) -> Result<String> {
    use base64::Engine;
    let mac = state.vault.blind_index("known browser", &user.to_string())?;
    Ok(format!("{user}.{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(mac)))
}

struct Begun {
    secret: String,
    is_signed_in: bool,
}

/// Begins a session; nothing where the password that was verified is the person's no more.
async fn begin(
    state: &State,
    browser: &Browser,
    account: &Account,
    verified: Verified,
    tried: Tried,
) -> Result<Option<Begun>> {
    let at = state.clock.now();
    let (user, device, vault) = (account.id, browser.device.clone(), state.vault.clone());
    let proved = account.password_hash.clone();
    let previous = browser.session_hash();
    let (secret, secret_hash) = new_secret();
    let is_signed_in = state
        .db
        .note(act_of(user, at), move |tx| {
            // Whoever sets another password ends sessions: none begins with the old one beside that.
            begin_or_end_alone(tx)?;
            let Some(account) = still_proved(tx.conn(), &vault, user, proved.as_deref())? else { return Ok(None) };
            if let Verified::RightAndOld(hash) = &verified {
                set_password(tx, user, hash)?;
            }
            end_previous_session(tx, previous.as_deref())?;
            tried.succeed(tx)?;
            let has_factor = account.totp_secret.is_some();
            let is_signed_in = !has_factor && !needs_second_factor(tx.conn(), user, at)?;
            let signed_in = SignedIn { at: is_signed_in.then_some(at), ..SignedIn::default() };
            begin_browser_session(tx, user, &secret_hash, &device, &signed_in)?;
            Ok(Some(is_signed_in))
        })
        .await?;
    Ok(is_signed_in.map(|is_signed_in| Begun { secret, is_signed_in }))
}

/// The account as it is now, if the password that was verified is still its own.
pub(super) fn still_proved(
    conn: &mut AnyConnection,
    vault: &Vault,
    user: Id,
    proved: Option<&str>,
) -> Result<Option<Account>> {
    let account = find_account(conn, vault, user)?;
    Ok(account.filter(|account| !account.has_left && account.password_hash.as_deref() == proved))
}

/// Says whether a person has a role today that needs a second factor.
pub(super) fn needs_second_factor(conn: &mut AnyConnection, user: Id, at: DateTime<Utc>) -> Result<bool> {
    let grants = grants_in_force(conn, user, vietnam_day(at))?;
    Ok(grants.iter().any(|grant| grant.role.needs_second_factor()))
}
