//! Documents: directives, resolutions, decisions, plans, reports, and how they rest on one another.
//!
//! - A document is kept for one area. Who may read there reads it. Where it is open below, it is read too by those whose areas lie in
//!   that area: a directive recorded for the province is for every commune. Only who may write in its area corrects it.
//! - A document labelled `internal` is read only where the caller has `task.read`, which portals and viewers do not have.
//! - It belongs to a system (Party, State, union, Youth Union), and was issued by one of our steering bodies or by another one, which
//!   is named. Of its signer the office is kept, and never the name.
//! - Papers labelled Mật or above are refused, and nothing of them is kept. A paper that turns out to be one after it was recorded can be
//!   withdrawn, which leaves its text in the database.
//! - A document that the caller may read counts once: system, type, number, issuer and day of issue.
//! - It relates to earlier documents: it rests on them, implements, amends, replaces or repeals them. Relations never lead back to a
//!   document. A document to which others relate is not withdrawn.
//! - Whether it is in force on a day is computed. It begins on its own day, and ends after its own last day or on the day on which a
//!   document that replaces or repeals it takes effect. So a correction or withdrawal of that document changes the answer. That a
//!   document has ended is told to everybody who reads it; by which one it ended, only to those who may read that one too.
//! - The state of a document is computed from one act, its registration, which is corrected and withdrawn. Its journal entries say
//!   what kind of paper it is, its day, its issuing steering body and its relations; no number, no abstract, no office.

mod chain;
mod change;
mod commands;
mod corrections;
mod http;
mod registration;
mod relations;
mod shown;
mod sight;
mod store;
mod telling;
mod verify;
mod words;

pub use change::{Changed, register};
pub use registration::{GovernedPeriod, NewRelation, RegisterDocument};
pub(crate) use sight::Sight;
pub use store::KeptDocument;
pub(crate) use store::{list_first_issued, seen};
pub use verify::verify;
pub use words::{DocumentLabel, DocumentStatus, DocumentSystem, DocumentType, PaperLabel, RelationKind};

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(http::list_documents)
        .service(commands::register_document)
        .service(http::find_document)
        .service(http::find_document_chain)
        .service(http::list_document_history)
        .service(commands::correct_document);
}
