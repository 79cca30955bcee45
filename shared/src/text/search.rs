//! The words by which lists are searched.

use std::str::FromStr;

use serde::Deserialize;

use super::{kept, search_key};
use crate::validate::Wrong;
use crate::{Code, Expected};

/// The words of a search: at most 100 characters and 8 words. Each word is a condition of the query, so their number
/// bounds what a database has to do, and how deep the condition is nested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchWords(Vec<String>);

impl SearchWords {
    const CHARACTERS_MAX: usize = 100;
    const WORDS_MAX: usize = 8;

    /// Says whether each word stands in a search key.
    #[must_use]
    pub fn are_in(&self, key: &str) -> bool {
        self.0.iter().all(|word| key.contains(word.as_str()))
    }

    /// The words as one text, for what is found by its whole name only.
    #[must_use]
    pub fn whole(&self) -> String {
        self.0.join(" ")
    }
}

/// The words in a search key: the letters and digits between two signs or spaces.
pub fn words_in(key: &str) -> impl Iterator<Item = &str> {
    key.split(|one: char| !one.is_alphanumeric()).filter(|word| !word.is_empty())
}

impl FromStr for SearchWords {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        if text.chars().any(char::is_control) {
            return Err(Wrong::new(Code::BadFormat).with("expected", Expected::OneLine));
        }
        if kept(text).chars().count() > Self::CHARACTERS_MAX {
            return Err(Wrong::new(Code::TooLong).with("max", Self::CHARACTERS_MAX));
        }
        // Folding may make several words of one, and many letters of one character.
        let key = search_key(text);
        if words_in(&key).count() > Self::WORDS_MAX {
            return Err(Wrong::new(Code::TooManyWords).with("max", Self::WORDS_MAX));
        }
        Ok(Self(key.split_whitespace().map(str::to_owned).collect()))
    }
}

impl<'de> Deserialize<'de> for SearchWords {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for SearchWords {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .max_length(Some(Self::CHARACTERS_MAX))
            .description(Some("Words: at most 100 characters and 8 words, accents or not."))
            .examples(["hung yen"])
            .into()
    }
}

impl utoipa::ToSchema for SearchWords {
    fn name() -> std::borrow::Cow<'static, str> {
        "SearchWords".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_bounded_after_folding() {
        let code = |text: &str| text.parse::<SearchWords>().err().map(|wrong| wrong.code);
        assert_eq!(code("một hai ba bốn năm sáu bảy tám"), None);
        assert_eq!(code("một hai ba bốn năm sáu bảy tám chín"), Some(Code::TooManyWords));
        assert_eq!(code(&"a".repeat(100)), None);
        assert_eq!(code(&"a".repeat(101)), Some(Code::TooLong));
        assert_eq!(code("a\0b"), Some(Code::BadFormat));
        assert_eq!(code(&"中".repeat(9)).is_some(), "中".repeat(9).parse::<SearchWords>().is_err());
        let words: SearchWords = " Hưng  YÊN 50%".parse().expect("words");
        assert!(words.are_in("tinh hung yen 50%") && !words.are_in("tinh hung"));
        // Signs part words here as they do in what is searched.
        assert_eq!(code("1-2-3-4-5-6-7-8"), None);
        assert_eq!(code("1-2-3-4-5-6-7-8-9"), Some(Code::TooManyWords));
        assert_eq!(code("- - - - - - - - - -"), None);
    }
}
