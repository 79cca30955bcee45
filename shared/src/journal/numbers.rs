//! Which numbers the journal's hash may cover.

use serde_json::{Number, Value};

use crate::{Error, Result};

/// The largest integer that every reader of JSON has alike: 2^53 - 1. The canonical form of RFC 8785 writes numbers as
/// IEEE doubles, so that a larger one would come back as another one.
pub const SAFE_INTEGER_MAX: i64 = 9_007_199_254_740_991;

/// Refuses a payload that holds a number which its canonical form would change. That such a number came so far is our
/// bug, and nothing is written.
///
/// # Errors
/// `internal`.
pub(super) fn check(data: &Value) -> Result<()> {
    let is_safe = match data {
        Value::Number(number) => is_exact(number),
        Value::Array(items) => return items.iter().try_for_each(check),
        Value::Object(fields) => return fields.values().try_for_each(check),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    };
    if is_safe { Ok(()) } else { Err(Error::internal("an entry's data holds a number beyond 2^53")) }
}

fn is_exact(number: &Number) -> bool {
    let limits = -SAFE_INTEGER_MAX..=SAFE_INTEGER_MAX;
    number.as_i64().is_some_and(|number| limits.contains(&number))
        || number.is_f64() && number.as_f64().is_some_and(|number| number.abs() < 9e15)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Code;

    /// A5: such an entry stopped every follower, for ever.
    #[test]
    fn a_number_that_the_hash_would_change_is_refused() {
        for good in [json!(null), json!({"count": SAFE_INTEGER_MAX}), json!([{"a": -SAFE_INTEGER_MAX}, 0.5, "x"])] {
            assert!(check(&good).is_ok(), "{good}");
        }
        for bad in [
            json!(SAFE_INTEGER_MAX + 1),
            json!({"member": [{"count": i64::MAX}]}),
            json!([i64::MIN]),
            json!(u64::MAX),
            json!({"count": 1e300}),
        ] {
            assert_eq!(check(&bad).expect_err("too large").code(), Code::Internal, "{bad}");
        }
    }
}
