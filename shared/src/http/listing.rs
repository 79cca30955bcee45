//! Lists of records over HTTP: each list names its own filters; what all of them are asked beside that is read, paged, counted
//! and copied here.

use std::collections::BTreeSet;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::NaiveDate;
use futures_util::future::{Ready, ready};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use url::form_urlencoded;

use super::cursor::{CursorKey, limit_of, read_instant, written_instant};
use super::query::{CURSOR_BYTES_MAX, parse_query};
use super::{Failure, Page};
use crate::error::{At, Error};
use crate::lists::{Changes, Copying, IdList, Key, Order, Place, Seek};
use crate::storage::{AnyConnection, Db};
use crate::validate::{Faults, Wrong};
use crate::{Code, Day, Id, Result};

/// What every list of records is asked beside its own filters.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// Only records with these ids, separated by commas: at most 200. An id that names nothing within the caller's areas is left out
    /// of the answer. Further filters narrow the answer.
    #[param(inline)]
    ids: Option<IdList>,
    /// How many at most, 1-200; 50 if left out.
    limit: Option<i64>,
    /// The cursor of the page, from the page before.
    cursor: Option<String>,
    /// Whether to count them, to 10,000: `true`.
    count: Option<bool>,
}

/// The names of [`Paging`].
const PAGING: [&str; 4] = ["ids", "limit", "cursor", "count"];
/// What may be sent of a list that is read as a whole.
const WHOLE: [&str; 4] = ["limit", "cursor", "count", "sort"];
/// What may be sent with a mark.
const CHANGES: [&str; 3] = ["limit", "cursor", "updated_after"];

/// The query of a list of records: its own filters, and what every list is asked.
#[derive(Debug)]
pub struct Listed<Q> {
    asked: Q,
    paging: Paging,
    limit: i64,
    faults: Faults,
    /// The names of all parameters that were sent.
    names: BTreeSet<String>,
}

impl<Q: DeserializeOwned + 'static> FromRequest for Listed<Q> {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::parse(request.query_string()).map_err(Failure))
    }
}

impl<Q: DeserializeOwned> Listed<Q> {
    fn parse(query: &str) -> Result<Self> {
        let (mut paging, mut own) =
            (form_urlencoded::Serializer::new(String::new()), form_urlencoded::Serializer::new(String::new()));
        let mut names = BTreeSet::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let part = if PAGING.contains(&name.as_ref()) { &mut paging } else { &mut own };
            part.append_pair(&name, &value);
            names.insert(name.into_owned());
        }
        let (paging, mut faults) = parse_query::<Paging>(&paging.finish())?.parts();
        let limit = limit_of(&mut faults, paging.limit);
        let (asked, own_faults) = match parse_query(&own.finish()) {
            Ok(query) => query.parts(),
            Err(refused) => {
                refused.field_faults().iter().for_each(|fault| faults.push(fault.clone()));
                faults.finish()?;
                return Err(refused);
            }
        };
        own_faults.into_vec().into_iter().for_each(|fault| faults.push(fault));
        let has_others = names.iter().any(|name| !CHANGES.contains(&name.as_str()));
        if names.contains("updated_after") && has_others && !faults.names(&At::Parameter("updated_after".to_owned())) {
            faults.add_parameter("updated_after", Wrong::new(Code::OnlyWholeList));
        }
        Ok(Self { asked, paging, limit, faults, names })
    }
}

impl<Q> Listed<Q> {
    /// The list's own filters without what is wrong, and the faults so far: the handler adds its own, and finishes them.
    pub fn parts(&self) -> (&Q, Faults) {
        (&self.asked, self.faults.clone())
    }

    /// The ids that were asked for.
    #[must_use]
    pub fn ids(&self) -> Option<&[Id]> {
        self.paging.ids.as_ref().map(IdList::as_slice)
    }

    /// The list, by a name under which its cursors are known.
    ///
    /// # Errors
    /// All faults of the query's shape.
    pub fn listing(&self, name: &str) -> Result<Listing> {
        self.faults.clone().finish()?;
        let Paging { ids, cursor, count, .. } = &self.paging;
        Ok(Listing {
            name: name.to_owned(),
            limit: self.limit,
            cursor: cursor.clone(),
            is_counted: *count == Some(true),
            ids: ids.as_ref().map(|ids| ids.as_slice().to_vec()),
            copying: None,
            since: None,
        })
    }

