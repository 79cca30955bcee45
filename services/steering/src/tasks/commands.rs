//! Handlers of the acts on tasks.

use actix_web::{post, web};
use chrono::NaiveDate;
use shared::access::{May, needs};
use shared::http::{Answer, Body, Command, Reply};
use shared::journal::Entries;
use shared::made_ids::as_it_stands;
use shared::published::Decision;
use shared::storage::Tx;
use shared::territory::AreaId;
use shared::{Code, Day, Error, Id, Result};

use super::acts::{
    AcceptTask, Acceptance, AcknowledgeTask, Acknowledgement, CancelTask, Cancellation, ExtendTask, Extension,
    GiveTask, Report, ReportTask, Return, ReturnTask, Start, StartTask, TaskAct, give,
};
use super::change::{self, NewAct};
use super::corrections::{CorrectTask, CorrectedTask, correct};
use super::http::{Task, TaskGroup, group_path, shown, shown_group, tag_of};
use super::store;
use crate::state::{Setting, State};

/// Gives a task to one or several receivers, each with a state of its own.
///
/// Needs `task.write` over the giver's area; every receiver lies within the areas that the caller may read.
#[utoipa::path(tag = "tasks", request_body = GiveTask, responses((status = 201, body = TaskGroup)))]
#[post("/v1/task-groups")]
pub(crate) async fn give_task(
    may: May<needs::WriteTask>,
    body: Body<GiveTask>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<TaskGroup>> {
    let (setting, named) = (state.setting(&may), body.named_ids()?);
    let reply = command
        .create(&state.db, &state.made_ids, &may, named, move |tx, known| match known {
            None => {
                let (given, entries) = give(tx, &setting, &body.value)?;
                created_group(tx, &setting, given.group, entries)
            }
            Some(group) => known_group(tx, &setting, group),
        })
        .await?;
    Ok(reply)
}

/// The answer to who gave a task.
///
/// # Errors
/// Fails when the database does.
pub(crate) fn created_group(
    tx: &mut Tx<'_>,
    setting: &Setting,
    group: Id,
    entries: Entries,
) -> Result<(Reply<TaskGroup>, Entries)> {
    let (group, tasks) = store::find_group(tx.conn(), &setting.scope, group)?;
    let (path, tag) = (group_path(group.id), tag_of(&tasks, setting.today));
    Ok((Reply::created(path, tag, shown_group(group, tasks, setting.today)), entries))
}

/// The answer to who sends again what gave a task: the group as it is.
///
/// # Errors
/// `id_taken` where the caller may not read it.
pub(crate) fn known_group(tx: &mut Tx<'_>, setting: &Setting, group: Id) -> Result<(Reply<TaskGroup>, Entries)> {
    let found = store::find_group(tx.conn(), &setting.scope, group).ok();
    let (found, entries) = as_it_stands(found, |(group, _)| Some(AreaId::stored(group.area_id.as_str())))?;
    created_group(tx, setting, found.0.id, entries)
}

/// Acknowledges a task.
///
/// Needs `task.write` over the receiver's area, and `If-Match`.
#[utoipa::path(tag = "tasks", params(("id" = Id, Path, description = "The task")), request_body = AcknowledgeTask,
    responses((status = 200, body = Task)))]
#[post("/v1/tasks/{id}/acknowledgements")]
pub(crate) async fn acknowledge_task(
    may: May<needs::WriteTask>,
    id: web::Path<Id>,
    body: Body<AcknowledgeTask>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<Task>> {
    let on = body.value.occurred_on;
    go_on(may, *id, (body.hash, command), &state, on, None, |_| TaskAct::Acknowledgement(Acknowledgement {})).await
}

/// Starts a task, acknowledged or not, or takes a returned one up again.
///
/// Needs `task.write` over the receiver's area, and `If-Match`.
#[utoipa::path(tag = "tasks", params(("id" = Id, Path, description = "The task")), request_body = StartTask,
    responses((status = 200, body = Task)))]
#[post("/v1/tasks/{id}/starts")]
pub(crate) async fn start_task(
    may: May<needs::WriteTask>,
    id: web::Path<Id>,
    body: Body<StartTask>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<Task>> {
    let on = body.value.occurred_on;
    go_on(may, *id, (body.hash, command), &state, on, None, |_| TaskAct::Start(Start {})).await
}

/// Reports what was done about a task.
///
/// Needs `task.write` over the receiver's area, and `If-Match`.
#[utoipa::path(tag = "tasks", params(("id" = Id, Path, description = "The task")), request_body = ReportTask,
    responses((status = 200, body = Task)))]
#[post("/v1/tasks/{id}/reports")]
pub(crate) async fn report_task(
    may: May<needs::WriteTask>,
    id: web::Path<Id>,
    body: Body<ReportTask>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<Task>> {
    let ReportTask { occurred_on, text } = body.value;
    let act = |actor: &str| TaskAct::Report(Report { text, by: vec![actor.to_owned()] });
    go_on(may, *id, (body.hash, command), &state, occurred_on, None, act).await
}

/// Returns a report with a reason: the receiver reports again.
///
/// Needs `task.write` over the giver's area, and `If-Match`. The client or user that recorded the report does not return it:
/// `own_report`.
#[utoipa::path(tag = "tasks", params(("id" = Id, Path, description = "The task")), request_body = ReturnTask,
    responses((status = 200, body = Task)))]
