//! What a service gets when it starts.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::access::{Gate, KeySource, ServiceTokens, Verifier};
use crate::clock::Clock;
use crate::config::ServiceArgs;
use crate::follow::Source;
use crate::http::{PublishedKind, forget_answers_for_ever};
use crate::journal::JournalReader;
use crate::made_ids::MadeIds;
use crate::operations::Operations;
use crate::outbound::Outbound;
use crate::personal::{MasterKey, Vault};
use crate::storage::{Act, DatabaseUrl, Db};
use crate::territory::TerritoryHandle;
use crate::{Result, ResultExt};

/// What a service is given when it starts.
#[derive(Clone)]
pub struct Context {
    /// Tells the time.
    pub clock: Clock,
    /// Where its database is.
    pub database_url: DatabaseUrl,
    /// Opens what is sealed.
    pub master_key: MasterKey,
    /// The issuer of tokens.
    pub issuer: String,
    /// Where identity answers.
    pub identity_url: String,
    /// Where enterprise-registry answers.
    pub registry_url: String,
    /// Where membership answers.
    pub membership_url: String,
    /// Its own client at identity.
    pub client: (String, SecretString),
    /// Calls the others.
    pub http: Outbound,
    /// Runs what goes on beside requests.
    pub background: Background,
}

/// Whether a service calls others, and needs credentials for that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credentials {
    /// It calls others with its own client.
    Own,
    /// It calls nobody, or makes its own.
    None,
}

/// What goes on beside requests: followers, background scans, operations. It ends when the process stops, between transactions.
#[derive(Debug, Clone, Default)]
pub struct Background {
    tracker: TaskTracker,
    stopping: CancellationToken,
}

impl Background {
    /// Lets a task run until it ends or all are stopped.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let stopping = self.stopping.clone();
        self.tracker.spawn(async move {
            stopping.run_until_cancelled(task).await;
        });
    }

    /// Stops all tasks, and waits for them.
    pub async fn stop(&self) {
        self.stopping.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }
}

impl Context {
    /// Reads the options of a service's own program.
    ///
    /// # Errors
    /// Fails when a secret is missing, or a wire would leave the machine in the clear.
    pub fn from_args(args: &ServiceArgs, client: Credentials) -> Result<Self> {
        args.check_wires()?;
        let client = match client {
            Credentials::Own => args.read_client()?,
            Credentials::None => (String::new(), SecretString::from(String::new())),
        };
        Ok(Self {
            clock: Clock::System,
            database_url: args.database_url.clone(),
            master_key: args.read_master_key()?,
            issuer: args.issuer.clone(),
            identity_url: args.identity_url.clone(),
            registry_url: args.registry_url.clone(),
            membership_url: args.membership_url.clone(),
            client,
            http: Outbound::to(&[&args.identity_url, &args.registry_url, &args.membership_url])?,
            background: Background::default(),
        })
    }

    /// Makes a service's gate over its territory, and learns beside requests which tokens ended early.
    #[must_use]
    pub fn gate(&self, service: &'static str, territory: TerritoryHandle) -> Gate {
        let source = KeySource { base_url: self.identity_url.clone(), http: self.http.clone() };
        let verifier = Arc::new(Verifier::new(self.issuer.clone(), service, source));
        self.background.spawn(Arc::clone(&verifier).listen_for_ever());
        Gate { verifier, territory, clock: self.clock.clone() }
    }

    /// Makes the source of this service's tokens for another one.
    #[must_use]
    pub fn tokens(&self, opens: &'static str) -> Arc<ServiceTokens> {
        let url = format!("{}/v1/oauth/token", self.identity_url);
        Arc::new(ServiceTokens::new(url, opens, self.client.clone(), self.http.clone()))
    }

    /// Makes the reader of a service's journal.
    ///
    /// # Errors
    /// Fails when its database does, or was sealed with another master key.
    pub async fn journal_reader(&self, db: &Db, service: &str, kinds: &[PublishedKind]) -> Result<JournalReader> {
        let act = Act { actor: format!("service:{service}"), at: self.clock.now(), batch: None };
        JournalReader::open(db, &self.master_key, act, kinds).await
    }

    /// Opens what keeps the ids that callers made in a service.
    ///
    /// # Errors
    /// Fails when its database does, or was sealed with another master key.
    pub async fn made_ids(&self, db: &Db, service: &str) -> Result<MadeIds> {
        let (act, master) =
            (Act { actor: format!("service:{service}"), at: self.clock.now(), batch: None }, self.master_key.clone());
        let vault = db.note(act, move |tx| Vault::open(tx, &master)).await?;
        MadeIds::open(db, vault).await
    }

    /// Makes what runs the operations of a service.
    #[must_use]
    pub fn operations(&self, db: &Db, service: &'static str) -> Operations {
        Operations { db: db.clone(), service, clock: self.clock.clone(), background: self.background.clone() }
    }

    /// Keeps a service's database tidy beside its requests.
    pub fn tend(&self, db: &Db) {
        self.background.spawn(forget_answers_for_ever(db.clone(), self.clock.clone()));
        self.background.spawn(db.clone().keep_log_short());
    }

    /// Names a journal to follow.
    #[must_use]
    pub fn source(&self, service: &'static str, base_url: &str) -> Source {
        Source { service, base_url: base_url.to_owned(), tokens: self.tokens(service), http: self.http.clone() }
    }
}

/// Makes a client as services call each other with, but to any host: services themselves use [`Outbound`]. It follows
/// no redirect, and its TLS is 1.3. A machine without certificates, as a small one is, can call
/// `http://` only, and that is all that one machine needs.
///
/// # Errors
/// Never in practice.
#[expect(clippy::disallowed_methods, reason = "this is the one place that makes a client")]
pub fn http_client() -> Result<reqwest::Client> {
    let builder = || {
        reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(3))
            .timeout(Duration::from_secs(30))
            .pool_idle_timeout(Duration::from_secs(30))
            .redirect(reqwest::redirect::Policy::none())
            .tls_version_min(reqwest::tls::Version::TLS_1_3)
            .no_proxy()
    };
    with_certificates(builder)
}

/// Makes a client with the certificates of this machine; where there are none, it can call `http://` only.
pub(crate) fn with_certificates(builder: impl Fn() -> reqwest::ClientBuilder) -> Result<reqwest::Client> {
    builder().build().or_else(|error| {
        log::debug!("this machine has no certificates, and calls http:// only: {error}");
        builder().tls_certs_only([]).build().doing("making the HTTP client")
    })
}
