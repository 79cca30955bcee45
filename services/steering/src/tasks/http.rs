//! Tasks over HTTP.

use std::collections::BTreeMap;

use actix_web::{get, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::access::{May, needs};
use shared::http::{Answer, Found, Listed, Page, Paging, Tag, chosen_area, chosen_words};
use shared::journal::ShownEntry;
use shared::published::Decision;
use shared::published::task::TaskStatus;
use shared::territory::{AreaAsked, AreaId};
use shared::validate::{Faults, Wrong};
use shared::{Day, Id, Moment};
use strum::VariantNames as _;

use super::acts::{Folded, Reported};
use super::change::load_whole;
use super::store::{self, KeptGroup, KeptTask, ListedTasks, TaskFilter, TaskSort};
use crate::state::State;

/// The task of one receiver, in a list.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct ListedTask {
    /// Its id.
    id: Id,
    /// The group of tasks that were given together.
    task_group_id: Id,
    /// The steering body that gave it.
    giver_id: Id,
    /// The steering body that received it.
    receiver_id: Id,
    /// The seat of that body whose holder is charged with it; null: the body as a whole.
    seat_id: Option<Id>,
    /// The area of the receiver.
    area: AreaId,
    /// What is to be done.
    title: String,
    /// How far it is. More may come.
    status: TaskStatus,
    /// Whether its due day is over today, in Viet Nam, and the receiver still owes a report.
    is_overdue: bool,
    /// The day on which it was given.
    given_on: NaiveDate,
    /// The last day on which it is in time.
    due_on: NaiveDate,
    /// The day of the newest report; null: none.
    reported_on: Option<NaiveDate>,
    /// The day on which it was accepted; null: not yet.
    done_on: Option<NaiveDate>,
    /// When it was first recorded.
    created_at: Moment,
    /// When it was last changed.
    updated_at: Moment,
    /// The entity tag of this version.
    etag: String,
}

/// The task of one receiver, with what was reported.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Task {
    /// Its id.
    id: Id,
    /// The group of tasks that were given together.
    task_group_id: Id,
    /// The steering body that gave it.
    giver_id: Id,
    /// The steering body that received it.
    receiver_id: Id,
    /// The seat of that body whose holder is charged with it; null: the body as a whole.
    seat_id: Option<Id>,
    /// The area of the receiver.
    area: AreaId,
    /// What is to be done.
    title: String,
    /// What more is said about it.
    details: Option<String>,
    /// The path of what it is about. It was not looked up.
    about: Option<String>,
    /// The decision or notice by which it was given; null: none.
    decision: Option<Decision>,
    /// How far it is. More may come.
    status: TaskStatus,
    /// The day on which it was given.
    given_on: NaiveDate,
    /// The last day on which it is in time.
    due_on: NaiveDate,
    /// The reports, in order.
    reports: Vec<TaskReport>,
    /// The day on which the newest report was accepted; null: not yet.
    done_on: Option<NaiveDate>,
    /// The day on which it was cancelled; null: it was not.
    cancelled_on: Option<NaiveDate>,
    /// Why it was cancelled.
    cancelled_because: Option<String>,
    /// When it was first recorded.
    created_at: Moment,
    /// When it was last changed.
    updated_at: Moment,
    /// The entity tag of this version.
    etag: String,
}

/// A report on a task.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct TaskReport {
    /// The day.
    reported_on: NaiveDate,
    /// What was done.
    text: String,
    /// The day on which the giver returned it; null: it was not returned.
    returned_on: Option<NaiveDate>,
    /// Why it was returned.
    returned_because: Option<String>,
}

/// Tasks that were given together: the table of who is done.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct TaskGroup {
    /// Its id.
    id: Id,
    /// The steering body that gave them.
    giver_id: Id,
    /// The area of the giver.
    area: AreaId,
    /// The conference from which they follow; null: none.
    conference_id: Option<Id>,
    /// The number of the conclusion from which they follow; null: none.
    conclusion: Option<i64>,
    /// How many of the tasks shown are in which state.
    counts: BTreeMap<String, u64>,
    /// How many of them are overdue.
    overdue_count: u64,
    /// The tasks whose receivers the caller may see, in the order in which they were recorded.
    tasks: Vec<ListedTask>,
    /// When it was recorded.
    created_at: Moment,
}

