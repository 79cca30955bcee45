//! The conventions that every endpoint follows: problems, bodies, preconditions, idempotent commands,
//! pages, request log, documents.

mod answer;
mod assets;
mod body;
mod command;
mod costly;
mod cursor;
mod filter;
mod front;
mod headers;
mod health;
mod limits;
mod links;
mod metrics;
mod middleware;
mod openapi;
mod operators;
mod options;
mod problem;
mod security;
mod server;
mod status;
mod tls;
pub(crate) mod trace;

pub use answer::{Found, Page, Reply, Shown, Tag, tagged, tagged_json};
pub use body::{Body, MergePatch, Query, not_null};
pub use command::{Command, Precondition, forget_answers_for_ever};
pub use costly::{Costly, Turn};
pub use cursor::{Cursor, CursorKey, ListAll, PageQuery, Sort, read_instant, written_instant};
pub use filter::{chosen_area, chosen_words};
pub use health::{FollowerPart, Health, Part, StoppedEntry, livez, readyz};
pub use limits::remote_address;
pub(crate) use limits::{count_address, count_caller};
pub use openapi::{DocumentInfo, PublishedKind, document_of, finish_document, path_templates};
pub use operators::{Measured, OperatorsBind, serve_operators};
pub use options::ServerOptions;
pub use problem::{FaultDocument, Problem, ProblemDocument, WarningDocument};
pub use security::{SecurityEvent, note_security};
pub use server::{Features, Listening, Server, configure_common, serve};
pub use status::status_of;

use std::fmt;

use crate::Error;

/// An error on its way out of a handler; the middleware writes it in the caller's language.
pub struct Failure(pub Error);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl actix_web::ResponseError for Failure {
    fn status_code(&self) -> actix_web::http::StatusCode {
        status_of(self.0.code())
    }

    fn error_response(&self) -> actix_web::HttpResponse {
        actix_web::HttpResponse::new(self.status_code())
    }
}

/// What handlers return.
pub type Answer<T> = Result<T, Failure>;
