//! The decision behind an act.

use crate::Day;
use serde::{Deserialize, Serialize};

/// A decision: every founding and every admission rests on one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"number": "127-QĐ/HU", "decided_on": "2022-03-10", "issuing_body": "Huyện ủy Văn Lâm"}))]
pub struct Decision {
    /// Its number with its symbol, as printed: `127-QĐ/HU`. At most 60 characters.
    #[schema(max_length = 60)]
    pub number: String,
    /// The day it was issued.
    pub decided_on: Day,
    /// The body that issued it. At most 200 characters.
    #[schema(max_length = 200)]
    pub issuing_body: String,
}
