//! Economic units over HTTP.

use actix_web::{get, patch, post, put, web};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use shared::access::{May, Permission, Scope, needs};
use shared::http::{
    Answer, Body, Command, Found, MergePatch, Page, PageQuery, Query, Reply, Sort, Tag, chosen_area, chosen_words,
    not_null,
};
use shared::journal::{Entries, Entry, ShownEntry};
use shared::personal::{Vault, mask_name, mask_number};
use shared::published::economic_unit::{
    EconomicUnitChanged, EconomicUnitRegistered, EconomicUnitStatusChanged, UnitState,
};
use shared::storage::Tx;
use shared::territory::{AreaId, Territory};
use shared::text::SearchWords;
use shared::validate::{Faults, Wrong, past_day};
use shared::{Code, Day, Error, Id, Result};
use strum::VariantNames as _;

use super::rules::{self, ChangeEconomicUnitStatus, LegalForm, RegisterEconomicUnit, Registration, Status};
use super::store::{self, Changes, UnitFilter};
use crate::State;

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
    /// The commune it stands in, as it was recorded.
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
    /// When it came into the books.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// The entity tag of this version.
    pub etag: String,
}

/// A partial change; null clears a field (JSON Merge Patch).
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EconomicUnitPatch {
    /// Its name; it cannot be cleared.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = String, required = false, max_length = 300)]
    name: Option<String>,
    /// A letter of the national classification of business lines.
    #[serde(default, with = "serde_with::rust::double_option")]
    #[schema(value_type = Option<String>, max_length = 1)]
    sector: Option<Option<String>>,
    /// Whether it has foreign capital; it cannot be cleared.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = bool, required = false)]
    is_foreign_invested: Option<bool>,
    /// Its address within the commune.
    #[serde(default, with = "serde_with::rust::double_option")]
    #[schema(value_type = Option<String>, max_length = 300)]
    address: Option<Option<String>>,
    /// How many work there; goes with `workers_as_of`.
    #[serde(default, with = "serde_with::rust::double_option")]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 1_000_000)]
    workers: Option<Option<i64>>,
    /// The day on which that many worked there.
    #[serde(default, with = "serde_with::rust::double_option")]
    #[schema(value_type = Option<Day>)]
    workers_as_of: Option<Option<Day>>,
}

/// A whole change; what is left out is cleared.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplaceEconomicUnit {
    /// Its name.
    #[schema(max_length = 300)]
    name: String,
    /// A letter of the national classification of business lines.
    #[schema(max_length = 1)]
    sector: Option<String>,
    /// Whether it has foreign capital.
    #[serde(default)]
    is_foreign_invested: bool,
    /// Its address within the commune.
    #[schema(max_length = 300)]
    address: Option<String>,
    /// How many work there; goes with `workers_as_of`.
    #[schema(minimum = 0, maximum = 1_000_000)]
    workers: Option<i64>,
    /// The day on which that many worked there.
    workers_as_of: Option<Day>,
}

/// Which units.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListEconomicUnits {
    /// In this area, its parts, and the former units that went into it.
    area: Option<AreaId>,
    /// Of these statuses, separated by commas.
    status: Option<String>,
    /// Of these legal forms, separated by commas.
    legal_form: Option<String>,
    /// With these words in the name, accents or not; or the beginning of a tax code. At most 100 characters and 8 words.
    /// A household is found by its whole name only, by those who may reveal it: others would learn names by guessing.
    #[param(inline)]
    q: Option<SearchWords>,
    /// In this order: `name`, which is the default, or `-updated_at`.
    sort: Option<String>,
    /// How many at most, 1-200; 50 if left out.
    limit: Option<i64>,
    /// The cursor of the page, from the page before.
    cursor: Option<String>,
    /// Whether to count them all: `true`.
    count: Option<bool>,
}

/// The entries about one unit.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct EconomicUnitHistory {
    /// The entries, in order.
    items: Vec<ShownEntry>,
}

fn subject(id: Id) -> String {
    format!("/v1/economic-units/{id}")
}

