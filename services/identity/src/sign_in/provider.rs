//! Signing in with the provider: to it, back from it, and out because of it.
//!
//! Everything that binds the answer to the browser is derived from one secret in a cookie: state, nonce and code verifier. Nothing is
//! stored in between, so that any process may take the answer.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use shared::http::{Answer, SecurityEvent, note_security};
use shared::{Error, Result};
use subtle::ConstantTimeEq;

use super::browser::{Browser, check_origin, checked_return, see_other};
use super::enter::{needs_second_factor, nobodys_act, second_step};
use super::pages::{Message, Words, page};
use crate::proofs::take_once;
use crate::provider::{
    Binding, Bound, Known, Provider, bind, end_sessions_of_provider, find_bound, sid_index, subject_index,
};
use crate::secrets::{hash_of, new_secret};
use crate::sessions::{SignedIn, begin_browser_session, end_previous_session, end_sessions_of, parse_max_age};
use crate::state::State;
use crate::users::{accept_invitation, end_user_tokens, find_account, find_invited};

/// A cookie is at most 4 kB long.
const RETURN_BYTES_MAX: usize = 2500;

#[derive(Template)]
#[template(path = "provider.html")]
struct ProviderPage<'a> {
    w: Words,
    label: &'a str,
    login: Option<&'a str>,
    return_to: &'a str,
    invitation: Option<&'a str>,
}

/// The page that leads to the provider, where one is configured. With an invitation, `login` says whose.
pub(super) fn way_to_provider(
    provider: &Provider,
    words: Words,
    return_to: &str,
    invitation: Option<(&str, &str)>,
) -> Answer<HttpResponse> {
    let (login, token) = invitation.unzip();
    let shown = ProviderPage { w: words, label: &provider.settings.label, login, return_to, invitation: token };
    Ok(page(&shown)?.leading_to(&provider.origins()).answer(words))
}

/// What is answered to a password where the provider verifies them.
pub(super) fn passwords_are_off(state: &State, words: Words) -> Option<Answer<HttpResponse>> {
    let provider = state.provider.get()?;
    let text = match words.0 {
        shared::messages::Language::Vietnamese => {
            format!("Hệ thống này không dùng mật khẩu riêng. Hãy đăng nhập bằng {}.", provider.settings.label)
        }
        shared::messages::Language::English => {
            format!("This system has no passwords of its own. Sign in with {}.", provider.settings.label)
        }
    };
    let title = words.say("Không dùng mật khẩu", "No passwords here");
    Some(said(words, StatusCode::FORBIDDEN, title, &text))
}

fn said(words: Words, status: StatusCode, title: &str, text: &str) -> Answer<HttpResponse> {
    let link = Some(("/account/sign-in", words.say("Đến trang đăng nhập", "To the page for signing in")));
    Ok(page(&Message { w: words, title, text, link })?.status(status).answer(words))
}

fn refused(request: &HttpRequest, status: StatusCode, vietnamese: &str, english: &str) -> Answer<HttpResponse> {
    note_security(request, SecurityEvent::SignInRefused);
    let words = Words::of(request);
    said(words, status, words.say("Không đăng nhập được", "You are not signed in"), words.say(vietnamese, english))
}

/// What a browser keeps while it is at the provider.
struct Trip {
    secret: String,
    return_to: String,
    /// The token of an invitation that brought the person here.
    invitation: Option<String>,
}

impl Trip {
    fn new(return_to: String, invitation: Option<String>) -> Self {
        let return_to = if return_to.len() > RETURN_BYTES_MAX { checked_return(None) } else { return_to };
        Self { secret: new_secret().0, return_to, invitation }
    }

    fn written(&self) -> String {
        let encoded = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!(
            "{}.{}.{}",
            self.secret,
            encoded(&self.return_to),
            self.invitation.as_deref().map(encoded).unwrap_or_default()
        )
    }

    fn read(cookie: &str) -> Option<Self> {
        let decoded = |text: &str| String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok();
        let mut parts = cookie.split('.');
        let (secret, return_to, invitation) = (parts.next()?, decoded(parts.next()?)?, decoded(parts.next()?)?);
        let is_whole = parts.next().is_none() && secret.len() == 43;
        let invitation = Some(invitation).filter(|token| !token.is_empty());
        is_whole.then(|| Self { secret: secret.to_owned(), return_to: checked_return(Some(&return_to)), invitation })
    }

