//! Corrections of entries about a body: an act is recorded with other fields or withdrawn, never edited.

use serde::{Deserialize, Serialize};
use shared::acts::{CorrectionOutcome, KeptAct, find_correctable};
use shared::answers::Answers;
use shared::error::At;
use shared::journal::Entries;
use shared::published::Decision;
use shared::storage::Tx;
use shared::validate::{Faults, Wrong, line, person_name};
use shared::{Code, Day, Error, Id, Result};

use super::acts::BodyAct;
use super::change::{self, Body, NewAct};
use super::seats::{ChangedSeat, Holder, OpenedSeat};
use super::store;
use super::words::{BodyKind, LeavingReason, SeatRole, no_such_role, roles_of};
use crate::state::{NAME, Setting};

/// Replaces a journal entry about a body: `withdraw`, or at least one of the other fields beside `note`.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"entry_id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f", "occurred_on": "2026-03-03",
    "note": "Gõ nhầm ngày"}))]
pub struct CorrectSteeringBody {
    /// The entry that was wrong, in its latest correction.
    pub entry_id: Id,
    /// Whether it should never have been recorded.
    #[serde(default)]
    pub withdraw: bool,
    /// Why it is put right: at most 300 characters. It is kept encrypted, and is never in the journal.
    #[serde(default)]
    #[schema(max_length = 300)]
    pub note: Option<String>,
    /// The right day.
    #[serde(default)]
    pub occurred_on: Option<Day>,
    /// The right decision.
    #[serde(default)]
    pub decision: Option<Decision>,
    /// The right name, of an establishment.
    #[serde(default)]
    #[schema(max_length = 300)]
    pub name: Option<String>,
    /// The right short name, of an establishment; null where it has none.
    #[serde(default, with = "serde_with::rust::double_option")]
    #[schema(value_type = Option<String>, max_length = 100)]
    pub short_name: Option<Option<String>>,
    /// The right last day of the term, of an establishment or a reconstitution; null where the decision names none.
    #[serde(default, with = "serde_with::rust::double_option")]
    #[schema(value_type = Option<Day>)]
    pub term_ends_on: Option<Option<Day>>,
    /// What was wrong about seats that the act opened or changed. Where it left a seat out, or closed one wrongly, withdraw it and
    /// record it again.
    #[serde(default)]
    #[schema(max_items = 120)]
    pub seats: Option<Vec<CorrectSeat>>,
}

/// What was wrong about a seat: at least one field.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectSeat {
    /// The seat.
    pub seat_id: Id,
    /// What its holder is in the body, where the act opened it.
    #[serde(default)]
    pub role: Option<SeatRole>,
    /// Why the holder before left it, where the act changed it; null where nobody left it or nobody knows.
    #[serde(default, with = "serde_with::rust::double_option")]
    #[schema(value_type = Option<LeavingReason>)]
    pub reason: Option<Option<LeavingReason>>,
    /// Nobody took it: the holder was recorded by mistake. Not with `name`, `office` or `agency`.
    #[serde(default)]
    pub nobody: bool,
    /// The right name of who took it; with `office` where nobody was recorded.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub name: Option<String>,
    /// The right public office.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub office: Option<String>,
    /// The right agency; null where the office says it.
    #[serde(default, with = "serde_with::rust::double_option")]
    #[schema(value_type = Option<String>, max_length = 200)]
    pub agency: Option<Option<String>>,
}

/// What a correction brought about.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CorrectedSteeringBody {
    /// The body.
    pub steering_body_id: Id,
    /// The act that was corrected.
    pub act_id: Id,
    /// The new journal entry.
    pub entry_id: Id,
    /// The entry that it replaces.
    pub corrects: Id,
    /// `restated` or `withdrawn`.
    pub outcome: CorrectionOutcome,
}

