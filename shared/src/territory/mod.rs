//! Territory: administrative units as a tree with a time axis. Pure functions over an immutable snapshot, without
//! HTTP or storage.
//!
//! An area keeps its id from its first day to its last: `12004@2025-07-01`, or `12004@origin` if it was in force
//! before the data begin. A code alone is not enough, because codes are used again after mergers. Counts are per
//! commune. Each commune of an earlier date is part of exactly one commune of a later date, except communes that were
//! split or whose successor is not known. Those are undecided until a person decides.

mod area;
mod asked;
mod reach;
mod resolve;
#[cfg(test)]
mod tests;

pub use area::{Area, AreaId, AreaLevel, Share, Succession};
pub use asked::AreaAsked;
pub use reach::Reach;
pub use resolve::Resolution;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock, RwLock};

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

/// An immutable snapshot of all areas and what became of them.
#[derive(Debug, Default)]
pub struct Territory {
    areas: BTreeMap<AreaId, Area>,
    children: HashMap<AreaId, Vec<AreaId>>,
    after: HashMap<AreaId, Vec<Succession>>,
    before: HashMap<AreaId, Vec<Succession>>,
    /// What grants reach, as far as it was asked: every request asks it.
    reaches: RwLock<HashMap<AreaId, Arc<Reach>>>,
    /// A hash of all of it, once it was asked.
    said: OnceLock<[u8; 32]>,
}

impl Territory {
    /// Builds a snapshot.
    #[must_use]
    pub fn new(areas: Vec<Area>, successions: Vec<Succession>) -> Self {
        let mut territory = Self::default();
        for area in areas {
            if let Some(parent) = &area.parent_id {
                territory.children.entry(parent.clone()).or_default().push(area.id.clone());
            }
            territory.areas.insert(area.id.clone(), area);
        }
        for succession in successions {
            if let Some(to) = &succession.to_id {
                territory.before.entry(to.clone()).or_default().push(succession.clone());
            }
            territory.after.entry(succession.from_id.clone()).or_default().push(succession);
        }
        territory
    }

    /// Returns the unit with an id.
    #[must_use]
    pub fn find(&self, id: &AreaId) -> Option<&Area> {
        self.areas.get(id)
    }

    /// Returns the unit that bore a bare code on a day.
    #[must_use]
    pub fn find_by_code(&self, code: &str, on: NaiveDate) -> Option<&Area> {
        self.areas.values().find(|area| area.code == code && area.is_in_force(on))
    }

    /// All units, by id.
    pub fn areas(&self) -> impl Iterator<Item = &Area> {
        self.areas.values()
    }

    /// What became of a unit.
    #[must_use]
    pub fn successions_of(&self, id: &AreaId) -> &[Succession] {
        self.after.get(id).map_or(&[], Vec::as_slice)
    }

    /// What went into a unit.
    #[must_use]
    pub fn origins_of(&self, id: &AreaId) -> &[Succession] {
        self.before.get(id).map_or(&[], Vec::as_slice)
    }

    /// Returns the communes in force on a day.
    #[must_use]
    pub fn leaves(&self, on: NaiveDate) -> Vec<&Area> {
        self.areas.values().filter(|area| area.level == AreaLevel::Commune && area.is_in_force(on)).collect()
    }

    /// Returns the way from the root to a unit, both included. A unit's parent never changes: a new
    /// parent that comes with a merger makes a new unit.
    #[must_use]
    pub fn path(&self, id: &AreaId) -> Vec<&Area> {
        let mut path = Vec::new();
        let mut next = self.areas.get(id);
        while let Some(area) = next {
            path.push(area);
            next = area.parent_id.as_ref().and_then(|parent| self.areas.get(parent));
        }
        path.reverse();
        path
    }

    /// Returns a unit's level-`level` ancestor, itself included.
    #[must_use]
    pub fn ancestor(&self, id: &AreaId, level: AreaLevel) -> Option<&Area> {
        self.path(id).into_iter().find(|area| area.level == level)
    }

    /// Returns the direct parts of a unit, of whatever time.
    #[must_use]
    pub fn children(&self, id: &AreaId) -> &[AreaId] {
        self.children.get(id).map_or(&[], Vec::as_slice)
    }

    /// A hash of the areas, of what became of them, and of how much of that has come into force by a day: it differs where a
    /// record's present area may differ.
    #[must_use]
    pub fn fingerprint(&self, on: NaiveDate) -> [u8; 32] {
        let said = self.said.get_or_init(|| self.hash());
        let areas = self.areas.values().flat_map(|area| [area.valid_from, area.valid_to]).flatten();
        let days = areas.chain(self.after.values().flatten().map(|succession| succession.effective_on));
        let since = days.filter(|day| *day <= on).max();
        Sha256::new().chain_update(said).chain_update(format!("{since:?}")).finalize().into()
    }

    fn hash(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        for (id, area) in &self.areas {
            let Area { code, level, unit_type, name, name_en, parent_id, valid_from, valid_to, .. } = area;
            hasher.update(format!(
                "{:?}\n",
                (id, code, level, unit_type, name, name_en, parent_id, valid_from, valid_to)
            ));
            for Succession { to_id, effective_on, share, legal_basis, confidence, .. } in self.successions_of(id) {
                hasher.update(format!("{:?}\n", (to_id, effective_on, share, legal_basis, confidence)));
            }
        }
        hasher.finalize().into()
    }

    /// Returns the smallest unit that holds both, if any.
    #[must_use]
    pub fn common_ancestor(&self, one: &AreaId, other: &AreaId) -> Option<&Area> {
        let others = self.path(other);
        self.path(one).into_iter().rev().find(|area| others.iter().any(|candidate| candidate.id == area.id))
    }

    /// Returns the smallest unit of a day's map that holds both; for a unit that was split, the nearest level above
    /// that was not.
    #[must_use]
    pub fn smallest_of_both(&self, one: &AreaId, other: &AreaId, on: NaiveDate) -> Option<AreaId> {
        let that_day = |area: &AreaId| {
            self.path(area).into_iter().rev().find_map(|unit| match self.resolve(&unit.id, on) {
                Resolution::In(id) => Some(id),
                Resolution::Undecided | Resolution::Unknown => None,
            })
        };
        let (one, other) = (that_day(one)?, that_day(other)?);
        self.common_ancestor(&one, &other).map(|area| area.id.clone())
    }
}

/// The present snapshot, exchanged whole when the registry's journal brings a change.
#[derive(Debug, Clone, Default)]
pub struct TerritoryHandle(Arc<RwLock<Arc<Territory>>>);

impl TerritoryHandle {
    /// Returns the present snapshot.
    #[must_use]
    pub fn get(&self) -> Arc<Territory> {
        match self.0.read() {
            Ok(territory) => Arc::clone(&territory),
            Err(poisoned) => Arc::clone(&poisoned.into_inner()),
        }
    }

    /// Exchanges the snapshot.
    pub fn set(&self, territory: Territory) {
        let territory = Arc::new(territory);
        match self.0.write() {
            Ok(mut slot) => *slot = territory,
            Err(poisoned) => *poisoned.into_inner() = territory,
        }
    }
}
