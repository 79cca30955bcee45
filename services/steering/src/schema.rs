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

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    task_groups (id) {
        id -> SqlId,
        giver_id -> SqlId,
        area_id -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    tasks (id) {
        id -> SqlId,
        group_id -> SqlId,
        giver_id -> SqlId,
        giver_area_id -> Text,
        receiver_id -> SqlId,
        seat -> Nullable<SqlId>,
        area_id -> Text,
        title -> Text,
        status -> Text,
        given_on -> Date,
        due_on -> Date,
        due_key -> Text,
        reported_on -> Nullable<Date>,
        done_on -> Nullable<Date>,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}
