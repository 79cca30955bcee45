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
        ordinal -> BigInt,
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
        ordinal -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    users (id) {
        id -> SqlId,
        login_index -> Binary,
        login -> Binary,
        name -> Binary,
        area_id -> Text,
        password_hash -> Nullable<Text>,
        totp_secret -> Nullable<Binary>,
        totp_step -> Nullable<BigInt>,
        left_at -> Nullable<Timestamp>,
        version -> BigInt,
        tokens_from_version -> BigInt,
        tokens_ended_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        removal_asked_by -> Nullable<Text>,
        removal_asked_at -> Nullable<Timestamp>,
        ordinal -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    invitations (user_id) {
        user_id -> SqlId,
        token_hash -> Binary,
        valid_until -> Timestamp,
        made_by -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    recovery_codes (user_id, code_hash) {
        user_id -> SqlId,
        code_hash -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    user_grants (id) {
        id -> SqlId,
        user_id -> SqlId,
        role -> Text,
        area_id -> Text,
        from_on -> Date,
        to_on -> Nullable<Date>,
        granted_by -> Text,
        confirmed_by -> Nullable<Text>,
        version -> BigInt,
        created_at -> Timestamp,
        stands_for_id -> Nullable<SqlId>,
        ordinal -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    apps (id) {
        id -> SqlId,
        label -> Text,
        area_id -> Text,
        redirect_uris -> Text,
        is_disabled -> Bool,
        version -> BigInt,
        tokens_ended_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        ordinal -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    sessions (id) {
        id -> SqlId,
        user_id -> SqlId,
        app_id -> Nullable<SqlId>,
        secret_hash -> Nullable<Binary>,
        device -> Text,
        signed_in_at -> Nullable<Timestamp>,
        has_second_factor -> Bool,
        made_at -> Timestamp,
        used_at -> Timestamp,
        ends_at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
        is_of_provider -> Bool,
        provider_sid -> Nullable<Binary>,
        provided_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    authorization_codes (code_hash) {
        code_hash -> Binary,
        app_id -> SqlId,
        session_id -> SqlId,
        redirect_uri -> Text,
        challenge -> Text,
        scope -> Text,
        nonce -> Nullable<Text>,
        made_at -> Timestamp,
        app_session_id -> Nullable<SqlId>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    refresh_tokens (token_hash) {
        token_hash -> Binary,
        session_id -> SqlId,
        scope -> Text,
        made_at -> Timestamp,
        replaced_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    sign_in_failures (id) {
        id -> SqlId,
        subject -> Binary,
        failed_at -> Timestamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    provider_accounts (subject_index) {
        subject_index -> Binary,
        user_id -> SqlId,
        made_at -> Timestamp,
    }
}

diesel::table! {
    all_sessions_ended (ended_at) {
        ended_at -> Timestamp,
    }
}

diesel::joinable!(grants -> clients (client_id));
diesel::joinable!(user_grants -> users (user_id));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(refresh_tokens -> sessions (session_id));
diesel::allow_tables_to_appear_in_same_query!(clients, grants);
diesel::allow_tables_to_appear_in_same_query!(users, user_grants, sessions, refresh_tokens, provider_accounts);

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    client_keys (client_id, kid) {
        client_id -> SqlId,
        kid -> Text,
        jwk -> Text,
        made_at -> Timestamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    taken_proofs (hash) {
        hash -> Binary,
        valid_until -> Timestamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    client_holders (client_id, holder) {
        client_id -> SqlId,
        holder -> Text,
    }
}
