//! The browser: its cookies, where its forms come from, and the session it is in.

use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use shared::http::{is_https, remote_network};
use shared::storage::Act;
use shared::{Id, Result};

use super::pages::{Message, Words, page};
use crate::secrets::hash_of;
use crate::sessions::{Session, find_browser_session, note_use};
use crate::state::State;

/// How long what a browser calls itself is kept, in characters.
const DEVICE_CHARACTERS_MAX: usize = 80;

/// What a request tells of the browser.
#[derive(Debug, Clone)]
pub(crate) struct Browser {
    /// Whether it came by https. On the loopback there is plain http, where a cookie cannot be bound to https.
    is_https: bool,
    /// The network address, as guesses are counted.
    pub address: String,
    /// What it calls itself.
    pub device: String,
    session: Option<String>,
    trip: Option<String>,
    known: Option<String>,
}

impl Browser {
    pub(crate) fn of(request: &HttpRequest) -> Self {
        // Where the public address is https, the browser is there, whatever a proxy says of itself.
        let state = request.app_data::<web::Data<State>>();
        let is_https = is_https(request) || state.is_some_and(|state| state.issuer.starts_with("https://"));
        let cookie = |name: &str| request.cookie(&named(name, is_https)).map(|cookie| cookie.value().to_owned());
        let agent = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Self {
            is_https,
            address: remote_network(request),
            device: device_name(agent).chars().filter(|one| !one.is_control()).take(DEVICE_CHARACTERS_MAX).collect(),
            session: cookie("session"),
            trip: cookie("provider"),
            known: cookie("known"),
        }
    }

    /// The hash of the session's cookie.
    pub(crate) fn session_hash(&self) -> Option<Vec<u8>> {
        self.session.as_deref().map(hash_of)
    }

    /// The mark of a browser in which somebody signed in before.
    pub(crate) fn known(&self) -> Option<&str> {
        self.known.as_deref()
    }

    fn cookie(&self, name: &str, value: &str) -> Cookie<'static> {
        Cookie::build(named(name, self.is_https), value.to_owned())
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.is_https)
            .finish()
    }

    /// The cookie of a session: it ends with the browser.
    pub(crate) fn session_cookie(&self, secret: &str) -> Cookie<'static> {
        self.cookie("session", secret)
    }

    /// The cookie that tells that somebody signed in here before: a year.
    pub(crate) fn known_cookie(&self, mark: &str) -> Cookie<'static> {
        let mut cookie = self.cookie("known", mark);
        cookie.set_max_age(actix_web::cookie::time::Duration::days(365));
        cookie
    }

    /// What the browser kept while it was at the provider.
    pub(crate) fn trip(&self) -> Option<&str> {
        self.trip.as_deref()
    }

    /// The cookie of a browser that is sent to the provider: ten minutes.
    pub(crate) fn trip_cookie(&self, trip: &str) -> Cookie<'static> {
        let mut cookie = self.cookie("provider", trip);
        cookie.set_max_age(actix_web::cookie::time::Duration::minutes(10));
        cookie
    }

    /// Forgets that cookie.
    pub(crate) fn no_trip_cookie(&self) -> Cookie<'static> {
        let mut cookie = self.cookie("provider", "");
        cookie.set_max_age(actix_web::cookie::time::Duration::ZERO);
        cookie
    }

    /// Forgets the session's cookie.
    pub(crate) fn no_session_cookie(&self) -> Cookie<'static> {
        let mut cookie = self.cookie("session", "");
        cookie.set_max_age(actix_web::cookie::time::Duration::ZERO);
        cookie
    }
}

/// A browser as people name it, from what it calls itself; what is none of the usual ones stays as it is.
fn device_name(agent: &str) -> String {
    // What comes first wins: most browsers name others too.
    const BROWSERS: [(&str, &str); 6] = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("coc_coc", "Cốc Cốc"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 7] = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];
    let named = |all: &[(&str, &'static str)]| all.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    match (named(&BROWSERS), named(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser}, {system}"),
        _ => agent.to_owned(),
    }
}

/// Behind https a browser takes the cookie from no other host and no plain wire.
fn named(name: &str, is_https: bool) -> String {
    if is_https { format!("__Host-{name}") } else { name.to_owned() }
}

