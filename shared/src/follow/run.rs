//! The loop that follows a journal.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::{BoxFuture, Either, select};
use tokio::sync::{Notify, watch};

use super::apply::Applied;
use super::cursor::{self, find_cursor};
use super::source::{FollowedPage, Source};
use crate::clock::Clock;
use crate::http::StoppedEntry;
use crate::journal::{BATCH_MAX, JournalEntry};
use crate::service::Background;
use crate::storage::{Act, Db, Tx};
use crate::{Code, Error, Id, Result};

/// What a follower does with entries.
pub trait Applies: Send + Sync + 'static {
    /// The kinds it handles, with the newest version that it understands.
    fn handles(&self) -> &'static [(&'static str, i32)];

    /// Applies one entry of a kind it handles.
    ///
    /// # Errors
    /// Any failure stops the follower before this entry, visibly, unless the entry needs one that is set aside.
    fn apply(&self, tx: &mut Tx<'_>, entry: &JournalEntry) -> Result<()>;

    /// A transaction begins that applies entries, of whatever kinds: all of them, or the first ones.
    ///
    /// # Errors
    /// As `apply`.
    fn begin(&self, _tx: &mut Tx<'_>, _entries: &[JournalEntry]) -> Result<()> {
        Ok(())
    }

    /// The entries of a transaction up to a place are applied, or none; it commits next.
    ///
    /// # Errors
    /// As `apply`.
    fn finish(&self, _tx: &mut Tx<'_>, _last_seq: i64) -> Result<()> {
        Ok(())
    }

    /// Says whether `begin` keeps something of every entry. Where it does not, entries of kinds that are not handled are passed
    /// in memory alone: the kept cursor stays where it is.
    fn keeps_all(&self) -> bool {
        false
    }

    /// Sees an entry that is set aside, in the place of `apply`.
    ///
    /// # Errors
    /// Fails when the database does.
    fn pass_over(&self, _tx: &mut Tx<'_>, _entry: &JournalEntry) -> Result<()> {
        Ok(())
    }

    /// Says whether entries of a kind change what earlier entries of the same record brought about, and say nothing
    /// whole by themselves: they are set aside with an earlier one.
    fn builds_on_earlier(&self, _kind: &str) -> bool {
        false
    }

    /// Renews what is cached in memory after entries of some kinds were committed; `None` where another
    /// replica applied them, so that they are not known here. Only then are the entries said to be applied.
    fn renew<'a>(&'a self, _kinds: Option<&'a [String]>) -> BoxFuture<'a, ()> {
        Box::pin(async {})
    }
}

#[derive(Debug, Clone, Default)]
struct State {
    seq: i64,
    head_seq: i64,
    is_reachable: bool,
    has_caught_up: bool,
    behind_since: Option<Instant>,
    stopped: Option<Stopped>,
}

/// Why a follower stopped, and at which entry.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stopped {
    code: Code,
    reason: String,
    entry: Option<StoppedEntry>,
}

impl State {
    /// Notes how far the follower and its source are.
    fn note(&mut self, seq: i64, head_seq: i64) {
        (self.seq, self.head_seq) = (seq, head_seq.max(seq));
        self.behind_since = if self.head_seq > seq { self.behind_since.or_else(|| Some(Instant::now())) } else { None };
    }
}

/// A running follower, as others see it.
#[derive(Clone)]
pub struct FollowerHandle {
    source: Source,
    state: watch::Receiver<State>,
    poke: Arc<Notify>,
}

/// Follows one journal into one database.
pub struct Follower {
    pub(super) db: Db,
    pub(super) source: Source,
    pub(super) applies: Arc<dyn Applies>,
    /// The database that is served, where this one is a next generation: what was set aside there is set aside here
    /// too, if it cannot be applied this time either.
    pub(super) served: Option<Db>,
    clock: Clock,
    state: watch::Sender<State>,
    /// Ends the pause in which entries gather: somebody waits for the newest one.
    poke: Arc<Notify>,
}

/// The last entry that was passed in memory alone. It is later than the kept cursor, and nothing between concerns the follower.
#[derive(Debug, Clone)]
struct Passed {
    /// Where the kept cursor is.
    kept: i64,
    last: JournalEntry,
}

