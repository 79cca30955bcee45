//! Vietnamese text: the form in which it is kept, and the key by which it is found.

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

    #[test]
    fn thousands_are_set_apart_by_points() {
        assert_eq!(grouped(2794), "2.794");
        assert_eq!(grouped(53), "53");
        assert_eq!(grouped(1_234_567), "1.234.567");
        assert_eq!(grouped(-1000), "-1.000");
    }
}
