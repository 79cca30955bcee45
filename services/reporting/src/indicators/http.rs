//! Indicators over HTTP.

use actix_web::{get, web};
use shared::access::{May, needs};
use shared::http::Answer;

use super::Indicator;
use crate::State;

/// Lists the indicators, in the report's order.
///
/// Needs `figure.read`.
#[utoipa::path(tag = "figures", responses((status = 200, body = Vec<Indicator>)))]
#[get("/v1/indicators")]
pub(crate) async fn list_indicators(
    _may: May<needs::ReadFigure>,
    state: web::Data<State>,
) -> Answer<web::Json<Vec<Indicator>>> {
    Ok(web::Json(state.catalogue.all().to_vec()))
}
