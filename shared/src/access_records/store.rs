//! SQL for access records.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use rand::Rng;
use serde::{Deserialize, Serialize};

use super::SubjectOf;
use super::chain::{first_prev_hash, purpose_hash, record_hash};
use crate::access::Scope;
use crate::clock::to_microseconds;
use crate::id::SqlId;
use crate::journal::journal_id;
use crate::personal::{DataKey, Vault};
use crate::storage::{Act, AnyConnection, MultiBackend, Tx};
use crate::territory::AreaId;
use crate::{Code, Error, Id, Moment, Result, ResultExt};

const TABLE: &str = "access_records";
const PURPOSE: &str = "purpose";

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    access_records (seq) {
        seq -> BigInt,
        id -> SqlId,
        accessed_at -> Timestamp,
        actor -> Text,
        action -> Text,
        subject -> Nullable<Text>,
        area -> Nullable<Text>,
        fields -> Nullable<Text>,
        filter -> Nullable<Text>,
        count -> BigInt,
        remote_address -> Nullable<Text>,
        purpose -> Nullable<Binary>,
        purpose_salt -> Nullable<Binary>,
        purpose_hash -> Nullable<Binary>,
        prev_hash -> Binary,
        hash -> Binary,
    }
}

/// An access to personal data.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AccessRecord {
    /// The record's id.
    pub id: Id,
    /// When it was.
    pub accessed_at: Moment,
    /// Who looked: `user:<id>`, `client:<id>` or `service:<name>`.
    pub actor: String,
    /// `list`, `read`, `reveal` or `export`. More may come.
    pub action: String,
    /// Whom it was about, as the path of the person, the household or the user; null for a list or an export.
    pub subject: Option<String>,
    /// What for, where it was asked; null too when whom it was about has been erased.
    pub purpose: Option<String>,
    /// Which fields: `masked`, `membership` or `all`. More may come.
    pub fields: Option<String>,
    /// The filter of a list or an export, as a JSON object.
    pub filter: Option<String>,
    /// How many people, or records, were shown.
    pub count: i64,
    /// From which network address.
    pub remote_address: Option<String>,
}

/// A look to be recorded.
#[derive(Debug, Clone)]
pub struct NewAccessRecord {
    /// What was done.
    pub action: &'static str,
    /// Whom it was about: the path of the person or the household, which ends with the id of the data key.
    pub subject: Option<String>,
    /// The area of the record that let the caller look, or the area that the caller looked over.
    pub area: Option<AreaId>,
    /// What for.
    pub purpose: Option<String>,
    /// Which fields.
    pub fields: Option<&'static str>,
    /// The filter of a list or an export.
    pub filter: Option<String>,
    /// How many people, or records, were shown.
    pub count: i64,
    /// From which network address.
    pub remote_address: Option<String>,
}

impl NewAccessRecord {
    /// Begins the record of an action.
    #[must_use]
    pub fn of(action: &'static str) -> Self {
        let (subject, area, purpose, fields, filter, remote_address) = (None, None, None, None, None, None);
        Self { action, subject, area, purpose, fields, filter, count: 1, remote_address }
    }
}

/// An access record as it is kept.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = access_records)]
pub(super) struct Row {
    pub seq: i64,
    pub id: Id,
    pub accessed_at: NaiveDateTime,
    pub actor: String,
    pub action: String,
    pub subject: Option<String>,
    pub area: Option<String>,
    pub fields: Option<String>,
    pub filter: Option<String>,
    pub count: i64,
    pub remote_address: Option<String>,
    pub purpose: Option<Vec<u8>>,
    pub purpose_salt: Option<Vec<u8>>,
    pub purpose_hash: Option<Vec<u8>>,
    pub prev_hash: Vec<u8>,
    pub hash: Vec<u8>,
}

/// The data key of whom a record is about: its id ends the path.
pub(super) fn key_of(subject: Option<&str>) -> Option<Id> {
    subject?.rsplit('/').next()?.parse().ok()
}

