//! The seats of a body, and who holds them from day to day.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::{Code, Error, Id, Result};

use super::words::{LeavingReason, SeatRole};

/// How many seats a body has at most at one time.
pub const SEATS_MAX: usize = 60;

/// Somebody who holds a seat in public office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Names this holding of this seat.
    pub id: Id,
    /// The public office.
    pub office: String,
    /// The agency in which that is.
    pub agency: Option<String>,
    /// The person's name. It is sealed apart.
    #[serde(skip)]
    pub name: String,
}

/// A seat that an act opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedSeat {
    /// The seat.
    pub id: Id,
    /// What its holder is in the body.
    pub role: SeatRole,
    /// Who holds it from that day on.
    pub holder: Option<Holder>,
}

/// A seat whose holder an act changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedSeat {
    /// The seat.
    pub seat_id: Id,
    /// Why its holder leaves it.
    pub reason: Option<LeavingReason>,
    /// Who holds it from that day on.
    pub holder: Option<Holder>,
}

/// For how long somebody holds a seat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Who.
    pub holder: Holder,
    /// The first day.
    pub from_on: NaiveDate,
    /// The first day on which the person holds it no more.
    pub until_on: Option<NaiveDate>,
    /// Why it ended.
    pub reason: Option<LeavingReason>,
}

/// A seat with all who held it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// The seat.
    pub id: Id,
    /// What its holder is in the body.
    pub role: SeatRole,
    /// The first day.
    pub opened_on: NaiveDate,
    /// The first day on which it is there no more.
    pub closed_on: Option<NaiveDate>,
    /// Who held it, in order.
    pub holdings: Vec<Holding>,
}

impl Seat {
    fn new(opened: &OpenedSeat, on: NaiveDate) -> Self {
        let mut seat = Self { id: opened.id, role: opened.role, opened_on: on, closed_on: None, holdings: Vec::new() };
        seat.take(opened.holder.as_ref(), on);
        seat
    }

    fn take(&mut self, holder: Option<&Holder>, on: NaiveDate) {
        let begun = |holder: &Holder| Holding { holder: holder.clone(), from_on: on, until_on: None, reason: None };
        self.holdings.extend(holder.map(begun));
    }

    fn leave(&mut self, on: NaiveDate, reason: Option<LeavingReason>) {
        if let Some(held) = self.holdings.last_mut().filter(|held| held.until_on.is_none()) {
            (held.until_on, held.reason) = (Some(on), reason);
        }
    }

    /// Whether it is there.
    pub fn is_open(&self) -> bool {
        self.closed_on.is_none()
    }

    /// Whether somebody holds it at the end of a day.
    pub fn is_held_on(&self, on: NaiveDate) -> bool {
        let is_there = self.opened_on <= on && self.closed_on.is_none_or(|closed_on| on < closed_on);
        let is_in = |held: &Holding| held.from_on <= on && held.until_on.is_none_or(|until_on| on < until_on);
        is_there && self.holdings.iter().any(is_in)
    }

    /// Who holds it.
    pub fn held(&self) -> Option<&Holding> {
        self.holdings.last().filter(|held| held.until_on.is_none())
    }
}

/// Opens seats on a day.
///
/// # Errors
/// `too_many_seats` beyond 60; `seat_role_taken` where there would be two of what a body has once.
pub fn open(seats: &mut Vec<Seat>, opened: &[OpenedSeat], on: NaiveDate) -> Result<()> {
    seats.extend(opened.iter().map(|one| Seat::new(one, on)));
    if seats.iter().filter(|seat| seat.is_open()).count() > SEATS_MAX {
        return Err(Error::new(Code::TooManySeats).with("max", SEATS_MAX));
    }
    for role in [SeatRole::Head, SeatRole::StandingDeputy] {
        if seats.iter().filter(|seat| seat.is_open() && seat.role == role).count() > 1 {
            let role: &'static str = role.into();
            return Err(Error::new(Code::SeatRoleTaken).with("seat_role", role));
        }
    }
    Ok(())
}

/// Changes who holds seats, on a day.
///
/// # Errors
/// `unknown_seat` for a seat that is not there on the day; `seat_is_empty` for a reason to leave a seat that nobody holds;
/// `required` where nothing would change.
pub fn change(seats: &mut [Seat], changed: &[ChangedSeat], on: NaiveDate) -> Result<()> {
    for (place, one) in changed.iter().enumerate() {
        let seat = find_open(seats, one.seat_id, &format!("/changed_seats/{place}/seat_id"))?;
        if seat.held().is_none() && one.holder.is_none() {
            return Err(Error::fault(&format!("/changed_seats/{place}/holder"), Code::Required));
        }
        if seat.held().is_none() && one.reason.is_some() {
            return Err(Error::fault(&format!("/changed_seats/{place}/reason"), Code::SeatIsEmpty));
        }
        seat.leave(on, one.reason);
        seat.take(one.holder.as_ref(), on);
    }
    Ok(())
}

