//! The act that gives a task to one receiver, and the command that gives it to several.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::acts::{Rank, Told};
use shared::journal::{Entries, Entry};
use shared::made_ids::NamesIds;
use shared::published::Decision;
use shared::storage::Tx;
use shared::territory::AreaId;
use shared::validate::{Faults, Wrong, line, paragraphs, past_day};
use shared::{Code, Day, Error, Id, Result};

use super::super::change::{self, Given, NewAct};
use super::super::store::{self, Origin};
use super::{Act, Folded, TaskAct, TaskGiven, TaskStatus, Telling};
use crate::bodies::{self, KeptBody};
use crate::state::Setting;

/// How many receivers a task has at most: more than there are communes in a province.
pub const RECEIVERS_MAX: usize = 200;
pub const TITLE_MAX: usize = 300;
pub const TEXT_MAX: usize = 4000;

/// Gives a task to one or several receivers.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"giver_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f", "title": "Kiện toàn Ban Chỉ đạo và thành lập tổ giúp việc",
    "given_on": "2026-08-01", "due_on": "2026-09-30", "receivers": [{"body_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e60"}]}))]
pub struct GiveTask {
    /// The id of the group, where the caller makes it: a UUID of version 7, at most 60 days old.
    #[serde(default)]
    pub id: Option<Id>,
    /// The steering body that gives it. It works on the day.
    pub giver_id: Id,
    /// What is to be done: at most 300 characters. It names no member.
    #[schema(max_length = 300)]
    pub title: String,
    /// What more is to be said about it: at most 4,000 characters, in lines. It names no member.
    #[serde(default)]
    #[schema(max_length = 4000)]
    pub details: Option<String>,
    /// The path of what it is about, such as `/v1/documents/...`: at most 200 characters. It is not looked up.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub about: Option<String>,
    /// The day on which it was given: not after today, not before the decision.
    pub given_on: Day,
    /// The last day on which it is in time: not before the day on which it was given.
    pub due_on: Day,
    /// The decision, notice or conclusion by which it was given, if any.
    #[serde(default)]
    pub decision: Option<Decision>,
    /// Who receives it: 1-200, each once.
    #[schema(min_items = 1, max_items = 200)]
    pub receivers: Vec<NewReceiver>,
}

/// A receiver of a task.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReceiver {
    /// A steering body that works on the day.
    pub body_id: Id,
    /// The seat of that body whose holder is charged with it. Somebody holds it on the day. Left out: the body as a whole.
    #[serde(default)]
    pub seat_id: Option<Id>,
}

impl NamesIds for GiveTask {
    fn named_ids(&self) -> Vec<(&'static str, Option<Id>)> {
        vec![("/id", self.id)]
    }
}

/// A giving.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Giving {
    /// The group of tasks that were given together.
    pub group: Id,
    /// Who gives it.
    pub giver: Id,
    /// The area of the giver.
    pub giver_area: AreaId,
    /// Who receives it.
    pub receiver: Id,
    /// The seat whose holder is charged with it.
    pub seat: Option<Id>,
    /// The area of the receiver.
    pub area: AreaId,
    /// The conclusion from which it follows.
    pub origin: Option<Origin>,
    /// What is to be done.
    pub title: String,
    /// What more is to be said about it.
    pub details: Option<String>,
    /// The path of what it is about.
    pub about: Option<String>,
    /// The last day on which it is in time.
    pub due_on: Day,
}

impl Act for Giving {
    fn rank(&self) -> Rank {
        Rank::Begins
    }

    fn apply(&self, before: &Folded, on: NaiveDate) -> Result<Folded> {
        if before.status != TaskStatus::Withdrawn {
            return Err(Error::internal("a task is given twice"));
        }
        Ok(Folded {
            group: self.group,
            giver: self.giver,
            giver_area: self.giver_area.clone(),
            receiver: self.receiver,
            seat: self.seat,
            area: self.area.clone(),
            origin: self.origin,
            title: self.title.clone(),
            details: self.details.clone(),
            about: self.about.clone(),
            status: TaskStatus::Given,
            given_on: on,
            due_on: self.due_on.get(),
            ..before.clone()
        })
    }

    fn checked(&self, faults: &mut Faults, on: NaiveDate) -> Option<TaskAct> {
        let title = faults.take("/title", line(&self.title, TITLE_MAX));
        let details = self.details.as_deref().map(|text| paragraphs(text, TEXT_MAX)).transpose();
        let details = faults.take("/details", details);
        let about = faults.take("/about", self.about.as_deref().map(path).transpose());
        check_due(faults, on, self.due_on);
        Some(TaskAct::Giving(Self { title: title?, details: details?, about: about?, ..self.clone() }))
    }

    fn tell(&self, telling: &Telling<'_>) -> Result<Told> {
        telling.entry(TaskGiven)
    }
}

