//! The act that reconstitutes a body (kiện toàn): one decision opens and closes seats, and changes who holds them.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::acts::{Rank, Told};
use shared::answers::Answers;
use shared::journal::Entries;
use shared::published::Decision;
use shared::published::steering_body::SteeringBodyReconstituted;
use shared::storage::Tx;
use shared::validate::{Faults, Wrong};
use shared::{Code, Day, Id, Result};

use super::super::change::{self, Changed, NewAct};
use super::super::seats::{ChangedSeat, OpenedSeat, SEATS_MAX, change as change_holders, close, open};
use super::super::store::KeptBody;
use super::super::words::LeavingReason;
use super::{Act, BodyAct, Case, Folded, NewHolder, NewSeat, Telling, checked_changed, checked_opened, checked_term};
use crate::state::Setting;

/// Reconstitutes a body: at least one seat is opened, changed or closed, or its term is set.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"occurred_on": "2026-06-10", "decision": {"number": "31-QĐ/ĐU", "decided_on": "2026-06-09",
    "issuing_body": "Đảng ủy xã Giả Định"}, "opened_seats": [{"role": "deputy", "holder": {"name": "Trần Văn Giả Định",
    "office": "Chủ tịch Ủy ban nhân dân xã"}}]}))]
pub struct ReconstituteSteeringBody {
    /// The day from which it is so: not after today, not before the decision.
    pub occurred_on: Day,
    /// The decision.
    pub decision: Decision,
    /// The new last day of its term; left out: as before.
    #[serde(default)]
    pub term_ends_on: Option<Day>,
    /// Seats that are there from that day on: at most 60 with those that are there.
    #[serde(default)]
    #[schema(max_items = 60)]
    pub opened_seats: Vec<NewSeat>,
    /// Seats that somebody else holds from that day on, or nobody.
    #[serde(default)]
    #[schema(max_items = 60)]
    pub changed_seats: Vec<ChangeSeat>,
    /// Seats that are there no more from that day on.
    #[serde(default)]
    #[schema(max_items = 60)]
    pub closed_seats: Vec<Id>,
}

/// Changes who holds a seat.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeSeat {
    /// The seat.
    pub seat_id: Id,
    /// Why its holder leaves it; not for a seat that nobody holds.
    #[serde(default)]
    pub reason: Option<LeavingReason>,
    /// Who holds it from that day on; left out: nobody.
    #[serde(default)]
    pub holder: Option<NewHolder>,
}

/// A reconstitution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconstitution {
    /// The new last day of the term.
    pub term_ends_on: Option<Day>,
    /// Seats that it opens.
    pub opened_seats: Vec<OpenedSeat>,
    /// Seats whose holders it changes.
    pub changed_seats: Vec<ChangedSeat>,
    /// Seats that it closes.
    pub closed_seats: Vec<Id>,
}

impl Act for Reconstitution {
    fn rank(&self) -> Rank {
        Rank::Moves
    }

    fn apply(&self, before: &Folded, on: NaiveDate) -> Result<Folded> {
        before.active(on)?;
        let mut seats = before.seats.clone();
        close(&mut seats, &self.closed_seats, on)?;
        change_holders(&mut seats, &self.changed_seats, on)?;
        open(&mut seats, &self.opened_seats, on)?;
        let term_ends_on = self.term_ends_on.map(Day::get).or(before.term_ends_on);
        Ok(Folded { seats, term_ends_on, changed_on: on, ..before.clone() })
    }

    fn checked(&self, faults: &mut Faults, case: &Case<'_>) -> Option<BodyAct> {
        checked_term(faults, case.on, self.term_ends_on);
        case.check_area_lives(faults, "/occurred_on");
        let is_over = |ends_on: &NaiveDate| *ends_on < case.on && self.term_ends_on.is_none() && case.is_judged;
        let over = case.before.term_ends_on.filter(is_over);
        if let Some(ends_on) = over {
            faults.add("/term_ends_on", Wrong::new(Code::TermOver).with("term_ends_on", ends_on));
        }
        let seats = self.opened_seats.len() + self.changed_seats.len() + self.closed_seats.len();
        if seats == 0 && self.term_ends_on.is_none() {
            faults.add("/changed_seats", Wrong::new(Code::NothingDiffers));
        }
        if self.closed_seats.len() > SEATS_MAX {
            faults.add("/closed_seats", Wrong::new(Code::TooMany).with("max", SEATS_MAX));
            return None;
        }
        for (place, id) in self.closed_seats.iter().enumerate() {
            if self.closed_seats.iter().take(place).any(|before| before == id) {
                faults.add(&format!("/closed_seats/{place}"), Wrong::new(Code::RepeatedValue));
            }
        }
        let opened = checked_opened(faults, "/opened_seats", case.before.kind, &self.opened_seats);
        let changed = checked_changed(faults, &self.changed_seats);
        let act = Self { opened_seats: opened?, changed_seats: changed?, ..self.clone() };
        Some(BodyAct::Reconstitution(act))
    }

    fn tell(&self, telling: &Telling<'_>) -> Result<Told> {
        telling.entry(&SteeringBodyReconstituted(telling.body()))
    }
}

/// Reconstitutes a body, also on a day before acts that are recorded.
///
/// # Errors
/// All faults of the request at once; `steering_body_not_active`, `seat_role_taken`, `acts_in_the_way`.
pub fn reconstitute(
    tx: &mut Tx<'_>,
    setting: &Setting,
    kept: KeptBody,
    request: &ReconstituteSteeringBody,
) -> Result<(Changed, Entries)> {
    let changed = |seat: &ChangeSeat| ChangedSeat {
        seat_id: seat.seat_id,
        reason: seat.reason,
        holder: seat.holder.as_ref().map(NewHolder::held),
    };
    let act = Reconstitution {
        term_ends_on: request.term_ends_on,
        opened_seats: request.opened_seats.iter().map(NewSeat::opened).collect(),
        changed_seats: request.changed_seats.iter().map(changed).collect(),
        closed_seats: request.closed_seats.clone(),
    };
    let new = NewAct {
        act: BodyAct::Reconstitution(act),
        on: request.occurred_on.get(),
        decision: request.decision.clone(),
        note: None,
        answers: Answers::default(),
        is_placed: true,
    };
    change::add(tx, setting, kept, new)
}