    /// As [`Self::listing`], of a list of which the caller may keep a copy. With a mark it shows what changed since.
    ///
    /// # Errors
    /// As [`Self::listing`].
    pub fn copied(&self, name: &str, copying: Copying, updated_after: Option<&str>) -> Result<Listing> {
        let has_others = |known: &[&str]| self.names.iter().any(|name| !known.contains(&name.as_str()));
        let is_whole = updated_after.is_some() || !has_others(&WHOLE);
        let copying = is_whole.then_some(copying);
        Ok(Listing { copying, since: updated_after.map(str::to_owned), ..self.listing(name)? })
    }
}

/// The records that a list shows to a caller.
pub trait Records: Send + 'static {
    /// A record.
    type Record: Send + 'static;
    /// Whether a page has to be read at one moment: a record stands in several tables.
    const IN_SNAPSHOT: bool = true;

    /// The records that the caller may see and asks for; with `only`, of those with these ids.
    ///
    /// # Errors
    /// Fails when the database does.
    fn sought(&self, conn: &mut AnyConnection, only: Option<&[Id]>) -> Result<Seek>;

    /// Loads the records with some ids that the caller may see, in whatever order.
    ///
    /// # Errors
    /// Fails when the database does.
    fn load(&self, conn: &mut AnyConnection, ids: &[Id]) -> Result<Vec<(Id, Self::Record)>>;
}

/// A list of records as it was asked for.
pub struct Listing {
    name: String,
    limit: i64,
    cursor: Option<String>,
    is_counted: bool,
    ids: Option<Vec<Id>>,
    copying: Option<Copying>,
    since: Option<String>,
}

/// What a cursor holds: the last record of the page before, and the mark with which the walk began.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cursor {
    list: String,
    key: String,
    id: Id,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    begun: Option<String>,
}

impl Listing {
    /// A part of a list that is exported whole, by a name under which its cursors are known.
    #[must_use]
    pub fn part(name: &str, cursor: Option<String>) -> Self {
        const RECORDS_A_PART: i64 = 200;
        let name = name.to_owned();
        Self { name, limit: RECORDS_A_PART, cursor, is_counted: false, ids: None, copying: None, since: None }
    }

    /// Reads the page.
    ///
    /// # Errors
    /// `bad_cursor` for a cursor that is not this list's; `bad_mark`; `mark_expired`.
    pub async fn read<R: Records>(self, db: &Db, records: R) -> Result<Page<R::Record>> {
        if let (Some(mark), Some(copying)) = (&self.since, &self.copying) {
            let changes = match &self.cursor {
                Some(cursor) => copying.since(cursor).map_err(|error| match error.code() {
                    Code::BadMark => Error::new(Code::BadCursor),
                    _ => error,
                }),
                None => copying.since(mark),
            }?;
            let (copying, limit) = (copying.clone(), self.limit);
            return db.read(move |conn| read_changes(conn, &records, (&changes, &copying), limit)).await;
        }
        let cursor = self.cursor.as_deref().map(|cursor| self.decode(cursor)).transpose()?;
        let read = move |conn: &mut AnyConnection| self.read_all(conn, &records, cursor);
        if R::IN_SNAPSHOT { db.read(read).await } else { db.ask(read).await }
    }

    fn read_all<R: Records>(
        &self,
        conn: &mut AnyConnection,
        records: &R,
        cursor: Option<Cursor>,
    ) -> Result<Page<R::Record>> {
        // Where nothing holds the database still, the mark comes before the records: what changes meanwhile comes again.
        let begun = match (&self.copying, &cursor) {
            (None, _) => None,
            (Some(copying), None) => Some(copying.begin(conn)?),
            (Some(_), Some(cursor)) => cursor.begun.clone(),
        };
        let mut seek = records.sought(conn, self.ids.as_deref())?;
        let total = self.is_counted.then(|| seek.count(conn)).transpose()?;
        seek.after = cursor.map(|cursor| Ok::<_, Error>((read_key(seek.order, cursor.key)?, cursor.id))).transpose()?;
        seek.limit = self.limit + 1;
        let mut places = seek.places(conn)?;
        let shown = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let has_more = places.len() > shown;
        places.truncate(shown);
        let ids: Vec<Id> = places.iter().map(|place| place.id).collect();
        // A record may have left the caller's areas since its id was read. The page is short then, and not the last.
        let items = in_order(&ids, records.load(conn, &ids)?);
        let mut page = Page::of(items, None);
        match (places.pop(), &self.copying, begun) {
            (Some(last), _, begun) if has_more => page.next = Some(self.encode(last, begun)?),
            (_, Some(copying), Some(begun)) => page.mark = Some(copying.end(conn, &begun)?),
            _ => {}
        }
        Ok(page.counted(total))
    }

