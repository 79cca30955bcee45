//! Entries whose content was lawfully erased: the chain holds, and what they counted is still counted.

use serde::{Deserialize, Serialize};

use crate::Id;
use crate::access::Permission;
use crate::journal::Published;

/// The content of an entry was erased. Whoever keeps a copy of it keeps no more than `kept` from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EntryRedacted {
    /// The entry that was emptied.
    pub entry: Id,
    /// Its kind.
    pub kind: String,
    /// The version of its payload.
    pub v: i32,
    /// What is left of its payload: what figures count, without the papers that lead to the person.
    #[schema(value_type = Object)]
    pub kept: serde_json::Value,
}

impl Published for EntryRedacted {
    const KIND: &'static str = "entry.redacted";
    const V: i32 = 1;
    const READ: Permission = Permission::ReadMember;
}
