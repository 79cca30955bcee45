//! What the journal entries of acts on a document say, and how acts are stored.

use shared::acts::{ActPlace, Content, Step, Tells, Told};
use shared::journal::Published;
use shared::published::Decision;
use shared::published::document::{DocumentRegistered, DocumentState, DocumentWithdrawn};
use shared::storage::Tx;
use shared::{Day, Id, Result};

use super::registration::{Folded, Registration};

/// Where a document is to be read.
pub(super) fn subject(id: Id) -> String {
    format!("/v1/documents/{id}")
}

/// Tells the acts on a document, and keeps them.
pub(super) struct Telling;

impl Tells<Registration> for Telling {
    fn tell(&self, _: &mut Tx<'_>, step: &Step<'_, Registration>, _: Option<Decision>) -> Result<Told> {
        told(&DocumentRegistered(published(&step.after)), &step.after)
    }

    fn tell_withdrawn(&self, _: &mut Tx<'_>, step: &Step<'_, Registration>, _: Option<Decision>) -> Result<Told> {
        told(&DocumentWithdrawn(published(&step.after)), &step.after)
    }

    fn content(&self, _: Id, act: &Registration) -> Result<Content> {
        Ok(Content { text: serde_json::to_string(act)?, sealed: None })
    }
}

fn told<P: Published>(payload: &P, document: &Folded) -> Result<Told> {
    let (record, area) = (document.id, document.registration.area.clone());
    let place = ActPlace { record, organisation: None, area, count: 1 };
    Told::of(payload, subject(record), document.issued_on, place)
}

fn published(document: &Folded) -> DocumentState {
    let registration = &document.registration;
    DocumentState {
        document: document.id,
        system: registration.system,
        document_type: registration.document_type,
        area: registration.area.clone(),
        issuing_body: registration.issuing_body_id,
        issued_on: Day::stored(document.issued_on),
        relations: registration.relations.clone(),
    }
}
