//! The address of databases: a folder of SQLite files, or a PostgreSQL server with a schema for each service.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::{Code, Error, Result, ResultExt};

/// Where the databases of the services are.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A folder with one SQLite file per service.
    Folder(PathBuf),
    /// A PostgreSQL database with one schema per service.
    Server(String),
}

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Server(text.to_owned()));
        }
        let path = text.strip_prefix("sqlite://").unwrap_or(text);
        if path.is_empty() || path.contains("://") {
            return Err("expected postgres://…, sqlite://FOLDER or a folder".to_owned());
        }
        Ok(Self::Folder(PathBuf::from(path)))
    }
}

/// How many connections there are for each kind of work.
pub(super) struct PoolSizes {
    pub readers: u32,
    pub writers: u32,
    pub noters: u32,
}

/// A server's URL holds a password, so it is never printed.
impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Folder(path) => write!(f, "sqlite folder {}", path.display()),
            Self::Server(_) => f.write_str("postgres server"),
        }
    }
}

impl DatabaseUrl {
    /// The SQLite file of a service.
    #[must_use]
    pub fn file(&self, service: &str) -> PathBuf {
        match self {
            Self::Folder(folder) => folder.join(format!("{service}.sqlite3")),
            Self::Server(_) => PathBuf::new(),
        }
    }

    /// Says with one sentence that a service has no database here.
    pub(super) fn check_exists(&self, service: &str) -> Result<()> {
        match self {
            Self::Folder(_) if !self.file(service).is_file() => {
                Err(Error::internal(format!("there is no database of {service} in the {self:?}")))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn pool_sizes(&self) -> PoolSizes {
        match self {
            Self::Folder(_) => PoolSizes { readers: 4, writers: 1, noters: 1 },
            // One change is under way at a time: a second connection waits at the lock while the first one commits.
            Self::Server(_) => PoolSizes { readers: 8, writers: 2, noters: 4 },
        }
    }

    pub(super) fn unreachable(&self, source: impl std::error::Error + Send + Sync + 'static) -> Error {
        Error::new(Code::Unavailable).because(source).doing(format!("connecting to the {self:?}"))
    }

    /// Takes the operating system's lock on a service's file; a server needs none.
    pub(super) fn lock(&self, service: &str) -> Result<Option<File>> {
        let Self::Folder(folder) = self else { return Ok(None) };
        create_private_folder(folder)?;
        let path = folder.join(format!("{service}.lock"));
        let file = open_private(&path).doing("creating the lock file")?;
        // The engine gives its log files the mode of the database.
        open_private(&self.file(service)).doing("creating the database file")?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(std::fs::TryLockError::WouldBlock) => Err(Error::new(Code::Unavailable).doing(format!(
                "another process is using the data folder {}: stop it first, or choose another folder with --data-dir",
                folder.display()
            ))),
            Err(std::fs::TryLockError::Error(error)) => Err(error).doing("locking the data folder"),
        }
    }
}

/// Opens a file, made so that only its owner may read it.
fn open_private(path: &Path) -> std::io::Result<File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a folder that only its owner may enter; one that exists is left as it is.
///
/// # Errors
/// Fails when the folder cannot be made.
pub fn create_private_folder(folder: &Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let shown = folder.display();
    builder.create(folder).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists | std::io::ErrorKind::NotADirectory => {
            Error::internal(format!("{shown} is not a folder; choose another one"))
        }
        std::io::ErrorKind::PermissionDenied => {
            Error::internal(format!("the folder {shown} cannot be made by this user; choose another one"))
        }
        _ => Error::internal(format!("the folder {shown} cannot be made: {error}")),
    })
}

/// Writes a file that only its owner may read.
///
/// # Errors
/// Fails when the file cannot be written.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    use std::io::Write;

    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let doing = format!("writing {}", path.display());
    let mut file = options.open(path).doing(&doing)?;
    file.write_all(bytes).doing(&doing)?;
    file.sync_all().doing(&doing)
}