impl CorrectSeat {
    /// The holder as it should have been recorded.
    fn holder(&self, faults: &mut Faults, pointer: &str, told: Option<&Holder>) -> Option<Holder> {
        if self.nobody {
            if self.has_text() {
                let wrong = Wrong::new(Code::AgainstEachOther).with("reason", "nobody, name, office, agency");
                faults.add(&format!("{pointer}/nobody"), wrong);
            }
            return None;
        }
        if !self.has_text() {
            return told.cloned();
        }
        let required = || Wrong::new(Code::Required);
        let name = match &self.name {
            Some(name) => person_name(name),
            None => told.map(|told| told.name.clone()).ok_or_else(required),
        };
        let office = match &self.office {
            Some(office) => line(office, 200),
            None => told.map(|told| told.office.clone()).ok_or_else(required),
        };
        let agency = match &self.agency {
            Some(agency) => agency.as_deref().map(|agency| line(agency, 200)).transpose(),
            None => Ok(told.and_then(|told| told.agency.clone())),
        };
        let name = faults.take(&format!("{pointer}/name"), name);
        let office = faults.take(&format!("{pointer}/office"), office);
        let agency = faults.take(&format!("{pointer}/agency"), agency);
        Some(Holder { id: told.map_or_else(Id::new, |told| told.id), name: name?, office: office?, agency: agency? })
    }

    fn has_text(&self) -> bool {
        self.name.is_some() || self.office.is_some() || self.agency.is_some()
    }

    fn is_empty(&self) -> bool {
        self.role.is_none() && self.reason.is_none() && !self.nobody && !self.has_text()
    }
}

impl CorrectSteeringBody {
    fn restates(&self) -> bool {
        self.occurred_on.is_some()
            || self.decision.is_some()
            || self.name.is_some()
            || self.short_name.is_some()
            || self.term_ends_on.is_some()
            || self.seats.as_ref().is_some_and(|seats| !seats.is_empty())
    }

    /// An act as it should have been: each field that is sent must be one that the act has.
    fn replaced(&self, faults: &mut Faults, told: &BodyAct, kind: BodyKind) -> BodyAct {
        let mut act = told.clone();
        let mut refuse = |field: &str, is_sent: bool| {
            if is_sent {
                faults.add(field, Wrong::new(Code::NotCorrectable));
            }
        };
        match &mut act {
            BodyAct::Establishment(act) => {
                act.name = self.name.clone().unwrap_or_else(|| act.name.clone());
                act.short_name = self.short_name.clone().unwrap_or_else(|| act.short_name.clone());
                act.term_ends_on = self.term_ends_on.unwrap_or(act.term_ends_on);
                self.replace_seats(faults, kind, &mut act.seats, &mut []);
            }
            BodyAct::Reconstitution(act) => {
                refuse("/name", self.name.is_some());
                refuse("/short_name", self.short_name.is_some());
                act.term_ends_on = self.term_ends_on.unwrap_or(act.term_ends_on);
                self.replace_seats(faults, kind, &mut act.opened_seats, &mut act.changed_seats);
            }
            BodyAct::Ending(_) => {
                refuse("/name", self.name.is_some());
                refuse("/short_name", self.short_name.is_some());
                refuse("/term_ends_on", self.term_ends_on.is_some());
                refuse("/seats", self.seats.is_some());
            }
        }
        act
    }

    fn replace_seats(
        &self,
        faults: &mut Faults,
        kind: BodyKind,
        opened: &mut [OpenedSeat],
        changed: &mut [ChangedSeat],
    ) {
        let seats = self.seats.as_deref().unwrap_or_default();
        for (place, seat) in seats.iter().enumerate() {
            let pointer = format!("/seats/{place}");
            if seats.iter().take(place).any(|before| before.seat_id == seat.seat_id) {
                faults.add(&format!("{pointer}/seat_id"), Wrong::new(Code::RepeatedValue));
            } else if seat.is_empty() {
                faults.add(&pointer, Wrong::new(Code::NothingDiffers));
            } else if let Some(told) = opened.iter_mut().find(|told| told.id == seat.seat_id) {
                if seat.reason.is_some() {
                    faults.add(&format!("{pointer}/reason"), Wrong::new(Code::NotCorrectable));
                }
                match seat.role {
                    Some(role) if roles_of(kind).contains(&role) => told.role = role,
                    Some(_) => faults.add(&format!("{pointer}/role"), no_such_role(kind)),
                    None => {}
                }
                told.holder = seat.holder(faults, &pointer, told.holder.as_ref());
            } else if let Some(told) = changed.iter_mut().find(|told| told.seat_id == seat.seat_id) {
                if seat.role.is_some() {
                    faults.add(&format!("{pointer}/role"), Wrong::new(Code::NotCorrectable));
                }
                told.reason = seat.reason.unwrap_or(told.reason);
                told.holder = seat.holder(faults, &pointer, told.holder.as_ref());
            } else {
                faults.add(&format!("{pointer}/seat_id"), Wrong::new(Code::UnknownSeat));
            }
        }
    }
}

