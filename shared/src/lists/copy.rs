//! How a copy of a list is kept up to date.
//!
//! A walk through a list ends with a mark. It says which changes the copy has, namely those that were there when the walk began:
//! what was changed meanwhile may have been missed, and comes again. It also says which records the copy may hold, namely those
//! that were listed when the walk ended.
//! The next walk begins with the mark, and shows what changed since. A record that the caller does not find in its lists any
//! more is named only where the mark covers it, so that nobody learns of a record that the caller could not read.

use sha2::{Digest, Sha256};

use super::listed::{changes, latest_change};
use super::mark::{Fingerprint, Reached};
use super::{Key, List, Marks, Seek};
use crate::access::May;
use crate::journal::hash_at;
use crate::storage::AnyConnection;
use crate::territory::Territory;
use crate::{Code, Error, Id, Result};

/// After all ids.
const LAST_ID: [u8; 16] = [0xff; 16];

/// A list as a caller may copy it.
#[derive(Clone)]
pub struct Copying {
    marks: Marks,
    list: List,
    /// In whose lists the caller sees records; nothing: in all.
    seen_in: Option<Vec<String>>,
    reader: String,
    fingerprint: Fingerprint,
}

/// A walk through what changed since a mark.
pub(crate) struct Changes {
    reached: Reached,
}

impl Copying {
    /// A list as a caller may copy it who sees the records of some areas; nothing: of all.
    #[must_use]
    pub fn of<P>(marks: &Marks, list: List, may: &May<P>, seen_in: Option<Vec<String>>, territory: &Territory) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(territory.fingerprint(may.today()));
        match &seen_in {
            None => hasher.update("*"),
            Some(areas) => areas.iter().for_each(|area| hasher.update(format!("{area}\n"))),
        }
        let fingerprint = first_bytes(&hasher.finalize());
        Self { marks: marks.clone(), list, seen_in, reader: may.caller.subject.clone(), fingerprint }
    }

    /// The mark with which a walk through the list begins.
    pub(crate) fn begin(&self, conn: &mut AnyConnection) -> Result<String> {
        let reached = self.now(conn)?;
        self.seal(&reached)
    }

    /// The mark with which a walk through the list ends that began with another one. What was listed meanwhile may be in
    /// the copy.
    pub(crate) fn end(&self, conn: &mut AnyConnection, begun: &str) -> Result<String> {
        let begun = self.marks.open_mark(self.list, &self.reader, begun).map_err(|_| Error::new(Code::BadCursor))?;
        let (held, _) = latest_change(conn, self.list, self.seen_in.as_deref())?;
        self.seal(&Reached { held, ..begun })
    }

    /// Begins a walk through what changed since a mark, or goes on with it.
    ///
    /// # Errors
    /// `bad_mark`; `mark_expired` where the caller's areas or the administrative units have changed since.
    pub(crate) fn since(&self, mark: &str) -> Result<Changes> {
        let reached = self.marks.open_mark(self.list, &self.reader, mark)?;
        if reached.fingerprint == self.fingerprint {
            Ok(Changes { reached })
        } else {
            Err(Error::new(Code::MarkExpired))
        }
    }

    fn now(&self, conn: &mut AnyConnection) -> Result<Reached> {
        let (seq, hash) = latest_change(conn, self.list, self.seen_in.as_deref())?;
        Ok(Reached { seq, id: Id::from_bytes(LAST_ID), held: seq, fingerprint: self.fingerprint, hash })
    }

    fn seal(&self, reached: &Reached) -> Result<String> {
        self.marks.seal(self.list, &self.reader, reached)
    }
}

/// A page of changes.
pub(crate) struct ChangedPage {
    /// The ids of records that changed, in the order of the changes, each once.
    pub ids: Vec<Id>,
    /// Where to go on; nothing at the end.
    pub next: Option<String>,
    /// The mark of the copy; only at the end.
    pub mark: Option<String>,
}

impl Changes {
    /// Reads a page, in a snapshot of the database.
    ///
    /// # Errors
    /// `mark_expired` where the database was put back to a state from before the mark.
    pub(crate) fn page(&self, conn: &mut AnyConnection, copying: &Copying, limit: i64) -> Result<ChangedPage> {
        let Reached { seq, id, held, hash, .. } = &self.reached;
        if hash_at(conn, *seq)?.unwrap_or_default() != *hash {
            return Err(Error::new(Code::MarkExpired));
        }
        // The page before may have shown what came as late as its last change.
        let held = *held.max(seq);
        let after = Some((Key::Number(*seq), *id));
        let seek = changes(copying.list, copying.seen_in.clone(), held);
        let mut places = Seek { after, limit: limit + 1, ..seek }.places(conn)?;
        let shown = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = places.len() > shown;
        places.truncate(shown);
        let (next, mark) = match places.last() {
            Some(last) if has_more => {
                let Key::Number(seq) = last.key else { return Err(Error::internal("a change has no number")) };
                let (id, hash) = (last.id, hash_at(conn, seq)?.unwrap_or_default());
                let reached = Reached { seq, id, held, fingerprint: copying.fingerprint, hash };
                (Some(copying.seal(&reached)?), None)
            }
            _ => (None, Some(copying.begin(conn)?)),
        };
        let mut ids: Vec<Id> = Vec::with_capacity(places.len());
        for place in places {
            // A record may have left one area and come to another with one change.
            if !ids.contains(&place.id) {
                ids.push(place.id);
            }
        }
        Ok(ChangedPage { ids, next, mark })
    }
}

fn first_bytes(hash: &[u8]) -> Fingerprint {
    let mut fingerprint = Fingerprint::default();
    for (to, from) in fingerprint.iter_mut().zip(hash) {
        *to = *from;
    }
    fingerprint
}
