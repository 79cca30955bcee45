//! What the provider publishes: its addresses (OpenID Connect Discovery) and its keys.
//!
//! - One request fetches for all who wait. A provider that did not answer is left alone for ten seconds.
//! - What was fetched is used for an hour while the provider does not answer.

use std::sync::{Arc, RwLock};

use chrono::{DateTime, Utc};
use jsonwebtoken::jwk::Jwk;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use shared::foreign::Foreign;
use shared::{Code, Error, Result, ResultExt};
use tokio::sync::Mutex;

/// For how many seconds addresses and keys are used without being fetched again.
const FRESH_SECONDS: i64 = 300;
/// For how many seconds they are used while the provider does not answer.
const USED_SECONDS: i64 = 3600;
/// How often keys are fetched because a token names an unknown one, in seconds.
const UNKNOWN_KEY_SECONDS: i64 = 10;
/// How long a provider that did not answer is left alone, in seconds.
const RETRY_SECONDS: i64 = 10;

/// The addresses of the provider.
#[derive(Debug, Deserialize)]
pub(super) struct Addresses {
    issuer: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    jwks_uri: String,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    authorization_response_iss_parameter_supported: Option<bool>,
}

impl Addresses {
    /// Whether a client proves itself by Basic credentials, as it does where nothing is said (OpenID Connect Discovery, 3).
    pub(super) fn takes_basic(&self) -> bool {
        let methods = self.token_endpoint_auth_methods_supported.as_deref();
        methods.is_none_or(|methods| methods.iter().any(|method| method == "client_secret_basic"))
    }

    /// Whether each answer says who gives it (RFC 9207).
    pub(super) fn says_issuer(&self) -> bool {
        self.authorization_response_iss_parameter_supported.unwrap_or(false)
    }
}

/// Something that the provider publishes, as it was last fetched.
struct Publication<T> {
    kept: RwLock<Option<(Arc<T>, DateTime<Utc>)>>,
    /// Held by whoever fetches; when that was last tried.
    tried: Mutex<Option<DateTime<Utc>>>,
}

impl<T> Default for Publication<T> {
    fn default() -> Self {
        Self { kept: RwLock::default(), tried: Mutex::default() }
    }
}

fn is_within(seconds: i64, since: DateTime<Utc>, at: DateTime<Utc>) -> bool {
    (0..seconds).contains(&(at - since).num_seconds())
}

impl<T> Publication<T> {
    /// What was fetched less than so many seconds ago.
    fn younger_than(&self, seconds: i64, at: DateTime<Utc>) -> Option<Arc<T>> {
        let kept = self.kept.read().ok()?;
        kept.as_ref().filter(|(_, fetched)| is_within(seconds, *fetched, at)).map(|(value, _)| Arc::clone(value))
    }

    /// Returns what was fetched, and fetches it again where it is older than so many seconds.
    ///
    /// # Errors
    /// `unavailable` when the provider does not answer and nothing of the last hour is there.
    async fn get(&self, fresh: i64, at: DateTime<Utc>, fetch: impl Future<Output = Result<T>>) -> Result<Arc<T>> {
        if let Some(value) = self.younger_than(fresh, at) {
            return Ok(value);
        }
        let mut tried = self.tried.lock().await;
        if let Some(value) = self.younger_than(fresh, at) {
            return Ok(value);
        }
        let used = |error: Error| self.younger_than(USED_SECONDS, at).ok_or(error);
        if tried.is_some_and(|last| is_within(RETRY_SECONDS, last, at)) {
            return used(Error::new(Code::Unavailable));
        }
        *tried = Some(at);
        match fetch.await {
            Ok(value) => {
                let value = Arc::new(value);
                if let Ok(mut kept) = self.kept.write() {
                    *kept = Some((Arc::clone(&value), at));
                }
                *tried = None;
                Ok(value)
            }
            Err(error) => {
                log::warn!("what the provider publishes cannot be fetched: {error:?}");
                used(Error::new(Code::Unavailable).because(error))
            }
        }
    }
}

/// What is kept of the provider's publications.
#[derive(Default)]
pub(super) struct Discovery {
    addresses: Publication<Addresses>,
    keys: Publication<Vec<Jwk>>,
}

impl Discovery {
    /// The provider's addresses.
    ///
    /// # Errors
    /// `unavailable` when it does not answer, names another issuer, or an address at a host that is not configured.
    pub(super) async fn find(&self, foreign: &Foreign, issuer: &str, at: DateTime<Utc>) -> Result<Arc<Addresses>> {
        self.addresses.get(FRESH_SECONDS, at, fetch_addresses(foreign, issuer)).await
    }

    /// The provider's keys, fetched again where a key is not among them.
    ///
    /// # Errors
    /// `unavailable` when it does not answer.
    pub(super) async fn keys(
        &self,
        foreign: &Foreign,
        issuer: &str,
        wanted: Option<&str>,
        at: DateTime<Utc>,
    ) -> Result<Arc<Vec<Jwk>>> {
        let addresses = self.find(foreign, issuer, at).await?;
        let keys = self.keys.get(FRESH_SECONDS, at, fetch_keys(foreign, &addresses.jwks_uri)).await?;
        let is_there = |keys: &[Jwk]| {
            wanted.is_none_or(|wanted| keys.iter().any(|key| key.common.key_id.as_deref() == Some(wanted)))
        };
        if is_there(&keys) {
            return Ok(keys);
        }
        self.keys.get(UNKNOWN_KEY_SECONDS, at, fetch_keys(foreign, &addresses.jwks_uri)).await
    }
}

async fn fetch_addresses(foreign: &Foreign, issuer: &str) -> Result<Addresses> {
    let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let addresses: Addresses = fetch(foreign, &address).await?;
    if addresses.issuer != issuer {
        return Err(Error::internal("the provider names another issuer than the configured one"));
    }
    for address in [&addresses.authorization_endpoint, &addresses.token_endpoint, &addresses.jwks_uri] {
        if !foreign.knows(address) {
            return Err(Error::internal(format!("{address} is at a host that PROVIDER_HOSTS does not name")));
        }
    }
    Ok(addresses)
}

async fn fetch_keys(foreign: &Foreign, address: &str) -> Result<Vec<Jwk>> {
    #[derive(Deserialize)]
    struct Published {
        keys: Vec<serde_json::Value>,
    }
    let published: Published = fetch(foreign, address).await?;
    // A key of a kind that is not known here hides no other.
    Ok(published.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect())
}

async fn fetch<T: DeserializeOwned>(foreign: &Foreign, address: &str) -> Result<T> {
    let answer = foreign.read(address).await?;
    if !answer.status.is_success() {
        return Err(
            Error::internal(format!("the provider answered {}", answer.status)).doing(format!("reading {address}"))
        );
    }
    serde_json::from_slice(&answer.body).doing(&format!("reading {address}"))
}
