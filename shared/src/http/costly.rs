//! Costly work in turns: a few pieces at a time, and callers one after the other, so that who asks for much waits for
//! himself and not for others.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::{Code, Error, Result};

/// How many pieces of costly work a service of a process does at a time. An embedded database has one connection more
/// for whoever looks up a record meanwhile.
pub const AT_ONCE_MAX: usize = 3;

/// How many of them are one caller's.
pub const OF_A_CALLER_MAX: usize = 2;

/// How many more of a caller's wait for their turn; one beyond is told at once to come back.
pub const WAITING_MAX: usize = 32;

/// How long one waits for its turn.
pub const WAIT_SECONDS_MAX: u64 = 10;

/// Gives turns for costly work.
#[derive(Debug, Clone)]
pub struct Costly {
    queue: Arc<Mutex<Queue>>,
    wait_max: Duration,
}

impl Default for Costly {
    fn default() -> Self {
        Self { queue: Arc::default(), wait_max: Duration::from_secs(WAIT_SECONDS_MAX) }
    }
}

#[derive(Debug, Default)]
struct Queue {
    running: usize,
    callers: HashMap<String, Share>,
    /// Whose turn it is next; each caller with work that waits stands here once.
    order: VecDeque<String>,
}

#[derive(Debug, Default)]
struct Share {
    running: usize,
    waiting: VecDeque<oneshot::Sender<Turn>>,
}

/// A turn; it ends when it is dropped. It goes with the work, which may outlive the request that asked for it.
#[derive(Debug)]
pub struct Turn {
    costly: Costly,
    caller: String,
}

impl Costly {
    /// Waits for a caller's turn.
    ///
    /// # Errors
    /// `too_busy` after ten seconds, or at once where the caller has too much waiting already.
    pub async fn turn(&self, caller: &str) -> Result<Turn> {
        let (sender, receiver) = oneshot::channel();
        {
            let mut queue = self.queue();
            let share = queue.callers.entry(caller.to_owned()).or_default();
            share.waiting.retain(|waiting| !waiting.is_closed());
            if share.waiting.len() >= WAITING_MAX {
                return Err(Error::new(Code::TooBusy));
            }
            share.waiting.push_back(sender);
            if !queue.order.iter().any(|one| one == caller) {
                queue.order.push_back(caller.to_owned());
            }
        }
        self.give();
        match tokio::time::timeout(self.wait_max, receiver).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(_)) | Err(_) => Err(Error::new(Code::TooBusy)),
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the turns that are free.
    fn give(&self) {
        loop {
            // The lock is let go before the turn is handed over: a turn that nobody takes any more ends at once.
            let Some((caller, waiting)) = self.queue().next() else { return };
            let turn = Turn { costly: self.clone(), caller };
            drop(waiting.send(turn));
        }
    }
}

impl Queue {
    /// Takes the next piece of work that may begin.
    fn next(&mut self) -> Option<(String, oneshot::Sender<Turn>)> {
        if self.running >= AT_ONCE_MAX {
            return None;
        }
        for _ in 0..self.order.len() {
            let caller = self.order.pop_front()?;
            let share = self.callers.entry(caller.clone()).or_default();
            let next = if share.running < OF_A_CALLER_MAX { share.next() } else { None };
            if !share.waiting.is_empty() {
                self.order.push_back(caller.clone());
            }
            if let Some(waiting) = next {
                share.running += 1;
                self.running += 1;
                return Some((caller, waiting));
            }
            self.forget(&caller);
        }
        None
    }

    fn end(&mut self, caller: &str) {
        self.running = self.running.saturating_sub(1);
        if let Some(share) = self.callers.get_mut(caller) {
            share.running = share.running.saturating_sub(1);
        }
        self.forget(caller);
    }

    /// Forgets a caller who has nothing here.
    fn forget(&mut self, caller: &str) {
        if self.callers.get(caller).is_some_and(|share| share.running == 0 && share.waiting.is_empty()) {
            self.callers.remove(caller);
        }
    }
}

impl Share {
    /// Takes the oldest that still waits.
    fn next(&mut self) -> Option<oneshot::Sender<Turn>> {
        while let Some(waiting) = self.waiting.pop_front() {
            if !waiting.is_closed() {
                return Some(waiting);
            }
        }
        None
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.costly.queue().end(&self.caller);
        self.costly.give();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_caller_waits_for_himself_and_not_for_others() {
        let costly = Costly::default();
        let (one, two) = (costly.turn("greedy").await.expect("a turn"), costly.turn("greedy").await.expect("a turn"));
        let ask = |caller: &'static str| {
            let costly = costly.clone();
            tokio::spawn(async move { costly.turn(caller).await })
        };
        let more: Vec<_> = (0..5).map(|_| ask("greedy")).collect();
        tokio::task::yield_now().await;
        let other = costly.turn("other").await.expect("the place that a greedy caller cannot take");
        let third = ask("third");
        tokio::task::yield_now().await;
        // The greedy one waited first and goes on with one; then it is the third one's turn.
        drop((one, two));
        let third = third.await.expect("no panic").expect("a turn");
        assert!(more.iter().filter(|waiting| waiting.is_finished()).count() <= 1, "turn by turn");
        drop((other, third));
        for waiting in more {
            drop(waiting.await.expect("no panic").expect("a turn"));
        }
        let queue = costly.queue();
        assert_eq!((queue.running, queue.callers.len(), queue.order.len()), (0, 0, 0), "nothing is left behind");
    }

    #[tokio::test]
    async fn who_waits_too_long_or_asks_for_too_much_is_told() {
        let costly = Costly { wait_max: Duration::from_millis(50), ..Costly::default() };
        let _turns = (costly.turn("a").await.expect("a turn"), costly.turn("a").await.expect("a turn"));
        let waiting: Vec<_> = (0..WAITING_MAX)
            .map(|_| {
                let costly = costly.clone();
                tokio::spawn(async move { costly.turn("a").await.map(|_| ()) })
            })
            .collect();
        tokio::task::yield_now().await;
        assert_eq!(costly.turn("a").await.expect_err("too much").code(), Code::TooBusy);
        for one in waiting {
            assert_eq!(one.await.expect("no panic").expect_err("too long").code(), Code::TooBusy);
        }
        assert!(costly.turn("b").await.is_ok());
    }
}
