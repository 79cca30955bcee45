//! Backup and restore of a service's database, beside the running service.
//!
//! - SQLite is copied by the engine itself (`VACUUM INTO`), never as a file that is being written; PostgreSQL by its
//!   own tools, `pg_dump` and `pg_restore`, which must be installed.
//! - A backup is a file and a manifest: the journal's head, the number of rows of each table, the file's hash. It is
//!   read back before it counts as made. It does not contain the master key.
//! - Followers are backed up before their sources ([`ORDER`]), so that no follower is ever ahead of its source.
//! - A restore needs an empty database. It is done when hash chain, head and rows are those of the manifest.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::{DateTime, Utc};
use diesel::RunQueryDsl;
use diesel::sql_types::Text;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::access_records;
use crate::journal::{self, Verification};
use crate::storage::{AnyConnection, DatabaseUrl, Db, Statement, create_private_folder, list_tables, write_private};
use crate::trouble::why_vi;
use crate::{Error, Id, Result, ResultExt, Trouble};

/// The services in the order in which they are backed up: followers before their sources.
pub const ORDER: [&str; 5] = ["reporting", "steering", "membership", "identity", "enterprise-registry"];

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    service: String,
    made_at: DateTime<Utc>,
    /// SHA-256 of the file, hexadecimal.
    sha256: String,
    contents: Contents,
}

/// What a database holds, to be compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    journal_id: Id,
    /// The journal's last entry: its place and its hash.
    head: Option<(i64, String)>,
    /// How many rows each table has.
    rows: BTreeMap<String, i64>,
    /// The last access record: its place and its hash.
    access_head: Option<(i64, String)>,
}

