//! The headers that every answer has.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

/// Nothing that an answer of the API holds may be run, framed or sent anywhere by a browser.
const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// The reader of the API document runs its own scripts and calls this address only; the hash is that of the style in its
/// logo.
pub(super) const READER: &str = "default-src 'none'; script-src 'self'; \
    style-src 'self' 'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='; img-src 'self' data:; connect-src 'self'; \
    frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// The first page has a style and nothing else.
pub(super) const PAGE: &str =
    "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// A year, with all names below.
const STRICT_TRANSPORT: (&str, &str) = ("strict-transport-security", "max-age=31536000; includeSubDomains");

const ALWAYS: [(&str, &str); 5] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("x-frame-options", "DENY"),
    ("cross-origin-resource-policy", "same-origin"),
    // A window that another site opened knows nothing of ours. Redirects have it too, so that our own windows find each other.
    ("cross-origin-opener-policy", "same-origin"),
];

fn put(headers: &mut HeaderMap, (name, value): (&'static str, &'static str)) {
    headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
}

/// Adds what every answer has. What says nothing of being kept is kept nowhere. A browser is told to come by https
/// only where it did: on the loopback there is nothing else than http.
pub(super) fn add_security_headers(headers: &mut HeaderMap, is_https: bool) {
    ALWAYS.into_iter().for_each(|one| put(headers, one));
    for (name, value) in [("content-security-policy", NOTHING), ("cache-control", "no-store")] {
        if !headers.contains_key(name) {
            put(headers, (name, value));
        }
    }
    if is_https {
        put(headers, STRICT_TRANSPORT);
    }
}
