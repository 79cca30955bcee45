//! The server of a process: the routes of its services, their documents, and what surrounds requests.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_cors::Cors;
use actix_web::dev::ServerHandle;
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use utoipa_actix_web::service_config::ServiceConfig;

use super::assets::Assets;
use super::body::BODY_BYTES_MAX;
use super::front::{RequestLog, front, named_method};
use super::health::{Probes, livez, readyz};
use super::limits::Limits;
use super::middleware::{RequestTime, around};
use super::openapi::{DocumentInfo, document_of, path_templates};
use super::query::WithoutQuery;
use super::{Failure, Measured, ServerOptions};
use crate::access::{Gate, Gates};
use crate::follow::FollowerHandle;
use crate::storage::Db;
use crate::trouble::why_vi;
use crate::{Code, Error, Result, ResultExt};

/// A running service, ready to be mounted into a process.
#[derive(Clone)]
pub struct Features {
    /// Its name.
    pub service: &'static str,
    /// Its routes.
    pub routes: fn(&mut ServiceConfig<'_>),
    /// Puts its state where its handlers find it.
    pub state: Arc<dyn Fn(&mut web::ServiceConfig) + Send + Sync>,
    /// Lets callers in.
    pub gate: Gate,
    /// Its database.
    pub db: Db,
    /// The journals it follows.
    pub followers: Vec<FollowerHandle>,
}

/// A server that was started.
pub struct Server {
    /// Resolves when the server has stopped.
    pub running: actix_web::dev::Server,
    /// Stops the server gracefully.
    pub handle: ServerHandle,
}

#[derive(Clone)]
struct Templates(Arc<Vec<(String, Vec<&'static str>)>>);

/// For how long a connection waits for its next request: longer than the proxies and clients before it keep one, or
/// they send a request just as it is closed.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

const ALLOWED: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/// Adds the routes that every process has.
pub fn configure_common(config: &mut ServiceConfig<'_>) {
    config.service(livez).service(readyz);
}

/// Where a server is reached.
#[derive(Debug)]
pub enum Listening {
    /// By callers.
    Outer(TcpListener),
    /// By the services of the same process among themselves, whose requests are logged as details.
    Inner(TcpListener),
}

/// Starts serving services on a listener.
///
/// # Errors
/// Fails when the listener cannot be used.
pub fn serve(
    listening: Listening,
    services: Vec<Features>,
    info: &DocumentInfo,
    options: &ServerOptions,
    measured: &Measured,
) -> Result<Server> {
    let mut routes: Vec<fn(&mut ServiceConfig<'_>)> = vec![configure_common];
    routes.extend(services.iter().map(|one| one.routes));
    let document = document_of(&routes, info);
    let known = path_templates(&document).into_iter().chain(Assets::templates()).collect();
    let templates = Templates(Arc::new(known));
    let without_query = web::Data::new(WithoutQuery::of(&document));
    let assets = Assets::new(document.to_pretty_json().doing("writing the OpenAPI document")?)?;
    let mut gates = Gates::default();
    for service in &services {
        gates.insert(service.service, service.gate.clone());
    }
    let gates = web::Data::new(gates);
    let probes = web::Data::new(Probes::of(&services));
    // Who calls within the process is one of its services, and is not counted.
    let (listener, log_level, limits, tls) = match listening {
        Listening::Outer(listener) => {
            (listener, log::Level::Info, Some(web::Data::new(Limits::new(options))), options.tls()?)
        }
        Listening::Inner(listener) => (listener, log::Level::Debug, None, None),
    };
    // The services' calls among themselves would hide what callers see.
    let metrics = match &limits {
        Some(_) => measured.0.clone(),
        None => Measured::default().0,
    };
    let (time_max, origins) = (options.request_time_max, options.cors_origins.clone());
    let server = HttpServer::new(move || {
        let mut app = utoipa_actix_web::AppExt::into_utoipa_app(App::new());
        for route in &routes {
            app = app.configure(*route);
        }
        let (app, _) = app.split_for_parts();
        let states = services.clone();
        let assets = assets.clone();
        app.app_data(gates.clone())
            .app_data(probes.clone())
            .app_data(metrics.clone())
            .app_data(web::Data::new(templates.clone()))
            .app_data(without_query.clone())
            .app_data(RequestLog(log_level))
            .app_data(RequestTime(time_max))
            .configure(|config| {
                limits.iter().for_each(|limits| {
                    config.app_data(limits.clone());
                });
            })
            .app_data(web::PayloadConfig::new(BODY_BYTES_MAX))
            .app_data(web::PathConfig::default().error_handler(|_, _| Failure(Error::new(Code::NotFound)).into()))
            .configure(move |config| states.iter().for_each(|service| (service.state)(config)))
            .configure(move |config| assets.configure(config))
            .default_service(web::to(unrouted))
            .wrap(from_fn(around))
            .wrap(Compress::default())
            .wrap(cors(&origins))
            .wrap(from_fn(front))
    })
    .workers(options.workers)
    .shutdown_timeout(10)
    .client_request_timeout(options.head_time_max)
    .keep_alive(KEEP_ALIVE)
    .disable_signals();
    let server = match tls {
        Some(tls) => server.listen_rustls_0_23(listener, tls),
        None => server.listen(listener),
    }
    .doing("listening")?;
    let running = server.run();
    let handle = running.handle();
    Ok(Server { running, handle })
}

/// Which web pages may call: those of the configured origins, with tokens but without cookies. The pages of people answer to no other
/// page (RFC 9700, 2.6).
fn cors(origins: &[String]) -> Cors {
    let exposed = ["etag", "link", "location", "retry-after", "ratelimit", "ratelimit-policy", "idempotent-replayed"];
    let asked = ["authorization", "content-type", "if-match", "if-none-match", "idempotency-key", "accept-language"];
    let cors = Cors::default()
        .allowed_methods(ALLOWED)
        .allowed_headers(asked)
        .allowed_header("x-request-id")
        .expose_headers(exposed)
        .max_age(3600);
    let origins: BTreeSet<String> = origins.iter().cloned().collect();
    cors.allowed_origin_fn(move |origin, request| {
        let path = request.uri.path();
        let is_page = path == "/v1/oauth/authorize" || path == "/account" || path.starts_with("/account/");
        !is_page && origin.to_str().is_ok_and(|origin| origins.contains(origin))
    })
}

/// Answers an address that no route took: 405 where it has other methods, 404 otherwise.
async fn unrouted(request: HttpRequest, templates: web::Data<Templates>) -> std::result::Result<HttpResponse, Failure> {
    let path = request.path();
    let is_like = |template: &str| {
        let (mut wanted, mut sent) = (template.split('/'), path.split('/'));
        loop {
            match (wanted.next(), sent.next()) {
                (None, None) => return true,
                (Some(wanted), Some(sent)) if wanted == sent || (wanted.starts_with('{') && !sent.is_empty()) => {}
                _ => return false,
            }
        }
    };
    let found = templates.0.iter().find(|(template, _)| is_like(template));
    let methods = match found {
        // Whatever can be read can be asked for without its body.
        Some((_, methods)) => methods.join(", ").replace("GET", "GET, HEAD"),
        // A method that nothing here has is refused wherever it is sent.
        None if named_method(request.method()) == "other" => ALLOWED.join(", "),
        None => return Err(Error::new(Code::RouteNotFound).into()),
    };
    Err(Error::new(Code::MethodNotAllowed).with("allow", methods).into())
}

/// Opens a listener on an address that an option named.
///
/// # Errors
/// Fails with what to do where another program uses the port.
pub fn listen_on(address: std::net::SocketAddr, option: &str) -> Result<TcpListener> {
    TcpListener::bind(address).map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => Error::trouble(
            format!("chương trình khác đang dùng {address}; dừng chương trình đó, hoặc chọn cổng khác bằng {option}"),
            format!("another program uses {address}; stop it, or choose another port with {option}"),
        ),
        _ => Error::trouble(
            format!("không mở được {address} (xem {option}): {}", why_vi(&error)),
            format!("{address} cannot be listened on (see {option}): {error}"),
        ),
    })
}
