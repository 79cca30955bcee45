//! Lists whose pages cost what they show, not what is stored.
//!
//! - [`Seek`] reads one page as a merge of bounded index seeks: one for each combination of the values that a filter names
//!   (each area of the caller's scope, each status), of a few rows each. No seek reads a row that the filter then drops, and
//!   nothing is sorted but the few rows of the seeks.
//! - `listed` knows which lists show a record, and numbers its changes. By that, and by the mark that a walk through a list ends
//!   with, a copy of the list is kept up to date ([`Copying`]).
//! - [`words`] finds records by words: an index of the words of each record, kept in the transaction that changes it.
//!
//! `verify` compares the lists in which records are with those that the records say.
//!
//! A list is counted to [`COUNT_MAX`] at most.

mod condition;
mod copy;
mod ids;
mod listed;
mod mark;
mod seek;
mod verify;
pub mod words;

pub use condition::Condition;
pub(crate) use copy::Changes;
pub use copy::Copying;
pub use ids::IdList;
pub use listed::{List, note_all_listed, note_changed, note_gone, note_listed, note_moved, note_only_in};
pub(crate) use mark::MARK_LENGTH_MAX;
pub use mark::Marks;
pub use seek::{By, COUNT_MAX, Key, Order, Place, Seek, Total};
pub use verify::verify_listed;

use std::collections::{BTreeMap, BTreeSet};

use crate::Id;
use crate::access::Scope;

/// The areas of a list: those that the caller may read, and of them those that a filter names. Nothing: all there are.
#[must_use]
pub fn areas_within(scope: &Scope, within: Option<&Vec<String>>) -> Option<Vec<String>> {
    areas_of(scope.readable_ids(), within)
}

/// Some areas, and of them those that a filter names. Nothing: all there are.
#[must_use]
pub fn areas_of(areas: Option<Vec<String>>, within: Option<&Vec<String>>) -> Option<Vec<String>> {
    match (areas, within) {
        (areas, None) => areas,
        (None, Some(within)) => Some(within.clone()),
        (Some(areas), Some(within)) => {
            let within: BTreeSet<&String> = within.iter().collect();
            Some(areas.into_iter().filter(|area| within.contains(area)).collect())
        }
    }
}

/// Puts rows into the order of their ids.
#[must_use]
pub fn in_order<T>(ids: &[Id], mut rows: Vec<T>, id_of: impl Fn(&T) -> Id) -> Vec<T> {
    let places: BTreeMap<Id, usize> = ids.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    rows.sort_by_key(|row| places.get(&id_of(row)).copied());
    rows
}
