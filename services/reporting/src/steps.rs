//! How many rows the entries behind a figure are read at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How many rows the entries behind a figure are read at a time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Steps {
    /// How many facts, or units, are read first.
    pub first: i64,
    /// How many are read at once.
    pub at_once: i64,
    /// How many are read in all before those of few organisations or units are looked for.
    pub before_few: i64,
    /// How many periods of organisations or units are few. The facts of more take longer to find and to sort than to read on.
    pub few: i64,
}

/// Which steps a service takes. A debug build takes short ones, so that tests come to all ways of reading; a test at a large size
/// asks for those of a release.
#[derive(Debug, Clone)]
pub struct ReadingSteps(Arc<AtomicBool>);

impl Default for ReadingSteps {
    fn default() -> Self {
        Self(Arc::new(AtomicBool::new(!cfg!(debug_assertions))))
    }
}

impl ReadingSteps {
    /// Takes the steps of a release from now on.
    pub fn be_long(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> Steps {
        if self.0.load(Ordering::Relaxed) {
            Steps { first: 250, at_once: 2000, before_few: 3000, few: 2000 }
        } else {
            Steps { first: 3, at_once: 10, before_few: 18, few: 8 }
        }
    }
}
