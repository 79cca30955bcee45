//! Data positions: the instants as of which figures are counted.
//!
//! Each second the service stores how far it has read the journals. An answer counts up to the newest stored row, and
//! shows its instant. Sequence numbers are never shown: they would reveal to a reader of one commune that something
//! was recorded in another.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, SecondsFormat, TimeDelta, Utc};
use diesel::prelude::*;
use shared::clock::Clock;
use shared::follow::{FollowerHandle, find_cursor};
use shared::journal::head_seq;
use shared::storage::{Act, AnyConnection, Db, Tx};
use shared::{Code, Error, Moment, Result};

use super::store;
use crate::schema::positions;

const PAUSE: Duration = Duration::from_secs(1);
/// While nothing is served yet.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// How far into each journal an answer looks, and as of which instant that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The place in enterprise-registry's journal.
    pub registry: i64,
    /// The place in membership's journal.
    pub membership: i64,
    /// The place in this service's own journal.
    pub reporting: i64,
    /// The instant.
    pub at: DateTime<Utc>,
}

/// A position as callers know it: the instant, and the version of the catalogue that it was counted with, written
/// `2022-07-01T02:03:04.000000Z~0a1b2c`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The instant, in whole microseconds.
    pub at: DateTime<Utc>,
    /// The catalogue's version.
    pub catalogue: String,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}~{}", self.at.to_rfc3339_opts(SecondsFormat::Micros, true), self.catalogue)
    }
}

impl FromStr for Mark {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let unknown = || Error::new(Code::PositionUnknown);
        let (at, catalogue) = text.split_once('~').ok_or_else(unknown)?;
        let at = at.parse::<Moment>().map_err(|_| unknown())?.get();
        Ok(Self { at, catalogue: catalogue.to_owned() })
    }
}

/// What `as_of` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AsOf {
    /// What is known now.
    Now,
    /// What was known at a time, counted with the catalogue of today.
    Time(DateTime<Utc>),
    /// What an earlier answer looked at.
    Mark(Mark),
}

impl AsOf {
    /// Reads a position or an instant.
    ///
    /// # Errors
    /// `position_unknown`.
    pub fn parse(text: Option<&str>) -> Result<Self> {
        let Some(text) = text else { return Ok(Self::Now) };
        match text.parse::<Moment>() {
            Ok(at) => Ok(Self::Time(at.get())),
            Err(_) => text.parse().map(Self::Mark),
        }
    }

    /// Resolves to a position.
    ///
    /// # Errors
    /// `projection_building` before the journals were first read to their heads; `position_unknown` for an instant
    /// after the one that was noted last, or for another catalogue.
    pub fn resolve(&self, conn: &mut AnyConnection, catalogue: &str) -> Result<Position> {
        let last = find_last(conn)?.ok_or_else(|| Error::new(Code::ProjectionBuilding))?;
        let at = match self {
            Self::Now => return Ok(last.position_at(last.last_at.and_utc())),
            Self::Time(at) => *at,
            Self::Mark(mark) if mark.catalogue == catalogue => mark.at,
            Self::Mark(_) => return Err(Error::new(Code::PositionUnknown)),
        };
        if at > last.last_at.and_utc() {
            return Err(Error::new(Code::PositionUnknown));
        }
        let noted: Option<Noted> = positions::table
            .filter(positions::noted_at.le(at.naive_utc()))
            .order(positions::noted_at.desc())
            .select(Noted::as_select())
            .limit(1)
            .get_result(conn)
            .optional()?;
        match noted {
            Some(noted) => Ok(noted.position_at(at)),
            // Earlier than this service reads: what was recorded until then.
            None => Ok(Position {
                registry: store::seq_at(conn, "enterprise-registry", at)?,
                membership: store::seq_at(conn, "membership", at)?,
                // What is covered is not known by time: the statements of today speak of those days.
                reporting: last.reporting_seq,
                at,
            }),
        }
    }
}

/// How far each journal was read between two instants.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = positions)]
struct Noted {
    noted_at: NaiveDateTime,
    last_at: NaiveDateTime,
    registry_seq: i64,
    membership_seq: i64,
    reporting_seq: i64,
}