/// Lists units.
///
/// Needs `economic_unit.read`.
#[utoipa::path(tag = "economic units", params(ListEconomicUnits), responses((status = 200, body = Page<EconomicUnit>)))]
#[get("/v1/economic-units")]
pub(crate) async fn list_economic_units(
    may: May<needs::ReadEconomicUnit>,
    query: Query<ListEconomicUnits>,
    state: web::Data<State>,
) -> Answer<Page<EconomicUnit>> {
    let asked = query.0;
    let sort = Sort::parse(asked.sort.as_deref())?;
    let list = sort.list("economic-units");
    let page = PageQuery::<(String, Id)>::parse(&list, asked.limit, asked.cursor.as_deref())?;
    let territory = state.territory.get();
    let mut faults = Faults::new();
    let filter = UnitFilter {
        within: chosen_area(&mut faults, &territory, asked.area.as_ref()),
        statuses: chosen_words(&mut faults, "status", asked.status.as_deref(), Status::VARIANTS),
        legal_forms: chosen_words(&mut faults, "legal_form", asked.legal_form.as_deref(), LegalForm::VARIANTS),
        name_index: asked.q.as_ref().map(|q| store::household_name_index(&state.vault, &q.whole())).transpose()?,
        revealable: may.scope_for(Permission::RevealEconomicUnit, &territory).readable_ids(),
        words: asked.q,
        sort,
    };
    faults.finish()?;
    let (scope, wanted, vault, today) = (may.scope.clone(), page.clone(), state.vault.clone(), may.today());
    let is_counted = asked.count == Some(true);
    let (found, total) = state
        .db
        .ask(move |conn| {
            let total = is_counted.then(|| store::count_units(conn, &scope, &filter)).transpose()?;
            Ok((store::list_units(conn, &scope, &filter, &wanted, &vault)?, total))
        })
        .await?;
    let keyed: Vec<(String, EconomicUnit)> =
        found.into_iter().map(|kept| (kept.sort_key(sort), kept.shown(&territory, today))).collect();
    let mut answer = page.page(&list, keyed, |(key, unit)| (key.clone(), unit.id))?;
    let items = answer.items.drain(..).map(|(_, unit)| unit).collect();
    Ok(Page { items, next: answer.next, total })
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

/// Registers a unit.
///
/// Needs `economic_unit.write` over its commune.
#[utoipa::path(tag = "economic units", request_body = RegisterEconomicUnit, responses((status = 201, body = EconomicUnit)))]
#[post("/v1/economic-units")]
pub(crate) async fn register_economic_unit(
    may: May<needs::WriteEconomicUnit>,
    body: Body<RegisterEconomicUnit>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<EconomicUnit>> {
    let territory = state.territory.get();
    let (scope, today, vault) = (may.scope.clone(), may.today(), state.vault.clone());
    let reply = command
        .sealing(&state.vault)
        .run(&state.db, &may, &body.hash, move |tx| {
            let (kept, entry) = register(tx, &body.value, &scope, &territory, &vault, today)?;
            let reply = Reply::created(subject(kept.id), kept.tag(&territory, today), kept.shown(&territory, today));
            Ok((kept.sealing(reply), entry.into()))
        })
        .await?;
    Ok(reply)
}

/// Registers a unit: the command that handlers and loaders share.
///
/// # Errors
/// All faults of the request at once; `tax_code_taken`.
pub fn register(
    tx: &mut Tx<'_>,
    request: &RegisterEconomicUnit,
    scope: &Scope,
    territory: &Territory,
    vault: &Vault,
    today: NaiveDate,
) -> Result<(store::KeptUnit, Entry)> {
    let registration: Registration = rules::register(request, scope, territory, today)?;
    let kept = store::insert_unit(tx, scope, vault, &registration)?;
    let entry = Entry::of(&EconomicUnitRegistered(kept.published()), subject(kept.id), registration.registered_on)?
        .in_area(&registration.area);
    Ok((kept, entry))
}

/// Changes parts of a unit.
///
/// Needs `economic_unit.write` over its commune, and `If-Match`.
#[utoipa::path(tag = "economic units", params(("id" = Id, Path, description = "The unit")),
    request_body(content = EconomicUnitPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, body = EconomicUnit)))]
