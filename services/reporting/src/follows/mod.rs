//! What this service follows: the only place where entries of other services change its data.

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

/// What both followers do in the transaction that applies entries: they keep the heads of all entries, gather facts, and keep
/// the sums.
struct Counting {
    source: &'static str,
    /// The path of the records by which the source's facts stand, before their ids.
    records: &'static str,
    ground: Ground,
    /// What is in the sums.
    summed: SummedHandle,
    /// The facts of the transaction that is under way.
    gathered: Gathered,
}

impl Counting {
    fn new(source: &'static str, records: &'static str, ground: Ground) -> Self {
        Self { source, records, ground, summed: SummedHandle::default(), gathered: Gathered::default() }
    }

    fn begin(&self, tx: &mut Tx<'_>, entries: &[JournalEntry]) -> Result<()> {
        self.gathered.clear();
        facts::insert_followed_entries(tx, self.source, entries)?;
        let records = entries.iter().filter_map(|entry| entry.subject.strip_prefix(self.records)?.parse().ok());
        let seq = |entry: Option<&JournalEntry>| entry.map_or(0, |entry| entry.seq);
        let apart = Arc::new(records.collect());
        let summed = Summed { before: seq(entries.first()), last: seq(entries.last()), apart };
        self.summed.set(summed.clone());
        sums::take_apart(tx, self.ground, &summed)
    }

    fn apply(&self, tx: &mut Tx<'_>, entry: &JournalEntry, summed: &Summed) -> Result<()> {
        facts::apply(tx, self.source, entry, &self.gathered, summed)
    }

    fn finish(&self, tx: &mut Tx<'_>, last_seq: i64) -> Result<()> {
        let summed = self.summed.get();
        if last_seq < summed.last {
            facts::remove_followed_after(tx, self.source, last_seq)?;
        }
        self.gathered.insert(tx)?;
        sums::finish(tx, self.source, &summed, last_seq)
    }

    fn pass_over(&self, tx: &mut Tx<'_>, entry: &JournalEntry) -> Result<()> {
        facts::insert_passed_entry(tx, self.source, entry)
    }
}

/// Follows enterprise-registry: areas, and facts about economic units.
pub struct Registry {
    db: Db,
    territory: TerritoryHandle,
    counting: Counting,
}

impl Registry {
    /// Follows into a database, and renews a snapshot of the areas.
    #[must_use]
    pub fn new(db: Db, territory: TerritoryHandle) -> Self {
        Self { db, territory, counting: Counting::new("enterprise-registry", "/v1/economic-units/", Ground::Unit) }
    }
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
        self.counting.begin(tx, entries)
    }

    fn finish(&self, tx: &mut Tx<'_>, last_seq: i64) -> Result<()> {
        self.counting.finish(tx, last_seq)
    }

    fn keeps_all(&self) -> bool {
        true
    }

    fn pass_over(&self, tx: &mut Tx<'_>, entry: &JournalEntry) -> Result<()> {
        self.counting.pass_over(tx, entry)
    }

    fn builds_on_earlier(&self, kind: &str) -> bool {
        facts::builds_on_earlier(kind)
    }

    fn apply(&self, tx: &mut Tx<'_>, entry: &JournalEntry) -> Result<()> {
        if entry.kind.starts_with("area.") {
            return apply_area(tx, entry);
        }
        let summed = self.counting.summed.get();
        periods::apply_unit(tx, entry, &summed)?;
        self.counting.apply(tx, entry, &summed)
    }

    fn renew<'a>(&'a self, kinds: Option<&'a [String]>) -> BoxFuture<'a, ()> {
        Box::pin(renew_territory(&self.db, &self.territory, kinds))
    }
}

/// Applies entries about organisations, members, findings and redactions.
static MEMBERSHIP_KINDS: LazyLock<Vec<(&str, i32)>> = LazyLock::new(|| {
    let of_nouns = [organisation::KINDS, party_member::KINDS, union_member::KINDS, finding::KINDS].concat();
    of_nouns.into_iter().chain([(EntryRedacted::KIND, EntryRedacted::V)]).collect()
});

/// Follows membership: facts about organisations and members.
pub struct Members {
    db: Db,
    counting: Counting,
}

impl Members {
    /// Follows into a database.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self { db, counting: Counting::new("membership", "/v1/organisations/", Ground::Organisation) }
    }
}

impl Applies for Members {
    fn handles(&self) -> &'static [(&'static str, i32)] {
        &MEMBERSHIP_KINDS
    }

    fn begin(&self, tx: &mut Tx<'_>, entries: &[JournalEntry]) -> Result<()> {
        self.counting.begin(tx, entries)
    }

    fn finish(&self, tx: &mut Tx<'_>, last_seq: i64) -> Result<()> {
        self.counting.finish(tx, last_seq)
    }

    fn keeps_all(&self) -> bool {
        true
    }

    fn pass_over(&self, tx: &mut Tx<'_>, entry: &JournalEntry) -> Result<()> {
        self.counting.pass_over(tx, entry)
    }

    fn builds_on_earlier(&self, kind: &str) -> bool {
        facts::builds_on_earlier(kind)
    }

    fn apply(&self, tx: &mut Tx<'_>, entry: &JournalEntry) -> Result<()> {
        if entry.kind == OrganisationRecordingStartSet::KIND {
            return periods::apply_recording_start(tx, entry.seq, &entry.payload()?);
        }
        let summed = self.counting.summed.get();
        periods::apply_organisation(tx, entry, &summed)?;
        if entry.kind == EntryRedacted::KIND {
            return facts::redact(tx, "membership", &entry.payload()?, &self.counting.gathered, &summed);
        }
        self.counting.apply(tx, entry, &summed)
    }

    fn renew<'a>(&'a self, kinds: Option<&'a [String]>) -> BoxFuture<'a, ()> {
        let has_erasure = kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind == EntryRedacted::KIND));
        Box::pin(async move {
            if !has_erasure {
                return;
            }
            match self.db.remove_remains(&["followed_entries"]).await {
                Ok(true) => {}
                Ok(false) => {
                    log::warn!("remains of an erasure are left while another connection reads; they are removed later")
                }
                Err(error) => {
                    log::warn!("remains of an erasure are left until the database writes over them: {error:?}")
                }
            }
        })
    }
}