    fn derived(&self, state: &State, what: &str, of: &str) -> Result<String> {
        Ok(URL_SAFE_NO_PAD.encode(state.vault.blind_index(what, of)?))
    }

    fn state(&self, state: &State) -> Result<String> {
        self.derived(state, "provider state", &self.written())
    }

    fn nonce(&self, state: &State) -> Result<String> {
        self.derived(state, "provider nonce", &self.secret)
    }

    fn verifier(&self, state: &State) -> Result<String> {
        self.derived(state, "provider verifier", &self.secret)
    }

    /// How old the sign-in may be, where an app asked for that, or for a new one.
    fn max_age(&self) -> Option<i64> {
        const NEW_SECONDS: i64 = 60;
        let (_, query) = self.return_to.split_once('?')?;
        let value = |name: &str| {
            let mut pairs = url::form_urlencoded::parse(query.as_bytes());
            pairs.find(|(one, _)| one == name).map(|(_, value)| value.into_owned())
        };
        if value("prompt").is_some_and(|prompt| prompt.split(' ').any(|one| one == "login")) {
            return Some(NEW_SECONDS);
        }
        parse_max_age(&value("max_age")?)
    }
}

fn redirect_uri(state: &State) -> String {
    format!("{}/account/provider/callback", state.issuer)
}

#[derive(Deserialize)]
pub(super) struct Begin {
    return_to: Option<String>,
    invitation: Option<String>,
}

/// Sends the browser to the provider.
pub(super) async fn begin(
    request: HttpRequest,
    form: web::Form<Begin>,
    state: web::Data<State>,
) -> Answer<HttpResponse> {
    if let Some(refused) = check_origin(&request, &state.issuer) {
        return Ok(refused);
    }
    let Begin { return_to, invitation } = form.into_inner();
    let return_to = checked_return(return_to.as_deref());
    let Some(provider) = state.provider.get() else { return Ok(super::browser::sign_in_first(&return_to)) };
    let invitation = invitation.filter(|token| !token.is_empty() && token.len() <= 100);
    let trip = Trip::new(return_to, invitation);
    let (nonce, verifier) = (trip.nonce(&state)?, trip.verifier(&state)?);
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    let bound = Binding { nonce: &nonce, verifier: &verifier, max_age: trip.max_age() };
    let address = provider
        .sign_in_address(&redirect_uri(&state), &trip.state(&state)?, &challenge, &bound, state.clock.now())
        .await;
    let Ok(address) = address.inspect_err(|error| log::warn!("nobody can sign in with the provider: {error:?}")) else {
        return unreachable_provider(&request);
    };
    let mut answer = see_other(&address);
    answer.add_cookie(&Browser::of(&request).trip_cookie(&trip.written())).map_err(Error::internal)?;
    Ok(answer)
}

fn unreachable_provider(request: &HttpRequest) -> Answer<HttpResponse> {
    refused(
        request,
        StatusCode::SERVICE_UNAVAILABLE,
        "Nơi đăng nhập hiện không trả lời. Đề nghị thử lại sau ít phút.",
        "The place where you sign in does not answer at present. Try again in a few minutes.",
    )
}

/// Takes the browser back from the provider.
pub(super) async fn come_back(
    request: HttpRequest,
    query: std::result::Result<web::Query<Vec<(String, String)>>, actix_web::Error>,
    state: web::Data<State>,
) -> Answer<HttpResponse> {
    let browser = Browser::of(&request);
    let mut answer = judge_answer(&request, &browser, query, &state).await?;
    answer.add_cookie(&browser.no_trip_cookie()).map_err(Error::internal)?;
    Ok(answer)
}

