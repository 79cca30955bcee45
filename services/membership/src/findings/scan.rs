//! The background scan for findings: it reads beside the writes, and writes a bounded number of findings at a time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, NaiveDate, Utc};
use shared::clock::vietnam_day;
use shared::journal::{Entry, head_seq};
use shared::published::finding::FindingRaised;
use shared::scans::{EVERYTHING_EVERY, FOUND_A_WRITE, Scan, told_between, write_found};
use shared::storage::{Act, AnyConnection, Tx};
use shared::territory::Territory;
use shared::{Id, Result};

use super::causes::{self, Cause, Place};
use super::finding::FindingOutcome;
use super::store::{self, FindingRow, NewFinding};
use super::told::Told;
use crate::people::DuplicatesAfter;
use crate::state::State;

/// How far somebody looked for findings.
struct Looked {
    /// To which entry of the own journal.
    seq: i64,
    /// Up to which of the noted units.
    units: usize,
    /// When everything was looked at.
    everything_at: DateTime<Utc>,
}

/// Scans for findings again and again: everything first and once a day, in between only what changed since the last scan.
pub struct Scanner {
    state: State,
    looked: Option<Looked>,
}

impl Scanner {
    /// Begins: the first look is at everything.
    #[must_use]
    pub const fn new(state: State) -> Self {
        Self { state, looked: None }
    }
}

impl Scan for Scanner {
    /// Looks for findings, raises those that are new and closes those whose cause is gone: some at a time, so that neither a
    /// read nor a write is long, however many there are.
    async fn look(&mut self) -> Result<()> {
        let now = self.state.clock.now();
        let head = self.state.db.read(head_seq).await?;
        let known = self.looked.as_ref().filter(|looked| now - looked.everything_at < EVERYTHING_EVERY);
        let (units, units_place) = self.state.told_units.after(known.map_or(0, |looked| looked.units));
        let told = match (known, units) {
            (Some(looked), Some(units)) => {
                let mut told = Told { units, ..Told::default() };
                let is_all = told_between(&self.state.db, looked.seq, head, |subject| told.add(subject)).await?;
                is_all.then_some(told)
            }
            _ => None,
        };
        let everything_at = match (&told, known) {
            (Some(_), Some(looked)) => looked.everything_at,
            _ => now,
        };
        let look = Look::at(&self.state);
        match told {
            Some(told) => look.look_at_told(&told).await?,
            None => look.look_at_everything().await?,
        }
        let is_whole = !look.has_unplaced.load(Ordering::Relaxed);
        self.looked = is_whole.then_some(Looked { seq: head, units: units_place, everything_at });
        Ok(())
    }
}

/// The day of a scan, and who raises what it finds.
struct Look<'a> {
    state: &'a State,
    act: Act,
    territory: Arc<Territory>,
    today: NaiveDate,
    /// Whether a cause is in areas that are not known yet, so that nobody may see it yet: the next scan is one of everything.
    has_unplaced: Arc<AtomicBool>,
}

impl<'a> Look<'a> {
    fn at(state: &'a State) -> Self {
        let at = state.clock.now();
        let act = Act { actor: "service:membership".to_owned(), at, batch: None };
        let (territory, today) = (state.territory.get(), vietnam_day(at));
        Self { state, act, territory, today, has_unplaced: Arc::default() }
    }

