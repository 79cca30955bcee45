//! What happens when things break: killed processes, crowds of writers, older copies, second starts.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use identity::credentials::code_at;
use serde_json::{Value, json};
use shared::access::Role;
use shared::journal::{Entries, Entry, Published, head_seq};
use shared::storage::{Act, Db};
use standalone::demo::DemoFile;
use tests::{Process, TestApp, TestDatabase, counted_until, decision, eventually, free_port, run_sql, unit};

use crate::running::{PROGRAM, Running, command_on, run_on};
use crate::sign_in::{Browser, VERIFIER, agree, authorize_path};

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_process_loses_nothing_that_it_acknowledged() {
    let database = TestApp::demo_database().await;
    let mut running = Running::start(&database).await;
    let officer = running.be(&database, Role::Officer).await;
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let (officer, stop) = (officer.clone(), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut acknowledged = Vec::new();
                for number in 0..10_000 {
                    if stop.load(Ordering::SeqCst) {
                        break;
                    }
                    let body = unit(&format!("Công ty {writer}-{number}"), "12004@2025-07-01");
                    let key = format!("k-{writer}-{number}");
                    match officer.post("/v1/economic-units", body).key(&key).attempt().await {
                        Some(answer) if answer.status == 201 => {
                            acknowledged.push((key, answer.body["id"].as_str().unwrap().to_owned()));
                        }
                        _ => break,
                    }
                }
                acknowledged
            })
        })
        .collect();
    // Until a few hundred entries are there: then the process is killed in the middle of the next ones.
    let path = "/v1/journal/enterprise-registry?after=1681&limit=500&wait=5";
    while officer.get(path).await.is(200)["next_after"].as_i64().unwrap() < 1681 + 200 {}
    running.process.kill();
    stop.store(true, Ordering::SeqCst);
    let mut acknowledged = Vec::new();
    for writer in writers {
        acknowledged.extend(writer.await.unwrap());
    }
    assert!(acknowledged.len() >= 150, "{} were acknowledged", acknowledged.len());

    let running = Running::start(&database).await;
    let officer = running.be(&database, Role::Officer).await;
    for (_, id) in &acknowledged {
        officer.get(&format!("/v1/economic-units/{id}")).await.is(200);
    }
    // A phone that did not hear the answer sends again under its key.
    let (key, id) = acknowledged.last().unwrap();
    let (writer, number) = key.trim_start_matches("k-").split_once('-').unwrap();
    let again = unit(&format!("Công ty {writer}-{number}"), "12004@2025-07-01");
    let again = officer.post("/v1/economic-units", again).key(key).await;
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.is(201)["id"].as_str(), Some(id.as_str()));

    let (is_whole, said) = command_on(&database, &["verify"]);
    assert!(is_whole, "{said}");
    assert_eq!(said.lines().filter(|line| line.contains("entries hold")).count(), 5, "{said}");

    // No half change: as many units as entries that registered one, and the figures know them all.
    let total = officer.get("/v1/economic-units?count=true&limit=1").await.is(200)["total"].as_i64().unwrap();
    let (mut registered, mut after, mut head) = (0, 0, 1);
    while after < head {
        let page = officer.get(&format!("/v1/journal/enterprise-registry?after={after}&limit=500")).await.is(200);
        let items = page["items"].as_array().unwrap();
        registered += items.iter().filter(|entry| entry["kind"] == "economic_unit.registered").count() as i64;
        (after, head) = (page["next_after"].as_i64().unwrap(), page["head"]["seq"].as_i64().unwrap());
    }
    assert_eq!(total, registered);
    let ended = officer.get("/v1/economic-units?count=true&limit=1&status=active,suspended").await.is(200);
    let figures =
        eventually("the figures catch up", || async { (counted_until(&database.url).await[0] == head).then_some(()) });
    figures.await;
    let figures = officer.get("/v1/figures?period=2026&indicator=UN01").await.is(200);
    assert_eq!(figures["total"][0]["value"], ended["total"]);
}

