//! Settings, from options and environment variables, the same for every service's own program.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};

use crate::http::ServerOptions;
use crate::personal::MasterKey;
use crate::spoken::LanguageArgs;
use crate::storage::DatabaseUrl;
use crate::wires::WireArgs;
use crate::{Error, Result, Trouble};

/// The options of every service's own program.
#[derive(Debug, Clone, clap::Args)]
pub struct ServiceArgs {
    /// How it serves.
    #[command(flatten)]
    pub server: ServerOptions,

    /// A folder of SQLite files, or a PostgreSQL database with a schema per service.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, default_value = "./data", value_name = "URL")]
    pub database_url: DatabaseUrl,

    /// Address of identity.
    #[arg(long, env = "IDENTITY_URL", default_value = "http://127.0.0.1:8081", value_name = "URL")]
    pub identity_url: String,

    /// Address of enterprise-registry.
    #[arg(long, env = "REGISTRY_URL", default_value = "http://127.0.0.1:8082", value_name = "URL")]
    pub registry_url: String,

    /// Address of membership.
    #[arg(long, env = "MEMBERSHIP_URL", default_value = "http://127.0.0.1:8083", value_name = "URL")]
    pub membership_url: String,

    /// The issuer named in tokens: the address at which callers reach identity.
    #[arg(long, env = "ISSUER", default_value = "http://127.0.0.1:8081", value_name = "URL", value_parser = parse_issuer)]
    pub issuer: String,

    /// A file with this service's own client, as `identity create-service-client` prints it.
    #[arg(long, env = "CLIENT_FILE", conflicts_with_all = ["client_id", "client_secret", "client_secret_file"], value_name = "FILE")]
    pub client_file: Option<PathBuf>,

    /// Id of this service's own client at identity.
    #[arg(long, env = "CLIENT_ID")]
    pub client_id: Option<String>,

    /// Secret of that client.
    #[arg(long, env = "CLIENT_SECRET", hide_env_values = true)]
    pub client_secret: Option<SecretString>,

    /// A file with the secret of that client.
    #[arg(long, env = "CLIENT_SECRET_FILE", conflicts_with = "client_secret", value_name = "FILE")]
    pub client_secret_file: Option<PathBuf>,

    /// The key that wraps all others.
    #[command(flatten)]
    pub master_key: MasterKeyArgs,

    /// What may leave the machine in the clear.
    #[command(flatten)]
    pub wires: WireArgs,

    /// What the screen speaks.
    #[command(flatten)]
    pub language: LanguageArgs,
}

/// Where the master key is.
#[derive(Debug, Clone, clap::Args)]
pub struct MasterKeyArgs {
    /// The master key for personal data: 32 bytes in base64.
    #[arg(long, env = "MASTER_KEY", hide_env_values = true)]
    pub master_key: Option<SecretString>,

    /// A file with the master key.
    #[arg(long, env = "MASTER_KEY_FILE", conflicts_with = "master_key", value_name = "FILE")]
    pub master_key_file: Option<PathBuf>,
}

impl MasterKeyArgs {
    /// Reads the master key, where one is named.
    ///
    /// # Errors
    /// Fails when it cannot be read or is none.
    pub fn read(&self) -> Result<Option<MasterKey>> {
        if self.master_key.is_none() && self.master_key_file.is_none() {
            return Ok(None);
        }
        let text = secret(self.master_key.as_ref(), self.master_key_file.as_ref(), "MASTER_KEY")?;
        MasterKey::parse(text.expose_secret()).map(Some)
    }
}

impl ServiceArgs {
    /// Demands that no wire leaves the machine in the clear, unless that is allowed.
    ///
    /// # Errors
    /// Names the setting in one sentence.
    pub fn check_wires(&self) -> Result<()> {
        let services = [
            ("IDENTITY_URL", self.identity_url.as_str()),
            ("REGISTRY_URL", &self.registry_url),
            ("MEMBERSHIP_URL", &self.membership_url),
        ];
        self.wires.check(&services, &self.database_url)
    }

    /// Reads the master key.
    ///
    /// # Errors
    /// Fails when there is none or it cannot be read.
    pub fn read_master_key(&self) -> Result<MasterKey> {
        self.master_key.read()?.ok_or_else(|| missing("MASTER_KEY or MASTER_KEY_FILE"))
    }

    /// Reads this service's client credentials.
    ///
    /// # Errors
    /// Fails when there are none or they cannot be read.
    pub fn read_client(&self) -> Result<(String, SecretString)> {
        if let Some(file) = &self.client_file {
            let read = std::fs::read(file).map_err(|error| Error::internal(Trouble::unreadable(file, &error)))?;
            let printed: PrintedClient = serde_json::from_slice(&read).map_err(|error| {
                let shown = file.display();
                Error::trouble(
                    format!(
                        "tệp {shown} (CLIENT_FILE) không có client_id và client_secret như lệnh `identity \
                         create-service-client` in ra: {error}"
                    ),
                    format!("reading {shown}: {error}"),
                )
            })?;
            return Ok((printed.client_id, SecretString::from(printed.client_secret)));
        }
        let id = self.client_id.clone().ok_or_else(|| missing("CLIENT_FILE or CLIENT_ID"))?;
        Ok((id, secret(self.client_secret.as_ref(), self.client_secret_file.as_ref(), "CLIENT_SECRET")?))
    }
}

/// What `identity create-service-client` prints.
#[derive(serde::Deserialize)]
struct PrintedClient {
    client_id: String,
    client_secret: String,
}

fn missing(name: &str) -> Error {
    Error::trouble(
        format!("chưa đặt {}: dịch vụ cần giá trị này, xem --help", name.replace(" or ", " hoặc ")),
        format!("{name} is not set: the service needs it, see --help"),
    )
}

fn secret(value: Option<&SecretString>, file: Option<&PathBuf>, name: &str) -> Result<SecretString> {
    if let Some(value) = value {
        return Ok(value.clone());
    }
    let file = file.ok_or_else(|| missing(&format!("{name} or {name}_FILE")))?;
    let text = std::fs::read_to_string(file).map_err(|error| Error::internal(Trouble::unreadable(file, &error)))?;
    Ok(SecretString::from(text.trim().to_owned()))
}

/// Parses the address at which callers reach identity: scheme, host and port, and nothing after.
///
/// # Errors
/// Says what is expected.
pub fn parse_issuer(text: &str) -> Result<String, Trouble> {
    let wrong = || {
        Trouble::new(
            "cần địa chỉ không có phần đường dẫn, ví dụ https://dang.example.vn",
            "expected an address without a path, such as https://dang.example.vn",
        )
    };
    if is_origin(text) { Ok(text.to_owned()) } else { Err(wrong()) }
}

/// Parses a switch of the environment.
///
/// # Errors
/// Says which words there are.
pub fn parse_switch(text: &str) -> Result<bool, Trouble> {
    match text.to_lowercase().as_str() {
        "y" | "yes" | "t" | "true" | "on" | "1" => Ok(true),
        "n" | "no" | "f" | "false" | "off" | "0" => Ok(false),
        _ => Err(Trouble::new(
            "cần một trong các giá trị true, yes, on, 1 (bật), hoặc false, no, off, 0 (tắt)",
            "expected true, yes, on or 1, or false, no, off or 0",
        )),
    }
}

/// Says whether a text is an origin as browsers write it: scheme, host and port, and nothing after.
pub(crate) fn is_origin(text: &str) -> bool {
    let url = url::Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    url.is_some_and(|url| url.origin().ascii_serialization() == text)
}
