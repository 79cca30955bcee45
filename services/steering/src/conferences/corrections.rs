//! Corrects the act of a conference: recorded with other fields, or withdrawn.

use serde::{Deserialize, Serialize};
use shared::access::Scope;
use shared::acts::{CorrectionOutcome, find_correctable};
use shared::journal::Entries;
use shared::published::Decision;
use shared::published::conference::ConferenceKind;
use shared::published::task::TaskStatus;
use shared::storage::Tx;
use shared::validate::{Faults, Wrong, line};
use shared::{Code, Day, Error, Id, Result};

use super::change::{self, Conference};
use super::holding::{AgendaItem, Conclusion, Holding, Participant};
use super::store;
use crate::bodies::find_body;
use crate::documents;
use crate::state::{NAME, Setting};
use crate::tasks::{ConcludedRow, list_of_conference};

/// Corrects a journal entry about a conference. Fields that are left out stay as they were; a list that is sent replaces the whole list.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"entry_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f", "held_on": "2026-08-02",
    "note": "Biên bản ghi ngày 02/8"}))]
pub(crate) struct CorrectConference {
    /// The latest entry of the conference.
    pub entry_id: Id,
    /// `true` withdraws the conference: it should never have been recorded. Then no other field may be sent but `note`. Tasks that it
    /// gave are withdrawn or cancelled first.
    #[serde(default)]
    pub withdraw: bool,
    /// Why: at most 300 characters. It names no member.
    #[serde(default)]
    #[schema(max_length = 300)]
    pub note: Option<String>,
    /// What it was held for.
    #[serde(default)]
    pub kind: Option<ConferenceKind>,
    /// Its title: at most 300 characters.
    #[serde(default)]
    #[schema(max_length = 300)]
    pub title: Option<String>,
    /// The day: not after today, and not after a day on which it gave a task.
    #[serde(default)]
    pub held_on: Option<Day>,
    /// The public office of who chaired it: at most 200 characters, without a name.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub chair_office: Option<String>,
    /// Who took part, by office: at most 100.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub participants: Option<Vec<Participant>>,
    /// Its agenda: at most 50 items of at most 300 characters.
    #[serde(default)]
    #[schema(max_items = 50, value_type = Option<Vec<AgendaItem>>)]
    pub agenda: Option<Vec<String>>,
    /// Documents that were before it: at most 50 that the caller may read.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub document_ids: Option<Vec<Id>>,
    /// What it concluded: at most 50 items. The number of a conclusion that gave tasks stays.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub conclusions: Option<Vec<CorrectedConclusion>>,
    /// The notice of its conclusions.
    #[serde(default)]
    pub decision: Option<Decision>,
    /// Whether those whose areas lie in the area of the body read it too.
    #[serde(default)]
    pub is_open_below: Option<bool>,
}

/// A conclusion as it should have been recorded.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CorrectedConclusion {
    /// Its number in the notice: 1-999, each once.
    #[schema(minimum = 1, maximum = 999)]
    pub number: i64,
    /// What was concluded: at most 2,000 characters, in lines. It names no member.
    #[schema(max_length = 2000)]
    pub text: String,
}

/// What a correction of a conference did.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct CorrectedConference {
    /// The conference.
    pub conference_id: Id,
    /// The new entry.
    pub entry_id: Id,
    /// The entry that it replaces.
    pub corrects: Id,
    /// What was done. More may come.
    pub outcome: CorrectionOutcome,
}

impl CorrectConference {
    fn restates(&self) -> bool {
        self.kind.is_some()
            || self.title.is_some()
            || self.held_on.is_some()
            || self.chair_office.is_some()
            || self.participants.is_some()
            || self.agenda.is_some()
            || self.document_ids.is_some()
            || self.conclusions.is_some()
            || self.decision.is_some()
            || self.is_open_below.is_some()
    }

    /// The act as it should have been.
    fn replaced(&self, told: &Holding) -> Holding {
        let conclusions = self.conclusions.as_ref().map(|all| {
            all.iter().map(|one| Conclusion { number: one.number, text: one.text.clone() }).collect::<Vec<_>>()
        });
        Holding {
            body: told.body,
            area: told.area.clone(),
            kind: self.kind.unwrap_or(told.kind),
            title: self.title.clone().unwrap_or_else(|| told.title.clone()),
            chair_office: self.chair_office.clone().unwrap_or_else(|| told.chair_office.clone()),
            participants: self.participants.clone().unwrap_or_else(|| told.participants.clone()),
            agenda: self.agenda.clone().unwrap_or_else(|| told.agenda.clone()),
            documents: self.document_ids.clone().unwrap_or_else(|| told.documents.clone()),
            conclusions: conclusions.unwrap_or_else(|| told.conclusions.clone()),
            is_open_below: self.is_open_below.unwrap_or(told.is_open_below),
        }
    }
}

