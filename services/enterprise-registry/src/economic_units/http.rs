//! Economic units over HTTP.

use actix_web::{get, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::access::{May, Permission, needs};
use shared::http::{Answer, Found, Listed, Page, Paging, Reply, Sort, Tag, chosen_area, chosen_words};
use shared::journal::ShownEntry;
use shared::lists::{Copying, List};
use shared::personal::{mask_name, mask_number};
use shared::territory::{AreaAsked, AreaId, Territory};
use shared::text::{SearchWords, Short};
use shared::validate::Faults;
use shared::{Code, Error, Id, Moment, Result};
use strum::VariantNames as _;

use super::rules::{LegalForm, Status};
use super::store::{self, ListedUnits, UnitFilter};
use super::versions::{UnitVersion, list_unit_versions};
use crate::state::State;

/// A private economic unit.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EconomicUnit {
    /// Its id.
    pub id: Id,
    /// Its tax code; a household's is masked but for its last three digits.
    pub tax_code: Option<String>,
    /// Its name; a household's is masked but for the first letters, and null once it was erased.
    pub name: Option<String>,
    /// Its legal form. More may come.
    pub legal_form: LegalForm,
    /// A letter of the national classification of business lines (VSIC).
    pub sector: Option<String>,
    /// Whether it has foreign capital.
    pub is_foreign_invested: bool,
    /// The commune in which it is, as it was recorded.
    pub area: AreaId,
    /// Where that commune lies today; null while a person has yet to decide.
    pub current_area: Option<AreaId>,
    /// Its address within the commune; a household's is masked whole.
    pub address: Option<String>,
    /// How many work there.
    pub workers: Option<i64>,
    /// The day on which that many worked there.
    pub workers_as_of: Option<NaiveDate>,
    /// Its legal status. More may come.
    pub status: Status,
    /// The day from which it has that status.
    pub status_on: NaiveDate,
    /// The day it was registered as a business.
    pub registered_on: NaiveDate,
    /// When it was first recorded.
    pub created_at: Moment,
    /// When it was last changed.
    pub updated_at: Moment,
    /// The entity tag of this version.
    pub etag: String,
}

/// Which units.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListEconomicUnits {
    /// In this area, its parts, and the former units that went into it.
    #[param(inline)]
    pub(super) area: Option<AreaAsked>,
    /// Of these statuses, separated by commas.
    pub(super) status: Option<String>,
    /// Of these legal forms, separated by commas.
    pub(super) legal_form: Option<String>,
    /// With words in the name, the address or the tax code that begin like these, in any order, accents or not. Signs part
    /// words. At most 100 characters and 8 words.
    /// A household is found by its whole name only, by those who may reveal it: others would learn names by guessing.
    #[param(inline)]
    pub(super) q: Option<SearchWords>,
    /// In this order: `name`, which is the default, or `-updated_at`.
    pub(super) sort: Option<String>,
    /// What changed since a walk through the whole list: the `mark` of its last page. Only with `limit` and `cursor`.
    #[param(inline)]
    pub(super) updated_after: Option<Short<200>>,
}

/// What was recorded of one unit.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct EconomicUnitVersions {
    /// What the entries say, in order.
    items: Vec<UnitVersion>,
}

/// The entries about one unit.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct EconomicUnitHistory {
    /// The entries, in order.
    items: Vec<ShownEntry>,
}

pub(super) fn subject(id: Id) -> String {
    format!("/v1/economic-units/{id}")
}

/// Lists units.
///
/// Needs `economic_unit.read`.
#[utoipa::path(tag = "economic units", params(ListEconomicUnits, Paging),
    responses((status = 200, body = Page<EconomicUnit>)))]
#[get("/v1/economic-units")]
pub(crate) async fn list_economic_units(
    may: May<needs::ReadEconomicUnit>,
    query: Listed<ListEconomicUnits>,
    state: web::Data<State>,
) -> Answer<Page<EconomicUnit>> {
    let (asked, faults) = query.parts();
    let (territory, today) = (state.territory.get(), may.today());
    let filter = filter_of(&may, asked, &state, faults)?;
    let copying = Copying::of(&state.marks, List::EconomicUnits, &may, may.scope.readable_ids(), &territory);
    let mark = asked.updated_after.as_ref().map(Short::as_str);
    let listing = query.copied(&filter.sort.list("economic-units"), copying, mark)?;
    let units = ListedUnits { scope: may.scope.clone(), filter, vault: state.vault.clone() };
    let page = listing.read(&state.db, units).await?;
    Ok(page.map(|unit| unit.shown(&territory, today)))
}

/// The units that are asked for, as every form of the list reads them.
pub(super) fn filter_of(
    may: &May<needs::ReadEconomicUnit>,
    asked: &ListEconomicUnits,
    state: &State,
    mut faults: Faults,
) -> Result<UnitFilter> {
    let (territory, today) = (state.territory.get(), may.today());
    let sort = Sort::parse(&mut faults, asked.sort.as_deref());
    let filter = UnitFilter {
        within: chosen_area(&mut faults, &territory, today, asked.area.as_ref()),
        statuses: chosen_words(&mut faults, "status", asked.status.as_deref(), Status::VARIANTS),
        legal_forms: chosen_words(&mut faults, "legal_form", asked.legal_form.as_deref(), LegalForm::VARIANTS),
        name_index: asked.q.as_ref().map(|q| store::household_name_index(&state.vault, &q.whole())).transpose()?,
        revealable: may.scope_for(Permission::RevealEconomicUnit, &territory).readable_ids(),
        words: asked.q.clone(),
        sort,
    };
    faults.finish_with(Some(filter))
}

