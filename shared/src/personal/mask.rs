//! What lists show of personal data.

/// Masks a name: the family name's and the other words' first letters, so that a list can be recognised
/// by who knows the person and by nobody else.
#[must_use]
pub fn mask_name(name: &str) -> String {
    name.split_whitespace()
        .map(|word| word.chars().take(1).chain("***".chars()).collect::<String>())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Masks a number but for its last three characters.
#[must_use]
pub fn mask_number(number: &str) -> String {
    let count = number.chars().count();
    number.chars().enumerate().map(|(place, digit)| if place + 3 < count { '*' } else { digit }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_show_initials_and_three_last_digits() {
        assert_eq!(mask_name("Nguyễn Văn Ánh"), "N*** V*** Á***");
        assert_eq!(mask_number("033099001234"), "*********234");
    }
}
