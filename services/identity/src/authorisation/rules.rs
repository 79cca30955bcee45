//! Rules of authorisation requests: pure functions that accept or refuse.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::sessions::parse_max_age;

/// For how long a code is valid, in seconds.
pub(super) const CODE_SECONDS: i64 = 60;

/// For how long a refresh token that was replaced gives the same next one again, in seconds.
pub(super) const SAME_AGAIN_SECONDS: i64 = 60;

/// The parameters of a request, each once.
#[derive(Debug, Clone)]
pub(super) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Takes parameters as they were sent. Nothing where one comes twice.
    pub(super) fn of(pairs: Vec<(String, String)>) -> Option<Self> {
        let count = pairs.len();
        // What is empty is left out (RFC 6749, 3.1).
        let all: BTreeMap<String, String> = pairs.into_iter().collect();
        (all.len() == count).then(|| Self(all.into_iter().filter(|(_, value)| !value.is_empty()).collect()))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// All but one, to be sent again by a form.
    pub(super) fn without(&self, name: &str) -> Vec<(String, String)> {
        self.0.iter().filter(|(one, _)| one.as_str() != name).map(|(one, value)| (one.clone(), value.clone())).collect()
    }
}

/// What is wrong with a request, as the app is told (RFC 6749, 4.1.2.1).
pub(super) type Refusal = (&'static str, &'static str);

/// What is asked, once app and address are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    pub challenge: String,
    pub nonce: Option<String>,
    /// How old the sign-in may be, in seconds.
    pub max_age: Option<i64>,
    /// Whether the person has to sign in anew.
    pub must_sign_in: bool,
    /// Whether no page may be shown.
    pub must_be_silent: bool,
}

/// Parses the rest of a request.
///
/// # Errors
/// The error that the app is sent.
pub(super) fn parse(parameters: &Parameters) -> Result<Asked, Refusal> {
    match parameters.get("response_type") {
        Some("code") => {}
        None => return Err(("invalid_request", "response_type is missing")),
        Some(_) => return Err(("unsupported_response_type", "only response_type=code is supported")),
    }
    if parameters.get("code_challenge_method") != Some("S256") {
        return Err(("invalid_request", "code_challenge_method=S256 is required (PKCE)"));
    }
    let challenge = parameters.get("code_challenge").unwrap_or_default();
    if URL_SAFE_NO_PAD.decode(challenge).map_or(0, |bytes| bytes.len()) != 32 {
        return Err(("invalid_request", "code_challenge must be the SHA-256 of the verifier in base64url"));
    }
    if parameters.0.values().any(|value| value.chars().any(char::is_control)) {
        return Err(("invalid_request", "a parameter has a control character"));
    }
    for (name, max) in [("state", 500), ("nonce", 200), ("scope", 500)] {
        if parameters.get(name).is_some_and(|value| value.len() > max) {
            return Err(("invalid_request", "state, nonce or scope is too long"));
        }
    }
    let max_age = match parameters.get("max_age").map(parse_max_age) {
        Some(None) => return Err(("invalid_request", "max_age must be a number of seconds, at most a year")),
        asked => asked.flatten(),
    };
    let prompts: Vec<&str> = parameters.get("prompt").unwrap_or_default().split_whitespace().collect();
    let has = |prompt: &str| prompts.contains(&prompt);
    if has("none") && prompts.len() > 1 {
        return Err(("invalid_request", "prompt=none stands alone"));
    }
    Ok(Asked {
        challenge: challenge.to_owned(),
        nonce: parameters.get("nonce").map(str::to_owned),
        max_age,
        must_sign_in: has("login"),
        must_be_silent: has("none"),
    })
}

impl Asked {
    /// Says whether a sign-in of an instant is recent enough.
    pub(super) fn accepts(&self, signed_in_at: DateTime<Utc>, at: DateTime<Utc>) -> bool {
        self.max_age.is_none_or(|seconds| signed_in_at + Duration::seconds(seconds) >= at)
    }
}

/// Says whether a verifier is the one whose challenge was sent before (RFC 7636, 4.6).
pub(super) fn proves(verifier: &str, challenge: &str) -> bool {
    let is_formed = (43..=128).contains(&verifier.len())
        && verifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
    let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    is_formed && bool::from(hash.as_bytes().ct_eq(challenge.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(changes: &[(&str, &str)]) -> Parameters {
        let mut all = BTreeMap::from([
            ("response_type", "code"),
            ("code_challenge_method", "S256"),
            ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ]);
        all.extend(changes.iter().copied());
        Parameters::of(all.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
            .expect("each once")
    }

    #[test]
    fn a_request_is_refused_with_the_error_of_the_standard() {
        for (changes, error) in [
            (&[][..], None),
            (&[("response_type", "token")][..], Some("unsupported_response_type")),
            (&[("response_type", "")][..], Some("invalid_request")),
            (&[("code_challenge_method", "plain")][..], Some("invalid_request")),
            (&[("code_challenge_method", "")][..], Some("invalid_request")),
            (&[("code_challenge", "")][..], Some("invalid_request")),
            (&[("code_challenge", "short")][..], Some("invalid_request")),
            (&[("max_age", "-1")][..], Some("invalid_request")),
            (&[("max_age", "9223372036854775807")][..], Some("invalid_request")),
            (&[("nonce", "a\0b")][..], Some("invalid_request")),
            (&[("max_age", "soon")][..], Some("invalid_request")),
            (&[("prompt", "none login")][..], Some("invalid_request")),
            (&[("prompt", "login")][..], None),
        ] {
            assert_eq!(parse(&parameters(changes)).err().map(|(error, _)| error), error, "{changes:?}");
        }
        let twice = vec![("scope".to_owned(), "a".to_owned()), ("scope".to_owned(), "a".to_owned())];
        assert!(Parameters::of(twice).is_none());
    }

    #[test]
    fn a_verifier_is_that_of_the_standards_example_and_no_other() {
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(proves("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", challenge));
        assert!(!proves("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXK", challenge));
        assert!(!proves(challenge, challenge), "the challenge itself, as `plain` would have it");
        assert!(!proves("", challenge));
    }

    #[test]
    fn a_sign_in_is_accepted_until_it_is_as_old_as_the_app_allows() {
        let at = DateTime::from_timestamp(1_000_000, 0).expect("an instant");
        let asked = |max_age| Asked { max_age, ..parse(&parameters(&[])).expect("a request") };
        let ago = |seconds| at - Duration::seconds(seconds);
        assert!(asked(None).accepts(ago(40_000), at));
        assert!(asked(Some(900)).accepts(ago(900), at));
        assert!(!asked(Some(900)).accepts(ago(901), at));
        assert!(!asked(Some(0)).accepts(ago(1), at));
    }
}
