//! SQL for tasks.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use shared::access::Scope;
use shared::http::Records;
use shared::lists::{Condition, Key, Order, Seek, areas_within, in_order};
use shared::published::conference::ConferenceStatus;
use shared::published::task::TaskStatus;
use shared::storage::{AnyConnection, Bound, Tx, once, one_of};
use shared::territory::AreaId;
use shared::{Code, Day, Error, Id, Result};

use super::acts::Folded;
use crate::schema::{conferences, task_groups, tasks};

/// The task of one receiver, as it is kept.
#[derive(Debug, Clone, Queryable)]
#[expect(missing_docs, reason = "the fields are those of the answer ListedTask")]
pub struct KeptTask {
    pub id: Id,
    pub group_id: Id,
    pub giver_id: Id,
    pub giver_area_id: String,
    pub receiver_id: Id,
    pub seat: Option<Id>,
    pub area_id: String,
    pub title: String,
    pub status: TaskStatus,
    pub given_on: NaiveDate,
    pub due_on: NaiveDate,
    pub due_key: String,
    pub reported_on: Option<NaiveDate>,
    pub done_on: Option<NaiveDate>,
    pub version: i64,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
}

impl KeptTask {
    /// The area of its receiver.
    #[must_use]
    pub fn area(&self) -> AreaId {
        AreaId::stored(self.area_id.as_str())
    }

    /// The area of its giver.
    #[must_use]
    pub fn giver_area(&self) -> AreaId {
        AreaId::stored(self.giver_area_id.as_str())
    }

    /// Whether something is still to be done about it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        TaskStatus::OPEN.contains(&self.status)
    }

    /// Whether it was given, and neither cancelled nor withdrawn.
    #[must_use]
    pub fn is_counted(&self) -> bool {
        !matches!(self.status, TaskStatus::Cancelled | TaskStatus::Withdrawn)
    }

    /// Whether its due day is over on a day, and the receiver still owes a report.
    #[must_use]
    pub fn is_overdue(&self, on: NaiveDate) -> bool {
        TaskStatus::OWED.contains(&self.status) && self.due_on < on
    }
}

/// The group of tasks that were given together, as it is kept.
#[derive(Debug, Clone, Queryable)]
pub(super) struct KeptGroup {
    pub id: Id,
    pub giver_id: Id,
    pub area_id: String,
    pub conference_id: Option<Id>,
    pub conclusion: Option<i64>,
    pub created_at: NaiveDateTime,
}

/// The conclusion of a conference from which tasks follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The conference.
    pub conference: Id,
    /// The number of the conclusion.
    pub conclusion: i64,
}

/// A task that follows from a conclusion.
#[derive(Debug)]
pub(crate) struct ConcludedRow {
    /// The number of the conclusion.
    pub conclusion: i64,
    /// The task.
    pub task: KeptTask,
}

/// What changes of a task that is kept.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = tasks, treat_none_as_null = true)]
struct Columns {
    title: String,
    status: TaskStatus,
    given_on: NaiveDate,
    due_on: NaiveDate,
    due_key: String,
    reported_on: Option<NaiveDate>,
    done_on: Option<NaiveDate>,
    updated_at: NaiveDateTime,
}