/// Closes seats on a day.
///
/// # Errors
/// `unknown_seat` for a seat that is not there on the day.
pub fn close(seats: &mut [Seat], closed: &[Id], on: NaiveDate) -> Result<()> {
    for (place, id) in closed.iter().enumerate() {
        let seat = find_open(seats, *id, &format!("/closed_seats/{place}"))?;
        seat.leave(on, None);
        seat.closed_on = Some(on);
    }
    Ok(())
}

/// Closes all seats: the body ends.
pub fn close_all(seats: &mut [Seat], on: NaiveDate) {
    for seat in seats.iter_mut().filter(|seat| seat.is_open()) {
        seat.leave(on, None);
        seat.closed_on = Some(on);
    }
}

fn find_open<'a>(seats: &'a mut [Seat], id: Id, pointer: &str) -> Result<&'a mut Seat> {
    let found = seats.iter_mut().find(|seat| seat.id == id && seat.is_open());
    found.ok_or_else(|| Error::fault(pointer, Code::UnknownSeat))
}

/// How many seats there are, how many of them nobody holds, and whether somebody heads the body.
pub fn counted(seats: &[Seat]) -> (i64, i64, bool) {
    let open = || seats.iter().filter(|seat| seat.is_open());
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let has_head = open().any(|seat| seat.role == SeatRole::Head && seat.held().is_some());
    (count(open().count()), count(open().filter(|seat| seat.held().is_none()).count()), has_head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn holder(office: &str) -> Option<Holder> {
        Some(Holder { id: Id::new(), office: office.to_owned(), agency: None, name: "Giả Định A".to_owned() })
    }

    fn code(result: Result<()>) -> Vec<Code> {
        let error = result.expect_err("refused");
        let faults: Vec<Code> = error.field_faults().iter().map(|fault| fault.code).collect();
        if faults.is_empty() { vec![error.code()] } else { faults }
    }

    #[test]
    fn a_seat_stays_when_its_holder_leaves_and_a_body_has_one_head() {
        let (head, member) = (Id::new(), Id::new());
        let seat = |id: Id, role: SeatRole, office: &str| OpenedSeat { id, role, holder: holder(office) };
        let mut seats = Vec::new();
        let opened = [seat(head, SeatRole::Head, "Bí thư"), seat(member, SeatRole::Member, "Trưởng ban")];
        open(&mut seats, &opened, day("2022-01-10")).expect("two seats");
        assert_eq!(counted(&seats), (2, 0, true));

        let left = ChangedSeat { seat_id: head, reason: Some(LeavingReason::Retired), holder: None };
        change(&mut seats, std::slice::from_ref(&left), day("2022-03-01")).expect("the head leaves");
        assert_eq!(counted(&seats), (2, 1, false));
        assert_eq!(code(change(&mut seats, std::slice::from_ref(&left), day("2022-03-02"))), [Code::Required]);
        let reasoned = ChangedSeat { holder: holder("Bí thư"), ..left };
        assert_eq!(code(change(&mut seats, std::slice::from_ref(&reasoned), day("2022-03-02"))), [Code::SeatIsEmpty]);
        let taken = ChangedSeat { reason: None, ..reasoned };
        change(&mut seats, &[taken], day("2022-04-01")).expect("another head");
        assert_eq!((counted(&seats), seats[0].holdings.len()), ((2, 0, true), 2));
        let held = |on: &str| seats[0].is_held_on(day(on));
        assert!(!held("2022-01-09") && held("2022-01-10") && held("2022-02-28"));
        assert!(!held("2022-03-01") && !held("2022-03-31") && held("2022-04-01"));
        assert_eq!(seats[0].holdings[0].until_on, Some(day("2022-03-01")));

        let second = [seat(Id::new(), SeatRole::Head, "Phó Bí thư")];
        assert_eq!(code(open(&mut seats.clone(), &second, day("2022-05-01"))), [Code::SeatRoleTaken]);
        close(&mut seats, &[head], day("2022-05-01")).expect("the seat is closed");
        open(&mut seats, &second, day("2022-05-01")).expect("another seat of the head");
        assert_eq!(code(close(&mut seats, &[head], day("2022-06-01"))), [Code::UnknownSeat]);
        close_all(&mut seats, day("2022-07-01"));
        assert_eq!(counted(&seats), (0, 0, false));
    }
}
