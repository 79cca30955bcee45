//! The economic units that the registry's entries were about since the last scan for findings: the follower notes them, the
//! scan looks at them.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use shared::Id;

/// How many units are remembered for those who look for findings.
const UNITS_MAX: usize = 20_000;

/// The units that the registry's entries were about since this process started. The scan of everything at the start covers
/// earlier ones.
#[derive(Debug, Default)]
pub struct ToldUnits(Mutex<Units>);

#[derive(Debug, Default)]
struct Units {
    /// How many were forgotten before the first one that is remembered.
    forgotten: usize,
    told: VecDeque<Id>,
    /// Those of the transaction that is not committed yet.
    next: Vec<Id>,
}

impl ToldUnits {
    fn with<T>(&self, change: impl FnOnce(&mut Units) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes a unit that an entry is about, in a transaction that is not committed yet.
    pub fn note(&self, unit: Id) {
        self.with(|units| units.next.push(unit));
    }

    /// The units that were noted can be looked at: the transaction is committed.
    pub fn commit(&self) {
        self.with(|units| {
            units.told.extend(std::mem::take(&mut units.next));
            let over = units.told.len().saturating_sub(UNITS_MAX);
            units.told.drain(..over);
            units.forgotten += over;
        });
    }

    /// Another replica applied the registry's entries, so it is not known here which units they were about: the next scan is
    /// one of everything.
    pub fn miss(&self) {
        self.with(|units| {
            units.next.clear();
            units.forgotten += units.told.len() + 1;
            units.told.clear();
        });
    }

    /// The units noted after a position in this list, and the position after the last one. Nothing if some were dropped.
    pub(crate) fn after(&self, place: usize) -> (Option<BTreeSet<Id>>, usize) {
        self.with(|units| {
            let remembered = place.checked_sub(units.forgotten);
            let told = remembered.map(|skipped| units.told.iter().skip(skipped).copied().collect());
            (told, units.forgotten + units.told.len())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_seen_once_they_are_committed_by_each_who_looks_and_not_for_ever() {
        let units = ToldUnits::default();
        let (one, other) = (Id::new(), Id::new());
        units.note(one);
        assert_eq!(units.after(0), (Some(BTreeSet::new()), 0), "not committed");
        units.commit();
        units.note(other);
        units.commit();
        assert_eq!(units.after(0), (Some(BTreeSet::from([one, other])), 2));
        assert_eq!(units.after(1), (Some(BTreeSet::from([other])), 2));
        for _ in 0..UNITS_MAX {
            units.note(Id::new());
        }
        units.commit();
        assert_eq!(units.after(1), (None, UNITS_MAX + 2), "some are forgotten");
        assert_eq!(units.after(UNITS_MAX + 1).0.map(|told| told.len()), Some(1));
        let (_, place) = units.after(UNITS_MAX + 1);
        units.miss();
        let (told, next) = units.after(place);
        assert_eq!((told, units.after(next)), (None, (Some(BTreeSet::new()), next)), "another replica was told");
    }
}