    /// Raises or closes findings, some at a time.
    async fn write<T: Clone + Send + 'static>(&self, findings: Vec<T>, change: Change<T>) -> Result<()> {
        let today = self.today;
        write_found(&self.state.db, &self.act, findings, move |tx, some| change(tx, some, today)).await
    }

    /// Makes findings of causes that no finding is known of, or whose finding was closed when its cause was gone.
    fn new_of(&self) -> impl FnOnce(&mut AnyConnection, Vec<Cause>) -> Result<Vec<NewFinding>> + Send + use<> {
        let (territory, today, has_unplaced) =
            (Arc::clone(&self.territory), self.today, Arc::clone(&self.has_unplaced));
        move |conn, causes| {
            let mut found: BTreeMap<Id, Cause> = causes.into_iter().map(|cause| (cause.id(), cause)).collect();
            let ids: Vec<Id> = found.keys().copied().collect();
            for some in ids.chunks(FOUND_A_WRITE) {
                for standing in store::list_standing(conn, some)? {
                    found.remove(&standing);
                }
            }
            let new = found.into_iter().filter_map(|(id, Cause { kind, about, areas })| {
                let [one, other] = &areas;
                let area = territory.smallest_of_both(one, other, today);
                if area.is_none() {
                    has_unplaced.store(true, Ordering::Relaxed);
                }
                Some(NewFinding { id, kind, area: area?, about, areas })
            });
            Ok(new.collect())
        }
    }

    /// Looks at causes of one kind after another from a place on, and ends before those of another kind where `is_among` says so.
    async fn look_for_new(&self, first: Place, is_among: fn(&Place) -> bool) -> Result<()> {
        let mut place = Some(first);
        while let Some(here) = place.take().filter(is_among) {
            let new_of = self.new_of();
            let found = self.state.db.read(move |conn| {
                let (causes, next) = causes::look(conn, here)?;
                Ok((new_of(conn, causes)?, next))
            });
            let (new, next) = found.await?;
            self.write(new, raise).await?;
            place = next;
        }
        Ok(())
    }

    /// Looks at open findings, some at a time, and closes those whose cause is gone.
    async fn look_for_gone(&self, list: ListOpen) -> Result<()> {
        let mut after = None;
        loop {
            let looked = self.state.db.read(move |conn| {
                let (open, last) = list(conn, after, causes::RECORDS_A_READ)?;
                Ok((causes::list_gone(conn, open)?, last))
            });
            let (gone, last) = looked.await?;
            self.write(gone, close).await?;
            after = last;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn look_at_everything(&self) -> Result<()> {
        self.look_for_new(Place::Duplicates(DuplicatesAfter::default()), |_| true).await?;
        self.look_for_gone(store::list_open).await
    }

    /// Scans the changed records, and all acts whose conditions are no longer met.
    async fn look_at_told(&self, told: &Told) -> Result<()> {
        for part in told.parts(PART_RECORDS) {
            let new_of = self.new_of();
            let found = self.state.db.read(move |conn| {
                let (causes, open) = causes::look_at(conn, &part)?;
                Ok((new_of(conn, causes)?, causes::list_gone(conn, open)?))
            });
            let (new, gone) = found.await?;
            self.write(new, raise).await?;
            self.write(gone, close).await?;
        }
        self.look_for_new(Place::Acts(None), |place| matches!(place, Place::Acts(_))).await?;
        self.look_for_gone(store::list_open_about_acts).await
    }
}

/// Raises or closes some findings in a transaction, and returns the journal entries.
type Change<T> = fn(&mut Tx<'_>, &[T], NaiveDate) -> Result<Vec<Entry>>;

/// Lists open findings after a place, and says where to go on.
type ListOpen = fn(&mut AnyConnection, Option<Id>, i64) -> Result<(Vec<FindingRow>, Option<Id>)>;

/// How many changed records one read scans.
const PART_RECORDS: usize = 500;

/// Looks at everything.
///
/// # Errors
/// Fails when the database does.
pub async fn look_once(state: &State) -> Result<()> {
    Look::at(state).look_at_everything().await
}

fn raise(tx: &mut Tx<'_>, found: &[NewFinding], today: NaiveDate) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for new in found {
        if store::raise(tx, new)? {
            let kind: &'static str = new.kind.into();
            let payload = FindingRaised { id: new.id, kind: kind.to_owned(), areas: new.areas.clone() };
            entries.push(Entry::of(&payload, format!("/v1/findings/{}", new.id), today)?.in_area(&new.area));
        }
    }
    Ok(entries)
}

fn close(tx: &mut Tx<'_>, gone: &[FindingRow], today: NaiveDate) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for row in gone {
        // Somebody may have settled it meanwhile.
        if store::is_open_at(tx.conn(), row)? {
            entries.push(store::settle(tx, row, FindingOutcome::CauseGone, today)?);
        }
    }
    Ok(entries)
}
