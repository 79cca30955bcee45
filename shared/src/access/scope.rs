//! A caller's scope: the areas whose records a permission lets it read or write.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::NaiveDate;

use super::{Grant, Permission};
use crate::territory::{AreaId, Reach, Territory};

/// The areas that a caller reaches with one permission. Every store function takes it: there is no
/// query without a scope.
#[derive(Debug, Clone)]
pub struct Scope(Arc<Areas>);

#[derive(Debug)]
enum Areas {
    Everything,
    Of(Vec<Granted>),
    /// The areas of both.
    Both(Scope, Scope),
}

/// What one grant reaches.
#[derive(Debug)]
struct Granted {
    reach: Arc<Reach>,
    /// A grant whose own unit is not in force lets read, and write nothing.
    is_in_force: bool,
}

impl Granted {
    fn lies_in(&self, area: &AreaId) -> bool {
        self.reach.within.contains(area)
    }
}

impl Scope {
    /// The scope of the services among themselves and of commands on the machine.
    #[must_use]
    pub fn everything() -> Self {
        Self(Arc::new(Areas::Everything))
    }

    /// The scope that grants give with one permission on a day.
    #[must_use]
    pub fn of_grants(grants: &[Grant], permission: Permission, territory: &Territory, on: NaiveDate) -> Self {
        let permitting = grants.iter().filter(|grant| grant.role.permits(permission));
        let granted = permitting.map(|grant| Granted {
            reach: territory.reach(&grant.area),
            is_in_force: territory.find(&grant.area).is_some_and(|area| area.is_in_force(on)),
        });
        Self(Arc::new(Areas::Of(granted.collect())))
    }

    /// The scope that reaches nothing.
    #[must_use]
    pub fn nothing() -> Self {
        Self(Arc::new(Areas::Of(Vec::new())))
    }

    /// The areas that lie in this scope and in another.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self(Arc::new(Areas::Both(self.clone(), other.clone())))
    }

    /// Says whether the scope has no bounds.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        match &*self.0 {
            Areas::Everything => true,
            Areas::Of(_) => false,
            Areas::Both(one, other) => one.is_everything() && other.is_everything(),
        }
    }

    /// Says whether records of every area that there is may be read.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.readable_ids().is_none()
    }

    /// Says whether there is no area whose records may be read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.readable_ids().is_some_and(|ids| ids.is_empty())
    }

    /// Says whether nothing can be written in it.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        match &*self.0 {
            Areas::Everything => false,
            Areas::Of(granted) => !granted.iter().any(|one| one.is_in_force && !one.reach.writable.is_empty()),
            Areas::Both(one, other) => one.is_read_only() || other.is_read_only(),
        }
    }

    /// Says whether records of an area may be read.
    #[must_use]
    pub fn may_read(&self, area: &AreaId) -> bool {
        match &*self.0 {
            Areas::Everything => true,
            Areas::Of(granted) => granted.iter().any(|one| one.reach.readable.contains(area)),
            Areas::Both(one, other) => one.may_read(area) && other.may_read(area),
        }
    }

    /// Says whether records of an area may be read that are kept there for all of its parts: where the area may be read, or a
    /// granted area lies in it.
    #[must_use]
    pub fn may_read_open(&self, area: &AreaId) -> bool {
        match &*self.0 {
            Areas::Everything => true,
            Areas::Of(granted) => granted.iter().any(|one| one.reach.readable.contains(area) || one.lies_in(area)),
            Areas::Both(one, other) => one.may_read_open(area) && other.may_read_open(area),
        }
    }

    /// Says whether a record of an area may be read that is kept there for all of its parts (`is_open_below`), or for it alone.
    #[must_use]
    pub fn may_read_kept(&self, area: &AreaId, is_open_below: bool) -> bool {
        if is_open_below { self.may_read_open(area) } else { self.may_read(area) }
    }

    /// The ids of the areas of which [`Self::may_read_open`] holds, for a query's filter; nothing where there is no bound.
    #[must_use]
    pub fn open_ids(&self) -> Option<Vec<String>> {
        let mut ids: BTreeSet<String> = self.readable_ids()?.into_iter().collect();
        let within = self.areas_within_which();
        ids.extend(within.into_iter().filter(|area| self.may_read_open(area)).map(|area| area.to_string()));
        Some(ids.into_iter().collect())
    }

    /// The areas in which granted areas lie.
    fn areas_within_which(&self) -> BTreeSet<AreaId> {
        match &*self.0 {
            Areas::Everything => BTreeSet::new(),
            Areas::Of(granted) => granted.iter().flat_map(|one| one.reach.within.iter().cloned()).collect(),
            Areas::Both(one, other) => one.areas_within_which().into_iter().chain(other.areas_within_which()).collect(),
        }
    }

    /// Says whether records of an area may be written.
    #[must_use]
    pub fn may_write(&self, area: &AreaId) -> bool {
        match &*self.0 {
            Areas::Everything => true,
            Areas::Of(granted) => granted.iter().any(|one| one.is_in_force && one.reach.writable.contains(area)),
            Areas::Both(one, other) => one.may_write(area) && other.may_write(area),
        }
    }

    /// The ids of the areas that may be read, for a query's filter; nothing where there is no bound, or where all
    /// areas that there are may be read.
    #[must_use]
    pub fn readable_ids(&self) -> Option<Vec<String>> {
        let granted = match &*self.0 {
            Areas::Everything => return None,
            Areas::Both(one, other) => {
                return match (one.readable_ids(), other.readable_ids()) {
                    (None, ids) | (ids, None) => ids,
                    (Some(ids), Some(_)) => {
                        Some(ids.into_iter().filter(|id| other.may_read(&AreaId::stored(id.as_str()))).collect())
                    }
                };
            }
            Areas::Of(granted) => granted,
        };
        if granted.iter().any(|one| one.reach.is_all) {
            return None;
        }
        let ids: BTreeSet<&AreaId> = granted.iter().flat_map(|one| &one.reach.readable).collect();
        Some(ids.into_iter().map(AreaId::to_string).collect())
    }
}
