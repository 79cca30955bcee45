//! Concrete answers: one resource, a page of a list, the answer of a command.

use actix_web::body::BoxBody;
use actix_web::http::header::{self, ETag, EntityTag};
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::{Deserialize, Serialize};

/// One resource. `GET` honours `If-None-Match`.
#[derive(Debug)]
pub struct Found<T> {
    body: T,
    version: i64,
    is_personal: bool,
}

impl<T> Found<T> {
    /// A resource at a version.
    #[must_use]
    pub fn new(version: i64, body: T) -> Self {
        Self { body, version, is_personal: false }
    }

    /// A resource with personal data, which nobody may keep a copy of.
    #[must_use]
    pub fn personal(version: i64, body: T) -> Self {
        Self { body, version, is_personal: true }
    }
}

/// The strong entity tag of a version.
pub(super) fn etag(version: i64) -> EntityTag {
    EntityTag::new_strong(format!("v{version}"))
}

fn cache_control(is_personal: bool) -> (header::HeaderName, &'static str) {
    (header::CACHE_CONTROL, if is_personal { "no-store" } else { "private, no-cache" })
}

impl<T: Serialize> Responder for Found<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let tag = etag(self.version);
        let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        let is_known = known.is_some_and(|known| {
            known.split(',').any(|one| one.trim() == "*" || one.trim().trim_start_matches("W/") == tag.to_string())
        });
        if is_known {
            return HttpResponse::NotModified().insert_header(ETag(tag)).finish();
        }
        HttpResponse::Ok().insert_header(ETag(tag)).insert_header(cache_control(self.is_personal)).json(self.body)
    }
}

/// A page of a list.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// The cursor of the next page; null at the end.
    pub next: Option<String>,
    /// How many there are in all; only where asked for with `count=true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
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
        response.json(self)
    }
}

/// The answer of a command, kept so that a repeated request gets the same one.
#[derive(Debug, Serialize, Deserialize)]
pub struct Reply<T> {
    pub(super) status: u16,
    pub(super) location: Option<String>,
    pub(super) version: Option<i64>,
    pub(super) body: Option<T>,
    #[serde(skip)]
    pub(super) is_replayed: bool,
}

impl<T> Reply<T> {
    /// 201: a resource was made, at a path and a version.
    #[must_use]
    pub fn created(location: String, version: i64, body: T) -> Self {
        Self { status: 201, location: Some(location), version: Some(version), body: Some(body), is_replayed: false }
    }

    /// 200: a resource was changed to a version.
    #[must_use]
    pub fn changed(version: i64, body: T) -> Self {
        Self { status: 200, location: None, version: Some(version), body: Some(body), is_replayed: false }
    }

    /// 204: done, and nothing to show.
    #[must_use]
    pub fn done() -> Self {
        Self { status: 204, location: None, version: None, body: None, is_replayed: false }
    }
}

impl<T: Serialize> Responder for Reply<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let status = actix_web::http::StatusCode::from_u16(self.status).unwrap_or_default();
        let mut response = HttpResponse::build(status);
        if let Some(location) = self.location {
            response.insert_header((header::LOCATION, location));
        }
        if let Some(version) = self.version {
            response.insert_header(ETag(etag(version)));
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
