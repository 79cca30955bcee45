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

// Documents.

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    documents (id) {
        id -> SqlId,
        system -> Text,
        document_type -> Text,
        number -> Text,
        number_key -> Text,
        issuing_body_id -> Nullable<SqlId>,
        issuer -> Nullable<Text>,
        issuer_key -> Text,
        issued_on -> Date,
        effective_on -> Date,
        effective_until -> Nullable<Date>,
        abstract_text -> Text,
        governs_from -> Nullable<Date>,
        governs_to -> Nullable<Date>,
        signer_office -> Nullable<Text>,
        area_id -> Text,
        is_open_below -> Bool,
        label -> Nullable<Text>,
        status -> Text,
        search_text -> Text,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    document_relations (document_id, relation, other_id) {
        document_id -> SqlId,
        relation -> Text,
        other_id -> SqlId,
    }
}

diesel::allow_tables_to_appear_in_same_query!(documents, document_relations);

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    issuing_duties (id) {
        id -> SqlId,
        title -> Text,
        level -> Text,
        area_id -> Text,
        document_type -> Text,
        governs_from -> Date,
        governs_to -> Date,
        due_on -> Date,
        is_yearly -> Bool,
        status -> Text,
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
        conference_id -> Nullable<SqlId>,
        conclusion -> Nullable<BigInt>,
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

diesel::joinable!(tasks -> task_groups (group_id));
diesel::allow_tables_to_appear_in_same_query!(tasks, task_groups);

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    conferences (id) {
        id -> SqlId,
        body_id -> SqlId,
        area_id -> Text,
        kind -> Text,
        title -> Text,
        held_on -> Date,
        conclusions -> BigInt,
        is_open_below -> Bool,
        status -> Text,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::joinable!(task_groups -> conferences (conference_id));
diesel::allow_tables_to_appear_in_same_query!(task_groups, conferences);
