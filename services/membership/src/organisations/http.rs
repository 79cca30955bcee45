//! Organisations over HTTP.

use std::collections::BTreeMap;

use actix_web::{get, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use shared::access::{May, needs};
use shared::http::{Answer, Body, Command, Found, Page, PageQuery, Query, Reply, Sort, chosen_area, chosen_words};
use shared::journal::{Entry, ShownEntry};
use shared::published::Decision;
use shared::published::organisation::{
    OrganisationDissolved, OrganisationEstablished, OrganisationOpeningRegistered, OrganisationState,
    OrganisationUpgraded,
};
use shared::storage::Tx;
use shared::territory::AreaId;
use shared::text::SearchWords;
use shared::validate::{Faults, Wrong, past_day};
use shared::{Code, Error, Id, Result};

use super::rules::{self, DissolveOrganisation, EstablishOrganisation, Facts, UpgradeOrganisation};
use super::store::{self, KeptOrganisation, OrganisationFilter};
use crate::ledger::{self, Recorded};
use crate::{Setting, State};

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
    /// With these words in the name, accents or not. At most 100 characters and 8 words.
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

/// The entries about one organisation.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct OrganisationHistory {
    /// The entries, in order.
    items: Vec<ShownEntry>,
}

fn subject(id: Id) -> String {
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
    let kinds: Vec<&str> = state.rule_book.kinds().iter().map(|kind| kind.kind.as_str()).collect();
    let filter = OrganisationFilter {
        within: chosen_area(&mut faults, &state.territory.get(), asked.area.as_ref()),
        branches: chosen_words(&mut faults, "branch", asked.branch.as_deref(), &state.rule_book.branches()),
        kinds: chosen_words(&mut faults, "kind", asked.kind.as_deref(), &kinds),
        statuses: chosen_words(&mut faults, "status", asked.status.as_deref(), &rules::STATUSES),
        superior: asked.superior,
        economic_unit: asked.economic_unit,
        words: asked.q,
        sort,
    };
    faults.finish()?;
    let (scope, wanted, is_counted) = (may.scope.clone(), page.clone(), asked.count == Some(true));
    let (found, total) = state
        .db
        .read(move |conn| {
            let total = is_counted.then(|| store::count_organisations(conn, &scope, &filter)).transpose()?;
            Ok((store::list_organisations(conn, &scope, &filter, &wanted)?, total))
        })
        .await?;
    let keyed = found.into_iter().map(|(kept, units)| (kept.sort_key(sort), shown(&kept, units))).collect();
    let answer = page.page(&list, keyed, |(key, one): &(String, Organisation)| (key.clone(), one.id))?;
    Ok(Page { items: answer.items.into_iter().map(|(_, one)| one).collect(), next: answer.next, total })
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
    let (setting, id) = (state.setting(&may), *id);
    let found = state
        .db
        .read(move |conn| {
            let kept = store::find_organisation(conn, &setting.scope, id)?.ok_or_else(|| Error::new(Code::NotFound))?;
            let units = store::units_of(conn, &setting.territory, id, setting.today)?;
            Ok((kept.version, shown(&kept, units.into_iter().map(|unit| unit.id).collect())))
        })
        .await?;
    Ok(Found::new(found.0, found.1))
}