/// How many seats one correction puts right at most: all that one act opens and changes.
const SEATS_MAX: usize = 120;

/// Corrects or withdraws an act on a body.
///
/// # Errors
/// `entry_already_corrected`, `acts_in_the_way`, `teams_remain`; the faults of the act itself.
pub(super) fn correct(
    tx: &mut Tx<'_>,
    setting: &Setting,
    request: &CorrectSteeringBody,
) -> Result<((CorrectedSteeringBody, i64), Entries)> {
    let mut faults = Faults::new();
    if request.withdraw == request.restates() {
        faults.add("/withdraw", Wrong::new(Code::NothingCorrected));
    }
    if request.seats.as_ref().is_some_and(|seats| seats.len() > SEATS_MAX) {
        faults.add("/seats", Wrong::new(Code::TooMany).with("max", SEATS_MAX));
    }
    let note = faults.take("/note", request.note.as_deref().map(|text| line(text, 300)).transpose());
    let note = faults.finish_with(note)?;
    let row = find_correctable(tx.conn(), NAME, &setting.scope, request.entry_id)?;
    let kept = store::find_body(tx.conn(), &setting.scope, row.record_id)?;
    // Entries of other acts of this service are corrected at other places.
    let kept = kept.ok_or_else(|| Error::fault("/entry_id", Code::UnknownEntry))?;
    let kind = kept.kind;
    let body = Body::load(tx.conn(), &setting.vault, kept)?;
    let (changed, entries) = if request.withdraw {
        change::withdraw(tx, setting, &body, &row, note.as_deref())?
    } else {
        let new = replacement(request, (&body, kind), &row, note)?;
        change::replace(tx, setting, &body, &row, new).map_err(told_at_request)?
    };
    let outcome = if request.withdraw { CorrectionOutcome::Withdrawn } else { CorrectionOutcome::Restated };
    let corrected = CorrectedSteeringBody {
        steering_body_id: changed.kept.id,
        act_id: row.id,
        entry_id: changed.act.entry_id,
        corrects: row.entry_id,
        outcome,
    };
    Ok(((corrected, changed.kept.version), entries))
}

/// The faults of an act are told at the fields of the request, which names seats in a list of its own.
fn told_at_request(error: Error) -> Error {
    let of_seats = ["/opened_seats", "/changed_seats", "/closed_seats"];
    if error.field_faults().is_empty() {
        return error;
    }
    let faults = error.field_faults().iter().cloned().map(|mut fault| {
        if let At::Pointer(pointer) = &fault.at
            && of_seats.iter().any(|field| pointer.starts_with(field))
        {
            let field = if fault.code == Code::NothingDiffers { "/term_ends_on" } else { "/seats" };
            fault.at = At::Pointer(field.to_owned());
        }
        fault
    });
    Error::faults(faults.collect())
}

fn replacement(
    request: &CorrectSteeringBody,
    (body, kind): (&Body, BodyKind),
    row: &KeptAct,
    note: Option<String>,
) -> Result<(Faults, NewAct)> {
    let told = body.act(row.id).ok_or_else(|| Error::internal("the act to be corrected is not there"))?;
    let mut faults = Faults::new();
    let act = request.replaced(&mut faults, told, kind);
    let decision = request.decision.clone().or_else(|| row.decision());
    let decision = decision.ok_or_else(|| Error::internal("an act on a body without a decision"))?;
    let on = request.occurred_on.map_or(row.occurred_on, Day::get);
    Ok((faults, NewAct { act, on, decision, note, answers: Answers::default(), is_placed: true }))
}
