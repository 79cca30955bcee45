//! The tables of this service.

use shared::storage::SqlId;

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    followed_entries (source, seq) {
        source -> Text,
        seq -> BigInt,
        entry_id -> SqlId,
        kind -> Text,
        subject -> Text,
        area_id -> Nullable<Text>,
        occurred_on -> Date,
        recorded_at -> Timestamp,
        corrects -> Nullable<SqlId>,
        decision_number -> Nullable<Text>,
        decided_on -> Nullable<Date>,
        issuing_body -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    facts (id) {
        id -> SqlId,
        measure -> Text,
        sign -> Integer,
        count -> BigInt,
        occurred_on -> Date,
        source -> Text,
        from_seq -> BigInt,
        to_seq -> Nullable<BigInt>,
        area_id -> Nullable<Text>,
        sub_leaf -> Nullable<Text>,
        branch -> Nullable<Text>,
        standing -> Nullable<Text>,
        sex -> Nullable<Text>,
        is_owner -> Nullable<Bool>,
        is_worker -> Nullable<Bool>,
        subject -> Text,
        organisation_id -> Nullable<SqlId>,
        economic_unit_id -> Nullable<SqlId>,
        person_id -> Nullable<SqlId>,
        entry_id -> SqlId,
        entry_seq -> BigInt,
        ordinal -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    organisation_tellings (entry_id) {
        entry_id -> SqlId,
        organisation_id -> SqlId,
        from_on -> Date,
        from_seq -> BigInt,
        to_seq -> Nullable<BigInt>,
        branch -> Text,
        kind -> Text,
        area_id -> Text,
        superior_id -> Nullable<SqlId>,
        is_superior_body -> Bool,
        name -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    organisation_periods (organisation_id, from_seq, from_on) {
        organisation_id -> SqlId,
        from_seq -> BigInt,
        to_seq -> Nullable<BigInt>,
        from_on -> Date,
        to_on -> Nullable<Date>,
        branch -> Text,
        kind -> Text,
        area_id -> Text,
        superior_body_id -> Nullable<SqlId>,
        is_superior_body -> Bool,
        name -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    recording_starts (organisation_id, from_seq) {
        organisation_id -> SqlId,
        from_seq -> BigInt,
        to_seq -> Nullable<BigInt>,
        begins_on -> Date,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    unit_tellings (entry_id) {
        entry_id -> SqlId,
        unit_id -> SqlId,
        from_on -> Date,
        rank -> Integer,
        place -> BigInt,
        from_seq -> BigInt,
        to_seq -> Nullable<BigInt>,
        area_id -> Text,
        legal_form -> Text,
        sector -> Nullable<Text>,
        is_foreign_invested -> Bool,
        status -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    unit_periods (unit_id, from_seq, from_on) {
        unit_id -> SqlId,
        from_seq -> BigInt,
        to_seq -> Nullable<BigInt>,
        from_on -> Date,
        to_on -> Nullable<Date>,
        area_id -> Text,
        legal_form -> Text,
        sector -> Nullable<Text>,
        is_foreign_invested -> Bool,
        status -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    coverages (id) {
        id -> SqlId,
        measure -> Text,
        area_id -> Text,
        from_on -> Date,
        entry_id -> SqlId,
        entry_seq -> BigInt,
        ordinal -> Integer,
    }
}

diesel::table! {
    positions (noted_at) {
        noted_at -> Timestamp,
        last_at -> Timestamp,
        registry_seq -> BigInt,
        membership_seq -> BigInt,
        reporting_seq -> BigInt,
    }
}

diesel::table! {
    projections (name) {
        name -> Text,
        made_by -> Text,
    }
}