/// Signs somebody of the demonstration in to its app, and returns what nobody else may know of that (ASVS 16.2.5).
async fn secrets_of_a_sign_in(running: &Running, file: &DemoFile) -> Vec<String> {
    let user = file.users.iter().find(|user| user.role == Role::Officer).unwrap();
    let client = file.app.as_ref().unwrap().client_id.clone();
    let browser = Browser {
        base_url: running.base_url.clone(),
        http: shared::service::http_client().unwrap(),
        cookies: std::sync::Mutex::default(),
    };
    browser.sign_in(&user.login, "không phải mật khẩu này").await;
    browser.sign_in(&user.login, &user.password).await;
    let half = browser.cookies.lock().unwrap()["session"].clone();
    let code = code_at(user.totp_secret.as_deref().unwrap(), shared::clock::Clock::System.now()).unwrap();
    assert_eq!(browser.post("/account/second-factor", &[("code", &code)]).await.status, 303);
    let session = browser.cookies.lock().unwrap()["session"].clone();
    let address = [("redirect_uri", "http://127.0.0.1/signed-in")];
    assert_eq!(browser.get(&authorize_path(&client, &address)).await.status, 200);
    let granted = agree(&browser, &client, &address).await.parameter("code").unwrap();
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", client.as_str()),
        ("code", granted.as_str()),
        ("redirect_uri", "http://127.0.0.1/signed-in"),
        ("code_verifier", VERIFIER),
    ];
    let answer = browser.http.post(browser.address("/v1/oauth/token")).form(&form).send().await.unwrap();
    let tokens: Value = answer.json().await.unwrap();
    let mut secrets = vec![user.login.clone(), user.name.clone(), user.password.clone(), half, session, granted];
    secrets.extend(["không phải mật khẩu này".to_owned(), VERIFIER.to_owned()]);
    secrets.extend(["access_token", "refresh_token", "id_token"].map(|name| tokens[name].as_str().unwrap().to_owned()));
    secrets
}

