//! Access records over HTTP.

use actix_web::{HttpRequest, HttpResponse, get, web};
use shared::access::{May, needs};
use shared::access_records::{AccessRecord, ExportAccessRecords, ListAccessRecords, SubjectOf, export, list};
use shared::http::{Answer, Page, Query, remote_address};

use crate::state::State;

/// Lists who saw which household, latest first.
///
/// Needs `access_record.read`.
#[utoipa::path(tag = "economic units", params(ListAccessRecords), responses((status = 200, body = Page<AccessRecord>)))]
#[get("/v1/access-records/enterprise-registry")]
pub(crate) async fn list_registry_access_records(
    may: May<needs::ReadRegistryAccessRecord>,
    query: Query<ListAccessRecords>,
    state: web::Data<State>,
) -> Answer<Page<AccessRecord>> {
    Ok(list(&state.db, &state.vault, &may.scope, query, |_, subject| Ok(subject)).await?)
}

/// Exports who saw which household, latest first, as a table for a spreadsheet. Leaves one access record.
///
/// Needs `access_record.read`. UTF-8 with a byte order mark, separated by commas; a cell that a spreadsheet would take
/// for a formula begins with an apostrophe.
#[utoipa::path(tag = "economic units", params(ExportAccessRecords),
    responses((status = 200, body = String, content_type = "text/csv", description = "One access a line")))]
#[get("/v1/access-records/enterprise-registry/export")]
pub(crate) async fn export_registry_access_records(
    may: May<needs::ReadRegistryAccessRecord>,
    query: Query<ExportAccessRecords>,
    request: HttpRequest,
    state: web::Data<State>,
) -> Answer<HttpResponse> {
    let (territory, from) = (state.territory.get(), remote_address(&request));
    let db: (_, SubjectOf) = (&state.db, |_, subject| Ok(subject));
    Ok(export(db, (&state.access, &state.vault, &state.costly), &may, &territory, query, from).await?)
}
