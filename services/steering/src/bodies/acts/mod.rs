//! The acts on a steering body. Each act is one file: its request, its conditions, what it does to the body, and what its journal
//! entry says.

mod ending;
mod establishment;
mod reconstitution;

pub use ending::{EndSteeringBody, Ending, end};
pub use establishment::{EstablishSteeringBody, Establishment, establish};
pub use reconstitution::{ChangeSeat, ReconstituteSteeringBody, Reconstitution, reconstitute};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::acts::{ActPlace, Acts, Rank, Told};
use shared::journal::Published;
use shared::published::Decision;
use shared::published::steering_body::SteeringBodyState;
use shared::territory::{AreaId, Resolution};
use shared::validate::{Faults, Wrong, line, person_name};
use shared::{Code, Day, Error, Id, Result};

use super::seats::{ChangedSeat, Holder, OpenedSeat, SEATS_MAX, Seat, counted};
use super::words::{BodyKind, BodyLevel, BodyStatus, SeatRole, no_such_role, roles_of};
use crate::state::Setting;

/// A body as its acts make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded {
    pub id: Id,
    pub kind: BodyKind,
    pub level: BodyLevel,
    pub area: AreaId,
    pub committee: Option<Id>,
    pub name: String,
    pub short_name: Option<String>,
    /// `Withdrawn` before it is established.
    pub status: BodyStatus,
    pub established_on: NaiveDate,
    pub term_ends_on: Option<NaiveDate>,
    pub ended_on: Option<NaiveDate>,
    /// The day of the latest establishment or reconstitution.
    pub changed_on: NaiveDate,
    pub seats: Vec<Seat>,
}

impl Folded {
    fn active(&self, on: NaiveDate) -> Result<()> {
        match self.status {
            BodyStatus::Active => Ok(()),
            BodyStatus::Ended | BodyStatus::Withdrawn => Err(Error::new(Code::SteeringBodyNotActive).with("day", on)),
        }
    }

    /// The body as its entries tell it.
    fn published(&self, decision: Option<Decision>) -> SteeringBodyState {
        let (seats, empty_seats, has_head) = counted(&self.seats);
        SteeringBodyState {
            body: self.id,
            kind: self.kind,
            level: self.level,
            area: self.area.clone(),
            committee: self.committee,
            term_ends_on: self.term_ends_on.map(Day::stored),
            seats,
            empty_seats,
            has_head,
            decision,
        }
    }
}

/// What was done about a body, as it is kept: the fields that a correction may replace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum BodyAct {
    Establishment(Establishment),
    Reconstitution(Reconstitution),
    Ending(Ending),
}

impl BodyAct {
    pub(super) fn act(&self) -> &dyn Act {
        match self {
            Self::Establishment(act) => act,
            Self::Reconstitution(act) => act,
            Self::Ending(act) => act,
        }
    }

    /// The last day of the term that it sets.
    pub(super) fn term_ends_on(&self) -> Option<Day> {
        match self {
            Self::Establishment(act) => act.term_ends_on,
            Self::Reconstitution(act) => act.term_ends_on,
            Self::Ending(_) => None,
        }
    }

    /// Those who take seats by it.
    pub(super) fn holders(&mut self) -> Vec<&mut Holder> {
        match self {
            Self::Establishment(act) => act.seats.iter_mut().filter_map(|seat| seat.holder.as_mut()).collect(),
            Self::Reconstitution(act) => {
                let opened = act.opened_seats.iter_mut().filter_map(|seat| seat.holder.as_mut());
                opened.chain(act.changed_seats.iter_mut().filter_map(|seat| seat.holder.as_mut())).collect()
            }
            Self::Ending(_) => Vec::new(),
        }
    }
}

impl Acts for BodyAct {
    type State = Folded;

    fn rank(&self) -> Rank {
        self.act().rank()
    }

    fn apply(&self, before: &Folded, on: NaiveDate) -> Result<Folded> {
        self.act().apply(before, on)
    }
}

/// One kind of act on a body.
pub trait Act {
    /// Where it stands among the acts of one day.
    fn rank(&self) -> Rank;

    /// Returns the body after it.
    ///
    /// # Errors
    /// What is impossible.
    fn apply(&self, before: &Folded, on: NaiveDate) -> Result<Folded>;

    /// Checks the fields beside day and decision, and returns the act as it is kept.
    fn checked(&self, faults: &mut Faults, case: &Case<'_>) -> Option<BodyAct>;

    /// The field of its day, where it is recorded first.
    fn day_field(&self) -> &'static str {
        "/occurred_on"
    }

    /// What its journal entry says.
    ///
    /// # Errors
    /// Fails when the payload cannot be written as JSON.
    fn tell(&self, telling: &Telling<'_>) -> Result<Told>;
}

/// What an act is judged by.
pub struct Case<'a> {
    /// Whose scope, which areas, which day.
    pub setting: &'a Setting,
    /// Whether it is not recorded yet.
    pub is_new: bool,
    /// The body before it.
    pub before: &'a Folded,
    /// The day it happened.
    pub on: NaiveDate,
    /// Whether it is known where the body works.
    pub is_placed: bool,
    /// Whether the conditions of its decision are judged: not where a correction changes neither its day nor a term.
    pub is_judged: bool,
}

