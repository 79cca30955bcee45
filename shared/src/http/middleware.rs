//! The middleware around every request but CORS preflights: its limit, its language, its time, its failure as a
//! problem document.

use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest};

use super::Failure;
use super::accept::check_accepted;
use super::front::RequestId;
use super::limits::{Counted, count_address};
use super::options::REQUEST_TIME_MAX;
use super::problem::Problem;
use super::trace;
use crate::access::Caller;
use crate::messages::Language;
use crate::{Code, Error};

/// For how long a request may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct RequestTime(pub Duration);

/// The code of a refusal, as it was answered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refused(pub Code);

pub(super) const PROBES: [&str; 2] = ["/livez", "/readyz"];

/// When a request is counted: by its caller once its token is known to be good, else by its network address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counting {
    /// A probe is not counted.
    Never,
    /// Nothing it shows can make its caller known.
    ByAddress,
    /// Its token is about to be looked at.
    ByToken,
}

impl Counting {
    /// Decides by the path as the router reads it, however it is written.
    fn of(request: &ServiceRequest) -> Self {
        let path = request.match_info().as_str();
        let is_looked_at = path.starts_with("/v1/") && !path.starts_with("/v1/oauth/");
        let shown = request.headers().get(header::AUTHORIZATION).map(header::HeaderValue::as_bytes);
        let is_bearer =
            shown.and_then(|shown| shown.get(..7)).is_some_and(|shown| shown.eq_ignore_ascii_case(b"bearer "));
        match is_looked_at && is_bearer {
            _ if PROBES.contains(&path) => Self::Never,
            true => Self::ByToken,
            false => Self::ByAddress,
        }
    }
}

/// Counts each request, bounds its time, and writes failures as problems in the caller's language.
///
/// # Errors
/// Fails with a prepared answer when a handler takes too long; other failures are answers already.
pub(super) async fn around(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let language = accepted_language(request.request());
    let limit = request.app_data::<RequestTime>().map_or(REQUEST_TIME_MAX, |time| time.0);
    let counting = Counting::of(&request);
    if counting == Counting::ByAddress
        && let Err(error) = count_address(request.request())
    {
        return Ok(refused(request.request().clone(), &error, language, &id));
    }
    if let Err(error) = check_accepted(&request) {
        // Its token is not looked at.
        let counted = if counting == Counting::ByToken { count_address(request.request()) } else { Ok(()) };
        return Ok(refused(request.request().clone(), &counted.err().unwrap_or(error), language, &id));
    }
    // What writes goes on after its time is up: whether it takes effect is not known then.
    let late = if request.method().is_safe() { Code::Timeout } else { Code::OutcomeUnknown };
    // No clone of the request may be kept: routing needs it for itself.
    let traceparent = trace::sent(request.headers());
    match tokio::time::timeout(limit, trace::under(traceparent, next.call(request))).await {
        Ok(Ok(response)) => {
            let response = written(response, language, &id);
            // Its token was not looked at: the route wants none, or something else was wrong before.
            if counting == Counting::ByToken
                && !is_counted(response.request())
                && let Err(error) = count_address(response.request())
            {
                return Ok(refused(response.request().clone(), &error, language, &id));
            }
            Ok(response)
        }
        failed => {
            let error = match failed {
                Ok(Err(error)) => as_failure(&error),
                _ => Error::new(late),
            };
            log_failure(&error, &id);
            let response = Problem::response(&error, language, &id);
            Err(InternalError::from_response(error, response).into())
        }
    }
}

fn is_counted(request: &HttpRequest) -> bool {
    let extensions = request.extensions();
    extensions.contains::<Counted>() || extensions.contains::<Caller>()
}

/// The language that the caller wants.
pub(super) fn accepted_language(request: &HttpRequest) -> Language {
    Language::accepted(request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()))
}

fn refused(request: HttpRequest, error: &Error, language: Language, id: &str) -> ServiceResponse {
    log_failure(error, id);
    request.extensions_mut().insert(Refused(error.code()));
    ServiceResponse::new(request, Problem::response(error, language, id))
}

/// Writes a response that failed as a problem; others stay as they are.
pub(super) fn written(
    response: ServiceResponse<impl MessageBody + 'static>,
    language: Language,
    id: &str,
) -> ServiceResponse {
    let failed = response.response().error().map(|error| match error.as_error::<Failure>() {
        Some(failure) => {
            log_failure(&failure.0, id);
            response.request().extensions_mut().insert(Refused(failure.0.code()));
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

pub(super) fn log_failure(error: &Error, id: &str) {
    match error.code() {
        Code::Internal => log::error!("request failed request={id}: {error:?}"),
        Code::Unavailable | Code::FollowerStopped => log::warn!("request put off request={id}: {error:?}"),
        _ => log::debug!("request refused request={id}: {error}"),
    }
}
