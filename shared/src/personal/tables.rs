//! The tables of keys.
#![allow(missing_docs, reason = "the macro's items; the columns are explained in the migration")]

use crate::id::SqlId;

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;

    data_keys (id) {
        id -> SqlId,
        master_key -> Text,
        wrapped -> Binary,
    }
}

diesel::table! {
    sealed_keys (name) {
        name -> Text,
        master_key -> Text,
        wrapped -> Binary,
    }
}
