//! Concrete answers: one resource, a page of a list, the answer of a command.

use actix_web::body::BoxBody;
use actix_web::error::JsonPayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, ContentType, ETag, EntityTag};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, Responder};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Id;
use crate::lists::Total;

/// The opaque part of a strong entity tag: it differs between two states of what is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tag(String);

impl Tag {
    /// The tag of a record at a version that is shown with something else that changes apart from it.
    #[must_use]
    pub fn with(version: i64, shown: &str) -> Self {
        Self(format!("v{version}.{shown}"))
    }

    /// The tag of something made of several records, each at its version. A hash, since a sum of versions is the same
    /// for different states.
    #[must_use]
    pub fn of_parts(parts: impl IntoIterator<Item = (Id, i64)>) -> Self {
        let mut hasher = Sha256::new();
        for (id, version) in parts {
            hasher.update(id.as_bytes());
            hasher.update(version.to_be_bytes());
        }
        Self(hex::encode(hasher.finalize()))
    }

    /// The tag of what is shown as this text: a hash of it.
    #[must_use]
    pub fn of_text(shown: &str) -> Self {
        Self(hex::encode(Sha256::digest(shown)))
    }

    /// The tag as it stands in headers and in lists, in quotation marks.
    #[must_use]
    pub fn quoted(&self) -> String {
        format!("\"{}\"", self.0)
    }

    fn header(&self) -> EntityTag {
        EntityTag::new_strong(self.0.clone())
    }
}

impl From<i64> for Tag {
    fn from(version: i64) -> Self {
        Self(format!("v{version}"))
    }
}

use super::security::{SecurityEvent, note_security};

/// One resource. `GET` honours `If-None-Match`.
#[derive(Debug)]
pub struct Found<T> {
    body: T,
    tag: Tag,
    is_personal: bool,
    ask_again_seconds: Option<u32>,
}

impl<T> Found<T> {
    /// A resource at a version.
    #[must_use]
    pub fn new(tag: impl Into<Tag>, body: T) -> Self {
        Self { body, tag: tag.into(), is_personal: false, ask_again_seconds: None }
    }

    /// A resource with personal data, which nobody may keep a copy of.
    #[must_use]
    pub fn personal(tag: impl Into<Tag>, body: T) -> Self {
        Self { body, tag: tag.into(), is_personal: true, ask_again_seconds: None }
    }

    /// Says after how many seconds it is worth asking again: it is changing.
    #[must_use]
    pub fn ask_again(self, seconds: u32) -> Self {
        Self { ask_again_seconds: Some(seconds), ..self }
    }
}

fn cache_control(is_personal: bool) -> (header::HeaderName, &'static str) {
    (header::CACHE_CONTROL, if is_personal { "no-store" } else { "private, no-cache" })
}

impl<T: Serialize> Responder for Found<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let tag = self.tag.header();
        if is_known(request, &tag) {
            let mut response = HttpResponse::NotModified();
            return response.insert_header(ETag(tag)).insert_header(cache_control(self.is_personal)).finish();
        }
        let mut response = HttpResponse::Ok();
        response.insert_header(ETag(tag)).insert_header(cache_control(self.is_personal));
        if let Some(seconds) = self.ask_again_seconds {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        response.json(self.body)
    }
}

/// Says whether the caller has the state with a tag already.
fn is_known(request: &HttpRequest, tag: &EntityTag) -> bool {
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    known.is_some_and(|known| {
        known.split(',').any(|one| one.trim() == "*" || one.trim().trim_start_matches("W/") == tag.to_string())
    })
}

/// Ends an answer with a body whose tag is a hash of it. Who has that body already is told so (304).
#[must_use]
pub fn tagged(request: &HttpRequest, mut response: HttpResponseBuilder, body: Vec<u8>) -> HttpResponse {
    const BYTES_OF_TAG: usize = 16;
    let hash = Sha256::digest(&body);
    let tag = EntityTag::new_strong(hex::encode(hash.get(..BYTES_OF_TAG).unwrap_or(&hash)));
    let is_known = is_known(request, &tag);
    response.insert_header(ETag(tag));
    if is_known { response.status(StatusCode::NOT_MODIFIED).finish() } else { response.body(body) }
}

/// Ends an answer with a value as JSON, as [`tagged`].
pub fn tagged_json(request: &HttpRequest, mut response: HttpResponseBuilder, value: &impl Serialize) -> HttpResponse {
    response.content_type(ContentType::json());
    match serde_json::to_vec(value) {
        Ok(body) => tagged(request, response, body),
        Err(error) => HttpResponse::from_error(JsonPayloadError::Serialize(error)),
    }
}

/// What everybody may see who may ask, whole: a catalogue, a tree. `GET` honours `If-None-Match`.
#[derive(Debug)]
pub struct Shown<T>(pub T);

impl<T: Serialize> Responder for Shown<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        response.insert_header(cache_control(false));
        tagged_json(request, response, &self.0)
    }
}

/// What is about its caller alone, whole: no cache may keep it. `GET` honours `If-None-Match`.
#[derive(Debug)]
pub struct Own<T>(pub T);

impl<T: Serialize> Responder for Own<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        response.insert_header(cache_control(true));
        tagged_json(request, response, &self.0)
    }
}

