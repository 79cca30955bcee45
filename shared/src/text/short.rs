//! Text of a parameter that is compared and not kept.

use std::str::FromStr;

use serde::Deserialize;

use crate::validate::Wrong;
use crate::{Code, Expected};

/// Text of at most `MAX` characters without control characters, which no database would compare with anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Short<const MAX: usize>(String);

impl<const MAX: usize> Short<MAX> {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> From<Short<MAX>> for String {
    fn from(short: Short<MAX>) -> Self {
        short.0
    }
}

impl<const MAX: usize> FromStr for Short<MAX> {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        if text.chars().any(char::is_control) {
            return Err(Wrong::new(Code::BadFormat).with("expected", Expected::OneLine));
        }
        if text.chars().count() > MAX {
            return Err(Wrong::new(Code::TooLong).with("max", MAX));
        }
        Ok(Self(text.to_owned()))
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Short<MAX> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl<const MAX: usize> utoipa::PartialSchema for Short<MAX> {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        let schema = utoipa::openapi::ObjectBuilder::new().schema_type(utoipa::openapi::schema::Type::String);
        schema.max_length(Some(MAX)).into()
    }
}

impl<const MAX: usize> utoipa::ToSchema for Short<MAX> {}
