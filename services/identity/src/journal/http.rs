//! Reading the journal.

use actix_web::{get, web};
use shared::Id;
use shared::access::{May, needs};
use shared::http::{Answer, Query};
use shared::journal::{JournalPage, JournalQuery, ShownEntry};

use crate::state::State;

/// Lists the changes of clients and grants, in order.
///
/// Needs `client.read`.
#[utoipa::path(tag = "journal", params(JournalQuery), responses((status = 200, body = JournalPage)))]
#[get("/v1/journal/identity")]
pub(crate) async fn list_identity_journal(
    may: May<needs::ReadIdentityJournal>,
    query: Query<JournalQuery>,
    state: web::Data<State>,
) -> Answer<web::Json<JournalPage>> {
    Ok(web::Json(state.journal.page(&may, &state.territory.get(), query).await?))
}

/// Returns one entry.
///
/// Needs `client.read`.
#[utoipa::path(tag = "journal", params(("id" = Id, Path, description = "The entry")),
    responses((status = 200, body = ShownEntry)))]
#[get("/v1/journal/identity/{id}")]
pub(crate) async fn find_identity_entry(
    may: May<needs::ReadIdentityJournal>,
    id: web::Path<Id>,
    state: web::Data<State>,
) -> Answer<web::Json<ShownEntry>> {
    Ok(web::Json(state.journal.find(&may, &state.territory.get(), *id).await?))
}
