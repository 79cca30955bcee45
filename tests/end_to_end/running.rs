//! The whole system as a process over a test's database: running, or carrying out a command.

use serde_json::Value;
use shared::access::Role;
use shared::service::http_client;
use standalone::demo::DemoFile;
use tests::{Process, Somebody, TestDatabase, free_port};

/// Every program of the house, by its name as the first argument.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_program-under-test");

fn on(database: &TestDatabase, arguments: &[&str]) -> Vec<String> {
    let (folder, url) = (database.path().display().to_string(), database.url_text());
    let place = ["standalone", "--data-dir", &folder, "--database-url", &url];
    place.iter().chain(arguments).map(|argument| (*argument).to_owned()).collect()
}

/// Starts the whole system's program on a database.
pub fn spawn_on(database: &TestDatabase, arguments: &[&str], environment: &[(&str, &str)]) -> Process {
    let all = on(database, arguments);
    Process::spawn(PROGRAM, &all.iter().map(String::as_str).collect::<Vec<_>>(), environment)
}

/// Runs it to its end, and returns its exit code and all that it said.
pub fn run_on(database: &TestDatabase, arguments: &[&str], environment: &[(&str, &str)]) -> (Option<i32>, String) {
    let all = on(database, arguments);
    let output = Process::run(PROGRAM, &all.iter().map(String::as_str).collect::<Vec<_>>(), environment);
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code(), said)
}

/// Carries out a command, and says whether it was done and what it said.
pub fn command_on(database: &TestDatabase, arguments: &[&str]) -> (bool, String) {
    let (code, said) = run_on(database, arguments, &[]);
    (code == Some(0), said)
}

/// The whole system, running over a database with the demonstration's data.
pub struct Running {
    pub process: Process,
    pub base_url: String,
}

impl Running {
    pub async fn start(database: &TestDatabase) -> Self {
        Self::start_with(database, &[]).await
    }

    pub async fn start_with(database: &TestDatabase, environment: &[(&str, &str)]) -> Self {
        let bind = format!("127.0.0.1:{}", free_port());
        let base_url = format!("http://{bind}");
        let mut process = spawn_on(database, &["--bind", &bind, "--rate-limit", "0"], environment);
        process.ready(&base_url, 60).await;
        Self { process, base_url }
    }

    /// The first client of a role, signed in.
    pub async fn be(&self, database: &TestDatabase, role: Role) -> Somebody {
        let file = DemoFile::read(&database.path()).unwrap().unwrap();
        let client = file.client(role).unwrap();
        let http = http_client().unwrap();
        let form = [("grant_type", "client_credentials")];
        let asked = http.post(format!("{}/v1/oauth/token", self.base_url));
        let answer = asked.basic_auth(&client.client_id, Some(&client.client_secret)).form(&form).send().await.unwrap();
        let token = answer.json::<Value>().await.unwrap()["access_token"].as_str().unwrap().to_owned();
        Somebody::new(&self.base_url, http, Some(token))
    }
}