#[patch("/v1/economic-units/{id}")]
pub(crate) async fn change_economic_unit(
    may: May<needs::WriteEconomicUnit>,
    id: web::Path<Id>,
    body: MergePatch<EconomicUnitPatch>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<EconomicUnit>> {
    let patch = body.value;
    let change = move |unit: &store::KeptUnit| ReplaceEconomicUnit {
        name: patch.name.clone().or_else(|| unit.name.clone()).unwrap_or_default(),
        sector: patch.sector.clone().unwrap_or_else(|| unit.sector.clone()),
        is_foreign_invested: patch.is_foreign_invested.unwrap_or(unit.is_foreign_invested),
        address: patch.address.clone().unwrap_or_else(|| unit.address.clone()),
        workers: patch.workers.unwrap_or(unit.workers.map(|(count, _)| count)),
        workers_as_of: patch.workers_as_of.unwrap_or(unit.workers.map(|(_, as_of)| Day::stored(as_of))),
    };
    replace(may, *id, body.hash, command, &state, change).await
}

/// Changes a unit whole: what is left out is cleared.
///
/// Needs `economic_unit.write` over its commune, and `If-Match`.
#[utoipa::path(tag = "economic units", params(("id" = Id, Path, description = "The unit")),
    request_body = ReplaceEconomicUnit, responses((status = 200, body = EconomicUnit)))]
#[put("/v1/economic-units/{id}")]
pub(crate) async fn replace_economic_unit(
    may: May<needs::WriteEconomicUnit>,
    id: web::Path<Id>,
    body: Body<ReplaceEconomicUnit>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<EconomicUnit>> {
    let value = body.value;
    replace(may, *id, body.hash, command, &state, move |_| value).await
}

async fn replace(
    may: May<needs::WriteEconomicUnit>,
    id: Id,
    body_hash: [u8; 32],
    command: Command,
    state: &State,
    change: impl FnOnce(&store::KeptUnit) -> ReplaceEconomicUnit + Send + 'static,
) -> Answer<Reply<EconomicUnit>> {
    let (scope, today, vault, territory) = (may.scope.clone(), may.today(), state.vault.clone(), state.territory.get());
    let precondition = command.precondition();
    let reply = command
        .sealing(&state.vault)
        .run(&state.db, &may, &body_hash, move |tx| {
            let kept = store::find_writable(tx, &scope, id, &vault)?;
            precondition.check(kept.tag(&territory, today))?;
            kept.refuse_erased()?;
            let changes = checked(change(&kept), today)?;
            let kept = store::update_unit(tx, &scope, &vault, &kept, &changes)?;
            let entry = Entry::of(&EconomicUnitChanged(kept.published()), subject(id), today)?.in_area(&kept.area);
            let reply = Reply::changed(kept.tag(&territory, today), kept.shown(&territory, today));
            Ok((kept.sealing(reply), entry.into()))
        })
        .await?;
    Ok(reply)
}

fn checked(request: ReplaceEconomicUnit, today: NaiveDate) -> Result<Changes> {
    let mut faults = Faults::new();
    let name = faults.take("/name", shared::validate::line(&request.name, 300));
    let sector = faults.take("/sector", rules::sector(request.sector.as_deref()));
    let address = request.address.as_deref().map(|text| shared::validate::line(text, 300)).transpose();
    let address = faults.take("/address", address);
    let workers = rules::workers(&mut faults, request.workers, request.workers_as_of, today);
    let parsed = name.zip(sector).zip(address).zip(workers);
    let (((name, sector), address), workers) = faults.finish_with(parsed)?;
    Ok(Changes { name, sector, is_foreign_invested: request.is_foreign_invested, address, workers })
}

/// Changes a unit's legal status.
///
/// Needs `economic_unit.write` over its commune, and `If-Match`.
#[utoipa::path(tag = "economic units", params(("id" = Id, Path, description = "The unit")),
    request_body = ChangeEconomicUnitStatus, responses((status = 200, body = EconomicUnit)))]
