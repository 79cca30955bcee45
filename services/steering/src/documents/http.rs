//! Documents over HTTP.

use actix_web::{get, web};
use serde::{Deserialize, Serialize};
use shared::access::{May, needs};
use shared::http::{Answer, Listed, Page, Paging, Query, Shown, chosen_area, chosen_words};
use shared::journal::ShownEntry;
use shared::territory::AreaAsked;
use shared::text::{SearchWords, Short};
use shared::validate::{Faults, Wrong};
use shared::{Code, Day, Error, Id};
use strum::VariantNames as _;

use super::chain::{DocumentChain, chain_of};
use super::shown::{Document, ListedDocument, listed, shown};
use super::sight::Sight;
use super::store::{self, DocumentFilter, DocumentSort, ListedDocuments};
use super::telling::subject;
use super::words::{DocumentStatus, DocumentSystem, DocumentType, issuer_key};
use crate::state::State;

/// Which documents.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListDocuments {
    /// Kept for this area, its parts, and the former units that went into it.
    #[param(inline)]
    area: Option<AreaAsked>,
    /// Of these systems, separated by commas: `party`, `state`, `union`, `youth_union`, `other`.
    system: Option<String>,
    /// Of these kinds of paper, separated by commas.
    #[serde(rename = "type")]
    document_type: Option<String>,
    /// Of these statuses, separated by commas: `recorded`, `withdrawn`.
    status: Option<String>,
    /// Issued by this steering committee or support team (its id), or by the body with exactly this name, accents aside.
    #[param(inline)]
    issuer: Option<Short<200>>,
    /// In force on this day. Each document says whether it is in force on this day; left out: today.
    #[param(inline)]
    in_force_on: Option<Day>,
    /// Issued on this day or later.
    #[param(inline)]
    issued_from: Option<Day>,
    /// Issued on this day or earlier.
    #[param(inline)]
    issued_to: Option<Day>,
    /// With these words in the number or the abstract, accents aside.
    #[param(inline)]
    q: Option<SearchWords>,
    /// In this order: `-issued_on`, which is the default, `number`, or `-updated_at`.
    sort: Option<String>,
}

/// On which day.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FindDocument {
    /// The day on which it is asked whether the document is in force; left out: today.
    #[param(inline)]
    on: Option<Day>,
}

/// The entries about one document.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct DocumentHistory {
    /// The entries, in order.
    items: Vec<ShownEntry>,
}

fn parse_sort(faults: &mut Faults, text: Option<&str>) -> DocumentSort {
    match text {
        None | Some("-issued_on") => DocumentSort::Issued,
        Some("number") => DocumentSort::Number,
        Some("-updated_at") => DocumentSort::Changed,
        Some(_) => {
            faults.add_parameter("sort", Wrong::not_among(&["-issued_on", "number", "-updated_at"]));
            DocumentSort::Issued
        }
    }
}

