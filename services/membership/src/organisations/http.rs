//! Organisations over HTTP.

use actix_web::{get, web};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use shared::access::{May, needs};
use shared::http::{Answer, Found, Page, PageQuery, Query, Sort, chosen_area, chosen_words};
use shared::journal::ShownEntry;
use shared::territory::AreaId;
use shared::text::SearchWords;
use shared::validate::Faults;
use shared::{Code, Error, Id};

use super::store::{self, KeptOrganisation, OrganisationFilter};
use crate::State;

/// What may become of an organisation.
const STATUSES: [&str; 3] = ["active", "dissolved", "withdrawn"];

/// An organisation.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Organisation {
    /// Its id.
    pub id: Id,
    /// Its branch: `party`, `union`. More may come.
    pub branch: String,
    /// Its kind, as `/v1/organisation-kinds` lists them. More may come.
    pub kind: String,
    /// Whether it is a committee or federation that others answer to.
    pub is_superior_body: bool,
    /// Its name.
    pub name: String,
    /// The organisation it answers to.
    pub superior_id: Option<Id>,
    /// The area it stands in, as it was recorded: a commune, or for a superior body any area.
    pub area: AreaId,
    /// The economic units it covers.
    pub economic_unit_ids: Vec<Id>,
    /// `active`, `dissolved` or `withdrawn`. More may come.
    pub status: String,
    /// The day from which it exists.
    pub established_on: NaiveDate,
    /// The day from which it exists no more.
    pub ended_on: Option<NaiveDate>,
    /// Of a superior body: the day with which recording begins under it and the bodies below, where it was set. Opening
    /// registrations are dated on that day at the latest.
    pub recording_begins_on: Option<NaiveDate>,
    /// When it came into the books.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// The entity tag of this version.
    pub etag: String,
}

/// Which organisations.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListOrganisations {
    /// In this area, its parts, and the former units that went into it.
    area: Option<AreaId>,
    /// Of these branches, separated by commas.
    branch: Option<String>,
    /// Of these kinds, separated by commas.
    kind: Option<String>,
    /// Of these statuses, separated by commas: `active`, `dissolved`, `withdrawn`.
    status: Option<String>,
    /// That answer to this organisation.
    superior: Option<Id>,
    /// That cover this economic unit.
    economic_unit: Option<Id>,
    /// With words in the name that begin like these, in any order, accents or not. Signs part words. At most 100 characters
    /// and 8 words.
    #[param(inline)]
    q: Option<SearchWords>,
    /// In this order: `name`, which is the default, or `-updated_at`.
    sort: Option<String>,
    /// How many at most, 1-200; 50 if left out.
    limit: Option<i64>,
    /// The cursor of the page, from the page before.
    cursor: Option<String>,
    /// Whether to count them, to 10,000: `true`.
    count: Option<bool>,
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
#[utoipa::path(tag = "organisations", params(ListOrganisations), responses((status = 200, body = Page<Organisation>)))]
#[get("/v1/organisations")]
pub(crate) async fn list_organisations(
    may: May<needs::ReadOrganisation>,
    query: Query<ListOrganisations>,
    state: web::Data<State>,
) -> Answer<Page<Organisation>> {
    let asked = query.0;
    let sort = Sort::parse(asked.sort.as_deref())?;
    let list = sort.list("organisations");
    let page = PageQuery::<(String, Id)>::parse(&list, asked.limit, asked.cursor.as_deref())?;
    let mut faults = Faults::new();
    let all_kinds: Vec<&str> = state.rule_book.kinds().iter().map(|kind| kind.kind.as_str()).collect();
    let kinds = chosen_words(&mut faults, "kind", asked.kind.as_deref(), &all_kinds);
    let branches = chosen_words(&mut faults, "branch", asked.branch.as_deref(), &state.rule_book.branches());
    let filter = OrganisationFilter {
        within: chosen_area(&mut faults, &state.territory.get(), asked.area.as_ref()),
        kinds: state.rule_book.kinds_of(kinds, branches),
        statuses: chosen_words(&mut faults, "status", asked.status.as_deref(), &STATUSES),
        superior: asked.superior,
        economic_unit: asked.economic_unit,
        words: asked.q,
        sort,
    };
    faults.finish()?;
    let (scope, wanted, is_counted) = (may.scope.clone(), page.clone(), asked.count == Some(true));
    let (found, total) =
        state.db.read(move |conn| store::list_organisations(conn, &scope, &filter, (&wanted, is_counted))).await?;
    let keyed = found.into_iter().map(|(kept, units)| (kept.sort_key(sort), shown(&kept, units))).collect();
    let answer = page.page(&list, keyed, |(key, one): &(String, Organisation)| (key.clone(), one.id))?;
    Ok(answer.map(|(_, one)| one).counted(total))
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
        created_at: kept.created_at,
        updated_at: kept.updated_at,
        etag: format!("\"v{}\"", kept.version),
    }
}
