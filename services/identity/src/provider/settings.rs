//! Settings of the provider.

use std::path::PathBuf;

use secrecy::SecretString;
use shared::config::parse_switch;
use shared::{Error, Result, Trouble};

/// With whom people sign in, instead of with passwords of ours.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ProviderArgs {
    /// The issuer of an OpenID Connect provider with which people sign in. If left out: with passwords that this system verifies.
    #[arg(long, env = "PROVIDER_ISSUER", value_name = "URL", global = true)]
    pub provider_issuer: Option<String>,

    /// The id of this system at the provider.
    #[arg(long, env = "PROVIDER_CLIENT_ID", requires = "provider_issuer", value_name = "ID")]
    pub provider_client_id: Option<String>,

    /// A file with the secret of this system at the provider.
    #[arg(long, env = "PROVIDER_CLIENT_SECRET_FILE", requires = "provider_issuer", value_name = "FILE")]
    pub provider_client_secret_file: Option<PathBuf>,

    /// What people call the provider, on the page for signing in.
    #[arg(long, env = "PROVIDER_LABEL", default_value = "SSO", value_name = "TEXT")]
    pub provider_label: String,

    /// Other hosts at which the provider answers, separated by commas, such as `https://keys.example.vn`. No other host is called.
    #[arg(long, env = "PROVIDER_HOSTS", value_delimiter = ',', value_name = "URL")]
    pub provider_hosts: Vec<String>,

    /// Values of `acr` by which the provider says that there was a second factor, separated by commas, beside `mfa` in `amr`.
    #[arg(long, env = "PROVIDER_FACTOR_ACR", value_delimiter = ',', value_name = "ACR")]
    pub provider_factor_acr: Vec<String>,

    /// Lets the provider be at an address inside the network, and be called by http://.
    #[arg(long, env = "PROVIDER_PRIVATE_ADDRESS", value_parser = parse_switch)]
    pub provider_private_address: bool,
}

impl ProviderArgs {
    /// Reads the settings of the provider, where there is one.
    ///
    /// # Errors
    /// Fails with one sentence when one is missing, or the file cannot be read.
    pub fn read(&self) -> Result<Option<ProviderSettings>> {
        // An empty variable is none.
        let named = |all: &[String]| -> Vec<String> {
            all.iter().map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect()
        };
        let Some(issuer) = self.provider_issuer.clone().filter(|issuer| !issuer.is_empty()) else { return Ok(None) };
        let missing = |name: &str| {
            Error::trouble(
                format!("chưa đặt {name}: đăng nhập qua nhà cung cấp cần giá trị này, xem --help"),
                format!("{name} is not set: signing in with a provider needs it, see --help"),
            )
        };
        let client_id = self.provider_client_id.clone().ok_or_else(|| missing("PROVIDER_CLIENT_ID"))?;
        let file = self.provider_client_secret_file.as_ref().ok_or_else(|| missing("PROVIDER_CLIENT_SECRET_FILE"))?;
        let read = std::fs::read_to_string(file);
        let secret = read.map_err(|error| Error::internal(Trouble::unreadable(file, &error)))?;
        if secret.trim().is_empty() {
            let file = file.display();
            return Err(Error::trouble(
                format!("tệp {file} trống: tệp này phải chứa khóa bí mật của hệ thống tại nhà cung cấp"),
                format!("{file} is empty: the secret of this system at the provider stands in it"),
            ));
        }
        Ok(Some(ProviderSettings {
            issuer,
            client_id,
            client_secret: SecretString::from(secret.trim().to_owned()),
            label: self.provider_label.clone(),
            hosts: named(&self.provider_hosts),
            factor_acr: named(&self.provider_factor_acr),
            allows_private: self.provider_private_address,
        }))
    }
}

/// What is known of the provider before it is asked.
#[derive(Debug, Clone)]
pub struct ProviderSettings {
    /// Its issuer, as it stands in its tokens.
    pub issuer: String,
    /// Our id there.
    pub client_id: String,
    /// Our secret there.
    pub client_secret: SecretString,
    /// What people call it.
    pub label: String,
    /// Other hosts at which it answers.
    pub hosts: Vec<String>,
    /// Values of `acr` that say that there was a second factor.
    pub factor_acr: Vec<String>,
    /// Whether it may be at an address inside the network.
    pub allows_private: bool,
}

impl ProviderSettings {
    /// The addresses of all its hosts.
    pub(super) fn addresses(&self) -> Vec<&str> {
        [&self.issuer].into_iter().chain(&self.hosts).map(String::as_str).collect()
    }
}
