//! Somebody who calls the system, and the answers.

use std::pin::Pin;

use reqwest::Method;
use serde_json::Value;

use crate::schema::check_answer;

/// Somebody who calls, with a token or without.
#[derive(Debug, Clone)]
pub struct Somebody {
    base_url: String,
    http: reqwest::Client,
    token: Option<String>,
    /// The client's id.
    pub id: String,
}

impl Somebody {
    /// Somebody at an address.
    #[must_use]
    pub fn new(base_url: &str, http: reqwest::Client, token: Option<String>) -> Self {
        Self { base_url: base_url.to_owned(), http, token, id: String::new() }
    }

    pub(crate) fn named(mut self, id: &str) -> Self {
        self.id = id.to_owned();
        self
    }

    /// The token.
    #[must_use]
    pub fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }

    /// A request to be sent by awaiting it.
    #[must_use]
    pub fn request(&self, method: Method, path: &str) -> Request {
        Request::new(self.clone(), method, path)
    }

    /// Reads.
    #[must_use]
    pub fn get(&self, path: &str) -> Request {
        self.request(Method::GET, path)
    }

    /// Sends JSON.
    #[must_use]
    pub fn post(&self, path: &str, body: Value) -> Request {
        self.request(Method::POST, path).json(&body)
    }

    /// Replaces with JSON.
    #[must_use]
    pub fn put(&self, path: &str, body: Value) -> Request {
        self.request(Method::PUT, path).json(&body)
    }

    /// Changes with a merge patch.
    #[must_use]
    pub fn patch(&self, path: &str, body: Value) -> Request {
        self.request(Method::PATCH, path).raw("application/merge-patch+json", body.to_string().into_bytes())
    }
}

/// A request; awaiting it sends it.
#[derive(Debug)]
pub struct Request {
    builder: reqwest::RequestBuilder,
    line: String,
}

impl Request {
    /// Begins a request.
    #[must_use]
    pub fn new(somebody: Somebody, method: Method, path: &str) -> Self {
        let line = format!("{method} {path}");
        let builder = somebody.http.request(method, format!("{}{path}", somebody.base_url));
        let builder = match &somebody.token {
            Some(token) => builder.bearer_auth(token),
            None => builder,
        };
        Self { builder, line }
    }

    fn json(self, body: &Value) -> Self {
        self.raw("application/json", body.to_string().into_bytes())
    }

    /// Sends these bytes as they are.
    #[must_use]
    pub fn raw(self, media: &str, body: Vec<u8>) -> Self {
        let builder = self.builder.header("content-type", media).body(body);
        Self { builder, ..self }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        Self { builder: self.builder.header(name, value), ..self }
    }

    /// Names the version to be changed.
    #[must_use]
    pub fn if_match(self, etag: &str) -> Self {
        self.header("if-match", etag)
    }

    /// Gives the request a key.
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// Asks for English.
    #[must_use]
    pub fn english(self) -> Self {
        self.header("accept-language", "en")
    }
}

impl Request {
    /// Sends it; nothing comes back where nobody answers.
    pub async fn attempt(self) -> Option<Answer> {
        let line = self.line;
        let response = self.builder.send().await.ok()?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await.ok()?;
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        let media = headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
        check_answer(&line, status, media, &body);
        Some(Answer { line, status, headers, text, body })
    }
}

impl IntoFuture for Request {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let line = self.line.clone();
        Box::pin(async move { self.attempt().await.unwrap_or_else(|| panic!("{line}: nobody answers")) })
    }
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    line: String,
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: reqwest::header::HeaderMap,
    /// Its bytes as text.
    pub text: String,
    /// Its JSON; null where it is none.
    pub body: Value,
}

impl Answer {
    /// Asserts the status and returns the JSON.
    #[track_caller]
    pub fn is(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}: {}", self.line, self.text);
        self.body
    }

    /// Asserts that the answer is a problem document with a code, and returns it.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Value {
        assert_eq!((self.status, self.body["code"].as_str()), (status, Some(code)), "{}: {}", self.line, self.text);
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.line);
        assert_eq!(self.body["status"], status, "{}", self.line);
        assert_eq!(self.body["instance"].as_str(), Some(self.header("x-request-id")), "{}", self.line);
        let faults = self.body["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        for told in std::iter::once(&self.body).chain(faults) {
            let detail = told["detail"].as_str().unwrap_or_default();
            // No Vietnamese sentence does without accents.
            let is_right = self.header("content-language") != "vi" || !detail.is_ascii();
            assert!(!detail.is_empty() && is_right, "{}: {}", self.line, self.text);
        }
        self.body
    }

    /// Asserts that the answer tells exactly these faults: place and code of each.
    #[track_caller]
    pub fn faults(self, expected: &[(&str, &str)]) -> Value {
        let problem = self.problem(422, "invalid_fields");
        let place = |fault: &Value| {
            ["pointer", "parameter", "header"].iter().find_map(|name| fault[name].as_str()).unwrap_or("-").to_owned()
        };
        let told: Vec<(String, String)> = problem["errors"]
            .as_array()
            .expect("faults")
            .iter()
            .map(|fault| (place(fault), fault["code"].as_str().unwrap_or_default().to_owned()))
            .collect();
        let expected: Vec<(String, String)> =
            expected.iter().map(|(place, code)| ((*place).to_owned(), (*code).to_owned())).collect();
        assert_eq!(told, expected, "{problem}");
        problem
    }

    /// A header's text; empty where there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}
