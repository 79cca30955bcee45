//! Areas over HTTP.

use actix_web::{get, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::access::{May, needs};
use shared::http::{Answer, Found, Page, PageQuery, Query, Shown, Tag};
use shared::lists::Total;
use shared::territory::{self, AreaId, AreaLevel, Share, Territory};
use shared::text::{SearchWords, Short, search_key};
use shared::{Code, Day, Error, Result};

use crate::state::State;

/// An administrative unit with its period.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Area {
    /// Its id.
    id: AreaId,
    /// Its code, which other units bear at other times.
    code: String,
    /// Its level.
    level: AreaLevel,
    /// Its kind within the level: `ward`, `commune`, `township`, `city`, `town`, `rural_district`, `province`.
    unit_type: String,
    /// Its Vietnamese name.
    name: String,
    /// Its English name.
    name_en: String,
    /// The unit that it is a part of.
    parent_id: Option<AreaId>,
    /// Its first day; null: since before records.
    valid_from: Option<NaiveDate>,
    /// The first day on which it is no more; null: in force.
    valid_to: Option<NaiveDate>,
    /// The entity tag of this version.
    etag: String,
}

/// The version of an area: an end that becomes known makes another one.
fn version(area: &territory::Area) -> i64 {
    if area.valid_to.is_some() { 2 } else { 1 }
}

/// An area with its parts.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct AreaTree {
    /// The area.
    area: Area,
    /// Its parts in force on the day, by id.
    #[schema(no_recursion)]
    parts: Vec<AreaTree>,
}

/// What became of an area.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct AreaSuccession {
    /// The unit that ended.
    from_id: AreaId,
    /// The unit that received it; null where nobody did or it is not known.
    to_id: Option<AreaId>,
    /// The first day of the new state.
    effective_on: NaiveDate,
    /// How much of it went there.
    share: Share,
    /// The resolution that says so.
    legal_basis: String,
    /// How sure the source is: `confirmed`, `inferred`, `unresolved`.
    confidence: String,
}

/// What became of an area, and what went into it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct AreaSuccessions {
    /// What became of it.
    became: Vec<AreaSuccession>,
    /// What went into it.
    made_of: Vec<AreaSuccession>,
}

/// Which areas.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListAreas {
    /// In force on this day; left out: of whatever time.
    #[param(inline)]
    on: Option<Day>,
    /// Of this level.
    level: Option<AreaLevel>,
    /// Parts of this area.
    parent: Option<AreaId>,
    /// Of this code.
    #[param(inline)]
    code: Option<Short<10>>,
    /// Whose Vietnamese name has these words, accents or not. At most 100 characters and 8 words.
    #[param(inline)]
    q: Option<SearchWords>,
    /// How many at most, 1-200; 50 if left out.
    limit: Option<i64>,
    /// The cursor of the page, from the page before.
    cursor: Option<String>,
    /// Whether to count them all: `true`.
    count: Option<bool>,
}

/// On which day.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OnDay {
    /// The day; today in Viet Nam if left out.
    #[param(inline)]
    on: Option<Day>,
}

/// Lists areas by id.
///
/// Needs `area.read`.
#[utoipa::path(tag = "areas", params(ListAreas), responses((status = 200, body = Page<Area>)))]
#[get("/v1/areas")]
pub(crate) async fn list_areas(
    _may: May<needs::ReadArea>,
    query: Query<ListAreas>,
    state: web::Data<State>,
) -> Answer<Page<Area>> {
    let (asked, mut faults) = query.parts();
    let page = PageQuery::<AreaId>::parse(&mut faults, "areas", asked.limit, asked.cursor.as_deref())?;
    faults.finish()?;
    let territory = state.territory.get();
    let is_asked = |area: &&territory::Area| {
        asked.on.is_none_or(|on| area.is_in_force(on.get()))
            && asked.level.is_none_or(|level| area.level == level)
            && asked.parent.as_ref().is_none_or(|parent| area.parent_id.as_ref() == Some(parent))
            && asked.code.as_ref().is_none_or(|code| area.code == code.as_str())
            && asked.q.as_ref().is_none_or(|words| words.are_in(&search_key(&area.name)))
    };
    let is_later = |area: &&territory::Area| page.after.as_ref().is_none_or(|after| area.id > *after);
    let count = |_| i64::try_from(territory.areas().filter(is_asked).count()).unwrap_or(i64::MAX);
    let total = asked.count.filter(|is_counted| *is_counted).map(count);
    let wanted = usize::try_from(page.limit + 1).unwrap_or(usize::MAX);
    let items = territory.areas().filter(is_asked).filter(is_later).take(wanted).map(Area::from).collect();
    let answer = page.page("areas", items, |area: &Area| area.id.clone())?;
    Ok(answer.counted(total.map(Total::all)))
}

