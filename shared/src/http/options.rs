//! How a process serves: where, with how many threads, and what it bears from its callers.

use std::net::SocketAddr;
use std::time::Duration;

/// How a process serves.
#[derive(Debug, Clone, clap::Args)]
pub struct ServerOptions {
    /// Where it answers.
    #[arg(long, env = "BIND", default_value = "127.0.0.1:8080", value_name = "ADDR:PORT")]
    pub bind: SocketAddr,

    /// How many threads answer requests.
    #[arg(long, env = "WORKERS", default_value_t = 2, value_name = "N")]
    pub workers: usize,

    /// How many requests a minute a caller may send to this process; 0 for no limit. Without a token the network
    /// address counts as the caller. The services' own calls are not counted.
    #[arg(long, env = "RATE_LIMIT", default_value_t = 600, value_name = "N")]
    pub rate_limit: u32,

    /// Takes a caller's address from the last entry of `X-Forwarded-For`: only behind a proxy that writes it.
    #[arg(long, env = "BEHIND_PROXY")]
    pub behind_proxy: bool,

    /// The origins of web pages that may call, separated by commas; none if left out.
    #[arg(long = "cors-origin", env = "CORS_ORIGIN", value_delimiter = ',', value_name = "ORIGIN")]
    pub cors_origins: Vec<String>,

    /// For how long a caller may take to send a request's head.
    #[arg(skip = Duration::from_secs(10))]
    pub head_time_max: Duration,

    /// For how long a request may take, its body's arrival included.
    #[arg(skip = Duration::from_secs(30))]
    pub request_time_max: Duration,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            bind: ([127, 0, 0, 1], 8080).into(),
            workers: 2,
            rate_limit: 600,
            behind_proxy: false,
            cors_origins: Vec::new(),
            head_time_max: Duration::from_secs(10),
            request_time_max: Duration::from_secs(30),
        }
    }
}