/// Appends records, and returns the id of each; `not_found` where whom it is about was erased meanwhile.
///
/// The lock lasts to the end of the transaction, and ids are made under it: a page never skips a record that commits
/// late.
pub(super) fn append(
    tx: &mut Tx<'_>,
    vault: &Vault,
    records: &[(Act, NewAccessRecord)],
) -> Result<Vec<Result<Id, Code>>> {
    take_turn(tx)?;
    let journal = journal_id(tx.conn())?;
    let (mut seq, mut prev_hash) = head(tx.conn())?.unwrap_or_else(|| (0, first_prev_hash(journal)));
    let mut written = Vec::with_capacity(records.len());
    for (act, record) in records {
        let Some((purpose, purpose_salt, purpose_hash)) = sealed_purpose(tx, vault, record)? else {
            written.push(Err(Code::NotFound));
            continue;
        };
        seq += 1;
        let mut row = Row {
            seq,
            id: Id::new(),
            accessed_at: to_microseconds(act.at).naive_utc(),
            actor: act.actor.clone(),
            action: record.action.to_owned(),
            subject: record.subject.clone(),
            area: record.area.as_ref().map(AreaId::to_string),
            fields: record.fields.map(str::to_owned),
            filter: record.filter.clone(),
            count: record.count,
            remote_address: record.remote_address.clone(),
            purpose,
            purpose_salt,
            purpose_hash,
            prev_hash,
            hash: Vec::new(),
        };
        row.hash = record_hash(&row, journal)?;
        prev_hash = row.hash.clone();
        diesel::insert_into(access_records::table).values(&row).execute(tx.conn())?;
        written.push(Ok(row.id));
    }
    Ok(written)
}

/// Waits until nobody else appends.
fn take_turn(tx: &mut Tx<'_>) -> Result<()> {
    if let AnyConnection::Postgres(_) = tx.conn() {
        diesel::sql_query("SELECT pg_advisory_xact_lock(hashtext('access_records'), hashtext(current_schema()))")
            .execute(tx.conn())
            .doing("taking the turn of the access records")?;
    }
    Ok(())
}

/// A purpose as it is kept: sealed, its salt, its hash.
type SealedPurpose = (Option<Vec<u8>>, Option<Vec<u8>>, Option<Vec<u8>>);

fn sealed_purpose(tx: &mut Tx<'_>, vault: &Vault, record: &NewAccessRecord) -> Result<Option<SealedPurpose>> {
    let Some(text) = &record.purpose else { return Ok(Some((None, None, None))) };
    let id = key_of(record.subject.as_deref()).ok_or_else(|| Error::internal("a purpose without a subject"))?;
    let keys = vault.find_data_keys(tx.conn(), &[id])?;
    let Some(key) = keys.first() else { return Ok(None) };
    let sealed = key.seal(TABLE, PURPOSE, text)?;
    let mut salt = vec![0u8; 16];
    rand::rng().fill_bytes(&mut salt);
    let hash = purpose_hash(&salt, &sealed);
    Ok(Some((Some(sealed), Some(salt), Some(hash))))
}

/// Returns the `seq` and `hash` of the last record.
fn head(conn: &mut AnyConnection) -> Result<Option<(i64, Vec<u8>)>> {
    Ok(access_records::table
        .select((access_records::seq, access_records::hash))
        .order(access_records::seq.desc())
        .limit(1)
        .get_result(conn)
        .optional()?)
}

/// Returns the records after `after`, in order, at most `limit`.
pub(super) fn list_after(conn: &mut AnyConnection, after: i64, limit: i64) -> Result<Vec<Row>> {
    Ok(access_records::table
        .filter(access_records::seq.gt(after))
        .order(access_records::seq.asc())
        .limit(limit)
        .load(conn)?)
}

/// Takes away what looks at somebody were for: the salted hash stays, and the chain is whole. It belongs to an erasure.
///
/// # Errors
/// Fails when the database does.
pub fn forget_purposes(tx: &mut Tx<'_>, subject: &str) -> Result<()> {
    // A look that was not written before the erasure finds no key after it.
    take_turn(tx)?;
    diesel::update(access_records::table.filter(access_records::subject.eq(subject)))
        .set((access_records::purpose.eq(None::<Vec<u8>>), access_records::purpose_salt.eq(None::<Vec<u8>>)))
        .execute(tx.conn())?;
    Ok(())
}

/// The kinds of access.
pub(super) const ACTIONS: [&str; 4] = ["list", "read", "reveal", "export"];

/// Which looks.
#[derive(Debug, Clone, Default)]
pub(super) struct AccessFilter {
    pub subject: Option<String>,
    pub actor: Option<String>,
    pub actions: Option<Vec<String>>,
    pub since: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
}