/// Returns one area.
///
/// Needs `area.read`.
#[utoipa::path(tag = "areas", params(("id" = AreaId, Path, description = "The area")), responses((status = 200, body = Area)))]
#[get("/v1/areas/{id}")]
pub(crate) async fn find_area(
    _may: May<needs::ReadArea>,
    id: web::Path<AreaId>,
    state: web::Data<State>,
) -> Answer<Found<Area>> {
    let territory = state.territory.get();
    let area = known(&territory, &id)?;
    Ok(Found::new(version(area), Area::from(area)))
}

/// Returns an area with all its parts, down to the communes, as they were on a day.
///
/// Needs `area.read`.
#[utoipa::path(tag = "areas", params(("id" = AreaId, Path, description = "The area"), OnDay),
    responses((status = 200, body = AreaTree)))]
#[get("/v1/areas/{id}/tree")]
pub(crate) async fn find_area_tree(
    may: May<needs::ReadArea>,
    id: web::Path<AreaId>,
    query: Query<OnDay>,
    state: web::Data<State>,
) -> Answer<Shown<AreaTree>> {
    let territory = state.territory.get();
    let on = query.sound()?.on.map_or_else(|| may.today(), Day::get);
    Ok(Shown(tree(&territory, known(&territory, &id)?, on)))
}

fn tree(territory: &Territory, area: &territory::Area, on: NaiveDate) -> AreaTree {
    let mut parts: Vec<&territory::Area> = territory
        .children(&area.id)
        .iter()
        .filter_map(|id| territory.find(id))
        .filter(|part| part.is_in_force(on))
        .collect();
    parts.sort_by(|one, other| one.id.cmp(&other.id));
    AreaTree { area: Area::from(area), parts: parts.into_iter().map(|part| tree(territory, part, on)).collect() }
}

/// Returns what became of an area, and what went into it.
///
/// Needs `area.read`.
#[utoipa::path(tag = "areas", params(("id" = AreaId, Path, description = "The area")),
    responses((status = 200, body = AreaSuccessions)))]
#[get("/v1/areas/{id}/successions")]
pub(crate) async fn list_area_successions(
    _may: May<needs::ReadArea>,
    id: web::Path<AreaId>,
    state: web::Data<State>,
) -> Answer<Shown<AreaSuccessions>> {
    let territory = state.territory.get();
    let area = known(&territory, &id)?;
    let became = territory.successions_of(&area.id).iter().map(AreaSuccession::from).collect();
    let made_of = territory.origins_of(&area.id).iter().map(AreaSuccession::from).collect();
    Ok(Shown(AreaSuccessions { became, made_of }))
}

/// The reference data of enterprise-registry.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct RegistryReferenceData {
    /// The areas of whatever time, by id.
    areas: Vec<Area>,
    /// What became of them, by the id of the area that ended.
    successions: Vec<AreaSuccession>,
}

/// Returns all reference data of enterprise-registry in one answer, for a copy. `If-None-Match` answers 304 while nothing has
/// changed.
///
/// Needs `area.read`.
#[utoipa::path(tag = "reference data", responses((status = 200, body = RegistryReferenceData)))]
#[get("/v1/reference-data/enterprise-registry")]
pub(crate) async fn find_registry_reference_data(
    _may: May<needs::ReadArea>,
    state: web::Data<State>,
) -> Answer<Shown<RegistryReferenceData>> {
    let territory = state.territory.get();
    let ended = territory.areas().flat_map(|area| territory.successions_of(&area.id));
    let successions = ended.map(AreaSuccession::from).collect();
    Ok(Shown(RegistryReferenceData { areas: territory.areas().map(Area::from).collect(), successions }))
}

fn known<'a>(territory: &'a Territory, id: &AreaId) -> Result<&'a territory::Area> {
    territory.find(id).ok_or_else(|| Error::new(Code::NotFound))
}

impl From<&territory::Area> for Area {
    fn from(area: &territory::Area) -> Self {
        let etag = Tag::from(version(area)).quoted();
        let area = area.clone();
        Self {
            etag,
            id: area.id,
            code: area.code,
            level: area.level,
            unit_type: area.unit_type,
            name: area.name,
            name_en: area.name_en,
            parent_id: area.parent_id,
            valid_from: area.valid_from,
            valid_to: area.valid_to,
        }
    }
}

impl From<&territory::Succession> for AreaSuccession {
    fn from(succession: &territory::Succession) -> Self {
        let succession = succession.clone();
        Self {
            from_id: succession.from_id,
            to_id: succession.to_id,
            effective_on: succession.effective_on,
            share: succession.share,
            legal_basis: succession.legal_basis,
            confidence: succession.confidence,
        }
    }
}
