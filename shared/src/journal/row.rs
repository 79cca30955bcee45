//! The journal's tables, and an entry as it is stored.

use chrono::NaiveDate;
use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::Id;
use crate::id::SqlId;

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    journals (id) {
        id -> SqlId,
        created_at -> Timestamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    journal_entries (seq) {
        seq -> BigInt,
        id -> SqlId,
        kind -> Text,
        v -> Integer,
        subject -> Text,
        area -> Nullable<Text>,
        occurred_on -> Date,
        recorded_at -> Timestamp,
        actor -> Text,
        batch -> Nullable<SqlId>,
        corrects -> Nullable<SqlId>,
        because -> Nullable<SqlId>,
        data -> Nullable<Text>,
        salt -> Nullable<Binary>,
        data_hash -> Binary,
        prev_hash -> Binary,
        hash -> Binary,
    }
}

/// An entry as it is kept.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = journal_entries)]
pub(super) struct EntryRow {
    pub seq: i64,
    pub id: Id,
    pub kind: String,
    pub v: i32,
    pub subject: String,
    pub area: Option<String>,
    pub occurred_on: NaiveDate,
    pub recorded_at: NaiveDateTime,
    pub actor: String,
    pub batch: Option<Id>,
    pub corrects: Option<Id>,
    pub because: Option<Id>,
    pub data: Option<String>,
    pub salt: Option<Vec<u8>>,
    pub data_hash: Vec<u8>,
    pub prev_hash: Vec<u8>,
    pub hash: Vec<u8>,
}
