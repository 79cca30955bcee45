//! Access tokens: what stands in them, and their verification (RFC 9068, RFC 8725).

use std::collections::HashMap;
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Grant;
use crate::{Code, Error, Result, ResultExt};

/// The audience of all tokens of a deployment, unless another is configured.
pub const AUDIENCE: &str = "party-building";

/// How far clocks may differ.
const LEEWAY_SECONDS: i64 = 60;

/// What stands in an access token. A claim that occurs twice is refused when it is read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it.
    pub iss: String,
    /// Whom it speaks of: `client:<id>` or `service:<name>`.
    pub sub: String,
    /// Whom it is for.
    pub aud: String,
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
    /// The services it opens, separated by spaces; `service` among the services themselves.
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

/// Where the public keys come from.
#[derive(Debug, Clone)]
pub struct KeySource {
    /// The address of the JWKS document.
    pub url: String,
    /// The client that fetches it.
    pub http: reqwest::Client,
}

/// A token whose signature held.
#[derive(Debug, Clone)]
struct Held {
    claims: Arc<Claims>,
    /// The key that signed it.
    kid: String,
}

/// Verifies tokens against the issuer's published keys.
#[derive(Debug)]
pub struct Verifier {
    issuer: String,
    audience: String,
    source: KeySource,
    keys: RwLock<Option<Arc<JwkSet>>>,
    /// Tokens whose signature held, by their hash: every request brings one, and a signature takes its time.
    held: RwLock<HashMap<[u8; 32], Held>>,
    fetched: tokio::sync::Mutex<Option<DateTime<Utc>>>,
}

impl Verifier {
    /// Makes a verifier for one issuer and one audience.
    #[must_use]
    pub fn new(issuer: String, audience: String, source: KeySource) -> Self {
        let (keys, held) = (RwLock::new(None), RwLock::default());
        Self { issuer, audience, source, keys, held, fetched: tokio::sync::Mutex::new(None) }
    }

    /// Verifies a token at an instant.
    ///
    /// # Errors
    /// `invalid_token` for anything that does not hold; `unavailable` when no key could be fetched yet.
    pub async fn verify(&self, token: &str, at: DateTime<Utc>) -> Result<Arc<Claims>> {
        let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        if let Some(claims) = self.held(&hash) {
            check_time(&claims, at)?;
            return Ok(claims);
        }
        let (claims, kid) = self.verify_signed(token, at).await?;
        let claims = Arc::new(claims);
        self.hold(hash, Held { claims: Arc::clone(&claims), kid }, at);
        Ok(claims)
    }

    /// What stands in a token that was verified before, while the key that signed it is published.
    fn held(&self, hash: &[u8; 32]) -> Option<Arc<Claims>> {
        let held = self.held.read().ok()?.get(hash).cloned()?;
        let keys = self.keys.read().ok()?.clone()?;
        keys.find(&held.kid).map(|_| held.claims)
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
        let key = self.key(&header.kid, at).await?.ok_or_else(|| refused("looking for the key"))?;
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // The library would ask the machine's clock; here time is an argument.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation)
            .map_err(|error| Error::new(Code::InvalidToken).because(error))?
            .claims;
        check_time(&claims, at)?;
        Ok((claims, header.kid))
    }

    async fn key(&self, kid: &str, at: DateTime<Utc>) -> Result<Option<DecodingKey>> {
        if let Some(key) = self.cached(kid)? {
            return Ok(Some(key));
        }
        const REFETCH_SECONDS: i64 = 60;
        let mut fetched = self.fetched.lock().await;
        if let Some(key) = self.cached(kid)? {
            return Ok(Some(key));
        }
        let has_keys = self.keys.read().is_ok_and(|keys| keys.is_some());
        let seconds = fetched.map(|last| (at - last).num_seconds());
        if has_keys && seconds.is_some_and(|seconds| (0..REFETCH_SECONDS).contains(&seconds)) {
            return Ok(None);
        }
        let set = self.fetch().await.map_err(|error| Error::new(Code::Unavailable).because(error))?;
        *fetched = Some(at);
        if let Ok(mut slot) = self.keys.write() {
            *slot = Some(Arc::new(set));
        }
        drop(fetched);
        self.cached(kid)
    }

    fn cached(&self, kid: &str) -> Result<Option<DecodingKey>> {
        let keys = self.keys.read().ok().and_then(|keys| keys.clone());
        let Some(jwk) = keys.as_deref().and_then(|keys| keys.find(kid)).cloned() else { return Ok(None) };
        Ok(Some(DecodingKey::from_jwk(&jwk).doing("reading a published key")?))
    }

    async fn fetch(&self) -> Result<JwkSet> {
        let answer = self.source.http.get(&self.source.url).send().await.doing("fetching the issuer's keys")?;
        answer
            .error_for_status()
            .doing("fetching the issuer's keys")?
            .json::<JwkSet>()
            .await
            .doing("reading the issuer's keys")
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

/// The tokens with which a service calls the others.
#[derive(Debug)]
pub struct ServiceTokens {
    url: String,
    client_id: String,
    client_secret: SecretString,
    http: reqwest::Client,
    kept: tokio::sync::Mutex<Option<(String, Instant)>>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    expires_in: u64,
}

impl ServiceTokens {
    /// Makes the source of a service's tokens from its client credentials and the token endpoint.
    #[must_use]
    pub fn new(url: String, client_id: String, client_secret: SecretString, http: reqwest::Client) -> Self {
        Self { url, client_id, client_secret, http, kept: tokio::sync::Mutex::new(None) }
    }

    /// Forgets the kept token: it was refused.
    pub async fn forget(&self) {
        *self.kept.lock().await = None;
    }

    /// Returns a token that holds for a while yet.
    ///
    /// # Errors
    /// Fails when identity does not answer or refuses the credentials.
    pub async fn get(&self) -> Result<String> {
        let mut kept = self.kept.lock().await;
        if let Some((token, until)) = kept.as_ref()
            && *until > Instant::now()
        {
            return Ok(token.clone());
        }
        let answer = self
            .http
            .post(&self.url)
            .basic_auth(&self.client_id, Some(self.client_secret.expose_secret()))
            .form(&[("grant_type", "client_credentials"), ("scope", "service")])
            .send()
            .await
            .doing("asking identity for a token")?
            .error_for_status()
            .doing("asking identity for a token")?
            .json::<TokenAnswer>()
            .await
            .doing("reading identity's token")?;
        let until = Instant::now() + Duration::from_secs(answer.expires_in.saturating_sub(120));
        *kept = Some((answer.access_token.clone(), until));
        Ok(answer.access_token)
    }
}