/// Founds an organisation.
///
/// Needs `organisation.write` over its area. Refusals cite the rule book.
#[utoipa::path(tag = "organisations", request_body = EstablishOrganisation, responses((status = 201, body = Organisation)))]
#[post("/v1/organisations")]
pub(crate) async fn establish_organisation(
    may: May<needs::WriteOrganisation>,
    body: Body<EstablishOrganisation>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<Organisation>> {
    wait_for_units(&state, &body.value.economic_unit_ids).await;
    let setting = state.setting(&may);
    let reply = command
        .run(&state.db, &may, &body.hash, move |tx| {
            let (organisation, entry) = establish(tx, &setting, &body.value)?;
            Ok((Reply::created(subject(organisation.id), 1, organisation), entry.into()))
        })
        .await?;
    Ok(reply)
}

/// Registers an organisation that existed before the books began: no founding, and no paper is asked.
///
/// Needs `organisation.write` over its area.
#[utoipa::path(tag = "organisations", request_body = EstablishOrganisation, responses((status = 201, body = Organisation)))]
#[post("/v1/organisation-opening-registrations")]
pub(crate) async fn open_organisation(
    may: May<needs::WriteOrganisation>,
    body: Body<EstablishOrganisation>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<Organisation>> {
    wait_for_units(&state, &body.value.economic_unit_ids).await;
    let setting = state.setting(&may);
    let reply = command
        .run(&state.db, &may, &body.hash, move |tx| {
            let (organisation, entry) = open(tx, &setting, &body.value)?;
            Ok((Reply::created(subject(organisation.id), 1, organisation), entry.into()))
        })
        .await?;
    Ok(reply)
}

/// Waits until what the registry has recorded so far is known here: who registers a unit and founds an organisation in
/// it a moment later is not told "unknown unit", and nothing is founded in a unit that ended a moment before. Where the
/// registry does not answer in time the founding is judged by what is known; a finding tells what was wrong with it.
async fn wait_for_units(state: &State, ids: &[Id]) {
    const WAIT_SECONDS_MAX: u64 = 2;
    if !ids.is_empty() {
        state.registry.reach_head(WAIT_SECONDS_MAX).await;
    }
}

/// Founds an organisation: the command that handlers and loaders share.
///
/// # Errors
/// All faults of the request at once; refusals of the rule book.
pub fn establish(tx: &mut Tx<'_>, setting: &Setting, request: &EstablishOrganisation) -> Result<(Organisation, Entry)> {
    let (kept, state, founding) = insert(tx, setting, request, false)?;
    let on = request.established_on.get();
    let area = store::area_on(&setting.territory, &kept.area, on);
    let paper = founding.authorising_paper.as_deref();
    let recorded = Recorded { authorising_paper: paper, ..recorded(&kept, &state, &area, on) };
    let (_, entry) = ledger::record(tx, &OrganisationEstablished(state.clone()), recorded)?;
    Ok((shown(&kept, request.economic_unit_ids.clone()), entry))
}

/// Registers an organisation that existed before the books began.
///
/// # Errors
/// All faults of the request at once.
pub fn open(tx: &mut Tx<'_>, setting: &Setting, request: &EstablishOrganisation) -> Result<(Organisation, Entry)> {
    let (kept, state, _) = insert(tx, setting, request, true)?;
    let on = request.established_on.get();
    let area = store::area_on(&setting.territory, &kept.area, on);
    let recorded = recorded(&kept, &state, &area, on);
    let (_, entry) = ledger::record(tx, &OrganisationOpeningRegistered(state.clone()), recorded)?;
    Ok((shown(&kept, request.economic_unit_ids.clone()), entry))
}

fn insert(
    tx: &mut Tx<'_>,
    setting: &Setting,
    request: &EstablishOrganisation,
    is_opening: bool,
) -> Result<(KeptOrganisation, OrganisationState, rules::Founding)> {
    let superior = match request.superior_id {
        Some(id) => store::superior_facts(tx.conn(), &setting.scope, id)?,
        None => None,
    };
    let units = store::unit_facts(tx.conn(), &setting.scope, &request.economic_unit_ids)?;
    let area = setting.territory.find(&request.area).filter(|area| setting.scope.may_write(&area.id));
    let (stands_on, territory) = (&request.area, &*setting.territory);
    let facts = Facts { area, stands_on, territory, superior, units, today: setting.today };
    let founding = rules::establish(request, &facts, &setting.book, is_opening)?;
    let kept = store::insert_organisation(tx, request, &founding)?;
    let state = state_on(tx, setting, &kept, request.established_on.get(), founding.decision.clone())?;
    Ok((kept, state, founding))
}

/// An organisation as its journal entries tell it.
fn state_on(
    tx: &mut Tx<'_>,
    setting: &Setting,
    kept: &KeptOrganisation,
    on: NaiveDate,
    decision: Option<Decision>,
) -> Result<OrganisationState> {
    let (kind, superior) = store::stands_on(tx.conn(), kept, on)?;
    Ok(OrganisationState {
        organisation: kept.id,
        branch: kept.branch.clone(),
        kind,
        area: kept.area.clone(),
        superior,
        is_superior_body: kept.is_superior_body,
        units: store::units_of(tx.conn(), &setting.territory, kept.id, on)?,
        superior_name: kept.is_superior_body.then(|| kept.name.clone()),
        decision,
    })
}

fn recorded<'a>(
    kept: &KeptOrganisation,
    state: &'a OrganisationState,
    area: &'a AreaId,
    on: NaiveDate,
) -> Recorded<'a> {
    Recorded {
        organisation: kept.id,
        subject: subject(kept.id),
        area,
        occurred_on: on,
        count: 1,
        decision: state.decision.as_ref(),
        authorising_paper: None,
    }
}

/// Upgrades an organisation.
///
/// Needs `organisation.write` over its area, and `If-Match`.
#[utoipa::path(tag = "organisations", params(("id" = Id, Path, description = "The organisation")),
    request_body = UpgradeOrganisation, responses((status = 200, body = Organisation)))]
