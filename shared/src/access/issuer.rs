//! What the issuer of tokens publishes, as last fetched: its keys, and which tokens ended early.
//!
//! - Keys older than five minutes are fetched again before a token is verified, by one request for all callers that
//!   wait. A key that the issuer retired is refused five minutes later at the latest.
//! - If the issuer does not answer, the fetched keys are used for an hour; another request is tried every ten
//!   seconds.
//! - The list of tokens that ended early is fetched at the start, together with the first keys, and then every three
//!   seconds.

use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::JwkSet;
use serde::de::DeserializeOwned;

use super::Claims;
use super::ended::{Ended, EndedTokensList};
use crate::outbound::Outbound;
use crate::{Code, Error, Result, ResultExt};

/// After how many seconds keys are fetched again.
const KEYS_FRESH_SECONDS: i64 = 300;
/// For how many seconds keys are used while the issuer does not answer.
const KEYS_USED_SECONDS: i64 = 3600;
/// How long an issuer that did not answer is left alone.
const RETRY_SECONDS: i64 = 10;
/// How often keys are fetched because a token names an unknown one.
const UNKNOWN_KEY_SECONDS: i64 = 60;
/// How often the list of ended tokens is asked for.
const ENDED_EVERY: Duration = Duration::from_secs(3);
/// After how long without an answer it is said aloud.
const SILENT_AFTER: Duration = Duration::from_secs(60);
const ANSWER_TIME_MAX: Duration = Duration::from_secs(5);

/// Where the issuer publishes.
#[derive(Debug, Clone)]
pub struct KeySource {
    /// The issuer's address, without a trailing slash.
    pub base_url: String,
    /// Fetches.
    pub http: Outbound,
}

impl KeySource {
    async fn fetch<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        let doing = format!("asking the issuer for {path}");
        let url = format!("{}{path}", self.base_url);
        let answer = self.http.get(&url)?.timeout(ANSWER_TIME_MAX).send().await;
        let answer = answer.map_err(reqwest::Error::without_url).doing(&doing)?;
        let answer = answer.error_for_status().map_err(reqwest::Error::without_url).doing(&doing)?;
        answer.json().await.map_err(reqwest::Error::without_url).doing(&doing)
    }
}

#[derive(Debug, Clone)]
struct Keys {
    set: Arc<JwkSet>,
    fetched_at: DateTime<Utc>,
}

impl Keys {
    fn are_younger_than(&self, seconds: i64, at: DateTime<Utc>) -> bool {
        (0..seconds).contains(&(at - self.fetched_at).num_seconds())
    }
}

/// What the issuer publishes.
#[derive(Debug)]
pub(super) struct Issuer {
    source: KeySource,
    keys: RwLock<Option<Keys>>,
    ended: RwLock<Option<Arc<Ended>>>,
    heard: RwLock<Option<Instant>>,
    /// Held by whoever fetches keys; the last instant at which that was tried.
    tried: tokio::sync::Mutex<Option<DateTime<Utc>>>,
}

impl Issuer {
    pub(super) fn new(source: KeySource) -> Self {
        let (keys, ended, heard) = (RwLock::new(None), RwLock::new(None), RwLock::new(None));
        Self { source, keys, ended, heard, tried: tokio::sync::Mutex::new(None) }
    }

    fn kept(&self) -> Option<Keys> {
        self.keys.read().ok()?.clone()
    }

    /// Fetches the keys again if they are too old.
    ///
    /// # Errors
    /// `unavailable` when the issuer does not answer and there are no keys, or too old ones.
    pub(super) async fn keep_fresh(&self, at: DateTime<Utc>) -> Result<()> {
        let is_fresh = || self.kept().is_some_and(|keys| keys.are_younger_than(KEYS_FRESH_SECONDS, at));
        if is_fresh() {
            return Ok(());
        }
        let mut tried = self.tried.lock().await;
        if is_fresh() {
            return Ok(());
        }
        let kept = self.kept();
        let is_left_alone = tried.is_some_and(|last| (0..RETRY_SECONDS).contains(&(at - last).num_seconds()));
        if kept.is_some() && is_left_alone {
            return usable(kept, at, Error::new(Code::Unavailable));
        }
        *tried = Some(at);
        match self.fetch_keys(at).await {
            Ok(()) => Ok(()),
            Err(error) => {
                log::warn!("the issuer's keys cannot be fetched anew: {error:?}");
                usable(kept, at, Error::new(Code::Unavailable).because(error))
            }
        }
    }

