//! Handlers of the changes of documents.

use actix_web::{post, web};
use shared::access::{May, needs};
use shared::http::{Answer, Body, Command, Reply};
use shared::made_ids::as_it_stands;

use super::change::register;
use super::corrections::{CorrectDocument, CorrectedDocument, correct};
use super::registration::RegisterDocument;
use super::shown::{Document, shown};
use super::store::{self, KeptDocument};
use super::telling::subject;
use crate::state::State;

/// Registers a document: of the Party, the State, a mass organisation.
///
/// A paper labelled Mật or above is refused: `secret_paper_refused`. A document that the caller may read counts once
/// (`document_recorded`). Two warnings ask for an answer: `document_number_repeated`, `rests_on_later_document`.
///
/// Needs `steering.write` over the area for which it is kept.
#[utoipa::path(tag = "documents", request_body = RegisterDocument, responses((status = 201, body = Document)))]
#[post("/v1/documents")]
pub(crate) async fn register_document(
    may: May<needs::WriteSteering>,
    body: Body<RegisterDocument>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<Document>> {
    let (setting, named) = (state.setting(&may), body.named_ids()?);
    let reply = command
        .create(&state.db, &state.made_ids, &may, named, move |tx, known| {
            let (kept, entries) = match known {
                None => {
                    let (changed, entries) = register(tx, &setting, &body.value)?;
                    (changed.kept, entries)
                }
                Some(id) => {
                    let kept = store::find_document(tx.conn(), &setting.scope, id)?;
                    as_it_stands(kept, |kept: &KeptDocument| Some(kept.area()))?
                }
            };
            let (path, version) = (subject(kept.id), kept.version);
            let document = shown(tx.conn(), &setting.scope, kept, setting.today)?;
            Ok((Reply::created(path, version, document), entries))
        })
        .await?;
    Ok(reply)
}

/// Corrects a journal entry about a document: it is registered with other fields, or withdrawn.
///
/// The area is not corrected: such a document is withdrawn and registered again. A document to which others relate is not withdrawn
/// (`related_documents_remain`).
///
/// Needs `steering.write` over the area for which it is kept.
#[utoipa::path(tag = "documents", request_body = CorrectDocument, responses((status = 200, body = CorrectedDocument)))]
#[post("/v1/document-corrections")]
pub(crate) async fn correct_document(
    may: May<needs::WriteSteering>,
    body: Body<CorrectDocument>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<CorrectedDocument>> {
    let setting = state.setting(&may);
    let reply = command
        .run(&state.db, &may, &body.hash, move |tx| {
            let ((corrected, version), entries) = correct(tx, &setting, &body.value)?;
            Ok((Reply::changed(version, corrected), entries))
        })
        .await?;
    Ok(reply)
}
