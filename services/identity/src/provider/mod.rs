//! The provider: somebody else with whom people sign in, such as the province's single sign-on (OpenID Connect).
//!
//! - Where one is configured, it verifies passwords, and ours are off. Apps and services notice no difference: they get our tokens.
//! - A person is known by issuer and subject, never by a mail address. The subject may be a citizen's number, so only its keyed hash is
//!   kept. An invitation of ours connects the two: the invited person signs in with the provider once by the link.
//! - Somebody whom nobody invited gets a page that says so, and nothing else.
//! - `auth_time` says how old the sign-in is; where it is absent, it counts as a day old, so that nothing is revealed. `amr` and `acr` say
//!   whether there was a second factor; where they do not, our own is asked for.
//! - What the provider publishes is fetched from the configured hosts only ([`shared::foreign`]). Its keys are kept for five minutes, and
//!   fetched again for an unknown one.
//! - Who leaves is nobody's account any more, and can be invited again as another user.

mod discovery;
mod settings;
mod store;
mod tokens;

use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use shared::foreign::Foreign;
use shared::{Code, Error, Result, ResultExt};

use discovery::Discovery;
pub use settings::{ProviderArgs, ProviderSettings};
pub(crate) use store::{Bound, bind, end_sessions_of_provider, find_bound, is_bound, sid_index, subject_index, unbind};
pub(crate) use tokens::{Known, LoggedOut};

/// The provider of a running service, set once at the start.
#[derive(Clone, Default)]
pub struct ProviderHandle(Arc<OnceLock<Provider>>);

impl ProviderHandle {
    /// Lets people sign in with a provider from now on.
    ///
    /// # Errors
    /// Fails with one sentence when its addresses are not allowed, or one is set already.
    pub fn set(&self, settings: ProviderSettings) -> Result<()> {
        let provider = Provider::new(settings)?;
        self.0.set(provider).map_err(|_| Error::internal("a provider is set already"))
    }

    pub(crate) fn get(&self) -> Option<&Provider> {
        self.0.get()
    }
}

/// Somebody else with whom people sign in.
pub(crate) struct Provider {
    pub(crate) settings: ProviderSettings,
    foreign: Foreign,
    discovery: Discovery,
}

/// What binds the answer of the provider to the browser that was sent there.
pub(crate) struct Binding<'a> {
    pub nonce: &'a str,
    pub verifier: &'a str,
    /// How old the sign-in may be, in seconds, where that was asked.
    pub max_age: Option<i64>,
}

impl Provider {
    fn new(settings: ProviderSettings) -> Result<Self> {
        let foreign = Foreign::to(&settings.addresses(), settings.allows_private)?;
        Ok(Self { settings, foreign, discovery: Discovery::default() })
    }

    /// The origins of its hosts, to which a form may lead.
    pub(crate) fn origins(&self) -> String {
        let origin = |address: &str| url::Url::parse(address).map(|url| url.origin().ascii_serialization()).ok();
        self.settings.addresses().into_iter().filter_map(origin).collect::<Vec<_>>().join(" ")
    }

    /// The address to which a browser is sent to sign in.
    ///
    /// # Errors
    /// Fails when the provider does not answer, or answers what cannot be.
    pub(crate) async fn sign_in_address(
        &self,
        redirect_uri: &str,
        state: &str,
        challenge: &str,
        bound: &Binding<'_>,
        at: DateTime<Utc>,
    ) -> Result<String> {
        let found = self.discovery.find(&self.foreign, &self.settings.issuer, at).await?;
        let mut address = url::Url::parse(&found.authorization_endpoint).doing("reading the provider's address")?;
        let mut query = address.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("scope", "openid")
            .append_pair("state", state)
            .append_pair("nonce", bound.nonce)
            .append_pair("code_challenge", challenge)
            .append_pair("code_challenge_method", "S256");
        if let Some(max_age) = bound.max_age {
            query.append_pair("max_age", &max_age.to_string());
        }
        if !self.settings.factor_acr.is_empty() {
            query.append_pair("acr_values", &self.settings.factor_acr.join(" "));
        }
        drop(query);
        Ok(address.into())
    }

    /// Says whether the answer comes from the provider that was asked (RFC 9207).
    ///
    /// # Errors
    /// Fails when the provider does not answer.
    pub(crate) async fn is_from(&self, iss: Option<&str>, at: DateTime<Utc>) -> Result<bool> {
        let found = self.discovery.find(&self.foreign, &self.settings.issuer, at).await?;
        Ok(match iss {
            Some(iss) => iss == self.settings.issuer,
            None => !found.says_issuer(),
        })
    }

    /// Exchanges the provider's code, and says who signed in; nothing where the provider or its token is not to be believed.
    ///
    /// # Errors
    /// Fails when the provider does not answer.
    pub(crate) async fn who_signed_in(
        &self,
        code: &str,
        redirect_uri: &str,
        bound: &Binding<'_>,
        at: DateTime<Utc>,
    ) -> Result<Option<Known>> {
        #[derive(serde::Deserialize)]
        struct Tokens {
            id_token: String,
        }
        let found = self.discovery.find(&self.foreign, &self.settings.issuer, at).await?;
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", bound.verifier),
        ];
        let (id, secret) = (self.settings.client_id.as_str(), self.settings.client_secret.expose_secret());
        // Both halves are form-encoded before they are put together (RFC 6749, 2.3.1).
        let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let (encoded_id, encoded_secret) = (encoded(id), encoded(secret));
        let credentials = match found.takes_basic() {
            true => Some((encoded_id.as_str(), encoded_secret.as_str())),
            false => {
                form.extend([("client_id", id), ("client_secret", secret)]);
                None
            }
        };
        let answer = self.foreign.send_form(&found.token_endpoint, &form, credentials).await;
        let answer = answer.map_err(|error| Error::new(Code::Unavailable).because(error))?;
        if !answer.status.is_success() {
            log::warn!("the provider refused a code: {}", answer.status);
            return Ok(None);
        }
        let Ok(Tokens { id_token }) = serde_json::from_slice(&answer.body) else {
            log::warn!("the provider answered a code without an id token");
            return Ok(None);
        };
        let keys =
            self.discovery.keys(&self.foreign, &self.settings.issuer, tokens::key_of(&id_token).as_deref(), at).await?;
        Ok(noted(tokens::verify_id_token(&id_token, &keys, &self.settings, bound, at)))
    }

    /// Says whose session ended at the provider; nothing where its word is not to be believed.
    ///
    /// # Errors
    /// Fails when the provider does not answer.
    pub(crate) async fn who_signed_out(&self, logout_token: &str, at: DateTime<Utc>) -> Result<Option<LoggedOut>> {
        let keys = self
            .discovery
            .keys(&self.foreign, &self.settings.issuer, tokens::key_of(logout_token).as_deref(), at)
            .await?;
        Ok(noted(tokens::verify_logout_token(logout_token, &keys, &self.settings, at)))
    }
}

/// A token that is not believed is one line in the log, with the reason and without the token.
fn noted<T>(verified: std::result::Result<T, &'static str>) -> Option<T> {
    verified.inspect_err(|why| log::warn!("a token of the provider was refused: {why}")).ok()
}
