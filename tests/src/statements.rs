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
                watcher.seen.lock().unwrap_or_else(PoisonError::into_inner).push(text.clone());
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
        self.take_with_values().into_iter().map(|(statement, _)| statement).collect()
    }

    /// The statements seen since the last call, each with its values as PostgreSQL reads them: quoted texts, or NULL.
    #[must_use]
    pub fn take_with_values(&self) -> Vec<(String, Vec<String>)> {
        let seen = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        seen.iter()
            .map(|text| {
                let (statement, values) = text.split_once("-- binds: ").unwrap_or((text, "[]"));
                (statement.trim().to_owned(), values_in(values.trim()))
            })
            .collect()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        WATCHERS.lock().unwrap_or_else(PoisonError::into_inner).retain(|watcher| !Arc::ptr_eq(&watcher.seen, &self.0));
    }
}

/// The values in a list as Rust's `Debug` writes it, as PostgreSQL reads them.
fn values_in(list: &str) -> Vec<String> {
    let inner = list.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or_default();
    let (mut values, mut value, mut depth, mut is_text, mut is_escaped) = (Vec::new(), String::new(), 0, false, false);
    for sign in inner.chars() {
        match sign {
            _ if is_escaped => is_escaped = false,
            '\\' if is_text => is_escaped = true,
            '"' => is_text = !is_text,
            '[' | '(' if !is_text => depth += 1,
            ']' | ')' if !is_text => depth -= 1,
            ',' if !is_text && depth == 0 => {
                values.push(std::mem::take(&mut value));
                continue;
            }
            _ => {}
        }
        value.push(sign);
    }
    values.push(value);
    values.iter().map(|value| value.trim()).filter(|value| !value.is_empty()).map(quoted).collect()
}

fn quoted(value: &str) -> String {
    let within = |value: &str, before: &str| {
        value.strip_prefix(before).and_then(|rest| rest.strip_suffix(')')).map(str::to_owned)
    };
    let value = within(value, "Some(").unwrap_or_else(|| value.to_owned());
    let value = within(&value, "Id(").unwrap_or(value);
    if value == "None" {
        return "NULL".to_owned();
    }
    let text = if value.starts_with('"') {
        // The end of a range of words is the one sign that Rust escapes in another way than JSON.
        serde_json::from_str(&value.replace("\\u{7f}", "\u{7f}")).unwrap_or(value)
    } else if let Some(bytes) = value.strip_prefix('[') {
        let bytes = bytes.trim_end_matches(']').split(", ").filter_map(|byte| byte.parse::<u8>().ok());
        format!("\\x{}", hex::encode(bytes.collect::<Vec<u8>>()))
    } else {
        value
    };
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_they_are_written() {
        let id = shared::Id::from_bytes([1; 16]);
        let none: Option<shared::Id> = None;
        let list = format!("[{:?}, {:?}, {none:?}, 5, {:?}, {:?}]", "a, \"b\" 'c'", Some(id), [1_u8, 255], "x\u{7f}");
        let id = format!("'{id}'");
        let expected = ["'a, \"b\" ''c'''", &id, "NULL", "'5'", "'\\x01ff'", "'x\u{7f}'"];
        assert_eq!(values_in(&list), expected);
    }
}
