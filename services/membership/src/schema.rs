//! The tables of this service.

use shared::storage::SqlId;

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    duplicate_units (one_id, other_id) {
        one_id -> SqlId,
        other_id -> SqlId,
        one_area_id -> Text,
        other_area_id -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    economic_units (id) {
        id -> SqlId,
        area_id -> Text,
        legal_form -> Text,
        status -> Text,
        status_on -> Date,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    unit_tellings (entry_id) {
        entry_id -> SqlId,
        unit_id -> SqlId,
        occurred_on -> Date,
        rank -> Integer,
        place -> BigInt,
        area_id -> Text,
        legal_form -> Text,
        status -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    organisations (id) {
        id -> SqlId,
        branch -> Text,
        kind -> Text,
        is_superior_body -> Bool,
        name -> Text,
        name_key -> Text,
        search_text -> Text,
        seen_in -> Text,
        superior_id -> Nullable<SqlId>,
        area_id -> Text,
        status -> Text,
        established_on -> Date,
        ended_on -> Nullable<Date>,
        recording_begins_on -> Nullable<Date>,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    organisation_intakes (organisation_id, area_id) {
        organisation_id -> SqlId,
        area_id -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    organisation_phases (organisation_id, from_on) {
        organisation_id -> SqlId,
        from_on -> Date,
        to_on -> Nullable<Date>,
        kind -> Text,
        superior_id -> Nullable<SqlId>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    organisation_units (organisation_id, economic_unit_id) {
        organisation_id -> SqlId,
        economic_unit_id -> SqlId,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    people (id) {
        id -> SqlId,
        full_name -> Binary,
        birth_date -> Binary,
        sex -> Nullable<Binary>,
        phone -> Nullable<Binary>,
        personal_id -> Nullable<Binary>,
        card_number -> Nullable<Binary>,
        personal_id_index -> Nullable<Binary>,
        version -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    person_versions (person_id, version) {
        person_id -> SqlId,
        version -> BigInt,
        full_name -> Binary,
        birth_date -> Binary,
        sex -> Nullable<Binary>,
        phone -> Nullable<Binary>,
        personal_id -> Nullable<Binary>,
        card_number -> Nullable<Binary>,
        note -> Nullable<Binary>,
        replaced_by_id -> SqlId,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    memberships (id) {
        id -> SqlId,
        person_id -> SqlId,
        branch -> Text,
        organisation_id -> SqlId,
        area_id -> Text,
        status -> Text,
        standing -> Text,
        sex -> Nullable<Text>,
        is_owner -> Bool,
        is_worker -> Bool,
        joined_on -> Date,
        official_on -> Nullable<Date>,
        ended_on -> Nullable<Date>,
        end_reason -> Nullable<Text>,
        readmissions -> Integer,
        parallel -> Integer,
        last_act_on -> Date,
        version -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    findings (id) {
        id -> SqlId,
        kind -> Text,
        area_id -> Text,
        one_membership_id -> Nullable<SqlId>,
        other_membership_id -> Nullable<SqlId>,
        organisation_id -> Nullable<SqlId>,
        economic_unit_id -> Nullable<SqlId>,
        one_area_id -> Text,
        other_area_id -> Text,
        status -> Text,
        outcome -> Nullable<Text>,
        raised_at -> Timestamp,
        settled_at -> Nullable<Timestamp>,
        settled_by -> Nullable<Text>,
        version -> BigInt,
        other_economic_unit_id -> Nullable<SqlId>,
        act_id -> Nullable<SqlId>,
        condition -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    membership_stays (membership_id, ordinal) {
        membership_id -> SqlId,
        ordinal -> Integer,
        organisation_id -> SqlId,
        from_on -> Date,
        to_on -> Nullable<Date>,
    }
}

// Of the keys, only who has one: the vault reads and writes the rest.
diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    data_keys (id) {
        id -> SqlId,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    person_aliases (alias_id) {
        alias_id -> SqlId,
        person_id -> SqlId,
    }
}

diesel::allow_tables_to_appear_in_same_query!(people, memberships, organisations, organisation_units, economic_units);
diesel::allow_tables_to_appear_in_same_query!(memberships, data_keys);
diesel::allow_tables_to_appear_in_same_query!(memberships, membership_stays);
