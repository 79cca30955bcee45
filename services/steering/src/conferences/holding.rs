//! The act that records a conference, and its requests.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::acts::{ActPlace, Acts, Content, Rank, Step, Tells, Told};
use shared::made_ids::NamesIds;
use shared::published::Decision;
use shared::published::conference::{
    ConferenceHeld, ConferenceKind, ConferenceState, ConferenceStatus, ConferenceWithdrawn,
};
use shared::storage::Tx;
use shared::territory::AreaId;
use shared::validate::{Faults, Wrong, line, paragraphs, within};
use shared::{Code, Day, Error, Id, Result};

use crate::tasks::NewReceiver;

pub const ITEMS_MAX: usize = 50;
const PARTICIPANTS_MAX: usize = 100;
const TASKS_MAX: usize = 20;
/// How many receivers all tasks of one request have at most: more are given afterwards, one group at a time.
const RECEIVERS_MAX: usize = 1000;
const NUMBER_MAX: i64 = 999;
pub const TEXT_MAX: usize = 2000;

/// Records a conference with its conclusions, and gives the tasks that they give.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"body_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f", "kind": "interim_review",
    "title": "Hội nghị sơ kết 6 tháng đầu năm (giả định)", "held_on": "2026-08-01", "chair_office": "Trưởng Ban Chỉ đạo tỉnh",
    "conclusions": [{"number": 1, "text": "Kiện toàn ban chỉ đạo, thành lập tổ giúp việc.", "tasks": [{
    "title": "Kiện toàn ban chỉ đạo cấp xã", "due_on": "2026-09-30",
    "receivers": [{"body_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e60"}]}]}]}))]
pub struct HoldConference {
    /// The id of the conference, where the caller makes it: a UUID of version 7, at most 60 days old.
    #[serde(default)]
    pub id: Option<Id>,
    /// The steering body that held it. It works on the day.
    pub body_id: Id,
    /// What it was held for.
    pub kind: ConferenceKind,
    /// Its title: at most 300 characters.
    #[schema(max_length = 300)]
    pub title: String,
    /// The day: not after today.
    pub held_on: Day,
    /// The public office of who chaired it: at most 200 characters, without a name.
    #[schema(max_length = 200)]
    pub chair_office: String,
    /// Who took part, by office: at most 100.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub participants: Vec<Participant>,
    /// Its agenda: at most 50 items of at most 300 characters.
    #[serde(default)]
    #[schema(max_items = 50, value_type = Vec<AgendaItem>)]
    pub agenda: Vec<String>,
    /// Documents that were before it: at most 50 that the caller may read.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub document_ids: Vec<Id>,
    /// What it concluded: at most 50 items, whose tasks have at most 1,000 receivers together.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub conclusions: Vec<NewConclusion>,
    /// The notice of its conclusions (thông báo kết luận), where there is one.
    #[serde(default)]
    pub decision: Option<Decision>,
    /// Whether those whose areas lie in the area of the body read it too.
    #[serde(default)]
    pub is_open_below: bool,
}

/// An item of an agenda.
#[derive(utoipa::ToSchema)]
#[schema(max_length = 300)]
#[expect(dead_code, reason = "it describes the items of a list in the API document")]
pub(super) struct AgendaItem(String);

/// Somebody who took part, by office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Participant {
    /// The public office: at most 200 characters, without a name.
    #[schema(max_length = 200)]
    pub office: String,
    /// The agency, where the office does not say it: at most 200 characters.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub agency: Option<String>,
}

/// A conclusion, and the tasks that it gives.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConclusion {
    /// Its number in the notice: 1-999, each once.
    #[schema(minimum = 1, maximum = 999)]
    pub number: i64,
    /// What was concluded: at most 2,000 characters, in lines. It names no member.
    #[schema(max_length = 2000)]
    pub text: String,
    /// The tasks that it gives, from the body of the conference and on its day: at most 20.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub tasks: Vec<ConcludedTask>,
}

/// A task that a conclusion gives.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConcludedTask {
    /// What is to be done: at most 300 characters. It names no member.
    #[schema(max_length = 300)]
    pub title: String,
    /// What more is to be said about it: at most 4,000 characters, in lines. It names no member.
    #[serde(default)]
    #[schema(max_length = 4000)]
    pub details: Option<String>,
    /// The last day on which it is in time: not before the day on which it is given.
    pub due_on: Day,
    /// Who receives it: 1-200, each once.
    #[schema(min_items = 1, max_items = 200)]
    pub receivers: Vec<NewReceiver>,
}

impl NamesIds for HoldConference {
    fn named_ids(&self) -> Vec<(&'static str, Option<Id>)> {
        vec![("/id", self.id)]
    }
}

/// A conclusion as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conclusion {
    /// Its number.
    pub number: i64,
    /// What was concluded.
    pub text: String,
}

/// A conference as it is kept: the fields that a correction may replace, and its body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// The body.
    pub body: Id,
    /// The area of the body.
    pub area: AreaId,
    /// What it was held for.
    pub kind: ConferenceKind,
    /// Its title.
    pub title: String,
    /// The office of who chaired it.
    pub chair_office: String,
    /// Who took part.
    pub participants: Vec<Participant>,
    /// Its agenda.
    pub agenda: Vec<String>,
    /// Documents that were before it.
    pub documents: Vec<Id>,
    /// What it concluded.
    pub conclusions: Vec<Conclusion>,
    /// Whether it is open below.
    pub is_open_below: bool,
}

