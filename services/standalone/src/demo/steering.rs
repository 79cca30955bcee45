//! Loading the demonstration's steering committees, and their documents.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use shared::access::Scope;
use shared::answers::Answers;
use shared::clock::vietnam_day;
use shared::journal::Entries;
use shared::published::Decision;
use shared::storage::{Act, Tx};
use shared::territory::AreaId;
use shared::{Day, Error, Id, Result, ResultExt};
use steering::Setting;
use steering::bodies::{
    self, BodyKind, BodyLevel, ChangeSeat, Changed, EstablishSteeringBody, LeavingReason, NewHolder, NewSeat,
    ReconstituteSteeringBody, SeatRole,
};

use super::documents::{self, DocumentLine, DutyLine};
use super::rows::{Recorded, read};
use crate::system::System;

const BODIES: &str = include_str!("../../demo/steering_bodies.csv");
const SEATS: &str = include_str!("../../demo/steering_seats.csv");

/// What an act does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum BodyChange {
    Establish,
    Reconstitute,
}

/// What an act does to a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SeatChange {
    Opens,
    Changes,
    Closes,
}

/// An act on a body.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct BodyLine {
    recorded_at: DateTime<Utc>,
    act: BodyChange,
    key: String,
    kind: Option<BodyKind>,
    level: Option<BodyLevel>,
    area: Option<AreaId>,
    committee: Option<String>,
    name: String,
    short_name: Option<String>,
    occurred_on: Day,
    term_ends_on: Option<Day>,
    decision_number: String,
    decided_on: Day,
    issuing_body: String,
}

impl Recorded for BodyLine {
    fn recorded_at(&self) -> DateTime<Utc> {
        self.recorded_at
    }
}

/// A line about steering, in one stream by the time it was recorded.
#[derive(Debug, Clone)]
pub(super) enum SteeringLine {
    Body(BodyLine),
    Document(DocumentLine),
    Duty(DutyLine),
}

impl Recorded for SteeringLine {
    fn recorded_at(&self) -> DateTime<Utc> {
        match self {
            Self::Body(line) => line.recorded_at,
            Self::Document(line) => line.recorded_at(),
            Self::Duty(line) => line.recorded_at(),
        }
    }
}

/// What the act of a body on a day does to a seat.
#[derive(Debug, Clone, Deserialize)]
struct SeatLine {
    body: String,
    occurred_on: Day,
    seat: String,
    change: SeatChange,
    role: Option<SeatRole>,
    reason: Option<LeavingReason>,
    name: Option<String>,
    office: Option<String>,
    agency: Option<String>,
}

impl SeatLine {
    fn holder(&self) -> Option<NewHolder> {
        let (name, office) = self.name.clone().zip(self.office.clone())?;
        Some(NewHolder { name, office, agency: self.agency.clone() })
    }
}

/// Bodies, their seats and documents by what the files call them.
#[derive(Debug, Default)]
pub(super) struct Keys {
    bodies: HashMap<String, Id>,
    documents: HashMap<String, Id>,
    seats: HashMap<(String, String), Id>,
}

impl Keys {
    pub(super) fn bodies(&self) -> &HashMap<String, Id> {
        &self.bodies
    }

    pub(super) fn documents(&self) -> &HashMap<String, Id> {
        &self.documents
    }
}

/// The lines, in the order in which they were recorded.
pub(super) fn lines() -> Result<Vec<SteeringLine>> {
    let bodies: Vec<BodyLine> = read("steering bodies", BODIES)?;
    let mut lines: Vec<SteeringLine> = bodies.into_iter().map(SteeringLine::Body).collect();
    lines.extend(documents::lines()?.into_iter().map(SteeringLine::Document));
    lines.extend(documents::duties()?.into_iter().map(SteeringLine::Duty));
    lines.sort_by_key(Recorded::recorded_at);
    Ok(lines)
}

