//! The tables of this service.

use shared::storage::SqlId;

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    steering_bodies (id) {
        id -> SqlId,
        kind -> Text,
        level -> Text,
        area_id -> Text,
        committee_id -> Nullable<SqlId>,
        name -> Text,
        name_key -> Text,
        short_name -> Nullable<Text>,
        status -> Text,
        established_on -> Date,
        term_ends_on -> Nullable<Date>,
        ended_on -> Nullable<Date>,
        seats -> BigInt,
        empty_seats -> BigInt,
        has_head -> Bool,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}
