//! The second factor: proving it, and setting it up.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::Duration;
use serde::Deserialize;
use shared::Id;
use shared::access::RECENT_MINUTES;
use shared::http::{Answer, SecurityEvent, note_security};
use shared::storage::Tx;

use super::browser::{Browser, act_of, check_origin, checked_return, find_session, see_other, sign_in_first};
use super::enter::{known_to, too_often};
use super::pages::{Words, page};
use crate::credentials::{Attempt, Enrolment, new_recovery_codes, take_code, take_recovery_code};
use crate::secrets::new_secret;
use crate::sessions::{Session, begin_or_end_alone, complete_sign_in, end_other_sessions_of, find_browser_session};
use crate::state::State;
use crate::users::{Account, end_user_tokens, find_account, set_totp, withdraw_removal};

const FACTOR: &str = "/account/second-factor";
/// Where another second factor is set up.
pub(super) const NEW_FACTOR: &str = "/account/second-factor/new";

/// What an authenticator app shows beside the code.
const ISSUER: &str = "Party Building";

#[derive(Template)]
#[template(path = "second_factor.html")]
struct FactorPage<'a> {
    w: Words,
    return_to: &'a str,
    fault: Option<String>,
}

#[derive(Template)]
#[template(path = "enrolment.html")]
struct EnrolmentPage<'a> {
    w: Words,
    picture: &'a str,
    /// The key in groups of four, as people type it.
    secret: &'a str,
    /// Opens an authenticator app on the phone itself.
    address: &'a str,
    /// Where the form is sent.
    action: &'a str,
    /// Whether there was a factor before.
    is_new: bool,
    return_to: &'a str,
    fault: Option<String>,
}

#[derive(Template)]
#[template(path = "recovery_codes.html")]
struct RecoveryCodesPage<'a> {
    w: Words,
    codes: &'a [String],
    return_to: &'a str,
}

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    return_to: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Proof {
    code: String,
    return_to: Option<String>,
}

/// The session after the password, and whose it is; else nothing.
async fn found(state: &State, browser: &Browser) -> shared::Result<Option<(Session, Account)>> {
    let Some(session) = find_session(state, browser).await? else { return Ok(None) };
    let (vault, user) = (state.vault.clone(), session.user);
    let account = state.db.read(move |conn| find_account(conn, &vault, user)).await?;
    // Whoever finds a browser in which somebody signed in a while ago sets nothing up there.
    // Nor is a password of a while ago a recent sign-in.
    let begun_at = session.signed_in_at.unwrap_or(session.made_at);
    let is_old = state.clock.now() - begun_at > Duration::minutes(RECENT_MINUTES);
    Ok(account.filter(|_| !is_old).map(|account| (session, account)))
}

/// Asks for a code, or shows how to set the second factor up.
pub(super) async fn show(
    request: HttpRequest,
    asked: web::Query<Asked>,
    state: web::Data<State>,
) -> Answer<HttpResponse> {
    let (words, return_to) = (Words::of(&request), checked_return(asked.return_to.as_deref()));
    let Some((session, account)) = found(&state, &Browser::of(&request)).await? else {
        return Ok(sign_in_first(&return_to));
    };
    if session.has_second_factor {
        return Ok(see_other(&return_to));
    }
    shown(&state, words, &session, &account, &return_to, None, StatusCode::OK)
}

fn shown(
    state: &State,
    words: Words,
    session: &Session,
    account: &Account,
    return_to: &str,
    fault: Option<String>,
    status: StatusCode,
) -> Answer<HttpResponse> {
    if account.totp_secret.is_some() {
        return Ok(page(&FactorPage { w: words, return_to, fault })?.status(status).answer(words));
    }
    let enrolment = Enrolment::of(&state.vault, &session.id.to_string())?;
    enrol(words, &enrolment, account, (FACTOR, return_to), fault, status)
}

/// Shows a key to be set up.
fn enrol(
    words: Words,
    enrolment: &Enrolment,
    account: &Account,
    (action, return_to): (&str, &str),
    fault: Option<String>,
    status: StatusCode,
) -> Answer<HttpResponse> {
    let picture = enrolment.picture(ISSUER, &account.login)?;
    let letters: Vec<char> = enrolment.secret.chars().collect();
    let secret = letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ");
    let shown = EnrolmentPage {
        w: words,
        picture: &picture,
        secret: &secret,
        address: &enrolment.address(ISSUER, &account.login),
        action,
        is_new: action == NEW_FACTOR,
        return_to,
        fault,
    };
    Ok(page(&shown)?.status(status).answer(words))
}

