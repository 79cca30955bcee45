//! The rule book over HTTP.

use actix_web::{get, web};
use serde::{Deserialize, Serialize};
use shared::access::{May, needs};
use shared::http::{Answer, ListAll, Page, Query, Shown};

use super::{Kind, Rule, RuleBook};

/// Lists the rules with their thresholds, dates in force and legal sources.
///
/// Needs `organisation.read`.
#[utoipa::path(tag = "rules", params(ListAll), responses((status = 200, body = Page<Rule>)))]
#[get("/v1/rules")]
pub(crate) async fn list_rules(
    _may: May<needs::ReadOrganisation>,
    query: Query<ListAll>,
    book: web::Data<RuleBook>,
) -> Answer<Page<Rule>> {
    Ok(query.page("rules", book.rules().to_vec())?)
}

/// Lists the kinds of organisations, with what may stand above each and what each may become.
///
/// Needs `organisation.read`.
#[utoipa::path(tag = "rules", params(ListAll), responses((status = 200, body = Page<Kind>)))]
#[get("/v1/organisation-kinds")]
pub(crate) async fn list_organisation_kinds(
    _may: May<needs::ReadOrganisation>,
    query: Query<ListAll>,
    book: web::Data<RuleBook>,
) -> Answer<Page<Kind>> {
    Ok(query.page("organisation-kinds", book.kinds().to_vec())?)
}

/// The reference data of membership.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct MembershipReferenceData {
    /// The kinds of organisations.
    organisation_kinds: Vec<Kind>,
    /// The rules.
    rules: Vec<Rule>,
}

/// Returns all reference data of membership in one answer, for a copy. `If-None-Match` answers 304 while nothing has changed.
///
/// Needs `organisation.read`.
#[utoipa::path(tag = "reference data", responses((status = 200, body = MembershipReferenceData)))]
#[get("/v1/reference-data/membership")]
pub(crate) async fn find_membership_reference_data(
    _may: May<needs::ReadOrganisation>,
    book: web::Data<RuleBook>,
) -> Answer<Shown<MembershipReferenceData>> {
    let (kinds, rules) = (book.kinds().to_vec(), book.rules().to_vec());
    Ok(Shown(MembershipReferenceData { organisation_kinds: kinds, rules }))
}
