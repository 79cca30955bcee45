//! Seek paging: a cursor holds the sort key of the last item, and is checked when it comes back.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Datelike, NaiveDateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::query::CURSOR_BYTES_MAX;
use super::{Page, Query};
use crate::Day;
use crate::day::YEARS;
use crate::journal::SAFE_INTEGER_MAX;
use crate::lists::{Order, Total};
use crate::territory::AreaId;
use crate::validate::{Faults, Wrong, within};
use crate::{Code, Error, Id, Result};

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

/// What a cursor may hold. A cursor comes back from outside, and can have been made by anybody: what it holds is
/// checked before a database meets it.
pub trait CursorKey: Serialize + DeserializeOwned {
    /// Says whether it can be a sort key of ours.
    fn is_sound(&self) -> bool;
}

impl CursorKey for Id {
    fn is_sound(&self) -> bool {
        true
    }
}

impl CursorKey for Day {
    fn is_sound(&self) -> bool {
        true
    }
}

impl CursorKey for AreaId {
    fn is_sound(&self) -> bool {
        true
    }
}

impl CursorKey for usize {
    fn is_sound(&self) -> bool {
        u32::try_from(*self).is_ok()
    }
}

impl CursorKey for i64 {
    fn is_sound(&self) -> bool {
        (0..=SAFE_INTEGER_MAX).contains(self)
    }
}

impl CursorKey for String {
    fn is_sound(&self) -> bool {
        !self.chars().any(char::is_control)
    }
}

impl<A: CursorKey, B: CursorKey> CursorKey for (A, B) {
    fn is_sound(&self) -> bool {
        self.0.is_sound() && self.1.is_sound()
    }
}

impl<A: CursorKey, B: CursorKey, C: CursorKey> CursorKey for (A, B, C) {
    fn is_sound(&self) -> bool {
        self.0.is_sound() && self.1.is_sound() && self.2.is_sound()
    }
}

impl<K: CursorKey> PageQuery<K> {
    /// Reads `limit` and `cursor` of a list. A limit out of 1-200 is a fault.
    ///
    /// # Errors
    /// `bad_cursor` for a cursor that is not this list's.
    pub fn parse(faults: &mut Faults, list: &str, limit: Option<i64>, cursor: Option<&str>) -> Result<Self> {
        let limit = limit_of(faults, limit);
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
        Ok(Page::of(items, next))
    }
}

/// Reads how many a page shows at most. A limit out of 1-200 is a fault.
pub(super) fn limit_of(faults: &mut Faults, limit: Option<i64>) -> i64 {
    const LIMIT_DEFAULT: i64 = 50;
    const LIMIT_MAX: i64 = 200;
    let limit = within(limit.unwrap_or(LIMIT_DEFAULT), 1, LIMIT_MAX);
    faults.take_parameter("limit", limit).unwrap_or(LIMIT_DEFAULT)
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
    instant.filter(|at| YEARS.contains(&at.year())).map(|at| at.naive_utc()).ok_or_else(|| Error::new(Code::BadCursor))
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

impl Query<ListAll> {
    /// Makes a page of a catalogue: its order does not change while the program runs.
    ///
    /// # Errors
    /// All faults of the query; `bad_cursor`.
    pub fn page<T>(self, list: &str, items: Vec<T>) -> Result<Page<T>> {
        let (asked, mut faults) = self.parts();
        let page = PageQuery::<usize>::parse(&mut faults, list, asked.limit, asked.cursor.as_deref())?;
        faults.finish()?;
        let total = asked.count.unwrap_or(false).then(|| i64::try_from(items.len()).unwrap_or(i64::MAX));
        let first = page.after.map_or(0, |last| last + 1);
        let wanted = usize::try_from(page.limit + 1).unwrap_or(usize::MAX);
        let numbered = items.into_iter().enumerate().skip(first).take(wanted).collect();
        let numbered = page.page(list, numbered, |(number, _)| *number)?;
        Ok(numbered.map(|(_, item)| item).counted(total.map(Total::all)))
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
    /// Reads `sort`: `name` (which is the default) or `-updated_at`; another value is a fault.
    pub fn parse(faults: &mut Faults, text: Option<&str>) -> Self {
        match text {
            None | Some("name") => Self::Name,
            Some("-updated_at") => Self::LatestFirst,
            Some(_) => {
                faults.add_parameter("sort", Wrong::not_among(&["name", "-updated_at"]));
                Self::Name
            }
        }
    }

    /// The order of a list, by names or changes.
    #[must_use]
    pub fn order(self, name_column: &'static str) -> Order {
        match self {
            Self::Name => Order::Text(name_column),
            Self::LatestFirst => Order::LatestFirst("updated_at"),
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

fn decode<K: CursorKey>(list: &str, text: &str) -> Result<K> {
    let bad = || Error::new(Code::BadCursor);
    if text.len() > CURSOR_BYTES_MAX {
        return Err(bad());
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| bad())?;
    let cursor: Cursor<K> = serde_json::from_slice(&bytes).map_err(|_| bad())?;
    if cursor.list == list && cursor.key.is_sound() { Ok(cursor.key) } else { Err(bad()) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn forged(list: &str, key: &serde_json::Value) -> String {
        URL_SAFE_NO_PAD.encode(json!({"list": list, "key": key}).to_string())
    }

    /// N3: a cursor is plain text to whoever looks, and can be forged.
    #[test]
    fn a_forged_cursor_is_refused_before_a_database_meets_it() {
        type Key = (String, i64, Id);
        let id = Id::new().to_string();
        let read = |key| {
            PageQuery::<Key>::parse(&mut Faults::new(), "x", None, Some(&forged("x", &key)))
                .err()
                .map(|error| error.code())
        };
        assert_eq!(read(json!(["a", 1, id])), None);
        for key in [
            json!(["a\u{0}", 1, id]),
            json!(["a", -1, id]),
            json!(["a", 9_007_199_254_740_993_i64, id]),
            json!(["a", 1, "x"]),
            json!(["a", 1]),
            json!(null),
        ] {
            assert_eq!(read(key.clone()), Some(Code::BadCursor), "{key}");
        }
        let page = Query::of(ListAll { cursor: Some(forged("x", &json!(u64::MAX))), ..ListAll::default() });
        assert_eq!(page.page("x", vec![1]).expect_err("far beyond").code(), Code::BadCursor);
        let long =
            PageQuery::<String>::parse(&mut Faults::new(), "x", None, Some(&forged("x", &json!("a".repeat(5000)))));
        assert_eq!(long.expect_err("too long").code(), Code::BadCursor);
        for at in ["9223372036854775807", "-9223372036854775808", "", "x", "4133980800000000"] {
            assert!(read_instant(at).is_err(), "{at}");
        }
        assert!(read_instant("1638316800000000").is_ok());
    }
}
