//! Who reads which entries. A caller may read an entry if one grant permits reading the journal in the entry's area,
//! and one grant (the same or another) permits reading there what the entry is about.

use std::collections::BTreeMap;
use std::sync::Arc;

use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::row::{EntryRow, journal_entries};
use crate::access::{May, Permission, Scope};
use crate::storage::MultiBackend;
use crate::territory::{AreaId, Territory};

/// The entries of one journal that a caller may see.
#[derive(Debug, Clone)]
pub struct Audience(Arc<Vec<Part>>);

/// Kinds that ask for one permission, and the areas in which the caller has it.
#[derive(Debug)]
struct Part {
    kinds: Vec<&'static str>,
    scope: Scope,
}

/// A condition on the journal's rows.
pub(super) type Condition = Box<dyn BoxableExpression<journal_entries::table, MultiBackend, SqlType = Bool>>;

impl Audience {
    /// Works out what a caller may see of a journal with these kinds of entries. A kind that is not among them is seen
    /// by nobody.
    #[must_use]
    pub fn of<P>(may: &May<P>, kinds: &[(&'static str, Permission)], territory: &Territory) -> Self {
        let mut by_permission: BTreeMap<Permission, Vec<&'static str>> = BTreeMap::new();
        for (kind, permission) in kinds {
            by_permission.entry(*permission).or_default().push(kind);
        }
        let parts = by_permission.into_iter().map(|(permission, kinds)| {
            let scope = may.scope.and(&may.scope_for(permission, territory));
            Part { kinds, scope }
        });
        Self(Arc::new(parts.collect()))
    }

    /// Says whether the caller sees every entry.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.0.iter().all(|part| part.scope.is_all())
    }

    /// Says whether the caller sees an entry.
    pub(super) fn sees(&self, row: &EntryRow) -> bool {
        let area = row.area.as_deref().map(AreaId::stored);
        let is_seen = |part: &Part| {
            part.kinds.contains(&row.kind.as_str())
                && !part.scope.is_empty()
                && area.as_ref().is_none_or(|area| part.scope.may_read(area))
        };
        self.0.iter().any(is_seen)
    }

    /// The entries that the caller sees, as a condition; nothing where there is no bound.
    pub(super) fn condition(&self) -> Option<Condition> {
        if self.is_everything() {
            return None;
        }
        let nothing: Condition = Box::new(journal_entries::seq.lt(0));
        let conditions = self.0.iter().filter(|part| !part.scope.is_empty()).map(|part| -> Condition {
            let of_kind = journal_entries::kind.eq_any(part.kinds.clone());
            match part.scope.readable_ids() {
                None => Box::new(of_kind),
                Some(areas) => {
                    let within = journal_entries::area.assume_not_null().eq_any(areas);
                    Box::new(of_kind.and(journal_entries::area.is_null().or(within)))
                }
            }
        });
        Some(conditions.fold(nothing, |all, one| Box::new(all.or(one))))
    }
}