/// A page of a list. `GET` honours `If-None-Match`.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// The cursor of the next page; null at the end.
    pub next: Option<String>,
    /// What to send as `updated_after` when the copy is to be brought up to date. Only on the last page of a walk through a whole
    /// list that takes `updated_after`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
    /// Records that are to be deleted from the copy: since the mark they were erased, or left the caller's areas. Only with
    /// `updated_after`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone: Option<Vec<Id>>,
    /// How many there are in all, counted to 10,000; only where asked for with `count=true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
    /// Whether `total` is all there are; false where there are more than 10,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_is_exact: Option<bool>,
}

impl<T> Page<T> {
    /// A page of items, and where to go on.
    #[must_use]
    pub fn of(items: Vec<T>, next: Option<String>) -> Self {
        Self { items, next, mark: None, gone: None, total: None, total_is_exact: None }
    }

    /// The page with each item made into another.
    #[must_use]
    pub fn map<U>(self, make: impl FnMut(T) -> U) -> Page<U> {
        let items = self.items.into_iter().map(make).collect();
        let Self { next, mark, gone, total, total_is_exact, .. } = self;
        Page { items, next, mark, gone, total, total_is_exact }
    }

    /// The page with how many items there are in all, where that was asked.
    #[must_use]
    pub fn counted(self, total: Option<Total>) -> Self {
        let (count, is_exact) = (total.map(|total| total.count), total.map(|total| total.is_exact));
        Self { total: count, total_is_exact: is_exact, ..self }
    }
}

impl<T: Serialize> Responder for Page<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        response.insert_header(cache_control(true));
        if let Some(next) = &self.next {
            let others: Vec<(String, String)> = url::form_urlencoded::parse(request.query_string().as_bytes())
                .filter(|(name, _)| name != "cursor")
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect();
            let query = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(others)
                .append_pair("cursor", next)
                .finish();
            response.insert_header((header::LINK, format!("<{}?{query}>; rel=\"next\"", request.path())));
        }
        tagged_json(request, response, &self)
    }
}

/// The answer of a command, kept so that a repeated request gets the same one.
#[derive(Debug, Serialize, Deserialize)]
pub struct Reply<T> {
    pub(super) status: u16,
    pub(super) location: Option<String>,
    pub(super) tag: Option<Tag>,
    pub(super) body: Option<T>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ask_again_seconds: Option<u32>,
    #[serde(skip)]
    pub(super) is_replayed: bool,
    /// Whether it shows what an earlier request with the same ids created.
    #[serde(skip)]
    pub(super) is_known: bool,
    /// The record whose data key seals the answer where it is kept.
    #[serde(skip)]
    pub(super) sealed_by: Option<Id>,
}

impl<T> Reply<T> {
    fn with(status: u16, location: Option<String>, tag: Option<Tag>, body: Option<T>) -> Self {
        Self {
            status,
            location,
            tag,
            body,
            ask_again_seconds: None,
            is_replayed: false,
            is_known: false,
            sealed_by: None,
        }
    }

    /// 201: a resource was made, at a path and a version.
    #[must_use]
    pub fn created(location: String, tag: impl Into<Tag>, body: T) -> Self {
        Self::with(201, Some(location), Some(tag.into()), Some(body))
    }

    /// 200: a resource was changed to a version.
    #[must_use]
    pub fn changed(tag: impl Into<Tag>, body: T) -> Self {
        Self::with(200, None, Some(tag.into()), Some(body))
    }

    /// 202: something longer was started; it is worth asking for it after so many seconds.
    #[must_use]
    pub fn accepted(location: String, body: T, ask_again_seconds: u32) -> Self {
        Self { ask_again_seconds: Some(ask_again_seconds), ..Self::with(202, Some(location), None, Some(body)) }
    }

    /// 204: done, and nothing to show.
    #[must_use]
    pub fn done() -> Self {
        Self::with(204, None, None, None)
    }

    /// Keeps the answer sealed with the data key of a record, since it holds personal data.
    #[must_use]
    pub fn sealed_by(self, record: Id) -> Self {
        Self { sealed_by: Some(record), ..self }
    }

    /// 200 instead of 201: what it shows was created by the same request before.
    #[must_use]
    #[expect(clippy::wrong_self_convention, reason = "it makes the answer one of a record as it stands")]
    pub(crate) fn as_it_stands(self) -> Self {
        Self { status: 200, is_known: true, ..self }
    }

    /// The record that `Location` names.
    #[must_use]
    pub(crate) fn record(&self) -> Option<Id> {
        self.location.as_ref()?.rsplit('/').next()?.parse().ok()
    }

    /// What it shows.
    #[must_use]
    pub fn body(&self) -> Option<&T> {
        self.body.as_ref()
    }

    /// Notes a security event where something was done: what is only told again was noted when it was done.
    pub fn note_security(&self, request: &HttpRequest, event: SecurityEvent) {
        if !self.is_repeated() {
            note_security(request, event);
        }
    }

    /// Says whether an earlier request did what it tells.
    #[must_use]
    pub fn is_repeated(&self) -> bool {
        self.is_replayed || self.is_known
    }
}

impl<T: Serialize> Responder for Reply<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or_default();
        let mut response = HttpResponse::build(status);
        if let Some(location) = self.location {
            response.insert_header((header::LOCATION, location));
        }
        if let Some(tag) = &self.tag {
            response.insert_header(ETag(tag.header()));
        }
        if let Some(seconds) = self.ask_again_seconds {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        if self.is_replayed {
            response.insert_header(("Idempotent-Replayed", "true"));
        }
        response.insert_header(cache_control(true));
        match self.body {
            Some(body) => response.json(body),
            None => response.finish(),
        }
    }
}
