//! The rule book over HTTP.

use actix_web::{get, web};
use shared::access::{May, needs};
use shared::http::{Answer, ListAll, Page, Query};

use super::{Kind, Rule};
use crate::State;

/// Lists the rules with their thresholds, dates in force and legal sources.
///
/// Needs `organisation.read`.
#[utoipa::path(tag = "rules", params(ListAll), responses((status = 200, body = Page<Rule>)))]
#[get("/v1/rules")]
pub(crate) async fn list_rules(
    _may: May<needs::ReadOrganisation>,
    query: Query<ListAll>,
    state: web::Data<State>,
) -> Answer<Page<Rule>> {
    Ok(query.0.page("rules", state.rule_book.rules().to_vec())?)
}

/// Lists the kinds of organisations, with what may stand above each and what each may become.
///
/// Needs `organisation.read`.
#[utoipa::path(tag = "rules", params(ListAll), responses((status = 200, body = Page<Kind>)))]
#[get("/v1/organisation-kinds")]
pub(crate) async fn list_organisation_kinds(
    _may: May<needs::ReadOrganisation>,
    query: Query<ListAll>,
    state: web::Data<State>,
) -> Answer<Page<Kind>> {
    Ok(query.0.page("organisation-kinds", state.rule_book.kinds().to_vec())?)
}