impl AccessFilter {
    /// The filter with the subject that the caller means.
    pub fn meaning(self, conn: &mut AnyConnection, subject_of: SubjectOf) -> Result<Self> {
        let subject = self.subject.map(|subject| subject_of(conn, subject)).transpose()?;
        Ok(Self { subject, ..self })
    }
}

/// Access records in the caller's scope. A record without an area is an access to several areas or to everything: only a
/// caller who may read everything sees it.
fn asked(scope: &Scope, filter: &AccessFilter) -> access_records::BoxedQuery<'static, MultiBackend> {
    let mut query = access_records::table.into_boxed();
    if let Some(areas) = scope.readable_ids() {
        query = query.filter(access_records::area.eq_any(areas));
    }
    if let Some(subject) = filter.subject.clone() {
        query = query.filter(access_records::subject.eq(subject));
    }
    if let Some(actor) = filter.actor.clone() {
        query = query.filter(access_records::actor.eq(actor));
    }
    if let Some(actions) = filter.actions.clone() {
        query = query.filter(access_records::action.eq_any(actions));
    }
    if let Some(since) = filter.since {
        query = query.filter(access_records::accessed_at.ge(since.naive_utc()));
    }
    if let Some(until) = filter.until {
        query = query.filter(access_records::accessed_at.lt(until.naive_utc()));
    }
    query
}

pub(super) fn count(conn: &mut AnyConnection, scope: &Scope, filter: &AccessFilter) -> Result<i64> {
    Ok(asked(scope, filter).count().get_result(conn)?)
}

/// Lists looks at one person or household by others than the person, latest first, at most `limit`: for whom they are about.
///
/// # Errors
/// Fails when the database does.
pub fn looks_by_others(
    conn: &mut AnyConnection,
    vault: &Vault,
    subject: &str,
    own: &str,
    limit: i64,
) -> Result<Vec<AccessRecord>> {
    let about = access_records::table.filter(access_records::subject.eq(subject));
    let rows: Vec<Row> =
        about.filter(access_records::actor.ne(own)).order(access_records::seq.desc()).limit(limit).load(conn)?;
    with_purposes(conn, vault, rows)
}

/// Lists looks, latest first, at most `limit` of those before the record `after`.
pub(super) fn list(
    conn: &mut AnyConnection,
    scope: &Scope,
    vault: &Vault,
    filter: &AccessFilter,
    after: Option<Id>,
    limit: i64,
) -> Result<Vec<AccessRecord>> {
    let mut query = asked(scope, filter).order(access_records::seq.desc()).limit(limit);
    if let Some(after) = after {
        // The number of a record among all of them must not be revealed: the cursor contains its id.
        let known = access_records::table.filter(access_records::id.eq(after)).select(access_records::seq);
        let seq: i64 = known.get_result(conn).optional()?.ok_or_else(|| Error::new(Code::BadCursor))?;
        query = query.filter(access_records::seq.lt(seq));
    }
    let rows: Vec<Row> = query.load(conn)?;
    with_purposes(conn, vault, rows)
}

fn with_purposes(conn: &mut AnyConnection, vault: &Vault, rows: Vec<Row>) -> Result<Vec<AccessRecord>> {
    let sealed = rows.iter().filter(|row| row.purpose.is_some());
    let ids: Vec<Id> = sealed.filter_map(|row| key_of(row.subject.as_deref())).collect();
    let keys = if ids.is_empty() { Vec::new() } else { vault.find_data_keys(conn, &ids)? };
    rows.into_iter().map(|row| shown(row, &keys)).collect()
}

fn shown(row: Row, keys: &[DataKey]) -> Result<AccessRecord> {
    let key = key_of(row.subject.as_deref()).and_then(|id| keys.iter().find(|key| key.id() == id));
    let purpose = match (&row.purpose, key) {
        (Some(sealed), Some(key)) => Some(key.open(TABLE, PURPOSE, sealed)?),
        _ => None,
    };
    Ok(AccessRecord {
        id: row.id,
        accessed_at: row.accessed_at.into(),
        actor: row.actor,
        action: row.action,
        subject: row.subject,
        purpose,
        fields: row.fields,
        filter: row.filter,
        count: row.count,
        remote_address: row.remote_address,
    })
}