    fn encode(&self, last: Place, begun: Option<String>) -> Result<String> {
        let key = match last.key {
            Key::Id => String::new(),
            Key::Text(text) => text,
            Key::Number(number) => number.to_string(),
            Key::Instant(at) => written_instant(at.and_utc()),
            Key::Day(day) => day.to_string(),
        };
        let cursor = Cursor { list: self.name.clone(), key, id: last.id, begun };
        Ok(URL_SAFE_NO_PAD.encode(serde_json::to_vec(&cursor)?))
    }

    /// Reads a cursor, which can have been made by anybody.
    fn decode(&self, text: &str) -> Result<Cursor> {
        let bad = || Error::new(Code::BadCursor);
        if text.len() > CURSOR_BYTES_MAX {
            return Err(bad());
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| bad())?;
        let cursor: Cursor = serde_json::from_slice(&bytes).map_err(|_| bad())?;
        if cursor.list == self.name && cursor.key.is_sound() { Ok(cursor) } else { Err(bad()) }
    }
}

fn read_key(order: Order, key: String) -> Result<Key> {
    Ok(match order {
        Order::Id => Key::Id,
        Order::Text(_) => Key::Text(key),
        Order::Number(_) => Key::Number(key.parse().map_err(|_| Error::new(Code::BadCursor))?),
        Order::LatestFirst(_) => Key::Instant(read_instant(&key)?),
        Order::LatestDayFirst(_) => Key::Day(read_day(&key)?),
    })
}

/// Reads a day of a cursor, which can have been made by anybody.
fn read_day(key: &str) -> Result<NaiveDate> {
    let day: Day = key.parse().map_err(|_| Error::new(Code::BadCursor))?;
    Ok(day.get())
}

fn read_changes<R: Records>(
    conn: &mut AnyConnection,
    records: &R,
    (changes, copying): (&Changes, &Copying),
    limit: i64,
) -> Result<Page<R::Record>> {
    let changed = changes.page(conn, copying, limit)?;
    let loaded = records.load(conn, &changed.ids)?;
    let gone = changed.ids.iter().filter(|id| loaded.iter().all(|(here, _)| here != *id)).copied().collect();
    let items = in_order(&changed.ids, loaded);
    Ok(Page { mark: changed.mark, gone: Some(gone), ..Page::of(items, changed.next) })
}

fn in_order<T>(ids: &[Id], records: Vec<(Id, T)>) -> Vec<T> {
    let records = crate::lists::in_order(ids, records, |(id, _)| *id);
    records.into_iter().map(|(_, record)| record).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Asked {
        status: Option<String>,
    }

    #[test]
    fn what_every_list_is_asked_is_read_apart_from_its_own_filters() {
        let listed = Listed::<Asked>::parse("limit=7&status=active&count=true").expect("a query");
        assert_eq!((listed.asked.status.as_deref(), listed.limit), (Some("active"), 7));
        for (query, code) in [
            ("limit=0", Code::InvalidFields),
            ("limit=201", Code::InvalidFields),
            ("limit=x", Code::InvalidFields),
            ("state=x", Code::InvalidFields),
            ("ids=x", Code::InvalidFields),
            ("limit=1&limit=2", Code::InvalidFields),
        ] {
            let refused = Listed::<Asked>::parse(query).and_then(|listed| listed.listing("x"));
            assert_eq!(refused.err().map(|error| error.code()), Some(code), "{query}");
        }
    }

    #[test]
    fn a_forged_cursor_is_refused_before_a_database_meets_it() {
        let listing = Listed::<Asked>::parse("").and_then(|listed| listed.listing("x")).expect("a list");
        let id = Id::new().to_string();
        let read = |cursor: serde_json::Value| {
            listing.decode(&URL_SAFE_NO_PAD.encode(cursor.to_string())).err().map(|error| error.code())
        };
        assert_eq!(read(json!({"list": "x", "key": "a", "id": id})), None);
        for cursor in [
            json!({"list": "y", "key": "a", "id": id}),
            json!({"list": "x", "key": "a\u{0}", "id": id}),
            json!({"list": "x", "key": "a", "id": "x"}),
            json!({"list": "x", "key": "a", "id": id, "more": 1}),
            json!({"list": "x", "key": 1, "id": id}),
            json!(null),
        ] {
            assert_eq!(read(cursor.clone()), Some(Code::BadCursor), "{cursor}");
        }
        assert!(read_key(Order::LatestFirst("updated_at"), "x".to_owned()).is_err());
        assert!(read_key(Order::Number("seq"), "x".to_owned()).is_err());
        assert!(read_key(Order::LatestDayFirst("issued_on"), "-262143-01-01".to_owned()).is_err());
    }
}
