//! How a process serves: address, number of threads, limits.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use rustls::ServerConfig;

use super::OperatorsBind;
use super::tls::tls_config;
use crate::config::{is_origin, parse_switch};
use crate::{Result, Trouble};

const BIND: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
const WORKERS: usize = 2;
const RATE_LIMIT: u32 = 600;
const HEAD_TIME_MAX: Duration = Duration::from_secs(10);
pub(super) const REQUEST_TIME_MAX: Duration = Duration::from_secs(30);

/// How a process serves.
#[derive(Debug, Clone, clap::Args)]
pub struct ServerOptions {
    /// IP address and port to listen on, for example 0.0.0.0:8080 (no host names).
    #[arg(long, env = "BIND", default_value_t = BIND, value_name = "ADDR:PORT")]
    pub bind: SocketAddr,

    /// IP address and port for operators (/metrics, /health), or `none`. If left out, a port of the loopback: 8090 for
    /// standalone, 8091 for identity, 8092 for enterprise-registry, 8093 for membership, 8094 for reporting, 8095 for steering.
    #[arg(long = "ops-bind", env = "OPS_BIND", value_name = "ADDR:PORT")]
    pub operators_bind: Option<OperatorsBind>,

    /// Number of threads that handle requests, 1 to 256.
    #[arg(long, env = "WORKERS", default_value_t = WORKERS, value_name = "N", value_parser = parse_workers)]
    pub workers: usize,

    /// A file with this process's certificate chain, PEM. With --tls-key the process serves HTTPS only, TLS 1.3.
    #[arg(long, env = "TLS_CERT", requires = "tls_key", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,

    /// A file with the private key of that certificate, PEM.
    #[arg(long, env = "TLS_KEY", requires = "tls_cert", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,

    /// Requests that a caller may send to this process in a minute; 0 for no limit. Without a token the network address
    /// counts as the caller. Calls between the services are not counted.
    #[arg(long, env = "RATE_LIMIT", default_value_t = RATE_LIMIT, value_name = "N")]
    pub rate_limit: u32,

    /// Reads a caller's address from the last entry of `X-Forwarded-For`. Use it only behind a proxy that writes it.
    #[arg(long, env = "BEHIND_PROXY", value_parser = parse_switch)]
    pub behind_proxy: bool,

    /// Web origins allowed by CORS, separated by commas; default: none.
    #[arg(long = "cors-origin", env = "CORS_ORIGIN", value_delimiter = ',', value_name = "ORIGIN", value_parser = parse_origin)]
    pub cors_origins: Vec<String>,

    /// For how long a caller may take to send a request's head.
    #[arg(skip = HEAD_TIME_MAX)]
    pub head_time_max: Duration,

    /// For how long a request may take, its body's arrival included.
    #[arg(skip = REQUEST_TIME_MAX)]
    pub request_time_max: Duration,
}

fn parse_workers(text: &str) -> Result<usize, Trouble> {
    let wrong = || Trouble::new("cần một số từ 1 đến 256", "expected a number from 1 to 256");
    text.parse().ok().filter(|number| (1..=256).contains(number)).ok_or_else(wrong)
}

fn parse_origin(text: &str) -> Result<String, Trouble> {
    let wrong = || {
        Trouble::new(
            "cần địa chỉ gốc của trang web, ví dụ https://cong.example.vn (không có phần sau tên máy và cổng)",
            "expected an origin such as https://cong.example.vn",
        )
    };
    if is_origin(text) { Ok(text.to_owned()) } else { Err(wrong()) }
}

impl ServerOptions {
    /// `https` where it speaks TLS itself, else `http`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        if self.tls_cert.is_some() { "https" } else { "http" }
    }

    /// Reads the certificate and its key, before anything is started.
    ///
    /// # Errors
    /// Fails with one sentence when they cannot be used.
    pub fn check_tls(&self) -> Result<()> {
        self.tls().map(|_| ())
    }

    pub(super) fn tls(&self) -> Result<Option<ServerConfig>> {
        match (&self.tls_cert, &self.tls_key) {
            (Some(certificate), Some(key)) => tls_config(certificate, key).map(Some),
            _ => Ok(None),
        }
    }
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            bind: BIND,
            operators_bind: None,
            workers: WORKERS,
            tls_cert: None,
            tls_key: None,
            rate_limit: RATE_LIMIT,
            behind_proxy: false,
            cors_origins: Vec::new(),
            head_time_max: HEAD_TIME_MAX,
            request_time_max: REQUEST_TIME_MAX,
        }
    }
}
