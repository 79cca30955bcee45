//! The tables of this service.

use shared::storage::SqlId;

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    economic_units (id) {
        id -> SqlId,
        tax_code -> Nullable<Text>,
        tax_code_sealed -> Nullable<Binary>,
        tax_code_index -> Nullable<Binary>,
        name -> Nullable<Text>,
        name_key -> Text,
        search_text -> Text,
        legal_form -> Text,
        sector -> Nullable<Text>,
        is_foreign_invested -> Bool,
        area_id -> Text,
        address -> Nullable<Text>,
        workers -> Nullable<BigInt>,
        workers_as_of -> Nullable<Date>,
        status -> Text,
        status_on -> Date,
        registered_on -> Date,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        name_sealed -> Nullable<Binary>,
        name_index -> Nullable<Binary>,
        address_sealed -> Nullable<Binary>,
    }
}