#[derive(diesel::QueryableByName)]
struct Named {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Looks at the database of a service.
fn contents_of(service: &str) -> impl FnOnce(&mut AnyConnection) -> Result<Contents> + Send + use<> {
    let service = service.to_owned();
    move |conn| contents(conn, &service)
}

/// Looks at a database in one snapshot.
fn contents(conn: &mut AnyConnection, service: &str) -> Result<Contents> {
    let Verification { head, broken, .. } = journal::verify(conn, &[], &mut |_| ())?;
    if let Some(broken) = broken {
        return Err(Error::trouble(
            format!("nhật ký của {service} bị hỏng tại mục {}: {}", broken.seq, broken.why),
            format!("the journal is broken at entry {}: {}", broken.seq, broken.why),
        ));
    }
    let looks = access_records::verify(conn, &[])?;
    if let Some(broken) = looks.broken {
        return Err(Error::trouble(
            format!("nhật ký truy cập của {service} bị hỏng tại bản ghi {}: {}", broken.seq, broken.why),
            format!("the access records are broken at record {}: {}", broken.seq, broken.why),
        ));
    }
    let mut rows = BTreeMap::new();
    for name in list_tables(conn)? {
        // The name comes from the catalogue.
        let count = Statement::new(&format!("SELECT count(*) AS count FROM {name}"), Vec::new()).count(conn)?;
        rows.insert(name, count);
    }
    Ok(Contents { journal_id: journal::journal_id(conn)?, head, rows, access_head: looks.head })
}

fn file_of(folder: &Path, url: &DatabaseUrl, service: &str) -> PathBuf {
    let suffix = if matches!(url, DatabaseUrl::Folder(_)) { "sqlite3" } else { "dump" };
    folder.join(format!("{service}.{suffix}"))
}

fn manifest_of(folder: &Path, service: &str) -> PathBuf {
    folder.join(format!("{service}.manifest.json"))
}

/// Copies a file into one that is there, and keeps that one's mode.
fn copy_bytes(from: &Path, to: &Path) -> Result<()> {
    std::io::copy(&mut File::open(from)?, &mut File::options().write(true).open(to)?)?;
    Ok(())
}

fn hash_of(file: &Path) -> Result<String> {
    let failed = |error| Error::internal(Trouble::unreadable(file, &error));
    let mut hasher = Sha256::new();
    let mut reader = BufReader::with_capacity(1024 * 1024, File::open(file).map_err(failed)?);
    loop {
        let read = reader.fill_buf().map_err(failed)?;
        if read.is_empty() {
            return Ok(hex::encode(hasher.finalize()));
        }
        hasher.update(read);
        let length = read.len();
        reader.consume(length);
    }
}

/// A PostgreSQL tool with its connection: the password goes by the environment, which others cannot list.
fn tool(name: &str, url: &str) -> Result<Command> {
    let mut url = url::Url::parse(url).doing("reading the database's URL")?;
    let mut command = Command::new(name);
    if let Some(password) = url.password().map(str::to_owned) {
        command.env("PGPASSWORD", password);
        let _ = url.set_password(None);
    }
    command.arg("--dbname").arg(url.as_str());
    Ok(command)
}

fn run(mut command: Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| {
        Error::trouble(
            format!("không chạy được {name} (công cụ của PostgreSQL phải được cài đặt): {}", why_vi(&error)),
            format!("running {name}: {error}"),
        )
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(Error::trouble(format!("{name} báo lỗi: {said}"), format!("running {name}: {said}")))
}

/// Backs a service up into a folder and says so in one line.
///
/// # Errors
/// Fails when there is a backup of the service in the folder already, when the journal is broken, or when the
/// copy is not what it should be; then nothing is left of it.
pub async fn back_up(url: &DatabaseUrl, service: &str, folder: &Path, at: DateTime<Utc>) -> Result<String> {
    create_private_folder(folder)?;
    let file = file_of(folder, url, service);
    if file.exists() {
        return Err(Error::trouble(
            format!("đã có tệp {}; chọn một thư mục trống để sao lưu", file.display()),
            format!("{} is there already; choose an empty folder", file.display()),
        ));
    }
    // The tools write into what is there: from the first byte it is for its owner only.
    write_private(&file, &[])?;
    let made = copy(url, service, &file).await;
    let contents = match made {
        Ok(contents) => contents,
        Err(error) => {
            let _ = std::fs::remove_file(&file);
            return Err(error.doing(format!("backing up {service}")));
        }
    };
    let manifest = Manifest { service: service.to_owned(), made_at: at, sha256: hash_of(&file)?, contents };
    write_private(&manifest_of(folder, service), &serde_json::to_vec_pretty(&manifest)?)?;
    Ok(format!("{service}: backed up, {}", line_of(&manifest.contents)))
}

fn line_of(contents: &Contents) -> String {
    let rows: i64 = contents.rows.values().sum();
    let head = contents.head.as_ref().map_or_else(|| "none".to_owned(), |(seq, hash)| format!("{seq}:{hash}"));
    format!("{rows} rows in {} tables, head {head}", contents.rows.len())
}

/// Copies a database and returns what the copy holds.
async fn copy(url: &DatabaseUrl, service: &str, file: &Path) -> Result<Contents> {
    let db = Db::open_beside(url, service)?;
    match url {
        DatabaseUrl::Folder(_) => {
            db.copy_into(file).await?;
            let copy = DatabaseUrl::Folder(file.parent().map(Path::to_owned).unwrap_or_default());
            Db::open_beside(&copy, service)?.read(contents_of(service)).await
        }
        DatabaseUrl::Server(server) => {
            let (server, file, service) = (server.clone(), file.to_owned(), service.to_owned());
            // The tool dumps the snapshot in which the contents are looked at.
            db.read(move |conn| {
                let snapshot: Named = diesel::sql_query("SELECT pg_export_snapshot() AS name").get_result(conn)?;
                let mut dump = tool("pg_dump", &server)?;
                dump.arg("--format=custom").arg("--no-owner").arg(format!("--schema={}", service.replace('-', "_")));
                dump.arg(format!("--snapshot={}", snapshot.name)).arg("--file").arg(&file);
                run(dump)?;
                contents(conn, &service)
            })
            .await
        }
    }
}

/// Puts a service's backup into an empty place and says so in one line.
///
/// # Errors
/// Fails when the place is not empty, when the file is not the manifest's, or when what came back is not what
/// was backed up.
pub async fn restore(url: &DatabaseUrl, service: &str, folder: &Path) -> Result<String> {
    let doing = format!("restoring {service}");
    let path = manifest_of(folder, service);
    let unreadable = |error| Error::internal(Trouble::unreadable(&path, &error)).doing(&doing);
    let bytes = std::fs::read(&path).map_err(unreadable)?;
    let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|error| {
        let shown = path.display();
        Error::trouble(
            format!("{shown} không phải bản kê của một bản sao lưu: {error}"),
            format!("reading {shown}: {error}"),
        )
    })?;
    let file = file_of(folder, url, service);
    if hash_of(&file).doing(&doing)? != manifest.sha256 || manifest.service != service {
        let shown = file.display();
        let refused = Error::trouble(
            format!("{shown} không phải tệp mà bản kê mô tả: tệp bị cắt cụt hoặc bị thay đổi"),
            format!("{shown} is not the file that its manifest describes: it was cut off or changed"),
        );
        return Err(refused.doing(doing));
    }
    match url {
        DatabaseUrl::Folder(target) => {
            create_private_folder(target)?;
            let place = url.file(service);
            if place.exists() {
                let refused = Error::trouble(
                    format!("đã có cơ sở dữ liệu {}; chỉ khôi phục vào thư mục dữ liệu trống", place.display()),
                    format!("{} is there already; restore into an empty data folder only", place.display()),
                );
                return Err(refused.doing(doing));
            }
            write_private(&place, &[]).doing(&doing)?;
            copy_bytes(&file, &place).doing(&doing)?;
        }
        DatabaseUrl::Server(server) => {
            let mut tool = tool("pg_restore", server)?;
            // A schema that is there already makes it fail, with nothing changed.
            tool.args(["--no-owner", "--single-transaction", "--exit-on-error"]).arg(&file);
            run(tool).doing(&doing)?;
        }
    }
    let found = Db::open_beside(url, service)?.read(contents_of(service)).await.doing(&doing)?;
    if found != manifest.contents {
        if let DatabaseUrl::Folder(_) = url {
            std::fs::remove_file(url.file(service)).doing(&doing)?;
        }
        let (found, wanted) = (line_of(&found), line_of(&manifest.contents));
        let refused = Error::trouble(
            format!(
                "dữ liệu khôi phục được khác với dữ liệu đã sao lưu của {service}: {found}, trong khi bản kê ghi {wanted}"
            ),
            format!("what came back is not what was backed up: {found} for {wanted}"),
        );
        return Err(refused.doing(doing));
    }
    Ok(format!("{service}: restored, {}", line_of(&found)))
}
