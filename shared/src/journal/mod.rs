//! The journal: every change of state appends one entry in the same transaction. Entries have a fixed order and form
//! a hash chain. Services learn of each other's changes from it, portals follow it, and it is the audit trail.
//!
//! - `seq` increases by one. A reader that has seen `n` never finds a new entry below `n`.
//! - `hash` covers every column in a canonical form (RFC 8785), with `data_hash` in place of `data`.
//! - The first entry's `prev_hash` is the hash of the journal's random id, so that another journal cannot pass for
//!   this one.
//! - A lawful erasure removes an entry's `data` and `salt`, and a later `entry.redacted` records that.
//! - A correction is an entry of the same kind with `corrects`; an entry is corrected at most once. An entry that a
//!   correction made necessary names it in `because`.
//! - The entries of one change share a `batch`, and followers apply them together.

mod audience;
mod chain;
mod cursor;
mod entry;
mod numbers;
mod page;
mod redact;
mod row;
mod store;
mod verify;

pub use audience::Audience;
pub use entry::{JournalEntry, ShownEntry};
pub use numbers::SAFE_INTEGER_MAX;
pub use page::{Head, JournalPage, JournalQuery, JournalReader, area_of_entry, latest_of_entry, list_history};
pub use redact::redact_subject;
pub(crate) use store::{BATCH_MAX, append, ensure_id, hash_at, list_all_of_kinds};
pub use store::{Subject, has_entry_by, head_seq, list_subjects, store_id as journal_id};

pub use verify::{Broken, Verification, verify};

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::Serialize;

use crate::access::Permission;
use crate::territory::AreaId;
use crate::{Id, Result};

/// A kind of entry, with the version of its payload: the language between services.
pub trait Published: Serialize {
    /// `<noun>.<past participle>`.
    const KIND: &'static str;
    /// Counts up when the payload changes its meaning.
    const V: i32;
    /// What a caller must be permitted to read in the entry's area, beside the journal, to be shown it.
    const READ: Permission;
}

/// An entry to be appended.
#[derive(Debug, Clone)]
pub struct Entry {
    pub(crate) id: Id,
    pub(crate) kind: &'static str,
    pub(crate) v: i32,
    pub(crate) subject: String,
    pub(crate) area: Option<AreaId>,
    pub(crate) occurred_on: NaiveDate,
    pub(crate) corrects: Option<Id>,
    pub(crate) because: Option<Id>,
    pub(crate) data: serde_json::Value,
}

impl Entry {
    /// Makes the entry of a change: its payload, the path of the resource changed, the day it happened.
    ///
    /// # Errors
    /// Fails when the payload cannot be written as JSON.
    pub fn of<P: Published>(payload: &P, subject: impl Into<String>, occurred_on: NaiveDate) -> Result<Self> {
        Ok(Self {
            id: Id::new(),
            kind: P::KIND,
            v: P::V,
            subject: subject.into(),
            area: None,
            occurred_on,
            corrects: None,
            because: None,
            data: serde_json::to_value(payload)?,
        })
    }

    /// Gives the entry its place: readers without that area do not see it.
    #[must_use]
    pub fn in_area(mut self, area: &AreaId) -> Self {
        self.area = Some(area.clone());
        self
    }

    /// Says which entry this one replaces.
    #[must_use]
    pub fn correcting(mut self, entry: Id) -> Self {
        self.corrects = Some(entry);
        self
    }

    /// Names the entry of the act whose change made this one necessary.
    #[must_use]
    pub fn because(mut self, entry: Id) -> Self {
        self.because = Some(entry);
        self
    }

    /// The entry's id.
    #[must_use]
    pub fn id(&self) -> Id {
        self.id
    }
}

/// The entries of one change, or the reason why it leaves none.
#[derive(Debug)]
pub enum Entries {
    /// One or more entries, in order.
    Of(Vec<Entry>),
    /// A change of no state that anyone else may rely on.
    Unjournalled(&'static str),
    /// Nothing was changed: what stands in the area was shown.
    Unchanged(Option<AreaId>),
}

impl Entries {
    /// Says why a change leaves no entry.
    #[must_use]
    pub fn unjournalled(why: &'static str) -> Self {
        Self::Unjournalled(why)
    }

    /// Says that nothing was changed, and where the record lies that was shown.
    #[must_use]
    pub fn unchanged(area: Option<AreaId>) -> Self {
        Self::Unchanged(area)
    }

    /// The areas of what was changed or shown.
    pub(crate) fn areas(&self) -> BTreeSet<&AreaId> {
        match self {
            Self::Of(entries) => entries.iter().filter_map(|entry| entry.area.as_ref()).collect(),
            Self::Unjournalled(_) => BTreeSet::new(),
            Self::Unchanged(area) => area.iter().collect(),
        }
    }

    /// What a search found that is new, which may be nothing.
    #[must_use]
    pub fn found(entries: Vec<Entry>) -> Self {
        if entries.is_empty() { Self::Unjournalled("nothing new was found") } else { Self::Of(entries) }
    }
}

impl From<Entry> for Entries {
    fn from(entry: Entry) -> Self {
        Self::Of(vec![entry])
    }
}

impl From<Vec<Entry>> for Entries {
    fn from(entries: Vec<Entry>) -> Self {
        Self::Of(entries)
    }
}