impl Noted {
    fn position_at(&self, at: DateTime<Utc>) -> Position {
        Position { registry: self.registry_seq, membership: self.membership_seq, reporting: self.reporting_seq, at }
    }

    fn places(&self) -> [i64; 3] {
        [self.registry_seq, self.membership_seq, self.reporting_seq]
    }
}

fn find_last(conn: &mut AnyConnection) -> Result<Option<Noted>> {
    Ok(positions::table
        .order(positions::noted_at.desc())
        .select(Noted::as_select())
        .limit(1)
        .get_result(conn)
        .optional()?)
}

/// Notes how far the journals have been read. Where nothing is new, the instant moves on only while both journals
/// can be read: a position says until when everything was known. Returns whether there is anything to serve.
///
/// # Errors
/// Fails when the database does.
pub async fn note_position(db: &Db, followers: &[FollowerHandle], clock: &Clock) -> Result<bool> {
    let is_current = followers.iter().map(FollowerHandle::part).all(|part| part.is_current());
    let act = Act { actor: format!("service:{}", crate::state::NAME), at: clock.now(), batch: None };
    db.note(act, move |tx| note(tx, is_current)).await
}

fn note(tx: &mut Tx<'_>, is_current: bool) -> Result<bool> {
    // Two replicas note into one table: instants and places go up together.
    tx.serialise("positions")?;
    let now = tx.at().naive_utc();
    let conn = tx.conn();
    let (Some(registry_seq), Some(membership_seq)) =
        (applied(conn, "enterprise-registry")?, applied(conn, "membership")?)
    else {
        return Ok(false);
    };
    let reporting_seq = head_seq(conn)?;
    let new = Noted { noted_at: now, last_at: now, registry_seq, membership_seq, reporting_seq };
    match find_last(conn)? {
        Some(last) if last.places() == new.places() => {
            if is_current && now > last.last_at {
                diesel::update(positions::table.filter(positions::noted_at.eq(last.noted_at)))
                    .set(positions::last_at.eq(now))
                    .execute(conn)?;
            }
        }
        Some(last) => {
            // A clock that was set back does not turn instants round.
            let noted_at = now.max(last.last_at + TimeDelta::microseconds(1));
            diesel::insert_into(positions::table).values(Noted { noted_at, last_at: noted_at, ..new }).execute(conn)?;
        }
        None => {
            diesel::insert_into(positions::table).values(new).execute(conn)?;
        }
    }
    Ok(true)
}

/// Notes how far the journals have been read, each second.
pub async fn note_for_ever(db: Db, followers: Vec<FollowerHandle>, clock: Clock) {
    loop {
        let noted = note_position(&db, &followers, &clock).await;
        if let Err(error) = &noted {
            log::warn!("how far the journals were read was not noted: {error:?}");
        }
        let is_first_near = matches!(noted, Ok(false));
        tokio::time::sleep(if is_first_near { FIRST_PAUSE } else { PAUSE }).await;
    }
}

/// Says whether the followed journals were ever read to their heads: before that nothing is served.
///
/// # Errors
/// Fails when the database does.
pub fn is_built(conn: &mut AnyConnection) -> Result<bool> {
    Ok(applied(conn, "enterprise-registry")?.is_some() && applied(conn, "membership")?.is_some())
}

/// How far a journal was read, once it was read to its head.
fn applied(conn: &mut AnyConnection, source: &str) -> Result<Option<i64>> {
    let cursor = find_cursor(conn, source)?.filter(|cursor| cursor.first_caught_up_at.is_some());
    Ok(cursor.map(|cursor| cursor.seq))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_read_as_it_is_written() {
        let at = DateTime::parse_from_rfc3339("2022-07-01T02:03:04.000500Z").expect("an instant").to_utc();
        let mark = Mark { at, catalogue: "0a1b2c".to_owned() };
        let text = "2022-07-01T02:03:04.000500Z~0a1b2c";
        assert_eq!(mark.to_string(), text);
        assert_eq!(text.parse::<Mark>().expect("a position"), mark);
        for bad in ["", "~", "2022-07-01~0a1b2c", "yesterday", "registry.1~membership.1", "0001-01-01T00:00:00Z~x"] {
            assert!(AsOf::parse(Some(bad)).is_err(), "{bad}");
        }
    }
}
