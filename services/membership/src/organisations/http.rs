//! Organisations over HTTP.

use actix_web::{get, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::access::{May, needs};
use shared::http::{Answer, Found, Listed, Page, Paging, Sort, Tag, chosen_area, chosen_words};
use shared::journal::ShownEntry;
use shared::lists::{Copying, List};
use shared::published::Branch;
use shared::territory::{AreaAsked, AreaId};
use shared::text::{SearchWords, Short};
use shared::validate::Faults;
use shared::{Code, Error, Id, Moment, Result};
use strum::VariantNames as _;

use super::status::OrganisationStatus;
use super::store::{self, KeptOrganisation, ListedOrganisations, OrganisationFilter};
use crate::state::State;

/// An organisation.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Organisation {
    /// Its id.
    pub id: Id,
    /// Its branch: `party`, `union`. More may come.
    pub branch: Branch,
    /// Its kind, as `/v1/organisation-kinds` lists them. More may come.
    pub kind: String,
    /// Whether it is a committee or federation that others answer to.
    pub is_superior_body: bool,
    /// Its name.
    pub name: String,
    /// The organisation it answers to. One outside the caller's areas that is no superior body does not open.
    pub superior_id: Option<Id>,
    /// The area in which it is, as it was recorded: a commune, or for a superior body any area.
    pub area: AreaId,
    /// The economic units it covers. Those outside the caller's areas do not open.
    pub economic_unit_ids: Vec<Id>,
    /// `active`, `dissolved` or `withdrawn`. More may come.
    pub status: OrganisationStatus,
    /// The day from which it exists.
    pub established_on: NaiveDate,
    /// The day from which it exists no more.
    pub ended_on: Option<NaiveDate>,
    /// Of a superior body: the day with which recording begins under it and the bodies below, where it was set. Opening
    /// registrations are dated on that day at the latest.
    pub recording_begins_on: Option<NaiveDate>,
    /// When it was first recorded.
    pub created_at: Moment,
    /// When it was last changed.
    pub updated_at: Moment,
    /// The entity tag of this version.
    pub etag: String,
}

/// Which organisations.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListOrganisations {
    /// In this area, its parts, and the former units that went into it.
    #[param(inline)]
    pub(super) area: Option<AreaAsked>,
    /// Of these branches, separated by commas.
    pub(super) branch: Option<String>,
    /// Of these kinds, separated by commas.
    pub(super) kind: Option<String>,
    /// Of these statuses, separated by commas: `active`, `dissolved`, `withdrawn`.
    pub(super) status: Option<String>,
    /// That answer to this organisation.
    pub(super) superior: Option<Id>,
    /// That cover this economic unit.
    pub(super) economic_unit: Option<Id>,
    /// With words in the name that begin like these, in any order, accents or not. Signs part words. At most 100 characters
    /// and 8 words.
    #[param(inline)]
    pub(super) q: Option<SearchWords>,
    /// In this order: `name`, which is the default, or `-updated_at`.
    pub(super) sort: Option<String>,
    /// What changed since a walk through the whole list: the `mark` of its last page. Only with `limit` and `cursor`.
    #[param(inline)]
    pub(super) updated_after: Option<Short<200>>,
}

/// The entries about one organisation.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct OrganisationHistory {
    /// The entries, in order.
    items: Vec<ShownEntry>,
}

pub(super) fn subject(id: Id) -> String {
    format!("/v1/organisations/{id}")
}

/// Lists organisations. Superior bodies are seen by everybody.
///
/// Needs `organisation.read`.
#[utoipa::path(tag = "organisations", params(ListOrganisations, Paging),
    responses((status = 200, body = Page<Organisation>)))]
#[get("/v1/organisations")]
pub(crate) async fn list_organisations(
    may: May<needs::ReadOrganisation>,
    query: Listed<ListOrganisations>,
    state: web::Data<State>,
) -> Answer<Page<Organisation>> {
    let (asked, faults) = query.parts();
    let territory = state.territory.get();
    let filter = filter_of(&may, asked, &state, faults)?;
    let organisations = ListedOrganisations { scope: may.scope.clone(), filter };
    let copying = Copying::of(&state.marks, List::Organisations, &may, organisations.seen_in(), &territory);
    let mark = asked.updated_after.as_ref().map(Short::as_str);
    let listing = query.copied(&organisations.filter.sort.list("organisations"), copying, mark)?;
    let page = listing.read(&state.db, organisations).await?;
    Ok(page.map(|(kept, units)| shown(&kept, units)))
}