/// Refuses a change on which tasks hang, and counts those that the caller may read.
fn refuse_with(scope: &Scope, hanging: &[&ConcludedRow]) -> Result<()> {
    let seen = hanging.iter().filter(|row| scope.may_read(&row.task.area())).count();
    match (hanging.len(), seen) {
        (0, _) => Ok(()),
        (_, 0) => Err(Error::new(Code::ActOutOfReach)),
        (_, tasks) => Err(Error::new(Code::TasksRemain).with("tasks", tasks)),
    }
}

/// Corrects or withdraws the act of a conference.
///
/// # Errors
/// `entry_already_corrected`, `tasks_remain`; the faults of the act itself.
pub(super) fn correct(
    tx: &mut Tx<'_>,
    setting: &Setting,
    request: &CorrectConference,
) -> Result<((CorrectedConference, i64), Entries)> {
    let mut faults = Faults::new();
    if request.withdraw == request.restates() {
        faults.add("/withdraw", Wrong::new(Code::NothingCorrected));
    }
    let note = faults.take("/note", request.note.as_deref().map(|text| line(text, 300)).transpose());
    let note = faults.finish_with(note)?;
    let unknown = || Error::fault("/entry_id", Code::UnknownEntry);
    let row = find_correctable(tx.conn(), NAME, &setting.scope, request.entry_id)?;
    let kept = store::find_conference(tx.conn(), &setting.scope, row.record_id).map_err(|_| unknown())?;
    // Of all receivers: what a task says does not depend on who corrects the conference.
    let tasks = list_of_conference(tx.conn(), None, kept.id)?;
    let tasks: Vec<&ConcludedRow> = tasks.iter().filter(|row| row.task.status != TaskStatus::Withdrawn).collect();
    let conference = Conference::load(tx.conn(), kept)?;
    let told = conference.act(row.id).ok_or_else(|| Error::internal("the act to be corrected is not there"))?;
    let (changed, entries) = if request.withdraw {
        let counted: Vec<&ConcludedRow> = tasks.into_iter().filter(|row| row.task.is_counted()).collect();
        refuse_with(&setting.scope, &counted)?;
        change::withdraw(tx, setting, &conference, &row, note.as_deref())?
    } else {
        let mut holding = request.replaced(told);
        // Documents that are told already and that the caller does not see stay.
        let seen = documents::seen(tx.conn(), &setting.scope, &told.documents)?;
        let unseen = told.documents.iter().filter(|id| !seen.contains(id) && !holding.documents.contains(id));
        holding.documents.extend(unseen.copied().collect::<Vec<_>>());
        let on = request.held_on.map_or(row.occurred_on, Day::get);
        let hangs = |task: &&ConcludedRow| {
            let has_conclusion = holding.conclusions.iter().any(|one| one.number == task.conclusion);
            !has_conclusion || task.task.given_on < on
        };
        let hanging: Vec<&ConcludedRow> = tasks.into_iter().filter(hangs).collect();
        let decision = request.decision.clone().or_else(|| row.decision());
        let place = ("/held_on", on);
        let (holding, decision) =
            change::check(tx, setting, Faults::new(), place, &holding, (decision.as_ref(), &told.documents))?;
        let body = find_body(tx.conn(), &Scope::everything(), holding.body)?;
        if on != row.occurred_on && !body.is_some_and(|body| body.works_on(on)) {
            return Err(Error::new(Code::SteeringBodyNotActive).with("day", on));
        }
        refuse_with(&setting.scope, &hanging)?;
        change::replace(tx, setting, &conference, &row, (on, holding, decision, note))?
    };
    let outcome = if request.withdraw { CorrectionOutcome::Withdrawn } else { CorrectionOutcome::Restated };
    let corrected = CorrectedConference {
        conference_id: changed.kept.id,
        entry_id: changed.act.entry_id,
        corrects: row.entry_id,
        outcome,
    };
    Ok(((corrected, changed.kept.version), entries.into()))
}
