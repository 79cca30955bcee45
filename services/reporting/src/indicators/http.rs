//! Indicators over HTTP.

use actix_web::{get, web};
use serde::{Deserialize, Serialize};
use shared::access::{May, needs};
use shared::http::{Answer, ListAll, Page, Query, Shown};

use super::{Catalogue, Indicator};

/// Lists the indicators, in the report's order.
///
/// Needs `figure.read`.
#[utoipa::path(tag = "figures", params(ListAll), responses((status = 200, body = Page<Indicator>)))]
#[get("/v1/indicators")]
pub(crate) async fn list_indicators(
    _may: May<needs::ReadFigure>,
    query: Query<ListAll>,
    catalogue: web::Data<Catalogue>,
) -> Answer<Page<Indicator>> {
    Ok(query.page("indicators", catalogue.all().to_vec())?)
}

/// The reference data of reporting.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct ReportingReferenceData {
    /// The indicators, in the report's order.
    indicators: Vec<Indicator>,
}

/// Returns all reference data of reporting in one answer, for a copy. `If-None-Match` answers 304 while nothing has changed.
///
/// Needs `figure.read`.
#[utoipa::path(tag = "reference data", responses((status = 200, body = ReportingReferenceData)))]
#[get("/v1/reference-data/reporting")]
pub(crate) async fn find_reporting_reference_data(
    _may: May<needs::ReadFigure>,
    catalogue: web::Data<Catalogue>,
) -> Answer<Shown<ReportingReferenceData>> {
    Ok(Shown(ReportingReferenceData { indicators: catalogue.all().to_vec() }))
}
