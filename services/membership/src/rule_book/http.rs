//! The rule book over HTTP.

use actix_web::{get, web};
use shared::access::{May, needs};
use shared::http::Answer;

use super::{Kind, Rule};
use crate::State;

/// Lists the rules with their thresholds, dates in force and legal sources.
///
/// Needs `organisation.read`.
#[utoipa::path(tag = "rules", responses((status = 200, body = Vec<Rule>)))]
#[get("/v1/rules")]
pub(crate) async fn list_rules(
    _may: May<needs::ReadOrganisation>,
    state: web::Data<State>,
) -> Answer<web::Json<Vec<Rule>>> {
    Ok(web::Json(state.rule_book.rules().to_vec()))
}

/// Lists the kinds of organisations, with what may stand above each and what each may become.
///
/// Needs `organisation.read`.
#[utoipa::path(tag = "rules", responses((status = 200, body = Vec<Kind>)))]
#[get("/v1/organisation-kinds")]
pub(crate) async fn list_organisation_kinds(
    _may: May<needs::ReadOrganisation>,
    state: web::Data<State>,
) -> Answer<web::Json<Vec<Kind>>> {
    Ok(web::Json(state.rule_book.kinds().to_vec()))
}