/// How many entries are passed in memory before the cursor is kept: a start reads them once more.
const PASSED_MAX: i64 = if cfg!(debug_assertions) { 100 } else { 10_000 };

/// Where a follower is in a journal.
struct Place {
    /// The last entry, and its hash.
    seq: i64,
    hash: Option<String>,
    /// Where the kept cursor is.
    kept: i64,
}

/// What a follower holds in memory between two rounds.
#[derive(Default)]
struct Held {
    passed: Option<Passed>,
    ahead: Option<Ahead>,
}

/// A page that was fetched while the one before it was applied.
struct Ahead {
    /// The entry after which it begins.
    seq: i64,
    hash: Option<String>,
    page: FollowedPage,
}

/// How far a follower went through a page.
enum Gone {
    /// To its end: the last entry.
    To(i64),
    /// The round is over.
    NoFurther(Round),
}

/// What one round brought.
enum Round {
    /// Entries, and how many the page had.
    Moved(usize),
    Nothing,
    Stopped,
}

/// A page is held in memory, by both sides, and the next one by the follower.
const ENTRIES_A_PAGE: i64 = 2000;
const ENTRIES_A_TRANSACTION: usize = 500;
/// Enough to hold a batch whole.
const ENTRIES_A_PAGE_STOPPED: i64 = 501;
const WAIT_SECONDS: u64 = 20;
/// How long entries gather after some were applied, unless somebody waits for them.
const GATHER: Duration = Duration::from_millis(50);
/// How many entries are worth a commit of their own.
const GATHERED_ENOUGH: usize = 200;

impl Follower {
    /// Starts following in the background.
    ///
    /// # Errors
    /// Fails when the follower's own database does.
    pub async fn start(
        db: Db,
        source: Source,
        applies: Arc<dyn Applies>,
        clock: Clock,
        background: &Background,
    ) -> Result<FollowerHandle> {
        Self::start_beside(db, source, applies, clock, background, None).await
    }

    /// Starts following into a next generation of a database that is served.
    ///
    /// # Errors
    /// As [`Follower::start`].
    pub async fn start_beside(
        db: Db,
        source: Source,
        applies: Arc<dyn Applies>,
        clock: Clock,
        background: &Background,
        served: Option<Db>,
    ) -> Result<FollowerHandle> {
        let name = source.service;
        let act = Act { actor: "service:follower".to_owned(), at: clock.now(), batch: None };
        db.note(act, move |tx| cursor::ensure(tx, name)).await?;
        let known = db.read(move |conn| find_cursor(conn, name)).await?;
        let seq = known.as_ref().map_or(0, |row| row.seq);
        let has_caught_up = known.is_some_and(|row| row.first_caught_up_at.is_some());
        let (state, receiver) = watch::channel(State { seq, head_seq: seq, has_caught_up, ..State::default() });
        let poke = Arc::new(Notify::new());
        let handle = FollowerHandle { source: source.clone(), state: receiver, poke: Arc::clone(&poke) };
        let follower = Self { db, source, applies, served, clock, state, poke };
        background.spawn(follower.run());
        Ok(handle)
    }

    async fn run(self) {
        const PAUSE_MIN: Duration = Duration::from_millis(100);
        const PAUSE_MAX: Duration = Duration::from_secs(10);
        // An operator who sets an entry aside is not kept waiting.
        const PAUSE_STOPPED: Duration = Duration::from_secs(3);
        let (mut pause, mut held) = (PAUSE_MIN, Held::default());
        while !self.state.is_closed() {
            match self.round(&mut held).await {
                Ok(Round::Nothing) => {
                    pause = PAUSE_MIN;
                    continue;
                }
                Ok(Round::Moved(count)) => {
                    pause = PAUSE_MIN;
                    if count < GATHERED_ENOUGH {
                        // What is recorded meanwhile goes into one commit.
                        let _ = tokio::time::timeout(GATHER, self.poke.notified()).await;
                    }
                    continue;
                }
                Ok(Round::Stopped) => pause = PAUSE_STOPPED,
                Err(error) => {
                    self.state.send_modify(|state| state.is_reachable = false);
                    log::warn!("following {} is delayed: {error:?}", self.source.service);
                    pause = (pause * 2).min(PAUSE_MAX);
                }
            }
            tokio::time::sleep(pause).await;
        }
    }

