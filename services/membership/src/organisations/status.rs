//! What may become of an organisation.

use serde::{Deserialize, Serialize};

/// The status of an organisation. More may come.
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
pub enum OrganisationStatus {
    /// It exists.
    Active,
    /// It ended.
    Dissolved,
    /// No act of it counts any more.
    Withdrawn,
}

shared::stored_as_words!(OrganisationStatus);
