//! The expected kind of a value, as a closed list, so that a refusal can name it in either language.

use std::fmt;

/// The form that a value should have had. Its words stand under `[expected]` in `messages/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, strum::EnumIter, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum Expected {
    /// Text in quotation marks.
    SomeText,
    /// Text without line breaks or other control characters.
    OneLine,
    /// A whole number, not below zero.
    WholeNumber,
    /// `true` or `false`.
    TrueOrFalse,
    /// A JSON array.
    ListOfValues,
    /// A JSON object.
    JsonObject,
    /// A day, or an instant.
    DayOrInstant,
    /// A UUID.
    RecordId,
    /// The path of a record, as access records name it.
    RecordPath,
    /// A caller, as the journal names it.
    CallerName,
    /// An area's id.
    AreaId,
    /// A period of reporting.
    ReportingPeriod,
    /// An idempotency key.
    VisibleCharacters,
    /// A kind of organisation.
    OrganisationKind,
    /// A province.
    Province,
    /// A district.
    District,
    /// A commune.
    Commune,
    /// The key of a row of figures.
    RowKey,
    /// The login of a user.
    Login,
    /// Anything else: the field's description says which.
    AsDescribed,
}

impl Expected {
    /// Finds it by what a parser said, whose words are English and may repeat what was sent: none of them is told on.
    #[must_use]
    pub fn of_parser(words: &str) -> Self {
        const SAID: [(&[&str], Expected); 8] = [
            (&["UUID"], Expected::RecordId),
            (&["CODE@"], Expected::AreaId),
            (
                &["formatted date", "input contains", "premature end of input", "out of range", "trailing input"],
                Expected::DayOrInstant,
            ),
            (&["expected a string", "expected a borrowed string", "expected string or map"], Expected::SomeText),
            (&["expected u", "expected i", "digit found", "parse integer", "fit in target"], Expected::WholeNumber),
            (&["expected a boolean", "`true` or `false`"], Expected::TrueOrFalse),
            (&["expected a sequence"], Expected::ListOfValues),
            (&["expected struct", "expected a map"], Expected::JsonObject),
        ];
        let said = SAID.iter().find(|(parts, _)| parts.iter().any(|part| words.contains(part)));
        said.map_or(Self::AsDescribed, |(_, form)| *form)
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.into())
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveDate, Utc};
    use serde::Deserialize;
    use serde_json::json;

    use super::*;
    use crate::Id;
    use crate::territory::AreaId;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only the refusals are looked at")]
    struct Asked {
        text: Option<String>,
        count: Option<u32>,
        is_owner: Option<bool>,
        ids: Option<Vec<Id>>,
        id: Option<Id>,
        area: Option<AreaId>,
        day: Option<NaiveDate>,
        at: Option<DateTime<Utc>>,
    }

    #[test]
    fn what_a_parser_expected_is_known_by_its_words() {
        let bodies = [
            (json!({"text": 1}), Expected::SomeText),
            (json!({"count": "1"}), Expected::WholeNumber),
            (json!({"count": -1}), Expected::WholeNumber),
            (json!({"count": 1.5}), Expected::WholeNumber),
            (json!({"is_owner": "true"}), Expected::TrueOrFalse),
            (json!({"ids": "x"}), Expected::ListOfValues),
            (json!({"ids": ["x"]}), Expected::RecordId),
            (json!({"id": "0192f0c1-2b7a-7cc3-9d5e-0a1b2c3d4e5g"}), Expected::RecordId),
            (json!({"id": 1}), Expected::RecordId),
            (json!({"area": "323"}), Expected::AreaId),
            (json!({"area": 323}), Expected::SomeText),
            (json!({"day": 1}), Expected::DayOrInstant),
            (json!({"day": "30/06/2022"}), Expected::DayOrInstant),
            (json!({"day": "2022-13-01"}), Expected::DayOrInstant),
            (json!({"day": "2022"}), Expected::DayOrInstant),
            (json!({"day": "2022-06-30T00:00:00Z"}), Expected::DayOrInstant),
            (json!({"at": "2022-06-30"}), Expected::DayOrInstant),
            (json!("text"), Expected::JsonObject),
        ];
        for (sent, expected) in bodies {
            let words = serde_json::from_value::<Asked>(sent.clone()).expect_err("a refusal").to_string();
            assert_eq!(Expected::of_parser(&words), expected, "{sent}: {words}");
        }
        let queries = [
            ("count=x", Expected::WholeNumber),
            ("count=", Expected::WholeNumber),
            ("count=99999999999", Expected::WholeNumber),
            ("is_owner=1", Expected::TrueOrFalse),
            ("id=x", Expected::RecordId),
            ("at=today", Expected::DayOrInstant),
        ];
        for (sent, expected) in queries {
            let words = serde_urlencoded::from_str::<Asked>(sent).expect_err("a refusal").to_string();
            assert_eq!(Expected::of_parser(&words), expected, "{sent}: {words}");
        }
    }
}