#[post("/v1/tasks/{id}/returns")]
pub(crate) async fn return_task(
    may: May<needs::WriteTask>,
    id: web::Path<Id>,
    body: Body<ReturnTask>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<Task>> {
    let ReturnTask { occurred_on, reason } = body.value;
    let act = |actor: &str| TaskAct::Return(Return { reason, by: vec![actor.to_owned()] });
    go_on(may, *id, (body.hash, command), &state, occurred_on, None, act).await
}

/// Accepts a report: the task is done.
///
/// Needs `task.write` over the giver's area, and `If-Match`. The client or user that recorded the report does not accept it:
/// `own_report`. A portal with one client for all its officers accepts no report of theirs.
#[utoipa::path(tag = "tasks", params(("id" = Id, Path, description = "The task")), request_body = AcceptTask,
    responses((status = 200, body = Task)))]
#[post("/v1/tasks/{id}/acceptances")]
pub(crate) async fn accept_task(
    may: May<needs::WriteTask>,
    id: web::Path<Id>,
    body: Body<AcceptTask>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<Task>> {
    let on = body.value.occurred_on;
    let act = |actor: &str| TaskAct::Acceptance(Acceptance { by: vec![actor.to_owned()] });
    go_on(may, *id, (body.hash, command), &state, on, None, act).await
}

/// Sets another due day (gia hạn).
///
/// Needs `task.write` over the giver's area, and `If-Match`.
#[utoipa::path(tag = "tasks", params(("id" = Id, Path, description = "The task")), request_body = ExtendTask,
    responses((status = 200, body = Task)))]
#[post("/v1/tasks/{id}/extensions")]
pub(crate) async fn extend_task(
    may: May<needs::WriteTask>,
    id: web::Path<Id>,
    body: Body<ExtendTask>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<Task>> {
    let ExtendTask { occurred_on, due_on, decision } = body.value;
    let act = move |_: &str| TaskAct::Extension(Extension { due_on });
    go_on(may, *id, (body.hash, command), &state, occurred_on, decision, act).await
}

/// Cancels a task.
///
/// Needs `task.write` over the giver's area, and `If-Match`.
#[utoipa::path(tag = "tasks", params(("id" = Id, Path, description = "The task")), request_body = CancelTask,
    responses((status = 200, body = Task)))]
#[post("/v1/tasks/{id}/cancellations")]
pub(crate) async fn cancel_task(
    may: May<needs::WriteTask>,
    id: web::Path<Id>,
    body: Body<CancelTask>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<Task>> {
    let CancelTask { occurred_on, reason, decision } = body.value;
    let act = move |_: &str| TaskAct::Cancellation(Cancellation { reason });
    go_on(may, *id, (body.hash, command), &state, occurred_on, decision, act).await
}

/// Carries out an act on a task at the version that the caller read.
async fn go_on(
    may: May<needs::WriteTask>,
    id: Id,
    (body_hash, command): ([u8; 32], Command),
    state: &State,
    on: Day,
    decision: Option<Decision>,
    act: impl FnOnce(&str) -> TaskAct + Send + 'static,
) -> Answer<Reply<Task>> {
    let (setting, precondition, on) = (state.setting(&may), command.precondition(), on.get());
    let reply = command
        .run(&state.db, &may, &body_hash, move |tx| {
            let act = act(tx.actor());
            let kept = store::find_task(tx.conn(), &setting.scope, id)?;
            check_place(&setting, &kept, &act)?;
            precondition.check(kept.version)?;
            if matches!(act, TaskAct::Extension(_)) && !kept.is_open() {
                // Also one that is recorded late for an earlier day: it would put in time what came late.
                let status: &'static str = kept.status.into();
                return Err(Error::new(Code::TaskNotInState).with("task_status", status).with("day", on));
            }
            add(tx, &setting, kept, act, on, decision)
        })
        .await?;
    Ok(reply)
}

fn add(
    tx: &mut Tx<'_>,
    setting: &Setting,
    kept: store::KeptTask,
    act: TaskAct,
    on: NaiveDate,
    decision: Option<Decision>,
) -> Result<(Reply<Task>, Entries)> {
    let (changed, entries) = change::add(tx, setting, kept, NewAct { act, on, decision, note: None })?;
    let (task, decision) = change::load_whole(tx.conn(), changed.kept.clone())?;
    let reply = Reply::changed(changed.kept.version, shown(&changed.kept, task, decision));
    Ok((reply, entries.into()))
}

/// Demands that the caller acts for the receiver, or for the giver where the act is the giver's. A task that the caller may read and
/// not change is the same as none for the receiver's acts, as everywhere.
fn check_place(setting: &Setting, kept: &store::KeptTask, act: &TaskAct) -> Result<()> {
    match act.is_of_giver() {
        true if !setting.scope.may_write(&kept.giver_area()) => Err(Error::new(Code::NotGiver)),
        false if !setting.scope.may_write(&kept.area()) => Err(Error::new(Code::NotFound)),
        _ => Ok(()),
    }
}

/// Corrects a journal entry about a task: the act is recorded with other fields, or withdrawn. Later entries that would now say
/// something different are written again.
///
/// Giver, receiver and seat are not corrected: such a task is withdrawn and given again.
///
/// Needs `task.write` over the receiver's area, for acts of the giver over the giver's.
#[utoipa::path(tag = "tasks", request_body = CorrectTask, responses((status = 200, body = CorrectedTask)))]
#[post("/v1/task-corrections")]
pub(crate) async fn correct_task(
    may: May<needs::WriteTask>,
    body: Body<CorrectTask>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<CorrectedTask>> {
    let setting = state.setting(&may);
    let reply = command
        .run(&state.db, &may, &body.hash, move |tx| {
            let ((corrected, version), entries) = correct(tx, &setting, &body.value)?;
            Ok((Reply::changed(version, corrected), entries))
        })
        .await?;
    Ok(reply)
}
