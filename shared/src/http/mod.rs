//! The conventions that every endpoint follows: problems, bodies, preconditions, idempotent commands,
//! pages, request log, documents.

mod accept;
mod answer;
mod assets;
mod body;
mod command;
mod costly;
mod cursor;
mod filter;
mod front;
mod generators;
mod headers;
mod health;
mod limits;
mod links;
mod listing;
mod metrics;
mod middleware;
mod openapi;
mod operators;
mod options;
mod problem;
mod query;
mod security;
mod server;
mod shape;
mod status;
mod table;
mod tls;
pub(crate) mod trace;

pub use answer::{Found, Own, Page, Reply, Shown, Tag, tagged, tagged_json};
pub use assets::{READER_REDIRECT, reader_app};
pub use body::{Body, MergePatch, not_null};
pub use command::{Command, Precondition, forget_answers_for_ever};
pub use costly::{Costly, Turn};
pub use cursor::{Cursor, CursorKey, ListAll, PageQuery, Sort};
pub use filter::{chosen_area, chosen_words};
pub use front::is_https;
pub use health::{FollowerPart, Health, Part, StoppedEntry, livez, readyz};
pub(crate) use limits::{count_address, count_caller};
pub use limits::{remote_address, remote_network};
pub use listing::{Listed, Listing, Paging, Records};
pub use openapi::{DocumentInfo, PublishedKind, document_of, finish_document, path_templates};
pub use operators::{Measured, OperatorsBind, serve_operators};
pub use options::ServerOptions;
pub use problem::{FaultDocument, Problem, ProblemDocument, WarningDocument};
pub use query::Query;
pub(crate) use query::refuse_parameters;
pub use security::{SecurityEvent, note_security};
pub use server::{Features, Listening, Server, configure_common, listen_on, serve};
pub use status::status_of;
pub use table::{Lines, Part as TablePart, streamed_table, table_response, written_table};

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