/// A conference as its acts make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded {
    pub id: Id,
    /// `Withdrawn` before it is held.
    pub status: ConferenceStatus,
    pub held_on: NaiveDate,
    pub holding: Holding,
}

impl Acts for Holding {
    type State = Folded;

    fn rank(&self) -> Rank {
        Rank::Begins
    }

    fn apply(&self, before: &Folded, on: NaiveDate) -> Result<Folded> {
        if before.status != ConferenceStatus::Withdrawn {
            return Err(Error::internal("a conference is held twice"));
        }
        Ok(Folded { id: before.id, status: ConferenceStatus::Held, held_on: on, holding: self.clone() })
    }
}

impl Holding {
    /// Checks its texts and lists, and returns it as it is kept.
    pub(super) fn checked(&self, faults: &mut Faults) -> Option<Self> {
        let title = faults.take("/title", line(&self.title, 300));
        let chair_office = faults.take("/chair_office", line(&self.chair_office, 200));
        for (field, count, max) in [
            ("/participants", self.participants.len(), PARTICIPANTS_MAX),
            ("/agenda", self.agenda.len(), ITEMS_MAX),
            ("/document_ids", self.documents.len(), ITEMS_MAX),
            ("/conclusions", self.conclusions.len(), ITEMS_MAX),
        ] {
            if count > max {
                faults.add(field, Wrong::new(Code::TooMany).with("max", max));
                return None;
            }
        }
        let mut participants = Vec::new();
        for (place, one) in self.participants.iter().enumerate() {
            let office = faults.take(&format!("/participants/{place}/office"), line(&one.office, 200));
            let agency = one.agency.as_deref().map(|agency| line(agency, 200)).transpose();
            let agency = faults.take(&format!("/participants/{place}/agency"), agency);
            participants.extend(office.zip(agency).map(|(office, agency)| Participant { office, agency }));
        }
        let mut agenda = Vec::new();
        for (place, item) in self.agenda.iter().enumerate() {
            agenda.extend(faults.take(&format!("/agenda/{place}"), line(item, 300)));
        }
        let mut conclusions = Vec::new();
        for (place, one) in self.conclusions.iter().enumerate() {
            let field = |name: &str| format!("/conclusions/{place}/{name}");
            let number = faults.take(&field("number"), within(one.number, 1, NUMBER_MAX));
            if self.conclusions.iter().take(place).any(|before| before.number == one.number) {
                faults.add(&field("number"), Wrong::new(Code::RepeatedValue));
            }
            let text = faults.take(&field("text"), paragraphs(&one.text, TEXT_MAX));
            conclusions.extend(number.zip(text).map(|(number, text)| Conclusion { number, text }));
        }
        for (place, id) in self.documents.iter().enumerate() {
            if self.documents.iter().take(place).any(|before| before == id) {
                faults.add(&format!("/document_ids/{place}"), Wrong::new(Code::RepeatedValue));
            }
        }
        Some(Self { title: title?, chair_office: chair_office?, participants, agenda, conclusions, ..self.clone() })
    }
}

/// Checks how many tasks a conclusion gives.
pub(super) fn check_tasks(faults: &mut Faults, conclusions: &[NewConclusion]) {
    let receivers: usize = conclusions.iter().flat_map(|one| &one.tasks).map(|task| task.receivers.len()).sum();
    if receivers > RECEIVERS_MAX {
        faults.add("/conclusions", Wrong::new(Code::TooMany).with("max", RECEIVERS_MAX));
    }
    for (place, one) in conclusions.iter().enumerate() {
        if one.tasks.len() > TASKS_MAX {
            faults.add(&format!("/conclusions/{place}/tasks"), Wrong::new(Code::TooMany).with("max", TASKS_MAX));
        }
    }
}

/// Tells the acts on a conference, and keeps them.
pub(super) struct Minutes;

impl Tells<Holding> for Minutes {
    fn tell(&self, _: &mut Tx<'_>, step: &Step<'_, Holding>, decision: Option<Decision>) -> Result<Told> {
        let payload = ConferenceHeld(published(&step.after, decision));
        Told::of(&payload, subject(step.after.id), step.living.occurred_on, place(&step.after))
    }

    fn tell_withdrawn(&self, _: &mut Tx<'_>, step: &Step<'_, Holding>, decision: Option<Decision>) -> Result<Told> {
        let payload = ConferenceWithdrawn(published(&step.after, decision));
        Told::of(&payload, subject(step.after.id), step.living.occurred_on, place(&step.after))
    }

    fn content(&self, _: Id, act: &Holding) -> Result<Content> {
        Ok(Content { text: serde_json::to_string(act)?, sealed: None })
    }
}

/// The path of a conference.
pub(super) fn subject(id: Id) -> String {
    format!("/v1/conferences/{id}")
}

fn place(conference: &Folded) -> ActPlace {
    let (record, area) = (conference.id, conference.holding.area.clone());
    ActPlace { record, organisation: None, area, count: 1 }
}

fn published(conference: &Folded, decision: Option<Decision>) -> ConferenceState {
    let holding = &conference.holding;
    ConferenceState {
        conference: conference.id,
        body: holding.body,
        kind: holding.kind,
        held_on: Day::stored(conference.held_on),
        conclusions: i64::try_from(holding.conclusions.len()).unwrap_or(i64::MAX),
        documents: i64::try_from(holding.documents.len()).unwrap_or(i64::MAX),
        decision,
    }
}