    async fn round(&self, held: &mut Held) -> Result<Round> {
        let (service, Held { passed, ahead }) = (self.source.service, held);
        let row = self.db.read(move |conn| find_cursor(conn, service)).await?;
        let row = row.ok_or_else(|| Error::internal("the cursor is gone"))?;
        // Another replica, or who exchanges what is followed, may have moved the kept cursor.
        *passed = passed.take().filter(|passed| passed.kept == row.seq && row.stopped_code.is_none());
        let (seq, hash) = match passed {
            Some(passed) => (passed.last.seq, Some(passed.last.hash.clone())),
            None => (row.seq, row.hash.map(hex::encode)),
        };
        if seq != self.state.borrow().seq {
            self.applies.renew(None).await;
            self.state.send_modify(|state| {
                state.note(seq, state.head_seq);
                state.has_caught_up |= row.first_caught_up_at.is_some();
                state.stopped = None;
            });
        }
        // Whether the source answers is to be known at once, and until its head was reached nothing is served.
        let is_waited_for = row.first_caught_up_at.is_some() && self.state.borrow().is_reachable;
        let wait_seconds = if is_waited_for { WAIT_SECONDS } else { 0 };
        let limit = if row.stopped_code.is_some() { ENTRIES_A_PAGE_STOPPED } else { ENTRIES_A_PAGE };
        let is_next = |ahead: &Ahead| ahead.seq == seq && ahead.hash == hash && row.stopped_code.is_none();
        let next = ahead.take().filter(is_next);
        // What was fetched earlier says nothing of the source as it is now.
        let is_fresh = next.is_none();
        let fetched = match next {
            Some(ahead) => Ok(ahead.page),
            None => self.source.fetch(seq, hash.as_deref(), row.journal_id, wait_seconds, limit).await,
        };
        let mut page = match fetched {
            Ok(page) => page,
            Err(error) if error.code() == Code::JournalForked => {
                return self.stop(Code::JournalForked, advice(service), None).await;
            }
            Err(error) => return Err(error),
        };
        if is_fresh {
            self.state.send_modify(|state| {
                state.is_reachable = true;
                state.note(state.seq, page.head.seq);
            });
        }
        let (count, has_moved) = (page.items.len(), !page.items.is_empty());
        let is_full = i64::try_from(page.items.len()).is_ok_and(|count| count >= limit);
        if is_full {
            drop_cut_batch(&mut page.items);
        }
        let place = Place { seq, hash, kept: row.seq };
        let is_stopped = row.stopped_code.is_some();
        let went = std::pin::pin!(self.go_through(&page.items, place, page.journal_id, is_stopped, passed));
        // Where more is to come, it is fetched meanwhile, and waited for only if it can be applied.
        let next = std::pin::pin!(async {
            match page.items.last() {
                Some(last) if is_full && !is_stopped => self.fetch_ahead(last, page.journal_id).await,
                _ => None,
            }
        });
        let (went, next) = match select(went, next).await {
            Either::Left((Ok(Gone::To(seq)), next)) => (Ok(Gone::To(seq)), next.await),
            Either::Left((went, _)) => (went, None),
            Either::Right((next, went)) => (went.await, next),
        };
        *ahead = next;
        let seq = match went? {
            Gone::To(seq) => seq,
            Gone::NoFurther(round) => return Ok(round),
        };
        if is_fresh && row.first_caught_up_at.is_none() && seq >= page.head.seq {
            self.db.note(self.act(), move |tx| cursor::mark_caught_up(tx, service)).await?;
            self.state.send_modify(|state| state.has_caught_up = true);
        }
        if row.stopped_code.is_some() && !has_moved {
            self.clear_stop().await?;
        }
        Ok(if has_moved { Round::Moved(count) } else { Round::Nothing })
    }