/// Loads what was recorded at one instant, in one transaction.
pub(super) async fn load(system: &System, act: Act, lines: Vec<SteeringLine>, mut keys: Keys) -> Result<Keys> {
    let state = &system.steering;
    let (territory, vault) = (state.territory.get(), state.vault.clone());
    let setting = Setting { scope: Scope::everything(), territory, vault, today: vietnam_day(act.at) };
    let seats: Vec<SeatLine> = read("seats of steering bodies", SEATS)?;
    let work = move |tx: &mut Tx<'_>| {
        let mut entries = Vec::with_capacity(lines.len());
        for line in &lines {
            let made = match line {
                SteeringLine::Body(line) => load_body(tx, &setting, line, &seats, &mut keys)?,
                SteeringLine::Document(line) => {
                    let known = (&keys.bodies, &mut keys.documents);
                    let made = documents::load_one(tx, &setting, line, known);
                    made.doing(&format!("loading document {}", line.key))?
                }
                SteeringLine::Duty(line) => {
                    documents::load_duty(tx, &setting, line).doing(&format!("loading {}", line.title))?
                }
            };
            if let Entries::Of(made) = made {
                entries.extend(made);
            }
        }
        Ok((keys, entries.into()))
    };
    state.db.write(act, work).await
}

fn load_body(
    tx: &mut Tx<'_>,
    setting: &Setting,
    line: &BodyLine,
    seats: &[SeatLine],
    keys: &mut Keys,
) -> Result<Entries> {
    let on = line.occurred_on.get();
    let own: Vec<&SeatLine> = seats.iter().filter(|seat| is_of(seat, &line.key, on)).collect();
    let made = load_one(tx, setting, line, &own, keys);
    let (changed, made) = made.doing(&format!("loading {:?} of {}", line.act, line.key))?;
    keys.bodies.insert(line.key.clone(), changed.kept.id);
    // Seats are opened in the order of the lines.
    let opened = own.iter().filter(|seat| seat.change == SeatChange::Opens);
    for (seat, id) in opened.zip(changed.opened_on(on)) {
        keys.seats.insert((line.key.clone(), seat.seat.clone()), id);
    }
    Ok(made)
}

fn is_of(seat: &SeatLine, body: &str, on: NaiveDate) -> bool {
    seat.body == body && seat.occurred_on.get() == on
}

fn load_one(
    tx: &mut Tx<'_>,
    setting: &Setting,
    line: &BodyLine,
    seats: &[&SeatLine],
    keys: &mut Keys,
) -> Result<(Changed, Entries)> {
    let missing = |what: &str| Error::internal(format!("{} has no {what}", line.key));
    let body = |key: &String| keys.bodies.get(key).copied().ok_or_else(|| missing(key));
    let seat = |line: &SeatLine| {
        let id = keys.seats.get(&(line.body.clone(), line.seat.clone()));
        id.copied().ok_or_else(|| missing(&line.seat))
    };
    let decision = Decision {
        number: line.decision_number.clone(),
        decided_on: line.decided_on,
        issuing_body: line.issuing_body.clone(),
    };
    let of = |change: SeatChange| seats.iter().filter(move |seat| seat.change == change);
    let opened = of(SeatChange::Opens).map(|seat| {
        let role = seat.role.ok_or_else(|| missing("role"))?;
        Ok(NewSeat { role, holder: seat.holder() })
    });
    let opened = opened.collect::<Result<Vec<_>>>()?;
    if line.act == BodyChange::Reconstitute {
        let changed = of(SeatChange::Changes).map(|one| {
            let (seat_id, reason, holder) = (seat(one)?, one.reason, one.holder());
            Ok(ChangeSeat { seat_id, reason, holder })
        });
        let request = ReconstituteSteeringBody {
            occurred_on: line.occurred_on,
            decision,
            term_ends_on: line.term_ends_on,
            opened_seats: opened,
            changed_seats: changed.collect::<Result<_>>()?,
            closed_seats: of(SeatChange::Closes).map(|one| seat(one)).collect::<Result<_>>()?,
        };
        let kept = bodies::find_writable(tx, &setting.scope, body(&line.key)?)?;
        return bodies::reconstitute(tx, setting, kept, &request);
    }
    let request = EstablishSteeringBody {
        id: None,
        kind: line.kind.ok_or_else(|| missing("kind"))?,
        level: line.level,
        area: line.area.clone(),
        committee_id: line.committee.as_ref().map(body).transpose()?,
        name: line.name.clone(),
        short_name: line.short_name.clone(),
        established_on: line.occurred_on,
        term_ends_on: line.term_ends_on,
        decision,
        seats: opened,
        answers: Answers::default(),
    };
    bodies::establish(tx, setting, &request)
}
