//! The tables of this service.

use shared::storage::SqlId;

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    clients (id) {
        id -> SqlId,
        label -> Text,
        area_id -> Nullable<Text>,
        service -> Nullable<Text>,
        is_disabled -> Bool,
        version -> BigInt,
        created_at -> Timestamp,
        tokens_from_version -> BigInt,
        tokens_ended_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    client_secrets (id) {
        id -> SqlId,
        client_id -> SqlId,
        secret_hash -> Binary,
        made_at -> Timestamp,
        is_used -> Bool,
        valid_until -> Nullable<Timestamp>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    grants (id) {
        id -> SqlId,
        client_id -> SqlId,
        role -> Text,
        area_id -> Text,
        created_at -> Timestamp,
    }
}

diesel::joinable!(grants -> clients (client_id));
diesel::allow_tables_to_appear_in_same_query!(clients, grants);