/// Which tasks.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListTasks {
    /// With receivers in this area, its parts, and the former units that went into it.
    #[param(inline)]
    area: Option<AreaAsked>,
    /// Of these statuses, separated by commas: `given`, `acknowledged`, `in_progress`, `reported`, `returned`, `done`, `cancelled`,
    /// `withdrawn`.
    status: Option<String>,
    /// Given by this steering body.
    giver: Option<Id>,
    /// Received by this steering body.
    receiver: Option<Id>,
    /// Of this group.
    task_group: Option<Id>,
    /// `true`: those whose due day is over today, in Viet Nam, and whose receiver still owes a report. `false` is as if it were left out.
    overdue: Option<bool>,
    /// Due on this day or later.
    #[param(inline)]
    due_from: Option<Day>,
    /// Due on this day or earlier.
    #[param(inline)]
    due_to: Option<Day>,
    /// In this order: `due_on`, which is the default, or `-updated_at`.
    sort: Option<String>,
}

/// The entries about one task.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct TaskHistory {
    /// The entries, in order.
    items: Vec<ShownEntry>,
}

fn sort_of(faults: &mut Faults, text: Option<&str>) -> TaskSort {
    match text {
        None | Some("due_on") => TaskSort::Due,
        Some("-updated_at") => TaskSort::LatestFirst,
        Some(_) => {
            faults.add_parameter("sort", Wrong::not_among(&["due_on", "-updated_at"]));
            TaskSort::Due
        }
    }
}

/// Lists tasks, each of one receiver.
///
/// Needs `task.read`.
#[utoipa::path(tag = "tasks", params(ListTasks, Paging), responses((status = 200, body = Page<ListedTask>)))]
#[get("/v1/tasks")]
pub(crate) async fn list_tasks(
    may: May<needs::ReadTask>,
    query: Listed<ListTasks>,
    state: web::Data<State>,
) -> Answer<Page<ListedTask>> {
    let (asked, mut faults) = query.parts();
    let (today, sort) = (may.today(), sort_of(&mut faults, asked.sort.as_deref()));
    let filter = TaskFilter {
        within: chosen_area(&mut faults, &state.territory.get(), today, asked.area.as_ref()),
        statuses: chosen_words(&mut faults, "status", asked.status.as_deref(), TaskStatus::VARIANTS),
        giver: asked.giver,
        receiver: asked.receiver,
        of_body: None,
        group: asked.task_group,
        overdue_on: (asked.overdue == Some(true)).then_some(today),
        due_from: asked.due_from.map(Day::get),
        due_to: asked.due_to.map(Day::get),
        sort,
    };
    faults.finish()?;
    let name = match sort {
        TaskSort::Due => "tasks",
        TaskSort::LatestFirst => "tasks by -updated_at",
    };
    let listing = query.listing(name)?;
    let page = listing.read(&state.db, ListedTasks { scope: may.scope.clone(), filter }).await?;
    Ok(page.map(move |kept| listed(kept, today)))
}

/// Returns one task with its reports.
///
/// Needs `task.read`.
#[utoipa::path(tag = "tasks", params(("id" = Id, Path, description = "The task")), responses((status = 200, body = Task)))]
#[get("/v1/tasks/{id}")]
pub(crate) async fn find_task(
    may: May<needs::ReadTask>,
    id: web::Path<Id>,
    state: web::Data<State>,
) -> Answer<Found<Task>> {
    let (scope, id) = (may.scope.clone(), *id);
    let (kept, task, decision) = state
        .db
        .read(move |conn| {
            let kept = store::find_task(conn, &scope, id)?;
            let (task, decision) = load_whole(conn, kept.clone())?;
            Ok((kept, task, decision))
        })
        .await?;
    Ok(Found::new(kept.version, shown(&kept, task, decision)))
}

/// Returns what happened to a task, from the journal.
///
/// Needs `task.read`.
#[utoipa::path(tag = "tasks", params(("id" = Id, Path, description = "The task")),
    responses((status = 200, body = TaskHistory)))]
