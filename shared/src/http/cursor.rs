//! Seek paging: a cursor holds the sort key of the last item, and is checked when it comes back.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Page;
use crate::error::{At, Fault, Params};
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

fn decode<K: DeserializeOwned>(list: &str, text: &str) -> Result<K> {
    let bad = || Error::new(Code::BadCursor);
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| bad())?;
    let cursor: Cursor<K> = serde_json::from_slice(&bytes).map_err(|_| bad())?;
    if cursor.list == list { Ok(cursor.key) } else { Err(bad()) }
}