    /// Fetches the page after an entry. What fails is tried again in the next round.
    async fn fetch_ahead(&self, last: &JournalEntry, journal_id: Id) -> Option<Ahead> {
        let (seq, hash) = (last.seq, Some(last.hash.clone()));
        let fetched = self.source.fetch(seq, hash.as_deref(), Some(journal_id), 0, ENTRIES_A_PAGE).await;
        fetched.ok().map(|page| Ahead { seq, hash, page })
    }

    /// Goes through the entries of a page from a place on.
    async fn go_through(
        &self,
        entries: &[JournalEntry],
        mut place: Place,
        journal_id: Id,
        is_stopped: bool,
        passed: &mut Option<Passed>,
    ) -> Result<Gone> {
        // No request waits for what is written into a next generation.
        let at_once = if self.served.is_some() { entries.len() } else { ENTRIES_A_TRANSACTION };
        let mut left = entries;
        while !left.is_empty() {
            let (chunk, others) = left.split_at_checked(count_together(left, at_once)).unwrap_or((left, &[]));
            left = others;
            let Some(last) = chunk.last() else { break };
            if let Some(stopped) = self.check(chunk, &mut place) {
                return Ok(Gone::NoFurther(self.stop(Code::JournalForked, stopped, None).await?));
            }
            if !is_stopped && last.seq - place.kept <= PASSED_MAX && self.are_passed_in_memory(chunk) {
                *passed = Some(Passed { kept: place.kept, last: last.clone() });
                self.state.send_modify(|state| state.note(last.seq, state.head_seq));
                continue;
            }
            let mut rest = chunk;
            while let Some(first) = rest.first() {
                let count = match self.apply(rest, place.kept, journal_id).await? {
                    Applied::Some(count) => count,
                    Applied::AnotherMoved => return Ok(Gone::NoFurther(Round::Moved(GATHERED_ENOUGH))),
                    Applied::Fails(error) => {
                        if let Some(passed) = passed.take() {
                            self.keep(passed, journal_id).await?;
                        }
                        let reason = format!("{error:?}");
                        return Ok(Gone::NoFurther(self.stop(Code::FollowerStopped, reason, Some(first)).await?));
                    }
                };
                *passed = None;
                let (done, still) = rest.split_at_checked(count).unwrap_or((rest, &[]));
                place.kept = done.last().map_or(place.kept, |last| last.seq);
                self.state.send_modify(|state| {
                    state.note(place.kept, state.head_seq);
                    state.stopped = None;
                });
                rest = still;
            }
        }
        Ok(Gone::To(place.seq))
    }

    /// Whether nothing of entries is kept here.
    fn are_passed_in_memory(&self, entries: &[JournalEntry]) -> bool {
        let is_handled = |entry: &JournalEntry| self.applies.handles().iter().any(|(kind, _)| *kind == entry.kind);
        !self.applies.keeps_all() && !entries.iter().any(is_handled)
    }

    /// Keeps the cursor behind what was passed in memory: an operator who sets the next entry aside finds it there.
    async fn keep(&self, passed: Passed, journal_id: Id) -> Result<()> {
        let service = self.source.service;
        let kept = self.db.note(self.act(), move |tx| {
            if cursor::lock_at(tx, service, passed.kept)? {
                cursor::advance(tx, service, journal_id, &passed.last)?;
            }
            Ok(())
        });
        kept.await
    }

    /// The entries must follow one another and the last one applied.
    fn check(&self, entries: &[JournalEntry], place: &mut Place) -> Option<String> {
        for entry in entries {
            let is_next = place.hash.as_ref().is_none_or(|hash| *hash == entry.prev_hash);
            if entry.seq != place.seq + 1 || !is_next {
                return Some(advice(self.source.service));
            }
            place.seq = entry.seq;
            place.hash = Some(entry.hash.clone());
        }
        None
    }

    pub(super) fn act(&self) -> Act {
        Act { actor: "service:follower".to_owned(), at: self.clock.now(), batch: None }
    }