#[post("/v1/organisations/{id}/upgrades")]
pub(crate) async fn upgrade_organisation(
    may: May<needs::WriteOrganisation>,
    id: web::Path<Id>,
    body: Body<UpgradeOrganisation>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<Organisation>> {
    let (setting, id, precondition) = (state.setting(&may), *id, command.precondition());
    let reply = command
        .run(&state.db, &may, &body.hash, move |tx| {
            precondition.check(store::find_writable(tx, &setting.scope, id)?.version)?;
            let (kept, organisation, entry) = upgrade(tx, &setting, id, &body.value)?;
            Ok((Reply::changed(kept.version, organisation), entry.into()))
        })
        .await?;
    Ok(reply)
}

/// Upgrades an organisation: the command that handlers and loaders share.
///
/// # Errors
/// All faults of the request at once.
pub fn upgrade(
    tx: &mut Tx<'_>,
    setting: &Setting,
    id: Id,
    request: &UpgradeOrganisation,
) -> Result<(KeptOrganisation, Organisation, Entry)> {
    let before = store::find_writable(tx, &setting.scope, id)?;
    rules::dissolvable(&before.status, request.occurred_on.get())?;
    let superior = store::superior_facts(tx.conn(), &setting.scope, request.superior_id)?;
    let facts = Facts {
        area: None,
        stands_on: &before.area,
        territory: &setting.territory,
        superior,
        units: BTreeMap::new(),
        today: setting.today,
    };
    let last_on = store::last_phase_on(tx.conn(), &before)?;
    let (kind, decision) = rules::upgrade(request, &before.kind, last_on, &facts, &setting.book)?;
    let on = request.occurred_on.get();
    let (from_kind, from_superior) = store::stands_on(tx.conn(), &before, on)?;
    let kept = store::update_kind(tx, &before, &kind.kind, request.superior_id, request.occurred_on.get())?;
    let state = state_on(tx, setting, &kept, request.occurred_on.get(), Some(decision))?;
    let payload = OrganisationUpgraded { from_kind, from_superior, organisation: state.clone() };
    let area = store::area_on(&setting.territory, &kept.area, on);
    let (_, entry) = ledger::record(tx, &payload, recorded(&kept, &state, &area, on))?;
    let units = state.units.iter().map(|unit| unit.id).collect();
    Ok((kept.clone(), shown(&kept, units), entry))
}

/// Dissolves an organisation.
///
/// Needs `organisation.write` over its area, and `If-Match`.
#[utoipa::path(tag = "organisations", params(("id" = Id, Path, description = "The organisation")),
    request_body = DissolveOrganisation, responses((status = 200, body = Organisation)))]
#[post("/v1/organisations/{id}/dissolutions")]
pub(crate) async fn dissolve_organisation(
    may: May<needs::WriteOrganisation>,
    id: web::Path<Id>,
    body: Body<DissolveOrganisation>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<Organisation>> {
    let (setting, id, precondition) = (state.setting(&may), *id, command.precondition());
    let reply = command
        .run(&state.db, &may, &body.hash, move |tx| {
            precondition.check(store::find_writable(tx, &setting.scope, id)?.version)?;
            let (kept, organisation, entry) = dissolve(tx, &setting, id, &body.value)?;
            Ok((Reply::changed(kept.version, organisation), entry.into()))
        })
        .await?;
    Ok(reply)
}

/// Dissolves an organisation: the command that handlers and loaders share.
///
/// # Errors
/// All faults of the request at once; `has_later_acts` while others answer to it or members belong to it.
pub fn dissolve(
    tx: &mut Tx<'_>,
    setting: &Setting,
    id: Id,
    request: &DissolveOrganisation,
) -> Result<(KeptOrganisation, Organisation, Entry)> {
    let before = store::find_writable(tx, &setting.scope, id)?;
    let on = request.occurred_on.get();
    rules::dissolvable(&before.status, on)?;
    let mut faults = Faults::new();
    let decision = shared::validate::decision(&mut faults, "/decision", &request.decision, setting.today);
    faults.take("/occurred_on", past_day(on, setting.today));
    let span = ledger::span_of_acts(tx.conn(), id, None)?;
    let last_on = span.map(|(_, last_on)| last_on).max(crate::people::last_left_on(tx.conn(), id)?);
    let last_on = last_on.max(store::last_end_below_on(tx.conn(), id)?);
    if let Some(last_on) = last_on.filter(|last_on| on < *last_on) {
        faults.add("/occurred_on", Wrong::new(Code::BeforeLastAct).with("last_on", last_on));
    }
    let decision = faults.finish_with(decision)?;
    let (named, unnamed) =
        (crate::people::count_members(tx.conn(), id)?, ledger::fewest_members_from(tx.conn(), id, on)?);
    if store::count_below(tx.conn(), id)? > 0 || named > 0 || unnamed > 0 {
        return Err(Error::new(Code::HasLaterActs));
    }
    let state = state_on(tx, setting, &before, on, Some(decision))?;
    let kept = store::end(tx, &before, "dissolved", on)?;
    let area = store::area_on(&setting.territory, &kept.area, on);
    let (_, entry) = ledger::record(tx, &OrganisationDissolved(state.clone()), recorded(&kept, &state, &area, on))?;
    let units = state.units.iter().map(|unit| unit.id).collect();
    Ok((kept.clone(), shown(&kept, units), entry))
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

fn shown(kept: &KeptOrganisation, economic_unit_ids: Vec<Id>) -> Organisation {
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
        created_at: kept.created_at,
        updated_at: kept.updated_at,
        etag: format!("\"v{}\"", kept.version),
    }
}
