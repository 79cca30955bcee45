//! Acts, and how a record's state is computed from them: its valid acts are applied in the order of their days.
//!
//! - An **act** is one thing decided or done about one record on a day.
//! - Acts are ordered by day, on one day by rank, and within a rank in the order of recording. An act that is
//!   replaced keeps its place in the order of recording.
//! - The **fold** applies one act after the other to the state before it. An impossible act (an end of what has not
//!   begun, a second beginning) stops it, whichever act was added, replaced or removed.
//! - A [`Record`] is folded again at each change, and [`tell`] writes journal entries for what became different.

mod kept;
mod notes;
mod record;
mod schema;
mod unmet;
mod verify;

pub use kept::{
    ActStatus, ActVersion, CorrectionOutcome, KeptAct, find_correctable, find_like, list_acts_on, list_all_acts_on,
    list_records_like, list_unmet, list_unmet_of, list_versions_on, remove_papers, remove_sealed,
};
pub use notes::{open_note, seal_note};
pub use record::{ActPlace, Change, ChangedAct, Content, Record, Tells, Told, in_the_way, tell, tell_all_anew};
pub use schema::acts;
pub use unmet::{AllLost, Lost, Unmet, forgive, judge_all, keep_judged, keep_unmet};
pub use verify::verify_records;

use std::cmp::Ordering;

use chrono::{NaiveDate, NaiveDateTime};

use crate::{Error, Id, Result};

/// Where an act stands among those of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// The record begins.
    Begins,
    /// The record goes on, in another state.
    Moves,
    /// The record goes on with less: some of those that it counts leave.
    Lessens,
    /// The record ends.
    Ends,
    /// The record begins again after an end.
    BeginsAgain,
}

/// What an act does to the state of its record.
pub trait Acts {
    /// The state of the record.
    type State: Clone;

    /// Where it stands among the acts of one day.
    fn rank(&self) -> Rank;

    /// Returns the state after the act.
    ///
    /// # Errors
    /// What is impossible in the state before it.
    fn apply(&self, before: &Self::State, on: NaiveDate) -> Result<Self::State>;
}

/// An act that counts.
#[derive(Debug, Clone)]
pub struct Living<A> {
    /// The act's id.
    pub id: Id,
    /// The day it happened.
    pub occurred_on: NaiveDate,
    /// The instant at which it was first recorded.
    pub recorded_at: NaiveDateTime,
    /// What it does.
    pub act: A,
}

impl<A: Acts> Living<A> {
    fn place(&self) -> (NaiveDate, Rank, NaiveDateTime, Id) {
        (self.occurred_on, self.act.rank(), self.recorded_at, self.id)
    }

    /// Compares the places of two acts of one record.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Ordering {
        self.place().cmp(&other.place())
    }
}

/// An act with the states before and after it.
#[derive(Debug, Clone)]
pub struct Step<'a, A: Acts> {
    /// The act.
    pub living: &'a Living<A>,
    /// The state before it.
    pub before: A::State,
    /// The state after it.
    pub after: A::State,
}

/// The first act that is impossible, and how many acts there are from it on.
#[derive(Debug)]
pub struct Impossible {
    /// The act.
    pub act: Id,
    /// How many acts there are from it on.
    pub count: usize,
    /// What is impossible about it.
    pub error: Error,
}

/// Folds acts, which are put in order, from the state in which nothing has happened.
///
/// # Errors
/// The first act that is impossible.
pub fn fold<'a, A: Acts>(
    start: &A::State,
    acts: &'a mut [Living<A>],
) -> std::result::Result<Vec<Step<'a, A>>, Impossible> {
    acts.sort_by(Living::compare);
    let all = acts.len();
    let mut before = start.clone();
    let mut steps = Vec::with_capacity(all);
    for living in &*acts {
        let after = living.act.apply(&before, living.occurred_on).map_err(|error| Impossible {
            act: living.id,
            count: all - steps.len(),
            error,
        })?;
        steps.push(Step { living, before, after: after.clone() });
        before = after;
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code;

    #[derive(Debug, Clone)]
    enum Light {
        On,
        Brighter,
        Off,
    }

    impl Acts for Light {
        type State = Option<u32>;

        fn rank(&self) -> Rank {
            match self {
                Self::On => Rank::Begins,
                Self::Brighter => Rank::Moves,
                Self::Off => Rank::Ends,
            }
        }

        fn apply(&self, before: &Option<u32>, _: NaiveDate) -> Result<Option<u32>> {
            match (self, before) {
                (Self::On, None) => Ok(Some(1)),
                (Self::Brighter, Some(by)) => Ok(Some(by + 1)),
                (Self::Off, Some(_)) => Ok(None),
                _ => Err(Error::new(Code::MembershipNotActive)),
            }
        }
    }

    fn acts(told: &[(&str, Light)]) -> Vec<Living<Light>> {
        let living = |(day, act): &(&str, Light)| Living {
            id: Id::new(),
            occurred_on: day.parse().expect("a day"),
            recorded_at: NaiveDateTime::default(),
            act: act.clone(),
        };
        told.iter().map(living).collect()
    }

    #[test]
    fn acts_are_folded_by_day_and_rank_however_they_came() {
        let mut told = acts(&[
            ("2022-02-01", Light::Off),
            ("2022-01-15", Light::Brighter),
            ("2022-01-01", Light::Brighter),
            ("2022-01-01", Light::On),
        ]);
        let steps = fold(&None, &mut told).expect("a life");
        assert_eq!(steps.iter().map(|step| step.after).collect::<Vec<_>>(), [Some(1), Some(2), Some(3), None]);
    }

    #[test]
    fn the_first_impossible_act_is_named_with_how_many_follow() {
        let mut told = acts(&[("2022-01-01", Light::On), ("2022-01-02", Light::Off), ("2022-01-03", Light::Brighter)]);
        let last = told[2].id;
        let impossible = fold(&None, &mut told).expect_err("it is off");
        assert_eq!((impossible.act, impossible.count), (last, 1));
    }
}
