//! Access tokens: their claims, and their verification (RFC 9068, RFC 8725).

use std::collections::HashMap;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Grant;
use super::issuer::{Issuer, KeySource};
use crate::{Code, Error, Id, Result};

/// How far clocks may differ.
const LEEWAY_SECONDS: i64 = 60;

/// What stands in an access token. A claim that occurs twice is refused when it is read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it.
    pub iss: String,
    /// Whom it speaks of: `user:<id>`, `client:<id>` or `service:<name>`.
    pub sub: String,
    /// Whom it is for: the services that it opens. Each accepts its own name only.
    pub aud: Vec<String>,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
    /// When it was issued, in seconds since 1970.
    pub iat: i64,
    /// From when it holds, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    /// Its own id.
    pub jti: String,
    /// The client that asked for it.
    pub client_id: String,
    /// The version of that client when it asked: who loses a grant, or is disabled, has a later one.
    #[serde(default)]
    pub client_version: i64,
    /// For a person: the version of the person's record. Who leaves, or loses a grant, has a later one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_version: Option<i64>,
    /// For a person: the session in which the app acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<Id>,
    /// For a person: when the person last signed in, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    /// For a person: how the person signed in (RFC 8176): `pwd`, and `otp` with a second factor.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// The services it opens, separated by spaces.
    pub scope: String,
    /// The roles over areas that it carries.
    #[serde(default)]
    pub grants: Vec<Grant>,
}

/// The only header we take: anything that could name another key or another way of reading is refused.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictHeader {
    alg: String,
    typ: String,
    kid: String,
}

/// A token whose signature held.
#[derive(Debug, Clone)]
struct Held {
    claims: Arc<Claims>,
    /// The key that signed it.
    kid: String,
}

/// Verifies the tokens that open one service against the issuer's published keys.
#[derive(Debug)]
pub struct Verifier {
    issuer_name: String,
    audience: &'static str,
    issuer: Issuer,
    /// Tokens whose signature held, by their hash: every request brings one, and a signature takes its time.
    held: RwLock<HashMap<[u8; 32], Held>>,
}

impl Verifier {
    /// Makes a verifier of one issuer's tokens for one service.
    #[must_use]
    pub fn new(issuer_name: String, audience: &'static str, source: KeySource) -> Self {
        Self { issuer_name, audience, issuer: Issuer::new(source), held: RwLock::default() }
    }

    /// Verifies a token at an instant.
    ///
    /// # Errors
    /// `invalid_token` for anything that does not hold; `unavailable` when the issuer's keys are not to be had.
    pub async fn verify(&self, token: &str, at: DateTime<Utc>) -> Result<Arc<Claims>> {
        self.issuer.keep_fresh(at).await?;
        let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        let claims = match self.held(&hash) {
            Some(claims) => claims,
            None => {
                let (claims, kid) = self.verify_signed(token, at).await?;
                let claims = Arc::new(claims);
                self.hold(hash, Held { claims: Arc::clone(&claims), kid }, at);
                claims
            }
        };
        check_time(&claims, at)?;
        if self.issuer.has_ended(&claims) {
            return Err(Error::new(Code::InvalidToken).doing("looking whether it ended early"));
        }
        Ok(claims)
    }

    /// How long ago the list of ended tokens was last fetched from identity; nothing before the first time.
    #[must_use]
    pub fn heard_ago(&self) -> Option<Duration> {
        self.issuer.heard_ago()
    }

    /// Learns as long as the process runs which tokens ended early.
    pub async fn listen_for_ever(self: Arc<Self>) {
        self.issuer.listen_for_ever(self.audience).await;
    }

    /// What stands in a token that was verified before, while the key that signed it is published.
    fn held(&self, hash: &[u8; 32]) -> Option<Arc<Claims>> {
        let held = self.held.read().ok()?.get(hash).cloned()?;
        self.issuer.publishes(&held.kid).then_some(held.claims)
    }

    fn hold(&self, hash: [u8; 32], held: Held, at: DateTime<Utc>) {
        const TOKENS_MAX: usize = 10_000;
        let Ok(mut all) = self.held.write() else { return };
        if all.len() >= TOKENS_MAX {
            all.retain(|_, held| check_time(&held.claims, at).is_ok());
        }
        if all.len() < TOKENS_MAX {
            all.insert(hash, held);
        }
    }

    async fn verify_signed(&self, token: &str, at: DateTime<Utc>) -> Result<(Claims, String)> {
        let refused = |why: &str| Error::new(Code::InvalidToken).doing(why.to_owned());
        let header = token.split('.').next().unwrap_or_default();
        let header = URL_SAFE_NO_PAD.decode(header).map_err(|_| refused("decoding the header"))?;
        let header: StrictHeader = serde_json::from_slice(&header).map_err(|_| refused("reading the header"))?;
        if header.alg != "ES256" || !matches!(header.typ.as_str(), "at+jwt" | "application/at+jwt") {
            return Err(refused("checking algorithm and type"));
        }
        let key = self.issuer.key(&header.kid, at).await?.ok_or_else(|| refused("looking for the key"))?;
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_issuer(&[&self.issuer_name]);
        validation.set_audience(&[self.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // The library would ask the machine's clock; here time is an argument.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation)
            .map_err(|error| Error::new(Code::InvalidToken).because(error))?
            .claims;
        Ok((claims, header.kid))
    }
}

fn check_time(claims: &Claims, at: DateTime<Utc>) -> Result<()> {
    let refused = |why: &str| Err(Error::new(Code::InvalidToken).doing(why.to_owned()));
    let now = at.timestamp();
    if claims.exp <= now - LEEWAY_SECONDS {
        return refused("checking the end");
    }
    if claims.nbf.unwrap_or(claims.iat) > now + LEEWAY_SECONDS {
        return refused("checking the beginning");
    }
    Ok(())
}
