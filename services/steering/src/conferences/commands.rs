//! Handlers of the acts on conferences.

use actix_web::{post, web};
use serde::Deserialize;
use shared::access::{May, needs};
use shared::error::At;
use shared::http::{Answer, Body, Command, Reply};
use shared::journal::Entries;
use shared::made_ids::{NamesIds, as_it_stands};
use shared::published::Decision;
use shared::published::conference::ConferenceStatus;
use shared::{Code, Day, Error, Id};

use super::change::{self, hold};
use super::corrections::{CorrectConference, CorrectedConference, correct};
use super::holding::{ConcludedTask, HoldConference, subject};
use super::http::{Conference, load_shown, tag_of};
use super::store;
use crate::state::State;
use crate::tasks::{NewReceiver, TaskGroup, created_group, known_group};

/// Records a conference with its conclusions, and gives the tasks that they give.
///
/// Needs `task.write` over the area of the body.
#[utoipa::path(tag = "conferences", request_body = HoldConference, responses((status = 201, body = Conference)))]
#[post("/v1/conferences")]
pub(crate) async fn hold_conference(
    may: May<needs::WriteTask>,
    body: Body<HoldConference>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<Conference>> {
    let (setting, named) = (state.setting(&may), body.named_ids()?);
    let reply = command
        .create(&state.db, &state.made_ids, &may, named, move |tx, known| {
            let (kept, entries) = match known {
                None => hold(tx, &setting, &body.value)?,
                Some(id) => {
                    let found = store::find_conference(tx.conn(), &setting.scope, id).ok();
                    as_it_stands(found, |kept| Some(kept.area()))?
                }
            };
            let id = kept.id;
            let shown = load_shown(tx.conn(), &setting.scope, kept, setting.today)?;
            Ok((Reply::created(subject(id), tag_of(&shown)?, shown), entries))
        })
        .await?;
    Ok(reply)
}

/// Gives a task that follows from a conclusion, on the day of the conference or later.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"conclusion": 2, "title": "Khảo sát số đảng viên trong đơn vị kinh tế tư nhân (giả định)",
    "given_on": "2026-08-01", "due_on": "2026-10-31", "receivers": [{"body_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e60"}]}))]
pub(crate) struct GiveConcludedTask {
    /// The id of the group of tasks, where the caller makes it: a UUID of version 7, at most 60 days old.
    #[serde(default)]
    id: Option<Id>,
    /// The number of the conclusion: 1-999.
    #[schema(minimum = 1, maximum = 999)]
    conclusion: i64,
    /// What is to be done: at most 300 characters. It names no member.
    #[schema(max_length = 300)]
    title: String,
    /// What more is to be said about it: at most 4,000 characters, in lines. It names no member.
    #[serde(default)]
    #[schema(max_length = 4000)]
    details: Option<String>,
    /// The day on which it was given: not before the conference, not after today.
    given_on: Day,
    /// The last day on which it is in time: not before the day on which it is given.
    due_on: Day,
    /// The decision or notice by which it was given, if any.
    #[serde(default)]
    decision: Option<Decision>,
    /// Who receives it: 1-200, each once.
    #[schema(min_items = 1, max_items = 200)]
    receivers: Vec<NewReceiver>,
}

impl NamesIds for GiveConcludedTask {
    fn named_ids(&self) -> Vec<(&'static str, Option<Id>)> {
        vec![("/id", self.id)]
    }
}

/// Gives a task that follows from a conclusion.
///
/// Needs `task.write` over the area of the body that held the conference.
#[utoipa::path(tag = "conferences", params(("id" = Id, Path, description = "The conference")),
    request_body = GiveConcludedTask, responses((status = 201, body = TaskGroup)))]
#[post("/v1/conferences/{id}/task-groups")]
pub(crate) async fn give_concluded_task(
    may: May<needs::WriteTask>,
    id: web::Path<Id>,
    body: Body<GiveConcludedTask>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<TaskGroup>> {
    let (setting, named, conference) = (state.setting(&may), body.named_ids()?, *id);
    let reply = command
        .create(&state.db, &state.made_ids, &may, named, move |tx, known| {
            if let Some(group) = known {
                return known_group(tx, &setting, group);
            }
            let request = body.value;
            let kept = store::find_conference(tx.conn(), &setting.scope, conference)?;
            if !setting.scope.may_write(&kept.area()) || kept.status != ConferenceStatus::Held {
                return Err(Error::new(Code::NotFound));
            }
            let (folded, _) = change::load_whole(tx.conn(), kept.clone())?;
            if !folded.holding.conclusions.iter().any(|one| one.number == request.conclusion) {
                return Err(Error::fault("/conclusion", Code::UnknownConclusion));
            }
            let GiveConcludedTask { id, conclusion, title, details, given_on, due_on, decision, receivers } = request;
            let task = ConcludedTask { title, details, due_on, receivers };
            let origin = (conclusion, given_on.get());
            let given = change::give(tx, &setting, &kept, (id, origin), &task, decision);
            let (group, entries) = given.map_err(told_at_request)?;
            created_group(tx, &setting, group, Entries::from(entries))
        })
        .await?;
    Ok(reply)
}

/// The giver is the body of the conference, which the request does not name: that it does not work is a fault of the day.
fn told_at_request(error: Error) -> Error {
    if error.field_faults().is_empty() {
        return error;
    }
    let faults = error.field_faults().iter().cloned().map(|mut fault| {
        if fault.at == At::Pointer("/giver_id".to_owned()) {
            fault.at = At::Pointer("/given_on".to_owned());
        }
        fault
    });
    Error::faults(faults.collect())
}

/// Corrects the journal entry of a conference: it is recorded with other fields, or withdrawn.
///
/// The body is not corrected: such a conference is withdrawn and recorded again.
///
/// Needs `task.write` over the area of the body.
#[utoipa::path(tag = "conferences", request_body = CorrectConference,
    responses((status = 200, body = CorrectedConference)))]
#[post("/v1/conference-corrections")]
pub(crate) async fn correct_conference(
    may: May<needs::WriteTask>,
    body: Body<CorrectConference>,
    command: Command,
    state: web::Data<State>,
) -> Answer<Reply<CorrectedConference>> {
    let setting = state.setting(&may);
    let reply = command
        .run(&state.db, &may, &body.hash, move |tx| {
            let ((corrected, version), entries) = correct(tx, &setting, &body.value)?;
            Ok((Reply::changed(version, corrected), entries))
        })
        .await?;
    Ok(reply)
}
