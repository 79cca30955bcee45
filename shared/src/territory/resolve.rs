//! The area of another date that an area became.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::{AreaId, Territory};

/// Where a unit stands on a day's map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// In this unit, in force on that day.
    In(AreaId),
    /// Split, without a successor, or merged from several: nobody can say.
    Undecided,
    /// No such unit.
    Unknown,
}

impl Territory {
    /// Says in which unit of a day's map a unit lies. Forward it follows `whole` and `main`; back in time
    /// only where exactly one unit went into it, and wholly.
    #[must_use]
    pub fn resolve(&self, id: &AreaId, on: NaiveDate) -> Resolution {
        let Some(area) = self.find(id) else { return Resolution::Unknown };
        if area.is_in_force(on) {
            return Resolution::In(id.clone());
        }
        if area.valid_to.is_some_and(|to| to <= on) {
            let mut followed = self.successions_of(id).iter().filter(|succession| succession.share.is_followed());
            return match (followed.next().and_then(|succession| succession.to_id.as_ref()), followed.next()) {
                (Some(next), None) => self.resolve(next, on),
                _ => Resolution::Undecided,
            };
        }
        match self.origins_of(id) {
            [only] if only.share.is_followed() => self.resolve(&only.from_id, on),
            _ => Resolution::Undecided,
        }
    }

    /// Returns the communes of one day's map that lie in a commune of another day's map.
    #[must_use]
    pub fn made_of(&self, id: &AreaId, on: NaiveDate) -> BTreeSet<AreaId> {
        let Some(area) = self.find(id) else { return BTreeSet::new() };
        if area.is_in_force(on) {
            return BTreeSet::from([id.clone()]);
        }
        if area.valid_from.is_some_and(|from| on < from) {
            return self
                .origins_of(id)
                .iter()
                .filter(|succession| succession.share.is_followed())
                .flat_map(|succession| self.made_of(&succession.from_id, on))
                .collect();
        }
        match self.resolve(id, on) {
            Resolution::In(later) => BTreeSet::from([later]),
            Resolution::Undecided | Resolution::Unknown => BTreeSet::new(),
        }
    }
}
