//! Positions: how far into each journal, with which catalogue.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use shared::follow::find_cursor;
use shared::journal::head_seq;
use shared::storage::AnyConnection;
use shared::{Code, Error, Moment, Result};

use super::store;

/// How far into each journal an answer looked, and with which catalogue it counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The place in enterprise-registry's journal.
    pub registry: i64,
    /// The place in membership's journal.
    pub membership: i64,
    /// The place in this service's own journal.
    pub reporting: i64,
    /// The catalogue's version.
    pub catalogue: String,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { registry, membership, reporting, catalogue } = self;
        write!(f, "registry.{registry}~membership.{membership}~reporting.{reporting}~catalogue.{catalogue}")
    }
}

impl FromStr for Position {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let unknown = || Error::new(Code::PositionUnknown);
        let mut parts = text.split('~').map(|part| part.split_once('.').unwrap_or_default());
        let mut next = |name: &str| parts.next().filter(|(named, _)| *named == name).map(|(_, value)| value);
        let seq = |value: Option<&str>| value.and_then(|value| value.parse::<i64>().ok()).ok_or_else(unknown);
        Ok(Self {
            registry: seq(next("registry"))?,
            membership: seq(next("membership"))?,
            reporting: seq(next("reporting"))?,
            catalogue: next("catalogue").map(str::to_owned).ok_or_else(unknown)?,
        })
    }
}

/// What `as_of` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AsOf {
    /// What is known now.
    Now,
    /// What was known at a time.
    Time(DateTime<Utc>),
    /// What an earlier answer looked at.
    Position(Position),
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
            Err(_) => text.parse().map(Self::Position),
        }
    }

    /// Resolves to a position.
    ///
    /// # Errors
    /// `projection_building` before the journals were first read to their heads; `position_unknown` for a
    /// position beyond what is known, or of another catalogue.
    pub fn resolve(&self, conn: &mut AnyConnection, catalogue: &str) -> Result<Position> {
        let now = Position {
            registry: applied(conn, "enterprise-registry")?,
            membership: applied(conn, "membership")?,
            reporting: head_seq(conn)?,
            catalogue: catalogue.to_owned(),
        };
        match self {
            Self::Now => Ok(now),
            Self::Time(at) => Ok(Position {
                registry: store::seq_at(conn, "enterprise-registry", *at)?,
                membership: store::seq_at(conn, "membership", *at)?,
                // What is covered is not known by time: the statements of today speak of those days.
                ..now
            }),
            Self::Position(asked) => {
                let is_known = asked.registry <= now.registry
                    && asked.membership <= now.membership
                    && asked.reporting <= now.reporting
                    && asked.catalogue == now.catalogue;
                if is_known { Ok(asked.clone()) } else { Err(Error::new(Code::PositionUnknown)) }
            }
        }
    }
}

/// Says whether the followed journals were ever read to their heads: before that nothing is served.
///
/// # Errors
/// Fails when the database does.
pub fn is_built(conn: &mut AnyConnection) -> Result<bool> {
    for source in ["enterprise-registry", "membership"] {
        if find_cursor(conn, source)?.is_none_or(|cursor| cursor.first_caught_up_at.is_none()) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn applied(conn: &mut AnyConnection, source: &str) -> Result<i64> {
    let cursor = find_cursor(conn, source)?.filter(|cursor| cursor.first_caught_up_at.is_some());
    cursor.map(|cursor| cursor.seq).ok_or_else(|| Error::new(Code::ProjectionBuilding))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_read_as_it_is_written() {
        let position = Position { registry: 1201, membership: 48, reporting: 1, catalogue: "0a1b2c".to_owned() };
        let text = "registry.1201~membership.48~reporting.1~catalogue.0a1b2c";
        assert_eq!(position.to_string(), text);
        assert_eq!(text.parse::<Position>().expect("a position"), position);
        for bad in ["", "registry.1", "membership.1~registry.1~reporting.0~catalogue.x", "registry.x~membership.1"] {
            assert!(bad.parse::<Position>().is_err(), "{bad}");
        }
    }
}
