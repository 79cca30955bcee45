//! Reading the journal.

use actix_web::{get, web};
use shared::Id;
use shared::access::{May, needs};
use shared::http::{Answer, Query};
use shared::journal::{JournalPage, JournalQuery, ShownEntry};

use crate::state::State;

/// Lists the changes of steering bodies, in order.
///
/// Needs `journal.read`; an entry is shown to whom the permission of its kind (see its schema) is granted in its area.
#[utoipa::path(tag = "journal", params(JournalQuery), responses((status = 200, body = JournalPage)))]
#[get("/v1/journal/steering")]
pub(crate) async fn list_steering_journal(
    may: May<needs::ReadSteeringJournal>,
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
#[get("/v1/journal/steering/{id}")]
pub(crate) async fn find_steering_entry(
    may: May<needs::ReadSteeringJournal>,
    id: web::Path<Id>,
    state: web::Data<State>,
) -> Answer<web::Json<ShownEntry>> {
    Ok(web::Json(state.journal.find(&may, &state.territory.get(), *id).await?))
}
