//! The ids of a parameter.

use std::str::FromStr;

use serde::Deserialize;

use crate::validate::Wrong;
use crate::{Code, Expected, Id};

/// Ids separated by commas: at most 200.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdList(Vec<Id>);

impl IdList {
    const MAX: usize = 200;
    /// How long the text may be: each id with a comma and some spaces.
    pub(crate) const BYTES_MAX: usize = Self::MAX * 40;

    /// The ids, as they were sent.
    #[must_use]
    pub fn as_slice(&self) -> &[Id] {
        &self.0
    }
}

impl FromStr for IdList {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        if text.split(',').count() > Self::MAX {
            return Err(Wrong::new(Code::TooManyIds).with("max", Self::MAX));
        }
        let ids = text.split(',').map(|one| one.trim().parse::<Id>()).collect::<Result<_, _>>();
        ids.map(Self).map_err(|_| Wrong::new(Code::WrongType).with("expected", Expected::RecordId))
    }
}

impl<'de> Deserialize<'de> for IdList {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for IdList {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .max_length(Some(Self::BYTES_MAX))
            .pattern(Some("^[0-9a-fA-F, -]+$"))
            .description(Some("Ids, separated by commas: at most 200."))
            .examples(["0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5f,0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e60"])
            .into()
    }
}

impl utoipa::ToSchema for IdList {
    fn name() -> std::borrow::Cow<'static, str> {
        "IdList".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_two_hundred_ids_are_read() {
        let code = |text: &str| text.parse::<IdList>().err().map(|wrong| wrong.code);
        let id = Id::new().to_string();
        let many = |count: usize| vec![id.as_str(); count].join(",");
        assert_eq!((code(&id), code(&many(200)), code(&format!("{id}, {id}"))), (None, None, None));
        assert_eq!(code(&many(201)), Some(Code::TooManyIds));
        for wrong in ["", ",", "x", &format!("{id},")] {
            assert_eq!(code(wrong), Some(Code::WrongType), "{wrong}");
        }
    }
}
