//! Applies entries until one cannot be applied, and skips entries that are set aside.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::aside::{self, Aside, AsideRow, Cause};
use super::cursor;
use super::run::{Applies, Follower};
use crate::journal::{Entries, JournalEntry};
use crate::storage::Tx;
use crate::{Code, Error, Id, Result, ResultExt};

/// How far entries were applied.
pub(super) enum Applied {
    /// So many of them.
    Some(usize),
    /// None: another replica has moved the cursor.
    AnotherMoved,
    /// None: the first one cannot be applied.
    Fails(Error),
}

/// What one transaction did.
enum Part {
    Applied(usize),
    AnotherMoved,
    /// The first entry needs one that is set aside.
    Needs(Cause),
}

/// A lost connection and the like say nothing of an entry.
fn is_passing(error: &Error) -> bool {
    matches!(error.code(), Code::Unavailable | Code::OutcomeUnknown)
}

impl Follower {
    /// Applies entries up to the first one that cannot be applied, or that is to be set aside. `kept` is where the kept cursor is:
    /// between it and the first entry there may be others that concern nobody here.
    pub(super) async fn apply(&self, entries: &[JournalEntry], kept: i64, journal_id: Id) -> Result<Applied> {
        let Some(first) = entries.first() else { return Ok(Applied::Some(0)) };
        let mut tried = entries;
        loop {
            match self.apply_at_once(tried, kept, journal_id).await {
                Ok(Part::Applied(count)) => return Ok(Applied::Some(count)),
                Ok(Part::AnotherMoved) => return Ok(Applied::AnotherMoved),
                Ok(Part::Needs(cause)) => return self.set_aside(first, kept, journal_id, cause).await,
                Err((_, error)) if is_passing(&error) => return Err(error),
                Err((failed, error)) => {
                    // What comes before the entry that failed is served. Where it is not known which one failed, it is in
                    // the first half or not.
                    let before = failed.unwrap_or(tried.len() / 2);
                    match tried.get(..before).filter(|before| !before.is_empty()) {
                        Some(before) => tried = before,
                        None => {
                            return match self.cause_of_failed(first).await? {
                                Some(cause) => self.set_aside(first, kept, journal_id, cause).await,
                                None => Ok(Applied::Fails(error)),
                            };
                        }
                    }
                }
            }
        }
    }

    /// Applies entries in one transaction: all, or those before the first that needs one that is set aside. Where one
    /// fails none is applied, and it is said which one failed, if that is known.
    async fn apply_at_once(
        &self,
        entries: &[JournalEntry],
        kept: i64,
        journal_id: Id,
    ) -> std::result::Result<Part, (Option<usize>, Error)> {
        const ANY: usize = usize::MAX;
        let (applies, service) = (Arc::clone(&self.applies), self.source.service);
        let kinds = entries.iter().map(|entry| entry.kind.clone()).collect::<Vec<_>>();
        let (entries, tried) = (entries.to_vec(), Arc::new(AtomicUsize::new(ANY)));
        let trying = Arc::clone(&tried);
        let done = self.db.note(self.act(), move |tx| {
            let Some(first) = entries.first() else { return Ok(Part::Applied(0)) };
            // The cursor comes first: whoever exchanges what is followed locks it.
            if !cursor::lock_at(tx, service, kept)? {
                return Ok(Part::AnotherMoved);
            }
            let aside = Aside::load(tx.conn(), service)?;
            if aside.has(first.id) {
                trying.store(0, Ordering::Relaxed);
                applies.pass_over(tx, first)?;
                cursor::advance(tx, service, journal_id, first)?;
                return Ok(Part::Applied(1));
            }
            // An entry that is set aside is passed over by itself: what is kept of others may be impossible for it.
            let until = entries.iter().position(|entry| aside.has(entry.id)).unwrap_or(entries.len());
            let entries = entries.get(..until).unwrap_or_default();
            applies.begin(tx, entries)?;
            let mut done = None;
            for (index, entry) in entries.iter().enumerate() {
                trying.store(index, Ordering::Relaxed);
                if let Some(cause) = aside.cause_of(entry, applies.as_ref()) {
                    if index == 0 {
                        applies.finish(tx, first.seq - 1)?;
                        return Ok(Part::Needs(cause));
                    }
                    break;
                } else {
                    apply_one(applies.as_ref(), tx, entry)?;
                }
                done = Some((index + 1, entry));
            }
            trying.store(ANY, Ordering::Relaxed);
            let Some((count, last)) = done else { return Ok(Part::Applied(0)) };
            applies.finish(tx, last.seq)?;
            cursor::advance(tx, service, journal_id, last)?;
            Ok(Part::Applied(count))
        });
        let part = done.await.map_err(|error| {
            let tried = tried.load(Ordering::Relaxed);
            ((tried != ANY).then_some(tried), error)
        })?;
        if let Part::Applied(count) = part {
            self.applies.renew(Some(kinds.get(..count).unwrap_or(&kinds))).await;
        }
        Ok(part)
    }

    /// Why an entry that cannot be applied is set aside, if it is to be.
    async fn cause_of_failed(&self, entry: &JournalEntry) -> Result<Option<Cause>> {
        let service = self.source.service;
        let here = self.db.read(move |conn| Aside::load(conn, service)).await?;
        if let Some(cause) = here.cause_of_failed(entry) {
            return Ok(Some(cause));
        }
        let Some(served) = &self.served else { return Ok(None) };
        let before = served.read(move |conn| Aside::load(conn, service)).await?;
        Ok(before.cause_of_before(entry))
    }

    /// Sets the next entry aside and goes on past it.
    async fn set_aside(&self, entry: &JournalEntry, kept: i64, journal_id: Id, cause: Cause) -> Result<Applied> {
        let (applies, service) = (Arc::clone(&self.applies), self.source.service);
        log::warn!("entry {} ({}) of {service} is set aside", entry.id, entry.kind);
        let (entry, act) = (entry.clone(), self.act());
        let row = AsideRow {
            source: service.to_owned(),
            seq: entry.seq,
            entry_id: entry.id,
            kind: entry.kind.clone(),
            subject: entry.subject.clone(),
            area_id: entry.area.as_ref().map(ToString::to_string),
            reason: cause.reason,
            because_of: cause.because_of,
            set_aside_at: act.at.naive_utc(),
        };
        let done = self.db.write(act, move |tx| {
            if !cursor::lock_at(tx, service, kept)? {
                return Ok((Applied::AnotherMoved, Entries::unjournalled("another replica was faster")));
            }
            let told = aside::insert(tx, &row)?;
            applies.pass_over(tx, &entry)?;
            cursor::advance(tx, service, journal_id, &entry)?;
            Ok((Applied::Some(1), told.into()))
        });
        done.await
    }
}

fn apply_one(applies: &dyn Applies, tx: &mut Tx<'_>, entry: &JournalEntry) -> Result<()> {
    let Some((_, newest)) = applies.handles().iter().find(|(kind, _)| *kind == entry.kind) else { return Ok(()) };
    if entry.v > *newest {
        return Err(Error::internal(format!("entry {} is {} of version {}", entry.seq, entry.kind, entry.v)));
    }
    if entry.data.is_none() {
        // Its content was lawfully erased; what it counted stays as it was.
        return Ok(());
    }
    applies.apply(tx, entry).doing(&format!("applying entry {} ({})", entry.seq, entry.kind))
}
