//! A database of a test's own: a copy of one that was made ready once.

use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::{Connection, RunQueryDsl};
use shared::journal::Entries;
use shared::storage::{Act, AnyConnection, DatabaseUrl, Db, list_tables};

/// A data folder, and on PostgreSQL a database, that go away with the test.
#[derive(Debug)]
pub struct TestDatabase {
    /// The data folder.
    pub folder: tempfile::TempDir,
    /// Where the services keep their data.
    pub url: DatabaseUrl,
    name: Option<String>,
}

/// The server that `TEST_DATABASE_URL` names; without it the tests run on SQLite.
fn server() -> Option<String> {
    let url = std::env::var("TEST_DATABASE_URL").ok()?;
    assert!(!url.is_empty(), "TEST_DATABASE_URL is empty: unset it to test on SQLite, or name a server");
    Some(url)
}

fn on_server(server: &str, statement: &str) {
    let mut connection = PgConnection::establish(server).expect("the server that TEST_DATABASE_URL names answers");
    connection.batch_execute(statement).expect(statement);
}

fn of_database(server: &str, name: &str) -> String {
    let (start, rest) = server.split_once("://").expect("a URL");
    let (host, options) = match rest.split_once('?') {
        Some((path, options)) => (path.split('/').next().unwrap_or_default(), format!("?{options}")),
        None => (rest.split('/').next().unwrap_or_default(), String::new()),
    };
    format!("{start}://{host}/{name}{options}")
}

