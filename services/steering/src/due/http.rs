//! What is due over HTTP.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use actix_web::{get, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::access::{May, needs};
use shared::http::{Answer, Page, PageQuery, Query, chosen_area};
use shared::published::task::TaskStatus;
use shared::storage::AnyConnection;
use shared::territory::{AreaAsked, AreaId};
use shared::{Day, Id, Result};

use super::rules::{DueKind, end_of_month, kind_of};
use crate::bodies::{self, KeptBody};
use crate::state::State;
use crate::tasks::{DueFilter, KeptTask, list_due};

/// Something that is due.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct DueItem {
    /// What. More may come.
    kind: DueKind,
    /// The path of the task or of the body.
    subject: String,
    /// What is to be done, of a task; the name of the body, of a term.
    title: String,
    /// Who has to act: the receiver of a task, the giver of a report to judge or of a task to hand over, the body of a term.
    body_id: Id,
    /// The area of the receiver of a task, or of the body of a term.
    area: AreaId,
    /// The last day on which it is in time.
    due_on: NaiveDate,
    /// Whether that day is over today, in Viet Nam; of a report to judge it says no.
    is_overdue: bool,
}

/// What is due.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListDue {
    /// By this day; left out: by the end of this month, in Viet Nam.
    #[param(inline)]
    until: Option<Day>,
    /// In this area, its parts, and the former units that went into it.
    #[param(inline)]
    area: Option<AreaAsked>,
    /// Given or received by this steering body, or the end of its term.
    body: Option<Id>,
    /// How many at most, 1-200; 50 if left out.
    limit: Option<i64>,
    /// The cursor of the page, from the page before.
    cursor: Option<String>,
}

/// The name under which cursors are known.
const LIST: &str = "due in steering";

/// Lists what is due in steering, by day: what is overdue first.
///
/// Needs `task.read`.
#[utoipa::path(tag = "tasks", params(ListDue), responses((status = 200, body = Page<DueItem>)))]
#[get("/v1/due/steering")]
pub(crate) async fn list_due_in_steering(
    may: May<needs::ReadTask>,
    query: Query<ListDue>,
    state: web::Data<State>,
) -> Answer<Page<DueItem>> {
    let (asked, mut faults) = query.parts();
    let today = may.today();
    let page = PageQuery::<(Day, Id)>::parse(&mut faults, LIST, asked.limit, asked.cursor.as_deref())?;
    let within = chosen_area(&mut faults, &state.territory.get(), today, asked.area.as_ref());
    faults.finish()?;
    let filter = DueFilter {
        scope: may.scope.clone(),
        within,
        until: asked.until.map_or_else(|| end_of_month(today), Day::get),
        body: asked.body,
        after: page.after,
        limit: page.limit + 1,
    };
    let items = state.db.read(move |conn| load(conn, &filter, today)).await?;
    let key = |(id, item): &(Id, DueItem)| (Day::stored(item.due_on), *id);
    Ok(page.page(LIST, items, key)?.map(|(_, item)| item))
}

/// What is due by a day, in order: one more than is shown.
fn load(conn: &mut AnyConnection, filter: &DueFilter, today: NaiveDate) -> Result<Vec<(Id, DueItem)>> {
    let tasks = list_due(conn, filter)?;
    let mut receivers: BTreeMap<Id, Option<KeptBody>> = BTreeMap::new();
    let mut items = Vec::with_capacity(tasks.len());
    for task in tasks {
        if let Entry::Vacant(place) = receivers.entry(task.receiver_id) {
            place.insert(bodies::find_body(conn, &filter.scope, task.receiver_id)?);
        }
        let receiver = receivers.get(&task.receiver_id).cloned().flatten();
        let has_receiver = has_receiver(conn, receiver, &task, today)?;
        items.push((task.id, of_task(task, has_receiver, today)));
    }
    // A province has few hundred bodies.
    let is_asked_for = |body: &KeptBody| {
        let is_within = filter.within.as_ref().is_none_or(|within| within.contains(&body.area_id));
        is_within && filter.body.is_none_or(|id| id == body.id)
    };
    for body in bodies::list_working_on(conn, &filter.scope, today)?.into_iter().filter(is_asked_for) {
        let Some(ends_on) = body.term_ends_on.filter(|ends_on| *ends_on <= filter.until) else { continue };
        let is_shown = filter.after.is_none_or(|after| (after.0.get(), after.1) < (ends_on, body.id));
        items.extend(is_shown.then(|| (body.id, of_term(body, ends_on, today))));
    }
    items.sort_by_key(|(id, item)| (item.due_on, *id));
    items.truncate(usize::try_from(filter.limit).unwrap_or(usize::MAX));
    Ok(items)
}

/// Whether the body that received a task works on a day, and somebody holds the seat that is charged.
fn has_receiver(conn: &mut AnyConnection, body: Option<KeptBody>, task: &KeptTask, on: NaiveDate) -> Result<bool> {
    let Some(body) = body.filter(|body| body.works_on(on)) else { return Ok(false) };
    match task.seat {
        Some(seat) => Ok(bodies::seat_on(conn, body, seat, on)? == Some(true)),
        None => Ok(true),
    }
}

fn of_task(task: KeptTask, has_receiver: bool, today: NaiveDate) -> DueItem {
    let kind = kind_of(task.status == TaskStatus::Reported, has_receiver);
    DueItem {
        kind,
        subject: format!("/v1/tasks/{}", task.id),
        body_id: if kind == DueKind::Task { task.receiver_id } else { task.giver_id },
        area: task.area(),
        due_on: task.due_on,
        is_overdue: task.is_overdue(today),
        title: task.title,
    }
}

fn of_term(body: KeptBody, ends_on: NaiveDate, today: NaiveDate) -> DueItem {
    DueItem {
        kind: DueKind::Term,
        subject: format!("/v1/steering-bodies/{}", body.id),
        body_id: body.id,
        area: body.area(),
        due_on: ends_on,
        is_overdue: ends_on < today,
        title: body.name,
    }
}
