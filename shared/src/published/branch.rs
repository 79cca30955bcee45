//! The branches.

use serde::{Deserialize, Serialize};

/// A system of organisations of its own (hệ thống tổ chức). More may come.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantNames,
    diesel::AsExpression,
    diesel::FromSqlRow,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[diesel(sql_type = diesel::sql_types::Text)]
pub enum Branch {
    /// The Party.
    Party,
    /// The trade union.
    Union,
}

crate::stored_as_words!(Branch);
