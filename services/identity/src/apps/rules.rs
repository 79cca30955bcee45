//! Rules for apps: pure functions that accept or refuse a redirect address (RFC 8252, RFC 9700).

use shared::Code;
use shared::validate::{Parsed, Wrong};
use url::{Host, Url};

/// How long a redirect address may be, in characters.
const LENGTH_MAX: usize = 400;

/// An address to which an app is sent back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RedirectUri(Url);

impl RedirectUri {
    /// Parses an address that is to be registered: `https`, `http` on the loopback by its number, or a private scheme with a dot
    /// in its name. Neither fragment nor user nor password may stand in it.
    pub(crate) fn parse(text: &str) -> Parsed<Self> {
        let wrong = || Wrong::new(Code::RedirectUriRefused);
        if text.len() > LENGTH_MAX {
            return Err(Wrong::new(Code::TooLong).with("max", LENGTH_MAX));
        }
        let url = Url::parse(text).map_err(|_| wrong())?;
        let is_plain = url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
        let is_allowed = match url.scheme() {
            // The host stands in a policy of the page, which other characters would cut.
            "https" => url.host_str().is_some_and(is_plain_host),
            "http" => is_loopback(&url),
            scheme => scheme.contains('.'),
        };
        // What is written in another way than it is understood would be compared in another way too.
        if is_plain && is_allowed && (url.as_str() == text || is_bare_loopback(&url, text)) {
            Ok(Self(url))
        } else {
            Err(wrong())
        }
    }

    /// The address as it is kept.
    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Where a form that leads there may go: an origin, or a scheme.
    pub(crate) fn form_target(&self) -> String {
        match self.0.scheme() {
            "https" | "http" => self.0.origin().ascii_serialization(),
            scheme => format!("{scheme}:"),
        }
    }

    /// The address with parameters added to its query.
    pub(crate) fn with(&self, parameters: &[(&str, &str)]) -> String {
        let mut url = self.0.clone();
        url.query_pairs_mut().extend_pairs(parameters);
        url.to_string()
    }
}

fn is_plain_host(host: &str) -> bool {
    host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-[]:".contains(&byte))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        // `localhost` may be another machine's name (RFC 8252, 8.3).
        _ => false,
    }
}

/// `http://127.0.0.1` is understood with a slash behind.
fn is_bare_loopback(url: &Url, text: &str) -> bool {
    url.path() == "/" && url.as_str().strip_suffix('/') == Some(text)
}

/// Says whether an address is one of those that were registered. On the loopback the port may be another (RFC 8252, 7.3).
pub(crate) fn is_registered(registered: &[RedirectUri], asked: &RedirectUri) -> bool {
    registered.iter().any(|one| one == asked || (is_loopback(&asked.0) && without_port(one) == without_port(asked)))
}

fn without_port(uri: &RedirectUri) -> Option<Url> {
    let mut url = uri.0.clone();
    url.set_port(None).ok()?;
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> RedirectUri {
        RedirectUri::parse(text).expect("an address")
    }

    #[test]
    fn addresses_of_others_and_addresses_that_lead_elsewhere_are_refused() {
        for good in [
            "https://app.example.vn/done",
            "http://127.0.0.1/done",
            "http://127.0.0.1:8123/done",
            "http://[::1]:8123/done",
            "vn.example.app:/done",
            "https://app.example.vn/done?from=phone",
        ] {
            assert!(RedirectUri::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "http://app.example.vn/done",
            "http://localhost/done",
            "http://localhost.evil/done",
            "https://app.example.vn/done#part",
            "https://user@app.example.vn/done",
            "https://user:password@app.example.vn/done",
            "https://app.example.vn/a/../done",
            "https://evil.vn;sandbox/done",
            "https://*.example.vn/done",
            "https://a,b.vn/done",
            "https://APP.example.vn/done",
            "app:/done",
            "javascript:alert(1)",
            "data:text/html,x",
            "//app.example.vn/done",
            "/done",
            "",
        ] {
            assert!(RedirectUri::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_address_is_registered_as_it_stands_but_for_the_port_of_the_loopback() {
        let registered =
            [uri("https://app.example.vn/done"), uri("http://127.0.0.1/done"), uri("vn.example.app:/done")];
        for (asked, is_known) in [
            ("https://app.example.vn/done", true),
            ("https://app.example.vn/done/", false),
            ("https://app.example.vn/done?x=1", false),
            ("https://app.example.vn:8443/done", false),
            ("https://app.example.vn.evil.vn/done", false),
            ("http://127.0.0.1:41234/done", true),
            ("http://127.0.0.2:41234/done", false),
            ("http://[::1]:41234/done", false),
            ("vn.example.app:/done", true),
            ("vn.example.app:/else", false),
        ] {
            assert_eq!(is_registered(&registered, &uri(asked)), is_known, "{asked}");
        }
    }

    #[test]
    fn a_form_may_go_to_the_origin_or_the_scheme_of_the_address() {
        assert_eq!(uri("https://app.example.vn/done").form_target(), "https://app.example.vn");
        assert_eq!(uri("http://127.0.0.1:8123/done").form_target(), "http://127.0.0.1:8123");
        assert_eq!(uri("vn.example.app:/done").form_target(), "vn.example.app:");
        assert_eq!(
            uri("https://app.example.vn/done?from=phone").with(&[("code", "a b")]),
            "https://app.example.vn/done?from=phone&code=a+b"
        );
    }
}
