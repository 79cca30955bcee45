//! Watching the statements that this process sends to its databases.

use std::sync::{Arc, Mutex, Once, PoisonError};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};

use crate::app::TestApp;

type IsWatched = Box<dyn Fn(&str) -> bool + Send>;

struct Watcher {
    /// A part of the URLs of the connections that are watched.
    database: String,
    is_watched: IsWatched,
    seen: Arc<Mutex<Vec<String>>>,
}

static WATCHERS: Mutex<Vec<Watcher>> = Mutex::new(Vec::new());
static STARTED: Once = Once::new();

/// Lets the connections that are made from now on be watched. To be called before a test starts its system.
///
/// # Panics
/// When the driver is watched by something else.
pub fn watch_connections() {
    STARTED.call_once(|| set_default_instrumentation(watching).expect("nothing else watches"));
}

fn watching() -> Option<Box<dyn Instrumentation>> {
    let mut connected_to = String::new();
    Some(Box::new(move |event: InstrumentationEvent<'_>| match event {
        InstrumentationEvent::StartEstablishConnection { url, .. } => url.clone_into(&mut connected_to),
        InstrumentationEvent::StartQuery { query, .. } => {
            let watchers = WATCHERS.lock().unwrap_or_else(PoisonError::into_inner);
            let mut watchers = watchers.iter().filter(|watcher| connected_to.contains(&watcher.database)).peekable();
            if watchers.peek().is_none() {
                return;
            }
            let text = query.to_string();
            for watcher in watchers.filter(|watcher| (watcher.is_watched)(&text)) {
                let statement = text.split("-- binds").next().unwrap_or_default().trim().to_owned();
                watcher.seen.lock().unwrap_or_else(PoisonError::into_inner).push(statement);
            }
        }
        _ => {}
    }))
}

/// Watches the statements that are sent to one system's databases, until it is dropped.
#[derive(Debug)]
pub struct Watched(Arc<Mutex<Vec<String>>>);

impl Watched {
    /// Watches statements whose text, with its values, fulfils a condition.
    pub fn those(app: &TestApp, is_watched: impl Fn(&str) -> bool + Send + 'static) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (database, is_watched) = (app.database.part_of_urls(), Box::new(is_watched));
        let watcher = Watcher { database, is_watched, seen: Arc::clone(&seen) };
        WATCHERS.lock().unwrap_or_else(PoisonError::into_inner).push(watcher);
        Self(seen)
    }

    /// The statements seen since the last call, without their values.
    #[must_use]
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        WATCHERS.lock().unwrap_or_else(PoisonError::into_inner).retain(|watcher| !Arc::ptr_eq(&watcher.seen, &self.0));
    }
}