/// Checks that a task is not due before it was given.
pub(super) fn check_due(faults: &mut Faults, on: NaiveDate, due_on: Day) {
    if due_on.get() < on {
        faults.add("/due_on", Wrong::new(Code::EndBeforeBeginning).with("from_on", on));
    }
}

/// Parses the path of a record of some service.
fn path(text: &str) -> std::result::Result<String, Wrong> {
    const PATH_MAX: usize = 200;
    let path = line(text, PATH_MAX)?;
    let is_path =
        path.starts_with("/v1/") && path.bytes().all(|one| one.is_ascii_alphanumeric() || b"/-_@.".contains(&one));
    if is_path { Ok(path) } else { Err(Wrong::new(Code::BadFormat).with("expected", shared::Expected::RecordPath)) }
}

/// Gives a task to its receivers: the command that handlers and loaders share.
///
/// # Errors
/// All faults of the request at once.
pub fn give(tx: &mut Tx<'_>, setting: &Setting, request: &GiveTask) -> Result<(Given, Entries)> {
    let (given, entries) = give_of(tx, setting, request, None)?;
    Ok((given, entries.into()))
}

/// Gives a task to its receivers, also one that follows from a conclusion of a conference.
///
/// # Errors
/// All faults of the request at once.
pub(crate) fn give_of(
    tx: &mut Tx<'_>,
    setting: &Setting,
    request: &GiveTask,
    origin: Option<Origin>,
) -> Result<(Given, Vec<Entry>)> {
    let mut faults = Faults::new();
    let on = request.given_on.get();
    faults.take("/given_on", past_day(on, setting.today));
    let giver = bodies::find_body(tx.conn(), &setting.scope, request.giver_id)?;
    let giver = giver.filter(|body| setting.scope.may_write(&body.area()));
    let giver = working(&mut faults, "/giver_id", giver, on);
    if request.receivers.is_empty() {
        faults.add("/receivers", Wrong::new(Code::Required));
    }
    if request.receivers.len() > RECEIVERS_MAX {
        faults.add("/receivers", Wrong::new(Code::TooMany).with("max", RECEIVERS_MAX));
        faults.finish()?;
        return Err(Error::internal("too many receivers"));
    }
    let mut receivers = Vec::with_capacity(request.receivers.len());
    for (place, receiver) in request.receivers.iter().enumerate() {
        if request.receivers.iter().take(place).any(|before| before == receiver) {
            faults.add(&format!("/receivers/{place}"), Wrong::new(Code::RepeatedValue));
        }
        let body = bodies::find_body(tx.conn(), &setting.scope, receiver.body_id)?;
        let body = working(&mut faults, &format!("/receivers/{place}/body_id"), body, on);
        if let (Some(body), Some(seat)) = (&body, receiver.seat_id) {
            let code = match bodies::seat_on(tx.conn(), body.clone(), seat, on)? {
                None => Some(Code::UnknownSeat),
                Some(false) => Some(Code::SeatNotHeld),
                Some(true) => None,
            };
            if let Some(code) = code {
                faults.add(&format!("/receivers/{place}/seat_id"), Wrong::new(code));
            }
        }
        receivers.extend(body.map(|body| (body, receiver.seat_id)));
    }
    let nobody = || (request.giver_id, AreaId::stored(String::new()));
    let (giver_id, giver_area) = giver.as_ref().map_or_else(nobody, |body| (body.id, body.area()));
    let group = request.id.unwrap_or_default();
    let giving = |(receiver, area, seat): (Id, AreaId, Option<Id>)| Giving {
        group,
        giver: giver_id,
        giver_area: giver_area.clone(),
        receiver,
        seat,
        area,
        origin,
        title: request.title.clone(),
        details: request.details.clone(),
        about: request.about.clone(),
        due_on: request.due_on,
    };
    let new = |act: Giving| NewAct { act: TaskAct::Giving(act), on, decision: request.decision.clone(), note: None };
    // What is wrong about the task itself is told once, and not for each receiver.
    let (id, area) = nobody();
    change::check(&mut faults, setting, &new(giving((id, area, None))), "/given_on");
    faults.finish()?;
    store::insert_group(tx, group, (giver_id, &giver_area), origin)?;
    let (mut tasks, mut entries) = (Vec::new(), Vec::new());
    for (body, seat) in receivers {
        let (changed, told) = change::begin(tx, setting, new(giving((body.id, body.area(), seat))))?;
        tasks.push(changed.kept);
        entries.extend(told);
    }
    Ok((Given { group, giver: giver_id, giver_area, tasks }, entries))
}

/// The body, if there is one and it works on a day.
fn working(faults: &mut Faults, field: &str, body: Option<KeptBody>, on: NaiveDate) -> Option<KeptBody> {
    let Some(body) = body else {
        faults.add(field, Wrong::new(Code::UnknownSteeringBody));
        return None;
    };
    if !body.works_on(on) {
        faults.add(field, Wrong::new(Code::SteeringBodyNotActive).with("day", on));
    }
    Some(body)
}
