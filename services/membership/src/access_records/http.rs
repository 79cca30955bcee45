//! Access records over HTTP.

use actix_web::{HttpRequest, HttpResponse, get, web};
use shared::access::{May, needs};
use shared::access_records::{AccessRecord, ExportAccessRecords, ListAccessRecords, export, list};
use shared::http::{Answer, Page, Query, remote_address};

use crate::people::subject_of;
use crate::state::State;

/// Lists who saw whom, latest first.
///
/// Needs `access_record.read`.
#[utoipa::path(tag = "people", params(ListAccessRecords), responses((status = 200, body = Page<AccessRecord>)))]
#[get("/v1/access-records")]
pub(crate) async fn list_access_records(
    may: May<needs::ReadAccessRecord>,
    query: Query<ListAccessRecords>,
    state: web::Data<State>,
) -> Answer<Page<AccessRecord>> {
    Ok(list(&state.db, &state.vault, &may.scope, query, subject_of).await?)
}

/// Exports who saw whom, latest first, as a table for a spreadsheet. Leaves one access record.
///
/// Needs `access_record.read`. UTF-8 with a byte order mark, separated by commas; a cell that a spreadsheet would take
/// for a formula begins with an apostrophe.
#[utoipa::path(tag = "people", params(ExportAccessRecords),
    responses((status = 200, body = String, content_type = "text/csv", description = "One access a line")))]
#[get("/v1/access-records/export")]
pub(crate) async fn export_access_records(
    may: May<needs::ReadAccessRecord>,
    query: Query<ExportAccessRecords>,
    request: HttpRequest,
    state: web::Data<State>,
) -> Answer<HttpResponse> {
    let (territory, from) = (state.territory.get(), remote_address(&request));
    Ok(export((&state.db, subject_of), (&state.access, &state.vault, &state.costly), &may, &territory, query, from)
        .await?)
}