#[post("/v1/economic-units/{id}/status-changes")]
pub(crate) async fn change_economic_unit_status(
    may: May<needs::WriteEconomicUnit>,
    id: web::Path<Id>,
    body: Body<ChangeEconomicUnitStatus>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<EconomicUnit>> {
    let (scope, today, vault, territory, id) =
        (may.scope.clone(), may.today(), state.vault.clone(), state.territory.get(), *id);
    let precondition = command.precondition();
    let reply = command
        .sealing(&state.vault)
        .run(&state.db, &may, &body.hash, move |tx| {
            let kept = store::find_writable(tx, &scope, id, &vault)?;
            precondition.check(kept.tag(&territory, today))?;
            let (kept, entries) = change_status(tx, &body.value, &scope, &vault, id, today)?;
            let reply = Reply::changed(kept.tag(&territory, today), kept.shown(&territory, today));
            Ok((kept.sealing(reply), entries))
        })
        .await?;
    Ok(reply)
}

/// Changes a unit's status: the command that handlers and loaders share.
///
/// # Errors
/// `status_unchanged`, or faults of the fields.
pub fn change_status(
    tx: &mut Tx<'_>,
    request: &ChangeEconomicUnitStatus,
    scope: &Scope,
    vault: &Vault,
    id: Id,
    today: NaiveDate,
) -> Result<(store::KeptUnit, Entries)> {
    let kept = store::find_writable(tx, scope, id, vault)?;
    kept.status.change_to(request.status, kept.status_on)?;
    let mut faults = Faults::new();
    let day = past_day(request.occurred_on, today);
    let day = day.and_then(|day| match day < kept.status_on {
        true => Err(Wrong::new(Code::BeforeLastAct).with("last_on", kept.status_on)),
        false => Ok(day),
    });
    faults.take("/occurred_on", day);
    faults.finish()?;
    let from_status: &'static str = kept.status.into();
    let kept = store::update_status(tx, scope, vault, &kept, request.status, request.occurred_on.get())?;
    let payload = EconomicUnitStatusChanged { from_status: from_status.to_owned(), unit: kept.published() };
    let entry = Entry::of(&payload, subject(id), request.occurred_on.get())?.in_area(&kept.area);
    Ok((kept, entry.into()))
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

impl store::KeptUnit {
    fn current_area(&self, territory: &Territory, today: NaiveDate) -> Option<AreaId> {
        match territory.resolve(&self.area, today) {
            shared::territory::Resolution::In(area) => Some(area),
            _ => None,
        }
    }

    /// The entity tag: where the unit lies today is shown too, and changes with the areas.
    fn tag(&self, territory: &Territory, today: NaiveDate) -> Tag {
        self.tag_in(self.current_area(territory, today).as_ref())
    }

    fn tag_in(&self, current_area: Option<&AreaId>) -> Tag {
        Tag::with(self.version, current_area.map_or("undecided", AreaId::as_str))
    }

    /// An answer about a household is kept sealed.
    fn sealing(&self, reply: Reply<EconomicUnit>) -> Reply<EconomicUnit> {
        if self.is_household() && self.name.is_some() { reply.sealed_by(self.id) } else { reply }
    }

    /// Of an erased household nothing personal is recorded any more.
    fn refuse_erased(&self) -> Result<()> {
        if self.name.is_none() { Err(Error::new(Code::RecordErased)) } else { Ok(()) }
    }

    /// The unit as lists and single answers show it: a household is masked.
    fn shown(&self, territory: &Territory, today: NaiveDate) -> EconomicUnit {
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
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }

    fn published(&self) -> UnitState {
        let (legal_form, status): (&'static str, &'static str) = (self.legal_form.into(), self.status.into());
        UnitState {
            id: self.id,
            area: self.area.clone(),
            legal_form: legal_form.to_owned(),
            sector: self.sector.clone(),
            is_foreign_invested: self.is_foreign_invested,
            status: status.to_owned(),
        }
    }
}
