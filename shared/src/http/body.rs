//! Reading bodies: a fault of form names its field like every other fault.

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Failure;
use super::query::faults_of_query;
use super::shape::faults_of_shape;
use crate::error::{At, Fault, Params};
use crate::made_ids::{NamedIds, NamesIds};
use crate::validate::{Faults, Wrong};
use crate::{Code, Error, Expected, Result};

/// How large a body may be.
pub(super) const BODY_BYTES_MAX: usize = 1024 * 1024;

/// A JSON body. Unknown and missing fields, wrong types and values out of their bounds are told all at once. What only
/// other records or other fields can tell is looked at once the body has its shape.
#[derive(Debug)]
pub struct Body<T> {
    /// What was sent.
    pub value: T,
    /// SHA-256 of the bytes sent, for the idempotency record.
    pub hash: [u8; 32],
    /// The bytes sent.
    sent: web::Bytes,
}

impl<T: NamesIds> Body<T> {
    /// The ids that the caller made for what the request creates.
    ///
    /// # Errors
    /// Never in practice: what was sent was read as JSON before.
    pub fn named_ids(&self) -> Result<NamedIds> {
        let ids = self.value.named_ids().into_iter();
        let ids: Vec<_> = ids.filter_map(|(pointer, id)| id.map(|id| (pointer, id))).collect();
        let content = if ids.is_empty() { String::new() } else { content_of(&self.sent)? };
        Ok(NamedIds::new(ids, content, self.hash))
    }
}

/// What was sent, the same however fields are ordered and spaced, and whether one without a value is null or left out.
fn content_of(sent: &[u8]) -> Result<String> {
    let mut content: Value = serde_json::from_slice(sent)?;
    leave_out_nulls(&mut content);
    Ok(serde_json_canonicalizer::to_string(&content)?)
}

fn leave_out_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(leave_out_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(leave_out_nulls),
        _ => {}
    }
}

/// A JSON Merge Patch (RFC 7396), by its own media type or as plain JSON.
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

impl<T: DeserializeOwned + utoipa::ToSchema + 'static> FromRequest for Body<T> {
    type Error = Failure;
    type Future = LocalBoxFuture<'static, Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let read = read::<T>(request, payload, &["application/json"]);
        Box::pin(async move { read.await.map(|(value, hash, sent)| Self { value, hash, sent }) })
    }
}

impl<T: DeserializeOwned + utoipa::ToSchema + 'static> FromRequest for MergePatch<T> {
    type Error = Failure;
    type Future = LocalBoxFuture<'static, Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let read = read::<T>(request, payload, &["application/merge-patch+json", "application/json"]);
        Box::pin(async move { read.await.map(|(value, hash, _)| Self { value, hash }) })
    }
}

fn read<T: DeserializeOwned + utoipa::ToSchema>(
    request: &HttpRequest,
    payload: &mut Payload,
    taken: &'static [&'static str],
) -> impl Future<Output = Result<(T, [u8; 32], web::Bytes), Failure>> + use<T> {
    let media = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    let is_taken = taken.iter().any(|taken| media.eq_ignore_ascii_case(taken));
    let bytes = web::Bytes::from_request(request, payload);
    // No operation with a body has parameters in its query.
    let faults = faults_of_query(request);
    async move {
        if !is_taken {
            let expected = taken.first().copied().unwrap_or_default();
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
        Ok((parse(&bytes, faults)?, hash, bytes))
    }
}

fn parse<T: DeserializeOwned + utoipa::ToSchema>(bytes: &[u8], mut faults: Faults) -> Result<T> {
    // The deserializer would take an array for an object's fields in their order.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        faults.add("", Wrong::new(Code::WrongType).with("expected", Expected::JsonObject));
        return Err(Error::faults(faults.into_vec()));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let first = match serde_path_to_error::deserialize(&mut deserializer) {
        Ok(value) => {
            deserializer.end().map_err(|error| malformed(&error))?;
            faults.finish()?;
            return Ok(value);
        }
        Err(error) if error.inner().is_data() => error,
        Err(error) => return Err(malformed(error.inner())),
    };
    let found = faults_of_shape::<T>(serde_json::from_slice(bytes).map_err(|error| malformed(&error))?)?;
    // A field that was sent twice is seen in the text alone.
    let is_unseen = found.is_empty() || first.inner().to_string().starts_with("duplicate field");
    found.into_iter().for_each(|fault| faults.push(fault));
    if is_unseen {
        faults.push(form_fault(&pointer(first.path()), &first.into_inner().to_string()));
    }
    Err(Error::faults(faults.into_vec()))
}

fn malformed(error: &serde_json::Error) -> Error {
    Error::new(Code::MalformedJson).with("line", error.line()).with("column", error.column())
}

pub(super) fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", escaped(key)),
            Segment::Enum { .. } | Segment::Unknown => String::new(),
        })
        .collect()
}

/// A name as it stands in a JSON Pointer.
pub(super) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The serializer's words are the only place where it tells which field was unknown or missing.
pub(super) fn form_fault(path: &str, words: &str) -> Fault {
    let named = words.split('`').nth(1).unwrap_or_default();
    // The path already ends with the name where the deserializer got that far.
    let named_place = || if path.ends_with(&format!("/{named}")) { path.to_owned() } else { format!("{path}/{named}") };
    let (place, code, params) = if words.starts_with("unknown field") {
        (named_place(), Code::UnknownField, Params::from([("name", named.to_owned())]))
    } else if words.starts_with("duplicate field") {
        (named_place(), Code::RepeatedValue, Params::new())
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