impl Case<'_> {
    /// Demands that the area of the body is there on the day, or went as a whole into one that is.
    fn check_area_lives(&self, faults: &mut Faults, field: &str) {
        if self.on > self.setting.today {
            return;
        }
        let (area, territory) = (&self.before.area, &self.setting.territory);
        if let Resolution::In(_) = territory.resolve(area, self.on) {
            return;
        }
        let name = territory.find(area).map_or_else(|| area.to_string(), |area| area.name.clone());
        let field = if self.is_new { field } else { "/occurred_on" };
        faults.add(field, Wrong::new(Code::AreaNotInForce).with("area", name).with("day", self.on));
    }
}

/// The body that an act is about.
pub struct Telling<'a> {
    /// The body after it.
    pub after: &'a Folded,
    /// The day it happened.
    pub on: NaiveDate,
    /// Its decision.
    pub decision: Option<Decision>,
}

impl Telling<'_> {
    pub(super) fn entry<P: Published>(&self, payload: &P) -> Result<Told> {
        let (record, area) = (self.after.id, self.after.area.clone());
        let subject = format!("/v1/steering-bodies/{record}");
        Told::of(payload, subject, self.on, ActPlace { record, organisation: None, area, count: 1 })
    }

    pub(super) fn body(&self) -> SteeringBodyState {
        self.after.published(self.decision.clone())
    }
}

/// Somebody who takes a seat, in public office.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHolder {
    /// The person's full name: at most 100 characters. It is encrypted; that of somebody in a support team is masked in answers.
    #[schema(max_length = 100)]
    pub name: String,
    /// The public office: at most 200 characters.
    #[schema(max_length = 200)]
    pub office: String,
    /// The agency, where the office does not say it: at most 200 characters.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub agency: Option<String>,
}

/// A seat of a body.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSeat {
    /// What its holder is in the body. A body has one `head` and one `standing_deputy` at most; `standing_member` is for
    /// committees only.
    pub role: SeatRole,
    /// Who holds it; left out: nobody yet.
    #[serde(default)]
    pub holder: Option<NewHolder>,
}

impl NewHolder {
    fn held(&self) -> Holder {
        Holder { id: Id::new(), office: self.office.clone(), agency: self.agency.clone(), name: self.name.clone() }
    }
}

impl NewSeat {
    fn opened(&self) -> OpenedSeat {
        OpenedSeat { id: Id::new(), role: self.role, holder: self.holder.as_ref().map(NewHolder::held) }
    }
}

fn checked_holder(faults: &mut Faults, pointer: &str, holder: &Holder) -> Option<Holder> {
    let name = faults.take(&format!("{pointer}/name"), person_name(&holder.name));
    let office = faults.take(&format!("{pointer}/office"), line(&holder.office, 200));
    let agency = holder.agency.as_deref().map(|agency| line(agency, 200)).transpose();
    let agency = faults.take(&format!("{pointer}/agency"), agency);
    Some(Holder { id: holder.id, office: office?, agency: agency?, name: name? })
}

/// Checks who takes a seat, if anybody does.
fn checked_or_none(faults: &mut Faults, pointer: &str, holder: Option<&Holder>) -> Option<Option<Holder>> {
    match holder {
        Some(holder) => checked_holder(faults, pointer, holder).map(Some),
        None => Some(None),
    }
}

/// Checks seats that are opened in a body of some kind.
fn checked_opened(faults: &mut Faults, field: &str, kind: BodyKind, opened: &[OpenedSeat]) -> Option<Vec<OpenedSeat>> {
    if opened.len() > SEATS_MAX {
        faults.add(field, Wrong::new(Code::TooMany).with("max", SEATS_MAX));
        return None;
    }
    let mut checked = Vec::with_capacity(opened.len());
    for (place, seat) in opened.iter().enumerate() {
        if !roles_of(kind).contains(&seat.role) {
            faults.add(&format!("{field}/{place}/role"), no_such_role(kind));
        }
        let holder = checked_or_none(faults, &format!("{field}/{place}/holder"), seat.holder.as_ref());
        checked.push(holder.map(|holder| OpenedSeat { holder, ..seat.clone() }));
    }
    checked.into_iter().collect()
}

/// Checks seats whose holders change.
fn checked_changed(faults: &mut Faults, changed: &[ChangedSeat]) -> Option<Vec<ChangedSeat>> {
    if changed.len() > SEATS_MAX {
        faults.add("/changed_seats", Wrong::new(Code::TooMany).with("max", SEATS_MAX));
        return None;
    }
    let mut checked = Vec::with_capacity(changed.len());
    for (place, seat) in changed.iter().enumerate() {
        if changed.iter().take(place).any(|before| before.seat_id == seat.seat_id) {
            faults.add(&format!("/changed_seats/{place}/seat_id"), Wrong::new(Code::RepeatedValue));
        }
        let holder = checked_or_none(faults, &format!("/changed_seats/{place}/holder"), seat.holder.as_ref());
        checked.push(holder.map(|holder| ChangedSeat { holder, ..seat.clone() }));
    }
    checked.into_iter().collect()
}

/// Checks the last day of a term.
fn checked_term(faults: &mut Faults, on: NaiveDate, ends_on: Option<Day>) {
    if ends_on.is_some_and(|ends_on| ends_on.get() < on) {
        faults.add("/term_ends_on", Wrong::new(Code::EndBeforeBeginning).with("from_on", on));
    }
}