/// The key that replaces another one: a new one for each session and for each key before it.
fn next_enrolment(state: &State, session: &Session, account: &Account) -> shared::Result<Enrolment> {
    let previous = account.totp_secret.as_deref().unwrap_or_default();
    Enrolment::of(&state.vault, &format!("{} {previous}", session.id))
}

/// Who signed in with two factors a moment ago, and may set up another second one.
async fn proved(state: &State, browser: &Browser) -> shared::Result<Option<(Session, Account)>> {
    Ok(found(state, browser).await?.filter(|(session, _)| session.has_second_factor && session.signed_in_at.is_some()))
}

/// Shows how to set the second factor up on another phone.
pub(super) async fn show_new(request: HttpRequest, state: web::Data<State>) -> Answer<HttpResponse> {
    let Some((session, account)) = proved(&state, &Browser::of(&request)).await? else {
        return Ok(sign_in_first(NEW_FACTOR));
    };
    let enrolment = next_enrolment(&state, &session, &account)?;
    enrol(Words::of(&request), &enrolment, &account, (NEW_FACTOR, "/account"), None, StatusCode::OK)
}

/// Replaces the second factor and the recovery codes, and ends all other sessions.
pub(super) async fn replace(
    request: HttpRequest,
    form: web::Form<Proof>,
    state: web::Data<State>,
) -> Answer<HttpResponse> {
    if let Some(refused) = check_origin(&request, &state.issuer) {
        return Ok(refused);
    }
    let (browser, words) = (Browser::of(&request), Words::of(&request));
    let Some((session, account)) = proved(&state, &browser).await? else { return Ok(sign_in_first(NEW_FACTOR)) };
    let code: String = form.into_inner().code.chars().take(60).collect();
    let (at, user, id) = (state.clock.now(), account.id, session.id);
    let attempt = attempt_of_factor(&state, &browser, user)?;
    let (enrolment, vault) = (next_enrolment(&state, &session, &account)?, state.vault.clone());
    let (kept, session_hash) = (enrolment.clone(), browser.session_hash());
    let outcome = state
        .db
        .note(act_of(user, at), move |tx| {
            if !still_lives(tx, session_hash.as_deref(), id)? {
                return Ok(Outcome::Gone);
            }
            let tried = match attempt.begin(tx)? {
                Ok(tried) => tried,
                Err(seconds) => return Ok(Outcome::Wait(seconds)),
            };
            let Some(step) = kept.prove(&code, at)? else { return Ok(Outcome::Wrong) };
            tried.succeed(tx)?;
            set_totp(tx, &vault, user, &kept.secret, step)?;
            let codes = new_recovery_codes(tx, user)?;
            end_other_sessions_of(tx, user, id)?;
            end_user_tokens(tx, user)?;
            Ok(Outcome::Right(String::new(), codes))
        })
        .await?;
    let refused = |fault: String, status: StatusCode| {
        note_security(&request, SecurityEvent::SignInRefused);
        enrol(words, &enrolment, &account, (NEW_FACTOR, "/account"), Some(fault), status)
    };
    match outcome {
        Outcome::Right(_, codes) => {
            note_security(&request, SecurityEvent::FactorChanged);
            Ok(page(&RecoveryCodesPage { w: words, codes: &codes, return_to: "/account" })?.answer(words))
        }
        Outcome::Gone => Ok(sign_in_first(NEW_FACTOR)),
        Outcome::Wrong => refused(wrong_code(words), StatusCode::UNPROCESSABLE_ENTITY),
        Outcome::Wait(seconds) => refused(too_often(words, seconds), StatusCode::TOO_MANY_REQUESTS),
    }
}

/// Guesses of codes are counted for the person, whatever browser they come from.
fn attempt_of_factor(state: &State, browser: &Browser, user: Id) -> shared::Result<Attempt> {
    Ok(Attempt {
        account: state.vault.blind_index("second factor of", &user.to_string())?,
        address: state.vault.blind_index("sign-in address", &browser.address)?,
        is_known: known_to(state, browser) == Some(user),
    })
}

fn wrong_code(words: Words) -> String {
    let text = words.say(
        "Mã không đúng hoặc đã được dùng. Mã đổi sau mỗi 30 giây.",
        "The code is wrong, or was used before. It changes every 30 seconds.",
    );
    text.to_owned()
}