/// Returns one unit.
///
/// Needs `economic_unit.read`.
#[utoipa::path(tag = "economic units", params(("id" = Id, Path, description = "The unit")),
    responses((status = 200, body = EconomicUnit)))]
#[get("/v1/economic-units/{id}")]
pub(crate) async fn find_economic_unit(
    may: May<needs::ReadEconomicUnit>,
    id: web::Path<Id>,
    state: web::Data<State>,
) -> Answer<Found<EconomicUnit>> {
    let (scope, vault, id) = (may.scope.clone(), state.vault.clone(), *id);
    let kept = state.db.look_up(move |conn| store::find_unit(conn, &scope, id, &vault)).await?;
    let kept = kept.ok_or_else(|| Error::new(Code::NotFound))?;
    let (territory, today) = (state.territory.get(), may.today());
    let (tag, unit) = (kept.tag(&territory, today), kept.shown(&territory, today));
    Ok(if kept.is_household() { Found::personal(tag, unit) } else { Found::new(tag, unit) })
}

/// Returns what happened to a unit, from the journal.
///
/// Needs `economic_unit.read`.
#[utoipa::path(tag = "economic units", params(("id" = Id, Path, description = "The unit")),
    responses((status = 200, body = EconomicUnitHistory)))]
#[get("/v1/economic-units/{id}/history")]
pub(crate) async fn list_economic_unit_history(
    may: May<needs::ReadEconomicUnit>,
    id: web::Path<Id>,
    state: web::Data<State>,
) -> Answer<web::Json<EconomicUnitHistory>> {
    let (scope, vault, id) = (may.scope.clone(), state.vault.clone(), *id);
    let audience = state.journal.audience(&may, &state.territory.get());
    let items = state
        .db
        .read(move |conn| {
            store::find_unit(conn, &scope, id, &vault)?.ok_or_else(|| Error::new(Code::NotFound))?;
            shared::journal::list_history(conn, &audience, &subject(id))
        })
        .await?;
    Ok(web::Json(EconomicUnitHistory { items }))
}

/// Returns what was recorded of a unit and what it was before it was put right, with names, tax codes and addresses, which
/// are in no journal. Those of a household are masked; a reveal shows them.
///
/// Needs `economic_unit.read`.
#[utoipa::path(tag = "economic units", params(("id" = Id, Path, description = "The unit")),
    responses((status = 200, body = EconomicUnitVersions)))]
#[get("/v1/economic-units/{id}/versions")]
pub(crate) async fn list_economic_unit_versions(
    may: May<needs::ReadEconomicUnit>,
    id: web::Path<Id>,
    state: web::Data<State>,
) -> Answer<web::Json<EconomicUnitVersions>> {
    let (scope, vault, id) = (may.scope.clone(), state.vault.clone(), *id);
    let items = state
        .db
        .read(move |conn| {
            let kept = store::find_unit(conn, &scope, id, &vault)?.ok_or_else(|| Error::new(Code::NotFound))?;
            list_unit_versions(conn, &vault, &kept, false)
        })
        .await?;
    Ok(web::Json(EconomicUnitVersions { items }))
}

impl store::KeptUnit {
    fn current_area(&self, territory: &Territory, today: NaiveDate) -> Option<AreaId> {
        match territory.resolve(&self.area, today) {
            shared::territory::Resolution::In(area) => Some(area),
            _ => None,
        }
    }

    /// The entity tag: where the unit lies today is shown too, and changes with the areas.
    pub(super) fn tag(&self, territory: &Territory, today: NaiveDate) -> Tag {
        self.tag_in(self.current_area(territory, today).as_ref())
    }

    fn tag_in(&self, current_area: Option<&AreaId>) -> Tag {
        Tag::with(self.version, current_area.map_or("undecided", AreaId::as_str))
    }

    /// An answer about a household is kept sealed.
    pub(super) fn sealing(&self, reply: Reply<EconomicUnit>) -> Reply<EconomicUnit> {
        if self.is_household() && self.name.is_some() { reply.sealed_by(self.id) } else { reply }
    }

    /// Of an erased household nothing personal is recorded any more.
    pub(super) fn refuse_erased(&self) -> Result<()> {
        if self.name.is_none() { Err(Error::new(Code::RecordErased)) } else { Ok(()) }
    }

    /// The unit as lists and single answers show it: a household is masked.
    pub(super) fn shown(&self, territory: &Territory, today: NaiveDate) -> EconomicUnit {
        let shown = |text: &Option<String>, mask: fn(&str) -> String| match self.is_household() {
            true => text.as_deref().map(mask),
            false => text.clone(),
        };
        let current_area = self.current_area(territory, today);
        EconomicUnit {
            id: self.id,
            tax_code: shown(&self.tax_code, mask_number),
            name: shown(&self.name, mask_name),
            legal_form: self.legal_form,
            sector: self.sector.clone(),
            is_foreign_invested: self.is_foreign_invested,
            area: self.area.clone(),
            etag: self.tag_in(current_area.as_ref()).quoted(),
            current_area,
            address: shown(&self.address, |_| "***".to_owned()),
            workers: self.workers.map(|(count, _)| count),
            workers_as_of: self.workers.map(|(_, as_of)| as_of),
            status: self.status,
            status_on: self.status_on,
            registered_on: self.registered_on,
            created_at: self.created_at.into(),
            updated_at: self.updated_at.into(),
        }
    }
}
