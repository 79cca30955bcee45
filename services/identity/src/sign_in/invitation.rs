//! Setting a password by the one-time link of an invitation.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use shared::http::{Answer, SecurityEvent, note_security};
use shared::messages::Language;

use super::browser::{Browser, act_of, check_origin, see_other};
use super::enter::{needs_second_factor, second_step};
use super::pages::{Message, Words, page};
use super::provider::{passwords_are_off, way_to_provider};
use crate::credentials::{CHARACTERS_MIN, CHARACTERS_MIN_WITH_FACTOR, check_password};
use crate::secrets::{hash_of, new_secret};
use crate::sessions::{SignedIn, begin_browser_session, end_sessions_of};
use crate::state::State;
use crate::users::{Account, accept_invitation, end_user_tokens, find_invited, set_password};

#[derive(Template)]
#[template(path = "invitation.html")]
struct InvitationPage<'a> {
    w: Words,
    login: &'a str,
    hint: &'a str,
    fault: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct NewPassword {
    pub password: String,
    pub repeated: String,
}

/// What is demanded of a new password.
pub(super) fn hint(words: Words, has_second_factor: bool) -> String {
    let min = if has_second_factor { CHARACTERS_MIN_WITH_FACTOR } else { CHARACTERS_MIN };
    match words.0 {
        Language::Vietnamese => format!(
            "Ít nhất {min} ký tự, khó đoán. Nên dùng vài từ không liên quan đến nhau; được dùng dấu cách, dấu tiếng Việt và dán từ \
             trình quản lý mật khẩu."
        ),
        Language::English => format!(
            "At least {min} characters that are hard to guess: some words that have nothing to do with one another. Spaces, accents \
             and pasting from a password manager are fine."
        ),
    }
}

/// What is wrong with a new password, in a sentence.
pub(super) fn fault_of(words: Words, account: &Account, new: &NewPassword, has_second_factor: bool) -> Option<String> {
    if new.password != new.repeated {
        return Some(words.say("Hai lần nhập không giống nhau.", "The two are not the same.").to_owned());
    }
    let personal = [account.login.as_str(), account.name.as_str(), "party building"];
    let wrong = check_password(&new.password, has_second_factor, &personal).err()?;
    Some(words.0.sentence(wrong.code, &wrong.params))
}

fn gone(words: Words) -> Answer<HttpResponse> {
    let message = Message {
        w: words,
        title: words.say("Liên kết không còn hiệu lực", "This link is not valid any more"),
        text: words.say(
            "Liên kết mời chỉ dùng được một lần, trong 72 giờ. Đề nghị quản trị viên gửi lời mời mới.",
            "An invitation can be used once, within 72 hours. Ask an administrator for a new one.",
        ),
        link: Some(("/account/sign-in", words.say("Đăng nhập", "Sign in"))),
    };
    Ok(page(&message)?.status(StatusCode::NOT_FOUND).answer(words))
}

/// Shows the form.
pub(super) async fn show(
    request: HttpRequest,
    token: web::Path<String>,
    state: web::Data<State>,
) -> Answer<HttpResponse> {
    let words = Words::of(&request);
    let Some(account) = find(&state, &token).await? else { return gone(words) };
    if let Some(provider) = state.provider.get() {
        return way_to_provider(provider, words, "/account", Some((&account.login, &token)));
    }
    let hint = hint(words, account.totp_secret.is_some());
    Ok(page(&InvitationPage { w: words, login: &account.login, hint: &hint, fault: None })?.answer(words))
}

async fn find(state: &State, token: &str) -> shared::Result<Option<Account>> {
    let (hash, vault, at) = (hash_of(token), state.vault.clone(), state.clock.now());
    let territory = state.territory.get();
    state.db.read(move |conn| find_invited(conn, &vault, &territory, &hash, at)).await
}

/// Sets the password, ends all sessions that there were, and begins one.
pub(super) async fn accept(
    request: HttpRequest,
    token: web::Path<String>,
    form: web::Form<NewPassword>,
    state: web::Data<State>,
) -> Answer<HttpResponse> {
    if let Some(refused) = check_origin(&request, &state.issuer) {
        return Ok(refused);
    }
    let (words, browser) = (Words::of(&request), Browser::of(&request));
    if let Some(refused) = passwords_are_off(&state, words) {
        return refused;
    }
    let Some(account) = find(&state, &token).await? else { return gone(words) };
    let (new, has_factor) = (form.into_inner(), account.totp_secret.is_some());
    if let Some(fault) = fault_of(words, &account, &new, has_factor) {
        let hint = hint(words, has_factor);
        let shown = InvitationPage { w: words, login: &account.login, hint: &hint, fault: Some(fault) };
        return Ok(page(&shown)?.status(StatusCode::UNPROCESSABLE_ENTITY).answer(words));
    }
    let password_hash = state.passwords.hash(new.password).await?;
    let at = state.clock.now();
    let (user, token_hash, device) = (account.id, hash_of(&token), browser.device.clone());
    let (secret, secret_hash) = new_secret();
    let (vault, territory) = (state.vault.clone(), state.territory.get());
    let is_signed_in = state
        .db
        .note(act_of(user, at), move |tx| {
            let is_invited = find_invited(tx.conn(), &vault, &territory, &token_hash, at)?.is_some();
            if !is_invited || !accept_invitation(tx, user, &token_hash)? {
                return Ok(None);
            }
            set_password(tx, user, &password_hash)?;
            end_sessions_of(tx, user)?;
            end_user_tokens(tx, user)?;
            let is_signed_in = !has_factor && !needs_second_factor(tx.conn(), user, at)?;
            let signed_in = SignedIn { at: is_signed_in.then_some(at), ..SignedIn::default() };
            begin_browser_session(tx, user, &secret_hash, &device, &signed_in)?;
            Ok(Some(is_signed_in))
        })
        .await?;
    let Some(is_signed_in) = is_signed_in else { return gone(words) };
    note_security(&request, SecurityEvent::FactorChanged);
    let next = if is_signed_in { "/account".to_owned() } else { second_step("/account") };
    let mut answer = see_other(&next);
    answer.add_cookie(&browser.session_cookie(&secret)).map_err(shared::Error::internal)?;
    Ok(answer)
}
