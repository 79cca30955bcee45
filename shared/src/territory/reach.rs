//! The areas that a grant covers.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::NaiveDate;

use super::{AreaId, Resolution, Share, Territory};

/// The units that a grant over one area reaches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// Units whose records may be read.
    pub readable: BTreeSet<AreaId>,
    /// Units whose records may be written, while the grant's own unit is in force.
    pub writable: BTreeSet<AreaId>,
    /// The unit itself, and those of which it is a part, also by what became of them: what is kept there for all of their parts may be
    /// read.
    pub within: BTreeSet<AreaId>,
    /// Whether all units that there are may be read.
    pub is_all: bool,
}

impl Reach {
    /// The ids of the units that may be read, for a query's filter; nothing where they are all that there are.
    #[must_use]
    pub fn readable_ids(&self) -> Option<Vec<String>> {
        (!self.is_all).then(|| self.readable.iter().map(AreaId::to_string).collect())
    }
}

impl Territory {
    /// Returns what a grant over a unit reaches: its subtree, and the former units that went into any of
    /// these wholly or but for a sliver. A part of a split unit may be read by each receiver; only the
    /// level above the split writes there.
    #[must_use]
    pub fn reach(&self, grant: &AreaId) -> Arc<Reach> {
        if self.find(grant).is_none() {
            return Arc::default();
        }
        let known = self.reaches.read().ok().and_then(|reaches| reaches.get(grant).cloned());
        known.unwrap_or_else(|| {
            let reach = Arc::new(self.find_reach(grant));
            if let Ok(mut reaches) = self.reaches.write() {
                reaches.insert(grant.clone(), Arc::clone(&reach));
            }
            reach
        })
    }

    /// Says whether a commune belongs to one of some areas on a day: to one of them, to what became of it, or to what went
    /// into these. A part of a split unit belongs to each receiver, since nobody can say.
    #[must_use]
    pub fn belongs(&self, commune: &AreaId, areas: &[AreaId], on: NaiveDate) -> bool {
        let origins = self.origins_of(commune).iter().filter(|origin| origin.share.is_followed());
        let mut same: Vec<AreaId> = origins.map(|origin| origin.from_id.clone()).collect();
        if let Resolution::In(now) = self.resolve(commune, on) {
            same.push(now);
        }
        let (mut open, mut seen) = (areas.to_vec(), BTreeSet::new());
        while let Some(area) = open.pop() {
            let reach = self.reach(&area);
            if reach.readable.contains(commune) || same.iter().any(|one| reach.writable.contains(one)) {
                return true;
            }
            if seen.insert(area.clone()) {
                let became = self.successions_of(&area).iter().filter_map(|one| one.to_id.clone());
                open.extend(became.filter(|one| !seen.contains(one)));
            }
        }
        false
    }

    fn find_reach(&self, grant: &AreaId) -> Reach {
        let writable = self.closure(grant, Share::is_followed);
        let readable = self.closure(grant, |share| share.is_followed() || share == Share::Part);
        let is_all = readable.len() == self.areas.len();
        Reach { readable, writable, within: self.above(grant), is_all }
    }

    /// The units in which a unit lies: itself, the former units that went into it wholly or but for a sliver, the units above any of
    /// these, and what became of those wholly or but for a sliver.
    fn above(&self, unit: &AreaId) -> BTreeSet<AreaId> {
        let (mut formers, mut open) = (BTreeSet::new(), vec![unit.clone()]);
        while let Some(id) = open.pop() {
            if formers.insert(id.clone()) {
                let origins = self.origins_of(&id).iter().filter(|origin| origin.share.is_followed());
                open.extend(origins.map(|origin| origin.from_id.clone()));
            }
        }
        let (mut reached, mut open) = (BTreeSet::new(), Vec::from_iter(formers));
        while let Some(id) = open.pop() {
            if reached.contains(&id) {
                continue;
            }
            open.extend(self.find(&id).and_then(|area| area.parent_id.clone()));
            let became = self.successions_of(&id).iter().filter(|one| one.share.is_followed());
            open.extend(became.filter_map(|one| one.to_id.clone()));
            reached.insert(id);
        }
        reached
    }

    fn closure(&self, start: &AreaId, follows: impl Fn(Share) -> bool) -> BTreeSet<AreaId> {
        let mut reached = BTreeSet::new();
        let mut open = vec![start.clone()];
        while let Some(id) = open.pop() {
            if reached.contains(&id) {
                continue;
            }
            open.extend(self.children(&id).iter().cloned());
            let origins = self.origins_of(&id).iter().filter(|origin| follows(origin.share));
            open.extend(origins.map(|origin| origin.from_id.clone()));
            reached.insert(id);
        }
        reached
    }
}
