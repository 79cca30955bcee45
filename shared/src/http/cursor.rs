//! Seek paging: a cursor holds the sort key of the last item, and is checked when it comes back.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, NaiveDateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Page;
use crate::error::{At, Fault, Params};
use crate::validate::Wrong;
use crate::{Code, Error, Result};

/// How a list is paged: flattened into each list's query is not possible with unknown fields refused, so
/// each list's query names these fields itself and builds this.
#[derive(Debug, Clone)]
pub struct PageQuery<K> {
    /// How many items at most.
    pub limit: i64,
    /// The sort key of the last item of the page before.
    pub after: Option<K>,
}

/// A cursor: which list it belongs to, and the last item's sort key.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cursor<K> {
    list: String,
    key: K,
}

impl<K: Serialize + DeserializeOwned> PageQuery<K> {
    /// Reads `limit` and `cursor` of a list.
    ///
    /// # Errors
    /// `bad_cursor` for a cursor that is not this list's; `invalid_fields` for a limit out of 1-200.
    pub fn parse(list: &str, limit: Option<i64>, cursor: Option<&str>) -> Result<Self> {
        const LIMIT_DEFAULT: i64 = 50;
        const LIMIT_MAX: i64 = 200;
        let limit = limit.unwrap_or(LIMIT_DEFAULT);
        if !(1..=LIMIT_MAX).contains(&limit) {
            let (code, params) = if limit < 1 {
                (Code::TooSmall, Params::from([("min", "1".to_owned())]))
            } else {
                (Code::TooMany, Params::from([("max", LIMIT_MAX.to_string())]))
            };
            return Err(Error::faults(vec![Fault { at: At::Parameter("limit".to_owned()), code, params }]));
        }
        let after = cursor.map(|cursor| decode::<K>(list, cursor)).transpose()?;
        Ok(Self { limit, after })
    }

    /// Makes the page out of one item more than asked for.
    ///
    /// # Errors
    /// Fails when the sort key cannot be written.
    pub fn page<T>(&self, list: &str, mut items: Vec<T>, key: impl Fn(&T) -> K) -> Result<Page<T>> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let has_more = items.len() > limit;
        items.truncate(limit);
        let next = match items.last() {
            Some(last) if has_more => {
                let cursor = Cursor { list: list.to_owned(), key: key(last) };
                Some(URL_SAFE_NO_PAD.encode(serde_json::to_vec(&cursor)?))
            }
            _ => None,
        };
        Ok(Page { items, next, total: None })
    }
}

/// An instant as a cursor holds it.
#[must_use]
pub fn written_instant(at: DateTime<Utc>) -> String {
    at.timestamp_micros().to_string()
}

/// Reads an instant of a cursor.
///
/// # Errors
/// `bad_cursor`.
pub fn read_instant(text: &str) -> Result<NaiveDateTime> {
    let instant = text.parse().ok().and_then(DateTime::from_timestamp_micros);
    instant.map(|at| at.naive_utc()).ok_or_else(|| Error::new(Code::BadCursor))
}

/// How a short list that is held in memory is paged: a catalogue, in an order of its own.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListAll {
    /// How many at most, 1-200; 50 if left out.
    pub limit: Option<i64>,
    /// The cursor of the page, from the page before.
    pub cursor: Option<String>,
    /// Whether to count them all: `true`.
    pub count: Option<bool>,
}

impl ListAll {
    /// Makes a page of a catalogue: its order does not change while the program runs.
    ///
    /// # Errors
    /// As [`PageQuery::parse`].
    pub fn page<T>(&self, list: &str, items: Vec<T>) -> Result<Page<T>> {
        let page = PageQuery::<usize>::parse(list, self.limit, self.cursor.as_deref())?;
        let total = self.count.unwrap_or(false).then(|| i64::try_from(items.len()).unwrap_or(i64::MAX));
        let first = page.after.map_or(0, |last| last + 1);
        let wanted = usize::try_from(page.limit + 1).unwrap_or(usize::MAX);
        let numbered = items.into_iter().enumerate().skip(first).take(wanted).collect();
        let numbered = page.page(list, numbered, |(number, _)| *number)?;
        let items = numbered.items.into_iter().map(|(_, item)| item).collect();
        Ok(Page { items, next: numbered.next, total })
    }
}

/// The order of a list of named things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// By name, accents aside.
    Name,
    /// The latest change first.
    LatestFirst,
}

impl Sort {
    /// Reads `sort`: `name` (which is the default) or `-updated_at`.
    ///
    /// # Errors
    /// `unknown_value`.
    pub fn parse(text: Option<&str>) -> Result<Self> {
        match text {
            None | Some("name") => Ok(Self::Name),
            Some("-updated_at") => Ok(Self::LatestFirst),
            Some(_) => {
                let wrong = Wrong::not_among(&["name", "-updated_at"]);
                Err(Error::faults(vec![Fault {
                    at: At::Parameter("sort".to_owned()),
                    code: wrong.code,
                    params: wrong.params,
                }]))
            }
        }
    }

    /// The name of a list in this order: a cursor of another order is not this one's.
    #[must_use]
    pub fn list(self, name: &str) -> String {
        match self {
            Self::Name => name.to_owned(),
            Self::LatestFirst => format!("{name} by -updated_at"),
        }
    }
}

fn decode<K: DeserializeOwned>(list: &str, text: &str) -> Result<K> {
    let bad = || Error::new(Code::BadCursor);
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| bad())?;
    let cursor: Cursor<K> = serde_json::from_slice(&bytes).map_err(|_| bad())?;
    if cursor.list == list { Ok(cursor.key) } else { Err(bad()) }
}