async fn judge_answer(
    request: &HttpRequest,
    browser: &Browser,
    query: std::result::Result<web::Query<Vec<(String, String)>>, actix_web::Error>,
    state: &State,
) -> Answer<HttpResponse> {
    let other = || {
        refused(
            request,
            StatusCode::BAD_REQUEST,
            "Lần đăng nhập này không bắt đầu từ trình duyệt này, hoặc đã quá lâu. Đề nghị đăng nhập lại.",
            "This sign-in did not begin in this browser, or too long ago. Sign in again.",
        )
    };
    let pairs = query.map(web::Query::into_inner).unwrap_or_default();
    let sent = |name: &str| {
        let mut all = pairs.iter().filter(|(one, _)| one == name).map(|(_, value)| value.as_str());
        all.next().filter(|_| all.next().is_none())
    };
    let trip = browser.trip().and_then(Trip::read);
    let (Some(provider), Some(trip)) = (state.provider.get(), trip) else { return other() };
    let expected = trip.state(state)?;
    if !sent("state").is_some_and(|state| bool::from(state.as_bytes().ct_eq(expected.as_bytes()))) {
        return other();
    }
    let is_from = provider.is_from(sent("iss"), state.clock.now()).await;
    let Ok(is_from) = is_from else { return unreachable_provider(request) };
    let Some(code) = sent("code").filter(|_| is_from && sent("error").is_none()) else {
        return refused(
            request,
            StatusCode::FORBIDDEN,
            "Nơi đăng nhập không xác nhận lần đăng nhập này.",
            "The place where you sign in did not confirm this sign-in.",
        );
    };
    let (nonce, verifier) = (trip.nonce(state)?, trip.verifier(state)?);
    let bound = Binding { nonce: &nonce, verifier: &verifier, max_age: trip.max_age() };
    let known = provider.who_signed_in(code, &redirect_uri(state), &bound, state.clock.now()).await;
    let known = match known {
        Ok(Some(known)) => known,
        Ok(None) => {
            return refused(
                request,
                StatusCode::FORBIDDEN,
                "Hệ thống không nhận được xác nhận hợp lệ về lần đăng nhập này. Đề nghị thử lại, hoặc báo quản trị viên.",
                "What the place where you sign in says of this sign-in is not valid. Try again, or tell an administrator.",
            );
        }
        Err(error) => {
            log::warn!("nobody can sign in with the provider: {error:?}");
            return unreachable_provider(request);
        }
    };
    enter(request, browser, state, provider, &trip, known).await
}

/// What became of somebody who signed in with the provider.
enum Outcome {
    /// Nobody invited this person, or the person left.
    Unknown,
    /// An invitation was for another user than the one who this person is here.
    Taken,
    /// An invitation was for a user who is connected with another account of the provider.
    Elsewhere,
    In {
        secret: String,
        is_signed_in: bool,
    },
}

