//! A caller's scope: the areas whose records a permission lets it read or write.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::NaiveDate;

use super::{Grant, Permission};
use crate::territory::{AreaId, Territory};

/// The areas that a caller reaches with one permission. Every store function takes it: there is no
/// query without a scope.
#[derive(Debug, Clone)]
pub struct Scope(Arc<Areas>);

#[derive(Debug)]
enum Areas {
    Everything,
    Of { readable: BTreeSet<AreaId>, writable: BTreeSet<AreaId> },
}

impl Scope {
    /// The scope of the services among themselves and of commands on the machine.
    #[must_use]
    pub fn everything() -> Self {
        Self(Arc::new(Areas::Everything))
    }

    /// The scope that grants give with one permission on a day. A grant whose own unit is not in force
    /// lets read, and write nothing.
    #[must_use]
    pub fn of_grants(grants: &[Grant], permission: Permission, territory: &Territory, on: NaiveDate) -> Self {
        let mut readable = BTreeSet::new();
        let mut writable = BTreeSet::new();
        for grant in grants.iter().filter(|grant| grant.role.permits(permission)) {
            let reach = territory.reach(&grant.area);
            readable.extend(reach.readable);
            if territory.find(&grant.area).is_some_and(|area| area.is_in_force(on)) {
                writable.extend(reach.writable);
            }
        }
        Self(Arc::new(Areas::Of { readable, writable }))
    }

    /// Says whether the scope has no bounds.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        matches!(*self.0, Areas::Everything)
    }

    /// Says whether nothing can be written in it.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        matches!(&*self.0, Areas::Of { writable, .. } if writable.is_empty())
    }

    /// Says whether records of an area may be read.
    #[must_use]
    pub fn may_read(&self, area: &AreaId) -> bool {
        match &*self.0 {
            Areas::Everything => true,
            Areas::Of { readable, .. } => readable.contains(area),
        }
    }

    /// Says whether records of an area may be written.
    #[must_use]
    pub fn may_write(&self, area: &AreaId) -> bool {
        match &*self.0 {
            Areas::Everything => true,
            Areas::Of { writable, .. } => writable.contains(area),
        }
    }

    /// The ids of the areas that may be read, for a query's filter; nothing where there is no bound.
    #[must_use]
    pub fn readable_ids(&self) -> Option<Vec<String>> {
        match &*self.0 {
            Areas::Everything => None,
            Areas::Of { readable, .. } => Some(readable.iter().map(AreaId::to_string).collect()),
        }
    }
}
