//! Loading the demonstration's conference, its tasks, and what became of them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use shared::access::Scope;
use shared::clock::vietnam_day;
use shared::journal::Entries;
use shared::published::Decision;
use shared::published::conference::ConferenceKind;
use shared::storage::{Act, Tx};
use shared::{Day, Error, Id, Result, ResultExt};
use steering::Setting;
use steering::conferences::{self, ConcludedTask, HoldConference, NewConclusion, Participant};
use steering::tasks::{self, Acceptance, Acknowledgement, NewReceiver, Report, Return, Start, TaskAct};

use super::rows::read;
use crate::system::System;

const CONFERENCES: &str = include_str!("../../demo/conferences.csv");
const CONCLUSIONS: &str = include_str!("../../demo/conclusions.csv");
const ACTS: &str = include_str!("../../demo/task_acts.csv");

/// Who judges what others reported.
const GIVER: &str = "service:demonstration of the giver";
/// Who reports.
const RECEIVER: &str = "service:demonstration of the receiver";

#[derive(Debug, Clone, Deserialize)]
struct ConferenceLine {
    recorded_at: DateTime<Utc>,
    key: String,
    body: String,
    kind: ConferenceKind,
    title: String,
    held_on: Day,
    chair_office: String,
    participants: String,
    agenda: String,
    documents: String,
    notice_number: String,
    notice_on: Day,
    notice_issuer: String,
    is_open_below: bool,
}

#[derive(Debug, Clone, Deserialize)]
struct ConclusionLine {
    conference: String,
    number: i64,
    text: String,
    task: String,
    due_on: Day,
    receivers: String,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TaskChange {
    Acknowledge,
    Start,
    Report,
    Return,
    Accept,
}

#[derive(Debug, Clone, Deserialize)]
struct TaskActLine {
    recorded_at: DateTime<Utc>,
    conference: String,
    conclusion: i64,
    receiver: String,
    act: TaskChange,
    occurred_on: Day,
    text: Option<String>,
}

impl TaskActLine {
    fn actor(&self) -> &'static str {
        match self.act {
            TaskChange::Acknowledge | TaskChange::Start | TaskChange::Report => RECEIVER,
            TaskChange::Return | TaskChange::Accept => GIVER,
        }
    }

    fn act(&self, actor: &str) -> TaskAct {
        let (text, by) = (self.text.clone().unwrap_or_default(), vec![actor.to_owned()]);
        match self.act {
            TaskChange::Acknowledge => TaskAct::Acknowledgement(Acknowledgement {}),
            TaskChange::Start => TaskAct::Start(Start {}),
            TaskChange::Report => TaskAct::Report(Report { text, by }),
            TaskChange::Return => TaskAct::Return(Return { reason: text, by }),
            TaskChange::Accept => TaskAct::Acceptance(Acceptance { by }),
        }
    }
}

/// Tasks by conference, conclusion and receiver, as the files call them.
type Tasks = HashMap<(String, i64, String), Id>;

fn setting(system: &System, at: DateTime<Utc>) -> Setting {
    let state = &system.steering;
    let (territory, vault) = (state.territory.get(), state.vault.clone());
    Setting { scope: Scope::everything(), territory, vault, today: vietnam_day(at) }
}

fn act(at: DateTime<Utc>) -> Act {
    Act { actor: super::load::ACTOR.to_owned(), at, batch: Some(Id::new()) }
}

/// Loads the conferences with their tasks, and the acts on those; `bodies` and `documents` are what the files call them.
pub(super) async fn load(system: &System, bodies: &HashMap<String, Id>, documents: &HashMap<String, Id>) -> Result<()> {
    let lines: Vec<ConferenceLine> = read("conferences", CONFERENCES)?;
    let conclusions: Vec<ConclusionLine> = read("conclusions", CONCLUSIONS)?;
    let mut tasks = Tasks::new();
    for line in lines {
        let own: Vec<ConclusionLine> = conclusions.iter().filter(|one| one.conference == line.key).cloned().collect();
        tasks.extend(hold(system, line, own, (bodies, documents)).await?);
    }
    let acts: Vec<TaskActLine> = read("acts on tasks", ACTS)?;
    for line in acts {
        let setting = setting(system, line.recorded_at);
        let key = (line.conference.clone(), line.conclusion, line.receiver.clone());
        let task = *tasks.get(&key).ok_or_else(|| Error::internal(format!("there is no task {key:?}")))?;
        // Those who report and those who judge are two.
        let by = Act { actor: line.actor().to_owned(), ..act(line.recorded_at) };
        let work = move |tx: &mut Tx<'_>| {
            let act = line.act(tx.actor());
            let made = tasks::record(tx, &setting, task, act, line.occurred_on.get());
            Ok(((), made.doing(&format!("loading {:?} of {key:?}", line.act))?.into()))
        };
        system.steering.db.write(by, work).await?;
    }
    Ok(())
}

async fn hold(
    system: &System,
    line: ConferenceLine,
    conclusions: Vec<ConclusionLine>,
    (bodies, documents): (&HashMap<String, Id>, &HashMap<String, Id>),
) -> Result<Tasks> {
    let missing = |what: &str| Error::internal(format!("{} names {what}, which is not there", line.key));
    let find = |keys: &HashMap<String, Id>, key: &str| keys.get(key).copied().ok_or_else(|| missing(key));
    let split = |text: &str| text.split(';').filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let receivers = |text: &str| {
        let one = |key: &String| Ok(NewReceiver { body_id: find(bodies, key)?, seat_id: None });
        split(text).iter().map(one).collect::<Result<Vec<_>>>()
    };
    let conclusion = |one: &ConclusionLine| {
        let (title, receivers) = (one.task.clone(), receivers(&one.receivers)?);
        let task = ConcludedTask { title, details: None, due_on: one.due_on, receivers };
        Ok(NewConclusion { number: one.number, text: one.text.clone(), tasks: vec![task] })
    };
    let request = HoldConference {
        id: None,
        body_id: find(bodies, &line.body)?,
        kind: line.kind,
        title: line.title.clone(),
        held_on: line.held_on,
        chair_office: line.chair_office.clone(),
        participants: split(&line.participants)
            .into_iter()
            .map(|office| Participant { office, agency: None })
            .collect(),
        agenda: split(&line.agenda),
        document_ids: split(&line.documents).iter().map(|key| find(documents, key)).collect::<Result<_>>()?,
        conclusions: conclusions.iter().map(conclusion).collect::<Result<_>>()?,
        decision: Some(Decision {
            number: line.notice_number.clone(),
            decided_on: line.notice_on,
            issuing_body: line.notice_issuer.clone(),
        }),
        is_open_below: line.is_open_below,
    };
    let setting = setting(system, line.recorded_at);
    let work = move |tx: &mut Tx<'_>| {
        let (kept, entries): (_, Entries) = conferences::hold(tx, &setting, &request)?;
        Ok((tasks::list_given(tx.conn(), kept.id)?, entries))
    };
    let given = system.steering.db.write(act(line.recorded_at), work).await?;
    let names: HashMap<Id, &String> = bodies.iter().map(|(key, id)| (*id, key)).collect();
    let named = |(conclusion, receiver, task): (i64, Id, Id)| {
        let receiver = names.get(&receiver).ok_or_else(|| missing("a receiver"))?;
        Ok(((line.key.clone(), conclusion, (*receiver).clone()), task))
    };
    given.into_iter().map(named).collect()
}