/// The organisations that are asked for, as every form of the list reads them.
pub(super) fn filter_of(
    may: &May<needs::ReadOrganisation>,
    asked: &ListOrganisations,
    state: &State,
    mut faults: Faults,
) -> Result<OrganisationFilter> {
    let (territory, book) = (state.territory.get(), &state.rule_book);
    let sort = Sort::parse(&mut faults, asked.sort.as_deref());
    let all_kinds: Vec<&str> = book.kinds().iter().map(|kind| kind.kind.as_str()).collect();
    let kinds = chosen_words(&mut faults, "kind", asked.kind.as_deref(), &all_kinds);
    let branches = chosen_words(&mut faults, "branch", asked.branch.as_deref(), Branch::VARIANTS);
    let filter = OrganisationFilter {
        within: chosen_area(&mut faults, &territory, may.today(), asked.area.as_ref()),
        kinds: book.kinds_of(kinds, branches),
        statuses: chosen_words(&mut faults, "status", asked.status.as_deref(), OrganisationStatus::VARIANTS),
        superior: asked.superior,
        economic_unit: asked.economic_unit,
        words: asked.q.clone(),
        sort,
    };
    faults.finish_with(Some(filter))
}

/// Returns one organisation.
///
/// Needs `organisation.read`.
#[utoipa::path(tag = "organisations", params(("id" = Id, Path, description = "The organisation")),
    responses((status = 200, body = Organisation)))]
#[get("/v1/organisations/{id}")]
pub(crate) async fn find_organisation(
    may: May<needs::ReadOrganisation>,
    id: web::Path<Id>,
    state: web::Data<State>,
) -> Answer<Found<Organisation>> {
    let (scope, id) = (may.scope.clone(), *id);
    let found = state
        .db
        .read(move |conn| {
            let kept = store::find_organisation(conn, &scope, id)?.ok_or_else(|| Error::new(Code::NotFound))?;
            Ok((kept.version, shown(&kept, store::unit_ids_of(conn, id)?)))
        })
        .await?;
    Ok(Found::new(found.0, found.1))
}

/// Returns what happened to an organisation, from the journal; entries about its members are not among them.
///
/// Needs `organisation.read`.
#[utoipa::path(tag = "organisations", params(("id" = Id, Path, description = "The organisation")),
    responses((status = 200, body = OrganisationHistory)))]
#[get("/v1/organisations/{id}/history")]
pub(crate) async fn list_organisation_history(
    may: May<needs::ReadOrganisation>,
    id: web::Path<Id>,
    state: web::Data<State>,
) -> Answer<web::Json<OrganisationHistory>> {
    let (scope, audience, id) = (may.scope.clone(), state.journal.audience(&may, &state.territory.get()), *id);
    let items = state
        .db
        .read(move |conn| {
            store::find_organisation(conn, &scope, id)?.ok_or_else(|| Error::new(Code::NotFound))?;
            shared::journal::list_history(conn, &audience, &subject(id))
        })
        .await?;
    Ok(web::Json(OrganisationHistory { items }))
}

pub(super) fn shown(kept: &KeptOrganisation, economic_unit_ids: Vec<Id>) -> Organisation {
    let kept = kept.clone();
    Organisation {
        id: kept.id,
        branch: kept.branch,
        kind: kept.kind,
        is_superior_body: kept.is_superior_body,
        name: kept.name,
        superior_id: kept.superior,
        area: kept.area,
        economic_unit_ids,
        status: kept.status,
        established_on: kept.established_on,
        ended_on: kept.ended_on,
        recording_begins_on: kept.recording_begins_on,
        created_at: kept.created_at.into(),
        updated_at: kept.updated_at.into(),
        etag: Tag::from(kept.version).quoted(),
    }
}
