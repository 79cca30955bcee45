//! Starting and stopping all services in one process.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use chrono::{DateTime, Utc};
use reporting::figures::note_position;
use secrecy::SecretString;
use shared::clock::Clock;
use shared::follow::FollowerHandle;
use shared::http::{
    Features, Listening, Measured, OperatorsBind, Server, ServerOptions, listen_on, serve, serve_operators,
};
use shared::outbound::Outbound;
use shared::personal::{MasterKey, has_sealed_keys};
use shared::service::{Background, Context};
use shared::storage::{DatabaseUrl, create_private_folder};
use shared::{Error, Result, ResultExt};

use crate::document::document_info;

/// The default port for operators, on the loopback.
const OPERATORS_PORT: u16 = 8090;

/// What a system is started with.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder of keys, of the embedded databases, and of the demonstration's credentials.
    pub data_dir: PathBuf,
    /// The master key; that of the data folder if absent.
    pub master_key: Option<MasterKey>,
    /// Where the databases are.
    pub database_url: DatabaseUrl,
    /// How it serves; port 0 takes a free one.
    pub server: ServerOptions,
    /// The address at which callers reach the system, for links and tokens; the one on which it listens if absent.
    pub issuer: Option<String>,
    /// When the administrative units are recorded in an empty database; now if absent.
    pub areas_at: Option<DateTime<Utc>>,
    /// Tells the time.
    pub clock: Clock,
}

/// All services, running.
pub struct System {
    /// Where the system answers, without a trailing slash.
    pub base_url: String,
    /// Where operators are answered, without a trailing slash.
    pub operators_url: Option<String>,
    /// identity's state.
    pub identity: identity::State,
    /// enterprise-registry's state.
    pub registry: enterprise_registry::State,
    /// membership's state.
    pub membership: membership::State,
    /// reporting's state.
    pub reporting: reporting::State,
    /// steering's state.
    pub steering: steering::State,
    identity_areas: FollowerHandle,
    outer: Option<TcpListener>,
    features: Vec<Features>,
    handles: Vec<ServerHandle>,
    background: Background,
    server: ServerOptions,
    measured: Measured,
}

impl System {
    /// Starts the services among themselves; [`System::open`] starts listening for callers.
    ///
    /// # Errors
    /// Fails with one sentence when the address is in use, the folder is locked or cannot be written, or a
    /// database cannot be opened.
    pub async fn start(options: &Options) -> Result<Self> {
        options.server.check_tls()?;
        let outer = listen_on(options.server.bind, "--bind")?;
        let base_url = format!("{}://{}", options.server.scheme(), outer.local_addr()?);
        let operators = options.server.operators_bind.unwrap_or(OperatorsBind::loopback(OPERATORS_PORT)).listen()?;
        let operators_at = operators.as_ref().map(TcpListener::local_addr).transpose()?;
        let inner = TcpListener::bind(("127.0.0.1", 0)).doing("opening the inner listener")?;
        let inner_url = format!("http://{}", inner.local_addr()?);
        let mut context = Context {
            clock: options.clock.clone(),
            database_url: options.database_url.clone(),
            master_key: master_key(options.master_key.as_ref(), &options.data_dir, &options.database_url).await?,
            issuer: options.issuer.clone().unwrap_or_else(|| base_url.clone()),
            identity_url: inner_url.clone(),
            registry_url: inner_url.clone(),
            membership_url: inner_url.clone(),
            client: (String::new(), SecretString::from(String::new())),
            http: Outbound::to(&[&inner_url])?,
            background: Background::default(),
        };
        let identity = identity::State::open(&context).await?;
        let areas_at = options.areas_at.unwrap_or_else(|| options.clock.now());
        let registry = enterprise_registry::State::open(&context, areas_at).await?;
        let mut features = Vec::new();
        context.client = identity::provision::own_client(&identity, &context.master_key, identity::NAME).await?;
        let identity_features = identity::start(&context, identity.clone()).await?;
        let identity_areas =
            identity_features.followers.first().cloned().ok_or_else(|| Error::internal("identity follows nobody"))?;
        features.push(identity_features);
        features.push(enterprise_registry::start(&context, registry.clone()));
        context.client = identity::provision::own_client(&identity, &context.master_key, membership::NAME).await?;
        let (membership_features, membership) = membership::start(&context).await?;
        features.push(membership_features);
        context.client = identity::provision::own_client(&identity, &context.master_key, reporting::NAME).await?;
        let (reporting_features, reporting) = reporting::start(&context).await?;
        features.push(reporting_features);
        context.client = identity::provision::own_client(&identity, &context.master_key, steering::NAME).await?;
        let (steering_features, steering) = steering::start(&context).await?;
        features.push(steering_features);
        let mut system = Self {
            base_url,
            operators_url: operators_at.map(|address| format!("http://{address}")),
            identity,
            registry,
            membership,
            reporting,
            steering,
            identity_areas,
            outer: Some(outer),
            features,
            handles: Vec::new(),
            background: context.background,
            server: options.server.clone(),
            measured: Measured::default(),
        };
        system.listen(Listening::Inner(inner))?;
        if let Some(listener) = operators {
            system.run(serve_operators(listener, &system.features, &system.measured)?);
        }
        Ok(system)
    }