    async fn stop(&self, code: Code, reason: String, entry: Option<&JournalEntry>) -> Result<Round> {
        let service = self.source.service;
        let named = entry.map(|entry| StoppedEntry { seq: entry.seq, id: entry.id, kind: entry.kind.clone() });
        let stopped = Stopped { code, reason, entry: named };
        if self.state.borrow().stopped.as_ref() == Some(&stopped) {
            return Ok(Round::Stopped);
        }
        log::error!("following {service} stopped ({code}): {}", stopped.reason);
        let (reason, entry) = (stopped.reason.clone(), entry.cloned());
        let noted = self.db.note(self.act(), move |tx| {
            cursor::mark_stopped(tx, service, Some((code.as_str(), &reason)), entry.as_ref())
        });
        noted.await?;
        self.state.send_modify(|state| state.stopped = Some(stopped));
        Ok(Round::Stopped)
    }

    async fn clear_stop(&self) -> Result<()> {
        let service = self.source.service;
        self.state.send_modify(|state| state.stopped = None);
        self.db.note(self.act(), move |tx| cursor::mark_stopped(tx, service, None, None)).await
    }
}

/// How many of the first entries are applied in one transaction. A batch is not cut, so that no figure is computed
/// between two entries of one change; but what is longer than a batch may be goes in parts.
fn count_together(entries: &[JournalEntry], at_once: usize) -> usize {
    let are_one_change = |pair: &[JournalEntry]| match pair {
        [one, other] => one.batch.is_some() && one.batch == other.batch,
        _ => false,
    };
    let cut_at = entries.len().min(at_once);
    let before = cut_at.saturating_sub(1);
    let more = entries.windows(2).skip(before).take_while(|pair| are_one_change(pair)).count();
    if more < BATCH_MAX { cut_at + more } else { cut_at }
}

/// Leaves the last batch of a page that was cut off for the next page.
fn drop_cut_batch(entries: &mut Vec<JournalEntry>) {
    let Some(batch) = entries.last().and_then(|last| last.batch) else { return };
    let kept = entries.iter().rposition(|entry| entry.batch != Some(batch)).map_or(0, |place| place + 1);
    if kept > 0 {
        entries.truncate(kept);
    }
}

fn advice(service: &str) -> String {
    format!(
        "{service}'s journal does not have the entry that was applied here last: its database was put back to an \
         older copy, or is another one. Put back this service's database to a copy that is older than {service}'s, \
         or empty it so that it follows anew"
    )
}

impl FollowerHandle {
    /// The followed service's name.
    #[must_use]
    pub fn source(&self) -> &'static str {
        self.source.service
    }

    /// Waits until everything that the source has recorded so far is applied here, at most `seconds_max`. Without this,
    /// a caller who registers a unit in one service and names it in another a moment later would get "unknown unit".
    /// Returns whether the head was reached.
    pub async fn reach_head(&self, seconds_max: u64) -> bool {
        let limit = Duration::from_secs(seconds_max);
        tokio::time::timeout(limit, async {
            let Ok(page) = self.source.fetch(0, None, None, 0, 0).await else { return false };
            let mut state = self.state.clone();
            if state.borrow().seq < page.head.seq {
                self.poke.notify_one();
            }
            state.wait_for(|state| state.seq >= page.head.seq).await.is_ok()
        })
        .await
        .unwrap_or(false)
    }

    /// For how long the follower has been behind its source, as far as it knows; nothing while it is not.
    #[must_use]
    pub fn behind_for(&self) -> Duration {
        self.state.borrow().behind_since.map(|since| since.elapsed()).unwrap_or_default()
    }

    /// How the follower stands.
    #[must_use]
    pub fn part(&self) -> crate::http::FollowerPart {
        let state = self.state.borrow();
        crate::http::FollowerPart {
            source: self.source.service.to_owned(),
            seq: state.seq,
            head_seq: state.head_seq,
            is_source_reachable: state.is_reachable,
            has_caught_up: state.has_caught_up,
            stopped: state.stopped.as_ref().map(|stopped| format!("{}: {}", stopped.code, stopped.reason)),
            stopped_entry: state.stopped.as_ref().and_then(|stopped| stopped.entry.clone()),
        }
    }
}
