//! Reading the journal.

use actix_web::{get, web};
use shared::Id;
use shared::access::{May, needs};
use shared::http::{Answer, Query};
use shared::journal::{JournalPage, JournalQuery, ShownEntry};

use crate::state::State;

/// Lists the changes of organisations and members, in order.
///
/// Needs `journal.read`; an entry is shown to whom the permission of its kind (see its schema) is granted in its area.
#[utoipa::path(tag = "journal", params(JournalQuery), responses((status = 200, body = JournalPage)))]
#[get("/v1/journal/membership")]
pub(crate) async fn list_membership_journal(
    may: May<needs::ReadMembershipJournal>,
    query: Query<JournalQuery>,
    state: web::Data<State>,
) -> Answer<web::Json<JournalPage>> {
    Ok(web::Json(state.journal.page(&may, &state.territory.get(), query).await?))
}

/// Returns one entry: the way from a counted figure to its record and its decision.
///
/// Needs `journal.read`; an entry is shown to whom the permission of its kind (see its schema) is granted in its area.
#[utoipa::path(tag = "journal", params(("id" = Id, Path, description = "The entry")),
    responses((status = 200, body = ShownEntry)))]
#[get("/v1/journal/membership/{id}")]
pub(crate) async fn find_membership_entry(
    may: May<needs::ReadMembershipJournal>,
    id: web::Path<Id>,
    state: web::Data<State>,
) -> Answer<web::Json<ShownEntry>> {
    Ok(web::Json(state.journal.find(&may, &state.territory.get(), *id).await?))
}
