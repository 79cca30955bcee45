//! A running system.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use membership::findings::Scanner;
use secrecy::ExposeSecret;
use shared::access::{Grant, Role};
use shared::clock::Clock;
use shared::http::{OperatorsBind, ServerOptions};
use shared::scans::Scan as _;
use shared::service::http_client;
use shared::storage::Act;
use shared::territory::AreaId;
use standalone::demo::{self, DemoFile};
use standalone::{Options, System};
use tokio::sync::OnceCell;

use crate::database::{TestDatabase, count_findings, count_rows, tables_of};
use crate::somebody::{Answer, Request, Somebody};

/// The instant at which the clock of a test stands unless it is set: the last day of the first half of 2022,
/// 15:00 in Viet Nam.
pub const NOW: &str = "2022-06-30T08:00:00Z";

/// The instant at which the demonstration is looked at.
pub const DEMO_NOW: &str = "2026-11-02T08:00:00Z";

static EMPTY: OnceCell<TestDatabase> = OnceCell::const_new();
static DEMO: OnceCell<TestDatabase> = OnceCell::const_new();

/// A running system with a database of its own and a clock that stands.
pub struct TestApp {
    /// The system.
    pub system: System,
    /// Its database and data folder.
    pub database: TestDatabase,
    /// Its clock.
    pub clock: Clock,
    http: reqwest::Client,
    made: AtomicU64,
    /// Looks for findings as the background does.
    sweeper: tokio::sync::Mutex<Scanner>,
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

fn options(database: &TestDatabase, clock: &Clock, server: &ServerOptions) -> Options {
    Options {
        data_dir: database.path(),
        master_key: None,
        database_url: database.url.clone(),
        server: server.clone(),
        issuer: None,
        areas_at: Some(demo::areas_at()),
        clock: clock.clone(),
    }
}

/// A free port, one thread, and no limit that a test would meet by its haste.
fn unlimited() -> ServerOptions {
    let (bind, operators_bind) = (([127, 0, 0, 1], 0).into(), Some(OperatorsBind::loopback(0)));
    ServerOptions { bind, operators_bind, workers: 1, rate_limit: 0, ..ServerOptions::default() }
}

async fn start(database: &TestDatabase, clock: &Clock) -> System {
    System::start(&options(database, clock, &unlimited())).await.expect("the system starts")
}

async fn empty_template() -> TestDatabase {
    let database = TestDatabase::empty();
    let system = start(&database, &Clock::standing_at(instant(NOW))).await;
    system.settle(60).await.expect("the followers reach their heads");
    let act = Act { actor: "service:test".to_owned(), at: demo::areas_at(), batch: None };
    let (area, from_on) = (AreaId::stored("33@origin"), chrono::NaiveDate::from_ymd_opt(2018, 1, 1).expect("a day"));
    let stated = system.reporting.db.write(act, move |tx| {
        let coverage = reporting::coverage::Coverage { id: shared::Id::new(), measure: "*".to_owned(), area, from_on };
        let entry = reporting::coverage::state_coverage(tx, &coverage, from_on)?;
        Ok(((), entry.into()))
    });
    stated.await.expect("the coverage is stated");
    system.stop().await;
    database.closed().await;
    database
}

async fn demo_template() -> TestDatabase {
    let database = TestDatabase::empty();
    let system = start(&database, &Clock::standing_at(instant(DEMO_NOW))).await;
    demo::load(&system, &mut |_, _| {}).await.expect("the demonstration breaks no rule");
    let clients: DemoFile = demo::create_clients(&system).await.expect("clients");
    clients.write(&database.path()).expect("demo.json");
    system.stop().await;
    database.closed().await;
    database
}

impl TestApp {
    /// Starts a system that knows the administrative units and nothing else.
    pub async fn start() -> Self {
        let template = EMPTY.get_or_init(empty_template).await;
        let app = Self::over(template.copy(), NOW).await;
        app.sweeper.lock().await.look().await.expect("there are no findings");
        app
    }