    fn listen(&mut self, listening: Listening) -> Result<()> {
        let info = document_info();
        let server = serve(listening, self.features.clone(), &info, &self.server, &self.measured)?;
        self.run(server);
        Ok(())
    }

    fn run(&mut self, server: Server) {
        self.handles.push(server.handle);
        tokio::spawn(async move {
            if let Err(error) = server.running.await {
                log::error!("a server stopped: {error}");
            }
        });
    }

    /// Lets callers in.
    ///
    /// # Errors
    /// Fails when the listener cannot be used.
    pub fn open(&mut self) -> Result<()> {
        match self.outer.take() {
            Some(listener) => self.listen(Listening::Outer(listener)),
            None => Ok(()),
        }
    }

    /// Waits until every follower has read its source to the head.
    ///
    /// # Errors
    /// Fails when that takes longer than `seconds_max` for one of them.
    pub async fn settle(&self, seconds_max: u64) -> Result<()> {
        let mut followers =
            vec![self.identity_areas.clone(), self.membership.registry.clone(), self.steering.registry.clone()];
        followers.extend(self.reporting.followers.iter().cloned());
        for follower in followers {
            if !follower.reach_head(seconds_max).await {
                return Err(Error::internal(format!("{} is not followed to its head", follower.source())));
            }
        }
        // The first time a projection reaches the head is marked just after its last entry.
        for _ in 0..100 {
            let is_built = self.reporting.db.read(reporting::figures::is_built).await?;
            if is_built {
                let reporting = &self.reporting;
                note_position(&reporting.db, &reporting.followers, &reporting.clock).await?;
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(Error::internal("the figures are not built up"))
    }

    /// Waits until membership and steering know what enterprise-registry recorded.
    ///
    /// # Errors
    /// Fails when that takes longer than `seconds_max`.
    pub async fn settle_membership(&self, seconds_max: u64) -> Result<()> {
        for follower in [&self.identity_areas, &self.membership.registry, &self.steering.registry] {
            if !follower.reach_head(seconds_max).await {
                return Err(Error::internal(format!("{} is not followed to its head", follower.source())));
            }
        }
        Ok(())
    }

    /// Stops gracefully: requests under way are answered.
    pub async fn stop(self) {
        self.features.iter().for_each(|service| service.db.stop_waiting());
        self.background.stop().await;
        for handle in self.handles {
            handle.stop(true).await;
        }
    }
}

/// Returns the master key that was named, or reads that of a data folder; makes it, readable by its owner only, when there is none.
pub(crate) async fn master_key(
    named: Option<&MasterKey>,
    data_dir: &Path,
    database_url: &DatabaseUrl,
) -> Result<MasterKey> {
    if let Some(key) = named {
        return Ok(key.clone());
    }
    let file = data_dir.join("master.key");
    // A new key would open nothing of what is there, and would look like the lost one.
    if !file.exists() && has_sealed_keys(database_url, identity::NAME).await? {
        let file = file.display();
        return Err(Error::trouble(
            format!(
                "thiếu {file}, trong khi dữ liệu đã được mã hóa bằng một khóa chủ: đặt khóa chủ đó vào chỗ này, hoặc nêu \
                 tệp khóa bằng --master-key-file"
            ),
            format!(
                "{file} is missing, and the data was sealed with a master key: put that key in its place, or name its \
                 file with --master-key-file"
            ),
        ));
    }
    create_private_folder(data_dir)?;
    MasterKey::read_or_create(&file)
}
