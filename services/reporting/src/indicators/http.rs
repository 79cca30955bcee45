//! Indicators over HTTP.

use actix_web::{get, web};
use shared::access::{May, needs};
use shared::http::{Answer, ListAll, Page, Query};

use super::Indicator;
use crate::State;

/// Lists the indicators, in the report's order.
///
/// Needs `figure.read`.
#[utoipa::path(tag = "figures", params(ListAll), responses((status = 200, body = Page<Indicator>)))]
#[get("/v1/indicators")]
pub(crate) async fn list_indicators(
    _may: May<needs::ReadFigure>,
    query: Query<ListAll>,
    state: web::Data<State>,
) -> Answer<Page<Indicator>> {
    Ok(query.0.page("indicators", state.catalogue.all().to_vec())?)
}