#[get("/v1/tasks/{id}/history")]
pub(crate) async fn list_task_history(
    may: May<needs::ReadTask>,
    id: web::Path<Id>,
    state: web::Data<State>,
) -> Answer<web::Json<TaskHistory>> {
    let (scope, audience, id) = (may.scope.clone(), state.journal.audience(&may, &state.territory.get()), *id);
    let items = state
        .db
        .read(move |conn| {
            store::find_task(conn, &scope, id)?;
            shared::journal::list_history(conn, &audience, &format!("/v1/tasks/{id}"))
        })
        .await?;
    Ok(web::Json(TaskHistory { items }))
}

/// Returns the tasks that were given together, and who of the receivers is done.
///
/// Needs `task.read`. Shown to whoever may see one of the receivers, with those receivers only, or the giver.
#[utoipa::path(tag = "tasks", params(("id" = Id, Path, description = "The group")),
    responses((status = 200, body = TaskGroup)))]
#[get("/v1/task-groups/{id}")]
pub(crate) async fn find_task_group(
    may: May<needs::ReadTask>,
    id: web::Path<Id>,
    state: web::Data<State>,
) -> Answer<Found<TaskGroup>> {
    let (scope, id, today) = (may.scope.clone(), *id, may.today());
    let (group, tasks) = state.db.read(move |conn| store::find_group(conn, &scope, id)).await?;
    Ok(Found::new(tag_of(&tasks, today), shown_group(group, tasks, today)))
}

/// The entity tag of tasks that are shown together. It changes too when one becomes overdue.
pub(super) fn tag_of(tasks: &[KeptTask], today: NaiveDate) -> Tag {
    let parts = |task: &KeptTask| [(task.id, task.version), (task.id, i64::from(task.is_overdue(today)))];
    Tag::of_parts(tasks.iter().flat_map(parts))
}

pub(super) fn group_path(id: Id) -> String {
    format!("/v1/task-groups/{id}")
}

fn listed(kept: KeptTask, today: NaiveDate) -> ListedTask {
    ListedTask {
        id: kept.id,
        task_group_id: kept.group_id,
        giver_id: kept.giver_id,
        receiver_id: kept.receiver_id,
        seat_id: kept.seat,
        area: kept.area(),
        status: kept.status,
        is_overdue: kept.is_overdue(today),
        given_on: kept.given_on,
        due_on: kept.due_on,
        reported_on: kept.reported_on,
        done_on: kept.done_on,
        created_at: kept.created_at.into(),
        updated_at: kept.updated_at.into(),
        etag: Tag::from(kept.version).quoted(),
        title: kept.title,
    }
}

pub(super) fn shown(kept: &KeptTask, task: Folded, decision: Option<Decision>) -> Task {
    Task {
        id: task.id,
        task_group_id: task.group,
        giver_id: task.giver,
        receiver_id: task.receiver,
        seat_id: task.seat,
        area: task.area,
        title: task.title,
        details: task.details,
        about: task.about,
        decision,
        status: task.status,
        given_on: task.given_on,
        due_on: task.due_on,
        reports: task.reports.into_iter().map(shown_report).collect(),
        done_on: task.done_on,
        cancelled_on: task.cancelled_on,
        cancelled_because: task.cancelled_because,
        created_at: kept.created_at.into(),
        updated_at: kept.updated_at.into(),
        etag: Tag::from(kept.version).quoted(),
    }
}

fn shown_report(report: Reported) -> TaskReport {
    let (returned_on, returned_because) = report.returned.unzip();
    TaskReport { reported_on: report.on, text: report.text, returned_on, returned_because }
}

pub(super) fn shown_group(group: KeptGroup, tasks: Vec<KeptTask>, today: NaiveDate) -> TaskGroup {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut overdue_count = 0;
    for task in &tasks {
        let status: &'static str = task.status.into();
        *counts.entry(status.to_owned()).or_default() += 1;
        overdue_count += u64::from(task.is_overdue(today));
    }
    TaskGroup {
        id: group.id,
        giver_id: group.giver_id,
        area: AreaId::stored(group.area_id.as_str()),
        conference_id: group.conference_id,
        conclusion: group.conclusion,
        counts,
        overdue_count,
        tasks: tasks.into_iter().map(|task| listed(task, today)).collect(),
        created_at: group.created_at.into(),
    }
}