/// Keeps a group.
pub(super) fn insert_group(
    tx: &mut Tx<'_>,
    id: Id,
    (giver, area): (Id, &AreaId),
    origin: Option<Origin>,
) -> Result<()> {
    let row = (
        task_groups::id.eq(id),
        task_groups::giver_id.eq(giver),
        task_groups::area_id.eq(area.as_str()),
        task_groups::conference_id.eq(origin.map(|origin| origin.conference)),
        task_groups::conclusion.eq(origin.map(|origin| origin.conclusion)),
        task_groups::created_at.eq(tx.at().naive_utc()),
    );
    diesel::insert_into(task_groups::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// Keeps what the acts on a task make of it.
pub(super) fn keep_task(tx: &mut Tx<'_>, kept: Option<&KeptTask>, task: &Folded) -> Result<KeptTask> {
    let at = tx.at().naive_utc();
    let columns = Columns {
        title: task.title.clone(),
        status: task.status,
        given_on: task.given_on,
        due_on: task.due_on,
        due_key: task.due_on.to_string(),
        reported_on: task.reported_on(),
        done_on: task.done_on,
        updated_at: at,
    };
    match kept {
        None => {
            let row = (
                tasks::id.eq(task.id),
                tasks::group_id.eq(task.group),
                tasks::giver_id.eq(task.giver),
                tasks::giver_area_id.eq(task.giver_area.as_str()),
                tasks::receiver_id.eq(task.receiver),
                tasks::seat.eq(task.seat),
                tasks::area_id.eq(task.area.as_str()),
                tasks::version.eq(1),
                tasks::created_at.eq(at),
                columns,
            );
            diesel::insert_into(tasks::table).values(row).execute(tx.conn())?;
        }
        Some(kept) => {
            let row = tasks::table.find(kept.id).filter(tasks::version.eq(kept.version));
            once(diesel::update(row).set((columns, tasks::version.eq(kept.version + 1))).execute(tx.conn()))?;
        }
    }
    Ok(tasks::table.find(task.id).get_result(tx.conn())?)
}

/// Returns a task that the caller may read.
///
/// # Errors
/// `not_found` where there is none.
pub(super) fn find_task(conn: &mut AnyConnection, scope: &Scope, id: Id) -> Result<KeptTask> {
    let found: Option<KeptTask> = tasks::table.find(id).get_result(conn).optional()?;
    found.filter(|task| scope.may_read(&task.area())).ok_or_else(|| Error::new(Code::NotFound))
}

/// Returns a group with the tasks of it that the caller may read: at least one, or the giver's area.
///
/// # Errors
/// `not_found` where there is none.
pub(super) fn find_group(conn: &mut AnyConnection, scope: &Scope, id: Id) -> Result<(KeptGroup, Vec<KeptTask>)> {
    let found: Option<KeptGroup> = task_groups::table.find(id).get_result(conn).optional()?;
    let group = found.ok_or_else(|| Error::new(Code::NotFound))?;
    let rows: Vec<KeptTask> = tasks::table.filter(tasks::group_id.eq(id)).order(tasks::id).load(conn)?;
    let shown: Vec<KeptTask> = rows.into_iter().filter(|task| scope.may_read(&task.area())).collect();
    if shown.is_empty() && !scope.may_read(&AreaId::stored(group.area_id.as_str())) {
        return Err(Error::new(Code::NotFound));
    }
    Ok((group, shown))
}

/// Returns a group as it is kept.
pub(super) fn find_kept_group(conn: &mut AnyConnection, id: Id) -> Result<KeptGroup> {
    Ok(task_groups::table.find(id).get_result(conn)?)
}

/// Returns the tasks that follow from a conference, by group: those that a caller may read, or all for a rule that judges them.
///
/// # Errors
/// Fails when the database does.
pub(crate) fn list_of_conference(
    conn: &mut AnyConnection,
    scope: Option<&Scope>,
    conference: Id,
) -> Result<Vec<ConcludedRow>> {
    let rows: Vec<(Option<i64>, KeptTask)> = task_groups::table
        .inner_join(tasks::table)
        .filter(task_groups::conference_id.eq(conference))
        .order((task_groups::id, tasks::id))
        .select((task_groups::conclusion, tasks::all_columns))
        .load(conn)?;
    let seen = rows.into_iter().filter(|(_, task)| scope.is_none_or(|scope| scope.may_read(&task.area())));
    Ok(seen.filter_map(|(conclusion, task)| Some(ConcludedRow { conclusion: conclusion?, task })).collect())
}

/// Returns the tasks that follow from a conference: the number of the conclusion, the receiving body, the task. For loaders.
///
/// # Errors
/// Fails when the database does.
pub fn list_given(conn: &mut AnyConnection, conference: Id) -> Result<Vec<(i64, Id, Id)>> {
    let given = list_of_conference(conn, None, conference)?;
    Ok(given.into_iter().map(|row| (row.conclusion, row.task.receiver_id, row.task.id)).collect())
}

/// Returns the tasks that were given by a day.
pub(super) fn list_given_by(conn: &mut AnyConnection, on: NaiveDate) -> Result<Vec<KeptTask>> {
    let given = tasks::table.filter(tasks::given_on.le(on)).filter(tasks::status.ne(TaskStatus::Withdrawn));
    Ok(given.order(tasks::id).load(conn)?)
}

/// Demands of a task that follows from a conference that the conference was held by the day on which the task was given, and that it
/// counts, unless the task is cancelled.
pub(super) fn check_origin(conn: &mut AnyConnection, task: &Folded) -> Result<()> {
    if task.status == TaskStatus::Withdrawn {
        return Ok(());
    }
    let origin: Option<(ConferenceStatus, NaiveDate)> = task_groups::table
        .inner_join(conferences::table)
        .filter(task_groups::id.eq(task.group))
        .select((conferences::status, conferences::held_on))
        .get_result(conn)
        .optional()?;
    match origin {
        Some((ConferenceStatus::Withdrawn, _)) if task.status != TaskStatus::Cancelled => {
            Err(Error::new(Code::ConferenceWithdrawn))
        }
        Some((ConferenceStatus::Held, on)) if task.given_on < on => {
            Err(Error::new(Code::GivenBeforeConference).with("day", on))
        }
        _ => Ok(()),
    }
}

/// In which order tasks are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TaskSort {
    /// By the day on which they are due.
    Due,
    /// The latest change first.
    LatestFirst,
}

/// Which tasks.
#[derive(Debug, Clone)]
pub(super) struct TaskFilter {
    pub within: Option<Vec<String>>,
    pub statuses: Option<Vec<String>>,
    pub giver: Option<Id>,
    pub receiver: Option<Id>,
    /// Given or received by this body.
    pub of_body: Option<Id>,
    pub group: Option<Id>,
    /// Open and due before this day.
    pub overdue_on: Option<NaiveDate>,
    pub due_from: Option<NaiveDate>,
    pub due_to: Option<NaiveDate>,
    pub sort: TaskSort,
}

/// The tasks that a list shows to a caller.
#[derive(Clone)]
pub(super) struct ListedTasks {
    pub scope: Scope,
    pub filter: TaskFilter,
}

impl Records for ListedTasks {
    type Record = KeptTask;
    const IN_SNAPSHOT: bool = false;

    fn sought(&self, conn: &mut AnyConnection, only: Option<&[Id]>) -> Result<Seek> {
        let Self { scope, filter } = self;
        let order = match filter.sort {
            TaskSort::Due => Order::Text("due_key"),
            TaskSort::LatestFirst => Order::LatestFirst("updated_at"),
        };
        let mut seek = Seek::of("tasks", order);
        if let Some(ids) = only {
            seek.only(conn, ids)?;
        }
        for (column, id) in [("group_id", filter.group), ("receiver_id", filter.receiver), ("giver_id", filter.giver)] {
            if let Some(id) = id {
                seek.find_by(Condition::new(format!("t.{column} = {{}}"), vec![Bound::Id(id)]));
            }
        }
        if let Some(body) = filter.of_body {
            let sql = "(t.receiver_id = {} OR t.giver_id = {})";
            seek.find_by(Condition::new(sql, vec![Bound::Id(body), Bound::Id(body)]));
        }
        seek.narrow_to_areas(conn, "area_id", areas_within(scope, filter.within.as_ref()))?;
        // What is overdue is found among open tasks: finished ones, of which there are far more, are not read.
        let owed = filter.overdue_on.map(|_| TaskStatus::words(&TaskStatus::OWED));
        seek.narrow(conn, "status", filter.statuses.as_ref().or(owed.as_ref()))?;
        let day = |sql: &str, day: NaiveDate| Condition::new(sql, vec![Bound::text(day.to_string())]);
        if let Some(on) = filter.overdue_on {
            seek.conditions.push(day("t.due_key < {}", on));
            if filter.statuses.is_some() {
                seek.conditions.push(Condition::among(conn, "status", &TaskStatus::words(&TaskStatus::OWED))?);
            }
        }
        seek.conditions.extend(filter.due_from.map(|from| day("t.due_key >= {}", from)));
        seek.conditions.extend(filter.due_to.map(|to| day("t.due_key <= {}", to)));
        Ok(seek)
    }

    fn load(&self, conn: &mut AnyConnection, ids: &[Id]) -> Result<Vec<(Id, KeptTask)>> {
        let rows: Vec<KeptTask> = tasks::table.filter(one_of(tasks::id, ids)).load(conn)?;
        let within = rows.into_iter().filter(|row| self.scope.may_read(&row.area()));
        Ok(within.map(|row| (row.id, row)).collect())
    }
}

/// Which open tasks are due.
#[derive(Debug, Clone)]
pub(crate) struct DueFilter {
    pub scope: Scope,
    pub within: Option<Vec<String>>,
    /// By this day.
    pub until: NaiveDate,
    /// Given or received by this body.
    pub body: Option<Id>,
    /// After this day and this id.
    pub after: Option<(Day, Id)>,
    pub limit: i64,
}

/// Returns open tasks that are due by a day and that the caller may read, in the order of their due days.
///
/// # Errors
/// Fails when the database does.
pub(crate) fn list_due(conn: &mut AnyConnection, filter: &DueFilter) -> Result<Vec<KeptTask>> {
    let listed = ListedTasks {
        scope: filter.scope.clone(),
        filter: TaskFilter {
            within: filter.within.clone(),
            statuses: Some(TaskStatus::words(&TaskStatus::OPEN)),
            giver: None,
            receiver: None,
            of_body: filter.body,
            group: None,
            overdue_on: None,
            due_from: None,
            due_to: Some(filter.until),
            sort: TaskSort::Due,
        },
    };
    let mut seek = listed.sought(conn, None)?;
    seek.after = filter.after.map(|(day, id)| (Key::Text(day.get().to_string()), id));
    seek.limit = filter.limit;
    let ids = seek.ids(conn)?;
    let rows: Vec<KeptTask> = listed.load(conn, &ids)?.into_iter().map(|(_, task)| task).collect();
    Ok(in_order(&ids, rows, |task| task.id))
}