async fn enter(
    request: &HttpRequest,
    browser: &Browser,
    state: &State,
    provider: &Provider,
    trip: &Trip,
    known: Known,
) -> Answer<HttpResponse> {
    let issuer = &provider.settings.issuer;
    let subject = subject_index(&state.vault, issuer, &known.subject)?;
    let provider_sid = known.sid.as_deref().map(|sid| sid_index(&state.vault, issuer, sid)).transpose()?;
    let (vault, at, device) = (state.vault.clone(), state.clock.now(), browser.device.clone());
    let territory = state.territory.get();
    let (invitation, previous) = (trip.invitation.as_deref().map(hash_of), browser.session_hash());
    let outcome = state
        .db
        .note(nobodys_act(at), move |tx| {
            let invited = match &invitation {
                Some(hash) => find_invited(tx.conn(), &vault, &territory, hash, at)?,
                None => None,
            };
            if let (Some(hash), Some(invited)) = (&invitation, &invited) {
                match bind(tx, invited.id, &subject)? {
                    Bound::Here => {}
                    Bound::Taken => return Ok(Outcome::Taken),
                    Bound::Elsewhere => return Ok(Outcome::Elsewhere),
                }
                if !accept_invitation(tx, invited.id, hash)? {
                    return Err(Error::internal("an invitation was accepted at this moment"));
                }
                end_sessions_of(tx, invited.id)?;
                end_user_tokens(tx, invited.id)?;
            }
            let user = find_bound(tx.conn(), &subject)?;
            let account = user.map(|user| find_account(tx.conn(), &vault, user)).transpose()?.flatten();
            let Some(account) = account.filter(|account| !account.has_left) else { return Ok(Outcome::Unknown) };
            // A link does not stand in for the factor that the person has here.
            let must_prove = invited.is_some() && account.totp_secret.is_some();
            let is_signed_in = (known.has_second_factor && !must_prove)
                || (account.totp_secret.is_none() && !needs_second_factor(tx.conn(), account.id, at)?);
            end_previous_session(tx, previous.as_deref())?;
            let signed_in = SignedIn {
                at: is_signed_in.then_some(known.signed_in_at),
                provided_at: Some(known.signed_in_at),
                has_second_factor: known.has_second_factor && !must_prove,
                is_of_provider: true,
                provider_sid,
            };
            let (secret, secret_hash) = new_secret();
            begin_browser_session(tx, account.id, &secret_hash, &device, &signed_in)?;
            Ok(Outcome::In { secret, is_signed_in })
        })
        .await?;
    match outcome {
        Outcome::In { secret, is_signed_in } => {
            if is_signed_in {
                note_security(request, SecurityEvent::SignedIn);
            }
            let next = if is_signed_in { trip.return_to.clone() } else { second_step(&trip.return_to) };
            let mut answer = see_other(&next);
            answer.add_cookie(&browser.session_cookie(&secret)).map_err(Error::internal)?;
            Ok(answer)
        }
        Outcome::Unknown => refused(
            request,
            StatusCode::FORBIDDEN,
            "Tài khoản này chưa được mời sử dụng hệ thống, hoặc đã thôi sử dụng. Đề nghị liên hệ quản trị viên của đơn vị.",
            "This account is not invited to this system, or is not used any more. Ask an administrator of your area.",
        ),
        Outcome::Elsewhere => refused(
            request,
            StatusCode::CONFLICT,
            "Tên đăng nhập này đã gắn với một tài khoản khác ở nơi đăng nhập. Muốn gắn lại, hai quản trị viên phải gỡ xác thực bước \
             hai của người này trước.",
            "This login is connected with another account there. To connect it anew, two administrators first remove the person's \
             second factor.",
        ),
        Outcome::Taken => refused(
            request,
            StatusCode::CONFLICT,
            "Tài khoản này đã gắn với một tên đăng nhập khác. Đề nghị liên hệ quản trị viên của đơn vị.",
            "This account belongs to another login already. Ask an administrator of your area.",
        ),
    }
}

#[derive(Deserialize)]
pub(super) struct LogoutRequest {
    logout_token: String,
}

/// Takes the provider's word that somebody signed out there (OpenID Connect Back-Channel Logout): sessions here end too.
pub(super) async fn take_logout(
    request: HttpRequest,
    form: web::Form<LogoutRequest>,
    state: web::Data<State>,
) -> Answer<HttpResponse> {
    let answered =
        |status: StatusCode| HttpResponse::build(status).insert_header((header::CACHE_CONTROL, "no-store")).finish();
    let Some(provider) = state.provider.get() else { return Ok(answered(StatusCode::NOT_FOUND)) };
    let at = state.clock.now();
    let out = match provider.who_signed_out(&form.logout_token, at).await {
        Ok(Some(out)) => out,
        Ok(None) => return Ok(answered(StatusCode::BAD_REQUEST)),
        // The provider sends it again.
        Err(_) => return Ok(answered(StatusCode::SERVICE_UNAVAILABLE)),
    };
    let issuer = &provider.settings.issuer;
    let subject = out.subject.as_deref().map(|subject| subject_index(&state.vault, issuer, subject)).transpose()?;
    let sid = out.sid.as_deref().map(|sid| sid_index(&state.vault, issuer, sid)).transpose()?;
    let (proof, valid_until) = (format!("logout {issuer} {}", out.jti), out.valid_until);
    let ended = state
        .db
        .note(nobodys_act(at), move |tx| {
            // The same word, sent again, ends nothing that began in between.
            if !take_once(tx, &proof, valid_until)? {
                return Ok(0);
            }
            end_sessions_of_provider(tx, subject.as_deref(), sid.as_deref())
        })
        .await?;
    if ended > 0 {
        note_security(&request, SecurityEvent::SessionEnded);
    }
    Ok(answered(StatusCode::OK))
}
