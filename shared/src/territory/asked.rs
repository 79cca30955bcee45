//! An area as a question names it.

use chrono::NaiveDate;
use serde::Deserialize;

use super::{AreaId, Territory};

/// An area by its id, or by its bare code, which means the area that has the code on the day asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AreaAsked {
    /// An id.
    Id(AreaId),
    /// A bare code: codes are used again, so that a day belongs to it.
    Code(String),
}

impl AreaAsked {
    /// Finds the area that is meant on a day.
    #[must_use]
    pub fn find(&self, territory: &Territory, on: NaiveDate) -> Option<AreaId> {
        match self {
            Self::Id(id) => territory.find(id),
            Self::Code(code) => territory.find_by_code(code, on),
        }
        .map(|area| area.id.clone())
    }
}

impl<'de> Deserialize<'de> for AreaAsked {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let is_code = (1..=10).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_code { Ok(Self::Code(text)) } else { text.parse().map(Self::Id).map_err(serde::de::Error::custom) }
    }
}

impl utoipa::PartialSchema for AreaAsked {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some(r"^\d{1,10}(@(origin|\d{4}-\d{2}-\d{2}))?$"))
            .description(Some("The id of an area, or its bare code: the area that has the code today in Viet Nam."))
            .examples(["12004@2025-07-01", "323@origin", "33"])
            .into()
    }
}

impl utoipa::ToSchema for AreaAsked {
    fn name() -> std::borrow::Cow<'static, str> {
        "AreaAsked".into()
    }
}
