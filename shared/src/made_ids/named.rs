//! The ids that a request names, and their bounds.

use chrono::{DateTime, TimeDelta, Utc};

use crate::validate::{Faults, Wrong};
use crate::{Code, Id};

/// How old the time in an id may be: phones are long offline.
const DAYS_BACK_MAX: i64 = 60;
/// How far the caller's clock may be ahead of the server's.
const MINUTES_AHEAD_MAX: i64 = 5;

/// A request that creates something.
pub trait NamesIds {
    /// The ids that the caller made, each with the place of its field: first that of the record which `Location` names.
    fn named_ids(&self) -> Vec<(&'static str, Option<Id>)>;
}

/// The ids that a request names for what it creates, with the request.
#[derive(Debug, Clone)]
pub struct NamedIds {
    pub(super) ids: Vec<(&'static str, Id)>,
    /// What was sent, in a form that does not depend on spaces and on the order of fields; empty where no id was sent.
    pub(super) content: String,
    /// SHA-256 of the bytes sent.
    pub(crate) body_hash: [u8; 32],
}

impl NamedIds {
    /// The ids of a request with its content.
    #[must_use]
    pub(crate) fn new(ids: Vec<(&'static str, Id)>, content: String, body_hash: [u8; 32]) -> Self {
        Self { ids, content, body_hash }
    }

    /// What is wrong with the ids at an instant.
    pub(super) fn faults(&self, at: DateTime<Utc>) -> Faults {
        let times = at - TimeDelta::days(DAYS_BACK_MAX)..=at + TimeDelta::minutes(MINUTES_AHEAD_MAX);
        let mut faults = Faults::new();
        for (place, (pointer, id)) in self.ids.iter().enumerate() {
            let is_repeated = self.ids.iter().take(place).any(|(_, before)| before == id);
            match id.made_at() {
                None => faults.add(pointer, Wrong::new(Code::IdNotV7)),
                Some(made_at) if !times.contains(&made_at) => faults.add(
                    pointer,
                    Wrong::new(Code::IdTimeOutOfRange).with("days", DAYS_BACK_MAX).with("minutes", MINUTES_AHEAD_MAX),
                ),
                Some(_) if is_repeated => faults.add(pointer, Wrong::new(Code::RepeatedValue)),
                Some(_) => {}
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_at(at: &str) -> Id {
        let at: DateTime<Utc> = at.parse().expect("an instant");
        Id::made_at_instant(at)
    }

    #[test]
    fn an_id_has_version_seven_and_a_time_near_the_clock() {
        let at: DateTime<Utc> = "2022-06-30T08:00:00Z".parse().expect("an instant");
        let refused = |id: Id| {
            let named = NamedIds::new(vec![("/id", id)], String::new(), [0; 32]);
            named.faults(at).finish().err().and_then(|error| error.field_faults().first().map(|fault| fault.code))
        };
        for (id, code) in [
            (id_at("2022-06-30T08:00:00Z"), None),
            (id_at("2022-05-01T08:00:00Z"), None),
            (id_at("2022-05-01T07:59:59.999Z"), Some(Code::IdTimeOutOfRange)),
            (id_at("2022-06-30T08:05:00Z"), None),
            (id_at("2022-06-30T08:05:00.001Z"), Some(Code::IdTimeOutOfRange)),
            (Id::derived("a name"), Some(Code::IdNotV7)),
            (Id::from_bytes([0; 16]), Some(Code::IdNotV7)),
            (Id::from_bytes([0xff; 16]), Some(Code::IdNotV7)),
        ] {
            assert_eq!(refused(id), code, "{id}");
        }
    }

    #[test]
    fn one_id_names_one_record() {
        let at: DateTime<Utc> = "2022-06-30T08:00:00Z".parse().expect("an instant");
        let id = id_at("2022-06-30T08:00:00Z");
        let named = NamedIds::new(vec![("/id", id), ("/membership_id", id)], String::new(), [0; 32]);
        let error = named.faults(at).finish().expect_err("the same id twice");
        let faults: Vec<Code> = error.field_faults().iter().map(|fault| fault.code).collect();
        assert_eq!(faults, [Code::RepeatedValue]);
    }
}