    /// Starts a system with the demonstration's data, for a test to do with what it likes.
    pub async fn with_demo() -> Self {
        let template = DEMO.get_or_init(demo_template).await;
        Self::over(template.copy(), DEMO_NOW).await
    }

    /// A database with the demonstration's data, of which nobody uses the copy.
    pub async fn demo_database() -> TestDatabase {
        DEMO.get_or_init(demo_template).await.copy()
    }

    /// Starts a system over a database, and waits until its followers have reached their heads.
    pub async fn over(database: TestDatabase, now: &str) -> Self {
        let app = Self::over_unsettled(database, now).await;
        app.settle().await;
        app
    }

    /// Starts a system that knows the administrative units and nothing else, with other limits.
    pub async fn serving(change: impl FnOnce(&mut ServerOptions)) -> Self {
        let template = EMPTY.get_or_init(empty_template).await;
        let mut server = unlimited();
        change(&mut server);
        Self::over_with(template.copy(), NOW, &server).await
    }

    /// Starts a system over a database.
    pub async fn over_unsettled(database: TestDatabase, now: &str) -> Self {
        Self::over_with(database, now, &unlimited()).await
    }

    /// Starts a system that callers reach at another address than the one on which it listens.
    pub async fn issuing(issuer: &str) -> Self {
        let template = EMPTY.get_or_init(empty_template).await;
        Self::over_as(template.copy(), NOW, &unlimited(), Some(issuer.to_owned())).await
    }

    async fn over_with(database: TestDatabase, now: &str, server: &ServerOptions) -> Self {
        Self::over_as(database, now, server, None).await
    }

    async fn over_as(database: TestDatabase, now: &str, server: &ServerOptions, issuer: Option<String>) -> Self {
        let clock = Clock::standing_at(instant(now));
        let options = Options { issuer, ..options(&database, &clock, server) };
        let mut system = System::start(&options).await.expect("the system starts");
        system.open().expect("the listener is free");
        let http = http_client().expect("a client");
        let sweeper = tokio::sync::Mutex::new(Scanner::new(system.membership.clone()));
        Self { system, database, clock, http, made: AtomicU64::new(0), sweeper }
    }

    /// Starts another replica of every service on the same database.
    ///
    /// # Errors
    /// Fails where the database is a folder: one process at a time may use it.
    pub async fn replica(&self) -> shared::Result<Self> {
        let database = self.database.seen_by_another();
        let mut system = System::start(&options(&database, &self.clock, &unlimited())).await?;
        system.open().expect("the listener is free");
        let sweeper = tokio::sync::Mutex::new(Scanner::new(system.membership.clone()));
        let (clock, http) = (self.clock.clone(), self.http.clone());
        Ok(Self { system, database, clock, http, made: AtomicU64::new(0), sweeper })
    }

    /// Somebody who was given credentials.
    pub async fn signed_in(&self, client: &(shared::Id, secrecy::SecretString)) -> Somebody {
        let token = self.token(&client.0.to_string(), client.1.expose_secret()).await;
        Somebody::new(&self.system.base_url, self.http.clone(), Some(token)).named(&client.0.to_string())
    }

    /// Stops the system gracefully and returns its database.
    pub async fn stop(self) -> TestDatabase {
        drop(self.sweeper);
        self.system.stop().await;
        self.database.closed().await;
        self.database
    }

    /// Sets the clock.
    pub fn set_clock(&self, now: &str) {
        self.clock.set(instant(now));
    }

    /// Waits until the figures know everything that was recorded.
    pub async fn settle(&self) {
        self.system.settle(30).await.expect("the followers reach their heads");
    }