/// Lists documents: those of the caller's areas, and those above that are open to the areas below.
///
/// Needs `steering.read`.
#[utoipa::path(tag = "documents", params(ListDocuments, Paging), responses((status = 200, body = Page<ListedDocument>)))]
#[get("/v1/documents")]
pub(crate) async fn list_documents(
    may: May<needs::ReadSteering>,
    query: Listed<ListDocuments>,
    state: web::Data<State>,
) -> Answer<Page<ListedDocument>> {
    let (asked, mut faults) = query.parts();
    let sort = parse_sort(&mut faults, asked.sort.as_deref());
    let issuer = asked.issuer.as_ref().map(|issuer| match issuer.as_str().parse::<Id>() {
        Ok(body) => issuer_key(Some(body), None),
        Err(_) => issuer_key(None, Some(issuer.as_str())),
    });
    let filter = DocumentFilter {
        within: chosen_area(&mut faults, &state.territory.get(), may.today(), asked.area.as_ref()),
        systems: chosen_words(&mut faults, "system", asked.system.as_deref(), DocumentSystem::VARIANTS),
        types: chosen_words(&mut faults, "type", asked.document_type.as_deref(), DocumentType::VARIANTS),
        statuses: chosen_words(&mut faults, "status", asked.status.as_deref(), DocumentStatus::VARIANTS),
        issuer,
        in_force_on: asked.in_force_on.map(Day::get),
        issued_from: asked.issued_from.map(Day::get),
        issued_to: asked.issued_to.map(Day::get),
        words: asked.q.clone(),
        sort,
    };
    let on = filter.in_force_on.unwrap_or_else(|| may.today());
    faults.finish()?;
    let sight = Sight::of(&may, &state.territory.get());
    let listing = query.listing(&format!("documents by {sort:?}"))?;
    let page = listing.read(&state.db, ListedDocuments { sight, filter }).await?;
    let (kept, empty) = (page.items, Page { items: Vec::new(), ..Page::of(Vec::new(), page.next) });
    let items = state.db.read(move |conn| listed(conn, kept, on)).await?;
    Ok(Page {
        items,
        mark: page.mark,
        gone: page.gone,
        total: page.total,
        total_is_exact: page.total_is_exact,
        ..empty
    })
}

/// Returns one document, with those to which it relates and those that relate to it. Documents that the caller may not read are not
/// among them.
///
/// Needs `steering.read`.
#[utoipa::path(tag = "documents", params(("id" = Id, Path, description = "The document"), FindDocument),
    responses((status = 200, body = Document)))]
#[get("/v1/documents/{id}")]
pub(crate) async fn find_document(
    may: May<needs::ReadSteering>,
    id: web::Path<Id>,
    query: Query<FindDocument>,
    state: web::Data<State>,
) -> Answer<Shown<Document>> {
    let (asked, faults) = query.parts();
    faults.finish()?;
    let (sight, id, on) =
        (Sight::of(&may, &state.territory.get()), *id, asked.on.map_or_else(|| may.today(), Day::get));
    let found = state
        .db
        .read(move |conn| {
            let kept = store::find_document(conn, &sight, id)?.ok_or_else(|| Error::new(Code::NotFound))?;
            shown(conn, &sight, kept, on)
        })
        .await?;
    Ok(Shown(found))
}

/// Returns what a document rests on, and what rests on it, over several steps.
///
/// Needs `steering.read`.
#[utoipa::path(tag = "documents", params(("id" = Id, Path, description = "The document")),
    responses((status = 200, body = DocumentChain)))]
#[get("/v1/documents/{id}/chain")]
pub(crate) async fn find_document_chain(
    may: May<needs::ReadSteering>,
    id: web::Path<Id>,
    state: web::Data<State>,
) -> Answer<Shown<DocumentChain>> {
    let (sight, id) = (Sight::of(&may, &state.territory.get()), *id);
    let found = state
        .db
        .read(move |conn| {
            store::find_document(conn, &sight, id)?.ok_or_else(|| Error::new(Code::NotFound))?;
            chain_of(conn, &sight, id)
        })
        .await?;
    Ok(Shown(found))
}

/// Returns what happened to a document, from the journal. Who reads a document from below its area sees no entries.
///
/// Needs `steering.read`.
#[utoipa::path(tag = "documents", params(("id" = Id, Path, description = "The document")),
    responses((status = 200, body = DocumentHistory)))]
#[get("/v1/documents/{id}/history")]
pub(crate) async fn list_document_history(
    may: May<needs::ReadSteering>,
    id: web::Path<Id>,
    state: web::Data<State>,
) -> Answer<web::Json<DocumentHistory>> {
    let (territory, id) = (state.territory.get(), *id);
    let (sight, audience) = (Sight::of(&may, &territory), state.journal.audience(&may, &territory));
    let items = state
        .db
        .read(move |conn| {
            store::find_document(conn, &sight, id)?.ok_or_else(|| Error::new(Code::NotFound))?;
            shared::journal::list_history(conn, &audience, &subject(id))
        })
        .await?;
    Ok(web::Json(DocumentHistory { items }))
}
