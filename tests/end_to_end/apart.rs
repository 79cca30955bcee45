//! The separate services, started as OPERATIONS says.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shared::access::Role;
use tests::{Process, Somebody, TestApp, TestDatabase, eventually, free_port, unit};

use crate::running::PROGRAM;

/// The services apart, each a process on a port of its own.
struct Apart {
    database: TestDatabase,
    environment: Vec<(String, String)>,
    urls: BTreeMap<&'static str, String>,
    operators: BTreeMap<&'static str, String>,
    processes: BTreeMap<&'static str, Process>,
}

impl Apart {
    fn new() -> Self {
        let places = || {
            let services = ["identity", "enterprise-registry", "membership", "reporting", "steering"];
            services.map(|service| (service, format!("http://127.0.0.1:{}", free_port()))).into()
        };
        let (urls, operators): (BTreeMap<_, _>, _) = (places(), places());
        let database = TestDatabase::empty();
        let environment = [
            ("MASTER_KEY", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="),
            ("DATABASE_URL", &database.url_text()),
            ("ISSUER", &urls["identity"]),
            ("IDENTITY_URL", &urls["identity"]),
            ("REGISTRY_URL", &urls["enterprise-registry"]),
            ("MEMBERSHIP_URL", &urls["membership"]),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Self { database, environment, urls, operators, processes: BTreeMap::new() }
    }

    fn environment(&self, client: Option<&Value>) -> Vec<(String, String)> {
        let mut all = self.environment.clone();
        if let Some(client) = client {
            let file = self.database.path().join(format!("{}.json", client["client_id"].as_str().unwrap()));
            std::fs::write(&file, client.to_string()).unwrap();
            all.push(("CLIENT_FILE".to_owned(), file.to_str().unwrap().to_owned()));
        }
        all
    }

    async fn start(&mut self, service: &'static str, client: Option<&Value>) {
        let environment = self.environment(client);
        let environment: Vec<(&str, &str)> =
            environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let bind = self.urls[service].trim_start_matches("http://").to_owned();
        let operators = self.operators[service].trim_start_matches("http://").to_owned();
        let arguments = [service, "--bind", &bind, "--ops-bind", &operators];
        let mut process = Process::spawn(PROGRAM, &arguments, &environment);
        process.ready(&self.urls[service], 60).await;
        self.processes.insert(service, process);
    }

    /// Runs a command of identity, which is not running at the moment, and returns the credentials it prints.
    fn command(&self, arguments: &[&str]) -> Value {
        let environment = self.environment(None);
        let environment: Vec<(&str, &str)> =
            environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let output = Process::run(PROGRAM, &[&["identity"], arguments].concat(), &environment);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    async fn be(&self, service: &str, client: &Value) -> Somebody {
        let http = shared::service::http_client().unwrap();
        let (id, secret) = (client["client_id"].as_str().unwrap(), client["client_secret"].as_str());
        let asked = http.post(format!("{}/v1/oauth/token", self.urls["identity"])).basic_auth(id, secret);
        let answer = asked.form(&[("grant_type", "client_credentials")]).send().await.unwrap();
        let token = answer.json::<Value>().await.unwrap()["access_token"].as_str().unwrap().to_owned();
        Somebody::new(&self.urls[service], http, Some(token))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_services_run_apart_and_reporting_outlives_membership() {
    let mut apart = Apart::new();
    apart.start("enterprise-registry", None).await;
    apart.start("identity", None).await;
    // Identity learns of the areas, and is stopped so that its commands have its database to themselves.
    let follows = format!("{}/health", apart.operators["identity"]);
    eventually("identity knows the areas", || async {
        let asked = shared::service::http_client().unwrap().get(&follows).send();
        let health: Value = asked.await.unwrap().json().await.unwrap();
        (health["services"][0]["followers"][0]["seq"].as_i64().unwrap() >= 1051).then_some(())
    })
    .await;
    assert!(apart.processes.remove("identity").unwrap().interrupt());
    let membership = apart.command(&["create-service-client", "membership"]);
    let reporting = apart.command(&["create-service-client", "reporting"]);
    let steering = apart.command(&["create-service-client", "steering"]);
    let administrator = apart.command(&["create-admin", "--area", "33@2025-07-01"]);
    let environment = apart.environment(None);
    let environment: Vec<(&str, &str)> =
        environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let nowhere = Process::run(PROGRAM, &["identity", "create-admin", "--area", "77@origin"], &environment);
    let said = String::from_utf8(nowhere.stderr).unwrap();
    assert!(!nowhere.status.success() && said.contains("identity knows no area 77@origin"), "{said}");
    apart.start("identity", None).await;
    apart.start("membership", Some(&membership)).await;
    apart.start("reporting", Some(&reporting)).await;
    apart.start("steering", Some(&steering)).await;

    let administrator = apart.be("identity", &administrator).await;
    let body = json!({"label": "Cán bộ Như Quỳnh", "area": "12004@2025-07-01"});
    let made = administrator.post("/v1/clients", body).await.is(201);
    let grant = json!({"client_id": made["client"]["id"], "role": "officer", "area": "12004@2025-07-01"});
    administrator.post("/v1/grants", grant).await.is(201);
    let officer = json!({"client_id": made["client"]["id"], "client_secret": made["client_secret"]});
    let body = json!({"label": "Cán bộ tỉnh", "area": "33@2025-07-01"});
    let made = administrator.post("/v1/clients", body).await.is(201);
    let grant = json!({"client_id": made["client"]["id"], "role": "officer", "area": "33@2025-07-01"});
    administrator.post("/v1/grants", grant).await.is(201);
    let of_province = json!({"client_id": made["client"]["id"], "client_secret": made["client_secret"]});
    let province = apart.be("membership", &of_province).await;
    let registry = apart.be("enterprise-registry", &officer).await;
    let unit = registry.post("/v1/economic-units", unit("Công ty Giả Định", "12004@2025-07-01")).await.is(201);
    let organisations = apart.be("membership", &officer).await;
    let body = json!({"kind": "provincial_federation", "name": "Liên đoàn Lao động Giả Định",
        "area": "33@2025-07-01", "established_on": "2025-07-01"});
    let federation = province.post("/v1/organisation-opening-registrations", body).await.is(201);
    let body = json!({"kind": "grassroots_union", "name": "Công đoàn Giả Định", "superior_id": federation["id"],
        "area": "12004@2025-07-01", "economic_unit_ids": [unit["id"]], "established_on": "2025-08-01",
        "decision": tests::decision("2025-08-01"), "founding_members": {"members": 9}});
    organisations.post("/v1/organisations", body).await.is(201);

    let body = crate::steering::establishment("steering_committee", "325@origin", "2025-08-01");
    let body = crate::steering::at(body, "commune", "12004@2025-07-01");
    let committees = apart.be("steering", &officer).await;
    let committee = committees.post("/v1/steering-bodies", body).await.is(201);
    let listed = committees.get("/v1/steering-bodies?area=12004").await.is(200);
    assert_eq!(listed["items"][0]["id"], committee["id"]);

    let reader = apart.be("reporting", &officer).await;
    let figures = || reader.get("/v1/figures?period=2025-H2&indicator=TU01,UN12");
    eventually("reporting follows", || async {
        let values = figures().await.body["total"].clone();
        (values[0]["value"] == 1 && values[1]["value"] == 1).then_some(())
    })
    .await;
    apart.processes.remove("membership").unwrap().kill();
    let stale = eventually("reporting notices that membership is gone", || async {
        let answer = figures().await;
        (answer.header("stale-sources") == "membership").then_some(answer)
    });
    let stale = stale.await.is(200);
    assert_eq!(stale["total"][0]["value"], 1, "what was known is served");
    let noted = || async {
        tokio::time::sleep(std::time::Duration::from_millis(2100)).await;
        figures().await.is(200)["position"].as_str().unwrap().to_owned()
    };
    let stands_still = noted().await;
    assert_eq!(noted().await, stands_still, "and says until when everything was known");
    apart.start("membership", Some(&membership)).await;
    eventually("reporting goes on with membership", || async {
        figures().await.header("stale-sources").is_empty().then_some(())
    })
    .await;
    assert!(noted().await > stands_still);
    assert!(apart.database.path().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_on_one_server_do_each_thing_once_and_a_folder_has_one_user() {
    let app = TestApp::start().await;
    let other = match app.replica().await {
        Ok(other) if app.database.is_on_server() => other,
        Ok(_) => panic!("two processes use one folder"),
        Err(error) => {
            assert!(!app.database.is_on_server(), "{error:?}");
            assert!(format!("{error:?}").contains("another process is using the data folder"), "{error:?}");
            return;
        }
    };
    let client = app.create_client(Role::Officer, "33@origin").await;
    let (here, there) = (app.signed_in(&client).await, other.signed_in(&client).await);
    let path = "/v1/economic-units";
    let body = || unit("Công ty Giả Định", "11986@origin");

    // A key holds over both, also for twins.
    let first = here.post(path, body()).key("k").await.is(201);
    let again = there.post(path, body()).key("k").await;
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.is(201), first);
    let (one, two) =
        tokio::join!(here.post(path, body()).key("k2").into_future(), there.post(path, body()).key("k2").into_future());
    let replayed = [&one, &two].iter().filter(|answer| answer.header("idempotent-replayed") == "true").count();
    assert_eq!((replayed, one.is(201)), (1, two.is(201)));

    // A version is one version.
    let address = format!("{path}/{}", first["id"].as_str().unwrap());
    let etag = first["etag"].as_str().unwrap();
    here.patch(&address, json!({"name": "Tên Hai"})).if_match(etag).await.is(200);
    there.patch(&address, json!({"name": "Tên Ba"})).if_match(etag).await.problem(412, "stale_version");

    // Writers at both, followers at both: each entry takes effect once, and both say the same.
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let somebody = if writer % 2 == 0 { here.clone() } else { there.clone() };
            tokio::spawn(async move {
                for number in 0..10 {
                    let body = unit(&format!("Công ty {writer}-{number}"), "11986@origin");
                    somebody.post(path, body).await.is(201);
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    app.settle().await;
    other.settle().await;
    let figure = |somebody: &Somebody| somebody.get("/v1/figures?period=2022-H1&area=33@origin&indicator=UN01");
    let (one, two) = (figure(&here).await, figure(&there).await);
    assert_eq!(one.text, two.text);
    assert_eq!(one.is(200)["total"][0]["value"], 82);
    let rows = app.rows().await;
    let kept = ["reporting.facts", "reporting.unit_tellings", "reporting.unit_periods"].map(|table| rows[table]);
    assert_eq!(kept, [82, 83, 82], "one fact a unit, one telling an entry; a changed name is no other period");
    for replica in [&app, &other] {
        replica.get("/readyz").await.is(200);
    }
}
