//! The operators' port: measurements, and health with its parts and numbers. Callers only see by status and one word
//! whether a process is ready, because numbers would reveal records that they may not see.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::str::FromStr;

use actix_web::middleware::DefaultHeaders;
use actix_web::{App, HttpResponse, HttpServer, web};

use super::health::{Probes, find_health};
use super::metrics::{Metrics, find_metrics};
use super::server::listen_on;
use super::{Features, Server};
use crate::{Result, ResultExt, Trouble};

/// Where operators are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperatorsBind {
    /// Nowhere.
    None,
    /// At an address.
    At(SocketAddr),
}

impl FromStr for OperatorsBind {
    type Err = Trouble;

    fn from_str(text: &str) -> std::result::Result<Self, Trouble> {
        let wrong = |_| {
            Trouble::new(
                "cần địa chỉ IP và cổng, ví dụ 127.0.0.1:8090, hoặc none nếu không mở cổng này",
                "expected ADDR:PORT, or none",
            )
        };
        match text {
            "none" => Ok(Self::None),
            text => text.parse().map(Self::At).map_err(wrong),
        }
    }
}

impl OperatorsBind {
    /// A port of the loopback.
    #[must_use]
    pub fn loopback(port: u16) -> Self {
        Self::At(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port))
    }

    /// Takes the port.
    ///
    /// # Errors
    /// Fails when another program has it.
    pub fn listen(self) -> Result<Option<TcpListener>> {
        let Self::At(address) = self else { return Ok(None) };
        listen_on(address, "--ops-bind").map(Some)
    }
}

/// The measurements of a process: of all that it serves.
#[derive(Clone)]
pub struct Measured(pub(super) web::Data<Metrics>);

impl Default for Measured {
    fn default() -> Self {
        Self(web::Data::new(Metrics::new()))
    }
}

/// Starts answering operators.
///
/// # Errors
/// Fails when the listener cannot be used.
pub fn serve_operators(listener: TcpListener, services: &[Features], measured: &Measured) -> Result<Server> {
    let (probes, metrics) = (web::Data::new(Probes::of(services)), measured.0.clone());
    let server = HttpServer::new(move || {
        let headers = [("x-content-type-options", "nosniff"), ("cache-control", "no-store")];
        let headers = headers.into_iter().fold(DefaultHeaders::new(), DefaultHeaders::add);
        App::new()
            .app_data(probes.clone())
            .app_data(metrics.clone())
            .route("/health", web::get().to(find_health))
            .route("/metrics", web::get().to(find_metrics))
            .default_service(web::to(HttpResponse::NotFound))
            .wrap(headers)
    })
    .workers(1)
    .shutdown_timeout(1)
    .disable_signals()
    .listen(listener)
    .doing("listening for operators")?;
    let running = server.run();
    let handle = running.handle();
    Ok(Server { running, handle })
}