/// Refuses a form that comes from another page than ours: the page to be shown instead, if so.
pub(crate) fn check_origin(request: &HttpRequest, issuer: &str) -> Option<HttpResponse> {
    let sent = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let is_ours = match (sent("sec-fetch-site"), sent("origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => is_own_origin(request, issuer, origin),
        // Browsers of the last years send one of the two with each form; a program has no cookie that it did not get itself.
        (None, None) => true,
    };
    if is_ours {
        return None;
    }
    let words = Words::of(request);
    let message = Message {
        w: words,
        title: words.say("Yêu cầu bị từ chối", "The request was refused"),
        text: words.say("Biểu mẫu được gửi từ một trang khác.", "The form was sent from another page."),
        link: Some(("/account", words.say("Đến trang tài khoản", "To your account"))),
    };
    Some(
        page(&message).map_or_else(
            |_| HttpResponse::Forbidden().finish(),
            |html| html.status(StatusCode::FORBIDDEN).answer(words),
        ),
    )
}

fn is_own_origin(request: &HttpRequest, issuer: &str, origin: &str) -> bool {
    let host = request.headers().get(header::HOST).and_then(|value| value.to_str().ok());
    let of_host = host.map(|host| format!("{}://{host}", if is_https(request) { "https" } else { "http" }));
    let of_issuer = url::Url::parse(issuer).map(|url| url.origin().ascii_serialization());
    Some(origin) == of_host.as_deref() || of_issuer.is_ok_and(|own| own == origin)
}

/// Returns the session that a browser is in, and notes that it is used. One in which the second factor is still to come is
/// returned too: `signed_in_at` tells.
pub(crate) async fn find_session(state: &State, browser: &Browser) -> Result<Option<Session>> {
    const NOTED_EVERY_SECONDS: i64 = 60;
    let Some(hash) = browser.session_hash() else { return Ok(None) };
    let at = state.clock.now();
    let found = state.db.look_up(move |conn| find_browser_session(conn, &hash, at)).await?;
    if let Some(session) = &found
        && (at - session.used_at).num_seconds() >= NOTED_EVERY_SECONDS
    {
        let (id, act) = (session.id, act_of(session.user, at));
        state.db.note(act, move |tx| note_use(tx, id)).await?;
    }
    Ok(found)
}

pub(super) fn act_of(user: Id, at: chrono::DateTime<chrono::Utc>) -> Act {
    Act { actor: format!("user:{user}"), at, batch: None }
}

/// Where a person may be sent after signing in: paths of ours that lead on to an app, or to the account.
pub(super) fn checked_return(asked: Option<&str>) -> String {
    const ACCOUNT: &str = "/account";
    let asked = asked.unwrap_or(ACCOUNT);
    let is_ours = asked.starts_with("/v1/oauth/authorize?")
        || [ACCOUNT, "/account/password", super::factor::NEW_FACTOR].contains(&asked);
    let is_plain = asked.len() <= 4000 && asked.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_ours && is_plain { asked.to_owned() } else { ACCOUNT.to_owned() }
}

/// Sends a browser to sign in first, and back afterwards.
pub(crate) fn sign_in_first(return_to: &str) -> HttpResponse {
    let query: String =
        url::form_urlencoded::Serializer::new(String::new()).append_pair("return_to", return_to).finish();
    see_other(&format!("/account/sign-in?{query}"))
}

/// Leads on after a form, so that the form is not sent again.
pub(super) fn see_other(address: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, address))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_site() {
        for (asked, sent) in [
            (Some("/v1/oauth/authorize?client_id=x"), "/v1/oauth/authorize?client_id=x"),
            (Some("/account"), "/account"),
            (None, "/account"),
            (Some("//evil.vn"), "/account"),
            (Some("https://evil.vn/v1/oauth/authorize?"), "/account"),
            (Some("/\\evil.vn"), "/account"),
            (Some("/v1/oauth/authorize?x=\\"), "/account"),
            (Some("/v1/oauth/authorize?x=\r\nLocation:"), "/account"),
            (Some("javascript:alert(1)"), "/account"),
        ] {
            assert_eq!(checked_return(asked), sent, "{asked:?}");
        }
    }

    #[test]
    fn a_browser_is_named_as_people_name_it() {
        for (agent, name) in [
            ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0", "Chrome, Linux"),
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari, iPhone"),
            ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
            ("can-bo-app/1.2 (Android 15)", "can-bo-app/1.2 (Android 15)"),
            ("", ""),
        ] {
            assert_eq!(device_name(agent), name);
        }
    }
}
