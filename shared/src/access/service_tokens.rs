//! The tokens with which a service calls another one.

use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::outbound::Outbound;
use crate::{Result, ResultExt};

/// The tokens with which a service calls one other service: each opens that service alone.
#[derive(Debug)]
pub struct ServiceTokens {
    url: String,
    opens: &'static str,
    client_id: String,
    client_secret: SecretString,
    http: Outbound,
    kept: tokio::sync::Mutex<Option<(String, Instant)>>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    expires_in: u64,
}

impl ServiceTokens {
    /// Makes the source of a service's tokens for one other service from its client credentials and the token
    /// endpoint.
    #[must_use]
    pub fn new(
        url: String,
        opens: &'static str,
        (client_id, client_secret): (String, SecretString),
        http: Outbound,
    ) -> Self {
        Self { url, opens, client_id, client_secret, http, kept: tokio::sync::Mutex::new(None) }
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
            .post(&self.url)?
            .basic_auth(&self.client_id, Some(self.client_secret.expose_secret()))
            .form(&[("grant_type", "client_credentials"), ("scope", self.opens)])
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
