//! What the provider signs: who signed in (OpenID Connect Core, 3.1.3.7), and who signed out (Back-Channel Logout, 2.6).

use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use serde::Deserialize;
use subtle::ConstantTimeEq;

use super::{Binding, ProviderSettings};
use crate::proofs::names_critical;

/// How far clocks may differ, in seconds.
const LEEWAY: i64 = 60;
/// How old a word that somebody signed out may be, in seconds.
const LOGOUT_LASTS: i64 = 120;
const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Who signed in with the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    pub subject: String,
    /// The provider's session.
    pub sid: Option<String>,
    /// When the person gave proof; a day ago where the provider does not say.
    pub signed_in_at: DateTime<Utc>,
    pub has_second_factor: bool,
}

/// Whose session ended at the provider: of both at least one is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LoggedOut {
    pub subject: Option<String>,
    pub sid: Option<String>,
    /// The id of the word, by which it is taken once.
    pub jti: String,
    /// Until when it would be believed.
    pub valid_until: DateTime<Utc>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn has(&self, name: &str) -> bool {
        match self {
            Self::One(one) => one == name,
            Self::Many(many) => many.iter().any(|one| one == name),
        }
    }

    fn is_several(&self) -> bool {
        matches!(self, Self::Many(many) if many.len() > 1)
    }
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: Option<String>,
    aud: OneOrMany,
    azp: Option<String>,
    exp: Option<i64>,
    iat: i64,
    nonce: Option<String>,
    auth_time: Option<i64>,
    acr: Option<String>,
    #[serde(default)]
    amr: Vec<String>,
    sid: Option<String>,
    jti: Option<String>,
    events: Option<serde_json::Map<String, serde_json::Value>>,
}

/// The id of the key that a token says it was signed with.
pub(super) fn key_of(token: &str) -> Option<String> {
    jsonwebtoken::decode_header(token).ok()?.kid
}

/// Verifies the signature, the issuer and whom the token is for.
fn verify(
    token: &str,
    keys: &[Jwk],
    settings: &ProviderSettings,
    at: DateTime<Utc>,
) -> Result<(Header, Claims), &'static str> {
    let header = jsonwebtoken::decode_header(token).map_err(|_| "it is no token")?;
    if names_critical(token) {
        return Err("its header has a part that must be understood");
    }
    if !matches!(header.alg, Algorithm::RS256 | Algorithm::PS256 | Algorithm::ES256) {
        return Err("it is signed by another algorithm than RS256, PS256 or ES256");
    }
    let is_fit = |key: &&Jwk| {
        let common = &key.common;
        let is_of_id = header.kid.is_none() || common.key_id == header.kid;
        let is_for_signing = !matches!(common.public_key_use, Some(PublicKeyUse::Encryption));
        let is_of_algorithm = common.key_algorithm.is_none_or(|named| named.to_string() == format!("{:?}", header.alg));
        is_of_id && is_for_signing && is_of_algorithm
    };
    let mut validation = Validation::new(header.alg);
    validation.set_issuer(&[&settings.issuer]);
    validation.set_audience(&[&settings.client_id]);
    validation.set_required_spec_claims(&["iss", "aud"]);
    // Time is an argument here.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    let verified = keys.iter().filter(is_fit).find_map(|key| {
        let key = DecodingKey::from_jwk(key).ok()?;
        jsonwebtoken::decode::<Claims>(token, &key, &validation).ok()
    });
    let claims = verified.ok_or("its signature, issuer or audience does not hold")?.claims;
    let is_ours = claims.iss == settings.issuer && claims.aud.has(&settings.client_id);
    let is_for_another = claims.azp.as_ref().is_some_and(|azp| azp != &settings.client_id)
        || (claims.aud.is_several() && claims.azp.is_none());
    if !is_ours || is_for_another {
        return Err("it is for another client");
    }
    let now = at.timestamp();
    if claims.iat > now + LEEWAY || claims.exp.is_some_and(|exp| exp <= now - LEEWAY) {
        return Err("it is not valid at this time");
    }
    Ok((header, claims))
}

fn subject(claims: &Claims) -> Option<&str> {
    claims.sub.as_deref().filter(|sub| !sub.is_empty() && sub.len() <= 255)
}

/// Verifies an id token, and says who signed in, when and how.
///
/// # Errors
/// Why it is not to be believed.
pub(super) fn verify_id_token(
    token: &str,
    keys: &[Jwk],
    settings: &ProviderSettings,
    bound: &Binding<'_>,
    at: DateTime<Utc>,
) -> Result<Known, &'static str> {
    let (header, claims) = verify(token, keys, settings, at)?;
    if header.typ.is_some_and(|typ| !typ.eq_ignore_ascii_case("JWT")) {
        return Err("it is another kind of token");
    }
    if claims.exp.is_none() || claims.events.is_some() {
        return Err("it is no id token");
    }
    let nonce = claims.nonce.as_deref().unwrap_or_default();
    if !bool::from(nonce.as_bytes().ct_eq(bound.nonce.as_bytes())) {
        return Err("its nonce is of another sign-in");
    }
    let subject = subject(&claims).ok_or("it names nobody")?.to_owned();
    let auth_time = claims.auth_time.and_then(|at| DateTime::from_timestamp(at, 0));
    let signed_in_at = match (auth_time, bound.max_age) {
        (Some(then), _) if then > at + Duration::seconds(LEEWAY) => return Err("its sign-in lies in the future"),
        (Some(then), Some(max)) if then + Duration::seconds(max + LEEWAY) < at => return Err("its sign-in is too old"),
        (Some(then), _) => then.min(at),
        (None, Some(_)) => return Err("it does not say when the person signed in"),
        (None, None) => at - Duration::days(1),
    };
    let has_second_factor = claims.amr.iter().any(|way| way == "mfa")
        || claims.acr.as_ref().is_some_and(|acr| settings.factor_acr.contains(acr));
    Ok(Known { subject, sid: claims.sid, signed_in_at, has_second_factor })
}

/// Verifies a logout token, and says whose session ended.
///
/// # Errors
/// Why it is not to be believed.
pub(super) fn verify_logout_token(
    token: &str,
    keys: &[Jwk],
    settings: &ProviderSettings,
    at: DateTime<Utc>,
) -> Result<LoggedOut, &'static str> {
    let (header, claims) = verify(token, keys, settings, at)?;
    if !header.typ.is_some_and(|typ| typ.eq_ignore_ascii_case("logout+jwt")) {
        return Err("it is another kind of token");
    }
    let is_event =
        claims.events.as_ref().is_some_and(|events| events.get(LOGOUT_EVENT).is_some_and(|event| event.is_object()));
    if !is_event || claims.nonce.is_some() {
        return Err("it is no logout token");
    }
    if claims.iat < at.timestamp() - LOGOUT_LASTS {
        return Err("it is too old");
    }
    let subject = subject(&claims).map(str::to_owned);
    if subject.is_none() && claims.sid.is_none() {
        return Err("it names nobody");
    }
    let jti = claims.jti.filter(|jti| (1..=255).contains(&jti.len())).ok_or("it has no id")?;
    let valid_until = DateTime::from_timestamp(claims.iat.saturating_add(LOGOUT_LASTS), 0).unwrap_or(at);
    Ok(LoggedOut { subject, sid: claims.sid, jti, valid_until })
}
