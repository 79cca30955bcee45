//! What this service learns from others: the one place where a foreign entry changes what is kept here.

use std::sync::{Arc, LazyLock};

use futures_util::future::BoxFuture;
use shared::Result;
use shared::follow::{Applies, apply_area, renew_territory};
use shared::journal::{JournalEntry, Published};
use shared::published::entry::EntryRedacted;
use shared::published::organisation::{self, OrganisationRecordingStartSet};
use shared::published::{finding, party_member, union_member};
use shared::storage::{Db, Tx};
use shared::territory::TerritoryHandle;

use crate::facts::Gathered;
use crate::sums::{Ground, Summed, SummedHandle};
use crate::{facts, periods, sums};

/// Follows enterprise-registry: areas, and facts about economic units.
pub struct Registry {
    /// This service's database.
    pub db: Db,
    /// The snapshot to renew.
    pub territory: TerritoryHandle,
    /// What is in the sums.
    pub summed: SummedHandle,
    /// The facts of the transaction that is under way.
    pub gathered: Gathered,
}

impl Applies for Registry {
    fn handles(&self) -> &'static [(&'static str, i32)] {
        &[
            ("area.created", 1),
            ("area.succeeded", 1),
            ("economic_unit.registered", 1),
            ("economic_unit.changed", 1),
            ("economic_unit.status_changed", 1),
            ("economic_unit.withdrawn", 1),
        ]
    }

    fn begin(&self, tx: &mut Tx<'_>, entries: &[JournalEntry]) -> Result<()> {
        self.gathered.clear();
        facts::insert_followed_entries(tx, "enterprise-registry", entries)?;
        let summed = begun(entries, "/v1/economic-units/");
        self.summed.set(summed.clone());
        sums::take_apart(tx, Ground::Unit, &summed)
    }

    fn finish(&self, tx: &mut Tx<'_>, last_seq: i64) -> Result<()> {
        let summed = self.summed.get();
        if last_seq < summed.last {
            facts::remove_followed_after(tx, "enterprise-registry", last_seq)?;
        }
        self.gathered.insert(tx)?;
        sums::finish(tx, "enterprise-registry", &summed, last_seq)
    }

    fn keeps_all(&self) -> bool {
        true
    }

    fn pass_over(&self, tx: &mut Tx<'_>, entry: &JournalEntry) -> Result<()> {
        facts::insert_passed_entry(tx, "enterprise-registry", entry)
    }

    fn builds_on_earlier(&self, kind: &str) -> bool {
        facts::builds_on_earlier(kind)
    }

    fn apply(&self, tx: &mut Tx<'_>, entry: &JournalEntry) -> Result<()> {
        if entry.kind.starts_with("area.") {
            return apply_area(tx, entry);
        }
        let summed = self.summed.get();
        periods::apply_unit(tx, entry, &summed)?;
        facts::apply(tx, "enterprise-registry", entry, &self.gathered, &summed)
    }

    fn renew<'a>(&'a self, kinds: Option<&'a [String]>) -> BoxFuture<'a, ()> {
        Box::pin(renew_territory(&self.db, &self.territory, kinds))
    }
}

/// What is in the sums when a transaction begins, and which records of a kind its entries are about.
fn begun(entries: &[JournalEntry], path: &str) -> Summed {
    let records = entries.iter().filter_map(|entry| entry.subject.strip_prefix(path)?.parse().ok());
    let seq = |entry: Option<&JournalEntry>| entry.map_or(0, |entry| entry.seq);
    Summed { before: seq(entries.first()), last: seq(entries.last()), apart: Arc::new(records.collect()) }
}

/// What is told of organisations, members and findings, and that the content of an entry was erased.
static MEMBERSHIP_KINDS: LazyLock<Vec<(&str, i32)>> = LazyLock::new(|| {
    let of_nouns = [organisation::KINDS, party_member::KINDS, union_member::KINDS, finding::KINDS].concat();
    of_nouns.into_iter().chain([(EntryRedacted::KIND, EntryRedacted::V)]).collect()
});

/// Follows membership: facts about organisations and members.
pub struct Members {
    /// This service's database.
    pub db: Db,
    /// What is in the sums.
    pub summed: SummedHandle,
    /// The facts of the transaction that is under way.
    pub gathered: Gathered,
}

impl Applies for Members {
    fn handles(&self) -> &'static [(&'static str, i32)] {
        &MEMBERSHIP_KINDS
    }

    fn begin(&self, tx: &mut Tx<'_>, entries: &[JournalEntry]) -> Result<()> {
        self.gathered.clear();
        facts::insert_followed_entries(tx, "membership", entries)?;
        let summed = begun(entries, "/v1/organisations/");
        self.summed.set(summed.clone());
        sums::take_apart(tx, Ground::Organisation, &summed)
    }

    fn finish(&self, tx: &mut Tx<'_>, last_seq: i64) -> Result<()> {
        let summed = self.summed.get();
        if last_seq < summed.last {
            facts::remove_followed_after(tx, "membership", last_seq)?;
        }
        self.gathered.insert(tx)?;
        sums::finish(tx, "membership", &summed, last_seq)
    }

    fn keeps_all(&self) -> bool {
        true
    }

    fn pass_over(&self, tx: &mut Tx<'_>, entry: &JournalEntry) -> Result<()> {
        facts::insert_passed_entry(tx, "membership", entry)
    }

    fn builds_on_earlier(&self, kind: &str) -> bool {
        facts::builds_on_earlier(kind)
    }

    fn apply(&self, tx: &mut Tx<'_>, entry: &JournalEntry) -> Result<()> {
        if entry.kind == OrganisationRecordingStartSet::KIND {
            return periods::apply_recording_start(tx, entry.seq, &entry.payload()?);
        }
        let summed = self.summed.get();
        periods::apply_organisation(tx, entry, &summed)?;
        if entry.kind == EntryRedacted::KIND {
            return facts::redact(tx, "membership", &entry.payload()?, &self.gathered, &summed);
        }
        facts::apply(tx, "membership", entry, &self.gathered, &summed)
    }

    fn renew<'a>(&'a self, kinds: Option<&'a [String]>) -> BoxFuture<'a, ()> {
        let has_erasure = kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind == EntryRedacted::KIND));
        Box::pin(async move {
            if has_erasure && let Err(error) = self.db.remove_remains(&["followed_entries"]).await {
                log::warn!("remains of an erasure are left until the database writes over them: {error:?}");
            }
        })
    }
}