impl TestDatabase {
    /// An empty one.
    pub fn empty() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let Some(server) = server() else {
            let url = DatabaseUrl::Folder(folder.path().to_owned());
            return Self { folder, url, name: None };
        };
        let name = format!("test_{}", shared::Id::new().to_string().replace('-', ""));
        on_server(&server, &format!("CREATE DATABASE {name}"));
        let url = of_database(&server, &name).parse().expect("a URL");
        Self { folder, url, name: Some(name) }
    }

    /// What the URLs of its connections contain, and those of no other test.
    pub(crate) fn part_of_urls(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.path().display().to_string())
    }

    /// Waits until nobody uses it any more: the last connection to a SQLite file takes its log away, and then its
    /// lock is let go.
    pub async fn closed(&self) {
        let is_open = || {
            let files = std::fs::read_dir(self.folder.path()).expect("the folder is read");
            files.flatten().any(|file| match file.file_name().to_string_lossy() {
                name if name.ends_with("-wal") => true,
                name if name.ends_with(".lock") => {
                    std::fs::File::open(file.path()).expect("a lock file").try_lock().is_err()
                }
                _ => false,
            })
        };
        for _ in 0..400 {
            if !is_open() {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        panic!("the databases are still open ten seconds after the system stopped");
    }

    /// A copy, of a database that nobody uses at the moment.
    pub fn copy(&self) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        copy_files(self.folder.path(), folder.path());
        let Some((server, from)) = server().zip(self.name.as_ref()) else {
            let url = DatabaseUrl::Folder(folder.path().to_owned());
            return Self { folder, url, name: None };
        };
        let name = format!("test_{}", shared::Id::new().to_string().replace('-', ""));
        on_server(&server, &format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{from}'"));
        on_server(&server, &format!("CREATE DATABASE {name} TEMPLATE {from}"));
        let url = of_database(&server, &name).parse().expect("a URL");
        Self { folder, url, name: Some(name) }
    }

    /// The same database, seen by another replica: it stays when the replica goes.
    pub fn seen_by_another(&self) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let key = "master.key";
        std::fs::copy(self.path().join(key), folder.path().join(key)).expect("the key is copied");
        Self { folder, url: self.url.clone(), name: None }
    }

    /// The URL as an option of a program.
    pub fn url_text(&self) -> String {
        match &self.url {
            DatabaseUrl::Folder(folder) => folder.display().to_string(),
            DatabaseUrl::Server(url) => url.clone(),
        }
    }

    /// Says whether it is on PostgreSQL.
    pub fn is_on_server(&self) -> bool {
        self.name.is_some()
    }

    /// The data folder.
    pub fn path(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Puts one service's database back to that of another, which nobody uses at the moment.
    pub fn put_back(&self, service: &str, older: &Self) {
        if let (Some(server), Some(to), Some(from)) = (server(), &self.name, &older.name) {
            let schema = service.replace('-', "_");
            let (to, from) = (of_database(&server, to), of_database(&server, from));
            on_server(&to, &format!("DROP SCHEMA {schema} CASCADE"));
            let dump = std::process::Command::new("pg_dump").args(["-n", &schema, &from]).output().expect("pg_dump");
            assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
            let mut psql = std::process::Command::new("psql")
                .args(["-q", "-v", "ON_ERROR_STOP=1", &to])
                .stdin(std::process::Stdio::piped())
                .stdout(std::process::Stdio::null())
                .spawn()
                .expect("psql");
            std::io::Write::write_all(psql.stdin.as_mut().expect("a pipe"), &dump.stdout).expect("restored");
            assert!(psql.wait().expect("psql ends").success());
            return;
        }
        for suffix in ["", "-wal", "-shm"] {
            let name = format!("{service}.sqlite3{suffix}");
            let (from, to) = (older.path().join(&name), self.path().join(&name));
            let _ = std::fs::remove_file(&to);
            if from.exists() {
                std::fs::copy(from, to).expect("copied");
            }
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let (Some(server), Some(name)) = (server(), &self.name)
            && let Ok(mut connection) = PgConnection::establish(&server)
        {
            let _ = connection.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

fn copy_files(from: &Path, to: &Path) {
    for file in std::fs::read_dir(from).expect("the folder is read") {
        let file = file.expect("a file");
        std::fs::copy(file.path(), to.join(file.file_name())).expect("copied");
    }
}

/// The bytes of a file in a data folder that is in use, read by another process: whoever closes a file gives up all locks
/// that the own process holds on it, and services that run here would lose those of their databases.
pub fn read_in_use(file: &Path) -> Vec<u8> {
    let read = std::process::Command::new("cat").arg(file).output().expect("cat");
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    read.stdout
}

/// Changes a database behind the services' back: what a broken disk or a hand on the server does.
pub async fn run_sql(db: &Db, statements: Vec<String>) {
    let act = Act { actor: "service:test".to_owned(), at: shared::clock::Clock::System.now(), batch: None };
    db.write(act, move |tx| {
        for statement in statements {
            diesel::sql_query(statement).execute(tx.conn())?;
        }
        Ok(((), Entries::unjournalled("a hand on the database")))
    })
    .await
    .expect("the statements run");
}

#[derive(Debug, diesel::QueryableByName)]
struct Name {
    #[diesel(sql_type = diesel::sql_types::Text)]
    name: String,
}

#[derive(Debug, diesel::QueryableByName)]
struct Places {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    registry_seq: i64,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    membership_seq: i64,
}

/// How far into the journals of the registry and of membership the figures look: callers are not told.
pub async fn counted_until(url: &DatabaseUrl) -> [i64; 2] {
    let db = Db::open_beside(url, "reporting").expect("the database of reporting");
    let query = "SELECT registry_seq, membership_seq FROM positions ORDER BY noted_at DESC LIMIT 1";
    let places = db.read(move |conn| Ok(diesel::sql_query(query).load::<Places>(conn)?)).await.expect("positions");
    places.first().map_or([0, 0], |places| [places.registry_seq, places.membership_seq])
}

#[derive(Debug, diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
}

/// The tables of a service's database, by name; those of the migration tool are left out.
pub async fn tables_of(db: &Db) -> Vec<String> {
    let mut names = db.read(list_tables).await.expect("the tables");
    names.retain(|name| name != "__diesel_schema_migrations");
    names
}

/// How many rows a table has.
pub async fn count_rows(db: &Db, table: &str) -> i64 {
    let query = format!("SELECT count(*) AS count FROM {table}");
    let count = db.read(move |conn| Ok(diesel::sql_query(query).get_result::<Count>(conn)?));
    count.await.expect("a count").count
}

/// How many findings there are, and how often one was raised, settled or closed.
pub async fn count_findings(db: &Db) -> (i64, i64) {
    let count = |what: &'static str| {
        db.read(move |conn| {
            let query = format!("SELECT CAST(COALESCE({what}, 0) AS BIGINT) AS count FROM findings");
            Ok(diesel::sql_query(query).get_result::<Count>(conn)?.count)
        })
    };
    (count("COUNT(*)").await.expect("a count"), count("SUM(version)").await.expect("a count"))
}

/// Every row of every table, as text in lower case; bytes are hexadecimal.
pub async fn all_rows(db: &Db) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    for table in tables_of(db).await {
        let from = table.clone();
        let read = db.read(move |conn| {
            let query = match conn {
                AnyConnection::Sqlite(connection) => {
                    let columns: Vec<Name> =
                        diesel::sql_query(format!("SELECT name FROM pragma_table_info('{from}')")).load(connection)?;
                    let shown: Vec<String> = columns.iter().map(|one| format!("quote({})", one.name)).collect();
                    format!("SELECT {} AS name FROM {from}", shown.join(" || '|' || "))
                }
                AnyConnection::Postgres(_) => format!("SELECT row_to_json(r)::text AS name FROM {from} r"),
            };
            Ok(diesel::sql_query(query).load::<Name>(conn)?)
        });
        let read = read.await.expect("the rows");
        rows.extend(read.into_iter().map(|row| (table.clone(), row.name.to_lowercase())));
    }
    rows
}
