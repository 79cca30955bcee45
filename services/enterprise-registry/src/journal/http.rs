//! Reading the journal.

use actix_web::{get, web};
use shared::Id;
use shared::access::{May, needs};
use shared::http::{Answer, Query};
use shared::journal::{JournalPage, JournalQuery, ShownEntry};

use crate::state::State;

/// Lists the changes of areas and economic units, in order.
///
/// Needs `journal.read`.
#[utoipa::path(tag = "journal", params(JournalQuery), responses((status = 200, body = JournalPage)))]
#[get("/v1/journal/enterprise-registry")]
pub(crate) async fn list_registry_journal(
    may: May<needs::ReadRegistryJournal>,
    query: Query<JournalQuery>,
    state: web::Data<State>,
) -> Answer<web::Json<JournalPage>> {
    Ok(web::Json(state.journal.page(&may, &state.territory.get(), query).await?))
}

/// Returns one entry.
///
/// Needs `journal.read`; an entry is shown to whom the permission of its kind (see its schema) is granted in its area.
#[utoipa::path(tag = "journal", params(("id" = Id, Path, description = "The entry")),
    responses((status = 200, body = ShownEntry)))]
#[get("/v1/journal/enterprise-registry/{id}")]
pub(crate) async fn find_registry_entry(
    may: May<needs::ReadRegistryJournal>,
    id: web::Path<Id>,
    state: web::Data<State>,
) -> Answer<web::Json<ShownEntry>> {
    Ok(web::Json(state.journal.find(&may, &state.territory.get(), *id).await?))
}
