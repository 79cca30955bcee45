//! Reading bodies and queries: a fault of form names its field like every other fault.

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::{LocalBoxFuture, Ready, ready};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use sha2::{Digest, Sha256};

use super::Failure;
use crate::error::{At, Fault, Params};
use crate::validate::{Faults, Wrong};
use crate::{Code, Error, Expected, Result};

/// How large a body may be.
pub(super) const BODY_BYTES_MAX: usize = 1024 * 1024;

/// A JSON body. An unknown field, a wrong type or a missing field is refused with its place; serde stops
/// at the first such fault, while faults of values are told all at once.
#[derive(Debug)]
pub struct Body<T> {
    /// What was sent.
    pub value: T,
    /// SHA-256 of the bytes sent, for the idempotency record.
    pub hash: [u8; 32],
}

/// A JSON Merge Patch (RFC 7396).
#[derive(Debug)]
pub struct MergePatch<T> {
    /// What was sent.
    pub value: T,
    /// SHA-256 of the bytes sent, for the idempotency record.
    pub hash: [u8; 32],
}

/// Reads a field of a merge patch that cannot be cleared: left out it stays, and `null` is a fault, for whoever sends it
/// expects that the field is empty afterwards.
///
/// # Errors
/// `not_clearable`.
pub fn not_null<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    let value = Option::<T>::deserialize(deserializer)?;
    value.map(Some).ok_or_else(|| serde::de::Error::custom(Wrong::new(Code::NotClearable)))
}

/// A query string with known parameters only.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Failure;
    type Future = LocalBoxFuture<'static, Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let read = read::<T>(request, payload, "application/json");
        Box::pin(async move { read.await.map(|(value, hash)| Self { value, hash }) })
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for MergePatch<T> {
    type Error = Failure;
    type Future = LocalBoxFuture<'static, Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let read = read::<T>(request, payload, "application/merge-patch+json");
        Box::pin(async move { read.await.map(|(value, hash)| Self { value, hash }) })
    }
}

fn read<T: DeserializeOwned>(
    request: &HttpRequest,
    payload: &mut Payload,
    expected: &'static str,
) -> impl Future<Output = Result<(T, [u8; 32]), Failure>> + use<T> {
    let media = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_expected = media.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(expected);
    let bytes = web::Bytes::from_request(request, payload);
    async move {
        if !is_expected {
            return Err(Error::new(Code::UnsupportedMediaType).with("expected", expected).into());
        }
        let bytes = bytes.await.map_err(|error| match error.as_error::<PayloadError>() {
            Some(PayloadError::Overflow) => Error::new(Code::BodyTooLarge).with("limit", BODY_BYTES_MAX),
            _ if error.as_response_error().status_code().as_u16() == 413 => {
                Error::new(Code::BodyTooLarge).with("limit", BODY_BYTES_MAX)
            }
            _ => Error::new(Code::MalformedRequest),
        })?;
        let hash = Sha256::digest(&bytes).into();
        Ok((parse(&bytes)?, hash))
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    // The deserializer would take an array for an object's fields in their order.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        let params = Params::from([("expected", Expected::JsonObject.to_string())]);
        return Err(Error::faults(vec![Fault { at: At::Pointer(String::new()), code: Code::WrongType, params }]));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value: T = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = pointer(error.path());
        let cause = error.into_inner();
        if cause.is_data() { Error::faults(vec![form_fault(&path, &cause.to_string())]) } else { malformed(&cause) }
    })?;
    deserializer.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

fn malformed(error: &serde_json::Error) -> Error {
    Error::new(Code::MalformedJson).with("line", error.line()).with("column", error.column())
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { .. } | Segment::Unknown => String::new(),
        })
        .collect()
}

/// The serializer's words are the only place where it tells which field was unknown or missing.
fn form_fault(path: &str, words: &str) -> Fault {
    let named = words.split('`').nth(1).unwrap_or_default();
    let (place, code, params) = if words.starts_with("unknown field") {
        // The path already ends with the unknown name where the deserializer got that far.
        let place = if path.ends_with(&format!("/{named}")) { path.to_owned() } else { format!("{path}/{named}") };
        (place, Code::UnknownField, Params::from([("name", named.to_owned())]))
    } else if words.starts_with("missing field") {
        (format!("{path}/{named}"), Code::Required, Params::new())
    } else if words.starts_with("unknown variant") {
        (path.to_owned(), Code::UnknownValue, Params::from([("expected", listed(words))]))
    } else if let Some(wrong) = Wrong::heard(words) {
        (path.to_owned(), wrong.code, wrong.params)
    } else {
        let is_type = words.starts_with("invalid type") || words.starts_with("invalid value");
        let code = if is_type { Code::WrongType } else { Code::BadFormat };
        (path.to_owned(), code, Params::from([("expected", Expected::of_parser(words).to_string())]))
    };
    Fault { at: At::Pointer(place), code, params }
}

/// The values that a field may have. What was sent may be a person's: it is not repeated.
fn listed(words: &str) -> String {
    let (_, expected) = words.split_once("expected ").unwrap_or_default();
    expected.split('`').skip(1).step_by(2).collect::<Vec<_>>().join(", ")
}

impl<T: DeserializeOwned + 'static> FromRequest for Query<T> {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse_query(request.query_string()).map(Self).map_err(Failure))
    }
}

/// How long one value of a query may be.
pub(super) const PARAMETER_BYTES_MAX: usize = 1000;
/// How long a cursor may be. All parameters together stay below what the parser of requests takes, escaped as they are.
pub(super) const CURSOR_BYTES_MAX: usize = 2048;

fn parse_query<T: DeserializeOwned>(text: &str) -> Result<T> {
    let pairs = url::form_urlencoded::parse(text.as_bytes());
    for (name, value) in pairs {
        let max = if name == "cursor" { CURSOR_BYTES_MAX } else { PARAMETER_BYTES_MAX };
        let wrong = if value.len() > max {
            Wrong::new(Code::TooLong).with("max", max)
        } else if value.chars().any(char::is_control) {
            Wrong::new(Code::BadFormat).with("expected", Expected::OneLine)
        } else {
            continue;
        };
        // A name that is none of ours is refused below, and is not repeated at any length.
        let mut faults = Faults::new();
        faults.add_parameter(&name.chars().take(64).collect::<String>(), wrong);
        faults.finish()?;
    }
    let deserializer = serde_urlencoded::Deserializer::new(pairs);
    serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let path = pointer(error.path());
        let mut fault = form_fault(&path, &error.into_inner().to_string());
        if let At::Pointer(place) = &fault.at {
            fault.at = At::Parameter(place.trim_start_matches('/').to_owned());
        }
        let is_one_line = fault.params.get("expected").is_some_and(|form| *form == Expected::OneLine.to_string());
        if fault.code == Code::BadFormat && !is_one_line {
            fault.code = Code::WrongType;
        }
        Error::faults(vec![fault])
    })
}
