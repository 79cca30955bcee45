//! Vietnamese text: the form in which it is kept, and the key by which it is found.

mod search;
mod short;

pub use search::{SearchWords, words_in};
pub use short::Short;

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};
use unicode_normalization::UnicodeNormalization;

/// Returns text as it is kept: composed (NFC), without white space at the ends or doubled within.
#[must_use]
pub fn kept(text: &str) -> String {
    text.nfc().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the key by which text is found: no accents, `đ` as `d`, lower case. The same function makes the
/// stored key and the query's. `hoà` and `hòa` are one word.
#[must_use]
pub fn search_key(text: &str) -> String {
    any_ascii::any_ascii(&kept(text)).to_lowercase()
}

/// Returns the first character that text must not hold, as `U+200B`: one that is a control, that nobody sees, that
/// turns the direction of what follows, or that no version of Unicode has given a meaning; or a mark that stands on
/// nothing or on too many others. Composed Vietnamese has no marks of their own, so few are enough for any name.
#[must_use]
pub fn unusable(text: &str) -> Option<String> {
    const MARKS_MAX: usize = 3;
    let categories = CodePointMapData::<GeneralCategory>::new();
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    let mut marks = MARKS_MAX;
    for character in text.chars() {
        use GeneralCategory as G;
        let category = categories.get(character);
        marks = match category {
            G::NonspacingMark | G::SpacingMark | G::EnclosingMark => marks + 1,
            G::SpaceSeparator => MARKS_MAX,
            _ => 0,
        };
        let is_meant = !matches!(
            category,
            G::Control
                | G::Format
                | G::Surrogate
                | G::PrivateUse
                | G::Unassigned
                | G::LineSeparator
                | G::ParagraphSeparator
        );
        if !is_meant || ignorable.contains(character) || marks > MARKS_MAX {
            return Some(format!("U+{:04X}", u32::from(character)));
        }
    }
    None
}

/// Writes text for a cell of a spreadsheet, which computes what begins like a formula: also in full width, and behind
/// characters that nobody sees. Such text gets an apostrophe before it.
#[must_use]
pub fn spreadsheet_cell(text: &str) -> String {
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    let seen = text.trim_start_matches(|one: char| ignorable.contains(one) || one.is_whitespace() || one.is_control());
    let begins_blank = text.starts_with(['\t', '\r', '\n']);
    let is_formula =
        seen.starts_with(['=', '+', '-', '@', '|', '＝', '＋', '－', '＠', '｜', '−', '﹢', '﹣', '﹦', '﹫']);
    if is_formula || begins_blank { format!("'{text}") } else { text.to_owned() }
}

/// Writes a whole number as Vietnamese does: `2.794`.
#[must_use]
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_key_has_no_accents_whatever_the_form() {
        assert_eq!(search_key("Đường Hưng Yên"), "duong hung yen");
        assert_eq!(search_key("Hoà Phong"), search_key("hòa  PHONG "));
        assert_eq!(search_key(&"Thụy Lôi".nfd().collect::<String>()), search_key("Thuỵ Lôi"));
    }

    /// N12: what a spreadsheet takes for a formula, however it is disguised.
    #[test]
    fn a_cell_is_no_formula() {
        for formula in [
            "=1+1",
            "+1",
            "-1",
            "@x",
            "|calc",
            "＝1",
            "＋1",
            "－1",
            "＠x",
            "\t=1",
            "\r",
            "\u{feff}=1",
            "\u{200b}=1",
            " =1",
            "\u{feff}\u{200b} |x",
            "\u{2212}1",
        ] {
            assert_eq!(spreadsheet_cell(formula), format!("'{formula}"), "{formula:?}");
        }
        for text in ["", "2022-06-30", "Đối chiếu = so sánh", "'x", "a|b"] {
            assert_eq!(spreadsheet_cell(text), text);
        }
    }

    #[test]
    fn thousands_are_set_apart_by_points() {
        assert_eq!(grouped(2794), "2.794");
        assert_eq!(grouped(53), "53");
        assert_eq!(grouped(1_234_567), "1.234.567");
        assert_eq!(grouped(-1000), "-1.000");
    }
}
