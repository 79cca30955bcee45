//! Conferences over HTTP.

use std::collections::BTreeMap;

use actix_web::{get, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::access::{May, Scope, needs};
use shared::http::{Answer, Found, Listed, Page, Paging, Tag, chosen_area, chosen_words};
use shared::journal::ShownEntry;
use shared::published::Decision;
use shared::published::conference::{ConferenceKind, ConferenceStatus};
use shared::storage::AnyConnection;
use shared::territory::{AreaAsked, AreaId};
use shared::{Day, Id, Moment, Result};
use strum::VariantNames as _;

use super::change::load_whole;
use super::holding::{Participant, subject};
use super::store::{self, ConferenceFilter, KeptConference, ListedConferences};
use crate::documents;
use crate::state::State;
use crate::tasks::{ConcludedRow, list_of_conference};

/// A conference, in a list.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct ListedConference {
    /// Its id.
    id: Id,
    /// The steering body that held it.
    body_id: Id,
    /// The area of that body.
    area: AreaId,
    /// What it was held for. More may come.
    kind: ConferenceKind,
    /// Its title.
    title: String,
    /// The day.
    held_on: NaiveDate,
    /// How many conclusions it has.
    conclusion_count: i64,
    /// Whether those whose areas lie in that area read it too.
    is_open_below: bool,
    /// Whether it counts. More may come.
    status: ConferenceStatus,
    /// When it was first recorded.
    created_at: Moment,
    /// When it was last changed.
    updated_at: Moment,
}

/// A conference with its conclusions, and how far the tasks are that they gave.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Conference {
    /// Its id.
    id: Id,
    /// The steering body that held it.
    body_id: Id,
    /// The area of that body.
    area: AreaId,
    /// What it was held for. More may come.
    kind: ConferenceKind,
    /// Its title.
    title: String,
    /// The day.
    held_on: NaiveDate,
    /// The public office of who chaired it.
    chair_office: String,
    /// Who took part, by office.
    participants: Vec<Participant>,
    /// Its agenda.
    agenda: Vec<String>,
    /// Documents that were before it and that the caller may read.
    document_ids: Vec<Id>,
    /// What it concluded.
    conclusions: Vec<ShownConclusion>,
    /// The notice of its conclusions; null: none.
    decision: Option<Decision>,
    /// Whether those whose areas lie in that area read it too.
    is_open_below: bool,
    /// Whether it counts. More may come.
    status: ConferenceStatus,
    /// When it was first recorded.
    created_at: Moment,
    /// When it was last changed.
    updated_at: Moment,
}

/// A conclusion of a conference.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct ShownConclusion {
    /// Its number in the notice.
    number: i64,
    /// What was concluded.
    text: String,
    /// The tasks that it gave, as far as the caller may see their receivers.
    task_groups: Vec<ShownTaskGroup>,
}

/// Tasks that a conclusion gave together.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct ShownTaskGroup {
    /// The group.
    task_group_id: Id,
    /// What is to be done.
    title: String,
    /// How many of the tasks are in which state.
    counts: BTreeMap<String, u64>,
    /// How many of them are overdue today, in Viet Nam.
    overdue_count: u64,
}

/// Which conferences.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListConferences {
    /// Of bodies in this area, its parts, and the former units that went into it.
    #[param(inline)]
    area: Option<AreaAsked>,
    /// Of these kinds, separated by commas: `interim_review`, `final_review`, `thematic_review`, `meeting`.
    kind: Option<String>,
    /// Of these statuses, separated by commas: `held`, `withdrawn`.
    status: Option<String>,
    /// Of this steering body.
    body: Option<Id>,
    /// Held on this day or later.
    #[param(inline)]
    held_from: Option<Day>,
    /// Held on this day or earlier.
    #[param(inline)]
    held_to: Option<Day>,
}

/// The entries about one conference.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct ConferenceHistory {
    /// The entries, in order.
    items: Vec<ShownEntry>,
}

/// Lists conferences, the latest first.
///
/// Needs `task.read`.
#[utoipa::path(tag = "conferences", params(ListConferences, Paging),
    responses((status = 200, body = Page<ListedConference>)))]
#[get("/v1/conferences")]
pub(crate) async fn list_conferences(
    may: May<needs::ReadTask>,
    query: Listed<ListConferences>,
    state: web::Data<State>,
) -> Answer<Page<ListedConference>> {
    let (asked, mut faults) = query.parts();
    let filter = ConferenceFilter {
        within: chosen_area(&mut faults, &state.territory.get(), may.today(), asked.area.as_ref()),
        kinds: chosen_words(&mut faults, "kind", asked.kind.as_deref(), ConferenceKind::VARIANTS),
        statuses: chosen_words(&mut faults, "status", asked.status.as_deref(), ConferenceStatus::VARIANTS),
        body: asked.body,
        held_from: asked.held_from.map(Day::get),
        held_to: asked.held_to.map(Day::get),
    };
    faults.finish()?;
    let listing = query.listing("conferences")?;
    let page = listing.read(&state.db, ListedConferences { scope: may.scope.clone(), filter }).await?;
    Ok(page.map(listed))
}

