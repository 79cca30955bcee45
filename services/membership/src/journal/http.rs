//! Reading the journal. Entries about members need `member.read` beside `journal.read`.

use actix_web::{get, web};
use shared::access::{May, Permission, needs};
use shared::http::{Answer, Query};
use shared::journal::{JournalEntry, JournalPage, JournalQuery, find_entry, read_page};
use shared::{Code, Error, Id};

use crate::State;

fn may_read(may: &May<needs::ReadMembershipJournal>) -> impl Fn(&str) -> bool + Clone + Send + use<> {
    let (members, findings) = (may.also(Permission::ReadMember), may.also(Permission::ReadFinding));
    move |kind: &str| match kind.split('.').next() {
        Some("party_member" | "union_member" | "person" | "entry") => members,
        Some("finding") => findings,
        _ => true,
    }
}

/// Lists the changes of organisations and members, in order.
///
/// Needs `journal.read`; entries about members are shown to those with `member.read`.
#[utoipa::path(tag = "journal", params(JournalQuery), responses((status = 200, body = JournalPage)))]
#[get("/v1/journal/membership")]
pub(crate) async fn list_membership_journal(
    may: May<needs::ReadMembershipJournal>,
    query: Query<JournalQuery>,
    state: web::Data<State>,
) -> Answer<web::Json<JournalPage>> {
    Ok(web::Json(read_page(&state.db, &may.scope, query.0, may_read(&may)).await?))
}

/// Returns one entry: the way from a counted figure to its record and its paper.
///
/// Needs `journal.read`; entries about members are shown to those with `member.read`.
#[utoipa::path(tag = "journal", params(("id" = Id, Path, description = "The entry")),
    responses((status = 200, body = JournalEntry)))]
#[get("/v1/journal/membership/{id}")]
pub(crate) async fn find_membership_entry(
    may: May<needs::ReadMembershipJournal>,
    id: web::Path<Id>,
    state: web::Data<State>,
) -> Answer<web::Json<JournalEntry>> {
    let (scope, id, may_read) = (may.scope.clone(), *id, may_read(&may));
    let entry = state.db.look_up(move |conn| find_entry(conn, &scope, id, &may_read)).await?;
    Ok(web::Json(entry.ok_or_else(|| Error::new(Code::NotFound))?))
}
