//! Sentences by stable code, in Vietnamese and English.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::Code;
use crate::error::Params;

/// The language of an answer, or of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Language {
    /// Vietnamese.
    #[value(name = "vi")]
    Vietnamese,
    /// English.
    #[value(name = "en")]
    English,
}

#[derive(Debug, Default, serde::Deserialize)]
struct Book {
    titles: HashMap<String, String>,
    codes: HashMap<String, String>,
    expected: HashMap<String, String>,
    permissions: HashMap<String, String>,
    roles: HashMap<String, String>,
    seat_roles: HashMap<String, String>,
    task_statuses: HashMap<String, String>,
}

impl Book {
    /// The words for a value of a sentence, where it has words.
    fn words_for(&self, name: &str, value: &str) -> String {
        let word = |words: &HashMap<String, String>, value: &str| words.get(value).cloned();
        match name {
            // Names and patterns are the same in every language.
            "seat_role" => word(&self.seat_roles, value).unwrap_or_else(|| value.to_owned()),
            "task_status" => word(&self.task_statuses, value).unwrap_or_else(|| value.to_owned()),
            "expected" => word(&self.expected, value).unwrap_or_else(|| value.to_owned()),
            "permission" => match word(&self.permissions, value) {
                Some(label) => format!("{label} ({value})"),
                None => value.to_owned(),
            },
            "roles" => {
                let labels = value.split(", ").map(|role| word(&self.roles, role).unwrap_or_else(|| role.to_owned()));
                labels.collect::<Vec<_>>().join(", ")
            }
            _ => value.to_owned(),
        }
    }
}

static VIETNAMESE: OnceLock<Book> = OnceLock::new();
static ENGLISH: OnceLock<Book> = OnceLock::new();

impl Language {
    /// The tag of `Content-Language`.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Vietnamese => "vi",
            Self::English => "en",
        }
    }

    /// The one of two sentences that is in this language.
    #[must_use]
    pub fn choose<'a>(self, vietnamese: &'a str, english: &'a str) -> &'a str {
        match self {
            Self::Vietnamese => vietnamese,
            Self::English => english,
        }
    }

    /// Picks the language from an `Accept-Language` header: the first known one by weight.
    #[must_use]
    pub fn accepted(header: Option<&str>) -> Self {
        let mut best = (0.0_f32, Self::Vietnamese);
        for range in header.unwrap_or_default().split(',') {
            let mut parts = range.trim().split(';');
            let tag = parts.next().unwrap_or_default().to_ascii_lowercase();
            let weight = parts.find_map(|part| part.trim().strip_prefix("q=")).and_then(|q| q.parse().ok());
            let language = match tag.split('-').next() {
                Some("vi" | "*") => Self::Vietnamese,
                Some("en") => Self::English,
                _ => continue,
            };
            let weight: f32 = weight.unwrap_or(1.0);
            if weight > best.0 {
                best = (weight, language);
            }
        }
        best.1
    }

    fn book(self) -> &'static Book {
        let (slot, text) = match self {
            Self::Vietnamese => (&VIETNAMESE, include_str!("../messages/vi.toml")),
            Self::English => (&ENGLISH, include_str!("../messages/en.toml")),
        };
        slot.get_or_init(|| {
            toml::from_str(text).unwrap_or_else(|error| {
                log::error!("the {} messages cannot be read: {error}", self.tag());
                Book::default()
            })
        })
    }

    /// Returns the sentence of a code, its parameters filled in.
    #[must_use]
    pub fn sentence(self, code: Code, params: &Params) -> String {
        let book = self.book();
        let mut sentence = book.codes.get(code.as_str()).cloned().unwrap_or_else(|| code.to_string());
        for (name, value) in params {
            sentence = sentence.replace(&format!("{{{name}}}"), &book.words_for(name, value));
        }
        sentence
    }

    /// Returns the title of an HTTP status.
    #[must_use]
    pub fn title(self, status: u16) -> String {
        self.book().titles.get(&status.to_string()).cloned().unwrap_or_else(|| status.to_string())
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator;

    use super::*;
    use crate::Expected;
    use crate::access::{Permission, Role};

    #[test]
    fn every_code_has_a_sentence_in_both_languages_with_the_same_parameters() {
        let parameters = |text: &str| {
            let mut names: Vec<String> = text
                .split('{')
                .skip(1)
                .map(|rest| rest.split('}').next().expect("a closing brace").to_owned())
                .collect();
            names.sort();
            names
        };
        let (vi, en) = (Language::Vietnamese.book(), Language::English.book());
        for code in Code::iter() {
            let vi = vi.codes.get(code.as_str()).unwrap_or_else(|| panic!("{code} has no Vietnamese sentence"));
            let en = en.codes.get(code.as_str()).unwrap_or_else(|| panic!("{code} has no English sentence"));
            assert_eq!(parameters(vi), parameters(en), "{code}");
        }
        for name in vi.codes.keys().chain(en.codes.keys()) {
            assert!(name.parse::<Code>().is_ok(), "{name} is no code");
        }
    }

    #[test]
    fn every_expected_form_has_words_in_both_languages() {
        for language in [Language::Vietnamese, Language::English] {
            let words = &language.book().expected;
            for form in Expected::iter() {
                let form: &str = form.into();
                assert!(words.contains_key(form), "{form} has no words in {}", language.tag());
            }
            for name in words.keys() {
                assert!(name.parse::<Expected>().is_ok(), "{name} is no form");
            }
        }
    }

    #[test]
    fn every_permission_and_role_has_a_label_in_both_languages() {
        for language in [Language::Vietnamese, Language::English] {
            let book = language.book();
            for permission in Permission::iter() {
                let (name, tag) = (permission.as_str(), language.tag());
                assert!(book.permissions.contains_key(name), "{name} has no label in {tag}");
            }
            for role in Role::iter() {
                assert!(book.roles.contains_key(role.as_str()), "{role:?} has no label in {}", language.tag());
            }
            // What a token must say beside roles is named in the same way.
            for name in book.permissions.keys().filter(|name| *name != "openid") {
                assert!(Permission::iter().any(|one| one.as_str() == name), "{name} is no permission");
            }
            for name in book.roles.keys().filter(|name| !name.starts_with("token_")) {
                assert!(name.parse::<Role>().is_ok(), "{name} is no role");
            }
        }
        let refused = Permission::ReadJournal.missing();
        let said = Language::Vietnamese.sentence(refused.code(), refused.params());
        assert!(said.contains("xem nhật ký (journal.read)") && said.contains("cán bộ cập nhật"), "{said}");
    }

    #[test]
    fn every_status_has_a_title_in_both_languages() {
        for code in Code::iter() {
            let status = crate::http::status_of(code).as_u16().to_string();
            assert!(Language::Vietnamese.book().titles.contains_key(&status), "{status}");
            assert!(Language::English.book().titles.contains_key(&status), "{status}");
        }
    }

    #[test]
    fn the_language_is_the_known_one_of_greatest_weight_and_vietnamese_by_default() {
        assert_eq!(Language::accepted(None), Language::Vietnamese);
        assert_eq!(Language::accepted(Some("fr, de;q=0.5")), Language::Vietnamese);
        assert_eq!(Language::accepted(Some("en-GB")), Language::English);
        assert_eq!(Language::accepted(Some("vi;q=0.4, en;q=0.8")), Language::English);
        assert_eq!(Language::accepted(Some("en;q=0.4, vi;q=0.8")), Language::Vietnamese);
    }
}