#[tokio::test(flavor = "multi_thread")]
async fn the_most_talkative_log_names_nobody() {
    let database = TestApp::demo_database().await;
    let running = Running::start_with(&database, &[("RUST_LOG", "trace")]).await;
    let officer = running.be(&database, Role::Officer).await;
    let cells = officer.get("/v1/organisations?kind=grassroots_cell&status=active&limit=1").await.is(200);
    let mut person = tests::person(90_000_077);
    person["phone"] = json!("0912345678");
    person["card_number"] = json!("THE-77");
    let body = |person: &Value| {
        json!({"organisation_id": cells["items"][0]["id"], "person": person, "occurred_on": "2026-05-19",
            "decision": {"number": "77-QĐ/GĐ", "decided_on": "2026-05-10", "issuing_body": "Đảng ủy Giả Định"}})
    };
    let made = officer.post("/v1/admissions", body(&person)).key("nhat-ky").await.is(201);
    let path = format!("/v1/people/{}", made["person_id"].as_str().unwrap());
    officer.get(&path).await.is(200);
    officer.get("/v1/people?limit=200").await.is(200);
    let shown = officer.post(&format!("{path}/reveals"), json!({"purpose": "Đối chiếu hồ sơ kết nạp"})).await.is(200);
    assert_eq!(shown["full_name"], person["full_name"]);
    officer.post("/v1/admissions", body(&person)).await.problem(409, "already_member");
    let mut wrong = person.clone();
    wrong["personal_id"] = json!("98765432");
    officer.post("/v1/admissions", body(&wrong)).await.problem(422, "invalid_fields");
    officer.get("/v1/economic-units?q=Nguy%E1%BB%85n").await.is(200);
    let file = DemoFile::read(&database.path()).unwrap().unwrap();
    let of_sign_in = secrets_of_a_sign_in(&running, &file).await;
    let mut secrets: Vec<String> = ["full_name", "birth_date", "personal_id", "phone", "card_number"]
        .iter()
        .map(|field| person[*field].as_str().unwrap().to_owned())
        .collect();
    secrets.extend(["98765432", "Đối chiếu", "Nguy%E1%BB%85n", "Nguyễn"].map(str::to_owned));
    secrets.push(officer.token().to_owned());
    secrets.extend(of_sign_in);
    secrets.push(std::fs::read_to_string(database.path().join("master.key")).unwrap());
    secrets.push(file.client(Role::Officer).unwrap().client_secret.clone());
    let printed = running.process.printed();
    assert!(printed.contains("/v1/people/{id}"), "requests are logged by their routes");
    // The command line that is shown for pasting holds the viewer's secret, by design; nobody signed in with it.
    for secret in secrets {
        let line = printed.lines().find(|line| line.contains(&secret));
        assert!(line.is_none(), "{secret} stands in the log: {}", line.unwrap_or_default());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tailing_reader_misses_no_entry_of_sixteen_writers() {
    const WRITERS: usize = 16;
    const UNITS_EACH: usize = 20;
    let app = TestApp::start().await;
    let officer = app.officer_of("33@origin").await;
    let head = app.heads().await[1];
    let reader = app.officer_of("33@2025-07-01").await;
    // Who does not see everything goes on by cursor.
    let (partial, start) = (officer.clone(), officer.get("/v1/journal/enterprise-registry?limit=500").await.is(200));
    let by_cursor = tokio::spawn(async move {
        let (mut cursor, mut seen) = (start["next"].as_str().unwrap().to_owned(), Vec::new());
        while seen.len() < WRITERS * UNITS_EACH {
            let path = format!("/v1/journal/enterprise-registry?cursor={cursor}&limit=7&wait=5");
            let page = partial.get(&path).await.is(200);
            let subjects =
                page["items"].as_array().unwrap().iter().filter(|one| one["kind"] == "economic_unit.registered");
            seen.extend(subjects.map(|one| one["subject"].as_str().unwrap().to_owned()));
            cursor = page["next"].as_str().unwrap().to_owned();
        }
        seen
    });
    let tail = tokio::spawn(async move {
        let (mut after, mut seen) = (head, Vec::new());
        while seen.len() < WRITERS * UNITS_EACH {
            let page = reader.get(&format!("/v1/journal/enterprise-registry?after={after}&limit=500&wait=5")).await;
            let page = page.is(200);
            for entry in page["items"].as_array().unwrap() {
                seen.push((entry["seq"].as_i64().unwrap(), entry["subject"].as_str().unwrap().to_owned()));
            }
            after = page["next_after"].as_i64().unwrap();
        }
        seen
    });
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let officer = officer.clone();
            tokio::spawn(async move {
                let mut made = Vec::new();
                for number in 0..UNITS_EACH {
                    let body = unit(&format!("Công ty {writer}-{number}"), "11986@origin");
                    let answer = officer.post("/v1/economic-units", body).await;
                    let location = answer.header("location").to_owned();
                    answer.is(201);
                    made.push(location);
                }
                made
            })
        })
        .collect();
    let mut made = BTreeSet::new();
    for writer in writers {
        made.extend(writer.await.unwrap());
    }
    let seen = tail.await.unwrap();
    let first = seen[0].0;
    assert!(seen.iter().enumerate().all(|(at, (seq, _))| *seq == first + at as i64), "in order and without a gap");
    assert_eq!(by_cursor.await.unwrap(), seen.iter().map(|(_, subject)| subject.clone()).collect::<Vec<_>>());
    assert_eq!(seen.into_iter().map(|(_, subject)| subject).collect::<BTreeSet<_>>(), made);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_put_back_to_an_older_copy_stops_its_followers() {
    let database = TestApp::start().await.stop().await;
    let older = database.copy();
    let app = TestApp::over(database, tests::NOW).await;
    let officer = app.officer_of("325@origin").await;
    officer.post("/v1/economic-units", unit("Công ty Giả Định", "11986@origin")).await.is(201);
    app.settle().await;
    assert_eq!(app.operators_get("/health").await.is(200)["status"], "ready");
    let database = app.stop().await;
    database.put_back("enterprise-registry", &older);

    let app = TestApp::over_unsettled(database, tests::NOW).await;
    // The forked history even grows past the place where the followers stand.
    let officer = app.officer_of("325@origin").await;
    for name in ["Công ty khác", "Công ty khác nữa"] {
        officer.post("/v1/economic-units", unit(name, "11986@origin")).await.is(201);
    }
    let stopped = |health: &Value| {
        let services = health["services"].as_array().unwrap().clone();
        let is_stopped =
            |follower: &Value| follower["stopped"].as_str().is_some_and(|text| text.starts_with("journal_forked"));
        let stopped = services.iter().filter(|part| part["followers"].as_array().unwrap().iter().any(is_stopped));
        stopped.map(|part| part["service"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
    };
    // identity uses areas alone, and did not keep that it had read further: to it nothing is lost.
    let health = eventually("the followers notice", || async {
        let health = app.operators_get("/health").await;
        let is_noticed = ["membership", "reporting"].iter().all(|service| stopped(&health.body).contains(*service));
        is_noticed.then_some(health)
    });
    let health = health.await;
    assert!(!stopped(&health.body).contains("identity"));
    assert_eq!((health.status, &health.body["status"]), (200, &json!("ready")));
    assert_eq!(app.get("/readyz").await.text, "ready", "what was built is served");
    let text = health.text;
    assert!(text.contains("put back to an older copy") && text.contains("empty it"), "advice: {text}");
    // What was built before the fork is still served, and says how far it goes.
    let viewer = app.be(Role::Viewer, "33@origin").await;
    let figures = viewer.get("/v1/figures?period=2022-H1&indicator=UN01").await;
    let stale = figures.header("stale-sources").to_owned();
    assert_eq!((&figures.is(200)["total"][0]["value"], stale.as_str()), (&json!(1), "enterprise-registry"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_starts_at_once_on_one_data_folder_are_refused_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let port = free_port();
    let arguments = ["standalone", "--no-demo", "--data-dir", path, "--bind", &format!("127.0.0.1:{port}")];
    let mut first = Process::spawn(PROGRAM, &arguments, &[]);
    first.ready(&format!("http://127.0.0.1:{port}"), 60).await;
    for file in std::fs::read_dir(path).unwrap().flatten() {
        let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions()) & 0o777;
        assert_eq!(mode, 0o600, "{} is for its owner only", file.path().display());
    }
    let second = ["standalone", "--no-demo", "--data-dir", path, "--bind", "127.0.0.1:0"];
    let second = Process::run(PROGRAM, &second, &[]);
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(!second.status.success() && said.contains("another process is using the data folder"), "{said}");
    let taken = Process::run(PROGRAM, &["standalone", "--no-demo", "--bind", &format!("127.0.0.1:{port}")], &[]);
    let said = String::from_utf8(taken.stderr).unwrap();
    assert!(!taken.status.success() && said.contains(&format!("another program uses 127.0.0.1:{port}")), "{said}");
    // The first start without demonstration data shows one administrator, once.
    let printed = first.printed();
    let secret = printed.lines().find_map(|line| line.trim().strip_prefix("client_secret:")).unwrap().trim().to_owned();
    let id = printed.lines().find_map(|line| line.trim().strip_prefix("client_id:")).unwrap().trim().to_owned();
    let form = [("grant_type", "client_credentials")];
    let http = shared::service::http_client().unwrap();
    let asked = http.post(format!("http://127.0.0.1:{port}/v1/oauth/token")).basic_auth(id, Some(&secret));
    assert_eq!(asked.form(&form).send().await.unwrap().status(), 200);
    assert!(first.interrupt(), "Ctrl-C ends it well");
    let mut again = Process::spawn(PROGRAM, &arguments, &[]);
    again.ready(&format!("http://127.0.0.1:{port}"), 60).await;
    assert!(!again.printed().contains("client_secret"), "{}", again.printed());
    // One forgotten option pours no demonstration into it.
    assert!(again.interrupt());
    for (language, told) in [("vi", "không được nạp thêm vào"), ("en", "the demonstration is not added to them")]
    {
        let arguments = ["standalone", "--language", language, "--data-dir", path, "--bind", "127.0.0.1:0"];
        let forgotten = Process::run(PROGRAM, &arguments, &[]);
        let said = String::from_utf8(forgotten.stderr).unwrap();
        assert!(!forgotten.status.success() && said.contains(told), "{said}");
    }
    assert!(!std::path::Path::new(path).join("demo.json").exists());
    let verified = Process::run(PROGRAM, &["standalone", "--data-dir", path, "verify"], &[]);
    let said = String::from_utf8(verified.stdout).unwrap();
    assert!(said.contains("membership: 0 entries hold"), "{said}");
}

/// What the system says when it refuses to start on a database.
fn refused_start(database: &TestDatabase, environment: &[(&str, &str)]) -> String {
    let (code, said) = run_on(database, &["--no-demo", "--bind", "127.0.0.1:0"], environment);
    assert_eq!(code, Some(1));
    assert_eq!(said.lines().filter(|line| line.contains("cannot go on")).count(), 1, "one sentence: {said}");
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_master_key_is_told_at_the_start() {
    let database = TestApp::start().await.stop().await;
    let said = refused_start(&database, &[("MASTER_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]);
    assert!(said.contains("start with the right key"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_a_newer_version_or_a_half_finished_migration_is_told_and_left_as_it_is() {
    let app = TestApp::start().await;
    let before = app.rows().await;
    let versions = "__diesel_schema_migrations";
    let newer = format!("INSERT INTO {versions} (version) VALUES ('20990101000000')");
    run_sql(&app.system.membership.db, vec![newer]).await;
    let database = app.stop().await;
    let said = refused_start(&database, &[]);
    assert!(said.contains("20990101000000") && said.contains("start the newer program"), "{said}");
    let db = Db::open_beside(&database.url, membership::NAME).unwrap();
    let older = "20261128210001";
    let undo = |version: &str| format!("DELETE FROM {versions} WHERE version = '{version}'");
    // As if a hand had made the tables, and the migration tool did not know.
    run_sql(&db, vec![undo("20990101000000"), undo(older)]).await;
    drop(db);
    database.closed().await;
    let said = refused_start(&database, &[]);
    assert!(said.contains("bringing the database's schema up to date, of which nothing was done"), "{said}");
    // As a program from before the first release left it.
    let db = Db::open_beside(&database.url, membership::NAME).unwrap();
    let unreleased = "20261124000001";
    run_sql(&db, vec![format!("INSERT INTO {versions} (version) VALUES ('{unreleased}')")]).await;
    drop(db);
    database.closed().await;
    let said = refused_start(&database, &[]);
    assert!(said.contains("before the first release") && said.contains("begin with an empty data folder"), "{said}");
    let db = Db::open_beside(&database.url, membership::NAME).unwrap();
    run_sql(&db, vec![undo(unreleased)]).await;
    drop(db);
    database.closed().await;
    let db = Db::open_beside(&database.url, membership::NAME).unwrap();
    run_sql(&db, vec![format!("INSERT INTO {versions} (version) VALUES ('{older}')")]).await;
    drop(db);
    database.closed().await;
    assert_eq!(TestApp::over(database, tests::NOW).await.rows().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_settings_end_a_start_with_one_sentence() {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a-file");
    std::fs::write(&file, "not a folder").unwrap();
    let (folder, file) = (folder.path().to_str().unwrap(), file.to_str().unwrap());
    let nobody = "postgres://nobody:geheim@127.0.0.1:1/none";
    let free = "127.0.0.1:0";
    for (code, expected, arguments) in [
        (1, "another program uses", vec!["--data-dir", folder, "--bind", &taken]),
        (1, "choose another port with --ops-bind", vec!["--data-dir", folder, "--bind", free, "--ops-bind", &taken]),
        (2, "from 1 to 256", vec!["--workers", "0"]),
        (2, "from 1 to 256", vec!["--workers", "many"]),
        (2, "expected an origin", vec!["--cors-origin", "foo"]),
        (2, "expected an origin", vec!["--cors-origin", "https://cong.example.vn/"]),
        (2, "without a path", vec!["--issuer", "dang.example.vn"]),
        (2, "without a path", vec!["--issuer", "https://dang.example.vn/x"]),
        (1, "a-file", vec!["--data-dir", file, "--bind", free]),
        (1, "connecting to the postgres server", vec!["--data-dir", folder, "--database-url", nobody, "--bind", free]),
        (2, "expected postgres://", vec!["--database-url", "mysql://x", "--bind", free]),
        (2, "--bind", vec!["--bind", "somewhere"]),
    ] {
        let refused = Process::run(PROGRAM, &[&["standalone", "--no-demo"], arguments.as_slice()].concat(), &[]);
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(code), "{said}");
        assert!(said.contains(expected), "{said}");
        assert!(!said.contains("geheim"), "a password is shown: {said}");
        assert!(!said.contains("internal") && !said.contains("panicked") && !said.contains("os error"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_that_is_killed_has_changed_nothing_and_is_told_as_interrupted() {
    let database = TestApp::demo_database().await;
    let mut running = Running::start(&database).await;
    let question = "/v1/figures?period=2022-H1&area=33@origin&by=commune";
    let before = running.be(&database, Role::Viewer).await.get(question).await;
    let position = before.body["position"].as_str().unwrap().to_owned();
    let administrator = running.be(&database, Role::Administrator).await;
    let path = administrator.post("/v1/projection-rebuilds", json!({})).await.header("location").to_owned();
    let begun = || async { (administrator.get(&path).await.body["done"].as_i64() > Some(0)).then_some(()) };
    eventually("the rebuild is on its way", begun).await;
    running.process.kill();
    let app = TestApp::over(database, "2030-01-01T00:00:00Z").await;
    let reader = app.be(Role::Viewer, "33@2025-07-01").await;
    assert!(reader.get(&format!("{question}&as_of={position}")).await.text == before.text);
    let administrator = app.be(Role::Administrator, "33@2025-07-01").await;
    let state = administrator.get(&path).await.is(200)["state"].clone();
    assert!(state == "interrupted" || state == "done", "{state}");
    let path = administrator.post("/v1/projection-rebuilds", json!({})).await.header("location").to_owned();
    assert_eq!(crate::rebuilds::ended(&administrator, &path).await["state"], "done");
    assert!(reader.get(&format!("{question}&as_of={position}")).await.text == before.text);
}

/// An entry such as a newer program of another service would write.
#[derive(serde::Serialize)]
struct Foreign<const V: i32> {
    note: &'static str,
}

impl Published for Foreign<1> {
    const KIND: &'static str = "star.observed";
    const V: i32 = 1;
    const READ: shared::access::Permission = shared::access::Permission::ReadEconomicUnit;
}

impl Published for Foreign<2> {
    const KIND: &'static str = "economic_unit.registered";
    const V: i32 = 2;
    const READ: shared::access::Permission = shared::access::Permission::ReadEconomicUnit;
}

/// Writes an entry into the registry's journal and returns its place.
async fn publish<P: Published>(app: &TestApp, payload: &P) -> i64 {
    let entry = Entry::of(payload, "/v1/stars/1", "2022-06-30".parse().unwrap()).unwrap();
    let act = Act { actor: "service:test".to_owned(), at: "2022-06-30T08:00:00Z".parse().unwrap(), batch: None };
    let db = &app.system.registry.db;
    db.write(act, move |_| Ok(((), entry.into()))).await.unwrap();
    db.read(head_seq).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unhandled_kind_is_passed_and_an_unknown_version_stops_the_followers_visibly() {
    let app = TestApp::start().await;
    let reader = app.be(Role::Viewer, "33@origin").await;
    let passed = publish(&app, &Foreign::<1> { note: "nobody here handles it" }).await;
    app.settle().await;
    let ready = app.operators_get("/health").await.is(200);
    let followers = |ready: &Value| -> Vec<Value> {
        let parts = ready["services"].as_array().unwrap().iter();
        let all = parts.flat_map(|part| part["followers"].as_array().unwrap().clone());
        all.filter(|follower| follower["source"] == "enterprise-registry").collect()
    };
    assert!(followers(&ready).iter().all(|follower| follower["seq"] == passed), "{ready}");
    publish(&app, &Foreign::<2> { note: "of tomorrow" }).await;
    let stopped = eventually("the followers that handle it stop", || async {
        let health = app.operators_get("/health").await;
        let stopped = followers(&health.body).into_iter().filter(|one| one["stopped"].is_string()).collect::<Vec<_>>();
        (stopped.len() == 2).then_some(stopped)
    });
    for follower in stopped.await {
        let why = follower["stopped"].as_str().unwrap();
        assert!(why.starts_with("follower_stopped") && why.contains("economic_unit.registered of version 2"), "{why}");
        assert_eq!(follower["seq"], passed, "nothing of it is applied");
    }
    let ready = app.get("/readyz").await;
    assert_eq!((ready.status, ready.text.as_str()), (200, "ready"), "what is there is served");
    let following = r#"follower_following{service="membership",source="enterprise-registry"} 0"#;
    assert!(app.operators_get("/metrics").await.text.contains(following), "operators see it");
    reader.get("/v1/figures?period=2022-H1").await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_for_machines_has_one_object_a_line() {
    let database = TestApp::demo_database().await;
    let environment = [("LOG_FORMAT", "json"), ("RUST_LOG", "debug")];
    let mut running = Running::start_with(&database, &environment).await;
    running.be(&database, Role::Viewer).await.get("/v1/areas?limit=1").await.is(200);
    // A unit that nobody knows is asked for at the registry first, under the trace of who names it.
    let unknown = json!({"kind": "grassroots_union", "name": "Công đoàn", "area": "12004@2025-07-01",
        "superior_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f", "established_on": "2026-02-10",
        "decision": decision("2026-02-10"), "founding_members": {"members": 30},
        "economic_unit_ids": ["0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e60"]});
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let officer = running.be(&database, Role::Officer).await;
    let founding = officer.post("/v1/organisations", unknown);
    founding.header("traceparent", &format!("00-{trace}-00f067aa0ba902b7-01")).await;
    let malformed = officer.get("/v1/roles").header("traceparent", "00-Nguyễn Giả Định-01");
    malformed.await.is(200);
    assert!(running.process.interrupt());
    let printed = running.process.printed();
    let objects: Vec<Value> = printed.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let request =
        objects.iter().find(|one| one["message"].as_str().is_some_and(|text| text.contains("GET /v1/areas ")));
    let request = request.unwrap_or_else(|| panic!("no line of the request: {printed}"));
    assert_eq!((&request["level"], &request["target"]), (&json!("INFO"), &json!("shared::http::front")));
    assert!(request["at"].as_str().unwrap().ends_with('Z'));
    let traced = |line: &str| {
        let is_it =
            |one: &Value| one["message"].as_str().is_some_and(|text| text.starts_with(line) && text.contains(trace));
        assert!(objects.iter().any(is_it), "{line} is not under its trace");
    };
    traced("POST /v1/organisations ");
    traced("GET /v1/journal/enterprise-registry ");
    assert!(!printed.contains("Giả Định"), "what is no trace is not logged");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_too_long_for_anothers_lock_is_told_to_come_again() {
    let app = TestApp::start().await;
    let officer = app.officer_of("325@origin").await;
    let beside = Db::open_beside(&app.database.url, enterprise_registry::NAME).unwrap();
    let is_on_server = app.database.is_on_server();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let (hold, held) = tokio::sync::oneshot::channel();
    let act = Act { actor: "service:test".to_owned(), at: "2022-06-30T08:00:00Z".parse().unwrap(), batch: None };
    let holding = tokio::spawn(async move {
        let held = beside.write(act, move |tx| {
            if is_on_server {
                let lock = "LOCK TABLE economic_units IN EXCLUSIVE MODE";
                diesel::RunQueryDsl::execute(diesel::sql_query(lock), tx.conn())?;
            }
            hold.send(()).expect("somebody waits");
            released.recv().expect("released");
            Ok(((), Entries::unjournalled("a lock is held")))
        });
        held.await.unwrap();
    });
    held.await.unwrap();
    let register = || officer.post("/v1/economic-units", unit("Công ty Giả Định", "11986@origin")).key("waits");
    let refused = register().await;
    assert_eq!(refused.header("retry-after"), "2");
    refused.problem(503, "unavailable");
    release.send(()).unwrap();
    holding.await.unwrap();
    register().await.is(201);
}