/// Returns one conference, with how far the tasks are that it gave.
///
/// Needs `task.read`.
#[utoipa::path(tag = "conferences", params(("id" = Id, Path, description = "The conference")),
    responses((status = 200, body = Conference)))]
#[get("/v1/conferences/{id}")]
pub(crate) async fn find_conference(
    may: May<needs::ReadTask>,
    id: web::Path<Id>,
    state: web::Data<State>,
) -> Answer<Found<Conference>> {
    let (scope, id, today) = (may.scope.clone(), *id, may.today());
    let conference = state
        .db
        .read(move |conn| {
            let kept = store::find_conference(conn, &scope, id)?;
            load_shown(conn, &scope, kept, today)
        })
        .await?;
    Ok(Found::new(tag_of(&conference)?, conference))
}

/// Returns what happened to a conference, from the journal.
///
/// Needs `task.read`.
#[utoipa::path(tag = "conferences", params(("id" = Id, Path, description = "The conference")),
    responses((status = 200, body = ConferenceHistory)))]
#[get("/v1/conferences/{id}/history")]
pub(crate) async fn list_conference_history(
    may: May<needs::ReadTask>,
    id: web::Path<Id>,
    state: web::Data<State>,
) -> Answer<web::Json<ConferenceHistory>> {
    let (scope, audience, id) = (may.scope.clone(), state.journal.audience(&may, &state.territory.get()), *id);
    let items = state
        .db
        .read(move |conn| {
            store::find_conference(conn, &scope, id)?;
            shared::journal::list_history(conn, &audience, &subject(id))
        })
        .await?;
    Ok(web::Json(ConferenceHistory { items }))
}

fn listed(kept: KeptConference) -> ListedConference {
    ListedConference {
        id: kept.id,
        body_id: kept.body_id,
        area: kept.area(),
        kind: kept.kind,
        held_on: kept.held_on,
        conclusion_count: kept.conclusions,
        is_open_below: kept.is_open_below,
        status: kept.status,
        created_at: kept.created_at.into(),
        updated_at: kept.updated_at.into(),
        title: kept.title,
    }
}

/// The entity tag of a conference: its tasks and documents change apart from it, and each reader sees others.
pub(super) fn tag_of(conference: &Conference) -> Result<Tag> {
    Ok(Tag::of_text(&serde_json::to_string(conference)?))
}

/// A conference as single answers show it to a caller on a day.
pub(super) fn load_shown(
    conn: &mut AnyConnection,
    scope: &Scope,
    kept: KeptConference,
    today: NaiveDate,
) -> Result<Conference> {
    let (folded, decision) = load_whole(conn, kept.clone())?;
    let tasks = list_of_conference(conn, Some(scope), kept.id)?;
    let holding = folded.holding;
    let seen = documents::seen(conn, scope, &holding.documents)?;
    let shown =
        |number: i64, text: String| ShownConclusion { number, text, task_groups: grouped(&tasks, number, today) };
    Ok(Conference {
        id: kept.id,
        body_id: kept.body_id,
        area: kept.area(),
        kind: kept.kind,
        title: kept.title,
        held_on: kept.held_on,
        chair_office: holding.chair_office,
        participants: holding.participants,
        agenda: holding.agenda,
        document_ids: holding.documents.into_iter().filter(|id| seen.contains(id)).collect(),
        conclusions: holding.conclusions.into_iter().map(|one| shown(one.number, one.text)).collect(),
        decision,
        is_open_below: kept.is_open_below,
        status: kept.status,
        created_at: kept.created_at.into(),
        updated_at: kept.updated_at.into(),
    })
}

/// The tasks of a conclusion, by the groups in which they were given.
fn grouped(tasks: &[ConcludedRow], number: i64, today: NaiveDate) -> Vec<ShownTaskGroup> {
    let mut groups: Vec<ShownTaskGroup> = Vec::new();
    for ConcludedRow { task, .. } in tasks.iter().filter(|row| row.conclusion == number) {
        if groups.last().is_none_or(|group| group.task_group_id != task.group_id) {
            let (title, counts) = (task.title.clone(), BTreeMap::new());
            groups.push(ShownTaskGroup { task_group_id: task.group_id, title, counts, overdue_count: 0 });
        }
        if let Some(group) = groups.last_mut() {
            let status: &'static str = task.status.into();
            *group.counts.entry(status.to_owned()).or_default() += 1;
            group.overdue_count += u64::from(task.is_overdue(today));
        }
    }
    groups
}
