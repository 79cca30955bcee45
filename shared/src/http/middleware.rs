//! What surrounds every request: its id, its language, its time, one line in the log.

use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, web};

use super::Failure;
use super::limits::{Standing, count_address};
use super::metrics::Metrics;
use super::options::REQUEST_TIME_MAX;
use super::problem::Problem;
use super::trace;
use crate::access::Caller;
use crate::messages::Language;
use crate::{Code, Error, Id};

/// For how long a request may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct RequestTime(pub Duration);

pub(super) const PROBES: [&str; 3] = ["/livez", "/readyz", "/metrics"];

/// How loudly requests are logged.
#[derive(Debug, Clone, Copy)]
pub(super) struct RequestLog(pub log::Level);

/// Gives each request an id, bounds its time, writes failures as problems in the caller's language, adds
/// the security headers, and leaves one line in the log: never a query, a body, a name or a token.
///
/// # Errors
/// Fails with a prepared answer when a handler takes too long; other failures are answers already.
pub async fn around(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let started = Instant::now();
    let id = request_id(request.request());
    let language =
        Language::accepted(request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()));
    let method = request.method().clone();
    let limit = request.app_data::<RequestTime>().map_or(REQUEST_TIME_MAX, |time| time.0);
    if is_counted_by_address(request.request())
        && let Err(error) = count_address(request.request())
    {
        log_failure(&error, &id);
        let refusal = Problem::response(&error, language, &id);
        return Ok(finished(request.into_response(refusal), &id, started));
    }
    // No clone of the request may be kept: routing needs it for itself.
    let traceparent = trace::sent(request.headers());
    let response = match tokio::time::timeout(limit, trace::under(traceparent, next.call(request))).await {
        Ok(Ok(response)) => written(response, language, &id),
        failed => {
            let error = match failed {
                Ok(Err(error)) => as_failure(&error),
                _ => Error::new(Code::Timeout),
            };
            log_failure(&error, &id);
            let mut response = Problem::response(&error, language, &id);
            log::info!(
                "{method} - status={} ms={} request={id}",
                response.status().as_u16(),
                started.elapsed().as_millis()
            );
            add_headers(response.headers_mut(), &id);
            return Err(InternalError::from_response(error, response).into());
        }
    };
    Ok(finished(response, &id, started))
}

/// Who shows a token is counted by its subject, when the token is verified; probes are not counted.
fn is_counted_by_address(request: &HttpRequest) -> bool {
    let has_token = request.headers().contains_key(header::AUTHORIZATION) && !request.path().starts_with("/v1/oauth/");
    !has_token && !PROBES.contains(&request.path())
}

fn request_id(request: &HttpRequest) -> String {
    let sent = request.headers().get("X-Request-Id").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_good = (1..=64).contains(&sent.len())
        && sent.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
    if is_good { sent.to_owned() } else { Id::new().to_string() }
}

/// Writes a response that failed as a problem; others stay as they are.
fn written(response: ServiceResponse<impl MessageBody + 'static>, language: Language, id: &str) -> ServiceResponse {
    let failed = response.response().error().map(|error| match error.as_error::<Failure>() {
        Some(failure) => {
            log_failure(&failure.0, id);
            Problem::response(&failure.0, language, id)
        }
        None => Problem::response(&as_failure(error), language, id),
    });
    match failed {
        Some(problem) => ServiceResponse::new(response.request().clone(), problem),
        None => response.map_into_boxed_body(),
    }
}

/// The framework's own failures, in our words.
fn as_failure(error: &actix_web::Error) -> Error {
    let code = match error.as_response_error().status_code().as_u16() {
        404 => Code::RouteNotFound,
        405 => Code::MethodNotAllowed,
        413 => return Error::new(Code::BodyTooLarge).with("limit", super::body::BODY_BYTES_MAX),
        415 => return Error::new(Code::UnsupportedMediaType).with("expected", "application/json"),
        400..=499 => Code::MalformedRequest,
        _ => Code::Internal,
    };
    Error::new(code).doing(error.to_string())
}

fn log_failure(error: &Error, id: &str) {
    match error.code() {
        Code::Internal => log::error!("request failed request={id}: {error:?}"),
        Code::Unavailable | Code::FollowerStopped => log::warn!("request put off request={id}: {error:?}"),
        _ => log::debug!("request refused request={id}: {error}"),
    }
}

fn finished(mut response: ServiceResponse, id: &str, started: Instant) -> ServiceResponse {
    let request = response.request();
    let route = request.match_pattern().unwrap_or_else(|| "-".to_owned());
    let caller = request.extensions().get::<Caller>().map_or_else(|| "-".to_owned(), |caller| caller.subject.clone());
    let (method, status, took) = (request.method().as_str(), response.status().as_u16(), started.elapsed());
    let mut line = format!("{method} {route} status={status} ms={} caller={caller} request={id}", took.as_millis());
    if let Some(traceparent) = trace::sent(request.headers()) {
        line.push_str(" trace=");
        line.push_str(trace::id_of(&traceparent));
    }
    if let Some(metrics) = request.app_data::<web::Data<Metrics>>() {
        metrics.count(method, &route, status, took);
    }
    // Probes and the house's own calls come every second.
    let is_probe = PROBES.contains(&route.as_str());
    let is_detail = is_probe || caller.starts_with("service:");
    let level = request.app_data::<RequestLog>().map_or(log::Level::Info, |log| log.0);
    log::log!(if is_detail { log::Level::Debug } else { level }, "{line}");
    let standing = response.request().extensions().get::<Standing>().copied();
    if let Some(standing) = standing {
        standing.add_to(response.headers_mut());
    }
    add_headers(response.headers_mut(), id);
    response
}

fn add_headers(headers: &mut HeaderMap, id: &str) {
    const ALWAYS: [(&str, &str); 4] = [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
        ("cross-origin-resource-policy", "same-origin"),
    ];
    for (name, value) in ALWAYS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(HeaderName::from_static("x-request-id"), value);
    }
}
