//! The address of databases: a folder of SQLite files, or a PostgreSQL server with a schema for each service.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::trouble::why_vi;
use crate::{Code, Error, Result, ResultExt, Trouble};

/// Where the databases of the services are.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A folder with one SQLite file per service.
    Folder(PathBuf),
    /// A PostgreSQL database with one schema per service.
    Server(String),
}

impl FromStr for DatabaseUrl {
    type Err = Trouble;

    fn from_str(text: &str) -> std::result::Result<Self, Trouble> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Server(text.to_owned()));
        }
        let path = text.strip_prefix("sqlite://").unwrap_or(text);
        if path.is_empty() || path.contains("://") {
            return Err(Trouble::new(
                "cần postgres://…, sqlite://THƯ_MỤC hoặc đường dẫn một thư mục",
                "expected postgres://…, sqlite://FOLDER or a folder",
            ));
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
            Self::Folder(folder) if !self.file(service).is_file() => Err(Error::trouble(
                format!(
                    "thư mục {} không có cơ sở dữ liệu của {service}; kiểm tra lại thư mục dữ liệu (--data-dir, \
                     --database-url)",
                    folder.display()
                ),
                format!(
                    "there is no database of {service} in the {self:?}; check the data folder (--data-dir, --database-url)"
                ),
            )),
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

    pub(super) fn unreachable(&self, source: impl std::fmt::Display) -> Error {
        // The address of a server has a password in it.
        let place = match self {
            Self::Folder(folder) => format!("cơ sở dữ liệu trong thư mục {}", folder.display()),
            Self::Server(_) => "máy chủ PostgreSQL nêu ở DATABASE_URL".to_owned(),
        };
        let trouble = Trouble::new(
            format!("không kết nối được {place}; kiểm tra địa chỉ và quyền truy cập: {source}"),
            source.to_string(),
        );
        Error::new(Code::Unavailable).because(trouble).doing(format!("connecting to the {self:?}"))
    }

    /// Takes the operating system's lock on a service's file; a server needs none.
    pub(super) fn lock(&self, service: &str) -> Result<Option<File>> {
        let Self::Folder(folder) = self else { return Ok(None) };
        create_private_folder(folder)?;
        let path = folder.join(format!("{service}.lock"));
        let open = |path: &Path| open_private(path).map_err(|error| Error::internal(Trouble::unwritable(path, &error)));
        let file = open(&path)?;
        // The engine gives its log files the mode of the database.
        open(&self.file(service))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(std::fs::TryLockError::WouldBlock) => Err(Error::new(Code::Unavailable).because(Trouble::new(
                format!(
                    "tiến trình khác đang dùng thư mục dữ liệu {}: dừng tiến trình đó trước, hoặc chọn thư mục khác bằng \
                     --data-dir",
                    folder.display()
                ),
                format!(
                    "another process is using the data folder {}: stop it first, or choose another folder with \
                     --data-dir",
                    folder.display()
                ),
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
        std::io::ErrorKind::AlreadyExists | std::io::ErrorKind::NotADirectory => Error::trouble(
            format!("{shown} không phải thư mục; chọn thư mục khác"),
            format!("{shown} is not a folder; choose another one"),
        ),
        std::io::ErrorKind::PermissionDenied => Error::trouble(
            format!("tài khoản chạy chương trình không tạo được thư mục {shown}; chọn thư mục khác"),
            format!("the folder {shown} cannot be made by this user; choose another one"),
        ),
        _ => Error::trouble(
            format!("không tạo được thư mục {shown}: {}", why_vi(&error)),
            format!("the folder {shown} cannot be made: {error}"),
        ),
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
    let failed = |error| Error::internal(Trouble::unwritable(path, &error));
    let mut file = options.open(path).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.sync_all().map_err(failed)
}
