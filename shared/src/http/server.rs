//! The server of a process: the routes of its services, their documents, and what surrounds requests.

use std::net::TcpListener;
use std::sync::Arc;

use actix_cors::Cors;
use actix_web::dev::ServerHandle;
use actix_web::http::header;
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use utoipa_actix_web::service_config::ServiceConfig;
use utoipa_swagger_ui::SwaggerUi;

use super::body::BODY_BYTES_MAX;
use super::health::{Probes, livez, readyz};
use super::limits::Limits;
use super::metrics::{Metrics, find_metrics};
use super::middleware::{RequestLog, RequestTime};
use super::openapi::{DocumentInfo, document_of, path_templates};
use super::{Failure, ServerOptions, around};
use crate::access::{Gate, Gates};
use crate::follow::FollowerHandle;
use crate::storage::Db;
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

/// Adds the routes that every process has.
pub fn configure_common(config: &mut ServiceConfig<'_>) {
    config.service(livez).service(readyz).service(find_metrics);
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
) -> Result<Server> {
    let mut routes: Vec<fn(&mut ServiceConfig<'_>)> = vec![configure_common];
    routes.extend(services.iter().map(|one| one.routes));
    let document = document_of(&routes, info);
    let templates = Templates(Arc::new(path_templates(&document)));
    let json = web::Bytes::from(document.to_pretty_json().doing("writing the OpenAPI document")?);
    let mut gates = Gates::default();
    for service in &services {
        gates.insert(service.service, service.gate.clone());
    }
    let gates = web::Data::new(gates);
    let probes = web::Data::new(Probes(
        services.iter().map(|one| (one.service, one.db.clone(), one.followers.clone())).collect(),
    ));
    // Who calls within the process is one of its services, and is not counted.
    let (listener, log_level, limits) = match listening {
        Listening::Outer(listener) => (listener, log::Level::Info, Some(web::Data::new(Limits::new(options)))),
        Listening::Inner(listener) => (listener, log::Level::Debug, None),
    };
    let metrics = web::Data::new(Metrics::new());
    let (time_max, origins) = (options.request_time_max, options.cors_origins.clone());
    let server = HttpServer::new(move || {
        let mut app = utoipa_actix_web::AppExt::into_utoipa_app(App::new());
        for route in &routes {
            app = app.configure(*route);
        }
        let (app, _) = app.split_for_parts();
        let states = services.clone();
        let json = json.clone();
        app.app_data(gates.clone())
            .app_data(probes.clone())
            .app_data(metrics.clone())
            .app_data(web::Data::new(templates.clone()))
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
            .route(
                "/openapi.json",
                web::get().to(move || {
                    let json = json.clone();
                    async move { HttpResponse::Ok().content_type("application/json").body(json) }
                }),
            )
            .route("/docs", web::get().to(|| async { redirect("/docs/") }))
            .route("/", web::get().to(|| async { redirect("/docs/") }))
            .service(SwaggerUi::new("/docs/{_:.*}").config(reader()))
            .default_service(web::to(unrouted))
            .wrap(from_fn(around))
            .wrap(Compress::default())
            .wrap(cors(&origins))
    })
    .workers(options.workers)
    .shutdown_timeout(10)
    .client_request_timeout(options.head_time_max)
    .disable_signals()
    .listen(listener)
    .doing("listening")?;
    let running = server.run();
    let handle = running.handle();
    Ok(Server { running, handle })
}

/// Which web pages may call: those of the configured origins, with tokens but without cookies.
fn cors(origins: &[String]) -> Cors {
    let exposed = ["etag", "link", "location", "retry-after", "ratelimit", "ratelimit-policy", "idempotent-replayed"];
    let asked = ["authorization", "content-type", "if-match", "if-none-match", "idempotency-key", "accept-language"];
    let cors = Cors::default()
        .allowed_methods(["GET", "POST", "PUT", "PATCH", "DELETE"])
        .allowed_headers(asked)
        .allowed_header("x-request-id")
        .expose_headers(exposed)
        .max_age(3600);
    origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
}

/// The reader of the document: nothing of it is loaded from, or sent to, anywhere else.
fn reader() -> utoipa_swagger_ui::Config<'static> {
    utoipa_swagger_ui::Config::from("/openapi.json").validator_url("none").display_request_duration(true)
}

fn redirect(to: &'static str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, to)).finish()
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
    match templates.0.iter().find(|(template, _)| is_like(template)) {
        Some((_, methods)) => Err(Error::new(Code::MethodNotAllowed).with("allow", methods.join(", ")).into()),
        None => Err(Error::new(Code::RouteNotFound).into()),
    }
}