    /// Returns the key of an id. For an unknown one the keys are fetched again, once a minute at most.
    pub(super) async fn key(&self, kid: &str, at: DateTime<Utc>) -> Result<Option<DecodingKey>> {
        if let Some(key) = self.find(kid)? {
            return Ok(Some(key));
        }
        let mut tried = self.tried.lock().await;
        if let Some(key) = self.find(kid)? {
            return Ok(Some(key));
        }
        let kept = self.kept();
        if kept.is_some_and(|keys| keys.are_younger_than(UNKNOWN_KEY_SECONDS, at)) {
            return Ok(None);
        }
        // An issuer that is silent is asked now and then, however many made-up ids are named.
        if tried.is_some_and(|last| (0..RETRY_SECONDS).contains(&(at - last).num_seconds())) {
            return Err(Error::new(Code::Unavailable));
        }
        *tried = Some(at);
        self.fetch_keys(at).await.map_err(|error| Error::new(Code::Unavailable).because(error))?;
        self.find(kid)
    }

    fn find(&self, kid: &str) -> Result<Option<DecodingKey>> {
        let Some(jwk) = self.kept().and_then(|keys| keys.set.find(kid).cloned()) else { return Ok(None) };
        Ok(Some(DecodingKey::from_jwk(&jwk).doing("reading a published key")?))
    }

    /// Says whether a key is published.
    pub(super) fn publishes(&self, kid: &str) -> bool {
        self.keys.read().is_ok_and(|keys| keys.as_ref().is_some_and(|keys| keys.set.find(kid).is_some()))
    }

    async fn fetch_keys(&self, at: DateTime<Utc>) -> Result<()> {
        // Until the list was fetched once, a token that ended early cannot be distinguished from a valid one.
        if self.heard_ago().is_none() {
            self.fetch_ended().await?;
        }
        let set = Arc::new(self.source.fetch("/.well-known/jwks.json").await?);
        if let Ok(mut slot) = self.keys.write() {
            *slot = Some(Keys { set, fetched_at: at });
        }
        Ok(())
    }

    async fn fetch_ended(&self) -> Result<()> {
        let list: EndedTokensList = self.source.fetch("/v1/oauth/ended-tokens").await?;
        if let (Ok(mut ended), Ok(mut heard)) = (self.ended.write(), self.heard.write()) {
            *ended = Some(Arc::new(list.into()));
            *heard = Some(Instant::now());
        }
        Ok(())
    }

    /// Says whether a token ended early, as far as was heard.
    pub(super) fn has_ended(&self, claims: &Claims) -> bool {
        let ended = self.ended.read().ok().and_then(|ended| ended.clone());
        ended.is_some_and(|ended| ended.has(claims))
    }

    /// How long ago the list of ended tokens was last fetched; nothing before the first time.
    pub(super) fn heard_ago(&self) -> Option<Duration> {
        self.heard.read().ok()?.map(|heard| heard.elapsed())
    }

    /// Asks for the list of ended tokens as long as the process runs.
    pub(super) async fn listen_for_ever(&self, service: &str) {
        const FIRST_EVERY: Duration = Duration::from_millis(500);
        let started = Instant::now();
        let mut is_silent = false;
        loop {
            let outcome = self.fetch_ended().await;
            let silent_for = self.heard_ago().unwrap_or_else(|| started.elapsed());
            match outcome {
                Ok(()) if is_silent => {
                    log::info!("{service} hears again from identity which tokens ended");
                    is_silent = false;
                }
                Err(error) if !is_silent && silent_for > SILENT_AFTER => {
                    log::warn!(
                        "{service} has not heard from identity for {} s which tokens ended, and goes on without: \
                         a disabled client is refused when its tokens end: {error:?}",
                        silent_for.as_secs()
                    );
                    is_silent = true;
                }
                _ => {}
            }
            tokio::time::sleep(if self.heard_ago().is_some() { ENDED_EVERY } else { FIRST_EVERY }).await;
        }
    }
}

fn usable(kept: Option<Keys>, at: DateTime<Utc>, error: Error) -> Result<()> {
    match kept {
        Some(keys) if keys.are_younger_than(KEYS_USED_SECONDS, at) => Ok(()),
        _ => Err(error),
    }
}
