//! What an access was about: the area that was listed, and the filter in words.

use serde_json::{Map, Value};

use crate::access::{Allowed, May};
use crate::territory::{AreaId, Territory};

/// The area that a caller looked over: the one that was asked for, where it is within the caller's reach; else the
/// smallest one that holds everything that the caller reaches. Nothing where no single area does.
#[must_use]
pub fn looked_over<P: Allowed>(may: &May<P>, territory: &Territory, asked: Option<&AreaId>) -> Option<AreaId> {
    if let Some(area) = asked.filter(|area| may.scope.may_read(area)) {
        return Some(area.clone());
    }
    let permitting = may.caller.grants.iter().filter(|grant| grant.role.permits(P::PERMISSION));
    let mut areas = permitting.map(|grant| &grant.area);
    let first = areas.next()?.clone();
    areas.try_fold(first, |held, area| match held == *area {
        true => Some(held),
        false => territory.smallest_of_both(&held, area, may.today()),
    })
}

/// A filter as it is recorded: a JSON object of what was asked for.
#[must_use]
pub fn described<const N: usize>(asked: [(&str, Option<String>); N]) -> String {
    let given = asked.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::String(value?))));
    Value::Object(given.collect::<Map<_, _>>()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_readable_json() {
        let text = described([("area", Some("11953@2025-07-01".to_owned())), ("branch", None)]);
        assert_eq!(text, r#"{"area":"11953@2025-07-01"}"#);
    }
}