    /// Lets membership look for findings now, as it does by itself every minute or so. What it finds by what was told since the
    /// last look is all that a look at everything finds.
    pub async fn look_for_findings(&self) {
        let membership = &self.system.membership;
        self.sweeper.lock().await.look().await.expect("findings are looked for");
        let found = count_findings(&membership.db).await;
        membership::findings::look_once(membership).await.expect("findings are looked for");
        assert_eq!(found, count_findings(&membership.db).await, "a look at everything finds no more");
    }

    /// Somebody with a role over an area: `app.be(Role::Officer, "325@origin")`.
    pub async fn be(&self, role: Role, area: &str) -> Somebody {
        self.signed_in(&self.create_client(role, area).await).await
    }

    /// An officer of an area.
    pub async fn officer_of(&self, area: &str) -> Somebody {
        self.be(Role::Officer, area).await
    }

    /// Somebody with several roles over areas.
    pub async fn be_with(&self, grants: &[Grant]) -> Somebody {
        let (first, others) = grants.split_first().expect("a grant");
        let client = self.create_client(first.role, first.area.as_str()).await;
        let administrator = self.be(Role::Administrator, "33@origin").await;
        for Grant { role, area } in others {
            let body = serde_json::json!({"client_id": client.0, "role": role, "area": area});
            administrator.post("/v1/grants", body).await.is(201);
        }
        self.signed_in(&client).await
    }

    /// Makes a client and returns its id and its secret.
    pub async fn create_client(&self, role: Role, area: &str) -> (shared::Id, secrecy::SecretString) {
        let label = format!("Khách thử {}", self.made.fetch_add(1, Ordering::SeqCst));
        let grant = Grant { role, area: AreaId::stored(area) };
        identity::provision::create_client_with_grant(&self.system.identity, label, grant).await.expect("a client")
    }

    /// Asks for a token with credentials.
    pub async fn token(&self, client_id: &str, client_secret: &str) -> String {
        let form = [("grant_type", "client_credentials")];
        let url = format!("{}/v1/oauth/token", self.system.base_url);
        let answer =
            self.http.post(url).basic_auth(client_id, Some(client_secret)).form(&form).send().await.expect("an answer");
        let body: serde_json::Value = answer.json().await.expect("JSON");
        body["access_token"].as_str().unwrap_or_else(|| panic!("no token: {body}")).to_owned()
    }

    /// Somebody with a token of the test's own making, or with none.
    pub fn bearer(&self, token: Option<&str>) -> Somebody {
        Somebody::new(&self.system.base_url, self.http.clone(), token.map(str::to_owned))
    }

    /// Asks without a token.
    pub async fn get(&self, path: &str) -> Answer {
        Request::new(self.bearer(None), reqwest::Method::GET, path).await
    }

    /// Asks at the operators' port.
    pub async fn operators_get(&self, path: &str) -> Answer {
        let operators = self.system.operators_url.as_deref().expect("operators are answered");
        Somebody::new(operators, self.http.clone(), None).get(path).await
    }

    /// How many rows every table of the registry, of membership, of reporting and of steering has, to show that nothing
    /// changed.
    pub async fn rows(&self) -> BTreeMap<String, i64> {
        self.settle().await;
        let mut rows = BTreeMap::new();
        for (service, db) in [
            ("enterprise-registry", &self.system.registry.db),
            ("membership", &self.system.membership.db),
            ("reporting", &self.system.reporting.db),
            ("steering", &self.system.steering.db),
        ] {
            for table in tables_of(db).await {
                let count = count_rows(db, &table).await;
                rows.insert(format!("{service}.{table}"), count);
            }
        }
        rows
    }

    /// The number of entries in every journal.
    pub async fn heads(&self) -> Vec<i64> {
        let mut heads = Vec::new();
        let system = &self.system;
        for db in
            [&system.identity.db, &system.registry.db, &system.membership.db, &system.reporting.db, &system.steering.db]
        {
            heads.push(db.read(shared::journal::head_seq).await.expect("a head"));
        }
        heads
    }
}
