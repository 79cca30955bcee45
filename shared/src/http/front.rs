//! The outermost middleware, around CORS preflight requests too: the request's id and headers, one line in the log,
//! measurements, security events.

use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, web};

use super::headers::add_security_headers;
use super::limits::{Standing, count_address, is_behind_proxy, remote_address};
use super::metrics::Metrics;
use super::middleware::{PROBES, Refused, accepted_language, log_failure, written};
use super::problem::Problem;
use super::security::{Noted, SecurityEvent, log_event};
use super::trace;
use crate::access::Caller;
use crate::{Code, Id};

/// How loudly requests are logged.
#[derive(Debug, Clone, Copy)]
pub(super) struct RequestLog(pub log::Level);

/// The id of a request.
#[derive(Debug, Clone)]
pub(super) struct RequestId(pub String);

/// The methods that have a name here; every other one counts as `other`.
const METHODS: [Method; 7] =
    [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::HEAD, Method::OPTIONS];

/// The method's name from the closed list.
pub(super) fn named_method(method: &Method) -> &'static str {
    const NAMES: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
    NAMES.into_iter().zip(METHODS).find(|(_, known)| known == method).map_or("other", |(name, _)| name)
}

/// Gives each request an id and leaves one line in the log: never a query, a body, a name or a token. Every answer
/// gets the headers that all have. `HEAD` is answered as `GET`; the server leaves the body out.
///
/// # Errors
/// Passes on answers that were prepared by an inner layer as failures, with their headers.
pub(super) async fn front(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let started = Instant::now();
    let id = request_id(request.request());
    let (is_https, method) = (is_https(request.request()), named_method(request.method()));
    let language = accepted_language(request.request());
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    request.extensions_mut().insert(RequestId(id.clone()));
    if is_preflight(request.request())
        && let Err(error) = count_address(request.request())
    {
        log_failure(&error, &id);
        let refusal = Problem::response(&error, language, &id);
        request.extensions_mut().insert(Refused(error.code()));
        return Ok(finished(request.into_response(refusal), method, &id, started, is_https));
    }
    // No clone of the request may be kept: routing needs it for itself.
    match next.call(request).await {
        Ok(response) => Ok(finished(written(response, language, &id), method, &id, started, is_https)),
        Err(error) => {
            let mut response = error.error_response();
            let status = response.status().as_u16();
            log::info!("{method} - status={status} ms={} request={id}", started.elapsed().as_millis());
            add_security_headers(response.headers_mut(), is_https);
            add_id(response.headers_mut(), &id);
            Err(InternalError::from_response(error, response).into())
        }
    }
}

/// A browser asks whether a page may send a request.
fn is_preflight(request: &HttpRequest) -> bool {
    let has = |name: HeaderName| request.headers().contains_key(name);
    request.method() == Method::OPTIONS && has(header::ORIGIN) && has(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// Says whether the caller came by https: to this process, or to the proxy before it.
#[must_use]
pub fn is_https(request: &HttpRequest) -> bool {
    let forwarded = request.headers().get_all("x-forwarded-proto").last();
    let says_https = forwarded.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"https"));
    request.app_config().secure() || (says_https && is_behind_proxy(request))
}

fn request_id(request: &HttpRequest) -> String {
    let sent = request.headers().get("X-Request-Id").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_good = (1..=64).contains(&sent.len())
        && sent.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
    if is_good { sent.to_owned() } else { Id::new().to_string() }
}

fn add_id(headers: &mut header::HeaderMap, id: &str) {
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(HeaderName::from_static("x-request-id"), value);
    }
}

fn finished(
    mut response: ServiceResponse,
    method: &'static str,
    id: &str,
    started: Instant,
    is_https: bool,
) -> ServiceResponse {
    let request = response.request();
    let route = request.match_pattern().unwrap_or_else(|| "-".to_owned());
    let known = request.extensions().get::<Caller>().map(|caller| caller.subject.clone());
    let caller = known.as_deref().unwrap_or("-");
    let (status, took) = (response.status(), started.elapsed());
    let status_code = status.as_u16();
    let mut line =
        format!("{method} {route} status={status_code} ms={} caller={caller} request={id}", took.as_millis());
    if let Some(traceparent) = trace::sent(request.headers()) {
        line.push_str(" trace=");
        line.push_str(trace::id_of(&traceparent));
    }
    let metrics = request.app_data::<web::Data<Metrics>>();
    if let Some(metrics) = metrics {
        metrics.count(method, &route, status_code, took);
    }
    // Probes and the house's own calls come every second.
    let is_probe = PROBES.contains(&route.as_str());
    let is_detail = is_probe || caller.starts_with("service:");
    let level = request.app_data::<RequestLog>().map_or(log::Level::Info, |log| log.0);
    log::log!(if is_detail { log::Level::Debug } else { level }, "{line}");
    let events = events_of(request, known.is_some(), status);
    if !events.is_empty() {
        let address = remote_address(request).unwrap_or_else(|| "-".to_owned());
        for event in events {
            log_event(event, &address, caller, &route, id);
            if let Some(metrics) = metrics {
                metrics.count_event(event);
            }
        }
    }
    let standing = request.extensions().get::<Standing>().copied();
    if let Some(standing) = standing {
        standing.add_to(response.headers_mut());
    }
    // It only kept the compressor from what is compressed already.
    if response.headers().get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding == "identity") {
        response.headers_mut().remove(header::CONTENT_ENCODING);
    }
    add_security_headers(response.headers_mut(), is_https);
    add_id(response.headers_mut(), id);
    response
}

/// The events that a handler noted, and the one that a refusal is.
fn events_of(request: &HttpRequest, is_known: bool, status: StatusCode) -> Vec<SecurityEvent> {
    let mut events = request.extensions_mut().remove::<Noted>().unwrap_or_default().0;
    let refused = request.extensions().get::<Refused>().map(|refused| refused.0);
    let code = refused.or((status == StatusCode::TOO_MANY_REQUESTS).then_some(Code::TooManyRequests));
    events.extend(code.and_then(|code| SecurityEvent::of_refusal(code, is_known)));
    events
}