/// Says whether the browser's session still lives; whoever ends sessions waits until this is over.
fn still_lives(tx: &mut Tx<'_>, session_hash: Option<&[u8]>, id: Id) -> shared::Result<bool> {
    begin_or_end_alone(tx)?;
    let at = tx.at();
    let Some(hash) = session_hash else { return Ok(false) };
    Ok(find_browser_session(tx.conn(), hash, at)?.is_some_and(|session| session.id == id))
}

/// What became of a code.
enum Outcome {
    /// The session ended meanwhile: somebody set another password, or left.
    Gone,
    Wrong,
    Wait(i64),
    /// It is right: the browser's new cookie, and the recovery codes of a factor that was set up.
    Right(String, Vec<String>),
}

/// Takes a code: of the app, or one of the recovery codes.
pub(super) async fn prove(
    request: HttpRequest,
    form: web::Form<Proof>,
    state: web::Data<State>,
) -> Answer<HttpResponse> {
    if let Some(refused) = check_origin(&request, &state.issuer) {
        return Ok(refused);
    }
    let (browser, words) = (Browser::of(&request), Words::of(&request));
    let Proof { code, return_to } = form.into_inner();
    let return_to = checked_return(return_to.as_deref());
    let Some((session, account)) = found(&state, &browser).await? else { return Ok(sign_in_first(&return_to)) };
    if session.has_second_factor {
        return Ok(see_other(&return_to));
    }
    let code: String = code.chars().take(60).collect();
    match judge(&state, &browser, &session, &account, code).await? {
        Outcome::Right(secret, codes) => {
            note_security(&request, SecurityEvent::SignedIn);
            let mut answer = if codes.is_empty() {
                see_other(&return_to)
            } else {
                note_security(&request, SecurityEvent::FactorChanged);
                page(&RecoveryCodesPage { w: words, codes: &codes, return_to: &return_to })?.answer(words)
            };
            answer.add_cookie(&browser.session_cookie(&secret)).map_err(shared::Error::internal)?;
            Ok(answer)
        }
        Outcome::Gone => Ok(sign_in_first(&return_to)),
        Outcome::Wrong => {
            note_security(&request, SecurityEvent::SignInRefused);
            let fault = Some(wrong_code(words));
            shown(&state, words, &session, &account, &return_to, fault, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Outcome::Wait(seconds) => {
            note_security(&request, SecurityEvent::SignInRefused);
            let fault = Some(too_often(words, seconds));
            shown(&state, words, &session, &account, &return_to, fault, StatusCode::TOO_MANY_REQUESTS)
        }
    }
}

async fn judge(
    state: &State,
    browser: &Browser,
    session: &Session,
    account: &Account,
    code: String,
) -> shared::Result<Outcome> {
    let at = state.clock.now();
    let attempt = attempt_of_factor(state, browser, account.id)?;
    let (user, id, vault) = (account.id, session.id, state.vault.clone());
    let (secret, secret_hash) = new_secret();
    let session_hash = browser.session_hash();
    state
        .db
        .note(act_of(user, at), move |tx| {
            if !still_lives(tx, session_hash.as_deref(), id)? {
                return Ok(Outcome::Gone);
            }
            let tried = match attempt.begin(tx)? {
                Ok(tried) => tried,
                Err(seconds) => return Ok(Outcome::Wait(seconds)),
            };
            // Tries of one person come one after the other from here on: another browser may just have set the factor up.
            let kept = find_account(tx.conn(), &vault, user)?.and_then(|account| account.totp_secret);
            let mut codes = Vec::new();
            let is_right = match &kept {
                Some(kept) => take_code(tx, user, kept, &code)? || take_recovery_code(tx, user, &code)?,
                None => {
                    let enrolment = Enrolment::of(&vault, &id.to_string())?;
                    match enrolment.prove(&code, at)? {
                        Some(step) => {
                            set_totp(tx, &vault, user, &enrolment.secret, step)?;
                            codes = new_recovery_codes(tx, user)?;
                            end_other_sessions_of(tx, user, id)?;
                            end_user_tokens(tx, user)?;
                            true
                        }
                        None => false,
                    }
                }
            };
            if !is_right {
                return Ok(Outcome::Wrong);
            }
            tried.succeed(tx)?;
            if kept.is_some() {
                withdraw_removal(tx, user)?;
            }
            complete_sign_in(tx, id, &secret_hash)?;
            Ok(Outcome::Right(secret, codes))
        })
        .await
}
