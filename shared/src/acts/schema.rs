//! The table of acts.
#![expect(missing_docs, reason = "the columns are the fields of KeptAct")]

use crate::storage::SqlId;

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    acts (id) {
        id -> SqlId,
        kind -> Text,
        record_id -> SqlId,
        organisation_id -> Nullable<SqlId>,
        area_id -> Text,
        occurred_on -> Date,
        count -> BigInt,
        content -> Text,
        sealed -> Nullable<Binary>,
        payload -> Text,
        decision_number -> Nullable<Text>,
        decided_on -> Nullable<Date>,
        issuing_body -> Nullable<Text>,
        authorising_paper -> Nullable<Text>,
        note -> Nullable<Text>,
        answers -> Nullable<Text>,
        likeness -> Nullable<Binary>,
        unmet -> Nullable<Text>,
        entry_id -> SqlId,
        status -> Text,
        version -> BigInt,
        recorded_at -> Timestamp,
        ordinal -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    act_versions (act_id, version) {
        act_id -> SqlId,
        version -> BigInt,
        record_id -> SqlId,
        kind -> Text,
        occurred_on -> Date,
        content -> Text,
        sealed -> Nullable<Binary>,
        decision_number -> Nullable<Text>,
        decided_on -> Nullable<Date>,
        issuing_body -> Nullable<Text>,
        authorising_paper -> Nullable<Text>,
        note -> Nullable<Text>,
        likeness -> Nullable<Binary>,
        entry_id -> SqlId,
        replaced_by_id -> SqlId,
    }
}
