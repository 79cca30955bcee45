//! Reading the journal.

use actix_web::{get, web};
use shared::access::{May, needs};
use shared::http::{Answer, Query};
use shared::journal::{JournalPage, JournalQuery};

use crate::State;

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
    Ok(web::Json(state.journal.page(&may, &state.territory.get(), query.0).await?))
}
